"""Reports of several periods are answered at once: each from its own data, whoever else opened others meanwhile."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from small_workspace import AUTUMN, SPRING

from kdsp_lib.custodian import tables_at_hand
from kdsp_lib.custodian.tables_at_hand import TablesAtHand


@pytest.mark.parametrize("kept", [1, 2])
def test_a_report_never_gets_the_tables_of_another_period(kept, monkeypatch):
    monkeypatch.setattr(tables_at_hand, "KEPT", kept)
    catalogue = SimpleNamespace(pinned=lambda _snapshots: None)
    monkeypatch.setattr(tables_at_hand.Catalogue, "load", lambda _workspace: catalogue)
    monkeypatch.setattr(tables_at_hand, "tables_of", lambda _snapshots, period: (period,))
    monkeypatch.setattr(
        tables_at_hand, "open_tables", lambda _catalogue, period, _names: SimpleNamespace(period=period)
    )
    at_hand, reads = TablesAtHand(None), SimpleNamespace(reads=None)

    def asked(number):
        period = (AUTUMN, SPRING)[number % 2]
        opened = SimpleNamespace(datasets=(1,), served=reads, snapshots={"census": period}, period=period)
        return period, at_hand.of(opened).period

    with ThreadPoolExecutor(8) as pool:
        assert all(wanted == got for wanted, got in pool.map(asked, range(4000)))
