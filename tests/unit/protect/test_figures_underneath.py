"""What finer figures tell of withheld cells that the sums of the cells alone do not: none of them is below 0."""

import numpy as np
import pytest
import scipy.sparse as sp

from kdsp_lib.protect.pattern import protect_system
from kdsp_lib.protect.system import Statistic, Unprotectable, make_system
from kdsp_lib.protect.underlying import Underlying, told_by, with_sums

GIRLS, BOYS, WITH, WITHOUT, ALL, BOTH, REST = range(7)
KINDS = np.array([[1, 1, 0, 0], [0, 0, 1, 1], [1, 0, 1, 0], [0, 1, 0, 1], [1, 1, 1, 1], [1, 0, 0, 0], [0, 1, 1, 1]])
"""Girls with free meals and without, boys with and without: cells by these."""
EQUATIONS = [[1, 1, 0, 0, -1, 0, 0], [0, 0, 1, 1, -1, 0, 0], [0, 0, 0, 0, -1, 1, 1]]


def underlying(figures, parts=None):
    put_in = sp.csr_matrix((4, 0)) if parts is None else sp.csr_matrix(np.array(parts, float).T)
    return Underlying(np.arange(len(KINDS)), sp.csr_matrix(KINDS), np.array(figures, float), put_in)


def classroom(figures, parts=None):
    """How many are girls, how many have free meals, and how many girls have, all with their complements."""
    put_in = None if parts is None else sp.csr_matrix(KINDS @ np.array(parts, float).T)
    values = (KINDS @ figures).astype(float)
    primary = np.zeros(len(values), bool)
    primary[BOTH] = True
    slack = np.where(primary, 6 - values, 0.0), np.where(primary, values, 0.0)
    pupils = Statistic("pupils", values, True, primary, slack[1], slack[0], put_in)
    return make_system(sp.csr_matrix(EQUATIONS), [pupils], zeros="hidden")


def told(system, figures, *hidden, parts=None):
    where = np.isin(np.arange(system.size), hidden)
    return told_by([underlying(figures, parts)], system, where, np.ones(system.size, bool), zeros_hidden=True)


def test_a_least_number_that_larger_cells_leave_is_found_with_the_sum_that_says_so():
    figures = [5, 17, 17, 3]  # of 42 pupils 22 are girls and 22 have free meals: two girls or more have
    found = told(classroom(figures), figures, BOTH, REST)
    assert set(found.cells) == {BOTH}
    assert not found.unexplained
    for each in found.sums:
        row = np.zeros(len(KINDS))
        row[list(each)] = list(each.values())
        assert (row @ KINDS >= 0).all()
        assert (row @ KINDS > 0).any()


def test_nothing_is_told_where_the_cells_beside_it_leave_all_open():
    figures = [5, 17, 17, 30]
    assert told(classroom(figures), figures, BOTH, REST).cells == ()


def test_what_is_told_is_a_cell_more_and_the_next_pattern_reckons_with_it():
    figures = [5, 17, 17, 3]
    system = classroom(figures)
    pattern = protect_system(system)
    assert not pattern.hidden[[GIRLS, WITH]].any()
    found = told(system, figures, *np.flatnonzero(pattern.hidden))
    again = protect_system(with_sums(system, found.sums))
    assert told(system, figures, *np.flatnonzero(again.hidden[: len(KINDS)])).cells == ()
    assert again.hidden[: len(KINDS)].sum() > pattern.hidden.sum()


def test_what_is_out_already_is_not_taken_back():
    figures = [5, 17, 17, 3]
    system = classroom(figures)
    system.must_print[[GIRLS, BOYS, WITH, WITHOUT, ALL]] = True
    with pytest.raises(Unprotectable):
        protect_system(with_sums(system, told(system, figures, BOTH, REST).sums))


def test_nobody_who_put_in_most_of_it_works_out_what_the_others_have():
    """Whoever has 40 of 43 pupils knows that the other three are girls, and have free meals: all girls with such do."""
    parts = [[2, 17, 17, 4], [1, 0, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0]]
    figures = np.sum(parts, axis=0)
    system = classroom(figures, parts)
    assert told(system, figures, *range(len(KINDS)), parts=parts).cells == ()
    found = told(system, figures, BOTH, REST, parts=parts)
    assert BOTH in found.cells
    pattern = protect_system(with_sums(system, found.sums))
    assert told(system, figures, *np.flatnonzero(pattern.hidden[: len(KINDS)]), parts=parts).cells == ()
