"""How long a report is compared with what was released before: cells of many releases beside its own.

    python benchmarks/earlier_releases.py [--releases 300] [--tables 12]

The made-up authority; each earlier release has twelve tables, about a school, an area or all of it, as
they would come over a year: a third of them of this term's data, the others of the two other terms, and all seen by one
reader. What is timed is counting, comparing populations and making the one system of equations, not the protection.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from kdsp_lib.analyse.assembly import build_cube
from kdsp_lib.analyse.atoms import count_atoms
from kdsp_lib.analyse.checking import check_questions
from kdsp_lib.analyse.cohort import Cohort
from kdsp_lib.analyse.crossing import Past, cross
from kdsp_lib.analyse.layout import Earlier
from kdsp_lib.analyse.question import Question
from kdsp_lib.custodian.past import sample_of
from kdsp_lib.register import register_from_text
from kdsp_lib.source.demo.authority import make_authority
from kdsp_lib.source.tables import open_tables

CATEGORIES = frozenset({"pupil-characteristics", "attendance", "sen"})
BREAKDOWNS = ((), ("sex",), ("year-group",), ("phase",), ("sex", "year-group"), ("phase", "fsm6"))
QUESTIONS = [
    *(Question("count", "pupils", by) for by in BREAKDOWNS),
    *(Question("rate", measure, by) for measure in ("fsm6", "sen", "persistent-absence") for by in ((), ("sex",))),
]


def main() -> None:
    """Print a line a step, as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--releases", type=int, default=300)
    parser.add_argument("--tables", type=int, default=12)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for step in compared(Path(folder) / "authority", given.releases, given.tables):
            print(json.dumps(step), flush=True)


def compared(root: Path, releases: int, tables: int) -> Iterator[dict[str, Any]]:
    """Compare the profile of an area with so many releases of so many tables; what each step took."""
    import datetime as dt

    workspace = make_authority(root)
    community = register_from_text(workspace.register.read_text("utf-8")).on(dt.date(2026, 3, 2))
    urns = community.members("authority")
    controllers = {urn: community.controller(urn) for urn in urns}
    areas = [tuple(community.members(f"collaborative:{name}")) for name in ("east", "west", "central")]
    areas = [tuple(urn for urn in area if urn in controllers) for area in areas]
    about = [urns, *areas, *((urn,) for urn in urns)]
    terms = ("2025/26-spring", "2025/26-autumn", "2025/26-summer")
    share = [releases // len(terms) + (k < releases % len(terms)) for k in range(len(terms))]
    asked = {f"t{k}": question for k, question in enumerate(QUESTIONS[:tables])}
    told = frozenset(urns)

    opened = {term: open_tables(workspace, term) for term in terms}
    started = time.perf_counter()
    now = Cohort(areas[0], controllers, terms[0], told=told)
    atoms = count_atoms(opened[terms[0]], now, check_questions(asked, CATEGORIES), _earlier(about, asked, share[0]))
    yield _step("count this term", started, releases=share[0], atoms=len(atoms.frame))
    started = time.perf_counter()
    cube = build_cube(atoms)
    yield _step("one system of this term", started, cells=len(cube.count), equations=cube.equations.shape[0])
    pasts = []
    for term, number in zip(terms[1:], share[1:], strict=True):
        started = time.perf_counter()
        cohort = Cohort(urns, controllers, term, told=told)
        before = count_atoms(opened[term], cohort, {}, _earlier(about, asked, number))
        past = sample_of(opened[term], before, build_cube(before))
        pasts.append(Past(past, past.cube.printable, np.zeros(len(past.cube.count), bool), same_period=False))
        yield _step(f"read {term} back", started, releases=number, cells=len(past.cube.count))
    started = time.perf_counter()
    crossed = cross(sample_of(opened[terms[0]], atoms, cube), pasts)
    yield _step("compare with other terms", started, cells=0 if crossed is None else len(crossed.cells.count))


def _earlier(about: list[tuple[str, ...]], asked: dict[str, Question], releases: int) -> dict[str, Earlier]:
    return {
        f"{number}/{name}": Earlier(question, about[number % len(about)])
        for number in range(releases)
        for name, question in asked.items()
    }


def _step(name: str, started: float, **more: int) -> dict[str, Any]:
    return {"step": name, "seconds": round(time.perf_counter() - started, 2), **more}


if __name__ == "__main__":
    main()
