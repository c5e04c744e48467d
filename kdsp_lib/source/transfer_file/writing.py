"""A Common Transfer File as text, from the rows of the pupils who move. Pure: whoever may send it decides elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from kdsp_lib.source.pseudonym import upn_fault
from kdsp_lib.source.transfer_file.field import DOCUMENT
from kdsp_lib.source.xml_writing import fields, nest

UNKNOWN_DESTINATION, OUTSIDE_MAINTAINED = "XXXXXXX", "MMMMMMM"
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Leaver:
    """A pupil who moves, with what is known: rows of the tables of those names."""

    pupil: Row
    registration: Row
    former: Sequence[Row] = ()
    census: Row | None = None
    attendance: Sequence[Row] = ()
    results: Sequence[Row] = ()
    """With their ``year``, 2025/26."""
    is_at_risk: bool = False
    """Then nothing says where the pupil lives or was before: no address, former UPN or school history (case 55)."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """One file: from which school to which, and of whom. Schools by LAESTAB."""

    source: str
    source_name: str
    destination: str
    leavers: Sequence[Leaver]
    on: date
    number: int = 1
    attendance_year: str = "2025/26"

    @property
    def file_name(self) -> str:
        """The name that such a file has to have."""
        return f"{self.source}_CTF_{self.destination}_{self.number:03d}.xml"


def transfer_text(transfer: Transfer) -> str:
    """The file's text. A pupil whose UPN is none is a :class:`ValueError`: such a file would be refused elsewhere."""
    for leaver in transfer.leavers:
        if upn_fault(leaver.pupil["upn"]) is not None:
            raise ValueError("a transfer file holds valid UPNs only")
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<CTfile>\n'
        + _header(transfer)
        + "<CTFpupilData>\n"
        + "".join(_pupil(leaver, transfer) for leaver in transfer.leavers)
        + "</CTFpupilData>\n</CTfile>\n"
    )


def _header(transfer: Transfer) -> str:
    first = transfer.on.year if transfer.on.month >= 9 else transfer.on.year - 1
    source = nest(
        "SourceSchool", LEA=transfer.source[:3], Estab=transfer.source[3:], SchoolName=transfer.source_name,
        AcademicYear=str(first),
    )  # fmt: skip
    there = nest("DestSchool", LEA=transfer.destination[:3], Estab=transfer.destination[3:])
    said = fields(
        DocumentName=DOCUMENT, CTFversion=f"{first % 100}.0", DateTime=f"{transfer.on.isoformat()}T09:00:00",
        DocumentQualifier="full", SupplierID="kdsp",
    )  # fmt: skip
    return f"<Header>{said}{source}{there}</Header>\n"


def _pupil(leaver: Leaver, transfer: Transfer) -> str:
    pupil, census, spell = leaver.pupil, leaver.census, leaver.registration
    parts = [
        fields(
            UPN=pupil["upn"], Surname=pupil["surname"], Forename=pupil["forename"], DOB=pupil["dob"].isoformat(),
            Sex=pupil["sex"],
        )
    ]  # fmt: skip
    former = "" if leaver.is_at_risk else "".join(fields(FormerUPN=row["upn"]) for row in leaver.former)
    basic = fields(
        NCyearActual=spell["ncyear"], Ethnicity=census["ethnicity"] if census else None,
        EnrolStatus=spell["enrol_status"],
    )  # fmt: skip
    parts.append(f"<BasicDetails>{former}{basic}</BasicDetails>")
    if census is not None and census["sen_provision"] != "N":
        needs = nest("SENneed", SENtypeRank="1", SENtype=census["sen_type"])
        provision = nest("SEN", SENprovision=census["sen_provision"])
        parts.append(f"<SENhistory>{provision}<SENneeds>{needs}</SENneeds></SENhistory>")
    if pupil["postcode"] and not leaver.is_at_risk:
        parts.append(nest("Address", PostCode=pupil["postcode"]))
    if leaver.attendance:
        sums = {name: str(sum(row[name] for row in leaver.attendance)) for name in _SESSIONS}
        year = nest(
            "YearData", Year=transfer.attendance_year[:4],
            **{tag: sums[name] for name, tag in _SESSIONS.items()},
        )  # fmt: skip
        parts.append(f"<Attendance>{year}</Attendance>")
    if leaver.results:
        parts.append(f"<StageAssessments>{_stages(leaver.results)}</StageAssessments>")
    leaving = spell["leave_date"]
    school = nest(
        "School", LEA=transfer.source[:3], Estab=transfer.source[3:], SchoolName=transfer.source_name,
        EntryDate=spell["entry_date"].isoformat(), LeavingDate=None if leaving is None else leaving.isoformat(),
    )  # fmt: skip
    if not leaver.is_at_risk:
        parts.append(f"<SchoolHistory>{school}</SchoolHistory>")
    return " <Pupil>\n  " + "\n  ".join(parts) + "\n </Pupil>\n"


_SESSIONS = {
    "possible": "SessionsPossible", "authorised": "SessionsAuthorised", "unauthorised": "SessionsUnauthorised",
}  # fmt: skip


def _stages(results: Iterable[Row]) -> str:
    stages: dict[str, list[str]] = {}
    for row in results:
        one = nest(
            "StageAssessment", Locale="ENG", Year=str(int(row["year"][:4]) + 1), Subject=row["subject"],
            Method=row["method"], Component=row["component"], ResultStatus="R", ResultQualifier=row["qualifier"],
            Result=row["result"],
        )  # fmt: skip
        stages.setdefault(row["stage"], []).append(one)
    return "".join(f"<KeyStage>{fields(Stage=stage)}{''.join(found)}</KeyStage>" for stage, found in stages.items())
