"""One Common Transfer File, read pupil by pupil into rows. Every fault is gathered with its line."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

from kdsp_lib.protocol.vocabulary import read_day
from kdsp_lib.source.period import year_of
from kdsp_lib.source.pupil_file import PupilFields, read_pupils
from kdsp_lib.source.pupil_return import PupilReturn, Row
from kdsp_lib.source.transfer_file.field import (
    ASSESSMENT,
    DOCUMENT,
    FILE_NAME,
    HEADER,
    IN_HEADER,
    IN_PUPIL,
    NOT_KEPT,
    PUPIL,
    SCHOOLS,
    STAGES,
    tag_of,
)
from kdsp_lib.source.xml_fields import Fields, own_codes
from kdsp_lib.source.xml_reading import Record, all_at, said_at

ENGLAND = "ENG"
RESULT = "R"
"""The status of what was achieved; targets and estimates are none."""
_NOT_BY_YEAR = "X"
_PUPILS = (PUPIL,)


def read_transfer(path: Path) -> PupilReturn:
    """The transfer file at a path, with all its faults."""

    def read_header(record: Record, made: PupilReturn) -> None:
        _read_header(record, made, path.stem)

    return read_pupils(path, DOCUMENT, HEADER, _PUPILS, read_header, _read_pupil)


def _read_header(record: Record, made: PupilReturn, name: str) -> None:
    fields = Fields(record, made.file, IN_HEADER)
    if fields.said("document") != DOCUMENT:
        fields.fault("document", f"must be {DOCUMENT}")
    if not re.fullmatch(r"\d{2}\.\d", fields.said("version")):
        fields.fault("version", "must be a version such as 25.0, of the school year 2025/26")
    on = read_day(fields.said("made")[:10])
    if on is None:
        fields.fault("made", "must be a date and time such as 2026-01-15T09:00:00")
    for column, digits in (("la", 3), ("estab", 4)):
        if not re.fullmatch(rf"[0-9]{{{digits}}}", fields.said(column)):
            fields.fault(column, f"must be a number of {digits} digits")
    sender = fields.said("la") + fields.said("estab")
    named = FILE_NAME.fullmatch(name)
    if fields.is_whole and named is not None and named["source"] not in (sender, f"{sender[:3]}LLLL"):
        made.file.fault(
            "is named as another school's: its sender and SourceSchool differ", record.line, tag_of("estab")
        )
        return
    if fields.is_whole and on is not None:
        made.laestab, made.on = sender, on


def _read_pupil(record: Record, made: PupilReturn) -> None:
    _PupilReader(record, made, IN_PUPIL, _PUPILS).read()


class _PupilReader(PupilFields):
    """Reads one pupil."""

    def read(self) -> None:
        status = self.coded("enrol_status", {**own_codes("registrations", "enrol_status"), "": "C"})
        identity = {**self.identity(), "enrol_status": status, "is_on_roll": False}
        ncyear = self.coded("ncyear", {**own_codes("registrations", "ncyear"), _NOT_BY_YEAR: None, "": None})
        spell = self._own_spell(status, ncyear)
        results = self._results()
        for path, what in NOT_KEPT.items():
            self.made.seen[what] += sum(1 for _ in self.record.all(path))
        if not self.is_whole:
            return
        self.made.rows["pupils"].append(identity)
        if spell is not None:
            self.made.rows["registrations"].append(spell)
        self.made.rows["results"] += results

    def _own_spell(self, status: str | None, ncyear: str | None) -> Row | None:
        """The registration at the school that sends the file, if its history says from when."""
        for school in self.record.all(SCHOOLS):
            if said_at(school, "LEA") + said_at(school, "Estab") == self.made.laestab:
                entry = self.day_at(school, "EntryDate", needed=True)
                leave = self.day_at(school, "LeavingDate", needed=False)
                if entry is not None and leave is not None and leave < entry:
                    self.fault_at(school, "LeavingDate", "must not be before EntryDate")
                return self.row(
                    line=self.record.line_of(school),
                    entry_date=entry,
                    leave_date=leave,
                    enrol_status=status,
                    ncyear=ncyear,
                )
        return None

    def _results(self) -> list[Row]:
        found = []
        for stage in self.record.all(STAGES):
            for one in all_at(stage, ASSESSMENT):
                if said_at(one, "Locale") not in ("", ENGLAND) or said_at(one, "ResultStatus") not in ("", RESULT):
                    self.made.seen["assessments elsewhere, targets or estimates"] += 1
                    continue
                year = said_at(one, "Year")
                if not re.fullmatch(r"20\d\d", year):
                    self.fault_at(one, "Year", "must be the year of the assessment, such as 2026")
                    continue
                values: dict[str, Any] = {"stage": said_at(stage, "Stage")}
                for column, tag in _CODES.items():
                    values[column] = said_at(one, tag)
                    if not re.fullmatch(r"[A-Z0-9+.-]{1,10}", values[column]):
                        self.fault_at(one, tag, "must be a code of 1 to 10 capital letters, digits, +, . or -")
                found.append(self.row(line=self.record.line_of(one), year=year_of(date(int(year), 6, 1)), **values))
        return found


_CODES = {
    "subject": "Subject", "method": "Method", "component": "Component", "qualifier": "ResultQualifier",
    "result": "Result",
}  # fmt: skip
