"""How a table lies on a page: headings, rows, spans. One layout for the page, the notebook and plain text.

Several statistics: each gets a column and every dimension is a heading of rows. One statistic: the last dimension
becomes the columns, where it has no more than eight values.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby, product

from kdsp_lib.report.symbol import SYMBOLS, printed
from kdsp_lib.report.table import Dimension, Table
from kdsp_lib.report.wire import ALL

WIDEST = 8


@dataclass(frozen=True, slots=True)
class Heading:
    """One heading of a row: its words, how many rows it spans, and whether it heads a group of rows."""

    text: str
    span: int
    scope: str


@dataclass(frozen=True, slots=True)
class Value:
    """One printed value."""

    text: str
    is_symbol: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the headings that begin in it, all its headings in words, and its values."""

    headings: tuple[Heading, ...]
    labels: tuple[str, ...]
    values: tuple[Value, ...]
    is_total: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """A table laid out. ``over`` is the heading over all columns of values, or empty."""

    stubs: tuple[str, ...]
    over: str
    columns: tuple[str, ...]
    groups: tuple[tuple[Row, ...], ...]


def lay_out(table: Table) -> Layout:
    """The layout of a table."""
    across = _across(table)
    down = table.dims[: len(table.dims) - (across is not None)]
    codes = list(product(*([level.code for level in dim.levels] for dim in down)))
    rows = [_row(table, down, across, codes, index) for index in range(len(codes))]
    groups = [tuple(rows[i] for i in run) for run in _runs(codes)]
    return Layout(
        stubs=tuple(dim.label for dim in down) or ("",),
        over=f"{table.statistics[0].label}, by {_lower_first(across.label)}" if across else "",
        columns=tuple(level.label for level in across.levels) if across else tuple(s.label for s in table.statistics),
        groups=tuple(groups),
    )


def _across(table: Table) -> Dimension | None:
    if len(table.statistics) == 1 and len(table.dims) > 1 and len(table.dims[-1].levels) <= WIDEST:
        return table.dims[-1]
    return None


def _runs(codes: list[tuple[str, ...]]) -> list[list[int]]:
    """Rows that belong together: those of one value of the first of several dimensions, else all."""
    if len(codes[0]) < 2:
        return [list(range(len(codes)))]
    return [list(run) for _, run in groupby(range(len(codes)), key=lambda i: codes[i][0])]


def _row(
    table: Table, down: tuple[Dimension, ...], across: Dimension | None, codes: list[tuple[str, ...]], index: int
) -> Row:
    key = codes[index]
    headings = []
    for depth, dim in enumerate(down):
        starts = index == 0 or codes[index - 1][: depth + 1] != key[: depth + 1]
        if starts:
            span = sum(1 for other in codes if other[: depth + 1] == key[: depth + 1])
            scope = "rowgroup" if depth == 0 and len(down) > 1 else "row"
            headings.append(Heading(dim.label_of(key[depth]), span, scope))
    if not down:
        headings.append(Heading("All", 1, "row"))
    values = [table.cells[(*key, level.code)][0] for level in across.levels] if across else table.cells[key]
    return Row(
        tuple(headings),
        tuple(dim.label_of(code) for dim, code in zip(down, key, strict=True)) or ("All",),
        tuple(Value(printed(value), value in SYMBOLS) for value in values),
        bool(key) and key[-1] == ALL,
    )


def _lower_first(text: str) -> str:
    return text if len(text) > 1 and text[1].isupper() else text[:1].lower() + text[1:]
