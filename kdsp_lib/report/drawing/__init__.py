"""Drawing: a chart on a sheet, the same bytes each time, from the printed cells of one table and nothing else.

A withheld cell is a gap with its symbol, never a bar of no height and never a point at zero. What tells series apart is
never colour alone. Each way of drawing is a module; which chart is drawn how is said here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from kdsp_lib.report.drawing import bars, heat, lines, spread, stack, whiskers
from kdsp_lib.report.drawing.letters import wrap
from kdsp_lib.report.drawing.mark import WIDTH, Mark, marks_of, reference_marks_of, statistic_of
from kdsp_lib.report.drawing.sheet import Sheet
from kdsp_lib.report.palette import QUIET
from kdsp_lib.report.table import DRAFT

if TYPE_CHECKING:
    from kdsp_lib.report.chart import Chart

_Step = Callable[[Sheet, "Chart", list[Mark]], None]
_WAYS: Mapping[str, tuple[_Step, _Step]] = {
    "bar": (bars.key, bars.plot),
    "diverging": (whiskers.key, whiskers.plot),
    "heat": (heat.key, heat.plot),
    "line": (lines.key, lines.plot),
    "spread": (spread.key, spread.plot),
    "stack": (stack.key, stack.plot),
}
"""Of each kind of chart, what draws its key and what draws the rest."""


def drawn(chart: Chart, *, heading: bool) -> Sheet:
    """The sheet on which a chart is drawn; without its heading where the page prints one of its own."""
    key, plot = _WAYS[chart.spec.kind]
    marks = marks_of(chart)
    sheet = Sheet(chart.spec.name, WIDTH)
    _write_head(sheet, chart, heading)
    _write_series(sheet, chart)
    key(sheet, chart, marks)
    sheet.down += 0.08
    plot(sheet, chart, marks)
    _write_foot(sheet, chart, marks)
    return sheet


def _write_head(sheet: Sheet, chart: Chart, heading: bool) -> None:
    if heading:
        for text in wrap(chart.spec.title, WIDTH, 12, bold=True):
            sheet.write(text, size=12, bold=True)
    label = statistic_of(chart).label
    for text in wrap(f"{label}. {chart.table.scope}" if heading else label, WIDTH, 9.5):
        sheet.write(text, size=9.5, colour=QUIET)


def _write_series(sheet: Sheet, chart: Chart) -> None:
    """What the key tells apart, before it says how: Yes and No are of something."""
    if chart.spec.series and chart.spec.kind != "heat" and len(chart.series) > 1:
        sheet.down += 0.04
        sheet.write(f"{chart.table.dim(chart.spec.series).label}:", size=9.5)


def _write_breaks(sheet: Sheet, chart: Chart) -> None:
    """What each break is: before which value, and why; a line chart has it by its letter."""
    for name, (_, label, why) in zip(lines.BREAK_NAMES, chart.breaks, strict=False):
        sheet.down += 0.04
        letter = f"{name}: " if chart.spec.kind == "line" else ""
        for text in wrap(f"{letter}break before {label}: {why}", WIDTH, 8.5):
            sheet.write(text, size=8.5)


def _write_foot(sheet: Sheet, chart: Chart, marks: list[Mark]) -> None:
    _write_breaks(sheet, chart)
    shown = {symbol for mark in (*marks, *reference_marks_of(chart)) for symbol in mark.symbols}
    sheet.down += 0.06
    for symbol, meaning in chart.table.symbols.items():
        if symbol in shown:
            for text in wrap(f"[{symbol}] {meaning}", WIDTH, 8.5):
                sheet.write(text, size=8.5, colour=QUIET)
    if chart.table.draft:
        sheet.write(DRAFT, size=9, bold=True)
