"""How much of an ordinary year comes out: every report in its turn, each made safe beside all that came before it.

    python benchmarks/year_of_reports.py [--schools 6] [--orders first,last]

The made-up authority. In each term the authority's report, each collaborative's profile and the reports of some schools
about themselves; then the year's. What is counted is what a reader has of it: reports refused, and of the rest the
figures that are shown, of those that there are. A figure that is withheld where the same report stands alone is the
rules' doing; the difference is what a year costs.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kdsp_lib.custodian.desk import Desk
from kdsp_lib.custodian.sessions import Session
from kdsp_lib.errors import Refusal
from kdsp_lib.source.demo.authority import make_authority

OFFICER = "officer:a1"
AREAS = ("east", "west", "central")
TERMS = ("2025/26-autumn", "2025/26-spring", "2025/26-summer")
YEAR = "2025/26"
ON = {TERMS[0]: "2026-03-02", TERMS[1]: "2026-06-10", TERMS[2]: "2026-10-20", YEAR: "2026-11-30"}


def asked(kind: str, measure: str, *by: str, **more: str) -> dict[str, Any]:
    """A question as a notebook sends it."""
    return {"kind": kind, "measure": measure, "by": list(by), "where": None, **more}


AREA_PROFILE = {
    "phases": asked("count", "pupils", "phase"),
    "year_groups": asked("count", "pupils", "year-group"),
    "fsm6": asked("rate", "fsm6", "sex"),
    "sen": asked("rate", "sen", "fsm6"),
    "eal": asked("rate", "eal", "sex"),
    "absence": asked("rate", "absence", "phase"),
    "sessions_missed": asked("mean", "sessions-missed", "fsm6"),
    "persistent_absence": asked("rate", "persistent-absence", "sex", "fsm6"),
    "persistent_by_year": asked("rate", "persistent-absence", "year-group"),
    "attainment_8": asked("mean", "attainment-8", "phase"),
    "english_maths": asked("rate", "english-maths-4"),
    "ebacc": asked("rate", "ebacc-entry"),
}
BESPOKE_SCHOOL = {
    "year_groups": asked("count", "pupils", "year-group", "sex"),
    "fsm6": asked("rate", "fsm6", "sex", compare="authority"),
    "sen": asked("rate", "sen", "fsm6", compare="authority"),
    "eal": asked("rate", "eal", compare="authority"),
    "absence": asked("rate", "absence", "sex", compare="authority"),
    "persistent_absence": asked("rate", "persistent-absence", "sex", compare="authority"),
}
SHOWN, HIDDEN = "shown", "hidden"


@dataclass(frozen=True)
class Step:
    """One report of the year."""

    name: str
    report: str
    questions: Mapping[str, Any]
    parameters: Mapping[str, str | None]


def area(name: str | None, period: str) -> Step:
    """The profile of a collaborative, or of the authority."""
    group = f"collaborative:{name}" if name else None
    purpose = "commissioning-of-services" if name else "raising-attainment"
    given = {"group": group, "recipient": group or "authority", "purpose": purpose, "period": period, "on": ON[period]}
    return Step(f"{period} {name or 'authority'}", "area-profile", AREA_PROFILE, given)


def school(urn: str, period: str) -> Step:
    """A school's report about itself."""
    given = {"school": urn, "recipient": f"establishment:{urn}", "purpose": "school-improvement-plan"}
    return Step(f"{period} {urn}", "bespoke-school", BESPOKE_SCHOOL, {**given, "period": period, "on": ON[period]})


def year(schools: Sequence[str], *, authority_first: bool) -> Iterator[Step]:
    """The reports of a year in their order."""
    groups = (None, *AREAS) if authority_first else (*AREAS, None)
    for period in (*TERMS, YEAR):
        yield from (area(name, period) for name in groups)
        yield from (school(urn, period) for urn in schools)


def main() -> None:
    """Print a line a report, as JSON, and what became of each kind."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--schools", type=int, default=6, help="so many schools report about themselves")
    parser.add_argument("--last", action="store_true", help="collaboratives before the authority")
    parser.add_argument("--alone", action="store_true", help="each report as if nothing had come before it")
    parser.add_argument("--only", default="", help="the steps whose names hold this")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        total: dict[str, dict[str, float]] = {}
        for step, found in released(Path(folder) / "authority", given):
            print(json.dumps({"report": step.name, **found}), flush=True)
            kind = f"{step.report} {step.parameters['period'].partition('-')[2] or 'year'}"
            for each in (kind, "all"):
                sums = total.setdefault(each, {"reports": 0, "refused": 0, SHOWN: 0, HIDDEN: 0, "seconds": 0})
                sums["reports"] += 1
                for name in ("refused", SHOWN, HIDDEN, "seconds"):
                    sums[name] = round(sums[name] + found[name], 2)
        for kind, sums in total.items():
            print(json.dumps({"all of": kind, **sums}))


def released(root: Path, given: argparse.Namespace) -> Iterator[tuple[Step, dict[str, Any]]]:
    """Release the reports one after the other; of each, how many figures are shown."""
    workspace = make_authority(root)
    desk = Desk(workspace)
    urns = [f"9900{number:02}" for number in range(1, 1 + given.schools)]
    for number, step in enumerate(year(urns, authority_first=not given.last)):
        if given.only not in step.name:
            continue
        if given.alone:
            desk.close()
            for path in (root / "state").glob("*.db*"):
                path.unlink()
            desk = Desk(workspace)
        started = time.process_time()
        try:
            tables = _release(desk, step, number)
            found = {"refused": 0, **_figures(tables)}
        except Refusal as refusal:
            found = {"refused": 1, SHOWN: 0, HIDDEN: 0, "why": f"{refusal.code} {refusal.message}"}
        yield step, {**found, "seconds": round(time.process_time() - started, 2)}
    desk.close()


def _release(desk: Desk, step: Step, number: int) -> list[Mapping[str, Any]]:
    sessions = [
        Session(scope, OFFICER, scope, f"run {number}", "full", os.getpid()) for scope in ("runner", "notebook")
    ]
    desk.begin(sessions[0], {"notebook": step.report, "notebook_hash": "0" * 64, "parameters": dict(step.parameters)})
    desk.open(sessions[1], {"report": step.report, "parameters": dict(step.parameters)})
    desk.tables(sessions[1], {"questions": dict(step.questions)})
    return list(desk.release(sessions[0], {"texts": []})["tables"])


def _figures(tables: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Rows whose last figure is shown and withheld, in all and by table."""
    counted, lost = {SHOWN: 0, HIDDEN: 0}, {}
    for table in tables:
        values = [cell["values"] for cell in table["cells"]]
        hidden = sum("c" in row for row in values)
        shown = sum(not {"c", "x", "z"} & set(row) for row in values)
        counted[SHOWN] += shown
        counted[HIDDEN] += hidden
        if hidden:
            lost[table["name"]] = f"{hidden}/{hidden + shown}" + (" rows left out" if "left_out" in table else "")
    return {**counted, "lost": lost}


if __name__ == "__main__":
    main()
