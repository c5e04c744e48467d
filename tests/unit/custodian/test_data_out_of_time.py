"""Principle 7: data that is not yet released, or past its time, is not current on the day that is asked of."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from invented_schools import DAY, School, World

from kdsp_lib.custodian.opening import check_parameters, open_request
from kdsp_lib.register import read_register
from kdsp_lib.source.catalogue import Catalogue


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A workspace over the figures of some schools."""
    return World.make(tmp_path_factory.mktemp("time") / "w", [School(f"99000{n}", "primary") for n in range(1, 8)])


def decided(world: World, *, on: date = DAY, today: date | None = None, **days: str):
    """What an area profile is answered where one data set has these days; ``today``: where that is another day."""
    catalogue = Catalogue.load(world.workspace)
    first, *rest = catalogue.datasets
    changed = Catalogue(catalogue.data, (replace(first, **days), *rest))
    parameters = {
        "group": None, "recipient": "authority", "purpose": "raising-attainment", "period": "2022/23",
        "on": on.isoformat(),
    }  # fmt: skip
    served, given = check_parameters("area-profile", parameters)
    register = read_register(world.workspace.register)
    community, real = register.on(on), register.on(today or on)
    return open_request(served, given, "officer:a1", community, changed, b"k" * 32, today=real).decision


BEFORE, AFTER = date.fromordinal(DAY.toordinal() - 1).isoformat(), date.fromordinal(DAY.toordinal() + 1).isoformat()


@pytest.mark.parametrize(
    ("days", "permitted"),
    [
        ({}, True),
        ({"not_before": DAY.isoformat()}, True),
        ({"not_before": AFTER}, False),
        ({"use_by": AFTER}, True),
        ({"use_by": DAY.isoformat()}, False),
        ({"not_before": BEFORE, "use_by": AFTER}, True),
    ],
)
def test_whether_it_is_current_goes_by_the_day_asked_of(world, days, permitted):
    decision = decided(world, **days)
    assert decision.is_permit is permitted
    assert permitted or "7" in decision.clauses


def test_an_earlier_day_does_not_bring_back_what_is_out_of_time(world):
    """Whoever asks chooses the day of the report, and not the day that it is; kdsp rerun looks at what was made."""
    assert decided(world, on=DAY, use_by=AFTER).is_permit
    refused = decided(world, on=DAY, today=date.fromisoformat(AFTER), use_by=AFTER)
    assert refused.clauses == ("7",)
