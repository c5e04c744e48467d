"""What the nation would publish of the made-up establishments: the register's extract, and outcomes of inspections."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from kdsp_lib.source.demo.dice import Dice

Row = Mapping[str, Any]
_PHASES = {"primary": "Primary", "secondary": "Secondary", "nursery": "Nursery"}
_TYPES = {
    "special": ("Community special school", "Special schools"),
    "pru": ("Pupil referral unit", "Local authority maintained schools"),
    "college": ("Further education", "Colleges"),
    "childrens-centre": ("Children's centre", "Children's Centres"),
}
_GRADES = ("1", "2", "3", "4")
_CARD = ("Exceptional", "Strong standard", "Expected standard", "Needs attention", "Urgent improvement")
_CARD_AREAS = (
    "Inclusion", "Curriculum and teaching", "Achievement", "Attendance and behaviour",
    "Personal development and wellbeing", "Leadership and governance",
)  # fmt: skip
_OEIF_AREAS = (
    "Latest OEIF overall effectiveness", "Latest OEIF quality of education", "Latest OEIF behaviour and attitudes",
    "Latest OEIF personal development", "Latest OEIF effectiveness of leadership and management",
)  # fmt: skip
_REPORT_CARDS_FROM = date(2025, 11, 10)


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
    rows = []
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
    return _written(header, rows, csv.QUOTE_ALL)


def inspection_file(schools: Sequence[Row], seed: int) -> bytes:
    """Ofsted's monthly file: report cards for the latest, grades before, outcomes without grades between."""
    dice = Dice(seed, 0, 30)
    header = (
        "URN", "LAESTAB", "School name", "Ofsted phase", "Inspection start date", "Category of concern",
        "Safeguarding standards", *_CARD_AREAS, *_OEIF_AREAS, "Inspection start date of latest OEIF graded inspection",
        "Ungraded inspection overall outcome", "Date of latest ungraded inspection",
        "Does the latest full inspection relate to the URN of the current school?",
    )  # fmt: skip
    inspected = [school for school in schools if school["phase"] not in ("college", "childrens-centre")]
    rows = []
    for school in inspected:
        regime, ago = int(dice.below(4, 1)[0]), int(dice.below(900, 1)[0])
        card = ["NULL"] * (2 + len(_CARD_AREAS))
        if regime == 0:
            grades = [_CARD[place] for place in dice.pick((4, 25, 55, 14, 2), len(_CARD_AREAS)).tolist()]
            card = [_day(_REPORT_CARDS_FROM + timedelta(days=ago % 200)), "Met", *grades]
        oeif = [_GRADES[place] for place in dice.pick((12, 68, 16, 4), len(_OEIF_AREAS)).tolist()]
        when = date(2022, 9, 6) + timedelta(days=ago)
        if when >= date(2024, 9, 2):
            oeif[0] = "Not judged"
        graded = [*oeif, _day(when)]
        if regime == 3:
            graded = ["NULL"] * (len(_OEIF_AREAS) + 1)
        ungraded = ["School remains Good", _day(date(2024, 1, 9) + timedelta(days=ago % 200))]
        rows.append(
            (
                school["urn"], school["laestab"], school["name"], school["phase"].capitalize(), card[0], "NULL",
                *card[1:], *graded, *(ungraded if regime == 1 else ("NULL", "NULL")),
                "No" if school["trust"] and regime == 2 else "Yes",
            )
        )  # fmt: skip
    return _written(header, rows, csv.QUOTE_MINIMAL)


def _day(day: date) -> str:
    return day.strftime("%d/%m/%Y")


def _written(header: Sequence[str], rows: Sequence[Sequence[Any]], quoting: Any) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, quoting=quoting, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode("cp1252")
