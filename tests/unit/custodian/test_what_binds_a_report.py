"""Which earlier releases a report by name is made safe beside."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from kdsp_lib.custodian.earlier import views_of
from kdsp_lib.custodian.outline import Outline

SPRING = "2022/23-spring"


def released(period: str, snapshots: dict[str, str]) -> Outline:
    nobody = frozenset[str]()
    return Outline(
        1, "a-report", "a request", "asked", period, tuple(snapshots.items()), frozenset({"990001"}), nobody, None,
        "officer:a1", nobody, nobody, binds=True,
    )  # fmt: skip


def names_beside(outline: Outline) -> list[str]:
    """The releases beside which a report about the same school in spring is made."""
    entry = SimpleNamespace(body={"answers": []})
    ledger = SimpleNamespace(outlines=lambda: [outline], release=lambda _: entry)
    opened = SimpleNamespace(
        is_beside_others=True, period=SPRING, snapshots={"pupils": "0", f"census {SPRING}": "1"}, readers=None,
        establishments=frozenset({"990001"}), subjects=("990001",), whole_for=None, told=frozenset(),
        community=SimpleNamespace(controller=lambda urn: urn),
    )  # fmt: skip
    return [name for view in views_of(ledger, opened) for group in view.releases for name in group.names]


@pytest.mark.parametrize(
    ("period", "snapshots", "binds"),
    [
        (SPRING, {"pupils": "0", f"census {SPRING}": "1"}, True),
        ("2022/23", {"pupils": "0", f"census {SPRING}": "1"}, True),
        ("2022/23-autumn", {"pupils": "0", "census 2022/23-autumn": "2"}, False),
        ("2022/23", {"performance-tables-census 2022/23": "3"}, False),
        (SPRING, {"performance-tables-census 2022/23": "3"}, False),
    ],
)
def test_pupils_of_the_same_census_bind_and_other_terms_and_published_figures_do_not(period, snapshots, binds):
    assert names_beside(released(period, snapshots)) == (["a-report"] if binds else [])
