"""Numbers that a text states: each must be one that a table prints, or part of a label.

The words under a chart are typed by a person, or built in a notebook; a figure that was withheld, or worked out, has no
place in them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

from kdsp_lib.report.symbol import SYMBOLS
from kdsp_lib.report.table import Table

_FIGURE = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")


def figures_in(text: str) -> frozenset[Decimal]:
    """The numbers that a text states, without signs and separators."""
    return frozenset(Decimal(found.replace(",", "")) for found in _FIGURE.findall(text))


def figures_of(table: Table) -> frozenset[Decimal]:
    """The numbers that a table prints: its values, and those within its words (Year 9, 2025/26)."""
    return frozenset().union(*(figures_in(text) for text in _texts(table)))


def unknown_figures(text: str, tables: Iterable[Table]) -> tuple[str, ...]:
    """The numbers of a text that no table prints, in order; empty where all is well."""
    known = frozenset[Decimal]().union(*(figures_of(table) for table in tables))
    return tuple(found for found in _FIGURE.findall(text) if Decimal(found.replace(",", "")) not in known)


def _texts(table: Table) -> Iterator[str]:
    yield from (table.title, table.scope)
    for dim in table.dims:
        yield dim.label
        yield from (level.label for level in dim.levels)
    yield from (statistic.label for statistic in table.statistics)
    yield from (value for cell in table.cells.values() for value in cell if value not in SYMBOLS)
