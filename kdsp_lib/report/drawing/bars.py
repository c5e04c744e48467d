"""Bars, which lie, so that long labels need no turning; the first category is at the top.

They carry their printed values and so need no scale. A reference (the authority, England) is a mark across the bars of
each category, its printed values in a column of their own, under the same mark: beside a value that is withheld no mark
stands where one of a figure could.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kdsp_lib.report.drawing.letters import text_width
from kdsp_lib.report.drawing.mark import (
    LINE_OF_TEXT,
    WIDEST_LABEL,
    WIDTH,
    Mark,
    bar_sample,
    bar_style,
    labels_of,
    reference_marks_of,
    widest,
    write_label,
)
from kdsp_lib.report.drawing.sheet import SAMPLE, Sheet
from kdsp_lib.report.palette import INK, PAPER, QUIET

if TYPE_CHECKING:
    from kdsp_lib.report.chart import Chart

BAR = 0.25
BETWEEN = 0.2
_DIAMOND: dict[str, Any] = {
    "colour": INK,
    "shape": "D",
    "size": 7,
    "edge": PAPER,
    "thick": 1.0,
}


def key(sheet: Sheet, chart: Chart, _marks: list[Mark]) -> None:
    """A filled box a series, and the mark of the reference."""
    labels = [level.label for level in chart.series] if chart.spec.series else []
    reference = chart.reference
    if len(labels) == 1 and reference is None:
        labels = []
    if labels or reference:
        sheet.down += 0.06
        sheet.key([*labels, *([reference.label] if reference else [])], _sample_of(len(labels)))


def _sample_of(series: int) -> Any:
    def sample(sheet: Sheet, number: int, across: float, down: float) -> None:
        if number < series:
            bar_sample(sheet, number, across, down)
        else:
            sheet.marker(across + SAMPLE / 2, down - 0.06, **_DIAMOND)

    return sample


def plot(sheet: Sheet, chart: Chart, marks: list[Mark]) -> None:
    """The bars with their values, the marks of the reference, the labels."""
    series, references = len(chart.series), reference_marks_of(chart)
    labels = labels_of(chart.categories, WIDEST_LABEL)
    step = max(BAR * series, LINE_OF_TEXT * max(map(len, labels))) + BETWEEN
    word = max(text_width(mark.text, 9) for mark in marks) + 0.14
    column = max((text_width(mark.text, 9) for mark in references), default=-0.3) + 0.3
    values = [mark.value for mark in (*marks, *references) if mark.value is not None]
    low, high = min([0.0, *values]), max([0.0, *values])
    left = widest(labels) + 0.12 + (word if low < 0 else 0)
    inch = (WIDTH - column - word - left) / ((high - low) or 1.0)
    if references:
        sheet.marker(WIDTH - 0.08, sheet.down + 0.02, **_DIAMOND)
        sheet.down += 0.16
    zero, top = left - low * inch, sheet.down
    for mark in marks:
        middle = top + step * (mark.category + 0.5) + BAR * (mark.series - (series - 1) / 2)
        _draw_bar(sheet, mark, zero, middle, inch, PAPER if references else "")
    for mark in references:
        _draw_reference(sheet, mark, zero, top + step * (mark.category + 0.5), inch, BAR * series + 0.08)
    write_labels(sheet, labels, left - (word if low < 0 else 0) - 0.1, step)
    sheet.stroke([(zero, top), (zero, sheet.down)], colour=INK, thick=0.8)


def _draw_bar(sheet: Sheet, mark: Mark, zero: float, middle: float, inch: float, ground: str) -> None:
    """The printed value stands beyond the end of its bar, on a ground that no line of a reference crosses."""
    if mark.value is None:
        sheet.text(zero + 0.06, middle + 0.045, mark.text, size=9, colour=QUIET, ground=ground)
        return
    end = draw_box(sheet, mark, mark.value, zero, middle, inch)
    below = mark.value < 0
    place = (end + (-0.06 if below else 0.06), middle + 0.045)
    sheet.text(*place, mark.text, size=9, align="right" if below else "left", ground=ground)


def draw_box(sheet: Sheet, mark: Mark, value: float, zero: float, middle: float, inch: float) -> float:
    """The box of a bar from zero to its value; where it ends."""
    end = zero + value * inch
    style = bar_style(mark.series) | {"mark": f"mark-{mark.category}-{mark.series}"}
    sheet.rectangle(min(zero, end), middle - BAR * 0.43, abs(end - zero), BAR * 0.86, **style)
    return end


def _draw_reference(sheet: Sheet, mark: Mark, zero: float, middle: float, inch: float, height: float) -> None:
    sheet.text(WIDTH, middle + 0.045, mark.text, size=9, align="right", colour=INK if mark.value is not None else QUIET)
    if mark.value is not None:
        at = zero + mark.value * inch
        for width, colour in ((4.5, PAPER), (2.0, INK)):
            ends = [(at, middle - height / 2), (at, middle + height / 2)]
            sheet.stroke(ends, colour=colour, thick=width, cap="butt")
        sheet.marker(at, middle, mark=f"mark-{mark.category}-reference", **_DIAMOND)


def write_labels(sheet: Sheet, labels: list[list[str]], edge: float, step: float) -> None:
    """The words of each category, to the left of its bars; the sheet is then filled down to the last of them."""
    for k, label in enumerate(labels):
        write_label(sheet, label, edge, sheet.down + step * (k + 0.5))
    sheet.down += step * len(labels)
