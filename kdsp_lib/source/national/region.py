"""Authorities and their regions, as the performance tables list them (``la_and_region_codes_meta.csv``)."""

from __future__ import annotations

from pathlib import Path

from kdsp_lib.source.contract import Column, Contract
from kdsp_lib.source.published_table import Item, read_table
from kdsp_lib.source.reading import Reading

KIND = "authorities"
ITEMS = (
    Item("la", ("LEA", "LA")),
    Item("name", ("LA Name",)),
    Item("region", ("REGION",)),
    Item("region_name", ("REGION NAME",)),
)
CONTRACT = Contract(
    KIND,
    "Authorities and their regions",
    (
        Column("la", "text", pattern=r"[0-9]{3}", expected="an authority's number of three digits"),
        Column("name", "text"),
        Column("region", "text", nullable=True),
        Column("region_name", "text", nullable=True),
    ),
    key=("la",),
    holds_pupils=False,
)


def read_authorities(path: Path, contract: Contract, _period: str | None) -> Reading:
    """The list in UTF-8 or Windows-1252: a row an authority."""
    return read_table(path, contract, ITEMS, lambda row: [row])
