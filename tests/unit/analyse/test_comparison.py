"""An establishment beside a comparator: one table in two parts."""

import numpy as np
import pytest
from invented_tables import CATEGORIES, PERIOD, Authority

from kdsp_lib.analyse.assembly import build_cube
from kdsp_lib.analyse.atoms import count_atoms
from kdsp_lib.analyse.checking import check_questions
from kdsp_lib.analyse.cohort import Cohort
from kdsp_lib.analyse.comparison import OWN, own_rows, side_by_side
from kdsp_lib.analyse.figures import figures
from kdsp_lib.errors import BadParameters
from kdsp_lib.model.policy import FLOOR
from kdsp_lib.model.question import Question

ASKED = Question("count", "pupils", ("year-group",), compare="authority")


def part_of(authority, urns):
    """The figures of some establishments, as they are."""
    asked = check_questions({"table": Question("count", "pupils", ("year-group",))}, CATEGORIES)
    cube = build_cube(count_atoms(authority.tables(), Cohort(urns, authority.controllers, PERIOD), asked), FLOOR)
    return figures(cube, "table", np.zeros(len(cube.keys), bool))


def parts_of(authority):
    return {OWN: part_of(authority, ("200001",)), "authority": part_of(authority, tuple(authority.controllers))}


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
    table = side_by_side(parts_of(four), {OWN: "Ash Primary", "authority": "The authority"})
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
    cells = {c.codes: list(c.values) for c in side_by_side(parts_of(a), {OWN: "a", "authority": "b"}).cells}
    assert cells["6", OWN] == ["z"]
    assert cells["6", "authority"] == ["9"]


def test_an_establishments_own_rows_come_out_of_an_answered_table_again(four):
    parts = parts_of(four)
    table = side_by_side(parts, {OWN: "a", "authority": "b"})
    known = {cell.codes: cell.values for cell in own_rows(ASKED, table.cells)}
    assert all(known[cell.codes] == cell.values for cell in parts[OWN].cells)
    assert own_rows(Question("count", "pupils"), table.cells) == table.cells


def test_a_comparator_that_the_report_does_not_have_is_refused():
    with pytest.raises(BadParameters, match="comparator"):
        check_questions({"t": Question("count", "pupils", compare="county")}, CATEGORIES, ["authority"])


def test_a_question_without_a_comparator_reads_as_before():
    assert "compare" not in Question("count", "pupils").to_json()
    assert Question.from_json(ASKED.to_json()) == ASKED
