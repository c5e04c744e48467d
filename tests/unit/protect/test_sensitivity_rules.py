"""Which figures need protection themselves, and how much."""

import numpy as np
import pytest
import scipy.sparse as sp

from kdsp_lib.model.policy import FLOOR
from kdsp_lib.protect.sensitivity import all_or_none, few_contributors, leaves_few, small_counts

THREE = np.full(1, 3)


def of_one_cell(*parts, counts=True, needed=THREE):
    given = sp.csr_matrix(np.array([parts], dtype=float))
    given.eliminate_zeros()
    rules = few_contributors(np.array([float(sum(parts))]), given, needed, counts=counts, policy=FLOOR)
    return bool(rules.primary[0]), float(rules.lower[0]), float(rules.upper[0])


@pytest.mark.parametrize(("count", "primary"), [(0, False), (1, True), (5, True), (6, False), (600, False)])
def test_one_to_five_pupils_are_too_few(count, primary):
    assert bool(small_counts(np.array([float(count)]), FLOOR.threshold).primary[0]) == primary


def test_every_small_count_needs_the_same_interval_so_that_it_tells_nothing():
    counts = np.array([1.0, 2, 3, 4, 5])
    rules = small_counts(counts, FLOOR.threshold)
    assert (counts - rules.lower).tolist() == [0] * 5
    assert (counts + rules.upper).tolist() == [6] * 5


def test_three_controllers_of_a_size_are_enough():
    assert of_one_cell(20, 20, 20)[0] is False
    assert of_one_cell(30, 30)[0] is True


def test_sensitive_categories_need_four():
    assert of_one_cell(20, 20, 20, needed=np.full(1, 4))[0] is True


def test_one_with_more_than_85_per_cent_dominates():
    assert of_one_cell(850, 30, 60, 60)[0] is False
    assert of_one_cell(851, 29, 60, 60)[0] is True


def test_the_rest_beside_the_two_largest_must_be_a_tenth_of_the_largest():
    assert of_one_cell(100, 100, 10)[0] is False
    assert of_one_cell(100, 100, 9)[0] is True


def test_what_is_left_without_one_controller_must_not_be_few():
    """Of 26 pupils of three controllers, 21 of one: that one would know of 5."""
    left = leaves_few(np.array([26.0, 27.0]), sp.csr_matrix([[21.0, 3, 2], [21, 3, 3]]), FLOOR.threshold)
    assert left.tolist() == [True, False]


def test_a_count_of_few_controllers_needs_five_or_a_tenth_on_both_sides():
    assert of_one_cell(15, 15) == (True, 5.0, 5.0)
    assert of_one_cell(100, 101) == (True, 21.0, 21.0)


def test_a_magnitude_needs_what_the_rule_misses():
    """90 of 100 from one, 9 and 1: a tenth of 90 is 9, the rest is 1, so 8 are missing; dominance asks for all 9."""
    assert of_one_cell(90, 9, 1, counts=False) == (True, 9.0, 9.0)
    assert of_one_cell(100, 90, 4, counts=False) == (True, 6.0, 6.0)


def test_all_or_none_of_a_base_is_protected_like_a_small_count():
    count = np.array([40.0, 40, 30, 0, 12])
    shares = np.array([[1, 0], [3, 2], [4, 0]])
    rules = all_or_none(count, shares, np.zeros(5, bool), FLOOR.threshold)
    assert rules.primary.tolist() == [False, True, False, True, False]
    assert rules.lower[1] == 6, "its complement must seem able to be 6"
    assert rules.upper[3] == 6


def test_none_of_nobody_tells_nothing():
    rules = all_or_none(np.array([0.0, 0]), np.array([[1, 0]]), np.zeros(2, bool), FLOOR.threshold)
    assert not rules.primary.any()


def test_the_wider_of_two_rules_holds():
    both = small_counts(np.array([5.0]), FLOOR.threshold).with_(
        few_contributors(np.array([5.0]), sp.csr_matrix([[5.0]]), THREE, counts=True, policy=FLOOR)
    )
    assert (both.lower[0], both.upper[0]) == (5.0, 5.0)
