"""What a measure is: what it counts and of whom, how it is rounded, in which years it exists, and why not in others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

from kdsp_lib.analyse.all_through import PHASES_OF
from kdsp_lib.analyse.symbol import NOT_APPLICABLE, NOT_AVAILABLE, SYMBOLS
from kdsp_lib.model.question import Kind

Polarity = Literal["higher", "lower", "neither"]
POLARITIES: tuple[Polarity, ...] = get_args(Polarity)
Level = Literal["school", "pupils", "all"]
LEVELS: tuple[Level, ...] = get_args(Level)


@dataclass(frozen=True, slots=True)
class Span:
    """School years that have one rule: from ``since`` to ``until``, or until now where that is empty."""

    since: str
    until: str = ""
    rule: str = ""

    def holds(self, year: str) -> bool:
        """Whether a school year is one of them."""
        return self.since <= year and (not self.until or year <= self.until)

    def __str__(self) -> str:
        if self.since == self.until:
            return self.since
        return f"{self.since} to {self.until}" if self.until else f"since {self.since}"


@dataclass(frozen=True, slots=True)
class Gap:
    """Years in which a measure does not exist: of nobody, of single schools (``level`` school), of pupils' records."""

    years: tuple[str, ...]
    why: str
    level: Level = "all"


OVER_TIME: Final = frozenset({"attendance", "attendance-reasons", "suspensions"})
"""The kinds of data set of what happens in the course of a term."""


@dataclass(frozen=True, slots=True)
class Break:
    """The first year that is not to be compared with those before it."""

    since: str
    why: str


@dataclass(frozen=True, slots=True)
class Source:
    """Where a measure comes from, and the kinds of data set that all have to be loaded for it; none: not read here."""

    name: str
    title: str
    datasets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """How tables of reports take a measure from pupils' records: see :class:`kdsp_lib.analyse.measure.Measure`."""

    attribute: str = ""
    holds: str = ""
    of: str = ""
    sums: tuple[str, ...] = ()
    over: str = ""


@dataclass(frozen=True, slots=True)
class Missing:
    """A measure that does not exist there: the symbol in its place, and the reason in words."""

    symbol: str
    why: str


@dataclass(frozen=True, slots=True)
class Definition:
    """One measure. ``left_out``: who is not in the denominator; ``counted`` and ``base_label`` head the columns."""

    name: str
    label: str
    topic: str
    category: str
    kinds: tuple[Kind, ...]
    numerator: str
    denominator: str
    left_out: str
    rounding: str
    published: str
    polarity: Polarity
    sources: tuple[Source, ...]
    phases: tuple[str, ...]
    years: tuple[Span, ...]
    before: str
    between: tuple[str, ...] = ()
    """Why not in the years between two spans: for each hole in turn, or one text for all."""
    after: str = ""
    gaps: tuple[Gap, ...] = ()
    breaks: tuple[Break, ...] = ()
    notes: tuple[str, ...] = ()
    unsettled: tuple[str, ...] = ()
    nested: str = ""
    """The measure that whoever is counted there is counted here too: the two are protected as one."""
    counted: str = "Pupils"
    base_label: str = "Pupils"
    lait: str = ""
    """Its short name in the department's file of indicators by authority (LAIT), if it is there."""
    symbols: Mapping[str, str] = field(default_factory=lambda: SYMBOLS)
    school_files: tuple[str, ...] | None = None
    """By which breakdowns the department publishes it of each school; none where it does not."""
    headline: bool = False
    """Whether readers look for it first: of two figures of one place the other is withheld."""
    taken: Taken | None = None
    """How it is taken from pupils' records; none where it is not."""
    is_taken_from_schools: bool = False
    """Whether tables take it from schools' published figures."""
    not_taken: str = ""
    """Why no table of a report shows it."""

    @property
    def own_symbols(self) -> Mapping[str, str]:
        """The symbols that mean something more for this measure."""
        return {symbol: meaning for symbol, meaning in self.symbols.items() if meaning != SYMBOLS[symbol]}

    @property
    def is_over_time(self) -> bool:
        """Whether it adds up over a term, as sessions and suspensions do, and is not so on one day of it."""
        return any(OVER_TIME.intersection(source.datasets) for source in self.sources)

    @property
    def source(self) -> str:
        return "; ".join(source.title for source in self.sources)

    def rule_of(self, year: str) -> str:
        """The rule of a school year; empty where the measure has one for all its years, or does not exist then."""
        return next((span.rule for span in self.years if span.holds(year)), "")

    def breaks_between(self, first: str, last: str) -> tuple[Break, ...]:
        """Why figures of two school years are not comparable; none where nothing broke in between."""
        return tuple(each for each in self.breaks if first < each.since <= last)

    def missing(self, year: str, *, phase: str = "", level: Level = "all") -> Missing | None:
        """Why there is no such figure of a school year, a phase, a single school; None where there may be one."""
        if phase and not {*PHASES_OF.get(phase, (phase,))} & {*self.phases}:
            return Missing(NOT_APPLICABLE, f"{self.label} is of {' and '.join(self.phases)}, not of {phase}")
        if not any(span.holds(year) for span in self.years):
            return Missing(NOT_AVAILABLE, f"{year}: {self._outside(year)}")
        for gap in self.gaps:
            if year in gap.years and gap.level in ("all", level):
                return Missing(NOT_AVAILABLE, f"{year}: {gap.why}")
        return None

    def _outside(self, year: str) -> str:
        if year < self.years[0].since:
            return self.before
        last = self.years[-1].until
        if last and year > last:
            return self.after
        hole = sum(bool(span.until) and span.until < year for span in self.years) - 1
        return self.between[min(hole, len(self.between) - 1)]
