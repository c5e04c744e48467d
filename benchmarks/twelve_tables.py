"""Reports of twelve tables about all of the made-up authority: what the custodian protects, and how long it takes.

For `disclosure.py --reports`. Nothing was released before.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import Literal

import numpy as np

from kdsp_lib.analyse.assembly import build_cube
from kdsp_lib.analyse.atoms import count_atoms
from kdsp_lib.analyse.checking import check_questions
from kdsp_lib.analyse.cohort import Cohort
from kdsp_lib.custodian.desk import Desk
from kdsp_lib.custodian.protecting import system_of
from kdsp_lib.custodian.sessions import Session
from kdsp_lib.model.policy import FLOOR
from kdsp_lib.model.question import Question
from kdsp_lib.protect.implied import with_implied_zeros
from kdsp_lib.protect.system import System
from kdsp_lib.register import register_from_text
from kdsp_lib.source.demo.authority import make_authority
from kdsp_lib.source.tables import open_tables
from kdsp_lib.source.workspace import Workspace

PERIOD, DAY, OFFICER = "2025/26-spring", "2026-03-02", "officer:a1"
PARAMETERS = {
    "group": None, "recipient": "authority", "purpose": "raising-attainment", "period": PERIOD, "on": DAY,
}  # fmt: skip
CATEGORIES = frozenset({"pupil-characteristics", "attendance", "sen"})
Asked = Sequence[tuple[Literal["count", "rate", "mean"], str, tuple[str, ...]]]
"""Kind, measure and breakdowns of each table."""
REPORTS: Mapping[str, Asked] = {
    "12 tables, broad": (
        ("count", "pupils", ()),
        ("count", "pupils", ("sex",)),
        ("count", "pupils", ("year-group",)),
        ("count", "pupils", ("phase",)),
        ("count", "pupils", ("sex", "year-group")),
        ("count", "pupils", ("phase", "fsm6")),
        ("rate", "fsm6", ("sex",)),
        ("rate", "sen", ("sex",)),
        ("rate", "sen", ("fsm6",)),
        ("rate", "eal", ("phase",)),
        ("rate", "persistent-absence", ("sex",)),
        ("mean", "sessions-missed", ("fsm6",)),
    ),
    "12 tables, fine": (
        ("count", "pupils", ("sex", "year-group")),
        ("count", "pupils", ("phase", "sen")),
        ("count", "pupils", ("idaci-quintile", "phase")),
        ("count", "pupils", ("ethnicity-group", "sex")),
        ("rate", "fsm6", ("year-group",)),
        ("rate", "sen", ("sex", "fsm6")),
        ("rate", "sen", ("phase",)),
        ("rate", "eal", ("ethnicity-group",)),
        ("rate", "persistent-absence", ("year-group", "fsm6")),
        ("rate", "persistent-absence", ("sen", "sex")),
        ("rate", "absence", ("year-group",)),
        ("mean", "sessions-missed", ("sen",)),
    ),
}


@dataclass(frozen=True, slots=True)
class Report:
    """``seconds``: of processor time, the custodian's whole answer, from the question to protected tables."""

    name: str
    system: System
    seconds: float


def reports(folder: Path) -> Iterator[Report]:
    """Each report, asked of a custodian that has just answered another."""
    workspace = make_authority(folder)
    desk = Desk(workspace)
    _answer(desk, [("count", "pupils", ())])
    for name, asked in REPORTS.items():
        seconds = _answer(desk, asked)
        yield Report(name, _system(workspace, asked), seconds)
    desk.close()


def _answer(desk: Desk, asked: Asked) -> float:
    run = f"run {id(asked)}"
    runner, notebook = (Session(scope, OFFICER, scope, run, "full", os.getpid()) for scope in ("runner", "notebook"))
    desk.begin(runner, {"notebook": "area-profile", "notebook_hash": "0" * 64, "parameters": PARAMETERS})
    desk.open(notebook, {"report": "area-profile", "parameters": PARAMETERS})
    questions = {
        f"t{k}": {"kind": kind, "measure": measure, "by": list(by), "where": None}
        for k, (kind, measure, by) in enumerate(asked)
    }
    started = process_time()
    desk.tables(notebook, {"questions": questions})
    return process_time() - started


def _system(workspace: Workspace, asked: Asked) -> System:
    community = register_from_text(workspace.register.read_text("utf-8")).on(dt.date.fromisoformat(DAY))
    urns = community.members("authority")
    cohort = Cohort(urns, {urn: community.controller(urn) for urn in urns}, PERIOD)
    questions = {f"t{k}": Question(kind, measure, by) for k, (kind, measure, by) in enumerate(asked)}
    cube = build_cube(
        count_atoms(open_tables(workspace, PERIOD), cohort, check_questions(questions, CATEGORIES)), FLOOR
    )
    nothing = np.zeros(len(cube.count), bool)
    return with_implied_zeros(system_of(cube, nothing, nothing))
