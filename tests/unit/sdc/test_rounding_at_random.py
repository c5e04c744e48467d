"""Counts go to a neighbouring multiple by a draw of who is counted; nobody gains by asking again or otherwise."""

from __future__ import annotations

import numpy as np
import pytest

from kdsp_lib.sdc.identity import draws, hashes_by_kind, population_names, pupil_hashes
from kdsp_lib.sdc.rounding import NOTHING_BEFORE, SumUnit, interval, keep_printed, round_at_random

SECRET = bytes(range(32))


def _name(pupils, statistic="pupils", secret=SECRET):
    hashes = pupil_hashes(pupils, secret).sum(axis=0, keepdims=True)
    return population_names(hashes, np.array([len(pupils)]), statistic)[0]


def test_a_count_goes_to_a_neighbour_and_a_multiple_stays():
    figures = np.arange(0, 21)
    for draw in (0.0, 0.5, 0.999):
        printed = round_at_random(figures, 5, np.full(21, draw))
        assert (printed % 5 == 0).all()
        assert (np.abs(printed - figures) < 5).all()
        assert (printed[::5] == figures[::5]).all()


@pytest.mark.parametrize("unit", [5, 10])
def test_on_average_what_is_printed_is_what_was_counted(unit):
    """Over 20,000 draws the mean of a count of 13 lies within 4 standard errors of 13."""
    found = round_at_random(np.full(20_000, 13), unit, draws(map(str, range(20_000)), [0] * 20_000, SECRET))
    assert abs(found.mean() - 13) < 4 * unit / 2 / np.sqrt(20_000)


def test_the_same_pupils_are_the_same_figure_in_whatever_order_and_by_whatever_parts():
    pupils = [f"p{k}" for k in range(40)]
    by_parts = hashes_by_kind(pupil_hashes(pupils, SECRET), np.arange(40) % 7, 7).sum(axis=0, keepdims=True)
    assert _name(pupils) == _name(pupils[::-1]) == population_names(by_parts, np.array([40]), "pupils")[0]


def test_other_pupils_another_statistic_or_another_secret_are_another_figure():
    names = {
        _name(["a", "b"]), _name(["a", "c"]), _name(["a"]), _name(["a", "b"], "sessions"),
        _name(["a", "b"], secret=bytes(32)),
    }  # fmt: skip
    assert len(names) == 5


def test_a_pupil_counted_twice_is_not_nobody():
    """Under XOR both pairs below would cancel to the same number; sums tell them apart."""
    assert _name(["a", "a"]) != _name(["b", "b"])
    assert _name(["a", "a", "b"]) != _name(["b"])


def test_one_pupil_more_is_drawn_independently():
    """Of 2,000 populations that differ by one pupil half are drawn above a half, each for itself."""
    pupils = pupil_hashes([f"p{k}" for k in range(2_000)], SECRET)
    rest = pupils.sum(axis=0)
    near = draws(population_names(rest - pupils, np.full(2_000, 1_999), "pupils"), [0] * 2_000, SECRET)
    assert abs((near < 0.5).mean() - 0.5) < 4 * 0.5 / np.sqrt(2_000)
    assert abs(np.corrcoef(near[1:], near[:-1])[0, 1]) < 4 / np.sqrt(2_000)


def test_a_salt_draws_anew_and_again_the_same():
    first, second = draws(["a", "a"], [0, 1], SECRET)
    assert first != second
    assert draws(["a"], [1], SECRET)[0] == second


def test_what_was_printed_is_kept_while_it_may_be():
    counts = np.array([12, 14, 15, 16, 20, 9, 12])
    before = np.array([10, 10, 10, 10, 25, 10, NOTHING_BEFORE])
    rounded = np.array([15, 15, 15, 20, 20, 5, 15])
    assert keep_printed(counts, rounded, before, 5).tolist() == [10, 10, 15, 20, 20, 10, 15]


def test_what_was_printed_in_another_unit_is_not_kept():
    assert keep_printed(np.array([13]), np.array([10]), np.array([15]), 10).tolist() == [10]


def test_an_interval_holds_every_count_that_may_be_printed_so():
    low, high = interval(np.array([0, 5, 100]), 5)
    assert low.tolist() == [0, 1, 96]
    assert high.tolist() == [4, 9, 104]


def test_a_sum_has_a_unit_that_one_pupil_cannot_move_past():
    assert SumUnit("sessions", 140, 150).unit == 150
    with pytest.raises(ValueError, match="one pupil could move"):
        SumUnit("sessions", 140, 100)


def test_a_secret_too_short_is_none():
    with pytest.raises(ValueError, match="16 to 64"):
        draws(["a"], [0], b"short")
