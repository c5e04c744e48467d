"""A made-up authority of its own, and ways to run the notebook over it that are not `kdsp run`."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from executed_notebook import AT_ONCE, NOTEBOOKS, PARAMETERS, Shown

from kdsp_lib.custodian.start import facts, stop
from kdsp_lib.run.batch import run_reports
from kdsp_lib.source.demo.authority import make_authority

SECONDS = 300


@pytest.fixture(scope="session")
def authority(tmp_path_factory, with_edition):
    """With what was released of the years before, as ``make demo`` has it."""
    workspace = with_edition(make_authority(tmp_path_factory.mktemp("authority")))
    earlier = sorted((PARAMETERS.parent / "batch").glob("earlier_years_of_*.yaml"))
    outcomes = run_reports(earlier, workspace, notebooks=NOTEBOOKS)
    assert [outcome.error for outcome in outcomes] == [None] * 4
    yield workspace
    stop(workspace)


@pytest.fixture(scope="session")
def call(authority, tmp_path_factory) -> Callable[..., subprocess.CompletedProcess[str]]:
    """A Python program as a person would start it, in the authority's workspace."""

    def call(*arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", *map(str, arguments)],
            env={**os.environ, "KDSP_WORKSPACE": str(authority.root)},
            cwd=tmp_path_factory.mktemp("elsewhere"),
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )

    return call


@pytest.fixture(scope="session")
def at_once(authority, call, tmp_path_factory) -> list[Shown]:
    """The notebook by plain papermill for several areas, one of them twice, all at the same time and before any run of theirs."""
    out = tmp_path_factory.mktemp("executed")

    def papermill(number: int) -> Shown:
        made = out / f"{number}.ipynb"
        parameters = PARAMETERS / f"{AT_ONCE[number]}.yaml"
        ended = call("papermill", NOTEBOOKS / "area_profile.ipynb", made, "-f", parameters)
        if "Address already in use" in ended.stderr:  # papermill chose a port that another program took meanwhile
            ended = call("papermill", NOTEBOOKS / "area_profile.ipynb", made, "-f", parameters)
        assert ended.returncode == 0, ended.stderr
        return Shown(made)

    with ThreadPoolExecutor(len(AT_ONCE)) as kernels:
        return list(kernels.map(papermill, range(len(AT_ONCE))))


@pytest.fixture(scope="session")
def custodian(authority, at_once) -> int:
    """The one process that answered them all."""
    running = facts(authority)
    assert running is not None
    return int(running["pid"])


@pytest.fixture(scope="session")
def released(authority, at_once, custodian) -> dict[str, Shown]:
    """What `kdsp run` releases of the same areas, afterwards and one after the other."""
    outcomes = run_reports(
        [PARAMETERS / f"{area}.yaml" for area in sorted(set(AT_ONCE))], authority, notebooks=NOTEBOOKS
    )
    assert [outcome.error for outcome in outcomes] == [None] * len(outcomes)
    return {outcome.parameters.stem: Shown(outcome.folder / "report.ipynb") for outcome in outcomes}
