"""Somebody who knows the algorithm tries it on every table that fits what is printed: what is left for each count."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from kdsp_lib.model.policy import FLOOR
from kdsp_lib.protect.requirement import requirements
from kdsp_lib.protect.sensitivity import small_counts
from kdsp_lib.protect.system import Statistic, make_system

BENCHMARK = Path(__file__).resolve().parents[3] / "benchmarks" / "minimality.py"


@pytest.fixture(scope="module")
def minimality():
    spec = importlib.util.spec_from_file_location("minimality", BENCHMARK)
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules["minimality"] = module
    spec.loader.exec_module(module)
    return module


def test_what_a_small_count_needs_tells_nothing_of_it():
    """Of each of 1 to 5 the same interval has to stay possible: requirements are no way to tell them apart."""
    values = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 15.0])
    rules = small_counts(values, FLOOR.threshold)
    statistic = Statistic("n", values, True, rules.primary, rules.lower, rules.upper)
    needed = requirements(make_system(np.array([[-1.0] * 5 + [1.0]]), [statistic]), statistic)
    for side, floor, end in ((1, 1, 6), (-1, 1, 1), (-1, 0, 0)):
        rows = (needed.side == side) & (needed.floor == floor)
        assert set(values[needed.cell[rows]] + side * needed.amount[rows]) <= {end}


@pytest.mark.parametrize("categories", [3, 4])
def test_every_count_keeps_its_interval_among_all_tables_that_fit_what_is_printed(minimality, categories):
    """Every table is listed and looked at: of each withheld count of 1 to 5 all from 1 to 6 is left, as is proved."""
    found = minimality.survivors(categories, 25, seed=1)
    assert found.counts > 20
    assert found.narrow == found.pinned == 0


@pytest.mark.parametrize("categories", [3, 4])
def test_who_runs_the_algorithm_on_each_of_them_narrows_few_intervals(minimality, categories):
    """Those that are printed just so: of at least six in seven counts they leave all that is required, 1 to 6."""
    found = minimality.survivors(categories, 25, seed=1)
    assert found.narrow_by_algorithm <= found.counts / 7


@pytest.mark.parametrize("categories", [3, 4])
def test_with_prices_that_everybody_knows_few_counts_are_left_with_one(minimality, categories):
    """The limit that docs/disclosure.md states: it is the reason for a key."""
    found = minimality.survivors(categories, 25, seed=1)
    assert found.pinned_by_algorithm <= 0.1 * found.counts


@pytest.mark.parametrize("categories", [3, 4])
def test_with_prices_blurred_by_a_key_every_count_keeps_several(minimality, categories):
    found = minimality.survivors(categories, 20, keys=minimality.KEYS, seed=1)
    assert found.counts > 15
    assert found.pinned_by_algorithm == 0
