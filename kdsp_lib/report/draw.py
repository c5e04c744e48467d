"""Drawing: a chart as SVG, the same bytes each time, from the printed cells of one table and nothing else.

A withheld cell is a gap with its symbol, never a bar of no height and never a point at zero. Bars carry their printed
values and so need no scale; only lines have one.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from kdsp_lib.report.palette import INK, LINE, LINE_COLOURS, LOOKS, PAPER, QUIET
from kdsp_lib.report.sheet import SAMPLE, Sheet, text_width, wrap
from kdsp_lib.report.symbol import SYMBOLS, printed
from kdsp_lib.report.table import DRAFT

if TYPE_CHECKING:
    from kdsp_lib.report.chart import Chart
    from kdsp_lib.report.table import Level

WIDTH = 7.4
BAR = 0.25
BETWEEN = 0.2
LINE_OF_TEXT = 0.17
PLOT_OF_LINES = 2.9
WIDEST_LABEL = 2.2


@dataclass(frozen=True, slots=True)
class Mark:
    """One cell to draw: a number, or a symbol where there is none."""

    series: int
    category: int
    text: str
    value: float | None


def draw(chart: Chart, *, heading: bool) -> str:
    """The SVG of a chart, with its words for those who cannot see it."""
    marks = [
        _mark(chart, category, series)
        for category in range(len(chart.categories))
        for series in range(len(chart.series))
    ]
    with Sheet(chart.spec.name, WIDTH) as sheet:
        _write_head(sheet, chart, heading)
        (_draw_bars if chart.spec.kind == "bar" else _draw_lines)(sheet, chart, marks)
        _write_foot(sheet, chart, marks)
        return sheet.svg(chart.spec.title, chart.spec.alt)


def _mark(chart: Chart, category: int, series: int) -> Mark:
    value = chart.value(chart.categories[category], chart.series[series])
    return Mark(series, category, printed(value), None if value in SYMBOLS else float(value))


def _write_head(sheet: Sheet, chart: Chart, heading: bool) -> None:
    if heading:
        for text in wrap(chart.spec.title, WIDTH, 12, bold=True):
            sheet.write(text, size=12, bold=True)
    statistic = chart.table.statistics[chart.table.statistic_index(chart.spec.statistic)]
    about = f"{statistic.label}. {chart.table.scope}" if heading else statistic.label
    for text in wrap(about, WIDTH, 9.5):
        sheet.write(text, size=9.5, colour=QUIET)
    if chart.spec.series:
        sheet.down += 0.06
        labels = [level.label for level in chart.series]
        sheet.key(labels, _bar_sample if chart.spec.kind == "bar" else _line_sample)
    sheet.down += 0.08


def _write_foot(sheet: Sheet, chart: Chart, marks: list[Mark]) -> None:
    shown = {mark.text.strip("[]") for mark in marks if mark.value is None}
    sheet.down += 0.06
    for symbol, meaning in chart.table.symbols.items():
        if symbol in shown:
            for text in wrap(f"[{symbol}] {meaning}", WIDTH, 8.5):
                sheet.write(text, size=8.5, colour=QUIET)
    if chart.table.draft:
        sheet.write(DRAFT, size=9, bold=True)


def _bar_style(series: int) -> dict[str, Any]:
    look = LOOKS[series]
    return {"facecolor": look.colour, "edgecolor": INK, "hatch": look.hatch, "linewidth": 0.8}


def _line_style(series: int) -> dict[str, Any]:
    dash = LOOKS[series].dash
    return {"color": LINE_COLOURS[series], "linestyle": (0, dash) if dash else "-", "linewidth": 1.8}


def _point_style(series: int) -> dict[str, Any]:
    edge = {"markeredgecolor": PAPER, "markeredgewidth": 0.6}
    return {"color": LINE_COLOURS[series], "marker": LOOKS[series].marker, "markersize": 6.5, "linestyle": ""} | edge


def _bar_sample(sheet: Sheet, series: int, across: float, down: float) -> None:
    sheet.rectangle(across, down - 0.13, SAMPLE, 0.13, **_bar_style(series))


def _line_sample(sheet: Sheet, series: int, across: float, down: float) -> None:
    sheet.stroke([(across, down - 0.06), (across + SAMPLE, down - 0.06)], **_line_style(series))
    sheet.stroke([(across + SAMPLE / 2, down - 0.06)], **_point_style(series))


def _labels(levels: tuple[Level, ...], width: float) -> list[list[str]]:
    return [wrap(level.label, width, 9.5) for level in levels]


def _draw_bars(sheet: Sheet, chart: Chart, marks: list[Mark]) -> None:
    """Bars lie, so that long labels need no turning; the first category is at the top."""
    series = len(chart.series)
    labels = _labels(chart.categories, WIDEST_LABEL)
    step = max(BAR * series, LINE_OF_TEXT * max(map(len, labels))) + BETWEEN
    word = max(text_width(mark.text, 9) for mark in marks) + 0.14
    values = [mark.value for mark in marks if mark.value is not None]
    low, high = min([0.0, *values]), max([0.0, *values])
    left = max(text_width(line, 9.5) for label in labels for line in label) + 0.12 + (word if low < 0 else 0)
    inch = (WIDTH - word - left) / ((high - low) or 1.0)
    zero, top = left - low * inch, sheet.down
    for mark in marks:
        middle = top + step * (mark.category + 0.5) + BAR * (mark.series - (series - 1) / 2)
        if mark.value is None:
            sheet.text(zero + 0.06, middle + 0.045, mark.text, size=9, color=QUIET)
            continue
        end = zero + mark.value * inch
        style = _bar_style(mark.series) | {"gid": f"mark-{mark.category}-{mark.series}"}
        sheet.rectangle(min(zero, end), middle - BAR * 0.43, abs(end - zero), BAR * 0.86, **style)
        if mark.value < 0:
            sheet.text(end - 0.06, middle + 0.045, mark.text, size=9, align="right")
        else:
            sheet.text(end + 0.06, middle + 0.045, mark.text, size=9)
    edge = left - (word if low < 0 else 0) - 0.1
    for k, label in enumerate(labels):
        first = top + step * (k + 0.5) + 0.05 - LINE_OF_TEXT * (len(label) - 1) / 2
        for line, text in enumerate(label):
            sheet.text(edge, first + LINE_OF_TEXT * line, text, size=9.5, align="right")
    sheet.down += step * len(labels)
    sheet.stroke([(zero, top), (zero, sheet.down)], color=INK, linewidth=0.8)


def _draw_lines(sheet: Sheet, chart: Chart, marks: list[Mark]) -> None:
    """Lines on a scale that begins at zero; a line ends where a cell is withheld and begins again behind it."""
    ticks = _ticks(chart, marks)
    names = [_tick(tick) for tick in ticks]
    left, right = max(text_width(name, 9) for name in names) + 0.15, WIDTH - 0.3
    sheet.down += 0.22
    bottom = sheet.down + PLOT_OF_LINES
    inch = PLOT_OF_LINES / (ticks[-1] - ticks[0])
    step = (right - left) / len(chart.categories)
    for tick, name in zip(ticks, names, strict=True):
        down = bottom - (tick - ticks[0]) * inch
        style = {"color": INK, "linewidth": 0.8} if tick == 0 else {"color": LINE, "linewidth": 0.6}
        sheet.stroke([(left, down), (right, down)], **style)
        sheet.text(left - 0.1, down + 0.045, name, size=9, align="right")
    for series in range(len(chart.series)):
        line = [mark for mark in marks if mark.series == series]
        points = {
            mark.category: (left + step * (mark.category + 0.5), bottom - (mark.value - ticks[0]) * inch)
            for mark in line
            if mark.value is not None
        }
        for one, other in pairwise(sorted(points)):
            if other == one + 1:
                sheet.stroke([points[one], points[other]], **_line_style(series))
        for mark in line:
            if mark.category in points:
                at = points[mark.category]
                sheet.stroke([at], gid=f"mark-{mark.category}-{series}", **_point_style(series))
                if len(chart.series) == 1:
                    sheet.text(at[0], at[1] - 0.1, mark.text, size=9, align="center")
    sheet.down = bottom + 0.08
    _write_below(sheet, chart, marks, [left + step * (k + 0.5) for k in range(len(chart.categories))])


def _write_below(sheet: Sheet, chart: Chart, marks: list[Mark], middles: list[float]) -> None:
    """Under the lines: a row of symbols for each series with gaps, then the labels of the axis."""
    for series in range(len(chart.series)):
        gaps = [mark for mark in marks if mark.series == series and mark.value is None]
        if gaps:
            sheet.row([(middles[mark.category], mark.text) for mark in gaps], size=9, colour=LINE_COLOURS[series])
            if len(chart.series) > 1:
                sheet.stroke([(SAMPLE / 2, sheet.down - 0.05)], **_point_style(series))
    width = (middles[1] - middles[0] if len(middles) > 1 else WIDTH) - 0.1
    labels = ["\n".join(label) for label in _labels(chart.categories, max(width, 0.5))]
    sheet.row(list(zip(middles, labels, strict=True)), size=9.5, colour=INK)


def _ticks(chart: Chart, marks: list[Mark]) -> list[float]:
    from matplotlib.ticker import MaxNLocator

    whole = chart.table.statistics[chart.table.statistic_index(chart.spec.statistic)].decimals == 0
    values = [mark.value for mark in marks if mark.value is not None]
    locator = MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10], integer=whole, min_n_ticks=2)
    ticks = locator.tick_values(min([0.0, *values]), max([0.0, *values]) or 1.0)
    return [float(tick) for tick in ticks]


def _tick(value: float) -> str:
    text = f"{abs(value):.6f}".rstrip("0").rstrip(".")
    return printed(f"-{text}" if value < 0 and text != "0" else text)
