"""A made-up authority of its own, a custodian of its own, and reports run as a user runs them."""

import os
import subprocess
import sys

import pytest
from project_paths import NOTEBOOKS, PARAMETERS, PROJECT

from kdsp_lib.custodian.start import stop
from kdsp_lib.run.batch import run_reports
from kdsp_lib.source.demo.authority import make_authority


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    """The made-up authority of the default seed, as `make demo` makes it."""
    workspace = make_authority(tmp_path_factory.mktemp("authority"))
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
