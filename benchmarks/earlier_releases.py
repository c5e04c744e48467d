"""How long a report is compared with what was released before: cells of many releases beside its own.

    python benchmarks/earlier_releases.py [--releases 300] [--tables 12]

The made-up authority; each earlier release has twelve tables, about a school, an area or all of it, as
they would come over a year: a third of them of this term's data, the others of the two other terms, and all seen by one
reader. The report asks for what none of them has. What is timed is counting, comparing populations, making the one
system of equations, and taking the part of it that is to be proved; not the proof.
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
from kdsp_lib.analyse.atoms import count_atoms, list_pupils
from kdsp_lib.analyse.checking import check_questions
from kdsp_lib.analyse.cohort import Cohort
from kdsp_lib.analyse.crossing import Past, cross
from kdsp_lib.analyse.figures import figures
from kdsp_lib.analyse.layout import Earlier
from kdsp_lib.custodian.past import sample_of
from kdsp_lib.custodian.protecting import system_of
from kdsp_lib.model.policy import FLOOR
from kdsp_lib.model.question import Question
from kdsp_lib.protect.part import part_with
from kdsp_lib.register import register_from_text
from kdsp_lib.source.demo.authority import make_authority
from kdsp_lib.source.tables import open_tables

CATEGORIES = frozenset({"pupil-characteristics", "attendance", "sen"})
BREAKDOWNS = ((), ("sex",), ("year-group",), ("phase",), ("sex", "year-group"), ("phase", "fsm6"))
QUESTIONS = [
    *(Question("count", "pupils", by) for by in BREAKDOWNS),
    *(Question("rate", measure, by) for measure in ("fsm6", "sen", "persistent-absence") for by in ((), ("sex",))),
]


NEW = {
    "pupils": Question("count", "pupils", ("sex",)),
    "sen": Question("rate", "sen", ("year-group",)),
    "eal": Question("rate", "eal", ("phase",)),
}
SECONDARY = 0.1


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

    def earlier(term: str, number: int) -> dict[str, Earlier]:
        return _earlier(about, _answered(opened[term], about[:number], controllers, term, asked), asked, number)

    opened = {term: open_tables(workspace, term) for term in terms}
    before = {term: earlier(term, number) for term, number in zip(terms, share, strict=True)}
    started = time.perf_counter()
    now = Cohort(areas[0], controllers, terms[0], told=told)
    atoms = count_atoms(opened[terms[0]], now, check_questions(NEW, CATEGORIES), before[terms[0]])
    yield _step("count this term", started, releases=share[0], atoms=len(atoms.frame))
    started = time.perf_counter()
    cube = build_cube(atoms, FLOOR)
    yield _step("one system of this term", started, cells=len(cube.count), equations=cube.equations.shape[0])
    pasts = []
    for term in terms[1:]:
        started = time.perf_counter()
        counted = count_atoms(opened[term], Cohort(urns, controllers, term, told=told), {}, before[term])
        past = sample_of(counted, list_pupils(opened[term], counted), build_cube(counted, FLOOR))
        pasts.append(Past(past, past.cube.shown_before, past.cube.withheld_before, same_period=False))
        yield _step(f"read {term} back", started, cells=len(past.cube.count), settled=int(past.cube.settled.sum()))
    started = time.perf_counter()
    crossed = cross(sample_of(atoms, list_pupils(opened[terms[0]], atoms), cube), pasts)
    yield _step("compare with other terms", started, cells=0 if crossed is None else len(crossed.cells.count))
    started = time.perf_counter()
    system = system_of(cube, cube.shown_before, cube.withheld_before, crossed)
    news = np.append(cube.current & ~cube.shown_before, np.zeros(system.size - len(cube.count), bool))
    part, _ = part_with(system, news)
    yield _step("take what hangs together with the new", started, cells=part.size, of=system.size)


def _answered(
    tables: Any, about: list[tuple[str, ...]], controllers: dict[str, str], term: str, asked: dict[str, Question]
) -> list[dict[str, tuple[dict[str, Any], ...]]]:
    """How each of these was answered: small counts are withheld, and one figure in ten besides."""
    found = []
    for subjects in about:
        cube = build_cube(
            count_atoms(tables, Cohort(subjects, controllers, term), check_questions(asked, CATEGORIES)), FLOOR
        )
        drawn = np.random.default_rng(20100).random(len(cube.count)) < SECONDARY
        hidden = ((cube.count > 0) & (cube.count <= FLOOR.small)) | (drawn & (cube.count > 0))
        found.append({name: figures(cube, name, hidden).cells for name in asked})
    return found


def _earlier(
    about: list[tuple[str, ...]],
    answered: list[dict[str, tuple[dict[str, Any], ...]]],
    asked: dict[str, Question],
    releases: int,
) -> dict[str, Earlier]:
    places = [number % len(about) for number in range(releases)]
    return {
        f"{number}/{name}": Earlier(question, about[place], answered=answered[place][name])
        for number, place in enumerate(places)
        for name, question in asked.items()
    }


def _step(name: str, started: float, **more: int) -> dict[str, Any]:
    return {"step": name, "seconds": round(time.perf_counter() - started, 2), **more}


if __name__ == "__main__":
    main()
