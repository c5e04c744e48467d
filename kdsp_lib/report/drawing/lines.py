"""Lines on a scale that begins at zero; a line ends where a cell is withheld and begins again behind it.

Where the series breaks, no line runs across: a dashed rule stands there, with a letter that is explained at the foot.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from kdsp_lib.report.drawing.letters import text_width
from kdsp_lib.report.drawing.mark import (
    WIDTH,
    Mark,
    labels_of,
    line_sample,
    line_style,
    point_style,
    statistic_of,
)
from kdsp_lib.report.drawing.sheet import SAMPLE, Sheet
from kdsp_lib.report.palette import INK, LINE, LINE_COLOURS
from kdsp_lib.report.symbol import printed

if TYPE_CHECKING:
    from kdsp_lib.report.chart import Chart

_PLOT = 2.9
_ROOM_BELOW = 0.3
_ASIDE = 0.11
"""So far the points of one series stand beside those of the next, so that equal ones do not hide each other."""
BREAK: dict[str, Any] = {"colour": INK, "thick": 1.0, "dash": (4, 3)}
BREAK_NAMES = "ABCDEFGHIJKLMNO"


def key(sheet: Sheet, chart: Chart, _marks: list[Mark]) -> None:
    """A dash and a marker a series."""
    if chart.spec.series:
        sheet.down += 0.06
        sheet.key([level.label for level in chart.series], line_sample)


def plot(sheet: Sheet, chart: Chart, marks: list[Mark]) -> None:
    """The scale, the lines, and under them the gaps and the labels."""
    ticks = _ticks(chart, marks)
    names = [_tick(tick) for tick in ticks]
    left, right = max(text_width(name, 9) for name in names) + 0.15, WIDTH - 0.3
    sheet.down += 0.22
    bottom = sheet.down + _PLOT
    inch = _PLOT / (ticks[-1] - ticks[0])
    step = (right - left) / len(chart.categories)
    for tick, name in zip(ticks, names, strict=True):
        down = bottom - (tick - ticks[0]) * inch
        style: dict[str, Any] = {"colour": INK, "thick": 0.8} if tick == 0 else {"colour": LINE, "thick": 0.6}
        sheet.stroke([(left, down), (right, down)], **style)
        sheet.text(left - 0.1, down + 0.045, name, size=9, align="right")
    for number, (place, _, _) in enumerate(chart.breaks):
        across = left + step * place
        sheet.stroke([(across, sheet.down - 0.02), (across, bottom)], **BREAK)
        sheet.text(across, sheet.down - 0.08, BREAK_NAMES[number], size=9, align="center", bold=True)
    for series in range(len(chart.series)):
        line = [mark for mark in marks if mark.series == series]
        aside = min(_ASIDE, step / (len(chart.series) + 1)) * (series - (len(chart.series) - 1) / 2)
        points = {
            mark.category: (left + step * (mark.category + 0.5) + aside, bottom - (mark.value - ticks[0]) * inch)
            for mark in line
            if mark.value is not None
        }
        broken = {place for place, _, _ in chart.breaks}
        for one, other in pairwise(sorted(points)):
            if other == one + 1 and other not in broken:
                sheet.stroke([points[one], points[other]], **line_style(series))
        for mark in line:
            if mark.category in points:
                at = points[mark.category]
                sheet.marker(*at, mark=f"mark-{mark.category}-{series}", **point_style(series))
                if len(chart.series) == 1:
                    below = _is_lowest(points, mark.category) and bottom - at[1] > _ROOM_BELOW
                    sheet.text(at[0], at[1] + (0.2 if below else -0.1), mark.text, size=9, align="center")
    sheet.down = bottom + 0.08
    _write_below(sheet, chart, marks, [left + step * (k + 0.5) for k in range(len(chart.categories))])


def _is_lowest(points: Mapping[int, tuple[float, float]], place: int) -> bool:
    """Whether the line comes down to a point and goes up from it: then its value stands clear of the line below it."""
    beside = [points[other][1] for other in (place - 1, place + 1) if other in points]
    return bool(beside) and all(points[place][1] > down for down in beside)


def _write_below(sheet: Sheet, chart: Chart, marks: list[Mark], middles: list[float]) -> None:
    """Under the lines: a row of symbols for each series with gaps, then the labels of the axis."""
    for series in range(len(chart.series)):
        gaps = [mark for mark in marks if mark.series == series and mark.value is None]
        if gaps:
            sheet.row([(middles[mark.category], mark.text) for mark in gaps], size=9, colour=LINE_COLOURS[series])
            if len(chart.series) > 1:
                sheet.marker(SAMPLE / 2, sheet.down - 0.05, **point_style(series))
    width = (middles[1] - middles[0] if len(middles) > 1 else WIDTH) - 0.1
    labels = ["\n".join(label) for label in labels_of(chart.categories, max(width, 0.5))]
    sheet.row(list(zip(middles, labels, strict=True)), size=9.5, colour=INK)


def _ticks(chart: Chart, marks: list[Mark]) -> list[float]:
    from matplotlib.ticker import MaxNLocator

    whole = statistic_of(chart).decimals == 0
    values = [mark.value for mark in marks if mark.value is not None]
    locator = MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10], integer=whole, min_n_ticks=2)
    ticks = locator.tick_values(min([0.0, *values]), max([0.0, *values]) or 1.0)
    return [float(tick) for tick in ticks]


def _tick(value: float) -> str:
    text = f"{abs(value):.6f}".rstrip("0").rstrip(".")
    return printed(f"-{text}" if value < 0 and text != "0" else text)
