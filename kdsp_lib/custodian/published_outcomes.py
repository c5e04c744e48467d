"""Outcomes of inspections and of standards: counted for all of the authority, and school by school for its community.

They are published facts of establishments (protocol, levels: authority). Nothing else is ever joined to them: not who
is identified under the School Improvement Partnership (12), no pupil's record. Of pupils there is the number on roll
that is published with the inspections; where that is a small count it is left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from kdsp_lib.analyse.inspected import (
    GRADES,
    OEIF,
    OVERALL,
    PHASE_GROUPS,
    REPORT_CARD,
    UNGRADED,
    UNGRADED_OUTCOME,
    School,
    known_on,
    schools_of,
)  # fmt: skip
from kdsp_lib.analyse.inspected_tables import CONCERNS, SINCE, in_words, inspection_tables
from kdsp_lib.analyse.schools_caught import ANSWERS, Caught, caught_by, caught_table
from kdsp_lib.custodian import words
from kdsp_lib.custodian.contents import Contents, rows_of
from kdsp_lib.errors import BadSource
from kdsp_lib.model.listing import Listing
from kdsp_lib.model.policy import DisclosurePolicy
from kdsp_lib.model.table import Table
from kdsp_lib.protocol.vocabulary import kind_of
from kdsp_lib.source.national.inspection import AREAS

if TYPE_CHECKING:
    from kdsp_lib.analyse.inspected_tables import Counted
    from kdsp_lib.custodian.opening import Opened
    from kdsp_lib.source.catalogue import Catalogue

OUTSIDE = ("external", "public")
"""Recipients who get counts, and no list of schools by name."""
PUBLISHED = "Ofsted management information"
FIGURES = "Figures of schools; sets of thresholds"
NEVER_CONVERTED = (
    "Each framework is counted by itself: a grade is never made into a report card's judgement, nor an outcome without "
    "grades into a grade. A school with a report card is still counted under the grades it has from before."
)
_ROLL = "Pupils are those on roll as published with the inspections."
_NO_ROLL = "Of {some} no number of pupils is counted: it is not given, or tells of {small}."
_WHEN = "An outcome is as old as its inspection: look at the day before you use it."
_BEFORE = "Marked (before): of the school that stood in its place, under another URN."


def published_outcomes(catalogue: Catalogue, opened: Opened, _secret: bytes) -> Contents:
    """All tables; and the lists by name, where the recipient is within the community."""
    on = opened.request.on
    names = {urn: opened.community.name(f"establishment:{urn}") for urn in opened.subjects}
    establishments = rows_of(catalogue, opened, "establishments")
    rows = known_on(rows_of(catalogue, opened, "ofsted-inspections"), on)
    schools = schools_of(rows, establishments, names, opened.policy.threshold)
    if not schools:
        raise BadSource("No inspection of these schools is loaded.", remedy="kdsp data add ofsted-inspections FILE")
    standards = _standards(catalogue, opened, schools)
    notes = _notes(schools, opened.policy)
    tables = [
        _table(table, opened, [NEVER_CONVERTED, *notes], PUBLISHED)
        for table in inspection_tables(rows, schools, on, opened.policy)
    ]
    rules = [f"{one.words}, {rule}." for one in standards for rule in one.rules]
    tables.append(_table(caught_table(standards, schools), opened, [_CAUGHT, *rules, _MISSING], FIGURES))
    if kind_of(opened.request.recipient) in OUTSIDE:
        return Contents(tuple(tables))
    return Contents(tuple(tables), (_schools(schools, standards, opened, on), *_cards(schools, opened)))


_CAUGHT = "A school is caught where all of any one rule holds of it. The rules are:"
_MISSING = (
    "Where a figure is missing, or is of fewer than 11 pupils, a school is not said to be caught or not. Standards are "
    "of primary and secondary schools alone."
)


def _standards(catalogue: Catalogue, opened: Opened, schools: Sequence[School]) -> tuple[Caught, ...]:
    figures: dict[str, list[Mapping[str, Any]]] = {}
    for dataset in opened.datasets:
        if dataset.dataset == "school-measures" and dataset.period is not None:
            figures[dataset.period] = catalogue.read(dataset).to_pylist()
    agreed = rows_of(catalogue, opened, "threshold-sets")
    return caught_by(str(opened.parameters["thresholds"]), agreed, figures, schools, opened.period)


def _notes(schools: Sequence[School], policy: DisclosurePolicy) -> list[str]:
    unknown = sum(school.pupils is None for school in schools)
    some = "1 school" if unknown == 1 else f"{unknown} schools"
    return [_ROLL + (f" {_NO_ROLL.format(some=some, small=policy.small_counts)}" if unknown else "")]


def _table(counted: Counted, opened: Opened, notes: Sequence[str], source: str) -> Table:
    kept = [*notes, *filter(None, (words.coverage_of_table(opened),))]
    return counted.as_table(words.scope(opened), kept, source)


def _schools(schools: Sequence[School], standards: Sequence[Caught], opened: Opened, on: date) -> Listing:
    columns = {
        "school": "School", "urn": "URN", "phase": "Phase", "graded": "Graded inspection",
        "overall": "Overall effectiveness", "ungraded": "Inspection without grades", "outcome": "Outcome",
        "report-card": "Report card", "since": "Since the latest full inspection", "concern": "Category of concern",
        **{one.name: one.words for one in standards},
    }  # fmt: skip
    return Listing(
        title="Schools by the alphabet",
        scope=words.scope(opened),
        columns=columns,
        rows=tuple(_row(school, standards, on) for school in schools),
        notes=(_WHEN, _BEFORE, NEVER_CONVERTED),
        name="schools",
        of_pupils=False,
    )


def _row(school: School, standards: Sequence[Caught], on: date) -> tuple[str, ...]:
    before = " (before)" if school.is_of_predecessor else ""
    grade = school.judgements.get(OVERALL)
    if grade is not None and grade not in GRADES:
        grade = "not-judged"
    return (
        school.name,
        school.urn,
        PHASE_GROUPS.get(school.phase, "Other"),
        _day(school, OEIF) + (before if OEIF in school.days else ""),
        _NOTHING if grade is None else in_words(grade) + before,
        _day(school, UNGRADED),
        in_words(school.judgements[UNGRADED_OUTCOME]) if UNGRADED_OUTCOME in school.judgements else _NOTHING,
        _day(school, REPORT_CARD),
        SINCE[school.since(on)],
        CONCERNS[school.concern or "none"] if school.judgements else _NOTHING,
        *(ANSWERS[one.answers[school.urn]] if school.urn in one.answers else "Does not apply" for one in standards),
    )


_NOTHING = "None"


def _day(school: School, framework: str) -> str:
    return words.day(school.days[framework].isoformat()) if framework in school.days else _NOTHING


def _cards(schools: Sequence[School], opened: Opened) -> tuple[Listing, ...]:
    """The report cards of those that have one, area by area."""
    carded = [school for school in schools if REPORT_CARD in school.days]
    areas = [a.name for a in AREAS if a.framework == REPORT_CARD]
    areas = [name for name in areas if any((REPORT_CARD, name) in school.judgements for school in carded)]
    if not carded:
        return ()
    rows = tuple(
        (school.name, _day(school, REPORT_CARD),
         *(in_words(school.judgements.get((REPORT_CARD, name), "not-judged")) for name in areas))
        for school in carded
    )  # fmt: skip
    return (
        Listing(
            title="Report cards by the alphabet",
            scope=words.scope(opened),
            columns={"school": "School", "inspected": "Inspected", **{name: in_words(name) for name in areas}},
            rows=rows,
            notes=(_WHEN,),
            name="cards_by_school",
            of_pupils=False,
        ),
    )
