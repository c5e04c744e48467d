"""An establishment beside a comparator: one table in two parts, one hierarchy of counts, and who may know what."""

import numpy as np
import pytest
from invented_tables import CATEGORIES, PERIOD, Authority

from kdsp_lib.analyse.assembly import build_cube
from kdsp_lib.analyse.atoms import count_atoms
from kdsp_lib.analyse.checking import check_questions
from kdsp_lib.analyse.cohort import Cohort
from kdsp_lib.analyse.comparison import OWN, hierarchy, parts_of, side_by_side, taken_apart
from kdsp_lib.analyse.count_tables import count_tables
from kdsp_lib.analyse.figures import figures
from kdsp_lib.analyse.layout import beside
from kdsp_lib.errors import BadParameters
from kdsp_lib.model.policy import FLOOR
from kdsp_lib.model.question import Question

ASKED = Question("count", "pupils", ("year-group",), compare="authority")


def cube_of(authority, question=ASKED, told=("200001",)):
    urns = tuple(authority.controllers)
    cohort = Cohort(("200001",), authority.controllers, PERIOD, comparators={"authority": urns}, told=frozenset(told))
    asked = check_questions({"table": question}, CATEGORIES, ["authority"])
    return build_cube(count_atoms(authority.tables(), cohort, asked), FLOOR)


@pytest.fixture
def four():
    """Three primaries and an infant school without Year 6."""
    a = Authority()
    for k in range(1, 4):
        a.pupils(6 + k, a.school(f"20000{k}"), ncyear="6")
        a.pupils(10, f"20000{k}", ncyear="1")
    a.pupils(20, a.school("200004", ages=(4, 7)), ncyear="1")
    return a


def test_the_parts_stand_side_by_side_in_the_last_dimension(four):
    cube = cube_of(four)
    nothing = np.zeros(len(cube.keys), bool)
    parts = {code: figures(cube, name, nothing) for code, (name, _) in parts_of("table", ASKED).items()}
    table = side_by_side(parts, {OWN: "Ash Primary", "authority": "The authority"})
    cells = {cell.codes: list(cell.values) for cell in table.cells}
    assert [dim.name for dim in table.dims] == ["year-group", "establishments"]
    assert cells["6", OWN] == ["7"]
    assert cells["6", "authority"] == ["24"]
    assert cells["All", "authority"] == ["74"]
    assert all(level.label in ("Ash Primary", "The authority") for level in table.dims[-1].levels)


def test_a_level_that_one_part_lacks_is_not_applicable_there():
    a = Authority()
    a.pupils(8, a.school("200001", ages=(4, 7)), ncyear="1")
    a.pupils(9, a.school("200002"), ncyear="6")
    cube = cube_of(a)
    nothing = np.zeros(len(cube.keys), bool)
    parts = {code: figures(cube, name, nothing) for code, (name, _) in parts_of("table", ASKED).items()}
    cells = {c.codes: list(c.values) for c in side_by_side(parts, {OWN: "a", "authority": "b"}).cells}
    assert cells["6", OWN] == ["z"]
    assert cells["6", "authority"] == ["9"]


def test_an_answered_table_comes_apart_again(four):
    cube = cube_of(four)
    nothing = np.zeros(len(cube.keys), bool)
    parts = {code: figures(cube, name, nothing) for code, (name, _) in parts_of("table", ASKED).items()}
    table = side_by_side(parts, {OWN: "a", "authority": "b"})
    apart = taken_apart(ASKED, table.cells)
    for code, part in parts.items():
        known = {cell.codes: cell.values for cell in apart[code]}
        assert all(known[cell.codes] == cell.values for cell in part.cells)


def test_counts_are_one_hierarchy_of_the_nearest_comparators():
    whose = hierarchy(("a",), {"authority": ("a", "b", "c", "d"), "collaborative": ("a", "b")})
    assert whose["root"] == "authority"
    assert whose["children"] == {
        "authority": ["collaborative", "authority without collaborative"],
        "collaborative": ["own", "collaborative without own"],
    }


def test_a_count_table_holds_both_parts_under_their_codes(four):
    cube = cube_of(four)
    whose = hierarchy(("200001",), {"authority": tuple(four.controllers)})
    (table,) = count_tables(cube, np.zeros(len(cube.keys), bool), whose).tables
    assert table.dims == ("measure", "establishments", "year-group")
    assert ("pupils", "own", "6", "7") in table.rows
    assert ("pupils", "authority", "6", "24") in table.rows


def test_what_the_comparator_has_beyond_the_establishment_is_a_cell(four):
    """Whoever knows the establishment's own figure has it by subtraction: so the rules apply to it."""
    cube = cube_of(four)
    rests = [cell for cell in range(len(cube.keys)) if not cube.printable[cell] and cube.count[cell] == 24 - 7]
    assert rests
    assert all(cube.establishments[cell] == 2 for cell in rests)


def test_only_cells_that_public_facts_leave_to_one_told_establishment_are_told(four):
    """The authority's Year 6 with one school's pupils by chance would tell that the others have none."""
    cube = cube_of(four)
    own = {cube.tables["table"].rows[k].counted for k in range(len(cube.tables["table"].rows))}
    others = {row.counted for row in cube.tables[beside("table")].rows}
    assert all(cube.told[cell] for cell in own)
    assert not any(cube.told[cell] for cell in others)
    assert not cube_of(four, told=()).told.any()


def test_the_told_part_of_each_cell_is_known(four):
    cube = cube_of(four)
    row = next(row for row in cube.tables[beside("table")].rows if row.codes == ("6",))
    assert cube.known[[row.counted]].sum() == 7
    assert cube.contributions[[row.counted]].sum() == 24


def test_a_comparator_that_the_report_does_not_have_is_refused():
    with pytest.raises(BadParameters, match="comparator"):
        check_questions({"t": Question("count", "pupils", compare="county")}, CATEGORIES, ["authority"])


def test_a_question_without_a_comparator_reads_as_before():
    assert "compare" not in Question("count", "pupils").to_json()
    assert Question.from_json(ASKED.to_json()) == ASKED
