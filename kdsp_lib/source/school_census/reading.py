"""One School Census return, read pupil by pupil into rows. Every fault is gathered with its line; no value is repeated.

A row that could not be read whole is left out of what is handed on: its faults are in the file's list.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from kdsp_lib.source.contract import CONTRACTS, EXCLUSION_REASONS
from kdsp_lib.source.period import term_before, year_of
from kdsp_lib.source.pseudonym import upn_fault
from kdsp_lib.source.school_census import code
from kdsp_lib.source.school_census.ethnicity import MAIN_CODE
from kdsp_lib.source.school_census.field import (
    ANNUAL_ATTENDANCE,
    EXCLUDED_SESSIONS,
    EXCLUSIONS,
    HEADER,
    IN_HEADER,
    IN_PUPIL,
    MEALS,
    NEEDS,
    NO_LONGER,
    ON_ROLL,
    REASON_PATHS,
    TERMLY_ATTENDANCE,
    tag_of,
)
from kdsp_lib.source.school_census.meals import Spell, is_eligible, was_eligible
from kdsp_lib.source.xml_reading import Element, XmlFile, records

TABLES = ("pupils", "registrations", "census", "attendance", "suspensions")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
LONGEST = 200
"""Of a name."""
_WHOLE = re.compile(r"\d{1,4}", re.ASCII)

Row = dict[str, Any]


@dataclass(slots=True)
class CensusReturn:
    """What one school returned: its rows by table, each with ``line`` and ``pupil``, a number within the file."""

    file: XmlFile
    laestab: str = ""
    period: str = ""
    on: date = date.min
    rows: dict[str, list[Row]] = field(default_factory=lambda: {table: [] for table in TABLES})
    seen: Counter[str] = field(default_factory=Counter)
    """How many pupils are on each list, and what else was met."""


def read_return(path: Path) -> CensusReturn:
    """The return in a file, with all its faults; :class:`~kdsp_lib.errors.BadSource` where it is no file to read."""
    made = CensusReturn(XmlFile(path.name))
    for record in records(path, (HEADER, ON_ROLL, NO_LONGER), made.file):
        if record.name == HEADER:
            _read_header(record, made)
        elif not made.period:
            if not made.file.found:
                made.file.fault(f"has pupils before its {HEADER}", record.line)
            return made
        else:
            _PupilReader(record, made).read()
    if not made.file.found and not made.period:
        made.file.fault(f"has no {HEADER}: is it a School Census return?")
    elif not made.file.found and not made.seen:
        made.file.fault(f"has no pupil: neither {ON_ROLL} nor {NO_LONGER}")
    return made


def _read_header(record: Element, made: CensusReturn) -> None:
    said = {column: record.said(*paths) for column, paths in IN_HEADER.items()}
    faults = {
        "collection": "" if said["collection"] == "SC" else "must be SC: this is no School Census return",
        "term": "" if said["term"] in code.TERMS else f"must be one of {', '.join(code.TERMS)}",
        "on": "" if _day(said["on"]) else "must be the census day, such as 2026-01-15",
        "la": "" if re.fullmatch(r"[0-9]{3}", said["la"]) else "must be an authority's number of three digits",
        "estab": "" if re.fullmatch(r"[0-9]{4}", said["estab"]) else "must be a school's number of four digits",
    }
    for column, text in faults.items():
        if text:
            place = record.first(*IN_HEADER[column]) or record
            made.file.fault(text, place.line, tag_of(column))
    on = _day(said["on"])
    if any(faults.values()) or on is None:
        return
    made.laestab, made.on = said["la"] + said["estab"], on
    made.period = f"{year_of(on)}-{code.TERMS[said['term']]}"


class _PupilReader:
    """Reads one pupil of one list."""

    def __init__(self, record: Element, made: CensusReturn) -> None:
        self.record, self.made = record, made
        self.is_on_roll = record.name == ON_ROLL
        made.seen[record.name] += 1
        self.number = made.seen[ON_ROLL] + made.seen[NO_LONGER]
        self.is_whole = True

    def read(self) -> None:
        identity = self._row(
            upn=self._upn(),
            former_upns=self._former_upns(),
            surname=self._text("surname"),
            forename=self._text("forename", needed=False),
            dob=self._date("dob"),
            sex=self._coded("sex", {"F": "F", "M": "M", "1": "M", "2": "F"}),
            postcode=self._text("postcode", needed=False),
            is_on_roll=self.is_on_roll,
        )
        status: dict[str, Any] = {
            "enrol_status": self._coded("enrol_status", _own_codes("registrations", "enrol_status")),
            "ncyear": self._coded("ncyear", {**_own_codes("registrations", "ncyear"), code.NOT_BY_YEAR: None}),
        }
        identity["enrol_status"] = status["enrol_status"]
        entry = self._date("entry_date")
        leave = self._leaving_date(entry)
        census = self._census(status) if self.is_on_roll else None
        if not self.is_whole:
            return
        self._keep("pupils", identity)
        self._keep("registrations", self._row(entry_date=entry, leave_date=leave, **status))
        if census is not None:
            self._keep("census", census)
        self._read_attendance()
        self._read_exclusions()

    # The parts of a pupil

    def _upn(self) -> str | None:
        upn = self._text("upn")
        if upn is not None and (fault := upn_fault(upn)) is not None:
            self._fault("upn", fault)
        return upn

    def _former_upns(self) -> tuple[str, ...]:
        found = list(self.record.all(IN_PUPIL["former_upn"][0]))
        for each in found:
            if (fault := upn_fault(each.text.strip())) is not None:
                self.made.file.fault(fault, each.line, tag_of("former_upn"))
                self.is_whole = False
        return tuple(each.text.strip() for each in found)

    def _leaving_date(self, entry: date | None) -> date | None:
        if not self.is_on_roll:
            leave = self._date("leave_date")
            if leave is not None and entry is not None and leave < entry:
                self._fault("leave_date", f"must not be before {tag_of('entry_date')}")
            return leave
        if self.record.said(*IN_PUPIL["leave_date"]):
            self._fault("leave_date", f"must be empty on the list of {ON_ROLL}")
        return None

    def _census(self, status: Mapping[str, Any]) -> Row:
        spells = self._spells()
        provision = self._coded("sen_provision", code.SEN_PROVISION)
        fsm = is_eligible(spells, self.made.on)
        ethnicity = self._coded("ethnicity", MAIN_CODE, "a code of ethnic background such as WBRI or WCOR")
        if self.record.said(*IN_PUPIL["ethnicity"]) not in ("", ethnicity):
            self.made.seen["rolled up"] += 1
        language = code.language_of(self.record.said(*IN_PUPIL["language"]))
        if language is None:
            self._fault("language", "must be a code of first language such as ENG or POL")
        return self._row(
            **status,
            ethnicity=ethnicity,
            language=language,
            fsm=fsm,
            fsm_basis="unknown" if fsm else None,
            fsm6=was_eligible(spells, self.made.on),
            sen_provision=provision,
            sen_type=self._need() if provision in ("K", "E") else None,
            lac=None,
            young_carer=self._coded("young_carer", code.YOUNG_CARER),
            service_child=self._coded("service_child", code.YES_NO_UNKNOWN),
        )

    def _spells(self) -> list[Spell]:
        """The spells of free school meals, in England."""
        spells: list[Spell] = []
        for path in MEALS:
            for eligibility in self.record.all(path):
                held = list(eligibility.all("FSMperiod")) or [eligibility]
                for each in held:
                    first = self._date_at(each, "FSMstartDate", needed=True)
                    last = self._date_at(each, "FSMendDate", needed=False)
                    if first is not None and last is not None and last < first:
                        self._fault_at(each, "FSMendDate", "must not be before FSMstartDate")
                    if first is not None and each.said("UKcountry") in ("", "ENG"):
                        spells.append((first, last))
        return spells

    def _need(self) -> str | None:
        """The primary need: that of the first rank."""
        needs = sorted(self.record.all(NEEDS), key=lambda need: need.said("SENtypeRank") or "9")
        if not needs:
            self._fault("sen_provision", "has no SENtype: a pupil with support or a plan has a need")
            return None
        known = _own_codes("census", "sen_type")
        text = needs[0].said("SENtype")
        if text not in known:
            self._fault_at(needs[0], "SENtype", f"must be one of {', '.join(known)}")
        return known.get(text)

    def _read_attendance(self) -> None:
        """The term before the census's: sessions by reason, or in sums."""
        self.made.seen["annual"] += self.record.first(ANNUAL_ATTENDANCE) is not None
        for path in TERMLY_ATTENDANCE:
            for attendance in self.record.all(path):
                year = term_before(self.made.period).partition("-")[0]
                possible = self._whole_at(attendance, "SessionsPossible")
                sums = self._by_reason(attendance, year)
                for tag, kind in (("SessionsAuthorised", code.AUTHORISED), ("SessionsUnauthorised", code.UNAUTHORISED)):
                    if attendance.first(tag) is not None:
                        total = self._whole_at(attendance, tag)
                        if sums and total is not None and total != sums[kind]:
                            self._fault_at(attendance, tag, "must be the sum of the sessions of its reasons")
                        sums[kind] = total or 0
                if not self.is_whole:
                    return
                self.made.seen["late"] += sums[code.LATE]
                self._keep(
                    "attendance",
                    self._row(
                        line=attendance.line,
                        possible=possible,
                        authorised=sums[code.AUTHORISED],
                        unauthorised=sums[code.UNAUTHORISED],
                        late=sums[code.LATE],
                    ),
                )

    def _by_reason(self, attendance: Element, year: str) -> Counter[str]:
        sums: Counter[str] = Counter()
        for detail in attendance.all("SessionDetails/SessionDetail"):
            kind = code.sessions_of(detail.said("AttendanceReason"), year)
            if kind is None:
                self._fault_at(detail, "AttendanceReason", f"must be an attendance code of {year}")
            sessions = self._whole_at(detail, "AbsenceSessions")
            if kind is not None and sessions is not None:
                sums[kind] += sessions
        return sums

    def _read_exclusions(self) -> None:
        """Of two terms before the census's."""
        for exclusion in self.record.all(EXCLUSIONS):
            category = exclusion.said("Category")
            if category not in code.CATEGORIES:
                self._fault_at(exclusion, "Category", f"must be one of {', '.join(code.CATEGORIES)}")
            reasons = [found.text.strip() for path in REASON_PATHS for found in exclusion.all(path)]
            if not 1 <= len(reasons) <= 3 or any(reason not in EXCLUSION_REASONS for reason in reasons):
                self._fault_at(exclusion, "Reason", f"must be one to three of {', '.join(EXCLUSION_REASONS)}")
            start = self._date_at(exclusion, "StartDate", needed=True)
            tag = next((tag for tag in EXCLUDED_SESSIONS if exclusion.first(tag) is not None), EXCLUDED_SESSIONS[0])
            sessions = self._whole_at(exclusion, tag) if category != "PERM" else None
            if self.is_whole:
                self._keep(
                    "suspensions",
                    self._row(
                        line=exclusion.line,
                        category=code.CATEGORIES[category],
                        start_date=start,
                        sessions=sessions,
                        **dict(zip(("reason_1", "reason_2", "reason_3"), [*reasons, None, None], strict=False)),
                    ),
                )

    # Single values

    def _row(self, *, line: int = 0, **values: Any) -> Row:
        return {"line": line or self.record.line, "pupil": self.number, **values}

    def _keep(self, table: str, row: Row) -> None:
        self.made.rows[table].append(row)

    def _text(self, column: str, *, needed: bool = True) -> str | None:
        text = self.record.said(*IN_PUPIL[column])
        if not text and needed:
            self._fault(column, "is missing or empty")
        if len(text) > LONGEST:
            self._fault(column, f"is longer than {LONGEST} characters")
        return text or None

    def _coded(self, column: str, codes: Mapping[str, Any], expected: str = "") -> Any:
        text = self.record.said(*IN_PUPIL[column])
        if text not in codes:
            known = expected or f"one of {', '.join(name for name in codes if name)}"
            self._fault(column, f"must be {known}" if text else f"is missing or empty; it must be {known}")
            return None
        return codes[text]

    def _date(self, column: str) -> date | None:
        found = _day(self.record.said(*IN_PUPIL[column]))
        if found is None:
            self._fault(column, "must be a date such as 2026-01-15")
        return found

    def _date_at(self, element: Element, tag: str, *, needed: bool) -> date | None:
        text = element.said(tag)
        found = _day(text)
        if found is None and (needed or text):
            self._fault_at(element, tag, "must be a date such as 2026-01-15")
        return found

    def _whole_at(self, element: Element, tag: str) -> int | None:
        text = element.said(tag)
        if _WHOLE.fullmatch(text):
            return int(text)
        self._fault_at(element, tag, "must be a whole number from 0 to 9999")
        return None

    def _fault(self, column: str, text: str) -> None:
        place = self.record.first(*IN_PUPIL[column]) or self.record
        self.made.file.fault(text, place.line, tag_of(column))
        self.is_whole = False

    def _fault_at(self, element: Element, tag: str, text: str) -> None:
        place = element.first(tag) or element
        self.made.file.fault(text, place.line, tag)
        self.is_whole = False


def _own_codes(table: str, column: str) -> dict[str, str]:
    return {each: each for each in CONTRACTS[table].column(column).codes}


def _day(text: str) -> date | None:
    if not _DAY.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
