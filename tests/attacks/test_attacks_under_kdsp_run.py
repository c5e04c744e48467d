"""Every way in `ways_*.py` again, from the first cell of a notebook that `kdsp run` runs to a release.

The report is released all the same: what was tried in its kernel got nothing, so there is nothing that could be in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ground import Ground, Outcome
from running import by_engine, leave_open
from ways import Way, all_ways
from ways_to_ask import LISTENING

PROJECT = Path(__file__).resolve().parents[2]
PROFILE = PROJECT / "notebooks" / "area_profile.ipynb"
PARAMETERS = PROJECT / "parameters" / "area_profile" / "east.yaml"
WAYS = all_ways()
TOGETHER = (*(way for way in WAYS if not way.alone), LISTENING)
ALONE = tuple(way for way in WAYS if way.alone)

pytestmark = pytest.mark.needs_confinement


@dataclass(frozen=True)
class Attempt:
    """What each way got, how the run ended, and which release folders there are now."""

    outcomes: dict[str, Outcome]
    run: Any
    folders: tuple[Path, ...]
    canary: str


@pytest.fixture(scope="module", params=["warm", "papermill"])
def engine(request: pytest.FixtureRequest) -> str:
    """How the notebook's kernel comes about: forked, or started."""
    return str(request.param)


def _attempt(ways: tuple[Way, ...], ground: Ground, engine: str) -> Attempt:
    import nbformat

    from kdsp_lib.custodian.start import ensure_running
    from kdsp_lib.run import one_report
    from kdsp_lib.source.workspace import read_workspace

    workspace = read_workspace(ground.root)
    ensure_running(workspace)
    notebook = nbformat.read(PROFILE, 4)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(ground.first_cell(ways)))
    notebooks = ground.root / "attacked"
    notebooks.mkdir()
    nbformat.write(notebook, notebooks / PROFILE.name)
    before, printed = ground.before(ways), [""]

    def watched(*arguments: Any) -> dict[str, Any]:
        executed = execute(*arguments)
        printed[0] = "".join(output.get("text", "") for output in executed["cells"][0]["outputs"])
        return executed

    execute = one_report.execute
    with by_engine(engine) as patch:
        patch.setattr(one_report, "execute", watched)
        patch.setenv("DATABASE_PASSWORD", ground.canary)
        leave_open(patch, ground.inherited)
        run = one_report.run_report(PARAMETERS, workspace, notebooks=notebooks)
    outcomes = ground.outcomes(ways, printed[0], before)
    manifests = tuple(path.parent for path in workspace.outputs.glob("*/manifest.json"))
    return Attempt(outcomes, run, manifests, ground.canary)


@pytest.fixture(scope="module")
def attempt(tmp_path_factory: pytest.TempPathFactory, kernel_specification: Path, engine: str) -> Iterator[Attempt]:
    ground = Ground(tmp_path_factory.mktemp("run"), kernel_specification, authority=True)
    yield _attempt(TOGETHER, ground, engine)
    ground.close()


@pytest.mark.parametrize("way", TOGETHER, ids=lambda way: way.slug)
def test_kdsp_run_withstands(way: Way, attempt: Attempt) -> None:
    outcome = attempt.outcomes[way.slug]
    assert not outcome.died
    assert not outcome.worked, outcome


def test_the_report_is_released_and_holds_nothing_of_it(attempt: Attempt) -> None:
    assert attempt.run.error is None, attempt.run.error
    assert attempt.folders == (attempt.run.folder,)
    assert json.loads((attempt.run.folder / "manifest.json").read_text())["confinement"] == "full"
    for path in attempt.run.folder.rglob("*"):
        assert not path.is_file() or attempt.canary.encode() not in path.read_bytes(), path


@pytest.mark.parametrize("way", ALONE, ids=lambda way: way.slug)
def test_kdsp_run_withstands_if_only_by_the_kernels_end(
    way: Way, tmp_path: Path, kernel_specification: Path, engine: str
) -> None:
    ground = Ground(tmp_path, kernel_specification, authority=True)
    try:
        attempt = _attempt((way,), ground, engine)
    finally:
        ground.close()
    assert not attempt.outcomes[way.slug].worked, attempt.outcomes
    assert attempt.run.status == "failed" or not attempt.outcomes[way.slug].died
    assert len(attempt.folders) == (attempt.run.status == "released")
