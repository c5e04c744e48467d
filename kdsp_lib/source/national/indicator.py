"""Indicators of authorities, long: an indicator, a year, an area, a value (the department's interactive tool, LAIT)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from kdsp_lib.source.contract import Column, Contract
from kdsp_lib.source.published import SYMBOLS
from kdsp_lib.source.published_symbol import symbols_of
from kdsp_lib.source.published_table import Item, read_table
from kdsp_lib.source.reading import Reading

KIND = "lait-indicators"
MISSING: Mapping[str, str | None] = MappingProxyType(
    {**{symbol.lower(): ours for symbol, ours in symbols_of(None).items()}, "-": "x", "na": "x"}
)
"""A dash is not available; never 0."""
ITEMS = (
    Item("indicator", ("Short Desc",)),
    Item("period", ("Years",)),
    Item("area", ("LA and Regions",)),
    Item("la", ("LA Number",)),
    Item("value", ("Values",), "figure", MISSING, places=4),
)
CONTRACT = Contract(
    KIND,
    "Indicators by authority (LAIT)",
    (
        Column("indicator", "text"),
        Column("period", "text"),
        Column("area", "text"),
        Column("la", "text", nullable=True, pattern=r"[0-9]{3}", expected="an authority's number of three digits"),
        Column("value", "whole", nullable=True),
        Column("value_symbol", "text", nullable=True, codes=SYMBOLS),
    ),
    key=("indicator", "period", "area"),
    holds_pupils=False,
)


def read_indicators(path: Path, contract: Contract, _period: str | None) -> Reading:
    """A long file of indicators. Values are kept in ten-thousandths, without the noise of binary floats."""
    return read_table(path, contract, ITEMS, _rows)


def _rows(row: dict[str, Any]) -> list[dict[str, Any]]:
    value, symbol = row["value"]
    number = (row["la"] or "").removesuffix(".0")
    return [{**row, "la": None if number in ("", "NA") else number, "value": value, "value_symbol": symbol}]
