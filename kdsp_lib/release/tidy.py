"""Tidy CSV: UTF-8, one row a cell, bare symbols, and no text that a spreadsheet would run as a formula.

The last column is the stamp of the disclosure policy, the same in each row: a line of comment before the header would
be read as the header by whatever does not know of it.
"""

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


POLICY = "disclosure_policy"
BREAK = "break_before"
"""Of a series: why what stands before a row is not to be compared with it."""


def table_csv(table: Table, policy: str) -> str:
    """A table: for each dimension its code and its words, each statistic as its bare number or symbol, the policy."""
    head: list[str] = []
    for dim in table.dims:
        head += [f"{dim.name}_code", dim.name]
    head += [*(statistic.name for statistic in table.statistics), *([BREAK] if table.breaks else []), POLICY]
    return csv_text(head, ([*_row(table, codes, values), policy] for codes, values in table.cells.items()))


def list_csv(pupils: PupilList, policy: str) -> str:
    """A list of pupils: a row a pupil, every value a text, and the policy."""
    return csv_text([*pupils.columns, POLICY], ([*map(safe_text, row), policy] for row in pupils.rows))


def _row(table: Table, codes: tuple[str, ...], values: tuple[str, ...]) -> list[str]:
    row: list[str] = []
    for dim, code in zip(table.dims, codes, strict=True):
        row += [safe_text(code), safe_text(dim.label_of(code))]
    return [*row, *values, *([_break_at(table, codes)] if table.breaks else [])]


def _break_at(table: Table, codes: tuple[str, ...]) -> str:
    """Why the figures of a row are not to be compared with those before it; empty where nothing breaks there."""
    at = {(dim.name, code) for dim, code in zip(table.dims, codes, strict=True)}
    return safe_text("; ".join(each.why for each in table.breaks if (each.dim, each.code) in at))
