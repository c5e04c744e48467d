"""A table in plain text: for a terminal, a diff, and a reader without HTML."""

from __future__ import annotations

from kdsp_lib.report.layout import lay_out
from kdsp_lib.report.table import DRAFT, NOTHING, Table


def plain_table(table: Table) -> str:
    """The table with its title, notes and legend; every value as it is printed elsewhere."""
    lines = [table.title, table.scope, "", *([NOTHING] if table.has_nothing else _grid(table))]
    lines += ["", *table.notes] if table.notes else [""]
    if not table.has_nothing:
        lines += [f"[{symbol}] {text}" for symbol, text in table.symbols.items()]
    if table.source:
        lines.append(f"Source: {table.source}")
    if table.draft:
        lines.append(DRAFT)
    return "\n".join(lines).rstrip()


def _grid(table: Table) -> list[str]:
    layout = lay_out(table)
    head = [*layout.stubs, *layout.columns]
    body = [[*row.labels, *(value.text for value in row.values)] for group in layout.groups for row in group]
    widths = [max(len(line[k]) for line in [head, *body]) for k in range(len(head))]
    stubs = len(layout.stubs)
    lines = []
    if layout.over:
        lines.append(" " * (sum(widths[:stubs]) + 2 * stubs) + layout.over)
    lines += [_line(head, widths, stubs), "-" * (sum(widths) + 2 * (len(widths) - 1))]
    return lines + [_line(line, widths, stubs) for line in body]


def _line(texts: list[str], widths: list[int], stubs: int) -> str:
    cells = [
        text.ljust(width) if k < stubs else text.rjust(width)
        for k, (text, width) in enumerate(zip(texts, widths, strict=True))
    ]
    return "  ".join(cells).rstrip()
