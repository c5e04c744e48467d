"""The neutral format: what a folder says, and every fault of it with its file and line."""

import csv
import gzip
import json

import numpy as np
import pytest
import scipy.sparse as sp

from kdsp_lib.cli.instance_files import read_answer, read_answered, read_instance, write_answer
from kdsp_lib.errors import BadSource
from kdsp_lib.protect.audit import audit_system
from kdsp_lib.protect.pattern import protect_system
from kdsp_lib.protect.requirement import requirements

META = {
    "name": "made up", "kind": "freq", "threshold": 6,
    "tables": [{"dims": [
        {"name": "area", "root": "All", "children": {"All": ["n", "s"], "n": ["n1", "n2"]}},
        {"name": "sex", "root": "All", "children": {"All": ["F", "M"]}},
    ]}],
}  # fmt: skip
HEAD = ["id", "area", "sex", "value", "freq", "primary", "lpl", "upl", "cost", "ncontrib", "single"]
INNER = {("n1", "F"): 1, ("n1", "M"): 0, ("n2", "F"): 0, ("n2", "M"): 12, ("s", "F"): 9, ("s", "M"): 20}
BELOW = {"All": ("n1", "n2", "s"), "n": ("n1", "n2"), "F": ("F",), "M": ("M",)}


def rows():
    found = []
    for area in ("All", "n", "n1", "n2", "s"):
        for sex in ("All", "F", "M"):
            areas = BELOW.get(area, (area,))
            value = sum(INNER[a, s] for a in areas for s in (("F", "M") if sex == "All" else (sex,)))
            small = int(0 < value < 6)
            slack = (value, 6 - value) if small else (0, 0)
            found.append([len(found), area, sex, value, value, small, *slack, value, -1, ""])
    return found


@pytest.fixture
def folder(tmp_path):
    write(tmp_path)
    return tmp_path


def write(folder, cells=None, head=HEAD, meta=META, name="cells.csv", **files):
    (folder / "meta.json").write_text(json.dumps(meta))
    with (folder / name).open("w", newline="") as file:
        csv.writer(file).writerows([head, *(rows() if cells is None else cells)])
    for path, text in files.items():
        (folder / path.replace("_", ".")).write_text(text)


def faults(folder):
    with pytest.raises(BadSource) as refused:
        read_instance(folder)
    return [str(fault) for fault in refused.value.faults]


def test_an_instance_is_a_system(folder):
    system = read_instance(folder).system
    statistic = system.statistics[0]
    assert system.size == 15
    assert statistic.integer
    assert statistic.values[0] == 42
    assert not (system.equations @ statistic.values).any()
    assert system.equations.shape[0] == 2 * 3 + 5, "two areas are split up for three, the sexes in five"
    assert statistic.primary.sum() == 3


def test_the_one_pupil_of_a_cell_is_the_same_in_every_cell_it_fills(folder):
    singles = read_instance(folder).system.singles
    ones = [row[0] for row in rows() if row[3] == 1]
    assert len(ones) == 3
    assert len({int(singles[cell]) for cell in ones}) == 1
    assert (np.delete(singles, ones) == -1).all()


def test_compressed_cells_are_read_too(folder):
    content = (folder / "cells.csv").read_bytes()
    (folder / "cells.csv").unlink()
    (folder / "cells.csv.gz").write_bytes(gzip.compress(content))
    assert read_instance(folder).system.size == 15


def test_a_missing_cell_is_a_structural_zero(folder):
    cells = [row for row in rows() if row[3]]
    write(folder, [[number, *row[1:]] for number, row in enumerate(cells)])
    system = read_instance(folder).system
    assert system.size == len(cells) < 15
    assert not (system.equations @ system.statistics[0].values).any()


def test_sums_can_be_given_instead(folder):
    linked = {**META, "tables": [{"dims": [{"name": "area"}, {"name": "sex"}]}]}
    write(folder, meta=linked)
    assert "eqs.csv or eqs.npz" in faults(folder)[0]
    write(folder, meta=linked, eqs_csv="eq,cell,coef\n7,0,1\n7,1,-1\n7,2,-1\n")
    assert read_instance(folder).system.equations.shape == (1, 15)
    sp.save_npz(folder / "eqs.npz", sp.csr_matrix(([1.0, -1, -1], ([0, 0, 0], [3, 4, 5])), shape=(1, 15)))
    assert read_instance(folder).system.equations.indices.tolist() == [3, 4, 5]


@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_sums_and_contributions_settles_nothing(folder, seed):
    random = np.random.default_rng(seed)
    values = np.array([row[3] for row in rows()], dtype=float)
    sums = read_instance(folder).system.equations
    parts = [
        f"{cell},{owner},{value * share}" for cell, value in enumerate(values) for owner, share in (("a", 0), ("b", 1))
    ]
    patterns = []
    for shuffled in (False, True):
        if shuffled:
            sums = sums[random.permutation(sums.shape[0])]
            random.shuffle(parts)
        sp.save_npz(folder / "eqs.npz", sums)
        (folder / "contributions.csv").write_text("\n".join(["cell,owner,value", *parts, ""]))
        patterns.append(protect_system(read_instance(folder).system, effort="normal").hidden.tolist())
    assert patterns[0] == patterns[1]


def test_contributors_are_whole_sets(folder):
    write(folder, contributions_csv="cell,owner,value\n12,oak,12\n9,oak,12\n0,oak,24\n0,elm,18\n")
    parts = read_instance(folder).system.statistics[0].contributions
    assert parts.shape == (15, 2)
    assert parts.toarray()[0].tolist() == [18, 24]


def test_a_named_single_contributor_knows_its_cell(folder):
    cells = rows()
    cells[14][9:] = [1, "oak"]
    write(folder, cells)
    parts = read_instance(folder).system.statistics[0].contributions
    assert parts.toarray()[:, 0].nonzero()[0].tolist() == [14]


def test_magnitudes_need_not_be_whole(folder):
    cells = [[*row[:3], row[3] / 2, *row[4:]] for row in rows()]
    write(folder, cells)
    assert any("whole number" in fault for fault in faults(folder))
    write(folder, cells, meta={**META, "kind": "mag"})
    assert not read_instance(folder).system.statistics[0].integer


def test_every_wrong_row_is_named_at_once(folder):
    cells = rows()
    cells[1][3] = "many"
    cells[2][5] = 2
    cells[4][1] = "west"
    cells[6][6] = -1
    cells[8][0] = 99
    told = faults(folder_with(folder, cells))
    assert told == [
        "cells.csv line 10  id  the number of the row is expected: 8 here",
        "cells.csv line 6  area  a code of this dimension's hierarchy in meta.json is expected",
        "cells.csv line 3  value  a number is expected",
        "cells.csv line 4  primary  1 (must be protected) or 0 is expected",
        "cells.csv line 8  lpl  a number that is not below 0 is expected",
    ]


def test_the_faults_of_all_files_are_named_at_once(folder):
    """So that nobody mends one file to be told of the next."""
    cells = rows()
    cells[2][3] = "many"
    write(folder, cells, contributions_csv="cell,owner,value\n99,oak,1\n")
    (folder / "meta.json").write_text(json.dumps({**META, "kind": "count"}))
    (folder / "p.csv").write_text("id,published\n0,1\n0,7\n")
    with pytest.raises(BadSource) as refused:
        read_answered(folder, folder / "p.csv")
    told = [" ".join(str(fault).split("  ")[:2]) for fault in refused.value.faults]
    assert told[:3] == ["meta.json kind", "cells.csv line 4 value", "contributions.csv line 2 cell"]
    assert {"p.csv line 3 published", "p.csv line 3 id", "p.csv id"} == set(told[3:])


def folder_with(folder, cells):
    write(folder, cells)
    return folder


def test_rows_of_another_length_and_columns_of_another_name_are_named(folder):
    write(folder, head=[*HEAD[:-2], "colour", "single"])
    assert any("no column 'colour'" in fault for fault in faults(folder))
    write(folder, head=["id", "area", "sex", "amount", *HEAD[4:]])
    assert any("a column 'value' is missing" in fault for fault in faults(folder))
    cells = rows()
    cells[5][5] = 2
    write(folder, [*cells[:3], cells[3][:8], *cells[4:]])
    assert faults(folder) == [
        "cells.csv line 5  11 columns are expected, as in the first line",
        "cells.csv line 7  primary  1 (must be protected) or 0 is expected",
    ]


def test_a_row_that_is_missing_is_named_where_the_numbers_go_astray(folder):
    write(folder, [*rows()[:3], *rows()[4:]])
    assert (
        faults(folder)[0] == "cells.csv line 5  id  the number of the row is expected: 3 here; so it is in 10 more rows"
    )


MAGNITUDES = {**META, "kind": "mag"}


def with_bounds(value, least="", most=""):
    """One area by sex: what boys have is ``value``; bounds are stated of it, of the girls' 40 none."""
    cells = [["All", 40 + value, "-900", ""], ["F", 40, "", ""], ["M", value, least, most]]
    return [[k, sex, v, "", int(sex == "M"), 5, 5, lb, ub] for k, (sex, v, lb, ub) in enumerate(cells)]


BOUNDED = ["id", "sex", "value", "freq", "primary", "lpl", "upl", "lb", "ub"]
BY_SEX = {
    **MAGNITUDES,
    "tables": [{"dims": [{"name": "sex", "root": "All", "children": {"All": ["F", "M"]}}]}],
}


def test_a_magnitude_may_be_below_zero_where_its_bounds_are_stated(folder):
    write(folder, with_bounds(-12.5, -50, 60), BOUNDED, BY_SEX)
    statistic = read_instance(folder).system.statistics[0]
    assert statistic.values.tolist() == [27.5, 40, -12.5]
    assert statistic.least.tolist() == [-900, 0, -50]
    assert statistic.most.tolist() == [np.inf, np.inf, 60]
    hidden = protect_system(read_instance(folder).system).hidden
    assert hidden.tolist() == [True, False, True], "27.5 is cheaper to withhold than 40"


@pytest.mark.parametrize(
    ("value", "bounds", "kind", "told"),
    [
        (
            -3,
            ("", ""),
            "mag",
            "value  a number that is not below 0 is expected, unless lb states what it cannot be below",
        ),
        (-3, (-2, 9), "mag", "value  a number from lb to ub is expected"),
        (3, (-2, 2), "mag", "value  a number from lb to ub is expected"),
        (3, ("low", 9), "mag", "lb  a number is expected"),
        (3, (0, 9), "freq", "lb  only magnitudes have other bounds than 0 and none"),
    ],
)
def test_a_figure_beyond_its_bounds_is_named(folder, value, bounds, kind, told):
    write(folder, with_bounds(value, *bounds), BOUNDED, {**BY_SEX, "kind": kind})
    assert f"cells.csv line 4  {told}" in faults(folder)


def test_a_contribution_below_zero_is_to_a_cell_that_may_be(folder):
    parts = "cell,owner,value\n2,oak,-20\n2,elm,7.5\n1,elm,-1\n"
    write(folder, with_bounds(-12.5, -50, 60), BOUNDED, BY_SEX, contributions_csv=parts)
    assert faults(folder) == [
        "contributions.csv line 4  value  a number that is not below 0 is expected, unless lb of the cell is"
    ]


def test_one_cell_twice_is_named_with_the_line_of_the_other(folder):
    cells = rows()
    cells[4][1] = "All"
    assert "cells.csv line 6  is the same cell as line 3" in faults(folder_with(folder, cells))


def test_a_total_that_is_none_is_named(folder):
    cells = rows()
    cells[0][3] = 41
    assert faults(folder_with(folder, cells)) == ["cells.csv line 2  is not the sum of its parts"]


def test_counts_add_up_to_the_last_one_however_many_they_are(folder):
    large = dict.fromkeys((0, 2, 12, 14), 2000000)
    cells = [[*row[:3], row[3] + large.get(row[0], 0), *row[4:]] for row in rows()]
    assert read_instance(folder_with(folder, cells)).system.statistics[0].values.max() == 2_000_042
    cells[0][3] += 1
    assert faults(folder_with(folder, cells)) == ["cells.csv line 2  is not the sum of its parts"]


def test_an_interval_finer_than_the_proof_is_asked_for_in_a_smaller_unit(folder):
    cells = [[*row[:3], row[3] / 1e6, row[4], row[5], row[6] / 1e6, row[7] / 1e6, *row[8:]] for row in rows()]
    write(folder, cells, meta={**META, "kind": "mag"})
    assert faults(folder)[0] == (
        "cells.csv line 6  upl  with lpl 0.001 or more is expected, or neither: give figures as small as this in a "
        "smaller unit"
    )


def test_every_fault_of_listed_sums_is_named_at_once(folder):
    write(folder, eqs_csv="eq,cell,coef\n0,0,1\n0,77,-1\nx,1,-1\n-4,2.5,z\n")
    assert faults(folder) == [
        "eqs.csv line 4  eq  a number is expected",
        "eqs.csv line 5  coef  a number is expected",
        "eqs.csv line 3  cell  the id of a cell is expected: 0 to 14",
        "eqs.csv line 5  cell  the id of a cell is expected: 0 to 14",
        "eqs.csv line 5  eq  the number of an equation is expected",
    ]


@pytest.mark.parametrize(
    ("children", "told"),
    [
        ({"All": ["n", "s"], "n": ["n1", "s"]}, "part of one other only"),
        ({"All": ["n", "s"], "x": ["n1", "n2"]}, "itself no part"),
        ({"All": ["s"], "n": ["n1", "n2"], "n2": ["n"]}, "does not lead up"),
        ({"All": "n"}, "its parts, a list"),
    ],
)
def test_a_hierarchy_is_one_tree(folder, children, told):
    meta = json.loads(json.dumps(META))
    meta["tables"][0]["dims"][0]["children"] = children
    write(folder, meta=meta)
    assert any(told in fault for fault in faults(folder))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "is not JSON"),
        ("[]", "one JSON object"),
        ('{"kind": "freq", "tables": []}', "a list of one table"),
        ('{"kind": "frequency", "tables": [{"dims": []}]}', "freq (counts) or mag"),
    ],
)
def test_a_bent_meta_says_what_is_expected(folder, text, told):
    (folder / "meta.json").write_text(text)
    assert any(told in fault for fault in faults(folder))


def test_a_folder_without_files_says_so(tmp_path):
    assert faults(tmp_path) == [
        f"{name}  cannot be read: No such file or directory" for name in ("meta.json", "cells.csv")
    ]
    (tmp_path / "meta.json").write_text(json.dumps(META))
    assert faults(tmp_path) == ["cells.csv  cannot be read: No such file or directory"]


def test_contributions_name_cells_and_owners_once(folder):
    write(folder, contributions_csv="cell,owner,value\n99,oak,1\n1,,1\n1,elm,-2\n1,elm,3\n")
    told = " | ".join(faults(folder))
    for line, text in (
        (2, "the id of a cell"),
        (3, "name of a contributor"),
        (4, "not below 0"),
        (5, "stand on line 4"),
    ):
        assert f"contributions.csv line {line}  " in told
        assert text in told


def test_many_faults_are_counted_not_all_shown(folder):
    write(folder, [[row[0], *row[1:3], "?", *row[4:]] for row in rows() * 5])
    told = faults(folder)
    assert len(told) == 51
    assert told[-1].startswith("and ")


def test_an_answer_is_read_as_it_was_written(tmp_path):
    hidden = np.array([True, False, False, True])
    write_answer(tmp_path / "p.csv", hidden)
    assert (tmp_path / "p.csv").read_text() == "id,published\n0,0\n1,1\n2,1\n3,0\n"
    assert read_answer(tmp_path / "p.csv", 4).tolist() == hidden.tolist()


def test_an_answer_names_every_cell_once(tmp_path):
    (tmp_path / "p.csv").write_text("id,published\n0,1\n0,1\n2,yes\n9,0\n")
    with pytest.raises(BadSource) as refused:
        read_answer(tmp_path / "p.csv", 4)
    told = " | ".join(map(str, refused.value.faults))
    assert "line 3  id  is named before" in told
    assert "line 4  published  a number is expected" in told
    assert "line 5  id  a cell of the instance is expected" in told
    assert "names no cell 1, 3" in told


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("slack", [0.5, 2.5])
def test_half_a_pupil_of_slack_is_a_whole_one(folder, slack):
    found = rows()
    for row in found:
        row[5:8] = (int(row[3] == 9), slack, slack) if row[3] == 9 else (0, 0, 0)
    write(folder, cells=found)
    system = read_instance(folder).system
    needed = requirements(system, system.statistics[0])
    assert set(needed.amount.tolist()) == {np.ceil(slack)}
    pattern = protect_system(system)
    assert audit_system(system, pattern.hidden, zeros_hidden=pattern.zeros_hidden).is_safe
