"""What it costs to withhold a figure by name: its place first, then whether its measure is a headline."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "analyse"))

from invented_tables import Authority

from kdsp_lib.analyse.measure import MEASURES
from kdsp_lib.custodian.protecting import system_of
from kdsp_lib.model.question import Question


def prices():
    """The least and the greatest price of what is counted, by table and by how often its row is split."""
    a = Authority()
    for k in range(1, 5):
        urn = a.school(f"20000{k}")
        a.pupils(30 * k, urn, ncyear="1", sex="F")
        a.pupils(25 * k, urn, ncyear="2", sex="M")
        a.pupils(9, urn, ncyear="2", sex="M", fsm6=True)
    cube = a.cube(
        headline=Question("count", "pupils", ("year-group", "sex")),
        other=Question("rate", "fsm6", ("year-group", "sex")),
    )
    cost = system_of(cube, cube.shown_before, cube.withheld_before).cost
    found: dict[tuple[str, int], list[float]] = {}
    for name, table in cube.tables.items():
        for row in table.rows:
            found.setdefault((name, sum(code != "All" for code in row.codes)), []).append(float(cost[row.counted]))
    return {key: (min(each), max(each)) for key, each in found.items()}


def test_the_whole_costs_most_then_what_is_split_once_whatever_the_measure():
    found = prices()
    for name in ("headline", "other"):
        for coarser in ("headline", "other"):
            for split in (1, 2):
                assert found[name, split][1] < found[coarser, split - 1][0], (name, coarser, split)


def test_of_one_place_a_headline_costs_more():
    found = prices()
    assert MEASURES["pupils"].definition.headline
    assert not MEASURES["fsm6"].definition.headline
    assert all(found["headline", split][0] > found["other", split][1] for split in range(3))
