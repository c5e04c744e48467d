"""A measure as it is published, year by year: of the authority, of its statistical neighbours and of the nation.

All of it is public. Of each year it is the newest edition that was loaded, and never a figure of kdsp's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Final

from kdsp_lib.analyse.measures.catalogue import definition_of
from kdsp_lib.analyse.reference import ALL_PUPILS, in_front, printed_figure
from kdsp_lib.analyse.symbol import NOT_AVAILABLE
from kdsp_lib.custodian.trend import (
    MARKS,
    STATUSES,
    breaks_in,
    notes_of_breaks,
    notes_of_gaps,
    year_dimension,
    years_to,
)
from kdsp_lib.errors import BadParameters
from kdsp_lib.model.table import Cell, Dimension, Level, Standing, Statistic, Table
from kdsp_lib.source.national.establishment import KIND as EXTRACT
from kdsp_lib.source.published import CENSUS

if TYPE_CHECKING:
    from kdsp_lib.analyse.measures.definition import Definition
    from kdsp_lib.custodian.opening import Opened
    from kdsp_lib.custodian.published import Edition

AUTHORITY: Final = "authority"
PLACES: Final[Mapping[str, int]] = {"two-places": 2}
"""Decimal places of a measure by its rounding, where these are not one."""
_NUMBERED: Final = (("establishments", "laestab"), (EXTRACT, "la"), (CENSUS, "la"))
"""Data sets that say of establishments which authority's they are, and in which column."""
NO_NUMBER: Final = (
    "This authority: its figures are [x] because no data here says which authority's the establishments are. Load "
    "establishments, gias-establishments or the census of the performance tables."
)
PUBLISHED: Final = (
    "These figures are public: of all pupils of each area, as they were published. [x]: none of it is loaded."
)


def published_series(opened: Opened, measure: object, years: object) -> tuple[Table, set[str]]:
    """The published figures of a measure by year and area, and the snapshots they are from.

    BadParameters where there is no such measure.
    """
    if not isinstance(measure, str) or opened.published is None:
        raise BadParameters("Name a measure, in a report of a period.", remedy="kdsp measures lists them")
    definition = definition_of(measure)
    if not {"rate", "mean"} & set(definition.kinds):
        raise BadParameters(f"{definition.label} is neither a rate nor a mean.", remedy="kdsp measures lists them")
    periods = years_to(opened.period.partition("-")[0], years)
    own, number = _number(opened)
    areas = {AUTHORITY: number, "neighbours": "neighbours", "england": "england"}
    found = {area: _newest(opened, definition, known) for area, known in areas.items()}
    editions = {year: [each[year] for each in found.values() if year in each] for year in periods}
    places = _places(found, periods, PLACES.get(definition.rounding, 1))
    unit = "Mean" if "mean" in definition.kinds else "Rate (%)"
    breaks = breaks_in([definition], periods)
    there = [year for year in periods if editions[year]]
    status = {year: _mark(editions[year]) for year in periods}
    levels = (Level(AUTHORITY, "This authority"), *(Level(area, in_front(area)) for area in ("neighbours", "england")))
    table = Table(
        f"{definition.name.replace('-', '_')}_published",
        Standing("published", definition.name, len(periods)),
        tuple(Cell((year, area), (_printed(found[area].get(year), places),)) for year in periods for area in found),
        title=f"{definition.label}: what is published",
        scope=f"All pupils of each area, {periods[0]} to {periods[-1]}",
        dims=(year_dimension(periods, status), Dimension("area", "Area", levels)),
        statistics=(Statistic("published", unit, places),),
        notes=(
            PUBLISHED if number else PUBLISHED.partition(" [x]")[0],
            *([] if number else [NO_NUMBER]),
            *([STATUSES] if any(status.values()) else []),
            *notes_of_breaks(breaks),
            *notes_of_gaps(definition, [year for year in periods if year not in there]),
            *_notes_of_editions({year: editions[year] for year in there}),
        ),
        symbols={NOT_AVAILABLE: "not available: none is published, or loaded"},
        breaks=tuple(breaks),
    )
    return table, {*own, *(each.snapshot for year in periods for each in editions[year])}


def _number(opened: Opened) -> tuple[set[str], str]:
    """The authority's number, where all establishments of the register have the same; and the snapshot that says it.

    The table of establishments says it, or else the national register or the census of the performance tables.
    """
    if opened.published is None:
        return set(), ""
    catalogue, own = opened.published.catalogue, opened.community.establishments_of("authority")
    for name, column in _NUMBERED:
        entries = [each for each in catalogue.current if each.dataset == name]
        if not entries:
            continue
        newest = max(entries, key=lambda each: each.period or "")
        rows = catalogue.read(newest).select(["urn", column]).to_pylist()
        numbers = {str(row[column])[:3] for row in rows if row[column] and row["urn"] in own}
        if len(numbers) == 1:
            return {newest.snapshot}, numbers.pop()
    return set(), ""


def _newest(opened: Opened, definition: Definition, area: str) -> dict[str, Edition]:
    """By year the edition that goes before all others of an area."""
    found: dict[str, Edition] = {}
    figures = opened.published.figures(definition, area) if opened.published is not None and area else ()
    for each in figures:
        if each.year not in found or found[each.year].rank < each.rank:
            found[each.year] = each
    return found


def _places(found: Mapping[str, Mapping[str, Edition]], years: list[str], most: int) -> int:
    """As many decimal places as the figures of these years were published with, and no more than the measure has."""
    values = [
        value for each in found.values() for year in years if year in each for value in each[year].values.values()
    ]
    exponents = (value.normalize().as_tuple().exponent for value in values if value is not None)
    return min(max((-each for each in exponents if isinstance(each, int)), default=0), most) if values else most


def _printed(edition: Edition | None, places: int) -> str:
    value: Decimal | None = None if edition is None else edition.values.get(ALL_PUPILS)
    return NOT_AVAILABLE if value is None else printed_figure(value, places)


def _mark(editions: list[Edition]) -> str:
    """How far the figures of a year may still be corrected."""
    said = {each.status for each in editions}
    return next((mark for status, mark in MARKS.items() if any(status in text for text in said)), "")


def _notes_of_editions(editions: Mapping[str, list[Edition]]) -> Iterator[str]:
    """Where the figures are from and how far they are settled: one note for years of the same."""
    for said, years in groupby(editions, key=lambda year: _said(editions[year])):
        first, *rest = years
        yield f"{f'{first} to {rest[-1]}' if rest else first}: {said}."


def _said(editions: Iterable[Edition]) -> str:
    kinds = dict.fromkeys(each.source.partition(" (")[0] for each in editions)
    statuses = dict.fromkeys(each.status for each in editions if each.status)
    return ", ".join([*statuses, *(f"from {kind}" for kind in kinds)])
