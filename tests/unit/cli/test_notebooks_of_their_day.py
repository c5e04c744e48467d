"""``kdsp new notebook``: the period that it begins with is there by the day that it begins with."""

from pathlib import Path

import pytest
import yaml


@pytest.fixture
def new(kdsp):
    """Start a notebook in a made-up authority."""
    assert kdsp("demo", "--into", ".").code == 0
    return lambda *given: kdsp("new", "notebook", "mine", "--report", "area-profile", "--into", ".", *given)


def first():
    return yaml.safe_load(Path("parameters/mine/first.yaml").read_text("utf-8"))


@pytest.mark.parametrize(
    ("on", "period"),
    [("2025-12-01", "2025/26-autumn"), ("2026-03-02", "2025/26-spring"), ("2026-10-01", "2026/27-autumn")],
)
def test_it_begins_with_the_newest_period_of_its_day(new, kdsp, on, period):
    """The censuses are on the first Thursday of October and the third of January."""
    assert new("--on", on).code == 0
    assert (first()["on"], first()["period"]) == (on, period)
    assert kdsp("decide", "parameters/mine/first.yaml", "--notebooks", "notebooks").code == 0


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (("--on", "2026-03-02", "--period", "2026/27-autumn"), "--period"),
        (("--on", "2100-03-02"), "--on"),
    ],
)
def test_a_pair_that_cannot_be_is_not_written(new, given, field):
    told = new(*given)
    assert told.code == 10
    assert field in told.err
    assert not Path("notebooks").exists()


def test_a_day_before_any_census_begins_nothing(new):
    told = new("--on", "2020-03-02")
    assert told.code == 10
    assert "later --on" in told.err
