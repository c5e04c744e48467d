"""Cells that the first pass hid are printed again where others that are hidden anyway can move in their place."""

import numpy as np
import scipy.sparse as sp
from made_up_tables import Sums

from kdsp_lib.protect.change import Change, rows_over
from kdsp_lib.protect.joint import JointModel
from kdsp_lib.protect.reduce import print_again
from kdsp_lib.protect.search import Search

ROW = Sums({"all": ["few", "b", "c", "d"]}, few=3, b=20, c=30, d=40)


def joint(table, names, *, integer=True):
    columns = np.sort([table.at(name) for name in names])
    rows = rows_over(sp.csc_matrix(table.equations), columns, table.statistic(integer=integer))
    return JointModel(rows, columns, integer=integer)


def cheapest(table, model, cell, side, amount, **room):
    width = len(model.columns)
    names = [table.names[column] for column in model.columns]
    up, down = np.full(width, np.inf), table.values[model.columns].copy()
    for name, (below, above) in room.items():
        down[names.index(name)], up[names.index(name)] = below, above
    found = model.cheapest(table.at(cell), side, amount, cost=np.ones(width), up=up, down=down, steps=100)
    return None if found is None else {table.names[c]: by for c, by in zip(found.cells.tolist(), found.by, strict=True)}


CHAIN = Sums([("all", ["a", "b"]), ("b", ["b1", "b2"])], a=9, b1=5, b2=7)


def test_the_last_two_cells_of_a_sum_move_together_and_so_do_all_that_such_pairs_connect():
    model = joint(CHAIN, ["a", "b", "b1"])
    assert model.number == 1
    assert cheapest(CHAIN, model, "a", 1, 2.0) == {"a": 2, "b": -2, "b1": -2}


def test_together_they_go_as_far_as_the_one_with_the_least_room():
    model = joint(CHAIN, ["a", "b", "b1"])
    assert cheapest(CHAIN, model, "a", 1, 5.0) == {"a": 5, "b": -5, "b1": -5}
    assert cheapest(CHAIN, model, "a", 1, 6.0) is None  # b1 is 5
    assert cheapest(CHAIN, model, "b1", 1, 2.0, a=(1, np.inf)) is None


def test_cells_that_are_not_tied_stay_apart():
    model = joint(ROW, ["few", "b", "c"])
    assert model.number == 3
    assert cheapest(ROW, model, "few", 1, 2.0, b=(0, 0)) == {"few": 2, "c": -2}


def test_what_would_move_against_itself_does_not_move():
    table = Sums([("s", ["x", "y"]), ("t", ["x", "z"])], x=5, y=5, z=5)
    table.equations = sp.csr_matrix([[1.0, 1.0], [1.0, -1.0]])
    table.names, table.values = ["x", "y"], np.array([5.0, 5.0])
    assert cheapest(table, joint(table, ["x", "y"]), "x", 1, 1.0) is None


def test_a_cell_outside_the_programme_has_no_change():
    assert cheapest(ROW, joint(ROW, ["few", "b"]), "d", 1, 1.0) is None


def searched(table, *witnesses, **given):
    """A search whose first pass found these witnesses, each ``{name: by}``."""
    search = Search(table.system(**given), floor=0)
    for witness in witnesses:
        cells = np.array([table.at(name) for name in witness])
        order = np.argsort(cells)
        change = Change(cells[order], np.array(list(witness.values()), float)[order])
        search.hide(0, change)
        search.pools[0].keep(change, 0)
    assert search.pools[0].met.all()
    return search


UP, DOWN = {"few": 3, "b": -3}, {"few": -3, "c": 3}


def test_one_further_cell_stands_in_for_two():
    search = searched(ROW, UP, DOWN)
    assert ROW.told(search.hidden) == {"few", "b", "c"}
    print_again(search, 100)
    assert ROW.told(search.hidden) in ({"few", "b"}, {"few", "c"})
    for change in search.pools[0].changes:
        assert not ROW.equations[:, change.cells] @ change.by
        assert search.hidden[change.cells].all()


def test_without_a_budget_all_stays_as_it_is():
    search = searched(ROW, UP, DOWN)
    print_again(search, 0)
    assert ROW.told(search.hidden) == {"few", "b", "c"}
    assert search.counters.programmes == 0


def test_a_cell_that_a_figure_needs_stays_hidden():
    search = searched(ROW, {"few": 3, "b": -3}, {"few": -3, "b": 3})
    print_again(search, 100)
    assert ROW.told(search.hidden) == {"few", "b"}


def test_what_has_to_be_hidden_is_not_printed():
    search = searched(ROW, UP, DOWN, must_hide=["c"])
    print_again(search, 100)
    assert ROW.told(search.hidden) == {"few", "c"}


def test_in_a_large_table_a_box_is_looked_into_first(monkeypatch):
    monkeypatch.setattr("kdsp_lib.protect.among_hidden.WHOLE_TABLE", 1)
    search = searched(ROW, UP, DOWN)
    print_again(search, 100)
    assert search.hidden.sum() == 2
