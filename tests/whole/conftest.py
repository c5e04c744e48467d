"""A made-up authority of its own, a custodian of its own, and reports run as a user runs them."""

import json
import os
import shutil
import subprocess
import sys

import pytest
from processes import end_started
from project_paths import NOTEBOOKS, PARAMETERS, PROJECT

from kdsp_lib.custodian.start import stop
from kdsp_lib.run.batch import run_reports
from kdsp_lib.run.notebook import ENGINE, PAPERMILL, WARM
from kdsp_lib.source.demo.authority import make_authority
from kdsp_lib.source.workspace import read_workspace


@pytest.fixture(scope="session")
def authority(tmp_path_factory, with_edition):
    """The made-up authority of the default seed, as `make demo` makes it."""
    workspace = with_edition(make_authority(tmp_path_factory.mktemp("authority")))
    yield workspace
    stop(workspace)


@pytest.fixture(scope="session")
def outcomes(authority):
    """What became of each area profile of the demo, by the name of its parameter file."""
    paths = [PARAMETERS / "area_profile" / f"{area}.yaml" for area in ("central", "east", "west")]
    return {outcome.parameters.stem: outcome for outcome in run_reports(paths, authority, notebooks=NOTEBOOKS)}


@pytest.fixture(scope="session")
def kdsp(authority):
    """The command line, as a process of its own in the made-up authority's workspace."""

    def kdsp(*arguments, **options):
        environment = {**os.environ, "KDSP_WORKSPACE": str(authority.root)}
        return subprocess.run(
            [sys.executable, "-m", "kdsp_lib.cli.main", *map(str, arguments)],
            capture_output=True,
            text=True,
            env=environment,
            cwd=PROJECT,
            timeout=300,
            **options,
        )

    return kdsp


@pytest.fixture(scope="session")
def new_workspace(authority, tmp_path_factory, with_edition):
    """Make the made-up authority again, without what others released from it; its custodian ends with the tests."""
    made = []

    def make():
        root = tmp_path_factory.mktemp("again") / "authority"
        others = shutil.ignore_patterns(authority.state.name, authority.outputs.name)
        shutil.copytree(authority.root, root, ignore=others)
        workspace = read_workspace(root)
        workspace.state.mkdir(mode=0o700)
        workspace.outputs.mkdir()
        made.append(with_edition(workspace))
        return workspace

    yield make
    for workspace in made:
        stop(workspace)


@pytest.fixture
def workspace(new_workspace):
    """A made-up authority for one test."""
    made = new_workspace()
    yield made
    end_started()
    stop(made)


@pytest.fixture(params=[WARM, PAPERMILL])
def engine(request, monkeypatch):
    """Each way to run notebooks in turn, for all that is started."""
    monkeypatch.setenv(ENGINE, request.param)
    return request.param


@pytest.fixture
def notebooks(tmp_path):
    """Make a folder with the area profile and one cell of code more, ``first`` after its parameters or last."""

    def make(code, *, first=False, alone=False):
        notebook = json.loads((NOTEBOOKS / "area_profile.ipynb").read_text("utf-8"))
        cell = {
            "cell_type": "code",
            "id": "more",
            "metadata": {},
            "source": code,
            "outputs": [],
            "execution_count": None,
        }
        cells = notebook["cells"]
        after = 1 + next(i for i, c in enumerate(cells) if "parameters" in c["metadata"].get("tags", ()))
        rest = [] if alone else cells[after:]
        notebook["cells"] = [*cells[:after], cell, *rest] if first or alone else [*cells, cell]
        folder = tmp_path / "notebooks"
        folder.mkdir(exist_ok=True)
        (folder / "area_profile.ipynb").write_text(json.dumps(notebook), "utf-8")
        return folder

    return make
