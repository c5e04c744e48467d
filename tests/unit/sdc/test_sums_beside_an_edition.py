"""Sums over pupils: rounded past one pupil's part, where enough pupils are printed, and proved."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.optimize import Bounds, LinearConstraint, milp
from small_world import SECRET, kinds_of, table

from kdsp_lib.sdc.computed import mean
from kdsp_lib.sdc.edition import protect_tables
from kdsp_lib.sdc.kinds import ROOT
from kdsp_lib.sdc.memory import Method
from kdsp_lib.sdc.rounding import SumUnit
from kdsp_lib.sdc.rules import Rules
from kdsp_lib.sdc.sums import protect_sums

AXES = {"area": ("east", "west"), "year": ("1", "2", "3"), "meals": ("yes", "no")}
SESSIONS = SumUnit("sessions missed", largest=60, unit=75)
METHOD = Method(SECRET, Rules())
TABLES = [
    table(AXES, ("year",)), table(AXES, ("meals", "year")),
    *(table(AXES, ("meals",), inside=("area", (area,))) for area in AXES["area"]),
]  # fmt: skip


def _world(few=None):
    numbers = {
        (kind, owner): 10 + (3 * k + 2 * o) % 8 + 20 * (kind[2] == "no")
        for k, kind in enumerate(product(*AXES.values()))
        for o, owner in enumerate("abcd")
    }
    if few is not None:
        numbers |= {key: int(key[1] in few) for key in numbers if key[0][1:] == ("3", "yes")}
    kinds = kinds_of(AXES, numbers)
    draw = np.random.default_rng(7)
    parts = kinds.parts.toarray()
    return kinds, sp.csr_matrix(np.array([[draw.integers(0, 20, n).sum() for n in row] for row in parts]))


def _made(kinds, sessions, memory=None):
    edition = protect_tables(kinds, TABLES, METHOD)
    return protect_sums(edition, TABLES, kinds, METHOD, sessions, SESSIONS, memory)


def test_a_sum_is_within_its_unit_of_the_truth_and_a_mean_is_of_it():
    kinds, sessions = _world()
    made = _made(kinds, sessions)
    row = made.tables[0].row("2")
    truth = int(np.asarray((TABLES[0].base @ sessions).sum(axis=1)).ravel()[TABLES[0].codes.index(("2",))])
    assert abs(row.total - truth) < 75
    assert mean(row, METHOD.rules) == round(row.total / row.base, 1)
    assert made.tables[0].notes[-1] == "The sums behind means are rounded to 75."


def test_a_sum_of_few_pupils_is_not_printed():
    kinds, sessions = _world(few="ab")
    made = _made(kinds, sessions)
    assert made.tables[1].row("yes", "3").total == "u"
    assert mean(made.tables[1].row("yes", "3"), METHOD.rules) == "u"


@pytest.mark.parametrize("few", ["ab", "abcd", "a"])
def test_nobody_outside_knows_a_sum_of_few_pupils_within_one_pupils_part(few):
    """By a programme of the test's own over all that is printed of sums."""
    kinds, sessions = _world(few)
    made = _made(kinds, sessions)
    asked = {(each.name, each.place): each for each in TABLES}
    rows, low, high = [], [], []
    for each in made.tables:
        of = asked[(each.name, each.place)]
        for row in each.rows:
            if isinstance(row.total, int):
                rows.append(of.base[of.codes.index(row.codes)].toarray().ravel())
                low.append(max(row.total - 74, 0))
                high.append(row.total + 74)
    target = TABLES[1].base[TABLES[1].codes.index(("yes", "3"))].toarray().ravel()
    ends = [
        sign * milp(
            sign * target, integrality=np.ones(len(target)), bounds=Bounds(0, 10_000),
            constraints=LinearConstraint(np.array(rows), low, high),
        ).fun
        for sign in (1, -1)
    ]  # fmt: skip
    assert ends[1] - ends[0] >= 60


def test_a_corrected_sum_stays_as_it_was_printed_while_it_may():
    kinds, sessions = _world()
    first = _made(kinds, sessions)
    corrected = sessions.copy()
    corrected[0, 0] += 1
    again = _made(kinds, corrected, first.memory)
    asked = {(each.name, each.place): each for each in TABLES}
    for one, two in zip(first.tables, again.tables, strict=True):
        of = asked[(one.name, one.place)]
        truth = np.asarray((of.base @ corrected).sum(axis=1)).ravel()
        for row, other in zip(one.rows, two.rows, strict=True):
            may_be_kept = abs(row.total - truth[of.codes.index(row.codes)]) < 75
            assert (row.total == other.total) == may_be_kept


def test_a_sum_that_is_mostly_one_controllers_is_withheld():
    kinds, sessions = _world()
    parts = sessions.toarray()
    west = [k for k, kind in enumerate(product(*AXES.values())) if kind[0] == "west" and kind[2] == "yes"]
    parts[west, 1:] //= 20
    parts[west, 0] *= 5
    made = _made(kinds, sp.csr_matrix(parts))
    west_table = next(each for each in made.tables if each.place == "west")
    assert west_table.row("yes").total == "c"
    assert west_table.row("yes").base != "c"
    assert west_table.row(ROOT).base != "c"


def test_a_published_sum_is_no_secret_of_a_controller():
    kinds, sessions = _world()
    asked = [replace(each, is_published=True) for each in TABLES]
    edition = protect_tables(kinds, asked, METHOD)
    parts = sessions.toarray()
    parts[:, 1:] = 0
    made = protect_sums(edition, asked, kinds, METHOD, sp.csr_matrix(parts), SESSIONS)
    assert all(isinstance(row.total, int) for each in made.tables for row in each.rows)


def test_more_than_pupils_can_put_in_is_a_mistake():
    kinds, sessions = _world()
    with pytest.raises(ValueError, match="the most that one can"):
        _made(kinds, sessions * 60)
