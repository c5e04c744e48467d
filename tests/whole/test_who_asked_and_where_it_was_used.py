"""Every question to the custodian is kept, and where somebody's data were used is told; no log tells a secret."""

from __future__ import annotations

import json

import pyarrow.compute as pc
import pytest

from kdsp_lib.custodian.access_log import AccessLog
from kdsp_lib.custodian.client import Connection
from kdsp_lib.custodian.session import notebook_ticket
from kdsp_lib.custodian.start import ensure_running
from kdsp_lib.register.database import Database
from kdsp_lib.source.catalogue import Catalogue

WITHDRAWN, UNSIGNED = "990046", "990047"


@pytest.fixture(scope="module")
def pupil(authority):
    """The UPN of a pupil on roll at a school of the east, and that of nobody."""
    catalogue = Catalogue.load(authority)
    census = catalogue.read(catalogue.dataset("census", "2025/26-autumn"))
    pupils = catalogue.read(catalogue.dataset("pupils"))
    on_roll = census.filter((pc.field("urn") == "990005") & (pc.field("enrol_status") == "C"))
    key = on_roll.column("pupil_key")[0].as_py()
    return pupils.filter(pc.field("pupil_key") == key).column("upn")[0].as_py()


def test_a_pupil_and_an_establishment_are_found_in_the_releases_that_drew_on_them(outcomes, kdsp, pupil):
    assert [outcome.error for outcome in outcomes.values() if outcome.error] == []
    released = {outcome.folder.name for outcome in outcomes.values()}
    of_school = json.loads(kdsp("where-used", "--establishment", "990005", "--json").stdout)
    of_pupil = json.loads(kdsp("where-used", "--pupil", pupil, "--json").stdout)
    assert {use["release"] for use in of_pupil} & released
    assert {use["release"] for use in of_pupil} == {use["release"] for use in of_school}
    assert all(use["is_in_outputs"] for use in of_school if use["release"] in released)
    told = kdsp("where-used", "--pupil", pupil)
    assert pupil not in told.stdout + told.stderr
    assert kdsp("where-used", "--pupil", "A99", "--establishment", "990005").returncode == 10
    refused = kdsp("where-used", "--pupil", f"{pupil}9")
    assert refused.returncode == 10
    assert pupil not in refused.stdout + refused.stderr


def test_whoever_asked_is_kept_and_of_a_pupil_nothing(outcomes, authority, kdsp, pupil):
    kdsp("where-used", "--pupil", pupil)
    shown = json.loads(kdsp("custodian", "log", "--json").stdout)
    assert {"hello", "begin", "open", "tables", "release", "written", "where-used"} <= {
        each["action"] for each in shown
    }
    assert shown[-1]["person"] == "officer:a1"
    assert shown[-1]["action"] == "where-used"
    assert {each["report"] for each in shown} >= {outcome.folder.name for outcome in outcomes.values()}
    assert kdsp("custodian", "log", "--since", "soon").returncode == 10
    kept = b"".join(path.read_bytes() for path in authority.state.rglob("*") if path.is_file())
    assert pupil.encode() not in kept


def test_no_log_tells_whose_act_stood_in_the_way(outcomes, authority, kdsp):
    """A run and a decision that are refused, and a fault of ours, leave nothing of it in a log."""
    for command in ("run", "decide"):
        assert kdsp(command, "parameters/area_profile/refused.yaml").returncode == 12
    logs = [path for path in (authority.state / "log").rglob("*") if path.is_file()]
    assert logs
    told = "".join(path.read_text("utf-8") for path in logs)
    with Database(authority.database) as database:
        told += "".join(str(entry) for entry in AccessLog(database).entries())
    for word in (WITHDRAWN, UNSIGNED, "withdrawn", "made-up order", "ksip", "collaborative:", "establishment:9"):
        assert word not in told, word


def test_a_refusal_says_to_who_asked_which_report_about_whom_for_whom(outcomes, kdsp):
    """And no more: neither why, nor whose act it rests on."""
    assert kdsp("run", "parameters/area_profile/refused.yaml").returncode == 12
    (refused, *_) = (each for each in reversed(log_of(kdsp)) if each["outcome"] == "KDSP-401")
    about = {"report": "area-profile", "subject": "collaborative:east", "recipient": f"establishment:{WITHDRAWN}"}
    assert refused["asked"] == {**about, "words": ""}
    assert "withdrawn" not in kdsp("custodian", "log").stdout


def test_a_drafts_entry_says_what_was_asked(outcomes, authority, kdsp):
    """Asked as a notebook asks that no run is of; of a release the ledger has it."""
    parameters = {**json.loads((outcomes["east"].folder / "manifest.json").read_text("utf-8"))["parameters"]}
    with Connection(ensure_running(authority), notebook_ticket(authority, "full")) as notebook:
        notebook.ask("open", {"report": "area-profile", "parameters": parameters})
        question = {"kind": "count", "measure": "pupils", "by": ["phase"], "where": "sex = 'F'"}
        notebook.ask("tables", {"questions": {"girls": question}})
    asked = [each["asked"] for each in log_of(kdsp) if each["action"] == "tables"]
    assert '"measure":"pupils"' in asked[-1]["words"]
    assert asked[-1]["recipient"] == parameters["recipient"]
    tables = [each for each in log_of(kdsp) if each["action"] == "tables"]
    for outcome in outcomes.values():
        run = next(each for each in tables if each["report"] == outcome.folder.name)  # before any draft of the same
        assert run["asked"]["words"] == ""


def log_of(kdsp):
    return json.loads(kdsp("custodian", "log", "--json").stdout)
