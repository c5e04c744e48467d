"""How establishments are spread over the bands of a rate: a dot each, at no place within its band.

The ground behind is where the middle half of them lies, and the bracket where the middle one does, as far as the
numbers that are shown tell: all of it could be read off the table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from kdsp_lib.report.drawing.mark import WIDTH, Mark, labels_of
from kdsp_lib.report.drawing.sheet import SAMPLE, Sheet
from kdsp_lib.report.palette import INK, LINE, LOOKS, PAPER, QUIET, SHADES

if TYPE_CHECKING:
    from kdsp_lib.report.chart import Chart

_DOT = 0.17
_MOST = 14
"""So many dots stand above each other; more begin another column."""


class Middles(NamedTuple):
    """The first and the last band in which the middle half lies, and in which the middle one does."""

    half: tuple[int, int]
    one: tuple[int, int]


def middles(chart: Chart, marks: list[Mark]) -> Middles | None:
    """What the numbers shown tell of the middle; None where they tell nothing."""
    from kdsp_lib.analyse.distribution import band_of
    from kdsp_lib.analyse.spread import FEW
    from kdsp_lib.report.table import Level
    from kdsp_lib.report.wire import ALL

    bands = [mark.bare for mark in marks if chart.categories[mark.category].code != FEW]
    without = [mark.bare for mark in marks if chart.categories[mark.category].code == FEW]
    whole = chart.whole(Level(ALL, ""))
    if not (whole.isdecimal() and all(text.isdecimal() for text in without)):
        return None
    number = int(whole) - sum(map(int, without))
    if not number:
        return None
    low, one, high = ((band_of(bands, number, (number - 1) * k // 4), band_of(bands, number, -(-(number - 1) * k // 4)))
                      for k in (1, 2, 3))  # fmt: skip
    found = Middles((low[0][0], high[1][1]), (one[0][0], one[1][1]))
    return None if found.one == (0, len(bands) - 1) else found


def key(sheet: Sheet, chart: Chart, marks: list[Mark]) -> None:
    """A dot, and what the ground and the bracket say."""
    told = middles(chart, marks)
    words = ["An establishment, somewhere in its band"]
    words += ["The middle half lies within", "The middle one lies within"] if told else []
    sheet.down += 0.06
    sheet.key(words, _sample)


def _sample(sheet: Sheet, number: int, across: float, down: float) -> None:
    if number == 0:
        _draw_dot(sheet, across + SAMPLE / 2, down - 0.06)
    elif number == 1:
        sheet.rectangle(across, down - 0.13, SAMPLE, 0.13, fill=SHADES[1], edge=LINE, thick=0.8)
    else:
        _draw_bracket(sheet, across, across + SAMPLE, down - 0.03)


def plot(sheet: Sheet, chart: Chart, marks: list[Mark]) -> None:
    """A column of dots a band, its number above it, the bands below."""
    told = middles(chart, marks)
    step = (WIDTH - 0.1) / len(marks)
    highest = max([min(int(mark.value or 0), _MOST) for mark in marks] + [2])
    top, bottom = sheet.down + 0.1, sheet.down + 0.42 + highest * _DOT
    if told:
        first, last = told.half
        width = step * (last - first + 1)
        style: dict[str, Any] = {"fill": SHADES[1], "edge": LINE, "thick": 0.8}
        sheet.rectangle(0.05 + step * first, top, width, bottom - top, **style, mark="mark-half")
    for mark in marks:
        _draw_column(sheet, mark, 0.05 + step * (mark.category + 0.5), bottom)
    sheet.stroke([(0.05, bottom), (WIDTH - 0.05, bottom)], colour=INK, thick=0.8)
    for k in range(len(marks) + 1):
        sheet.stroke([(0.05 + step * k, bottom), (0.05 + step * k, bottom + 0.05)], colour=INK, thick=0.8)
    if told:
        first, last = told.one
        _draw_bracket(sheet, 0.05 + step * first + 0.05, 0.05 + step * (last + 1) - 0.05, bottom + 0.14)
    sheet.down = bottom + 0.16
    labels = ["\n".join(label) for label in labels_of(chart.categories, step - 0.12)]
    sheet.row([(0.05 + step * (k + 0.5), label) for k, label in enumerate(labels)], size=9.5, colour=INK)


def _draw_column(sheet: Sheet, mark: Mark, middle: float, bottom: float) -> None:
    number = int(mark.value or 0)
    columns = -(-number // _MOST)
    for k in range(number):
        across = middle + _DOT * (k // _MOST - (columns - 1) / 2)
        name = "" if k else f"mark-{mark.category}-{mark.series}"
        _draw_dot(sheet, across, bottom - _DOT * (k % _MOST + 0.6), name)
    above = bottom - _DOT * min(number, _MOST) - 0.09
    colour = QUIET if mark.value is None else INK
    sheet.text(middle, above, mark.text, size=9, align="center", colour=colour)


def _draw_dot(sheet: Sheet, across: float, down: float, name: str = "") -> None:
    sheet.marker(across, down, "o", size=9.0, colour=LOOKS[0].colour, edge=INK, thick=0.8, mark=name)


def _draw_bracket(sheet: Sheet, left: float, right: float, down: float) -> None:
    ends = [(left, down - 0.06), (left, down), (right, down), (right, down - 0.06)]
    for width, colour in ((4.0, PAPER), (2.0, INK)):
        sheet.stroke(ends, colour=colour, thick=width)
