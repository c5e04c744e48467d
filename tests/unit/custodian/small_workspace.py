"""A small made-up authority as a whole workspace, and its desk: the gate that reports pass, with nothing replaced.

Schools, pupils and their groups are a test's own; people, signatures and duties are the usual ones.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from kdsp_lib.custodian.desk import Desk
from kdsp_lib.custodian.sessions import Session
from kdsp_lib.model.answer import Answer
from kdsp_lib.model.table import Table
from kdsp_lib.source.catalogue import DataSet, record
from kdsp_lib.source.contract import arrow_schema, contract_of
from kdsp_lib.source.pseudonym import check_letter
from kdsp_lib.source.snapshot import write_snapshot
from kdsp_lib.source.workspace import init_workspace

AUTUMN, SPRING, SUMMER = (f"2025/26-{term}" for term in ("autumn", "spring", "summer"))
OFFICER = "officer:a1"
COLLEAGUE = "officer:b1"
DRAWS = b"what figures are rounded by, 32b"
"""The secret of a workspace, where a test gives no other: equal pupils are equal figures in all of them."""
_USUAL = {
    "enrol_status": "C", "ncyear": "3", "ethnicity": "WBRI", "language": "english", "fsm": False, "fsm_basis": None,
    "fsm6": False, "sen_provision": "N", "sen_type": None, "lac": False, "young_carer": False, "service_child": False,
}  # fmt: skip
_DUTY = (
    '{{person: "{}", categories: [pupil-characteristics, attainment, attendance, exclusions, sen], purposes: '
    "[commissioning-of-services, raising-attainment, school-improvement-plan, school-development], from: 2024-09-01}}"
)


@dataclass(frozen=True)
class School:
    """``run_by``: its trust, or nobody but its own governing body. ``areas``: the collaboratives that it is in."""

    urn: str
    areas: tuple[str, ...] = ("east",)
    phase: str = "primary"
    run_by: str = ""
    gender: str = "mixed"
    ages: tuple[int, int] = (4, 11)
    consents: bool = True
    """Whether its head consents that the officers read reports about it alone."""
    appoints: str = ""

    @property
    def controller(self) -> str:
        return self.run_by or f"establishment:{self.urn}"


@dataclass
class Roll:
    """Who is on roll on a census day, and how often they were away: a row each, by the pupil's key."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    sessions: dict[tuple[str, str], tuple[int, int, int]] = field(default_factory=dict)
    sexes: dict[str, str] = field(default_factory=dict)

    def pupil(
        self, urn: str, key: str = "", *, sex: str = "F", sessions: tuple[int, int, int] = (120, 4, 2), **facts: Any
    ) -> str:
        """One more, with the usual facts but for those given; its key."""
        key = key or f"p{len(self.rows):05}"
        self.sexes[key] = sex
        self.sessions[key, urn] = sessions
        self.rows.append({**_USUAL, **facts, "pupil_key": key, "urn": urn})
        return key

    def pupils(self, number: int, urn: str, **facts: Any) -> None:
        """So many more, all alike."""
        for _ in range(number):
            self.pupil(urn, **facts)

    def copy(self) -> Roll:
        return Roll([dict(row) for row in self.rows], dict(self.sessions), dict(self.sexes))


class DeskOfADay(Desk):
    """The desk on a day that the calendar does not move: that of what was asked last."""

    day = date(2026, 3, 2)

    def today(self) -> date:
        return self.day


class SmallWorkspace:
    """A workspace of these schools. Data is loaded into it; reports are released from it."""

    def __init__(self, root: Path, schools: Iterable[School], draws: bytes = DRAWS) -> None:
        self.schools = {school.urn: school for school in schools}
        self.workspace = init_workspace(root, requester=OFFICER)
        self.workspace.data.mkdir(exist_ok=True)
        self.workspace.state.mkdir(mode=0o700)
        key = self.workspace.state / "rounding.key"
        key.touch(mode=0o600)
        key.write_bytes(draws)
        self.workspace.register.write_text(_register(self.schools.values()), "utf-8")
        self._keep("establishments", None, [_establishment(school) for school in self.schools.values()])
        self._sexes: dict[str, str] = {}
        self.desk = DeskOfADay(self.workspace)
        self._runs = 0

    def load(self, period: str, roll: Roll) -> None:
        """Load a census and its attendance: what there was of that period is replaced."""
        if not roll.sexes.items() <= self._sexes.items():
            self._sexes |= roll.sexes
            self._keep("pupils", None, [_pupil(n, key, sex) for n, (key, sex) in enumerate(self._sexes.items())])
        self._keep("census", period, roll.rows)
        attendance = [
            {"pupil_key": key, "urn": urn, "possible": a, "authorised": b, "unauthorised": c, "late": 0}
            for (key, urn), (a, b, c) in roll.sessions.items()
        ]
        self._keep("attendance", period, attendance)

    def assess(self, year: str, marks: Mapping[str, str], *assessment: str) -> None:
        """Load the results of one assessment (stage, subject, method, component, qualifier), by the pupil's key."""
        columns = contract_of("results").names[1:-1]
        rows = [
            {"pupil_key": key, **dict(zip(columns, assessment, strict=True)), "result": mark}
            for key, mark in marks.items()
        ]
        self._keep("results", year, rows)

    def draw_premium(self, year: str, keys: Iterable[str]) -> None:
        """Load a premium list: these pupils draw it for deprivation."""
        others = dict.fromkeys(("service_child", "adopted_from_care", "looked_after"), False)
        self._keep("pupil-premium", year, [{"pupil_key": key, "deprivation": True, **others} for key in keys])

    def register(self, registrations: Iterable[tuple[str, str, date]]) -> None:
        """Load where pupils were registered, by key, URN and day of entry."""
        rows = [
            {"pupil_key": key, "urn": urn, "entry_date": entry, "enrol_status": "C", "ncyear": "1"}
            for key, urn, entry in registrations
        ]
        self._keep("registrations", None, rows)

    def publish(self, period: str, about: str, measure: str, source: str, counts: Mapping[str, int]) -> None:
        """Others publish counts of somebody's pupils, by what tells them: ``year-group=3``, or nothing."""
        rows = [
            {"source": source, "about": about, "measure": measure, "by": by or None, "value": value}
            for by, value in counts.items()
        ]
        self._keep("public-figures", period, rows)

    def area(
        self,
        name: str | None,
        questions: Mapping[str, Any],
        period: str = AUTUMN,
        report: str = "area-profile",
        **more: str,
    ) -> dict[str, Any]:
        """Release the profile of a collaborative (or of the authority) to the community."""
        group = None if name is None else f"collaborative:{name}"
        purpose = "raising-attainment" if name is None else "commissioning-of-services"
        given = {"group": group, "recipient": group or "authority", "purpose": purpose, "period": period}
        return self.release(report, questions, given | more)

    def school(self, urn: str, questions: Mapping[str, Any], to: str = "", period: str = AUTUMN) -> dict[str, Any]:
        """Release a school's own report to it, or to the officer whom its head lets have it."""
        given = {"school": urn, "recipient": to or f"establishment:{urn}", "period": period}
        return self.release("bespoke-school", questions, {**given, "purpose": "school-improvement-plan"})

    def lists(self, report: str, parameters: Mapping[str, Any], asker: str = OFFICER) -> dict[str, Any]:
        """Release a report that answers lists."""
        return self.release(report, {}, parameters, asker)

    def release(
        self, report: str, questions: Mapping[str, Any] | None, parameters: Mapping[str, Any], asker: str = OFFICER
    ) -> dict[str, Any]:
        """Ask the desk as a runner and its notebook do, to the release. Of fixed contents nothing is asked."""
        return dict(self.desk.release(self.begun(report, questions, parameters, asker), {"texts": []}))

    def begun(
        self, report: str, questions: Mapping[str, Any] | None, parameters: Mapping[str, Any], asker: str = OFFICER
    ) -> Session:
        """The runner of a report that is answered, and not released yet."""
        self._runs += 1
        usual = "2026-06-15" if parameters.get("period") == SUMMER else "2026-03-02"  # no data before
        given = {"on": usual, **parameters}
        self.desk.day = date.fromisoformat(given["on"])
        runner = Session("runner", asker, "runner", f"run {self._runs}", "full", os.getpid())
        notebook = Session("notebook", asker, "notebook", f"run {self._runs}", "full", os.getpid())
        self.desk.begin(runner, {"notebook": report, "notebook_hash": "0" * 64, "parameters": given})
        self.desk.open(notebook, {"report": report, "parameters": given})
        if questions is None:
            self.desk.contents(notebook, {})
        elif questions:
            self.desk.tables(notebook, {"questions": questions})
        else:
            self.desk.lists(notebook, {})
        return runner

    def _keep(self, name: str, period: str | None, rows: list[dict[str, Any]]) -> None:
        contract = contract_of(name)
        snapshot = write_snapshot(pa.Table.from_pylist(rows, schema=arrow_schema(contract)), self.workspace.data)
        dataset = DataSet(
            name, period, snapshot.sha256, snapshot.rows, True, True, contract.categories, "made up", "2026-02-02"
        )
        record(self.workspace, dataset)


def asked(kind: str, measure: str, *by: str, where: str | None = None, **more: str) -> dict[str, Any]:
    """A question as a notebook sends it."""
    return {"kind": kind, "measure": measure, "by": list(by), "where": where, **more}


def printed(released: Mapping[str, Any], table: str) -> dict[tuple[str, ...], tuple[str, ...]]:
    """A released table's values by the codes of its rows; one without breakdowns has the row ``()``."""
    (found,) = (each for each in released["tables"] if each["name"] == table)
    return {tuple(cell["codes"]): tuple(cell["values"]) for cell in found["cells"]}


def _establishment(school: School) -> dict[str, Any]:
    return {
        "urn": school.urn, "laestab": f"999{school.urn[-4:]}", "name": f"Made-up School {school.urn}",
        "phase": school.phase, "type_group": "made up", "trust": school.run_by or None, "gender": school.gender,
        "low_age": school.ages[0], "high_age": school.ages[1], "capacity": 500, "ward": "Anywhere",
        "open_date": date(2001, 9, 1),
    }  # fmt: skip


def _pupil(number: int, key: str, sex: str) -> dict[str, Any]:
    body = f"999{4000 + number // 1000:04}21{number % 1000:03}"
    return {
        "pupil_key": key, "upn": check_letter(body) + body, "upn_status": "permanent", "surname": f"Surname{number}",
        "forename": f"Forename{number}", "dob": date(2017, 1, 1), "sex": sex, "postcode": None, "idaci_decile": 5,
    }  # fmt: skip


def _register(schools: Iterable[School]) -> str:
    schools = list(schools)
    people = [OFFICER, COLLEAGUE, *sorted({s.appoints for s in schools if s.appoints})]
    areas = sorted({area for school in schools for area in school.areas})
    sections = {
        "establishments": [f'{{urn: "{s.urn}", name: "Made-up School {s.urn}", phase: {s.phase}}}' for s in schools],
        "controllers": [
            f'{{establishment: "{s.urn}", controller: {s.run_by}, from: 2024-09-01}}' for s in schools if s.run_by
        ],
        "groups": [f'{{id: "collaborative:{area}", name: "{area.title()}"}}' for area in areas],
        "people": [f'{{id: "{person}", name: "Somebody made up"}}' for person in people],
        "signatures": [
            *(f'{{establishment: "{s.urn}", from: 2024-09-01}}' for s in schools),
            *(f'{{person: "{person}", from: 2024-09-01}}' for person in people),
        ],
        "memberships": [
            f'{{establishment: "{s.urn}", group: "collaborative:{area}", from: 2024-09-01}}'
            for s in schools
            for area in s.areas
        ],
        "appointments": [
            f'{{establishment: "{s.urn}", person: "{s.appoints}", from: 2024-09-01}}' for s in schools if s.appoints
        ],
        "duties": [_DUTY.format(OFFICER), _DUTY.format(COLLEAGUE)],
        "consents": [
            f'{{establishment: "{s.urn}", item: bespoke, recipient: "{officer}", from: 2025-09-01, to: 2026-09-01}}'
            for s in schools
            for officer in (OFFICER, COLLEAGUE)
            if s.consents
        ],
    }
    lines = [f"{name}:\n" + "".join(f"- {entry}\n" for entry in entries) for name, entries in sections.items()]
    return "".join(line for line, entries in zip(lines, sections.values(), strict=True) if entries)


def workspaces(root: Path) -> Iterator[Callable[..., SmallWorkspace]]:
    """For a fixture: makes workspaces of schools, a roll loaded for periods of each; closes them."""
    made: list[SmallWorkspace] = []

    def make(schools, roll, *periods) -> SmallWorkspace:
        made.append(SmallWorkspace(root / f"authority {len(made)}", schools))
        for period in periods or (AUTUMN,):
            made[-1].load(period, roll)
        return made[-1]

    yield make
    for each in made:
        each.desk.close()


def with_first_figure(answer: Answer, name: str, value: str) -> Answer:
    """An answer in which the first figure of a table is another."""

    def otherwise(table: Table) -> Table:
        first, *rest = table.cells
        return replace(table, cells=(replace(first, values=(value, *first.values[1:])), *rest))

    return replace(answer, tables=tuple(otherwise(t) if t.name == name else t for t in answer.tables))
