"""A machine without data runs reports: another's custodian answers it by TLS, and the release is the same bytes."""

import json
import os
import subprocess
import sys

import pytest
from far import far_workspace, new_token, serving
from project_paths import NOTEBOOKS, PARAMETERS

from kdsp_lib.custodian.access_log import AccessLog
from kdsp_lib.custodian.confinement import obtainable
from kdsp_lib.custodian.start import facts
from kdsp_lib.register.database import Database
from kdsp_lib.release.read import verify_release
from kdsp_lib.run.batch import run_reports

EAST = PARAMETERS / "area_profile" / "east.yaml"
REACHES = """
import os, socket
def works(do):
    try:
        do()
    except Exception:
        return False
    return True
assert not works(lambda: open({token!r}).read()), "it read the token's file"
assert not works(lambda: os.environ["KDSP_TOKEN"]), "it read the token of the environment"
assert not works(lambda: socket.create_connection(("127.0.0.1", {port}), 5)), "it called the custodian's port"
assert not works(lambda: open({settings!r}).read()), "it read the settings"
"""


@pytest.fixture
def told(workspace):
    with serving(workspace) as told:
        yield told


@pytest.fixture
def far(workspace, told, tmp_path):
    """Another machine, with a token of the person who runs reports at home too."""
    _, token = new_token(workspace, workspace.requester)
    with far_workspace(tmp_path / "far", told, token) as made:
        yield made


def files_of(folder):
    """Every file of a release, the manifest without its part for times and hosts."""
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    manifest = json.loads(found.pop("manifest.json"))
    manifest.pop("transient")
    return {**found, "manifest": manifest}


def test_the_release_is_that_of_the_custodians_own_machine_byte_for_byte(workspace, far):
    [away] = run_reports([EAST], far, notebooks=NOTEBOOKS)
    assert away.status == "released", away.error
    assert away.folder.parent == far.outputs
    assert not verify_release(away.folder)
    assert not any(workspace.outputs.iterdir())
    [home] = run_reports([EAST], workspace, notebooks=NOTEBOOKS)
    assert home.folder.name == away.folder.name
    assert files_of(home.folder) == files_of(away.folder)
    [again] = run_reports([EAST], far, notebooks=NOTEBOOKS)
    assert again.status == "unchanged"


def test_its_kernel_is_confined_as_everywhere_and_reaches_neither_token_nor_network(
    workspace, far, told, notebooks, monkeypatch
):
    if obtainable() != "full":
        pytest.skip(f"this machine gives {obtainable()} confinement")
    token = (far.root / "token").read_text().strip()
    port = told["address"].rpartition(":")[2]
    code = REACHES.format(token=str(far.root / "token"), port=port, settings=str(far.root / "kdsp.toml"))
    monkeypatch.setenv("KDSP_TOKEN", token)
    outside = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=dict(os.environ))
    assert "it read the token's file" in outside.stderr, "unconfined, it does"
    [outcome] = run_reports([EAST], far, notebooks=notebooks(code, first=True))
    assert outcome.status == "released", outcome.error
    assert json.loads((outcome.folder / "manifest.json").read_text("utf-8"))["confinement"] == "full"
    with Database(workspace.database) as database:
        asked = AccessLog(database).entries()
    assert {each.person for each in asked} == {workspace.requester}
    assert [each.action for each in asked if each.outcome == "answered"].count("ticket") == 2
    ours = facts(far)
    assert "address" not in ours, "what serves this machine is the way there alone"
