"""Medians and quartiles, by worked examples: of counts by band that are shown, never of one pupil's own value."""

import numpy as np
from hunting import examples
from hypothesis import given
from hypothesis import strategies as st
from invented_tables import Authority, cells_of

from kdsp_lib.analyse.attribute import ATTRIBUTES
from kdsp_lib.analyse.count_tables import whole_rows
from kdsp_lib.analyse.derived import Shown
from kdsp_lib.analyse.distribution import distributions
from kdsp_lib.analyse.figures import figures, read_back, title
from kdsp_lib.analyse.measure import MEASURES
from kdsp_lib.model.policy import FLOOR
from kdsp_lib.model.question import Question

MEDIAN = Question("median", "own-absence")
BANDS = list(ATTRIBUTES["absence-band"].bands)


def authority(*missed: tuple[int, int], **facts) -> Authority:
    """So many enrolments each, who missed so many of 100 sessions."""
    a = Authority()
    urn = a.school("200001")
    for number, sessions in missed:
        a.pupils(number, urn, sessions=(100, sessions, 0), **facts)
    return a


def told(kind: str, *counts: int | str) -> list[str]:
    """What is told of a middle where these counts by band are shown, and how many they are together."""
    rows = [Shown((band,), (str(count),), None) for band, count in zip(("All", *BANDS), counts, strict=True)]
    (row,) = distributions(Question(kind, "own-absence"), MEASURES["own-absence"], rows, FLOOR)
    return list(row.values[: -len(counts)])


def test_a_median_is_told_by_its_band():
    """8 below 2 %, 9 from 2 %, 3 from 10 %: the tenth and eleventh of 20 lie between 2 % and 5 %."""
    a = authority((8, 0), (9, 4), (3, 12))
    assert a.shown(MEDIAN)[()] == ["2", "5", "20", "8", "9", "0", "3", "0", "0"]
    assert title(MEDIAN) == "Own absence: median"


def test_the_bands_are_compared_in_whole_sessions():
    a = authority((6, 1), (6, 2), (6, 5), (6, 10), (6, 20), (6, 50))
    assert a.shown(Question("bands", "own-absence"))[()] == ["36", "6", "6", "6", "6", "6", "6"]


def test_who_had_no_possible_session_is_in_no_band():
    a = authority((12, 3))
    a.pupil("200001", sessions=(0, 0, 0))
    a.pupil("200001")
    assert a.shown(MEDIAN)[()][:3] == ["2", "5", "12"]


def test_where_the_two_in_the_middle_lie_apart_so_do_the_bounds():
    """Ten below 2 % and ten from 10 %: the median is somewhere between."""
    assert told("median", 20, 10, 0, 0, 10, 0, 0) == ["0", "20"]
    assert told("median", 21, 10, 0, 0, 11, 0, 0) == ["10", "20"]


def test_quartiles_are_told_alike():
    assert told("quartiles", 40, 8, 14, 9, 9, 0, 0) == ["2", "5", "2", "5", "5", "10"]


def test_a_median_needs_10_pupils_and_quartiles_need_20():
    assert told("median", 9, 0, 9, 0, 0, 0, 0) == ["c", "c"]
    assert told("median", 10, 0, 10, 0, 0, 0, 0) == ["2", "5"]
    assert told("quartiles", 19, 0, 19, 0, 0, 0, 0) == ["c"] * 6


def test_withheld_counts_widen_it_as_far_as_they_may_reach():
    """Of 40, 10 are withheld in the two highest bands, or in the lowest and the highest: then they may be either."""
    assert told("median", 40, 12, 12, 6, 0, "c", "c") == ["2", "5"]
    assert told("median", 40, "c", 12, 12, 6, 0, "c") == ["2", "10"]
    assert told("median", 12, "c", "c", "c", "c", "c", "c") == ["c", "c"]


def test_a_withheld_base_takes_everything():
    a = authority((8, 0), (9, 4), (30, 12), fsm6=True)
    cube = a.cube(q=Question("median", "own-absence", ("fsm6",)))
    hidden = np.zeros(len(cube.keys), dtype=bool)
    hidden[[row.counted for row in cube.tables["q"].rows]] = True
    assert cells_of(cube, "q", hidden)["yes",] == ["c"] * 9


def test_persistent_absentees_and_bands_are_one_system():
    """Whoever is shown two of persistent absentees, 10 % to 20 % and the rest of them has all three."""
    cube = authority((30, 1), (8, 12), (7, 60)).cube(q=MEDIAN, p=Question("rate", "persistent-absence"))
    rows = {row.codes[-1]: row.counted for row in cube.tables["q"].rows}
    persistent = cube.tables["p"].rows[-1].counted
    wanted = np.zeros(len(cube.keys))
    wanted[[persistent, rows["below-20"], rows["below-50"], rows["severe"]]] = 1, -1, -1, -1
    equations = cube.equations.toarray()
    assert np.linalg.matrix_rank(np.vstack([equations, wanted])) == np.linalg.matrix_rank(equations)


@examples(60)
@given(st.lists(st.integers(0, 30), min_size=6, max_size=6), st.sets(st.integers(0, 5)))
def test_the_true_median_always_lies_between_the_bounds(counts, withheld):
    base = sum(counts)
    shown = ["c" if band in withheld else count for band, count in enumerate(counts)]
    if base >= 20:
        values = sorted(band for band, count in enumerate(counts) for _ in range(count))
        ends = list(ATTRIBUTES["absence-band"].bands.values())
        found = told("quartiles", base, *shown)
        for quarters, (low, high) in zip((1, 2, 3), zip(found[::2], found[1::2], strict=True), strict=True):
            for place in {(base - 1) * quarters // 4, -(-(base - 1) * quarters // 4)}:
                assert low == "c" or int(low) <= int(ends[values[place]][0]) < int(high)


def test_what_an_answer_showed_is_read_back():
    cube = authority((8, 0), (9, 4), (30, 12)).cube(q=Question("quartiles", "own-absence", ("fsm6",)))
    table = cube.tables["q"]
    hidden = np.zeros(len(cube.keys), dtype=bool)
    hidden[[table.rows[0].counted, table.rows[2].counted]] = True
    hidden = whole_rows(cube, hidden) & ~cube.structural
    shown = read_back(table, figures(cube, "q", hidden).cells)
    assert set(shown.hidden) == set(np.flatnonzero(hidden))
    assert not set(shown.printed) & set(shown.hidden)
