"""Every question to the custodian is kept, and where somebody's data were used is told; no log tells a secret."""

from __future__ import annotations

import json

import pyarrow.compute as pc
import pytest

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


def test_whoever_asked_is_kept_without_what_they_asked(outcomes, authority, kdsp, pupil):
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
    told = "".join(path.read_text("utf-8") for path in logs) + kdsp("custodian", "log").stdout
    for word in (WITHDRAWN, UNSIGNED, "withdrawn", "made-up order", "ksip", "collaborative:", "establishment:9"):
        assert word not in told, word
