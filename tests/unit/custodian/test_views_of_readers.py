"""What a reader was told of one establishment protects nothing about it any more, and all the more about the others."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "analyse"))

from invented_tables import CATEGORIES, PERIOD, Authority

from kdsp_lib.analyse.assembly import build_cube
from kdsp_lib.analyse.atoms import count_atoms
from kdsp_lib.analyse.checking import check_questions
from kdsp_lib.analyse.cohort import Cohort
from kdsp_lib.analyse.layout import Earlier
from kdsp_lib.custodian.protecting import protect_cube
from kdsp_lib.model.policy import FLOOR
from kdsp_lib.model.question import Question
from kdsp_lib.protect.system import Unprotectable

PUPILS = Question("count", "pupils")
BY_PHASE = {"phases": Question("count", "pupils", ("phase",))}


@pytest.fixture
def area():
    """Four primaries, and one special school and one pupil referral unit: bodies that are alone in their phase."""
    a = Authority()
    for k in range(1, 5):
        a.pupils(20 + k, a.school(f"20000{k}"))
    a.pupils(40, a.school("200005", phase="special", ages=(4, 19)), sen_provision="E", ncyear="5")
    a.pupils(30, a.school("200006", phase="pru", ages=(4, 16)), ncyear="5")
    return a


def cube_of(area, told, earlier):
    urns = tuple(area.controllers)
    cohort = Cohort(urns, area.controllers, PERIOD, told=frozenset(told))
    return build_cube(count_atoms(area.tables(), cohort, check_questions(BY_PHASE, CATEGORIES), earlier), FLOOR)


def cells_of(cube):
    """The cells of the area's table by phase, the total as ``All``; and the one that was printed before, if any."""
    rows = {row.codes[0]: row.counted for row in cube.tables["phases"].rows}
    return rows, [row.counted for table in cube.earlier_tables.values() for row in table.rows]


def withheld(area, told, earlier, hidden_by_others=()):
    """The phases that are withheld, beside what was printed before."""
    cube = cube_of(area, told, earlier)
    rows, out = cells_of(cube)
    printed, before = np.zeros(len(cube.keys), bool), np.zeros(len(cube.keys), bool)
    printed[out] = True
    before[[rows[code] for code in hidden_by_others]] = True
    found = protect_cube(cube, printed, np.zeros(len(cube.keys), bool), withheld=before)
    return {code for code, cell in rows.items() if found.hidden[cell]}


EARLIER = {"1/own": Earlier(PUPILS, ("200005",))}


def test_those_that_are_alone_in_their_phase_are_withheld_from_everybody(area):
    assert withheld(area, (), {}) >= {"special", "pru"}


def test_the_areas_one_special_school_is_the_school_that_the_reader_was_told_of(area):
    """By public facts: so the total less what is known gives the others' figures, and the equations say so."""

    cube = cube_of(area, ("200005",), EARLIER)
    rows, (own,) = cells_of(cube)
    same = np.zeros(len(cube.keys))
    same[[rows["special"], own]] = 1, -1
    equations = cube.equations.toarray().T
    assert np.allclose(equations @ np.linalg.lstsq(equations, same, rcond=None)[0], same)


def test_who_was_told_of_one_does_not_get_the_other_by_subtraction(area):
    hidden = withheld(area, ("200005",), EARLIER, hidden_by_others=("special", "pru"))
    assert {"special", "pru"} < hidden
    assert hidden & {"primary", "All"}


def test_what_a_reader_was_told_need_not_be_uncertain_to_that_reader(area):
    """It is withheld in the table for everybody else's sake; without leave to be known it could not be."""
    assert "special" in withheld(area, ("200005",), EARLIER, hidden_by_others=("special", "pru"))
    with pytest.raises(Unprotectable):
        withheld(area, (), EARLIER)


def test_a_small_count_is_withheld_from_those_too_who_may_know_the_establishment():
    a = Authority()
    urn = a.school("200001")
    a.pupils(3, urn, fsm6=True)
    a.pupils(30, urn)
    cohort = Cohort((urn,), a.controllers, PERIOD, told=frozenset({urn}))
    asked = check_questions({"fsm6": Question("rate", "fsm6")}, CATEGORIES)
    cube = build_cube(count_atoms(a.tables(), cohort, asked), FLOOR)
    nothing = np.zeros(len(cube.keys), bool)
    (row,) = cube.tables["fsm6"].rows
    found = protect_cube(cube, nothing, nothing)
    assert found.hidden[row.counted]
    assert not found.hidden[row.base]
