"""What the nation would publish of the made-up establishments: the register's extract, and outcomes of inspections."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from kdsp_lib.source.demo.csv_file import Quoting, csv_bytes
from kdsp_lib.source.national.inspection import AREAS, DAYS, OEIF

Row = Mapping[str, Any]
_PHASES = {"primary": "Primary", "secondary": "Secondary", "nursery": "Nursery"}
_TYPES = {
    "special": ("Community special school", "Special schools"),
    "pru": ("Pupil referral unit", "Local authority maintained schools"),
    "college": ("Further education", "Colleges"),
    "childrens-centre": ("Children's centre", "Children's Centres"),
}
_BEFORE = 5_000
"""How far the URN of a school lies from that of the academy that it became."""
_OUTCOMES = {"remains-good": "School remains Good", "remains-outstanding": "School remains Outstanding"}
_GRADES = {"outstanding": "1", "good": "2", "requires-improvement": "3", "inadequate": "4", "not-applicable": "9"}


def register_extract(schools: Sequence[Row]) -> bytes:
    """The extract of the register: Windows-1252, every value in quotes, dates dd-mm-yyyy."""
    header = (
        "URN", "LA (code)", "LA (name)", "EstablishmentNumber", "EstablishmentName", "TypeOfEstablishment (name)",
        "EstablishmentTypeGroup (name)", "EstablishmentStatus (code)", "EstablishmentStatus (name)", "OpenDate",
        "CloseDate", "PhaseOfEducation (name)", "StatutoryLowAge", "StatutoryHighAge", "Gender (name)",
        "SchoolCapacity", "NumberOfPupils", "Trusts (code)", "Trusts (name)", "UKPRN", "Postcode",
        "AdministrativeWard (name)", "LSOA (code)",
    )  # fmt: skip
    trusts = {name: str(5000 + number) for number, name in enumerate(sorted({s["trust"] for s in schools} - {None}))}
    rows: list[Sequence[Any]] = []
    for school in schools:
        kind, group = _TYPES.get(school["phase"], ("Community school", school["type_group"]))
        if school["trust"] is not None:
            kind = "Academy special converter" if school["phase"] == "special" else "Academy converter"
            group = "Academies"
        rows.append(
            (
                school["urn"], school["laestab"][:3], "Made-up authority", school["laestab"][3:], school["name"], kind,
                group, "1", "Open", school["open_date"].strftime("%d-%m-%Y"), "",
                _PHASES.get(school["phase"], "Not applicable"), school["low_age"], school["high_age"],
                school["gender"].capitalize(), school["capacity"], "", trusts.get(school["trust"] or "", ""),
                school["trust"] or "", "", "ZZ1 1ZZ", school["ward"], "",
            )
        )  # fmt: skip
        if school["trust"] is not None:
            rows.append(_before(school, rows[-1]))
    return _as_published([header, *rows], csv.QUOTE_ALL)


def link_file(schools: Sequence[Row]) -> bytes:
    """The links of the register, either way: an academy and the school that it was before, of the same number."""
    rows = []
    for school in schools:
        if school["trust"] is not None:
            before, name = _urn_before(school), school["name"].replace("Academy", "School")
            since = school["open_date"].strftime("%d-%m-%Y")
            rows.append((school["urn"], before, name, "Predecessor", since))
            rows.append((before, school["urn"], school["name"], "Successor", since))
    header = ("URN", "LinkURN", "LinkName", "LinkType", "LinkEstablishedDate")
    return _as_published([header, *rows], csv.QUOTE_ALL)


def _before(school: Row, row: Sequence[Any]) -> Sequence[Any]:
    """The school that an academy was: closed the day before that one opened."""
    closed = school["open_date"] - timedelta(days=1)
    changed = {
        0: _urn_before(school), 4: school["name"].replace("Academy", "School"), 5: "Community school",
        6: "Local authority maintained schools", 7: "2", 8: "Closed", 9: "", 10: closed.strftime("%d-%m-%Y"),
        17: "", 18: "",
    }  # fmt: skip
    return [changed.get(place, value) for place, value in enumerate(row)]


def _urn_before(school: Row) -> str:
    return str(int(school["urn"]) + _BEFORE)


def inspection_file(schools: Sequence[Row], judgements: Sequence[Row]) -> bytes:
    """Ofsted's monthly file, a school a row: what was not judged by a framework is ``NULL``."""
    header = (
        "URN", "LAESTAB", "School name", "Ofsted phase", "Total number of pupils",
        "Category of concern", *(area.headers[0] for area in AREAS),
        *(headers[0] for headers in DAYS.values()),
        "Does the latest full inspection relate to the URN of the current school?",
    )  # fmt: skip
    named = {school["urn"]: school for school in schools}
    found: dict[str, dict[tuple[str, str], Row]] = {}
    for row in judgements:
        found.setdefault(row["urn"], {})[row["framework"], row["area"]] = row
    rows = []
    for urn, judged in found.items():
        school, one = named[urn], next(iter(judged.values()))
        words = [_in_words(judged.get((area.framework, area.name))) for area in AREAS]
        days = {framework: row["inspected_on"] for (framework, _), row in judged.items()}
        rows.append(
            (
                urn, school["laestab"], school["name"], school["phase"].capitalize(), one["pupils"],
                one["concern"] or "NULL", *words,
                *(_day(day) if (day := days.get(framework)) else "NULL" for framework in DAYS),
                {True: "Yes", False: "No", None: "NULL"}[one["relates_to_current_urn"]],
            )
        )  # fmt: skip
    return _as_published([header, *rows], csv.QUOTE_MINIMAL)


def _in_words(row: Row | None) -> str:
    """A judgement as the file has it: OEIF grades by number, the others in words."""
    if row is None:
        return "NULL"
    judgement: str = row["judgement"]
    if row["framework"] == OEIF:
        return _GRADES.get(judgement, "Not judged")
    return _OUTCOMES.get(judgement, judgement.replace("-", " ").capitalize())


def _day(day: date) -> str:
    return day.strftime("%d/%m/%Y")


def _as_published(rows: Iterable[Iterable[object]], quoting: Quoting) -> bytes:
    return csv_bytes(rows, ends="\r\n", quoting=quoting, encoding="cp1252")
