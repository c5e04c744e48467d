"""Workspaces of made-up authorities for `utility.py`: the demo's, and one of real size."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import yaml

from kdsp_lib.source.catalogue import DataSet, record
from kdsp_lib.source.contract import arrow_schema, contract_of
from kdsp_lib.source.demo.authority import make_authority
from kdsp_lib.source.pseudonym import check_letter
from kdsp_lib.source.snapshot import write_snapshot
from kdsp_lib.source.workspace import Workspace, init_workspace

PERIOD, SINCE = "2025/26-autumn", "2024-09-01"
SCHOOLS, PUPILS, AREAS = 60, 25_000, 5
PHASES = np.array(["primary"] * (SCHOOLS - 14) + ["secondary"] * 9 + ["special"] * 3 + ["pru"] * 2)
YEARS = {
    "primary": ["R", "1", "2", "3", "4", "5", "6"], "secondary": ["7", "8", "9", "10", "11"],
    "special": ["R", *map(str, range(1, 12))], "pru": ["9", "10", "11"],
}  # fmt: skip
AGES = {"primary": (4, 11), "secondary": (11, 16), "special": (4, 16), "pru": (13, 16)}
POSSIBLE = 120


def demo(folder: Path) -> Workspace:
    """The made-up authority that `make demo` makes."""
    return make_authority(folder)


def larger(folder: Path, seed: int = 20261202) -> Workspace:
    """One of 46 primary, 9 secondary, 3 special schools and 2 referral units, in five collaboratives."""
    draw = np.random.default_rng(seed)
    weight = np.select([p == PHASES for p in ("primary", "secondary", "special")], [310.0, 1_050.0, 110.0], 45.0)
    weight *= draw.lognormal(0, 0.3, SCHOOLS)
    school = draw.choice(SCHOOLS, PUPILS, p=weight / weight.sum())
    trust = np.where(draw.random(SCHOOLS) < 0.4, draw.integers(0, 6, SCHOOLS), -1)
    workspace = init_workspace(folder, name="A larger made-up authority", requester="officer:a1")
    workspace.data.mkdir(exist_ok=True)
    workspace.register.write_text(yaml.safe_dump(_register(trust), sort_keys=False), "utf-8")
    schools = [_establishment(k) for k in range(SCHOOLS)]
    for name, rows in (("establishments", schools), *_of_pupils(draw, school).items()):
        _keep(workspace, name, rows)
    return workspace


def _of_pupils(draw: np.random.Generator, school: np.ndarray) -> dict[str, list[dict[str, Any]]]:
    """The rows of pupils, of their census and of their attendance."""
    phase, number = PHASES[school], len(school)
    poor, foreign = draw.beta(2, 5, SCHOOLS)[school], draw.beta(1, 9, SCHOOLS)[school]
    sen = np.where(draw.random(number) < 0.04, "E", np.where(draw.random(number) < 0.14, "K", "N"))
    sen[phase == "special"] = "E"
    eal = np.select([draw.random(number) < foreign, draw.random(number) < 0.004], ["other", "unclassified"], "english")
    fsm6 = draw.random(number) < poor
    is_absent = draw.random(number) < 0.12 + 0.12 * fsm6 + 0.3 * (phase == "pru")
    missed = np.where(is_absent, draw.integers(12, 50, number), draw.integers(0, 12, number))
    authorised = draw.binomial(missed, 0.7)
    facts = pd.DataFrame(
        {
            "pupil_key": [f"p{k:05}" for k in range(number)],
            "urn": [_urn(k) for k in school],
            "ncyear": [draw.choice(YEARS[each]) for each in phase],
            "sen_provision": sen, "language": eal, "fsm6": fsm6, "fsm": fsm6 & (draw.random(number) < 0.8),
        }
    )  # fmt: skip
    usual = {
        "enrol_status": "C", "ethnicity": "WBRI", "fsm_basis": None, "sen_type": None, "lac": False,
        "young_carer": False, "service_child": False,
    }  # fmt: skip
    census = [{**usual, **row} for row in facts.to_dict("records")]
    sexes, deciles = draw.choice(["F", "M"], number), draw.integers(1, 11, number)
    pupils = [_pupil(k, str(sexes[k]), int(deciles[k])) for k in range(number)]
    attendance = [
        {"pupil_key": row["pupil_key"], "urn": row["urn"], "possible": POSSIBLE, "authorised": int(authorised[k]),
         "unauthorised": int(missed[k] - authorised[k]), "late": 0}
        for k, row in enumerate(census)
    ]  # fmt: skip
    return {"pupils": pupils, "census": census, "attendance": attendance}


def _keep(workspace: Workspace, name: str, rows: list[dict[str, Any]]) -> None:
    contract = contract_of(name)
    snapshot = write_snapshot(pa.Table.from_pylist(rows, schema=arrow_schema(contract)), workspace.data)
    period = PERIOD if name in ("census", "attendance") else None
    categories = contract.categories
    record(
        workspace,
        DataSet(name, period, snapshot.sha256, snapshot.rows, True, True, categories, "made up", "2026-02-02"),
    )


def _urn(number: int) -> str:
    return f"99{number + 1:04}"


def _establishment(number: int) -> dict[str, Any]:
    low, high = AGES[PHASES[number]]
    return {
        "urn": _urn(number), "laestab": f"999{number + 1:04}", "name": f"Made-up School {number + 1}",
        "phase": PHASES[number], "type_group": "made up", "trust": None, "gender": "mixed", "low_age": low,
        "high_age": high, "capacity": 500, "ward": "Anywhere", "open_date": dt.date(2001, 9, 1),
    }  # fmt: skip


def _pupil(number: int, sex: str, decile: int) -> dict[str, Any]:
    body = f"999{4000 + number // 1000:04}21{number % 1000:03}"
    return {
        "pupil_key": f"p{number:05}", "upn": check_letter(body) + body, "upn_status": "permanent",
        "surname": f"Surname{number}", "forename": f"Forename{number}", "dob": dt.date(2017, 1, 1), "sex": sex,
        "postcode": None, "idaci_decile": decile,
    }  # fmt: skip


def _register(trust: np.ndarray) -> dict[str, list[dict[str, str]]]:
    """All schools have signed, each is in a collaborative, and some are run by trusts."""
    urns = [_urn(k) for k in range(SCHOOLS)]
    return {
        "establishments": [
            {"urn": urn, "name": f"Made-up School {k + 1}", "phase": str(PHASES[k])} for k, urn in enumerate(urns)
        ],
        "controllers": [
            {"establishment": urn, "controller": f"trust-{trust[k]}", "from": SINCE}
            for k, urn in enumerate(urns)
            if trust[k] >= 0
        ],
        "groups": [{"id": f"collaborative:area-{k + 1}", "name": f"Area {k + 1}"} for k in range(AREAS)],
        "people": [{"id": "officer:a1", "name": "Somebody made up"}],
        "signatures": [{"establishment": urn, "from": SINCE} for urn in urns],
        "memberships": [
            {"establishment": urn, "group": f"collaborative:area-{k % AREAS + 1}", "from": SINCE}
            for k, urn in enumerate(urns)
        ],
    }
