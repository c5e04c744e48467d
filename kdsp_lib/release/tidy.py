"""Tidy CSV: UTF-8, one row a cell, bare symbols, and no text that a spreadsheet would run as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from kdsp_lib.report.pupil_list import PupilList
from kdsp_lib.report.table import Table

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def safe_text(text: str) -> str:
    """A text that stays text when a spreadsheet opens it: one that looks like a formula begins with an apostrophe."""
    return f"'{text}" if text.startswith(_FORMULA) or text.lstrip().startswith(_FORMULA) else text


def csv_text(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Rows as CSV, with ``\\n`` at the end of each line."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return written.getvalue()


def table_csv(table: Table) -> str:
    """A table: for each dimension its code and its words, then each statistic as its bare number or symbol."""
    head: list[str] = []
    for dim in table.dims:
        head += [f"{dim.name}_code", dim.name]
    head += [statistic.name for statistic in table.statistics]
    return csv_text(head, (_row(table, codes, values) for codes, values in table.cells.items()))


def list_csv(pupils: PupilList) -> str:
    """A list of pupils: a row a pupil, every value a text."""
    return csv_text(list(pupils.columns), (list(map(safe_text, row)) for row in pupils.rows))


def _row(table: Table, codes: tuple[str, ...], values: tuple[str, ...]) -> list[str]:
    row: list[str] = []
    for dim, code in zip(table.dims, codes, strict=True):
        row += [safe_text(code), safe_text(dim.label_of(code))]
    return [*row, *values]
