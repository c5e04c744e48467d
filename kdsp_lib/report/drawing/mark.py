"""What is drawn: one mark a cell, and how the series of a chart are told apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kdsp_lib.report.drawing.letters import text_width, wrap
from kdsp_lib.report.drawing.sheet import SAMPLE, Sheet
from kdsp_lib.report.palette import INK, LINE_COLOURS, LOOKS, PAPER
from kdsp_lib.report.symbol import SYMBOLS, printed

if TYPE_CHECKING:
    from kdsp_lib.report.chart import Chart
    from kdsp_lib.report.table import Level, Statistic

WIDTH = 7.4
LINE_OF_TEXT = 0.17
WIDEST_LABEL = 2.2


@dataclass(frozen=True, slots=True)
class Mark:
    """One cell to draw: a number, or a symbol where there is none; and the interval around it, where there is one."""

    series: int
    category: int
    bare: str
    low: str = ""
    high: str = ""

    @property
    def text(self) -> str:
        """As the table prints it."""
        return printed(self.bare)

    @property
    def value(self) -> float | None:
        """The number, or None."""
        return number(self.bare)

    @property
    def symbols(self) -> set[str]:
        """The symbols that stand in the place of a number here."""
        return {text for text in (self.bare, self.low, self.high) if text in SYMBOLS}


def number(bare: str) -> float | None:
    """A value as a number; None where it is a symbol, or where there is none."""
    return None if bare in SYMBOLS or not bare else float(bare)


def marks_of(chart: Chart) -> list[Mark]:
    """The marks of a chart, category by category."""
    spec = chart.spec
    return [
        Mark(
            series,
            category,
            chart.value(*at),
            chart.value(*at, statistic=spec.low) if spec.low else "",
            chart.value(*at, statistic=spec.high) if spec.high else "",
        )
        for category, across in enumerate(chart.categories)
        for series, along in enumerate(chart.series)
        for at in [(across, along)]
    ]


def reference_marks_of(chart: Chart) -> list[Mark]:
    """The marks of what the series are compared with, a category each; none where there is no such thing."""
    reference = chart.reference
    if reference is None:
        return []
    return [Mark(-1, k, chart.value(category, reference)) for k, category in enumerate(chart.categories)]


def statistic_of(chart: Chart) -> Statistic:
    """What the chart draws of each cell."""
    return chart.table.statistics[chart.table.statistic_index(chart.spec.statistic)]


def labels_of(levels: tuple[Level, ...], width: float) -> list[list[str]]:
    """The words of each, in lines no wider than that."""
    return [wrap(level.label, width, 9.5) for level in levels]


def widest(labels: list[list[str]]) -> float:
    """How wide the widest line of these labels is, in inches."""
    return max(text_width(line, 9.5) for label in labels for line in label)


def write_label(sheet: Sheet, label: list[str], edge: float, middle: float) -> None:
    """The lines of one label, to the left of an edge and around a height."""
    first = middle + 0.05 - LINE_OF_TEXT * (len(label) - 1) / 2
    for line, text in enumerate(label):
        sheet.text(edge, first + LINE_OF_TEXT * line, text, size=9.5, align="right")


def bar_style(series: int) -> dict[str, Any]:
    """A fill and a hatch, with an edge that stands out from any ground."""
    look = LOOKS[series]
    return {"fill": look.colour, "edge": INK, "hatch": look.hatch, "thick": 0.8}


def line_style(series: int) -> dict[str, Any]:
    """A colour and a dash."""
    return {"colour": LINE_COLOURS[series], "dash": LOOKS[series].dash, "thick": 1.8}


def point_style(series: int) -> dict[str, Any]:
    """A colour and a marker."""
    look: dict[str, Any] = {"colour": LINE_COLOURS[series], "shape": LOOKS[series].marker}
    return {**look, "size": 6.5, "edge": PAPER, "thick": 0.6}


def bar_sample(sheet: Sheet, series: int, across: float, down: float) -> None:
    """A bar of the key."""
    sheet.rectangle(across, down - 0.13, SAMPLE, 0.13, **bar_style(series))


def line_sample(sheet: Sheet, series: int, across: float, down: float) -> None:
    """A line of the key."""
    sheet.stroke([(across, down - 0.06), (across + SAMPLE, down - 0.06)], **line_style(series))
    sheet.marker(across + SAMPLE / 2, down - 0.06, **point_style(series))
