"""Schools by what inspections found of them: each regime by itself, a predecessor's inspection told from its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from kdsp_lib.analyse.all_through import ALL_THROUGH, PHASES_OF, SECONDARY
from kdsp_lib.analyse.measures.inspection import NOT_INSPECTED

OEIF, UNGRADED, REPORT_CARD, BEFORE_OEIF, NONE = "oeif", "oeif-ungraded", "report-card", "pre-2019", "none"
FULL = (REPORT_CARD, OEIF, BEFORE_OEIF)
"""The frameworks of full inspections, the newest first."""
OVERALL, UNGRADED_OUTCOME = (OEIF, "overall-effectiveness"), (UNGRADED, "overall-outcome")
GRADES = ("outstanding", "good", "requires-improvement", "inadequate")
GOOD_OR_BETTER = GRADES[:2]
NO_GRADE, PREDECESSOR = "no-grade", "predecessor"
PHASE_GROUPS: Mapping[str, str] = {"primary": "Primary", "secondary": "Secondary"}
OTHER = "other"
"""Nursery, special and alternative provision together: there are few of each."""
YEARS = 4
"""Time since an inspection is told apart year by year up to so many."""


@dataclass(frozen=True, slots=True)
class School:
    """One school, as the file of inspections has it."""

    urn: str
    name: str
    phase: str
    """``primary``, ``secondary`` (an all-through one too, as Ofsted has it) or ``other``."""
    standards: tuple[str, ...]
    """The phases whose standards it is held to: none, or one, or of an all-through school both."""
    pupils: int | None
    """On roll, as published with the inspections; None where that is not given or is a small count."""
    judgements: Mapping[tuple[str, str], str]
    days: Mapping[str, date]
    """The day of the latest inspection of each framework."""
    concern: str | None
    is_of_predecessor: bool
    """Whether its latest full inspection was of a school before it."""

    @property
    def grade(self) -> str:
        """Its overall effectiveness under the framework that had one."""
        given = self.judgements.get(OVERALL, NO_GRADE)
        return given if given in (*GRADES, "not-judged") else NO_GRADE

    @property
    def last_full(self) -> date | None:
        """The day of its latest full inspection, graded or with a report card."""
        return max((self.days[each] for each in FULL if each in self.days), default=None)

    def since(self, on: date) -> str:
        """How long ago its latest full inspection was: whole years, or why that is not to be said."""
        day = self.last_full
        if day is None:
            return NOT_INSPECTED
        if self.is_of_predecessor:
            return PREDECESSOR
        years = on.year - day.year - ((on.month, on.day) < (day.month, day.day))
        return f"years-{min(years, YEARS)}"


def known_on(rows: Iterable[Mapping[str, Any]], on: date) -> list[Mapping[str, Any]]:
    """The judgements of inspections until a day."""
    return [row for row in rows if row["inspected_on"] is None or row["inspected_on"] <= on]


def schools_of(
    rows: Iterable[Mapping[str, Any]],
    establishments: Iterable[Mapping[str, Any]],
    names: Mapping[str, str],
    threshold: int,
) -> list[School]:
    """The schools of ``names`` (by URN) that inspections are about, by the alphabet.

    ``threshold``: the smallest number of pupils on roll that is told of.
    """
    phases = {row["urn"]: str(row["phase"]) for row in establishments}
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        if row["urn"] in names:
            found.setdefault(str(row["urn"]), []).append(row)
    schools = [_school(urn, names[urn], phases.get(urn, ""), each, threshold) for urn, each in found.items()]
    return sorted(schools, key=lambda school: (school.name.casefold(), school.urn))


def _school(urn: str, name: str, phase: str, rows: list[Mapping[str, Any]], threshold: int) -> School:
    pupils = next((int(row["pupils"]) for row in rows if row["pupils"] is not None), None)
    inspected = [row for row in rows if row["framework"] != NONE]
    days: dict[str, date] = {}
    for row in inspected:
        if row["inspected_on"] is not None:
            days[row["framework"]] = max(row["inspected_on"], days.get(row["framework"], date.min))
    return School(
        urn=urn,
        name=name,
        phase=phase if phase in PHASE_GROUPS else SECONDARY if phase == ALL_THROUGH else OTHER,
        standards=tuple(each for each in PHASES_OF.get(phase, (phase,)) if each in PHASE_GROUPS),
        pupils=None if pupils is None or 0 < pupils < threshold else pupils,
        judgements={(row["framework"], row["area"]): str(row["judgement"]) for row in inspected},
        days=days,
        concern=next((str(row["concern"]) for row in inspected if row["concern"]), None),
        is_of_predecessor=_is_of_predecessor(inspected, days),
    )


def _is_of_predecessor(rows: list[Mapping[str, Any]], days: Mapping[str, date]) -> bool:
    """The latest full inspection's own word; a report card is newer than any grade."""
    full = next((framework for framework in FULL if framework in days), OEIF)
    return any(row["framework"] == full and row["relates_to_current_urn"] is False for row in rows)
