"""Three areas, term after term: each answer binds the next, and each is attacked with the true values at hand."""

from __future__ import annotations

import os
import shutil

import pytest
import yaml
from project_paths import PARAMETERS

from kdsp_lib.custodian import protecting
from kdsp_lib.custodian.desk import Desk
from kdsp_lib.custodian.ledger import Ledger
from kdsp_lib.custodian.sessions import Session
from kdsp_lib.protect.audit import audit_system
from kdsp_lib.register.database import Database
from kdsp_lib.source.workspace import read_workspace

AREAS = ("east", "west", "central")
TERMS = ("autumn", "spring", "summer")


@pytest.fixture(scope="module")
def answered(authority, outcomes, tmp_path_factory):
    """By area and term: the system that was protected, its pattern, and what came out."""
    assert all(outcome.error is None for outcome in outcomes.values())
    with Database(authority.database) as database:
        questions = Ledger(database).entries(kind="release")[0].body["answers"][0]["questions"]
    root = tmp_path_factory.mktemp("terms") / "authority"
    shutil.copytree(authority.root, root, ignore=shutil.ignore_patterns(authority.state.name, authority.outputs.name))
    workspace = read_workspace(root)
    workspace.state.mkdir(mode=0o700)
    desk = Desk(workspace)
    seen = []
    protect = protecting.protect_system

    def watched(system, **how):
        seen.append((system, pattern := protect(system, **how)))
        return pattern

    found = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(protecting, "protect_system", watched)
        for term in TERMS:
            for area in AREAS:
                parameters = yaml.safe_load((PARAMETERS / "area_profile" / f"{area}.yaml").read_text())
                parameters |= {"period": f"2025/26-{term}", "on": "2026-06-15"}
                released = release(desk, parameters, questions)
                found[area, term] = (*seen[-1], released)
    desk.close()
    return found


def release(desk, parameters, questions):
    """Ask the desk as the runner and its notebook do."""
    run = f"{parameters['group']} {parameters['period']}"
    runner = Session("runner", "officer:a1", "runner", run, "full", os.getpid())
    notebook = Session("notebook", "officer:a1", "notebook", run, "full", os.getpid())
    desk.begin(runner, {"notebook": "area-profile", "notebook_hash": "0" * 64, "parameters": parameters})
    desk.open(notebook, {"report": "area-profile", "parameters": parameters, "confinement": "full"})
    desk.tables(notebook, {"questions": questions})
    return desk.release(runner, {"texts": []})


@pytest.mark.parametrize("term", TERMS)
@pytest.mark.parametrize("area", AREAS)
def test_no_attacker_gets_a_figure(answered, area, term):
    system, pattern, _ = answered[area, term]
    findings = audit_system(system, pattern.hidden, zeros_hidden=pattern.zeros_hidden)
    assert findings.is_safe, findings.counts


@pytest.mark.parametrize("area", AREAS)
def test_a_termly_series_stays_useful(answered, area):
    """Of the counts that a reader could have, most are there in every term, headline totals among them."""
    for term in TERMS:
        counts = answered[area, term][2]["counts"]
        rows = [row for table in counts for row in table["rows"]]
        assert sum(row["value"] is not None and row["value"] != "c" for row in rows) > len(rows) / 2, term


def test_each_release_names_those_it_was_compared_with(answered):
    compared = {key: value[2]["facts"]["compared_with"] for key, value in answered.items()}
    assert compared["east", "autumn"] == []
    for area in AREAS:
        assert len(compared[area, "autumn"]) < len(compared[area, "spring"]) < len(compared[area, "summer"])
