"""Magnitudes that may be below zero: what is stated of them bounds every attacker, and what is required of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp
from hunting import examples
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from random_tables import tables
from scipy.optimize import linprog

from kdsp_lib.errors import BadParameters
from kdsp_lib.model.policy import FLOOR
from kdsp_lib.protect.audit import audit_system
from kdsp_lib.protect.pattern import protect_system
from kdsp_lib.protect.proof import unproved
from kdsp_lib.protect.sensitivity import few_contributors
from kdsp_lib.protect.system import Statistic, System, Unprotectable, make_system

NEAR = 1e-4


@st.composite
def systems(draw: st.DrawFn) -> System:
    """A table of what some owners put in or took out, with bounds stated of each cell."""
    table = draw(tables((1, 3)))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    atoms, owners = table.sums.shape[1], draw(st.integers(1, 6))
    lowest = draw(st.sampled_from([-40, -40, -5, 0]))
    of_atom = random.integers(lowest, 60, (atoms, owners)) * (random.random((atoms, owners)) < 0.7)
    parts = sp.csr_matrix(table.sums @ sp.csr_matrix(of_atom.astype(float)))
    parts.eliminate_zeros()
    values = np.asarray(parts.sum(axis=1)).ravel()
    takes_out = np.asarray((table.sums @ sp.csr_matrix((of_atom < 0).astype(float))).sum(axis=1)).ravel() > 0
    room = draw(st.sampled_from([0.0, 3.0, 40.0, 400.0]))
    least = np.where(takes_out, np.minimum(values, 0.0) - room - 1.0, 0.0)
    most = np.where(random.random(len(values)) < draw(st.sampled_from([0.0, 1.0])), np.abs(values) + room + 1.0, np.inf)
    rules = few_contributors(values, parts, np.full(len(values), 3), counts=False, policy=FLOOR)
    figure = Statistic("balance", values, False, rules.primary, rules.lower, rules.upper, parts)
    return make_system(table.equations, [replace(figure, stated_least=least, stated_most=most)])


def interval(
    system: System, hidden: np.ndarray, cell: int, owner: int | None, zeros_hidden: bool
) -> tuple[float, float]:
    """The least and the greatest figure of a cell that an attacker must reckon with, by the test's own programmes."""
    of = system.statistics[0]
    low, high = np.where(hidden, of.stated_least, of.values), np.where(hidden, of.stated_most, of.values)
    never_below = of.stated_least >= 0
    if not zeros_hidden:
        low = np.where(hidden & never_below & (of.values >= 1), np.maximum(low, 1.0), low)
    if owner is not None:
        put_in = of.contributions.toarray()
        mine = put_in[:, owner]
        alone = (put_in != 0).sum(axis=1) == 1
        low = np.where(never_below, np.maximum(low, mine), low)
        known = (mine != 0) & alone & (mine == of.values) | never_below & (mine > 0) & (mine == of.values)
        low, high = np.where(known, of.values, low), np.where(known, of.values, high)
    ends = []
    for side in (1.0, -1.0):
        goal = np.zeros(system.size)
        goal[cell] = side
        found = linprog(
            goal,
            A_eq=system.equations,
            b_eq=np.zeros(system.equations.shape[0]),
            bounds=np.column_stack([low, high]),
            method="highs",
        )
        ends.append(-side * np.inf if found.status == 3 else float(found.x[cell]))
    return ends[0], ends[1]


@examples(60, suppress_health_check=tuple(HealthCheck))
@given(systems(), st.sampled_from(["quick", "normal"]))
def test_no_attacker_gets_nearer_to_a_figure_that_may_be_below_zero(system, effort):
    """Required is the interval of the rule, cut at what everybody knows from the stated bounds."""
    try:
        pattern = protect_system(system, effort=effort)
    except Unprotectable:
        return
    of = system.statistics[0]
    assert not unproved(system, pattern.hidden, pattern.zeros_hidden, pattern.witnesses).size
    assert audit_system(system, pattern.hidden, zeros_hidden=pattern.zeros_hidden).is_safe
    everything = np.ones(system.size, bool)
    for cell in np.nonzero(of.primary)[0].tolist():
        assert pattern.hidden[cell]
        low, high = interval(system, pattern.hidden, cell, None, pattern.zeros_hidden)
        floor = of.stated_least[cell] if of.stated_least[cell] < 0 or pattern.zeros_hidden else 1.0
        assert low <= max(of.values[cell] - of.lower[cell], min(floor, of.values[cell])) + NEAR
        assert high >= min(of.values[cell] + of.upper[cell], of.stated_most[cell]) - NEAR
        for owner in range(of.contributions.shape[1]):
            low, high = interval(system, pattern.hidden, cell, owner, pattern.zeros_hidden)
            if high - low < of.inexact[cell] - NEAR:
                low, high = interval(system, everything, cell, owner, zeros_hidden=True)
                assert high - low < of.inexact[cell], "known to this owner, though not without the table"


@examples(40, suppress_health_check=tuple(HealthCheck))
@given(systems())
def test_a_figure_that_its_bounds_give_away_is_refused(system):
    """Nothing that is withheld opens what everybody knows: no figure is called safe that cannot move."""
    of = system.statistics[0]
    tight = replace(of, stated_least=np.where(of.primary, of.values, of.stated_least))
    tight = replace(tight, stated_most=np.where(of.primary, of.values, of.most), contributions=None)
    if of.primary.any():
        with pytest.raises(Unprotectable) as refused:
            protect_system(replace(system, statistics=(tight,)), effort="quick")
        assert set(refused.value.cells) <= set(np.nonzero(of.primary)[0].tolist())


def test_counts_have_no_stated_bounds_and_no_figure_is_beyond_its_own():
    count = Statistic("pupils", np.array([7.0]), True, *(np.zeros(1, bool), np.zeros(1), np.zeros(1)))
    for wrong in (
        replace(count, stated_least=np.array([-1.0])),
        replace(count, integer=False, stated_most=np.array([6.0])),
        replace(count, integer=False, values=np.array([-7.0])),
    ):
        with pytest.raises(BadParameters):
            make_system(sp.csr_matrix((0, 1)), [wrong])
