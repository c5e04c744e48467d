"""A table year by year, with its breaks: what this report says, beside what the same report said of the years before.

What cannot be compared is not joined: a break of the series stands before the first year that has another rule, with
the reason that the measure's definition gives, and a year in which there is no figure stays in its place without one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from kdsp_lib.analyse.measures.catalogue import catalogue as catalogue_of_measures
from kdsp_lib.analyse.measures.catalogue import definition_of
from kdsp_lib.analyse.measures.definition import Break as BreakOfMeasure
from kdsp_lib.analyse.measures.definition import Definition
from kdsp_lib.analyse.measures.definition import Level as LevelOfMeasure
from kdsp_lib.analyse.where_reading import read_where
from kdsp_lib.custodian import words
from kdsp_lib.custodian.conversion import Conversion, breaks_of, conversions_of, linked, was_called
from kdsp_lib.custodian.series import asked_table, others_then, released_before, stitched
from kdsp_lib.errors import BadParameters
from kdsp_lib.model.question import Question
from kdsp_lib.model.table import Break, Dimension, Level, Table
from kdsp_lib.source.period import school_year

if TYPE_CHECKING:
    from kdsp_lib.custodian.ledger import Ledger
    from kdsp_lib.custodian.open_report import OpenReport
    from kdsp_lib.custodian.opening import Opened
    from kdsp_lib.source.catalogue import Catalogue

YEAR: Final = "year"
MOST_YEARS: Final = 15
AS_RELEASED: Final = (
    "Each year is as it was released at its time. [x]: no such report of that year has been released to those whom "
    "this one is for, or it has expired, or there is no such figure."
)
STATUSES: Final = (
    "[p] is made from provisional data, [r] from revised: a difference to a year of another status may be a correction."
)
MARKS: Final[Mapping[str, str]] = {"provisional": "p", "revised": "r"}


def trend(
    ledger: Ledger, catalogue: Catalogue, report: OpenReport, name: object, years: object
) -> tuple[Table, frozenset[str]]:
    """The table of that name with a row for each of so many school years up to its own, or the same term of each.

    It begins with the first that was released. With it the snapshots of the links that say who an establishment was
    before. BadParameters where the table was not asked.
    """
    opened = report.opened
    table = asked_table(report, name)
    periods = years_to(opened.period, years)
    conversions, links = _conversions(opened)
    before = released_before(ledger, report, table, periods, was_called(conversions))
    periods = periods[next(k for k, period in enumerate(periods) if period in before or period == opened.period) :]
    question = table.asked
    measure = definition_of(question.measure)
    snapshots = {period: each.snapshots for period, each in before.items()} | {opened.period: opened.snapshots}
    status = {period: _status(catalogue, measure, found) for period, found in snapshots.items()}
    told = {period: each.table for period, each in before.items()} | {opened.period: table}
    breaks = [
        *breaks_in([measure, *_split_by(question)], periods),
        *breaks_of(conversions, periods, _names(opened, conversions), YEAR),
    ]
    made = stitched(
        table,
        {period: told.get(period) for period in periods},
        year_dimension(periods, status),
        [
            AS_RELEASED,
            *([STATUSES] if any(status.values()) else []),
            *others_then(before, opened),
            *notes_of_breaks(breaks),
            *notes_of_gaps(measure, [period for period in periods if period not in told], "pupils"),
        ],
    )
    series = replace(
        made,
        name=f"{table.name}_trend",
        title=f"{table.title}, year by year",
        scope=f"{table.scope.rpartition(',')[0]}, {_from_to(periods)}",
        breaks=tuple(sorted(breaks, key=lambda each: each.code)),
    )
    return series, links


def _conversions(opened: Opened) -> tuple[tuple[Conversion, ...], frozenset[str]]:
    """Who the one establishment of a report was before, from the links of which the snapshots are named."""
    if opened.served.about != "school" or opened.published is None:
        return (), frozenset()
    rows, snapshots = linked(opened.published.catalogue)
    return conversions_of(rows, str(opened.parameters["school"])), snapshots


def _names(opened: Opened, conversions: Iterable[Conversion]) -> dict[str, str]:
    """What those are called that an establishment was, each with its URN."""
    urns = {urn for each in conversions for urn in (each.urn, *each.before)}
    known = {urn: opened.community.names.get(f"establishment:{urn}") for urn in urns}
    return {urn: f"{name} ({urn})" if name else f"establishment {urn}" for urn, name in known.items()}


def _from_to(periods: Sequence[str]) -> str:
    """The periods of a series in words."""
    first, last = words.period(periods[0]), words.period(periods[-1])
    return last if first == last else f"{first} to {last}"


def years_to(period: str, years: object) -> list[str]:
    """So many periods, a year apart, up to one; BadParameters where that is no number of years."""
    if not isinstance(years, int) or isinstance(years, bool) or not 2 <= years <= MOST_YEARS:
        raise BadParameters("years is a whole number of school years.", remedy=f"from 2 to {MOST_YEARS}")
    year, dash, term = period.partition("-")
    last = int(year[:4])
    return [f"{school_year(first)}{dash}{term}" for first in range(last - years + 1, last + 1)]


def year_dimension(periods: Iterable[str], status: Mapping[str, str]) -> Dimension:
    """The dimension of a series: its years, each marked where it was made from what is not final."""
    levels = []
    for period in periods:
        year, _, term = period.partition("-")
        mark = f" [{status[period]}]" if status.get(period) else ""
        levels.append(Level(period, f"{term.capitalize()} {year}".strip() + mark))
    return Dimension(YEAR, "School year", tuple(levels))


def breaks_in(measures: Iterable[Definition], periods: Sequence[str]) -> list[Break]:
    """The breaks of these measures within a series: before which period, and why."""
    firsts = {period.partition("-")[0]: period for period in periods[1:]}
    begin = periods[0].partition("-")[0]
    found: dict[tuple[str, str], None] = {}
    for number, measure in enumerate(measures):
        for each in measure.breaks_between(begin, max(firsts, default=begin)):
            found[firsts[each.since], _why(each, measure if number else None)] = None
    return [Break(YEAR, code, why) for code, why in sorted(found)]


def _why(broken: BreakOfMeasure, breakdown: Definition | None) -> str:
    return broken.why if breakdown is None else f"{breakdown.label}: {broken.why}"


def notes_of_breaks(breaks: Iterable[Break]) -> Iterator[str]:
    """A note a break."""
    for each in breaks:
        year = each.code.partition("-")[0]
        yield f"Break before {year}: {each.why}. Years before it and from it on are not to be compared."


def notes_of_gaps(measure: Definition, periods: Iterable[str], level: LevelOfMeasure = "all") -> Iterator[str]:
    """Why there is no figure of a year, where the measure itself says so."""
    for period in periods:
        missing = measure.missing(period.partition("-")[0], level=level)
        if missing is not None:
            yield f"{missing.why}."


def _split_by(question: Question) -> list[Definition]:
    """The measures of the attributes that a table is split or narrowed by: their breaks are its own too."""
    columns = read_where(question.where).columns if question.where else ()
    wanted = {*question.by, *(column.name for column in columns)}
    measures = catalogue_of_measures().measures.values()
    return [each for each in measures if each.taken is not None and each.taken.attribute in wanted]


def _status(catalogue: Catalogue, measure: Definition, snapshots: Mapping[str, str]) -> str:
    """The mark of what a table was made from: provisional where any of it is."""
    kinds = {kind for source in measure.sources for kind in source.datasets}
    known = {entry.snapshot: entry.status for entry in catalogue.datasets}
    found = {known.get(digest) for name, digest in snapshots.items() if name.partition(" ")[0] in kinds}
    return next((mark for status, mark in MARKS.items() if status in found), "")
