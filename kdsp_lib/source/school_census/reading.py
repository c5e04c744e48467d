"""One School Census return, read pupil by pupil into rows. Every fault is gathered with its line; no value is repeated.

A row that could not be read whole is left out of what is handed on: its faults are in the file's list.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from kdsp_lib.protocol.vocabulary import read_day
from kdsp_lib.source.contract import EXCLUSION_REASONS
from kdsp_lib.source.period import is_period, term_before, year_of
from kdsp_lib.source.pupil_file import PupilFields, read_pupils
from kdsp_lib.source.pupil_return import PupilReturn, Row
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
from kdsp_lib.source.xml_fields import own_codes
from kdsp_lib.source.xml_reading import Record, all_at, first_at, said_at, text_of

_PUPILS = (ON_ROLL, NO_LONGER)
_YEARS: Mapping[str, str | None] = {**own_codes("registrations", "ncyear"), code.NOT_BY_YEAR: None}


def read_return(path: Path) -> PupilReturn:
    """The return in a file, with all its faults; :class:`~kdsp_lib.errors.BadSource` where it is no file to read."""
    return read_pupils(path, "School Census return", HEADER, _PUPILS, _read_header, _read_pupil, "census")


def _read_header(record: Record, made: PupilReturn) -> None:
    said = {column: record.said(*paths) for column, paths in IN_HEADER.items()}
    on = read_day(said["on"])
    faults = {
        "collection": "" if said["collection"] == "SC" else "must be SC: this is no School Census return",
        "term": "" if said["term"] in code.TERMS else f"must be one of {', '.join(code.TERMS)}",
        "on": "" if on and is_period(year_of(on)) else "must be the census day, such as 2026-01-15",
        "la": "" if re.fullmatch(r"[0-9]{3}", said["la"]) else "must be an authority's number of three digits",
        "estab": "" if re.fullmatch(r"[0-9]{4}", said["estab"]) else "must be a school's number of four digits",
    }
    for column, text in faults.items():
        if text:
            place = record.first(*IN_HEADER[column])
            line = record.line if place is None else record.line_of(place)
            made.file.fault(text, line, tag_of(column))
    if any(faults.values()) or on is None:
        return
    made.laestab, made.on = said["la"] + said["estab"], on
    made.period = f"{year_of(on)}-{code.TERMS[said['term']]}"


def _read_pupil(record: Record, made: PupilReturn) -> None:
    _PupilReader(record, made, IN_PUPIL, _PUPILS).read()


class _PupilReader(PupilFields):
    """Reads one pupil of one list."""

    @property
    def is_on_roll(self) -> bool:
        return self.record.name == ON_ROLL

    def read(self) -> None:
        identity = {**self.identity(), "is_on_roll": self.is_on_roll}
        status: dict[str, Any] = {
            "enrol_status": self.coded("enrol_status", own_codes("registrations", "enrol_status")),
            "ncyear": self.coded("ncyear", _YEARS),
        }
        identity["enrol_status"] = status["enrol_status"]
        entry = self.day("entry_date")
        leave = self._leaving_date(entry)
        census = self._census(status) if self.is_on_roll else None
        if not self.is_whole:
            return
        self._keep("pupils", identity)
        self._keep("registrations", self.row(entry_date=entry, leave_date=leave, **status))
        if census is not None:
            self._keep("census", census)
        self._read_attendance()
        self._read_exclusions()

    # The parts of a pupil

    def _leaving_date(self, entry: date | None) -> date | None:
        if not self.is_on_roll:
            leave = self.day("leave_date")
            if leave is not None and entry is not None and leave < entry:
                self.fault("leave_date", f"must not be before {tag_of('entry_date')}")
            return leave
        if self.said("leave_date"):
            self.fault("leave_date", f"must be empty on the list of {ON_ROLL}")
        return None

    def _census(self, status: Mapping[str, Any]) -> Row:
        spells = self._spells()
        provision = self.coded("sen_provision", code.SEN_PROVISION)
        fsm = is_eligible(spells, self.made.on)
        ethnicity = self.coded("ethnicity", MAIN_CODE, "a code of ethnic background such as WBRI or WCOR")
        if self.said("ethnicity") not in ("", ethnicity):
            self.made.seen["rolled up"] += 1
        language = code.language_of(self.said("language"))
        if language is None:
            self.fault("language", "must be a code of first language such as ENG or POL")
        return self.row(
            **status,
            ethnicity=ethnicity,
            language=language,
            fsm=fsm,
            fsm_basis="unknown" if fsm else None,
            fsm6=was_eligible(spells, self.made.on),
            sen_provision=provision,
            sen_type=self._need() if provision in ("K", "E") else None,
            lac=None,
            young_carer=self.coded("young_carer", code.YOUNG_CARER),
            service_child=self.coded("service_child", code.YES_NO_UNKNOWN),
        )

    def _spells(self) -> list[Spell]:
        """The spells of free school meals, in England."""
        spells: list[Spell] = []
        for path in MEALS:
            for eligibility in self.record.all(path):
                held = list(all_at(eligibility, "FSMperiod")) or [eligibility]
                for each in held:
                    first = self.day_at(each, "FSMstartDate", needed=True)
                    last = self.day_at(each, "FSMendDate", needed=False)
                    if first is not None and last is not None and last < first:
                        self.fault_at(each, "FSMendDate", "must not be before FSMstartDate")
                    if first is not None and said_at(each, "UKcountry") in ("", "ENG"):
                        spells.append((first, last))
        return spells

    def _need(self) -> str | None:
        """The primary need: that of the first rank."""
        needs = sorted(self.record.all(NEEDS), key=lambda need: said_at(need, "SENtypeRank") or "9")
        if not needs:
            self.fault("sen_provision", "has no SENtype: a pupil with support or a plan has a need")
            return None
        known = own_codes("census", "sen_type")
        text = said_at(needs[0], "SENtype")
        if text not in known:
            self.fault_at(needs[0], "SENtype", f"must be one of {', '.join(known)}")
        return known.get(text)

    def _read_attendance(self) -> None:
        """The term before the census's: sessions by reason, or in sums."""
        if self.record.first(ANNUAL_ATTENDANCE) is not None:
            self.made.seen["annual"] += 1
        year = term_before(self.made.period).partition("-")[0]
        rows = []
        for path in TERMLY_ATTENDANCE:
            for attendance in self.record.all(path):
                possible = self.whole_at(attendance, "SessionsPossible")
                sums = self._by_reason(attendance, year)
                for tag, kind in (("SessionsAuthorised", code.AUTHORISED), ("SessionsUnauthorised", code.UNAUTHORISED)):
                    if first_at(attendance, tag) is not None:
                        total = self.whole_at(attendance, tag)
                        if sums and total is not None and total != sums[kind]:
                            self.fault_at(attendance, tag, "must be the sum of the sessions of its reasons")
                        sums[kind] = total or 0
                if not self.is_whole:
                    continue
                self.made.seen["late"] += sums[code.LATE]
                rows.append(
                    self.row(
                        line=self.record.line_of(attendance),
                        possible=possible,
                        authorised=sums[code.AUTHORISED],
                        unauthorised=sums[code.UNAUTHORISED],
                        late=sums[code.LATE],
                    ),
                )
        if self.is_whole:
            self.made.rows["attendance"] += rows

    def _by_reason(self, attendance: Element, year: str) -> Counter[str]:
        sums: Counter[str] = Counter()
        for detail in all_at(attendance, "SessionDetails/SessionDetail"):
            kind = code.sessions_of(said_at(detail, "AttendanceReason"), year)
            if kind is None:
                self.fault_at(detail, "AttendanceReason", f"must be an attendance code of {year}")
            sessions = self.whole_at(detail, "AbsenceSessions")
            if kind is not None and sessions is not None:
                sums[kind] += sessions
        return sums

    def _read_exclusions(self) -> None:
        """Of two terms before the census's. What is wrong with sessions costs no exclusion."""
        for exclusion in self.record.all(EXCLUSIONS):
            self.is_whole = True
            category = said_at(exclusion, "Category")
            if category not in code.CATEGORIES:
                self.fault_at(exclusion, "Category", f"must be one of {', '.join(code.CATEGORIES)}")
            reasons = [text_of(found).strip() for path in REASON_PATHS for found in all_at(exclusion, path)]
            if not 1 <= len(reasons) <= 3 or any(reason not in EXCLUSION_REASONS for reason in reasons):
                self.fault_at(exclusion, "Reason", f"must be one to three of {', '.join(EXCLUSION_REASONS)}")
            start = self.day_at(exclusion, "StartDate", needed=True)
            tag = next((tag for tag in EXCLUDED_SESSIONS if first_at(exclusion, tag) is not None), EXCLUDED_SESSIONS[0])
            sessions = self.whole_at(exclusion, tag) if category != "PERM" else None
            if self.is_whole:
                self._keep(
                    "suspensions",
                    self.row(
                        line=self.record.line_of(exclusion),
                        category=code.CATEGORIES[category],
                        start_date=start,
                        sessions=sessions,
                        **dict(zip(("reason_1", "reason_2", "reason_3"), [*reasons, None, None], strict=False)),
                    ),
                )

    # Rows

    def _keep(self, table: str, row: Row) -> None:
        self.made.rows[table].append(row)
