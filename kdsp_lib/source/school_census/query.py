"""What a school should look at in its return though it may be right: questions to be answered, not faults."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from kdsp_lib.source.pseudonym import is_temporary
from kdsp_lib.source.pupil_return import PupilReturn, Row

_COUNTED = ("C", "M", "S")
_AUTUMN = 9
_OLDEST_ATTENDING = 15
_OF_AGE = {"R", *(str(year) for year in range(1, 12))}


@dataclass(frozen=True, slots=True)
class Query:
    """One question about a row of a table: when it is asked (on the census day), of which element, in which words."""

    table: str
    field: str
    text: str
    asked: Callable[[Row, date], bool]


def _age(born: date, on: date) -> int:
    """At the 31 August before."""
    year = on.year if on.month >= _AUTUMN else on.year - 1
    return year - born.year - (born > date(born.year, 8, 31))


QUERIES = (
    Query("pupils", "UPN", "is temporary: is the permanent one known by now?", lambda r, _: is_temporary(r["upn"])),
    Query(
        "pupils", "DOB", "makes the pupil younger than 2 or older than 19 at the 31 August before: is it right?",
        lambda r, on: not 2 <= _age(r["dob"], on) <= 19,
    ),
    Query(
        "pupils", "PostCode", "is missing: without it the pupil has no area and no deprivation band",
        lambda r, _: r["is_on_roll"] and r["postcode"] is None,
    ),
    Query(
        "census", "Ethnicity", "was not obtained: has the family been asked?", lambda r, _: r["ethnicity"] == "NOBT"
    ),
    Query(
        "census", "Language", "is not classified: has the family been asked?",
        lambda r, _: r["language"] == "unclassified",
    ),
    Query(
        "census", "SENtype", "is no specialist assessment (NSA): has there been one since?",
        lambda r, _: r["sen_type"] == "NSA",
    ),
    Query(
        "attendance", "SessionsPossible", "is 0: had the pupil really no session to attend?",
        lambda r, _: r["possible"] == 0,
    ),
)  # fmt: skip
BEGAN_LATER = "is after the census day: was the pupil on roll then?"
TOO_OLD = "is of a pupil of 16 or over when that school year began: it is returned of those of 4 to 15, and counts here"
NO_SESSIONS = "has no attendance, though the pupil was on roll and of age all the term before"
_FIRST_DAYS: Mapping[int, tuple[int, int]] = {10: (4, 25), 1: (9, 10), 5: (1, 12)}
"""By the census's month: by when a pupil on roll since then was there for the whole term before."""


def queries_of(made: PupilReturn) -> Iterator[tuple[int, str, str]]:
    """Line, element and words of each question about a return."""
    for query in QUERIES:
        for row in made.rows[query.table]:
            if query.asked(row, made.on):
                yield row["line"], query.field, query.text
    born = {row["pupil"]: row["dob"] for row in made.rows["pupils"]}
    years_ago = int(made.on.month >= _AUTUMN)  # an autumn census returns sessions of the summer, a school year before
    for row in made.rows["attendance"]:
        if row["pupil"] in born and _age(born[row["pupil"]], made.on) - years_ago > _OLDEST_ATTENDING:
            yield row["line"], "TermlyAttendance", TOO_OLD
    attending = {row["pupil"] for row in made.rows["attendance"]}
    spells = {row["pupil"]: row for row in made.rows["registrations"]}
    on_roll = {row["pupil"] for row in made.rows["census"]}
    month, day = _FIRST_DAYS.get(made.on.month, (9, 1))
    year = made.on.year - (month > made.on.month)
    for pupil, spell in spells.items():
        if pupil in on_roll and spell["entry_date"] > made.on:
            yield spell["line"], "EntryDate", BEGAN_LATER
        if (
            attending
            and pupil in on_roll
            and pupil not in attending
            and spell["enrol_status"] in _COUNTED
            and spell["ncyear"] in _OF_AGE
            and spell["entry_date"] <= date(year, month, day)
        ):
            yield spell["line"], "Attendance", NO_SESSIONS
