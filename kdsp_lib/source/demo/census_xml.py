"""The made-up authority's School Census returns: one XML file a school and term, as a school's own system writes it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from kdsp_lib.source.demo.enrolment import TERMS
from kdsp_lib.source.period import term_before
from kdsp_lib.source.xml_writing import fields, nest

YEAR = "2025/26"
_FIRST_BEFORE = date(2025, 4, 21).toordinal()
"""The first day of the summer term before the made-up year."""
NOT_POSSIBLE = ("D",)
"""Codes of sessions that are not possible, of which no return speaks."""
_LANGUAGES = {"english": "ENG", "eal": "OTH", "unclassified": "NOT"}
_EVER = (date(2022, 9, 5), date(2023, 7, 21))
"""When pupils who were eligible in the last six years, and are no longer, were."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Term:
    """What there is to be said of pupils in one census: rows by pupil, or by pupil and school."""

    day: date
    pupils: Mapping[str, Row]
    former: Mapping[str, list[Row]]
    census: Mapping[tuple[str, str], Row]
    sessions: Mapping[tuple[str, str], Row]
    codes: Mapping[tuple[str, str], list[Row]]
    excluded: Mapping[tuple[str, str], list[Row]]


def returns_of(read: Callable[[str, str | None], list[Row]]) -> Iterator[tuple[str, str, str]]:
    """Each return: its term, its school's LAESTAB, its text. ``read`` gives the rows of a data set and period."""
    schools = read("establishments", None)
    pupils = {row["pupil_key"]: row for row in read("pupils", None)}
    registrations = by(("urn",), read("registrations", None))
    former = by(("pupil_key",), read("former-upns", None))
    for number, term in enumerate(TERMS):
        period = f"{YEAR}-{term.name}"
        census = read("census", period)
        sessions = read("attendance", term_before(period)) if number > 0 else []
        coded = read("attendance-reasons", term_before(period)) if number > 0 else []
        excluded = read("suspensions", term_before(period, 2)) if number > 1 else []
        said = _Term(
            date.fromordinal(term.census), pupils, former,
            {(row["pupil_key"], row["urn"]): row for row in census},
            {(row["pupil_key"], row["urn"]): row for row in sessions},
            by(("pupil_key", "urn"), [row for row in coded if row["code"] not in NOT_POSSIBLE]),
            by(("pupil_key", "urn"), excluded),
        )  # fmt: skip
        before = TERMS[number - 1].first if number else _FIRST_BEFORE
        for school in schools:
            listed = registrations.get(school["urn"], [])
            on_roll = [row for row in listed if _is_on_roll(row, term.census)]
            gone = [
                row
                for row in listed
                if _left(row, before, term.census)
                or ((row["pupil_key"], row["urn"]) in said.excluded and _left(row, 0, term.census))
            ]
            if on_roll or gone:
                parts = [
                    _head(school, period, said.day),
                    *(_pupil(row, said, is_on_roll=True) for row in on_roll),
                    " </PupilsOnRoll>\n <PupilsNoLongerOnRoll>\n",
                    *(_pupil(row, said, is_on_roll=False) for row in gone),
                    " </PupilsNoLongerOnRoll>\n</Pupils>\n</Message>\n",
                ]
                yield period, school["laestab"], "".join(parts)


def by(columns: tuple[str, ...], rows: Iterable[Row]) -> Mapping[Any, list[Row]]:
    """The rows by what they say in a column, or in several."""
    found: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[columns[0]] if len(columns) == 1 else tuple(row[name] for name in columns)].append(row)
    return found


def _is_on_roll(row: Row, day: int) -> bool:
    left = row["leave_date"]
    return bool(row["entry_date"].toordinal() <= day and (left is None or left.toordinal() > day))


def _left(row: Row, before: int, day: int) -> bool:
    left = row["leave_date"]
    return left is not None and before < left.toordinal() <= day


def _head(school: Row, period: str, day: date) -> str:
    term = {"autumn": "AUT", "spring": "SPR", "summer": "SUM"}[period.partition("-")[2]]
    collection = nest(
        "CollectionDetails",
        Collection="SC", Term=term, Year=str(day.year), ReferenceDate=day.isoformat(),
    )  # fmt: skip
    origin = nest("Source", SourceLevel="L", LEA=school["laestab"][:3], Estab=school["laestab"][3:])
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<Message>\n'
        f"<Header>{collection}{origin}</Header>\n<Pupils>\n <PupilsOnRoll>\n"
    )


def _pupil(row: Row, said: _Term, *, is_on_roll: bool) -> str:
    pupil, place = said.pupils[row["pupil_key"]], (row["pupil_key"], row["urn"])
    former = "".join(fields(FormerUPN=each["upn"]) for each in said.former.get(row["pupil_key"], ()))
    own = fields(
        Surname=pupil["surname"], Forename=pupil["forename"], Sex=pupil["sex"], DOB=pupil["dob"].isoformat()
    )  # fmt: skip
    parts = [f"<PupilIdentifiers>{fields(UPN=pupil['upn'])}{former}{own}</PupilIdentifiers>"]
    if is_on_roll:
        parts.append(_characteristics(said.census[place], said.day))
    parts.append(
        nest(
            "PupilStatus",
            EnrolStatus=row["enrol_status"],
            EntryDate=row["entry_date"].isoformat(),
            LeavingDate="" if is_on_roll else row["leave_date"].isoformat(),
            NCyearActual=row["ncyear"],
        )
    )
    if is_on_roll:
        parts.append(_needs(said.census[place]))
    if pupil["postcode"]:
        parts.append(f"<HomeInformation>{nest('Address', PostCode=pupil['postcode'])}</HomeInformation>")
    if place in said.excluded:
        parts.append(f"<Exclusions>{''.join(map(_exclusion, said.excluded[place]))}</Exclusions>")
    if place in said.sessions:
        parts.append(f"<Attendance>{_attendance(said.sessions[place], said.codes.get(place, ()))}</Attendance>")
    tag = "PupilOnRoll" if is_on_roll else "PupilNoLongerOnRoll"
    return f"  <{tag}>\n   " + "\n   ".join(parts) + f"\n  </{tag}>\n"


def _exclusion(row: Row) -> str:
    reasons = "".join(fields(Reason=row[f"reason_{n}"]) for n in (1, 2, 3))
    sessions = "" if row["sessions"] is None else fields(ActualNumberOfSessions=str(row["sessions"]))
    when = fields(StartDate=row["start_date"].isoformat())
    return f"<TermlyExclusion>{fields(Category=row['category'])}{reasons}{when}{sessions}</TermlyExclusion>"


def _characteristics(row: Row, day: date) -> str:
    meals = ""
    if row["fsm"]:
        meals = nest("FSMeligibility", FSMstartDate=date(day.year - 1, 9, 1).isoformat(), UKcountry="ENG")
    elif row["fsm6"]:
        first, last = _EVER
        meals = nest(
            "FSMeligibility", FSMstartDate=first.isoformat(), FSMendDate=last.isoformat(), UKcountry="ENG"
        )  # fmt: skip
    said = fields(
        Ethnicity=row["ethnicity"], Language=_LANGUAGES[row["language"]],
        ServiceChild="Y" if row["service_child"] else "N", YoungCarer="P" if row["young_carer"] else "N",
    )  # fmt: skip
    return f"<PupilCharacteristics>{said}{meals}</PupilCharacteristics>"


def _needs(row: Row) -> str:
    need = ""
    if row["sen_type"]:
        need = f"<SENneeds>{nest('SENneed', SENtypeRank='1', SENtype=row['sen_type'])}</SENneeds>"
    provision = fields(SENprovision=row["sen_provision"])
    return f"<SpecialEducationalNeeds>{provision}{need}</SpecialEducationalNeeds>"


def _attendance(row: Row, codes: Iterable[Row]) -> str:
    """Absence by reason, and late arrivals."""
    details = "".join(
        nest("SessionDetail", AttendanceReason=each["code"], AbsenceSessions=str(each["sessions"])) for each in codes
    )
    possible = fields(SessionsPossible=str(row["possible"]))
    return f"<TermlyAttendance>{possible}<SessionDetails>{details}</SessionDetails></TermlyAttendance>"
