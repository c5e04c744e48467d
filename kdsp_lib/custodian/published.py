"""What is published of the nation and of statistical neighbours: in an authority's own table, or in LAIT."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from kdsp_lib.analyse.measures.catalogue import definition_of
from kdsp_lib.analyse.measures.definition import Definition
from kdsp_lib.analyse.reference import ALL_PUPILS, POISSON, WILSON, Reference, in_front
from kdsp_lib.source.catalogue import Catalogue, DataSet
from kdsp_lib.source.local_table import PLACES
from kdsp_lib.source.national.indicator import KIND as INDICATORS
from kdsp_lib.source.period import school_year as period_of_year

MEASURES = "authority-measures"
_AREAS_OF_LAIT: Mapping[str, tuple[str, ...]] = {
    "england": ("england",), "neighbours": ("statistical neighbours", "statistical neighbour average"),
}  # fmt: skip
NONE = "{area}: nothing is published here of {label} up to {year}; these figures are [x]."
NO_TERM = (
    "{area}: nothing is published here of {label} in the {term} term alone, up to {year}. A term is not set beside a "
    "whole year: these figures are [x]."
)
BROKEN = "{area}: what is published of {label} is of {found}, and not to be compared: {why}. These figures are [x]."
THERE = "{area}: {label}, {found}{status}, from {source}: "
OF_ALL = "of all pupils, whatever their phase, or of those whom the row names."
OF_PHASE = "of pupils of {phase} schools alone, or of those of them whom the row names."
GAP = " The gap is of unrounded figures."
_SIGNIFICANT = "Where both lie on one side of zero the difference is significant; limits of few pupils lie far apart."
LIMITS: Mapping[str, str] = {
    WILSON: " The limits are by Wilson's method: chance alone would leave the rate between them 95 times in 100. "
    + _SIGNIFICANT,
    POISSON: " The limits are of a count of events (Poisson, by Byar's approximation), from the rate as it is printed: "
    "chance alone would leave it between them 95 times in 100, if each event came by itself. Where some pupils have "
    "many, they are too narrow. " + _SIGNIFICANT,
}


class Edition(NamedTuple):
    """The figures of one year, or of a term of it, and source. ``rank``: an authority's own table goes before LAIT."""

    year: str
    rank: int
    status: str
    source: str
    values: Mapping[str, Decimal | None]
    snapshot: str


@dataclass(frozen=True, slots=True)
class Published:
    """The published figures of a catalogue of what may be used on the day of a report, for reports of a period."""

    catalogue: Catalogue
    period: str
    phase: str = ""
    """The phase of the one school that a report is about: what is published of it goes before that of all phases."""

    @property
    def year(self) -> str:
        """The school year of the reports."""
        return self.period.partition("-")[0]

    def beside(self, measure: str, area: str, *, limits: str) -> Reference:
        """The newest figures of a measure, of no later year; the note says of when, or why there are none.

        Like stands beside like: what adds up over a term beside that term of the same or an earlier year, else beside
        nothing. What is so on a day (who is on roll, who has a plan) stands beside the year's.
        """
        definition = definition_of(measure)
        term = self.period.partition("-")[2] if definition.is_over_time else ""
        words = {"area": in_front(area), "label": definition.label, "year": self.year, "term": term}
        found = max(self.figures(definition, area, term), key=lambda each: (each.year, each.rank), default=None)
        if found is None:
            return Reference(area, {}, (NO_TERM if term else NONE).format(**words))
        broken = definition.breaks_between(found.year, self.year)
        if broken:
            return Reference(area, {}, BROKEN.format(**words, found=found.year, why=broken[-1].why), found.snapshot)
        status = f" ({found.status})" if found.status else ""
        when = f"{term} term {found.year}" if term else f"school year {found.year}"
        note = THERE.format(**words, found=when, status=status, source=found.source)
        narrowed = _of_phase(found.values, self.phase)
        values, whom = (narrowed, OF_PHASE.format(phase=self.phase)) if narrowed else (found.values, OF_ALL)
        return Reference(area, values, note + whom + GAP + LIMITS.get(limits, ""), found.snapshot)

    def figures(self, definition: Definition, area: str, term: str = "") -> Iterator[Edition]:
        """What is published of an area, ``england``, ``neighbours`` or an authority's number, of no later year.

        Of whole school years, or of one ``term`` of each.
        """
        for entry in self.catalogue.current:
            year, _, of_term = (entry.period or "~").partition("-")
            if entry.dataset == MEASURES and of_term == term and year <= self.year:
                rows = [row for row in _rows(self.catalogue, entry, "measure", definition.name) if row["area"] == area]
                if rows:
                    status = ", ".join(sorted({str(row["status"]) for row in rows}))
                    values = {str(row["pupils"]): _value(row["value"]) for row in rows}
                    yield Edition(year, 1, status, f"figures of authorities ({entry.vintage})", values, entry.snapshot)
            elif entry.dataset == INDICATORS and definition.lait and not term:
                for row in _rows(self.catalogue, entry, "indicator", definition.lait):
                    year = school_year(row["period"])
                    if (row["la"] == area or row["area"].lower() in _AREAS_OF_LAIT.get(area, ())) and year <= self.year:
                        values = {ALL_PUPILS: _value(row["value"])}
                        yield Edition(year, 0, "", f"LAIT ({entry.vintage})", values, entry.snapshot)


@lru_cache(maxsize=64)
def _rows(catalogue: Catalogue, entry: DataSet, column: str, name: str) -> tuple[Mapping[str, Any], ...]:
    """The rows of a data set that speak of one measure."""
    import pyarrow.compute as pc

    whole = catalogue.read(entry)
    return tuple(whole.filter(pc.equal(whole.column(column), name)).to_pylist())


def _of_phase(values: Mapping[str, Decimal | None], phase: str) -> dict[str, Decimal | None]:
    """The figures of one phase by the row that they stand beside: ``phase-primary-sex-f`` beside ``sex-f``."""
    prefix = f"phase-{phase}"
    of_it = {key: value for key, value in values.items() if phase and f"{key}-".startswith(f"{prefix}-")}
    return {key.removeprefix(prefix).removeprefix("-") or ALL_PUPILS: value for key, value in of_it.items()}


def school_year(period: str) -> str:
    """A year as LAIT writes it, 2025 or 2024/25, as a school year; one that is neither sorts behind all."""
    if len(period) == 4 and period.isdecimal():
        return period_of_year(int(period) - 1)
    return period if len(period) == 7 and period[4] == "/" else "~"


def _value(units: int | None) -> Decimal | None:
    return None if units is None else Decimal(units).scaleb(-PLACES)
