"""Charts: a frozen description, and the one table it is drawn from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from kdsp_lib.errors import BadParameters, Fault
from kdsp_lib.report.claim import unknown_figures
from kdsp_lib.report.palette import LINE_COLOURS, LOOKS
from kdsp_lib.report.slug import check_slug
from kdsp_lib.report.table import Level, Table
from kdsp_lib.report.wire import ALL

CHART_MIME = "application/vnd.kdsp.chart+json"
SHORTEST_ALT = 20
MOST_SERIES = {"bar": len(LOOKS), "line": len(LINE_COLOURS)}
MOST_BARS = 48


@dataclass(frozen=True, slots=True)
class ChartSpec:
    """What a chart shows, by names alone: it holds no figure, so it can carry none from one table to another."""

    name: str
    kind: str
    table: str
    statistic: str
    x: str
    series: str | None
    title: str
    alt: str
    totals: bool = False

    def to_json(self) -> dict[str, Any]:
        """The description as data."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The description that :meth:`to_json` wrote; BadParameters where a part is missing or unknown."""
        names = {field.name for field in fields(cls)}
        if set(data) != names:
            raise BadParameters(
                "A chart is not described in full.",
                faults=[Fault("", "is missing", key) for key in sorted(names - set(data))]
                + [Fault("", "is not a part of a chart", str(key)[:60]) for key in sorted(set(data) - names)],
            )
        texts = names - {"series", "totals"}
        if not all(isinstance(data[key], str) for key in texts) or not isinstance(data["series"], str | None):
            raise BadParameters("A part of a chart's description is not text.")
        if not isinstance(data["totals"], bool):
            raise BadParameters("totals of a chart is neither true nor false.")
        return cls(**data)


@dataclass(frozen=True, slots=True)
class Chart:
    """A description and the table it names, checked against each other: what a notebook shows.

    Raises BadParameters with every fault: another table, an unknown statistic or dimension, too many series or bars, no
    words for those who cannot see it, or a number in its words that the table does not print.
    """

    spec: ChartSpec
    table: Table

    def __post_init__(self) -> None:
        check_slug(self.spec.name, "chart")
        if self.spec.table != self.table.name:
            raise BadParameters(f"The chart is of table {self.spec.table!r}, not {self.table.name!r}.")
        self.table.statistic_index(self.spec.statistic)
        self.table.dim(self.spec.x)
        if self.spec.series is not None:
            self.table.dim(self.spec.series)
        faults = _faults(self)
        if faults:
            raise BadParameters(f"The chart of {self.table.name} cannot be drawn.", faults=faults)

    @property
    def categories(self) -> tuple[Level, ...]:
        """What stands along the axis, in the table's order."""
        return self._levels(self.spec.x)

    @property
    def series(self) -> tuple[Level, ...]:
        """What is told apart by colour and pattern; one unnamed series where there is none."""
        return self._levels(self.spec.series) if self.spec.series else (Level(ALL, ""),)

    def _levels(self, name: str) -> tuple[Level, ...]:
        levels = self.table.dim(name).levels
        return levels if self.spec.totals else tuple(level for level in levels if level.code != ALL)

    def value(self, category: Level, series: Level) -> str:
        """The one cell that a mark stands for, bare: a number or a symbol."""
        at = {self.spec.x: category.code} | ({self.spec.series: series.code} if self.spec.series else {})
        key = tuple(at.get(dim.name, ALL) for dim in self.table.dims)
        return self.table.cells[key][self.table.statistic_index(self.spec.statistic)]

    def svg(self, *, heading: bool = True) -> str:
        """The drawing, the same bytes each time; without its heading where the page prints one of its own."""
        from kdsp_lib.report.draw import draw

        return draw(self, heading=heading)

    def bundle(self, drawing: str) -> dict[str, Any]:
        """What a notebook stores: the drawing, its words, and the figures behind it, so that a rerun compares them."""
        return {
            CHART_MIME: {"chart": self.spec.to_json(), "table": self.table.to_wire()},
            "image/svg+xml": drawing,
            "text/plain": self.spec.alt,
        }

    def _repr_mimebundle_(self, **_options: Any) -> dict[str, Any]:
        return self.bundle(self.svg())

    def __repr__(self) -> str:
        return f"Chart({self.spec.name}: {self.spec.title})"


def bar(table: Table, *, alt: str, **options: Any) -> Chart:
    """A bar chart of one table. ``alt`` says in words what it shows.

    Options: ``x`` (the dimension along the axis, else the first), ``series`` (told apart by colour, else the second,
    None for none), ``statistic`` (else the first), ``title``, ``name``, ``totals`` (whether totals get a bar).
    """
    return _chart("bar", table, alt, options)


def line(table: Table, *, alt: str, **options: Any) -> Chart:
    """A line chart of one table over an ordered dimension; the options of :func:`bar`."""
    return _chart("line", table, alt, options)


def _chart(kind: str, table: Table, alt: str, options: Mapping[str, Any]) -> Chart:
    unknown = sorted(set(options) - {"x", "series", "statistic", "title", "name", "totals"})
    if unknown:
        raise BadParameters(
            f"A chart has no option {', '.join(unknown)}.", remedy="one of x, series, statistic, title, name, totals"
        )
    if not table.dims:
        raise BadParameters(f"Table {table.name} has one cell: there is nothing to draw.", remedy="show the table")
    x = options.get("x", table.dims[0].name)
    others = [dim.name for dim in table.dims if dim.name != x]
    spec = {
        "name": options.get("name", f"{table.name[:55]}-{kind}"),
        "kind": kind,
        "table": table.name,
        "statistic": options.get("statistic", table.statistics[0].name),
        "x": x,
        "series": options["series"] if "series" in options else (others[0] if others else None),
        "title": options.get("title", table.title),
        "alt": alt,
        "totals": options.get("totals", False),
    }
    return Chart(ChartSpec.from_json(spec), table)


def _faults(chart: Chart) -> list[Fault]:
    spec, table = chart.spec, chart.table
    faults = []
    if spec.kind not in MOST_SERIES:
        return [Fault("", "is bar or line", "kind")]
    if len(spec.alt.strip()) < SHORTEST_ALT:
        faults.append(Fault("", "say in a sentence what the chart shows, for those who cannot see it", "alt"))
    if not spec.title.strip():
        faults.append(Fault("", "is empty", "title"))
    if spec.x == spec.series:
        faults.append(Fault("", "is another dimension than x, or None", "series"))
    for field, text in (("alt", spec.alt), ("title", spec.title)):
        if not text.isprintable():
            faults.append(Fault("", "holds a character that cannot be printed; write it in one line", field))
        for figure in unknown_figures(text, [table]):
            faults.append(Fault("", f"states {figure}, which the table does not print", field))
    held = {spec.x, spec.series}
    for dim in table.dims:
        if dim.name not in held and ALL not in {level.code for level in dim.levels}:
            faults.append(Fault("", f"has no total, so it must be x or series: {dim.name}", "series"))
    categories, series = len(chart.categories), len(chart.series)
    if not categories or not series:
        faults.append(Fault("", "has nothing to draw but totals; set totals=True", "x"))
    if series > MOST_SERIES[spec.kind]:
        faults.append(Fault("", f"has more than {MOST_SERIES[spec.kind]} values to tell apart", "series"))
    if categories * series > MOST_BARS:
        faults.append(Fault("", f"there are more than {MOST_BARS} marks; ask by fewer breakdowns", "x"))
    return faults
