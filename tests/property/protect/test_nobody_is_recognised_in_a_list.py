"""Whatever the pupils: nobody is recognised in a list of them, by anybody, with all that they know of their own.

Counted again here in plain Python, from the groups behind each cell.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from hunting import examples
from hypothesis import given
from hypothesis import strategies as st

from kdsp_lib.model.policy import FLOOR
from kdsp_lib.protect.classes import Cell, ListedColumn, make_cells

K = 6


@st.composite
def lists(draw):
    """Some columns, some groups of pupils, each somebody's."""
    size = draw(st.integers(1, 60))
    columns = [draw(column(size)) for _ in range(draw(st.integers(1, 5)))]
    weights = draw(st.lists(st.sampled_from([0, 1, 2, 3, 5, 6, 6, 9, 9, 20]), min_size=size, max_size=size))
    controllers = draw(st.integers(1, 6))
    owners = draw(st.lists(st.integers(0, controllers - 1), min_size=size, max_size=size))
    return tuple(columns), np.array(weights, np.int64), np.array(owners, np.int64)


@st.composite
def column(draw, size):
    values = draw(st.integers(2, 5))
    single = tuple(frozenset({value}) for value in range(values))
    cut = draw(st.integers(1, values - 1))
    halves = (frozenset(range(cut)), frozenset(range(cut, values)))
    levels = (halves, single) if draw(st.booleans()) else (single,)
    common = draw(st.integers(0, values - 1))
    of_each = st.one_of(st.just(common), st.integers(0, values - 1))
    found = draw(st.lists(of_each, min_size=size, max_size=size))
    return ListedColumn(np.array(found, np.int64), levels, draw(st.booleans()), draw(st.sampled_from([3, 4])))


def pupils_of(cells, weights, owners):
    """By what a cell shows: how many pupils of it each controller has."""
    found = {}
    for cell in cells:
        assert cell.shown not in found, "two cells show the same"
        found[cell.shown] = defaultdict(int)
        for group in cell.groups:
            found[cell.shown][int(owners[group])] += int(weights[group])
    return found


def classes_of(found, columns):
    """The cells by what they show in the columns by which somebody might know a pupil."""
    known = [k for k, each in enumerate(columns) if not each.is_sensitive]
    classes = defaultdict(dict)
    for shown, pupils in found.items():
        if sum(pupils.values()):
            classes[tuple(shown[k] for k in known)][shown] = pupils
    return classes


def without(pupils, controller):
    return sum(number for owner, number in pupils.items() if owner != controller)


@examples(60)
@given(lists())
def test_no_class_or_cell_has_1_to_5_even_without_any_one_controller(drawn):
    columns, weights, owners = drawn
    found = pupils_of(make_cells(*drawn, FLOOR) or (), weights, owners)
    together = [list(cells.values()) for cells in classes_of(found, columns).values()]
    for pupils in [*found.values(), *(merged(each) for each in together)]:
        for controller in {None, *owners.tolist()}:
            assert not 0 < without(pupils, controller) < K


def merged(many):
    total = defaultdict(int)
    for pupils in many:
        for owner, number in pupils.items():
            total[owner] += number
    return total


@examples(60)
@given(lists())
def test_no_sensitive_column_is_constant_in_a_class_even_without_any_one_controller(drawn):
    """Shown at all, it shows several values, each of somebody whom no controller can take away."""
    columns, weights, owners = drawn
    found = pupils_of(make_cells(*drawn, FLOOR) or (), weights, owners)
    for cells in classes_of(found, columns).values():
        for k, each in enumerate(columns):
            if not each.is_sensitive:
                continue
            for controller in {None, *owners.tolist()}:
                values = {shown[k] for shown, pupils in cells.items() if without(pupils, controller)}
                assert len(values) > 1 or values <= {each.all}


@examples(60)
@given(lists())
def test_no_class_tells_that_nobody_has_a_sensitive_value(drawn):
    """What a class shows of a sensitive column speaks of every value there is."""
    columns, weights, owners = drawn
    found = pupils_of(make_cells(*drawn, FLOOR) or (), weights, owners)
    for cells in classes_of(found, columns).values():
        for k, each in enumerate(columns):
            if each.is_sensitive:
                assert frozenset().union(*(shown[k] for shown in cells)) == each.all


@examples(60)
@given(lists())
def test_every_pupil_is_in_one_cell_that_is_true_of_them(drawn):
    columns, weights, _ = drawn
    cells = make_cells(*drawn, FLOOR)
    if cells is None:
        return
    placed = sorted(int(group) for cell in cells for group in cell.groups)
    assert placed == np.flatnonzero(weights > 0).tolist()
    for cell in cells:
        for group in cell.groups:
            assert all(int(each.values[group]) in cell.shown[k] for k, each in enumerate(columns))


@examples(25)
@given(lists(), st.randoms())
def test_the_order_of_the_pupils_changes_nothing(drawn, dice):
    columns, weights, owners = drawn
    order = list(range(len(weights)))
    dice.shuffle(order)
    turned = [ListedColumn(c.values[order], c.levels, c.is_sensitive, c.controllers) for c in columns]
    one, other = make_cells(*drawn, FLOOR), make_cells(turned, weights[order], owners[order], FLOOR)
    assert shown(one) == shown(other)


def shown(cells: tuple[Cell, ...] | None):
    return None if cells is None else [cell.shown for cell in cells]


def of(values, *, sensitive=False, controllers=3):
    levels = (tuple(frozenset({v}) for v in range(max(values) + 1)),)
    return ListedColumn(np.array(values, np.int64), levels, sensitive, controllers)


def told(columns, weights, owners):
    cells = make_cells(columns, np.array(weights, np.int64), np.array(owners, np.int64), FLOOR)
    return None if cells is None else {tuple(tuple(sorted(v)) for v in cell.shown) for cell in cells}


BOTH = (0, 1)


def test_values_that_many_share_are_told_apart():
    assert told([of([0, 0, 0, 1, 1, 1])], [5] * 6, [0, 1, 2] * 2) == {((0,),), ((1,),)}


@pytest.mark.parametrize("few", [[0, 0, 5], [1, 2, 2], [5, 5, 0], [30, 1, 1]])
def test_a_value_of_few_pupils_or_few_controllers_or_mostly_of_one_is_not(few):
    assert told([of([0, 0, 0, 1, 1, 1])], [5, 5, 5, *few], [0, 1, 2] * 2) == {(BOTH,)}


def test_a_sensitive_value_that_all_of_a_class_have_is_not_shown():
    sex, sen = of([0, 0, 0, 1, 1, 1, 1, 1, 1]), of([0, 0, 0, 0, 0, 0, 1, 1, 1], sensitive=True)
    assert told([sen, sex], [6] * 9, [0, 1, 2] * 3) == {((0,), BOTH), ((1,), BOTH)}
    assert told([sex, sen], [6] * 9, [0, 1, 2] * 3) == {((0,), BOTH), ((1,), (0,)), ((1,), (1,))}


def test_where_even_their_number_tells_of_too_few_there_is_no_list():
    assert told([of([0, 1])], [5, 5], [0, 1]) is None
