"""JupyterLab as `kdsp lab` starts it over a made-up authority, and a browser without a screen to use it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from started_lab import ALL_CELLS, address_of

from kdsp_lib.custodian.start import stop
from kdsp_lib.run.one_report import run_report
from kdsp_lib.source.demo.authority import make_authority

PROJECT = Path(__file__).resolve().parents[2]
EAST = PROJECT / "parameters/area_profile/east.yaml"


@pytest.fixture(scope="session")
def authority(tmp_path_factory, with_edition):
    """A made-up authority with a copy of the notebook that has not run yet."""
    workspace = with_edition(make_authority(tmp_path_factory.mktemp("authority")))
    notebook = json.loads((PROJECT / "notebooks/area_profile.ipynb").read_text("utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    (workspace.root / "notebooks").mkdir()
    (workspace.root / "notebooks/area_profile.ipynb").write_text(json.dumps(notebook), "utf-8")
    yield workspace
    stop(workspace)


@pytest.fixture(scope="session")
def released(authority) -> Path:
    """The release that `kdsp run` makes of the same report."""
    outcome = run_report(EAST, authority, notebooks=PROJECT / "notebooks")
    assert outcome.folder is not None, outcome.error
    return outcome.folder


@pytest.fixture(scope="session")
def lab(authority, tmp_path_factory):
    """Where JupyterLab is, with its token."""
    own = tmp_path_factory.mktemp("person")
    for name, settings in ALL_CELLS.items():
        (own / "settings" / name).parent.mkdir(parents=True)
        (own / "settings" / name).write_text(json.dumps(settings), "utf-8")
    with (own / "log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "kdsp_lib.cli.main", "lab", "area_profile", "--no-browser", "--port", "0"],
            env={
                **os.environ,
                "KDSP_WORKSPACE": str(authority.root),
                "JUPYTER_CONFIG_DIR": str(own / "config"),
                "JUPYTER_RUNTIME_DIR": str(own / "runtime"),
                "JUPYTERLAB_SETTINGS_DIR": str(own / "settings"),
                "JUPYTERLAB_WORKSPACES_DIR": str(own / "workspaces"),
            },
            cwd=PROJECT,
            stdout=log,
            stderr=log,
        )
        try:
            yield address_of(own / "log", server)
        finally:
            server.kill()  # its own end is no part of what is tried here
            server.wait()
