"""A heat table: every figure printed in its field, and the field the darker the higher it is.

The shades only help to find what the figures say. A withheld field has none, and its symbol.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdsp_lib.report.drawing.mark import LINE_OF_TEXT, WIDEST_LABEL, WIDTH, Mark, labels_of, widest, write_label
from kdsp_lib.report.drawing.sheet import SAMPLE, Sheet
from kdsp_lib.report.palette import INK, LINE, PAPER, QUIET, SHADES

if TYPE_CHECKING:
    from kdsp_lib.report.chart import Chart

_ROW = 0.32


def key(sheet: Sheet, _chart: Chart, marks: list[Mark]) -> None:
    """The lightest and the darkest shade with the figures that they stand for."""
    known = sorted((mark for mark in marks if mark.value is not None), key=lambda mark: mark.value or 0.0)
    if known and known[0].value != known[-1].value:
        ends = (known[0], known[-1])
        sheet.down += 0.06
        sheet.key(
            [f"{words}: {mark.text}" for words, mark in zip(("lowest", "highest"), ends, strict=True)],
            lambda sheet, k, across, down: sheet.rectangle(
                across, down - 0.13, SAMPLE, 0.13, fill=SHADES[-k], edge=INK, thick=0.8
            ),
        )


def plot(sheet: Sheet, chart: Chart, marks: list[Mark]) -> None:
    """A row a category, a column a series."""
    labels = labels_of(chart.categories, WIDEST_LABEL)
    left = widest(labels) + 0.12
    width = min((WIDTH - 0.02 - left) / len(chart.series), 1.6)
    heads = labels_of(chart.series, width - 0.12) if chart.spec.series else []
    if heads:
        deepest = max(map(len, heads))
        stood = ["\n".join([*[" "] * (deepest - len(head)), *head]) for head in heads]
        sheet.row([(left + width * (k + 0.5), head) for k, head in enumerate(stood)], size=9.5, colour=INK)
        sheet.down += 0.08
    values = [mark.value for mark in marks if mark.value is not None]
    low, high = min(values, default=0.0), max(values, default=0.0)
    down = sheet.down
    for k, label in enumerate(labels):
        height = max(_ROW, LINE_OF_TEXT * len(label) + 0.1)
        for mark in (mark for mark in marks if mark.category == k):
            _draw_field(sheet, mark, left + width * mark.series, down, (width, height), _shade(mark.value, low, high))
        write_label(sheet, label, left - 0.1, down + height / 2)
        down += height
    sheet.down = down


def _draw_field(
    sheet: Sheet, mark: Mark, across: float, down: float, size: tuple[float, float], shade: str | None
) -> None:
    width, height = size
    is_known = shade is not None
    name = f"mark-{mark.category}-{mark.series}" if is_known else ""
    sheet.rectangle(across, down, width, height, fill=shade or PAPER, edge=LINE, thick=0.8, mark=name)
    middle = down + height / 2 + 0.05
    sheet.text(across + width / 2, middle, mark.text, size=9.5, align="center", colour=INK if is_known else QUIET)


def _shade(value: float | None, low: float, high: float) -> str | None:
    if value is None:
        return None
    place = (value - low) / (high - low) if high > low else 0.0
    return SHADES[min(int(place * len(SHADES)), len(SHADES) - 1)]
