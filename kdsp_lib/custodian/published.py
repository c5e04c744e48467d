"""What is published of the nation and of statistical neighbours: in an authority's own table, or in LAIT."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from kdsp_lib.analyse.figures import Figures
from kdsp_lib.analyse.measures.catalogue import definition_of
from kdsp_lib.analyse.measures.definition import Definition
from kdsp_lib.analyse.question import Question
from kdsp_lib.analyse.reference import ALL_PUPILS, Reference, in_front, with_reference
from kdsp_lib.source.catalogue import Catalogue, DataSet
from kdsp_lib.source.local_table import PLACES
from kdsp_lib.source.national.indicator import KIND as INDICATORS
from kdsp_lib.source.period import school_year as period_of_year

if TYPE_CHECKING:
    from kdsp_lib.custodian.opening import Opened

MEASURES = "authority-measures"
_AREAS_OF_LAIT: Mapping[str, tuple[str, ...]] = {
    "england": ("england",), "neighbours": ("statistical neighbours", "statistical neighbour average"),
}  # fmt: skip
NONE = "{area}: nothing is published here of {label} up to {year}; these figures are [x]."
BROKEN = "{area}: what is published of {label} is of {found}, and not to be compared: {why}. These figures are [x]."
THERE = (
    "{area}: {label}, school year {found}{status}, from {source}: of all pupils, whatever their phase, or of "
    "those whom the row names. The gap is of unrounded figures."
)
LIMITS = (
    " The limits are by Wilson's method: chance alone would leave the rate between them 95 times in 100. Where both "
    "lie on one side of zero the difference is significant; limits of few pupils lie far apart."
)


class Edition(NamedTuple):
    """The figures of one year and source. ``rank``: an authority's own table goes before LAIT."""

    year: str
    rank: int
    status: str
    source: str
    values: Mapping[str, Decimal | None]
    snapshot: str


@dataclass(frozen=True, slots=True)
class Published:
    """The published figures of a catalogue, for reports of a year."""

    catalogue: Catalogue
    year: str

    def beside(self, measure: str, area: str, *, limits: bool) -> Reference:
        """The newest figures of a measure, of no later year; the note says of when, or why there are none."""
        definition = definition_of(measure)
        words = {"area": in_front(area), "label": definition.label, "year": self.year}
        found = max(self._figures(definition, area), key=lambda each: (each.year, each.rank), default=None)
        if found is None:
            return Reference(area, {}, NONE.format(**words))
        broken = definition.breaks_between(found.year, self.year)
        if broken:
            return Reference(area, {}, BROKEN.format(**words, found=found.year, why=broken[-1].why), found.snapshot)
        status = f" ({found.status})" if found.status else ""
        note = THERE.format(**words, found=found.year, status=status, source=found.source)
        return Reference(area, found.values, note + (LIMITS if limits else ""), found.snapshot)

    def _figures(self, definition: Definition, area: str) -> Iterator[Edition]:
        for entry in self.catalogue.current:
            if entry.dataset == MEASURES and entry.period is not None and entry.period <= self.year:
                rows = [row for row in _rows(self.catalogue, entry, "measure", definition.name) if row["area"] == area]
                if rows:
                    status = ", ".join(sorted({str(row["status"]) for row in rows}))
                    values = {str(row["pupils"]): _value(row["value"]) for row in rows}
                    yield Edition(
                        entry.period, 1, status, f"figures of authorities ({entry.vintage})", values, entry.snapshot
                    )
            elif entry.dataset == INDICATORS and definition.lait:
                for row in _rows(self.catalogue, entry, "indicator", definition.lait):
                    year = school_year(row["period"])
                    if row["area"].lower() in _AREAS_OF_LAIT[area] and year <= self.year:
                        values = {ALL_PUPILS: _value(row["value"])}
                        yield Edition(year, 0, "", f"LAIT ({entry.vintage})", values, entry.snapshot)


@lru_cache(maxsize=64)
def _rows(catalogue: Catalogue, entry: DataSet, column: str, name: str) -> tuple[Mapping[str, Any], ...]:
    """The rows of a data set that speak of one measure."""
    import pyarrow.compute as pc

    whole = catalogue.read(entry)
    return tuple(whole.filter(pc.equal(whole.column(column), name)).to_pylist())


def beside_published(wire: Mapping[str, Any], question: Question, opened: Opened) -> dict[str, Any]:
    """A table in its wire form, with what the question asks for beside its figures."""
    if question.beside is None:
        return dict(wire)
    own = Figures(wire["title"], tuple(wire["dims"]), tuple(wire["statistics"]), tuple(wire["cells"]), wire["source"])
    return {**wire, **with_reference(own, question, opened.reference(question)).to_json()}


def school_year(period: str) -> str:
    """A year as LAIT writes it, 2025 or 2024/25, as a school year; one that is neither sorts behind all."""
    if len(period) == 4 and period.isdecimal():
        return period_of_year(int(period) - 1)
    return period if len(period) == 7 and period[4] == "/" else "~"


def _value(units: int | None) -> Decimal | None:
    return None if units is None else Decimal(units).scaleb(-PLACES)
