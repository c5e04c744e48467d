"""Every number of the disclosure policy works: made stricter, it changes what some table shows."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "analyse"))

from invented_tables import EVERY_CATEGORY, Authority

from kdsp_lib.analyse.assembly import build_cube
from kdsp_lib.analyse.atoms import count_atoms
from kdsp_lib.analyse.checking import check_questions
from kdsp_lib.analyse.count_tables import whole_rows
from kdsp_lib.analyse.figures import figures
from kdsp_lib.custodian.protecting import protect_cube
from kdsp_lib.custodian.rounding import rounded_for
from kdsp_lib.custodian.too_few import refuse_small_filters, refuse_spreads_of_few
from kdsp_lib.errors import Disclosive
from kdsp_lib.model.policy import FLOOR, VALUES
from kdsp_lib.model.question import Question

ROLL = Question("count", "pupils")
FSM = Question("rate", "fsm6")
SEN = Question("rate", "sen")


def schools(*rolls, **some):
    """A school of its own body for each roll; ``some`` facts are those of the first half of its pupils."""
    a = Authority()
    for number, roll in enumerate(rolls):
        urn = a.school(f"99{number + 1:04}")
        a.pupils(roll // 2, urn, sessions=(120, 6, 0), **some)
        a.pupils(roll - roll // 2, urn, sessions=(120, 6, 0))
    return a


def absences():
    """Three schools with four pupils in each band of absence."""
    a = schools(0, 0, 0)
    for urn in a.controllers:
        for missed in (1, 4, 8, 18, 40, 70):
            a.pupils(4, urn, sessions=(120, missed, 0))
    return a


def shown(authority, question, policy):
    """The table as it would be printed, or the rule by which it is refused."""
    atoms = count_atoms(authority.tables(), authority.cohort(), check_questions({"t": question}, EVERY_CATEGORY))
    try:
        refuse_small_filters(atoms, policy)
        cube = build_cube(atoms, policy)
        refuse_spreads_of_few(cube)
        nothing = np.zeros(len(cube.keys), dtype=bool)
        withheld = whole_rows(cube, protect_cube(cube, nothing, nothing).hidden)
        return figures(rounded_for(cube, withheld, {}), "t", withheld).cells
    except Disclosive as refused:
        return refused.rule


CASES = {
    "threshold": (8, lambda: schools(1, 1, 1, 1, 1, 1, 1), ROLL),
    "controllers": (4, lambda: schools(20, 20, 20), ROLL),
    "sensitive_controllers": (5, lambda: schools(40, 40, 40, 40, sen_provision="K"), SEN),
    "sensitive_categories": (
        FLOOR.sensitive_categories | {"pupil-characteristics"},
        lambda: schools(40, 40, 40, fsm6=True),
        FSM,
    ),
    "largest_share": (0.8, lambda: schools(83, 5, 4, 4, 4), ROLL),
    "p_percent": (0.2, lambda: schools(70, 10, 10), ROLL),
    "spread_controllers": (7, lambda: schools(*[20] * 6, fsm6=True), Question("spread", "fsm6")),
    "median_pupils": (101, absences, Question("median", "own-absence")),
    "quartile_pupils": (101, absences, Question("quartiles", "own-absence")),
    "whole_percent_below": (121, lambda: schools(43, 39, 38, fsm6=True), FSM),
    "percent_places": (0, lambda: schools(43, 39, 38, fsm6=True), FSM),
    "round_to": (5, lambda: schools(22, 21, 20), ROLL),
}
"""Each number with a stricter one, and the schools and the question that show the difference."""


def test_every_number_of_the_policy_is_tried():
    assert set(CASES) == set(VALUES)


@pytest.mark.parametrize("name", CASES)
def test_a_stricter_number_changes_what_is_shown(name):
    stricter, authority, question = CASES[name]
    a = authority()
    at_the_floor = shown(a, question, FLOOR)
    assert not isinstance(at_the_floor, str), "at the floor this table is shown"
    assert shown(a, question, replace(FLOOR, **{name: stricter})) != at_the_floor


@pytest.mark.parametrize(("number", "stricter"), [("threshold", 12), ("controllers", 4)])
def test_a_filter_is_held_to_the_policy_too(number, stricter):
    a = schools(22, 22, 22, fsm6=True)
    filtered = Question("count", "pupils", (), "fsm6 = true")
    assert not isinstance(shown(a, filtered, FLOOR), str)
    refused = shown(a, filtered, replace(FLOOR, **{number: 40 if number == "threshold" else stricter}))
    assert refused.startswith("a filter and its complement")
