"""A row of every kind of table that keeps its contract, made from the contract itself: a new kind has one by itself."""

from __future__ import annotations

import csv
import io
from datetime import date
from functools import cache
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import Phase, find, settings
from hypothesis import strategies as st

from kdsp_lib.source.contract import SYMBOL, Column, Contract, all_contracts, arrow_schema

KNOWN: dict[str, dict[str, Any]] = {
    "pupils": {"upn": "F340200024017"},
    "former-upns": {"upn": "F340200024017"},
    "ofsted-inspections": {"framework": "oeif", "area": "overall-effectiveness", "judgement": "good"},
}
"""What the rules of a row ask for, where the least value of each column does not keep them."""
FORMATS = ("csv", "parquet", "xlsx")


def period_of(contract: Contract) -> str | None:
    """A period that data sets of this kind may be of."""
    return "2025/26-autumn" if contract.termly else "2025/26" if contract.yearly else None


@cache
def good_row(table: str) -> dict[str, Any]:
    """The least row that keeps the contract: what may be empty is, but every figure is there."""
    contract = all_contracts()[table]
    row = {column.name: _least(column, contract) for column in contract.columns}
    return {**row, **KNOWN.get(table, {})}


def _least(column: Column, contract: Contract) -> Any:
    is_figure = f"{column.name}{SYMBOL}" in contract.names
    if column.nullable and not is_figure:
        return None
    if column.codes:
        return column.codes[0]
    if column.pattern:
        return _fitting(column.pattern)
    return {
        "text": "a", "whole": max(0, column.low or 0), "yes-no": False, "date": date(2025, 10, 1),
    }[column.type]  # fmt: skip


@cache
def _fitting(pattern: str) -> str:
    some = st.from_regex(pattern, fullmatch=True, alphabet=st.characters(codec="ascii"))
    return find(some, lambda _: True, settings=settings(phases=[Phase.generate], derandomize=True, database=None))


def as_file(table: str, form: str, rows: list[dict[str, Any]]) -> bytes:
    """The rows with kdsp's own columns, as a file of one of the formats."""
    contract = all_contracts()[table]
    if form == "parquet":
        written = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(rows, arrow_schema(contract)), written)
        return written.getvalue()
    texts = [["" if row[name] is None else str(row[name]) for name in contract.names] for row in rows]
    if form == "csv":
        lines = io.StringIO()
        csv.writer(lines).writerows([contract.names, *texts])
        return lines.getvalue().encode()
    book = openpyxl.Workbook()
    book.active.append(list(contract.names))
    for row in texts:
        book.active.append([text or None for text in row])
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()
