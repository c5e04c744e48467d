"""Charts: a frozen description, and the one table it is drawn from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from types import MappingProxyType
from typing import Any, Self

from kdsp_lib.errors import BadParameters, Fault
from kdsp_lib.report.claim import unknown_figures
from kdsp_lib.report.palette import LINE_COLOURS, LOOKS
from kdsp_lib.report.slug import check_slug
from kdsp_lib.report.table import Level, Table
from kdsp_lib.report.wire import ALL

CHART_MIME = "application/vnd.kdsp.chart+json"
SHORTEST_ALT = 20


@dataclass(frozen=True, slots=True)
class Kind:
    """What a kind of chart takes, and how much of it can be told apart."""

    most_series: int
    most_marks: int = 48
    needs_series: bool = False
    """Whether there is nothing to draw without a second dimension; its total is then the whole."""
    options: frozenset[str] = frozenset()
    """Options of its own, beside those of every kind."""


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "bar": Kind(len(LOOKS), options=frozenset({"reference"})),
        "diverging": Kind(len(LOOKS), options=frozenset({"low", "high"})),
        "heat": Kind(10, most_marks=160),
        "line": Kind(len(LINE_COLOURS)),
        "spread": Kind(1),
        "stack": Kind(len(LOOKS), most_marks=96, needs_series=True),
    }
)
_REFUSED = MappingProxyType(
    {
        "funnel": "a point at an establishment's size and rate says which it is, since sizes are public",
        "scatter": "a point at two exact figures says whose they are",
        "box": "its ends and its whiskers are exact figures of single establishments or pupils",
        "strip": "a point at an exact figure says whose it is",
        "map": "a point for each establishment, or the streets that one serves, says which it is",
    }
)
_SPREAD_INSTEAD = "ask for report.spread(...) and draw that: how many establishments lie in each band"
_OPTIONS = ("x", "series", "statistic", "title", "name", "totals")
_OF_SOME = ("reference", "low", "high")
"""Parts of a description that only some kinds have; left out where they are empty."""


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
    reference: str = ""
    """The code of the value of ``series`` that is drawn as a mark across the others."""
    low: str = ""
    high: str = ""
    """The statistics between which the true value may well lie."""

    def to_json(self) -> dict[str, Any]:
        """The description as data."""
        return {key: value for key, value in asdict(self).items() if value or key not in _OF_SOME}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The description that :meth:`to_json` wrote; BadParameters where a part is missing or unknown."""
        names = {field.name for field in fields(cls)}
        missing, unknown = names - set(data) - set(_OF_SOME), set(data) - names
        if missing or unknown:
            raise BadParameters(
                "A chart is not described in full.",
                faults=[Fault("", "is missing", key) for key in sorted(missing)]
                + [Fault("", "is not a part of a chart", str(key)[:60]) for key in sorted(map(str, unknown))],
            )
        texts = set(data) - {"series", "totals"}
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
        if self.spec.kind not in KINDS:
            raise BadParameters(f"There is no chart {self.spec.kind[:40]!r}.", remedy=f"one of {', '.join(KINDS)}")
        if self.spec.series is not None:
            self.table.dim(self.spec.series)
        for statistic in filter(None, (self.spec.low, self.spec.high)):
            self.table.statistic_index(statistic)
        _check_reference(self.spec, self.table)
        faults = _faults(self)
        if faults:
            raise BadParameters(f"The chart of {self.table.name} cannot be drawn.", faults=faults)

    @property
    def categories(self) -> tuple[Level, ...]:
        """What stands along the axis, in the table's order."""
        return self._levels(self.spec.x)

    @property
    def series(self) -> tuple[Level, ...]:
        """What is told apart by colour and pattern; one unnamed series where there is none.

        Without the reference, and, where some can be somewhere, without what can nowhere be: of gaps, the group that
        all others are compared with.
        """
        if not self.spec.series:
            return (Level(ALL, ""),)
        levels = tuple(level for level in self._levels(self.spec.series) if level.code != self.spec.reference)
        there = tuple(level for level in levels if any(self.value(each, level) != "z" for each in self.categories))
        return there or levels

    @property
    def reference(self) -> Level | None:
        """What the series are compared with."""
        if not self.spec.reference or not self.spec.series:
            return None
        return next(level for level in self.table.dim(self.spec.series).levels if level.code == self.spec.reference)

    def _levels(self, name: str) -> tuple[Level, ...]:
        levels = self.table.dim(name).levels
        return levels if self.spec.totals else tuple(level for level in levels if level.code != ALL)

    def value(self, category: Level, series: Level, *, statistic: str | None = None) -> str:
        """The one cell that a mark stands for, bare: a number or a symbol."""
        at = {self.spec.x: category.code} | ({self.spec.series: series.code} if self.spec.series else {})
        key = tuple(at.get(dim.name, ALL) for dim in self.table.dims)
        return self.table.cells[key][self.table.statistic_index(statistic or self.spec.statistic)]

    @property
    def breaks(self) -> tuple[tuple[int, str, str], ...]:
        """Where the axis breaks: before which place of it, the words for that, and why."""
        return tuple(
            (place, category.label, "; ".join(why))
            for place, category in enumerate(self.categories)
            if (why := [b.why for b in self.table.breaks if (b.dim, b.code) == (self.spec.x, category.code)])
        )

    @property
    def description(self) -> str:
        """The words for those who cannot see it, with the breaks that are drawn."""
        return " ".join(
            [self.spec.alt, *(f"The series breaks before {label}: {why}." for _, label, why in self.breaks)]
        )

    def whole(self, category: Level) -> str:
        """The total of all series of a category, bare."""
        return self.value(category, Level(ALL, ""))

    def svg(self, *, heading: bool = True) -> str:
        """The drawing, the same bytes each time; without its heading where the page prints one of its own."""
        from kdsp_lib.report.drawing import drawn

        return drawn(self, heading=heading).svg(self.spec.title, self.description)

    def bundle(self, drawing: str) -> dict[str, Any]:
        """What a notebook stores: the drawing, its words, and the figures behind it, so that a rerun compares them."""
        return {**self._described(), "image/svg+xml": drawing, "text/plain": self.spec.alt}

    def _described(self) -> dict[str, Any]:
        return {CHART_MIME: {"chart": self.spec.to_json(), "table": self.table.to_wire()}}

    def _repr_mimebundle_(self, **_options: Any) -> dict[str, Any]:
        """A draft is drawn for whoever looks at it, or at a release again; on the way to a release that draws, once."""
        drawn = self.bundle(self.svg()) if self.table.is_looked_at() else self._described()
        return {**drawn, "text/plain": self.spec.alt}

    def __repr__(self) -> str:
        return f"Chart({self.spec.name}: {self.spec.title})"


def chart(kind: str, table: Table, *, alt: str, **options: Any) -> Chart:
    """A chart of one table. ``alt`` says in words what it shows.

    Options of every kind: ``x`` (the dimension along the axis, else the first), ``series`` (told apart by colour and
    pattern, else the second, None for none), ``statistic`` (else the first), ``title``, ``name``, ``totals`` (whether
    totals are drawn). Of bars: ``reference``, the code of one value of ``series``, drawn as a mark across the others.
    Of diverging bars: ``low`` and ``high``, the statistics between which their whiskers lie. BadParameters with all
    that is wrong.
    """
    if kind in _REFUSED:
        raise BadParameters(f"There is no chart {kind!r}: {_REFUSED[kind]}.", remedy=_SPREAD_INSTEAD)
    if kind not in KINDS:
        raise BadParameters(f"There is no chart {str(kind)[:40]!r}.", remedy=f"one of {', '.join(KINDS)}")
    known = (*_OPTIONS, *sorted(KINDS[kind].options))
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise BadParameters(
            f"A chart of kind {kind} has no option {', '.join(unknown)}.", remedy=f"one of {', '.join(known)}"
        )
    if not table.dims:
        raise BadParameters(f"Table {table.name} has one cell: there is nothing to draw.", remedy="show the table")
    x = options.get("x", table.dims[0].name)
    others = [dim.name for dim in table.dims if dim.name != x]
    spec = {
        "name": f"{table.name[:49]}-{kind}",
        "statistic": table.statistics[0].name,
        "series": others[0] if others else None,
        "title": table.title,
        "totals": False,
        **options,
        "kind": kind,
        "table": table.name,
        "x": x,
        "alt": alt,
    }
    if spec["series"] in {dim.name for dim in table.dims if len(dim.levels) == 1}:
        spec.pop("reference", None)  # an establishment that stands alone: a table of its own part has nothing beside it
    if not KINDS[kind].needs_series and x in {dim.name for dim in table.dims if {ALL} == {c.code for c in dim.levels}}:
        spec["totals"] = True  # of whom there is nobody to break down: one report of a batch must not end at a chart
    return Chart(ChartSpec.from_json(spec), table)


def bar(table: Table, *, alt: str, **options: Any) -> Chart:
    """Bars side by side."""
    return chart("bar", table, alt=alt, **options)


def line(table: Table, *, alt: str, **options: Any) -> Chart:
    """Lines over an ordered dimension, broken where a figure is withheld."""
    return chart("line", table, alt=alt, **options)


def _check_reference(spec: ChartSpec, table: Table) -> None:
    if not spec.reference:
        return
    codes = [level.code for level in table.dim(spec.series).levels] if spec.series else []
    if spec.reference not in codes:
        known = f"one of {', '.join(codes)}" if codes else "compare what is told apart by series"
        raise BadParameters(f"There is no {spec.reference[:60]!r} to compare with.", remedy=known)


def _faults(chart: Chart) -> list[Fault]:
    return [*_word_faults(chart), *_option_faults(chart), *_size_faults(chart)]


def _word_faults(chart: Chart) -> Iterator[Fault]:
    spec = chart.spec
    if len(spec.alt.strip()) < SHORTEST_ALT:
        yield Fault("", "say in a sentence what the chart shows, for those who cannot see it", "alt")
    if not spec.title.strip():
        yield Fault("", "is empty", "title")
    for field, text in (("alt", spec.alt), ("title", spec.title)):
        if not text.isprintable():
            yield Fault("", "holds a character that cannot be printed; write it in one line", field)
        for figure in unknown_figures(text, [chart.table]):
            yield Fault("", f"states {figure}, which the table does not print", field)


def _option_faults(chart: Chart) -> Iterator[Fault]:
    spec, table, kind = chart.spec, chart.table, KINDS[chart.spec.kind]
    for option in _OF_SOME:
        if getattr(spec, option) and option not in kind.options:
            yield Fault("", f"is no option of a chart of kind {spec.kind}", option)
    if bool(spec.low) is not bool(spec.high):
        yield Fault("", "name both of the statistics that the whiskers lie between, or neither", "low, high")
    if spec.x == spec.series:
        yield Fault("", "is another dimension than x, or None", "series")
    held = {spec.x, spec.series}
    for dim in table.dims:
        if dim.name not in held and ALL not in {level.code for level in dim.levels}:
            yield Fault("", f"has no total, so it must be x or series: {dim.name}", "series")
    if kind.needs_series and (
        spec.series is None or ALL not in {level.code for level in table.dim(spec.series).levels}
    ):
        yield Fault("", "is a dimension that has a total: what is shared out", "series")
    elif kind.needs_series and any(
        row[table.statistic_index(spec.statistic)].startswith("-") for row in table.cells.values()
    ):
        yield Fault("", "has negative figures, which are no parts of a whole", "statistic")
    if kind.needs_series and spec.totals:
        yield Fault("", "is the whole, and no part of it", "totals")
    if spec.kind == "spread" and (spec.statistic != "establishments" or spec.series is not None or spec.totals):
        yield Fault("", "is of how many establishments lie in each band: draw report.spread(...)", "statistic")


def _size_faults(chart: Chart) -> Iterator[Fault]:
    kind = KINDS[chart.spec.kind]
    categories, series = len(chart.categories), len(chart.series)
    if not categories or not series:
        yield Fault("", "has nothing to draw but totals; set totals=True", "x")
    if series > kind.most_series:
        yield Fault("", f"has more than {kind.most_series} values to tell apart", "series")
    if categories * series > kind.most_marks:
        yield Fault("", f"there are more than {kind.most_marks} marks; ask by fewer breakdowns", "x")
