"""A transfer pack: what one school sends of the pupils who go to another, with their transfer file (CTF).

The school's own registrations alone: its sessions, its suspensions, what its census says. A pupil registered at two
schools gets a pack from each, with what is that school's; results come from where the pupil is mainly registered. On
an instruction for a child's safety, or a court's order, nothing tells where the pupil lives or was before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from kdsp_lib.analyse.attribute import ATTRIBUTES, ETHNIC_GROUPS
from kdsp_lib.analyse.school_days import due_day, school_days
from kdsp_lib.custodian import words
from kdsp_lib.custodian.contents import Contents, rows_of
from kdsp_lib.custodian.receiving import KIND, is_confirmed
from kdsp_lib.errors import BadSource
from kdsp_lib.model.listing import Listing
from kdsp_lib.source.pseudonym import upn_fault
from kdsp_lib.source.transfer_file.writing import Leaver, Transfer, transfer_text

if TYPE_CHECKING:
    from kdsp_lib.custodian.opening import Opened
    from kdsp_lib.source.catalogue import Catalogue

Row = Mapping[str, Any]
WITHHELD = "Withheld"
NOT_GIVEN, NOT_KNOWN = "Not given", "Not known"
REGISTERED: Mapping[str, str] = {
    "C": "Here alone", "M": "Here mainly, and at another school", "S": "Here besides the main school",
    "G": "As a guest", "F": "At a college", "O": "At another provider",
}  # fmt: skip
_MAIN = ("C", "M")
_DUE = (
    "Due: the 15th school day, by the calendar of the school that sends, after the pupil left it and the new school "
    "was confirmed (Education (Pupil Information) (England) Regulations 2005, regulation 9)."
)
_HELD = (
    "Withheld: the school was told not to pass on where this pupil lives or was before. Where the UPN would tell of an "
    "earlier school, the pupil is not in the transfer file: the two schools agree how the rest is passed on."
)
_OWN = "These are the records of the school that sends; another school's of the same pupil come from that school."
_FILE = (
    "The transfer file (CTF) of these pupils stands beside the report, in the folder attachments. It holds their UPNs, "
    "which stand nowhere else."
)


@dataclass(frozen=True, slots=True)
class Moving:
    """One pupil on the way, with the rows of the tables about them at the school that sends."""

    transfer: Row
    pupil: Row
    spell: Row
    census: Row | None
    attendance: tuple[tuple[str, Row], ...]
    """By term."""
    suspensions: tuple[Row, ...]
    results: tuple[Row, ...]
    former: tuple[Row, ...]
    before: tuple[str, ...]
    """URNs of the schools before this one."""

    @property
    def is_withheld(self) -> bool:
        """Whether nothing may tell where the pupil lives or was before."""
        return bool(self.transfer["safeguarding"] or self.transfer["court_order"])

    @property
    def name(self) -> tuple[str, str]:
        return str(self.pupil["surname"]), str(self.pupil["forename"] or NOT_GIVEN)

    @property
    def place(self) -> tuple[str, str, str]:
        """Where the pupil stands in a list."""
        surname, forename = self.name
        return surname.casefold(), forename.casefold(), str(self.pupil["pupil_key"])


def transfer_pack(catalogue: Catalogue, opened: Opened, _secret: bytes) -> Contents:
    """The pack of the confirmed pupils: lists, and the transfer file. BadSource where it would be none."""
    moving = _moving(catalogue, opened)
    if not moving:
        raise BadSource(
            "None of the pupils who are confirmed to go there is registered at this school.",
            remedy="load its registrations, or mend the transfers",
        )
    schools = {str(row["urn"]): row for row in rows_of(catalogue, opened, "establishments")}
    days = school_days(rows_of(catalogue, opened, "school-days"), opened.subjects[0])
    lists = (
        _cover(moving, opened, schools, days),
        _needs(moving, opened),
        _attendance(moving, opened),
        _suspensions(moving, opened),
        _results(moving, opened),
    )
    return Contents((), tuple(each for each in lists if each.rows), dict([_file(moving, opened, schools)]))


def _moving(catalogue: Catalogue, opened: Opened) -> list[Moving]:
    (urn,) = opened.subjects
    on, recipient = opened.request.on, opened.request.recipient
    transfers = {
        row["pupil_key"]: row for row in rows_of(catalogue, opened, KIND) if is_confirmed(row, urn, recipient, on)
    }
    spells = _by_pupil(rows_of(catalogue, opened, "registrations"), transfers)
    own = {key: _own_spell(found, urn, on) for key, found in spells.items()}
    wanted = {key for key, spell in own.items() if spell is not None}
    pupils = {row["pupil_key"]: row for row in rows_of(catalogue, opened, "pupils") if row["pupil_key"] in wanted}
    census = {row["pupil_key"]: row for row in rows_of(catalogue, opened, "census") if row["urn"] == urn}
    former = _by_pupil(rows_of(catalogue, opened, "former-upns"), wanted)
    suspensions = _by_pupil((r for r in rows_of(catalogue, opened, "suspensions") if r["urn"] == urn), wanted)
    attendance: dict[str, list[tuple[str, Row]]] = {}
    results: dict[str, list[Row]] = {}
    for dataset in opened.datasets:
        if dataset.dataset == "attendance":
            for row in catalogue.read(dataset).to_pylist():
                if row["urn"] == urn and row["pupil_key"] in wanted:
                    attendance.setdefault(row["pupil_key"], []).append((str(dataset.period), row))
        elif dataset.dataset == "results":
            for key, rows in _by_pupil(catalogue.read(dataset).to_pylist(), wanted).items():
                results.setdefault(key, []).extend({**row, "year": dataset.period} for row in rows)
    found = []
    for key in wanted & pupils.keys():
        spell = own[key]
        assert spell is not None
        found.append(
            Moving(
                transfer=transfers[key],
                pupil=pupils[key],
                spell={**spell, "leave_date": spell["leave_date"] or transfers[key]["leaves_on"]},
                census=census.get(key),
                attendance=tuple(
                    sorted(attendance.get(key, ()), key=lambda one: _TERMS.index(one[0].partition("-")[2]))
                ),
                suspensions=tuple(
                    sorted(suspensions.get(key, ()), key=lambda row: (row["start_date"], row["category"]))
                ),
                results=tuple(sorted(results.get(key, ()), key=_order)) if spell["enrol_status"] in _MAIN else (),
                former=tuple(former.get(key, ())),
                before=_before(spells[key], spell),
            )
        )
    return sorted(found, key=lambda one: one.place)


_TERMS = ("autumn", "spring", "summer")


def _order(row: Row) -> tuple[str, ...]:
    return tuple(str(row[name]) for name in ("year", "stage", "subject", "method", "component", "qualifier"))


def _by_pupil(rows: Iterable[Row], wanted: Iterable[str]) -> dict[str, list[Row]]:
    keys = frozenset(wanted)
    found: dict[str, list[Row]] = {}
    for row in rows:
        if row["pupil_key"] in keys:
            found.setdefault(row["pupil_key"], []).append(row)
    return found


def _own_spell(spells: Sequence[Row], urn: str, on: date) -> Row | None:
    """The pupil's latest registration at the school that sends, begun by that day; None where there is none."""
    own = [row for row in spells if row["urn"] == urn and row["entry_date"] <= on]
    return max(own, key=lambda row: row["entry_date"], default=None)


def _before(spells: Sequence[Row], own: Row) -> tuple[str, ...]:
    """Where the pupil was registered before, in order of time: the names of schools, and nothing that they recorded."""
    earlier = [
        row for row in spells
        if row["urn"] != own["urn"] and row["leave_date"] is not None and row["leave_date"] <= own["entry_date"]
    ]  # fmt: skip
    return tuple(dict.fromkeys(str(row["urn"]) for row in sorted(earlier, key=lambda row: row["entry_date"])))


def _list(opened: Opened, name: str, title: str, columns: Mapping[str, str], rows: Iterable[Sequence[str]],
          *notes: str) -> Listing:  # fmt: skip
    head = {"surname": "Surname", "forename": "Forename", **columns}
    scope = f"{words.scope(opened)}, for {opened.community.name(opened.request.recipient)}"
    return Listing(title, scope, head, tuple(map(tuple, rows)), notes, name)


def _cover(moving: Sequence[Moving], opened: Opened, schools: Mapping[str, Row], days: Sequence[date]) -> Listing:
    columns = {
        "year-group": "Year group", "registered": "Registered", "leaves": "Leaves on", "due": "Due by",
        "postcode": "Postcode of the home", "before": "Schools before",
    }  # fmt: skip
    years = dict(ATTRIBUTES["year-group"].leaves)
    rows = []
    for one in moving:
        left = one.spell["leave_date"]
        before = [str(schools[urn]["name"]) for urn in one.before if urn in schools]
        rows.append(
            (*one.name, years.get(one.spell["ncyear"], NOT_KNOWN), REGISTERED[one.spell["enrol_status"]],
             NOT_KNOWN if left is None else words.day(left.isoformat()), _due(one, days),
             WITHHELD if one.is_withheld else str(one.pupil["postcode"] or NOT_GIVEN),
             WITHHELD if one.is_withheld else ", ".join(before) or NOT_KNOWN)
        )  # fmt: skip
    notes = [opened.served.withheld(opened.policy), _DUE, _FILE]
    return _list(opened, "cover", "Pupils of this pack", columns, rows,
                 *notes, *([_HELD] if any(one.is_withheld for one in moving) else []))  # fmt: skip


def _due(one: Moving, days: Sequence[date]) -> str:
    left = one.spell["leave_date"]
    if left is None:
        return "15 school days after leaving"
    due = due_day(max(left, one.transfer["confirmed_on"]), days)
    return "Not known: the school's calendar ends" if due is None else words.day(due.isoformat())


def _needs(moving: Sequence[Moving], opened: Opened) -> Listing:
    columns = {
        "sen": "Special educational needs", "need": "Main need", "fsm6": "Free school meals in the last six years",
        "language": "First language", "ethnicity": "Ethnic group",
    }  # fmt: skip
    rows = ((*one.name, *_said(one.census)) for one in moving)
    return _list(opened, "needs", "Needs and characteristics", columns, rows, _OWN)


def _said(census: Row | None) -> tuple[str, ...]:
    if census is None:
        return (NOT_KNOWN,) * 5
    sen = dict(ATTRIBUTES["sen"].leaves)[{"N": "none", "K": "support", "E": "plan"}[census["sen_provision"]]]
    groups = {main: label for label, mains in ETHNIC_GROUPS.values() for main in mains}
    return (
        sen,
        str(census["sen_type"] or "None"),
        {True: "Yes", False: "No", None: NOT_KNOWN}[census["fsm6"]],
        dict(ATTRIBUTES["eal"].leaves)[census["language"]],
        groups[census["ethnicity"]],
    )


def _attendance(moving: Sequence[Moving], opened: Opened) -> Listing:
    columns = {
        "term": "Term", "possible": "Possible sessions", "authorised": "Authorised absences",
        "unauthorised": "Unauthorised absences",
    }  # fmt: skip
    rows = (
        (*one.name, words.period(term).capitalize(), *(str(row[n]) for n in ("possible", "authorised", "unauthorised")))
        for one in moving
        for term, row in one.attendance
    )
    return _list(opened, "attendance", "Attendance by term, in sessions", columns, rows, _OWN)


def _suspensions(moving: Sequence[Moving], opened: Opened) -> Listing:
    columns = {"category": "What", "from": "From", "sessions": "Sessions", "reason": "Reasons"}
    what = {"SUSP": "Suspension", "PERM": "Permanent exclusion", "LNCH": "Lunchtime suspension"}
    rows = (
        (*one.name, what[row["category"]], words.day(row["start_date"].isoformat()),
         NOT_GIVEN if row["sessions"] is None else str(row["sessions"]),
         ", ".join(row[f"reason_{n}"] for n in (1, 2, 3) if row[f"reason_{n}"]))
        for one in moving
        for row in one.suspensions
    )  # fmt: skip
    return _list(opened, "suspensions", "Suspensions and exclusions", columns, rows, _OWN)


def _results(moving: Sequence[Moving], opened: Opened) -> Listing:
    columns = {
        "year": "School year", "stage": "Stage", "subject": "Subject", "component": "Component", "result": "Result",
    }  # fmt: skip
    rows = ((*one.name, *(str(row[name]) for name in columns)) for one in moving for row in one.results)
    return _list(opened, "results", "Results", columns, rows, "Codes are those of the Common Transfer File.")


def _tells_of_another(upn: str, laestab: str) -> bool:
    """Whether a UPN, which holds the number of the school that gave it, tells of another school than that."""
    return upn[1:8] != laestab


def _file(moving: Sequence[Moving], opened: Opened, schools: Mapping[str, Row]) -> tuple[str, str]:
    """The transfer file's name and text."""
    if any(upn_fault(one.pupil["upn"]) is not None for one in moving):
        raise BadSource("A pupil of this pack has no valid UPN.", remedy="see the data quality return of the school")
    source, there = schools[opened.subjects[0]], opened.request.recipient.removeprefix("establishment:")
    if there not in schools:
        raise BadSource("The school that the pupils go to is in no data.", remedy="kdsp data add establishments FILE")
    leavers = [
        Leaver(one.pupil, one.spell, one.former, one.census, [row for _, row in one.attendance], one.results,
               one.is_withheld)
        for one in moving
        if not (one.is_withheld and _tells_of_another(one.pupil["upn"], source["laestab"]))
    ]  # fmt: skip
    year = opened.period.partition("-")[0]
    transfer = Transfer(
        source["laestab"], source["name"], schools[there]["laestab"], leavers, opened.request.on, attendance_year=year
    )
    return transfer.file_name, transfer_text(transfer)
