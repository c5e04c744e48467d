"""Controlled rounding: sums hold, every count is near, and nobody knows a small one."""

import itertools

import numpy as np
import pytest
import scipy.sparse as sp
from hunting import examples
from hypothesis import given
from hypothesis import strategies as st

from kdsp_lib.errors import BadParameters, Disclosive
from kdsp_lib.model.policy import FLOOR
from kdsp_lib.protect.rounding import Rounded, adds_up, audit_rounded, known_exactly, round_shown, round_system
from kdsp_lib.protect.sensitivity import small_counts
from kdsp_lib.protect.system import Statistic, make_system

counts = st.lists(st.lists(st.integers(0, 14), min_size=3, max_size=3), min_size=3, max_size=3)


def cross_table(inner):
    """The sums of a table of two dimensions with its totals, and its figures row by row."""
    inner = np.vstack([inner, inner.sum(axis=0)])
    whole = np.hstack([inner, inner.sum(axis=1, keepdims=True)])
    rows, columns = whole.shape
    place = np.arange(rows * columns).reshape(rows, columns)
    sums = np.zeros((rows + columns, rows * columns))
    for row in range(rows):
        sums[row, place[row, :-1]], sums[row, place[row, -1]] = -1, 1
    for column in range(columns):
        sums[rows + column, place[:-1, column]], sums[rows + column, place[-1, column]] = -1, 1
    return sums, whole.ravel()


def made(inner):
    sums, values = cross_table(np.array(inner, dtype=float))
    rules = small_counts(values, FLOOR.threshold)
    return make_system(sums, [Statistic("n", values, True, rules.primary, rules.lower, rules.upper)])


@examples(40)
@given(counts, st.sampled_from([5, 10]))
def test_every_figure_is_a_multiple_next_to_its_count_and_all_add_up(inner, base):
    system = made(inner)
    true = system.statistics[0].values
    rounded = round_system(system, base)
    assert (rounded.values % base == 0).all()
    assert (np.abs(rounded.values - true) < base).all()
    assert (rounded.values[true % base == 0] == true[true % base == 0]).all()
    assert np.abs(system.equations @ rounded.values).max() == 0
    assert adds_up(system, rounded)


@examples(15)
@given(counts)
def test_no_attacker_knows_a_small_count_by_either_opinion(inner):
    system = made(inner)
    rounded = round_system(system, 5)
    assert known_exactly(system, rounded).tolist() == []
    assert audit_rounded(system, rounded).is_safe


def test_every_table_that_could_be_behind_it_is_counted():
    """2 x 2 by enumeration: what the audit calls open has several values among all tables that fit."""
    system = made([[3, 7], [5, 9]])
    true = system.statistics[0].values
    rounded = round_system(system, 5)
    fits = [
        table for table in itertools.product(range(15), repeat=4) if (np.abs(_whole(table) - rounded.values) < 5).all()
    ]
    tables = np.array([_whole(table) for table in fits])
    for cell in np.nonzero(system.primary)[0]:
        assert len(set(tables[:, cell])) > 1
    assert true.tolist() in tables.tolist()


def _whole(table):
    return cross_table(np.array(table, dtype=float).reshape(2, 2))[1]


def test_the_same_table_is_rounded_the_same():
    inner = np.random.default_rng(3).integers(0, 30, (6, 7))
    assert (round_system(made(inner), 5).values == round_system(made(inner), 5).values).all()


def test_a_figure_that_was_printed_exactly_before_is_known():
    """3 + 5 = 8: with 5 and 8 printed exactly elsewhere, rounding 3 hides nothing."""
    equations = np.array([[1.0, -1.0, -1.0]])
    values = np.array([8.0, 3.0, 5.0])
    primary = np.array([False, True, False])
    statistic = Statistic("n", values, True, primary, np.where(primary, 3.0, 0), np.where(primary, 3.0, 0))
    assert round_system(make_system(equations, [statistic]), 5).values.tolist() in ([5, 0, 5], [10, 5, 5])
    out = np.array([True, False, True])
    with pytest.raises(Disclosive, match="known although"):
        round_system(make_system(equations, [statistic], must_print=out), 5)


def test_a_figure_that_was_withheld_before_is_not_narrowed():
    system = made([[3, 7, 8], [5, 9, 9], [6, 6, 6]])
    before = system.primary.copy()
    again = make_system(system.equations, list(system.statistics), must_hide=before)
    with pytest.raises(Disclosive, match="withheld before"):
        round_system(again, 5)


def test_an_insider_who_knows_all_but_one_pupil_is_an_attacker():
    """7 pupils, 6 of one controller: it knows that at least 6 are there; 5 to 9 is printed as 5 or 10."""
    equations = np.array([[1.0, -1.0]])
    values, primary = np.array([2.0, 2.0]), np.array([True, True])
    import scipy.sparse as sp

    own = sp.csr_matrix(np.array([[2.0, 0.0], [2.0, 0.0]]))
    sole = Statistic("n", values, True, primary, values, 6 - values, contributions=own)
    assert round_system(make_system(equations, [sole]), 5).values.tolist() in ([0, 0], [5, 5])
    two = sp.csr_matrix(np.array([[1.0, 1.0], [1.0, 1.0]]))
    shared = Statistic("n", values, True, primary, values, 6 - values, contributions=two)
    assert audit_rounded(make_system(equations, [shared]), Rounded(np.array([5.0, 5.0]), 5, np.zeros(2, bool))).is_safe


def test_where_no_neighbouring_multiples_add_up_the_next_ones_may_and_it_is_said():
    """A sum three times over: 3 x 2 = 6 has only 0 or 15 as multiples that add up."""
    equations = np.array([[1.0, -3.0]])
    statistic = Statistic(
        "n", np.array([6.0, 2.0]), True, np.array([False, True]), np.array([0.0, 2.0]), np.array([0.0, 4.0])
    )
    rounded = round_system(make_system(equations, [statistic]), 5)
    assert rounded.values.tolist() == [0, 0]
    assert rounded.farther.tolist() == [True, False]
    assert rounded.doubt.tolist() == [9, 9]


def test_other_bases_and_magnitudes_are_refused():
    with pytest.raises(BadParameters, match="5 or 10"):
        round_system(made([[1, 2], [3, 4]]), 3)
    values = np.array([1.5, 1.5])
    none = np.zeros(2)
    magnitude = Statistic("n", values, False, np.zeros(2, bool), none, none)
    with pytest.raises(BadParameters, match="counts alone"):
        round_system(make_system(np.array([[1.0, -1.0]]), [magnitude]), 5)


def test_a_table_that_is_no_rounding_does_not_add_up():
    system = made([[3, 7], [5, 9]])
    rounded = round_system(system, 5)
    bent = rounded.values.copy()
    bent[0] += 5
    assert not adds_up(system, Rounded(bent, 5, rounded.farther))


@examples(40)
@given(counts, st.sets(st.integers(0, 15), max_size=6), st.sampled_from([5, 10]))
def test_what_suppression_leaves_is_rounded_so_that_shown_sums_hold(inner, withheld, base):
    """Counts of 1 to 5 and some more are withheld; what is behind them is not looked at."""
    sums, values = cross_table(np.array(inner, dtype=float))
    cells = [k for k, value in enumerate(values) if k not in withheld and not 0 < value < 6]
    shown = {cell: float(values[cell]) for cell in cells}
    rounded = round_shown(sp.csr_matrix(sums), shown, base)
    assert rounded is not None
    assert rounded.keys() == shown.keys()
    assert all(rounded[c] % base == 0 and abs(rounded[c] - shown[c]) < 2 * base for c in shown)
    assert all((rounded[c] == 0) == (shown[c] == 0) for c in shown)
    for row in sums:
        parts = np.flatnonzero(row)
        if set(parts) <= shown.keys():
            assert sum(row[k] * rounded[k] for k in parts) == 0
        elif (total := next(k for k in parts if row[k] > 0)) in shown:
            assert rounded[total] >= sum(rounded[k] for k in parts if row[k] < 0 and k in shown)


def test_what_was_shown_before_is_shown_again_where_it_adds_up():
    sums, values = cross_table(np.array([[7.0, 12.0], [8.0, 13.0]]))
    shown = {cell: float(value) for cell, value in enumerate(values)}
    first = round_shown(sp.csr_matrix(sums), shown, 5)
    assert first is not None
    cell = next(c for c in shown if shown[c] % 5)
    other = first[cell] + (5 if first[cell] < shown[cell] else -5)
    assert round_shown(sp.csr_matrix(sums), shown, 5, {cell: other})[cell] == other
    assert round_shown(sp.csr_matrix(sums), shown, 5, {cell: 500.0}) == first


def test_more_figures_than_can_be_rounded_together_are_not():
    shown = dict.fromkeys(range(1_001), 10.0)
    assert round_shown(sp.csr_matrix((0, 1_001)), shown, 5) is None
