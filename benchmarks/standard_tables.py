"""The standard tables of an authority over its kinds of pupils, for `utility.py`: the demo's, and a larger one's.

A pupil is a row of a frame: who (`pupil`), where (`controller`, `area`), and what (the columns of `COLUMNS`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from itertools import combinations, product
from pathlib import Path

import numpy as np
import pandas as pd
import scipy.sparse as sp

from kdsp_lib.analyse.atoms import count_atoms, list_pupils
from kdsp_lib.analyse.checking import check_questions
from kdsp_lib.analyse.cohort import Cohort
from kdsp_lib.analyse.ladders import ladders
from kdsp_lib.model.question import Question
from kdsp_lib.register import register_from_text
from kdsp_lib.sdc.identity import hashes_by_kind, pupil_hashes
from kdsp_lib.sdc.kinds import ROOT, AskedTable, Kinds
from kdsp_lib.source.demo.authority import make_authority
from kdsp_lib.source.tables import open_tables

PERIOD, DAY, AUTHORITY = "2025/26-autumn", "2026-03-02", "authority"
AREAS = ("east", "west", "central")
CATEGORIES = frozenset({"pupil-characteristics", "attendance", "sen"})
COLUMNS = ("phase", "year-group", "sex", "fsm6", "sen", "eal", "persistent")
REST = "none"
"""The area of those who are in none."""
SECRET = bytes(range(32))
PUBLISHED = frozenset({"pupils by phase", "pupils by year and sex", "fsm6 by phase", "sen by phase"})
"""Of each school these are in the department's files: roll by age and sex, free meals, SEN."""
STANDARD: Mapping[str, tuple[str | None, tuple[str, ...]]] = {
    "pupils by phase": (None, ("phase",)),
    "pupils by year and sex": (None, ("year-group", "sex")),
    "fsm6 by sex": ("fsm6", ("sex",)),
    "fsm6 by phase": ("fsm6", ("phase",)),
    "sen by fsm6": ("sen", ("fsm6",)),
    "sen by phase": ("sen", ("phase",)),
    "eal by sex": ("eal", ("sex",)),
    "persistent absence by phase": ("persistent", ("phase",)),
    "persistent absence by sex and fsm6": ("persistent", ("sex", "fsm6")),
    "persistent absence by year": ("persistent", ("year-group",)),
}
COUNTED: Mapping[str, frozenset[str]] = {
    "fsm6": frozenset({"yes"}), "sen": frozenset({"support", "plan"}), "eal": frozenset({"eal"}),
    "persistent": frozenset({"yes"}),
}  # fmt: skip
"""Of which codes a measure counts pupils."""
LADDERS = ladders()


def demo(folder: Path) -> pd.DataFrame:
    """The pupils of the made-up authority, of all its signatories."""
    workspace = make_authority(folder)
    community = register_from_text(workspace.register.read_text("utf-8")).on(dt.date.fromisoformat(DAY))
    urns = community.members("authority")
    area = {urn: name for name in AREAS for urn in community.members(f"collaborative:{name}")}
    questions = {
        "pupils": Question("count", "pupils", ("phase", "year-group", "sex")),
        **{name: Question("rate", name) for name in ("fsm6", "sen", "eal", "persistent-absence")},
    }
    cohort = Cohort(urns, {urn: community.controller(urn) for urn in urns}, PERIOD)
    tables = open_tables(workspace, PERIOD)
    atoms = count_atoms(tables, cohort, check_questions(questions, CATEGORIES))
    pupils = list_pupils(tables, atoms)
    frame = atoms.frame.iloc[pupils["atom"]].reset_index(drop=True)
    persistent = frame["absence-band"].isin(("below-20", "below-50", "severe"))
    return frame.assign(
        pupil=pupils["pupil_key"].to_numpy(),
        persistent=np.where(persistent, "yes", "no"),
        area=frame["urn"].map(area).fillna(REST),
    )[["pupil", "urn", "controller", "area", *COLUMNS]]


def larger(seed: int = 20261202, schools: int = 60, pupils: int = 25_000, areas: int = 5) -> pd.DataFrame:
    """A made-up authority of real size: 46 primary, 9 secondary, 3 special schools and 2 referral units of 60."""
    draw = np.random.default_rng(seed)
    phases = np.array(["primary"] * (schools - 14) + ["secondary"] * 9 + ["special"] * 3 + ["pru"] * 2)
    weight = np.select([phases == p for p in ("primary", "secondary", "special")], [310.0, 1_050.0, 110.0], 45.0)
    weight *= draw.lognormal(0, 0.3, schools)
    school = draw.choice(schools, pupils, p=weight / weight.sum())
    phase, area = phases[school], np.array([f"area-{k % areas + 1}" for k in range(schools)])
    trust = np.where(draw.random(schools) < 0.4, draw.integers(0, 6, schools), -1)
    owner = np.array([f"trust-{t}" if t >= 0 else f"school-{k}" for k, t in enumerate(trust)])
    years = {
        "primary": ["R", "1", "2", "3", "4", "5", "6"], "secondary": ["7", "8", "9", "10", "11"],
        "special": ["R", *map(str, range(1, 12))], "pru": ["9", "10", "11"],
    }  # fmt: skip
    year = np.array([draw.choice(years[each]) for each in phase])
    poor, foreign = draw.beta(2, 5, schools)[school], draw.beta(1, 9, schools)[school]
    sen = np.where(draw.random(pupils) < 0.04, "plan", np.where(draw.random(pupils) < 0.14, "support", "none"))
    sen[phase == "special"] = "plan"
    eal = np.select([draw.random(pupils) < foreign, draw.random(pupils) < 0.004], ["eal", "unclassified"], "english")
    fsm6 = draw.random(pupils) < poor
    absent = draw.random(pupils) < 0.12 + 0.12 * fsm6 + 0.3 * (phase == "pru")
    return pd.DataFrame(
        {
            "pupil": [f"pupil-{k}" for k in range(pupils)], "urn": school, "controller": owner[school],
            "area": area[school], "phase": phase, "year-group": year, "sex": draw.choice(["F", "M"], pupils),
            "fsm6": np.where(fsm6, "yes", "no"), "sen": sen, "eal": eal, "persistent": np.where(absent, "yes", "no"),
        }
    )  # fmt: skip


def tables_of(frame: pd.DataFrame) -> tuple[Kinds, list[AskedTable]]:
    """The kinds that there may be, with nobody in most of them, and the standard tables of the authority and areas.

    Who is in no area follows from the others: nobody is shown it, and it is kept safe all the same.
    """
    there = frame[["area", "phase", "year-group"]].drop_duplicates()
    codes = [sorted(frame[name].unique()) for name in COLUMNS[2:]]
    rows = [(*place, *rest) for place in sorted(map(tuple, there.to_numpy())) for rest in product(*codes)]
    kinds = pd.DataFrame(rows, columns=["area", *COLUMNS])
    number = {row: k for k, row in enumerate(rows)}
    kind = np.array([number[tuple(row)] for row in frame[["area", *COLUMNS]].to_numpy()], np.int64)
    owner, owners = pd.factorize(frame["controller"], sort=True)
    ones = np.ones(len(frame), np.int64)
    parts = sp.csr_matrix((ones, (kind, owner)), shape=(len(kinds), len(owners)))
    hashes = hashes_by_kind(pupil_hashes(frame["pupil"], SECRET), kind, len(kinds))
    world = Kinds(np.bincount(kind, minlength=len(kinds)), parts, hashes)
    places = {AUTHORITY: np.ones(len(kinds), bool)}
    places |= {name: (kinds["area"] == name).to_numpy() for name in sorted(set(frame["area"]))}
    made = [
        _table(name, place, inside, measure, by, kinds)
        for place, inside in places.items()
        for name, (measure, by) in STANDARD.items()
    ]
    return world, made


def _table(
    name: str, place: str, inside: np.ndarray, measure: str | None, by: tuple[str, ...], kinds: pd.DataFrame
) -> AskedTable:
    levels = {each: sorted(kinds.loc[inside, each].unique()) for each in by}
    codes = [
        tuple(fixed.get(each, ROOT) for each in by)
        for size in range(len(by) + 1)
        for split in combinations(by, size)
        for fixed in (dict(zip(split, values, strict=True)) for values in product(*(levels[each] for each in split)))
    ]
    columns = {each: kinds[each].to_numpy() for each in by}

    def base(code: tuple[str, ...]) -> np.ndarray:
        found = inside.copy()
        for each, value in zip(by, code, strict=True):
            if value != ROOT:
                found &= columns[each] == value
        return found

    member = np.stack([base(code) for code in codes])
    counted = None if measure is None else member & kinds[measure].isin(COUNTED[measure]).to_numpy()
    return AskedTable(
        name, place, by, tuple(codes), sp.csr_matrix(member, dtype=np.int64),
        None if counted is None else sp.csr_matrix(counted, dtype=np.int64),
        is_sensitive=measure == "sen", is_headline=place == AUTHORITY, is_published=name in PUBLISHED,
        is_printed=place != REST,
    )  # fmt: skip
