"""Diverging bars from zero: a gap; where its table has an interval, with a whisker that shows how sure it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdsp_lib.report.drawing.bars import BAR, BETWEEN, draw_box, write_labels
from kdsp_lib.report.drawing.bars import key as key
from kdsp_lib.report.drawing.letters import text_width
from kdsp_lib.report.drawing.mark import LINE_OF_TEXT, WIDEST_LABEL, WIDTH, Mark, labels_of, number, widest
from kdsp_lib.report.drawing.sheet import Sheet
from kdsp_lib.report.palette import INK, LINE, PAPER, QUIET
from kdsp_lib.report.symbol import printed

if TYPE_CHECKING:
    from kdsp_lib.report.chart import Chart

_ROOM = 1.4
"""Of a bar, for the whisker's caps."""


def plot(sheet: Sheet, chart: Chart, marks: list[Mark]) -> None:
    """The bars, their whiskers, and in a column at the right the value and its interval as printed."""
    series = len(chart.series)
    labels = labels_of(chart.categories, WIDEST_LABEL)
    step = max(BAR * _ROOM * series, LINE_OF_TEXT * max(map(len, labels))) + BETWEEN
    column = max(text_width(_in_words(mark), 9) for mark in marks) + 0.15
    values = [
        value for mark in marks for value in (mark.value, number(mark.low), number(mark.high)) if value is not None
    ]
    low, high = min([0.0, *values]), max([0.0, *values])
    left = widest(labels) + 0.25
    inch = (WIDTH - column - 0.15 - left) / ((high - low) or 1.0)
    zero, top = left - low * inch, sheet.down
    sheet.stroke([(zero, top), (zero, top + step * len(labels))], colour=INK, thick=0.8)
    for mark in marks:
        middle = top + step * (mark.category + 0.5) + BAR * _ROOM * (mark.series - (series - 1) / 2)
        colour = QUIET if mark.value is None else INK
        sheet.text(WIDTH, middle + 0.045, _in_words(mark), size=9, align="right", colour=colour)
        if mark.value is None:
            continue
        draw_box(sheet, mark, mark.value, zero, middle, inch)
        _draw_whisker(sheet, mark, zero, middle, inch)
    for k in range(1, len(labels)):
        sheet.stroke([(left, top + step * k), (WIDTH, top + step * k)], colour=LINE, thick=0.5)
    write_labels(sheet, labels, left - 0.15, step)


def _draw_whisker(sheet: Sheet, mark: Mark, zero: float, middle: float, inch: float) -> None:
    low, high = number(mark.low), number(mark.high)
    if low is None or high is None:
        return
    start, end, cap = zero + low * inch, zero + high * inch, BAR * 0.25
    for width, colour in ((4.0, PAPER), (1.6, INK)):
        sheet.stroke([(start, middle), (end, middle)], colour=colour, thick=width)
        for at in (start, end):
            sheet.stroke([(at, middle - cap), (at, middle + cap)], colour=colour, thick=width)


def _in_words(mark: Mark) -> str:
    if mark.value is None or not mark.low:
        return mark.text
    if number(mark.low) is None or number(mark.high) is None:
        return f"{mark.text}, interval {printed(mark.low if number(mark.low) is None else mark.high)}"
    return f"{mark.text} ({printed(mark.low)} to {printed(mark.high)})"
