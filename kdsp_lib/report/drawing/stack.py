"""Stacked bars of 100 %: how the whole of each category is shared out.

What is withheld of a whole is one gap, as wide as the printed total leaves: nobody learns more of it than from the
table. Where the total itself is withheld, the whole bar is a gap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kdsp_lib.report.drawing.bars import write_labels
from kdsp_lib.report.drawing.letters import text_width
from kdsp_lib.report.drawing.mark import (
    LINE_OF_TEXT,
    WIDEST_LABEL,
    WIDTH,
    Mark,
    bar_sample,
    bar_style,
    labels_of,
    number,
    widest,
)
from kdsp_lib.report.drawing.sheet import Sheet
from kdsp_lib.report.palette import INK, LINE, PAPER, QUIET
from kdsp_lib.report.symbol import printed

if TYPE_CHECKING:
    from kdsp_lib.report.chart import Chart

_BAR = 0.34
_QUARTERS = (0, 25, 50, 75, 100)


def key(sheet: Sheet, chart: Chart, _marks: list[Mark]) -> None:
    """A filled box a part."""
    sheet.down += 0.06
    sheet.key([level.label for level in chart.series], bar_sample)


def plot(sheet: Sheet, chart: Chart, marks: list[Mark]) -> None:
    """The scale of shares, then a bar a category with the printed figure of each part that has room for it."""
    labels = labels_of(chart.categories, WIDEST_LABEL)
    step = max(_BAR, LINE_OF_TEXT * max(map(len, labels))) + 0.16
    left = widest(labels) + 0.12
    length = WIDTH - 0.3 - left
    sheet.row([(left + length * q / 100, f"{q} %") for q in _QUARTERS], size=9, colour=INK)
    sheet.down += 0.08
    top, bottom = sheet.down, sheet.down + step * len(labels)
    for q in _QUARTERS:
        ends = [(left + length * q / 100, top), (left + length * q / 100, bottom)]
        sheet.stroke(ends, colour=LINE, thick=0.6, behind=True)
    for k in range(len(labels)):
        _draw_whole(sheet, chart, [mark for mark in marks if mark.category == k], left, top + step * (k + 0.5), length)
    write_labels(sheet, labels, left - 0.1, step)


def _draw_whole(sheet: Sheet, chart: Chart, parts: list[Mark], left: float, middle: float, length: float) -> None:
    told = chart.whole(chart.categories[parts[0].category])
    total, shown = number(told), sum(mark.value or 0.0 for mark in parts)
    gaps = sorted({symbol for mark in parts for symbol in mark.symbols} - {"z"})
    whole = max(total or 0.0, shown) if gaps else shown
    if total is None or not whole:
        _draw_gap(sheet, printed(told), left, middle, length)
        return
    at = left
    for mark in parts:
        if not mark.value:
            continue
        width = length * mark.value / whole
        style = bar_style(mark.series) | {"mark": f"mark-{mark.category}-{mark.series}"}
        sheet.rectangle(at, middle - _BAR / 2, width, _BAR, **style)
        if text_width(mark.text, 9) + 0.16 <= width:
            sheet.label(at + width / 2, middle, mark.text)
        at += width
    if gaps:
        _draw_gap(sheet, " ".join(map(printed, gaps)), at, middle, left + length - at)


def _draw_gap(sheet: Sheet, text: str, at: float, middle: float, width: float) -> None:
    """No fill and a broken edge: something is there, and is not shown."""
    edge: dict[str, Any] = {"fill": PAPER, "edge": QUIET, "dash": (3, 2), "thick": 0.8}
    if width > 0.02:
        sheet.rectangle(at, middle - _BAR / 2, width, _BAR, **edge)
    inside = text_width(text, 9) + 0.1 <= width
    across = at + width / 2 if inside else at + width + 0.05
    sheet.text(across, middle + 0.045, text, size=9, align="center" if inside else "left", colour=QUIET)
