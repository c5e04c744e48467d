"""`kdsp run` where a kernel is confined in part or not at all: it says so, or with `--require-confinement` it refuses.

Three ways to get there: somebody made a stock kernel of the name `kdsp`, which papermill then starts, libseccomp is
missing, or Landlock is.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from kdsp_lib.custodian.start import stop
from kdsp_lib.source.demo.authority import make_authority
from kdsp_lib.source.workspace import Workspace

PROJECT = Path(__file__).resolve().parents[2]
EAST = PROJECT / "parameters" / "area_profile" / "east.yaml"
STOCK = {
    "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
    "display_name": "kdsp (confined)",
    "language": "python",
}
COMMAND = "import sys; from kdsp_lib.cli.main import main; sys.exit(main())"

pytestmark = pytest.mark.needs_confinement


@dataclass(frozen=True)
class Place:
    """A workspace of the made-up authority, and the kernels and the system that commands find in it."""

    workspace: Workspace
    kernels: Path
    lacks: str

    @property
    def level(self) -> str:
        """How its kernels are confined."""
        return "none" if self.lacks == "Landlock" else "partial"

    def kdsp_run(self, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """What `kdsp run` says of the east's area profile."""
        before = [str(Path(__file__).with_name("without_landlock.py"))] if self.lacks == "Landlock" else []
        engine = ["--engine", "papermill"] if self.lacks == "its kernel" else []
        run = ["run", "--notebooks", str(PROJECT / "notebooks"), *engine, *options, str(EAST)]
        return subprocess.run(
            [sys.executable, *before, "-c", COMMAND, *run],
            cwd=self.workspace.root,
            env={**os.environ, "JUPYTER_PATH": str(self.kernels), "PYTHONPATH": self.path(), **environment},
            capture_output=True,
            text=True,
            timeout=300,
        )

    def path(self) -> str:
        """Where Python looks: first, where something is missing, for what says that it is."""
        missing = [str(self.workspace.root / "missing")] if self.lacks == "libseccomp" else []
        return os.pathsep.join([*missing, str(PROJECT)])

    def releases(self) -> list[dict[str, object]]:
        """The manifests of all that was released."""
        return [json.loads(path.read_text()) for path in self.workspace.outputs.glob("*/manifest.json")]


@pytest.fixture(scope="module", params=["its kernel", "libseccomp", "Landlock"])
def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, kernel_specification: Path
) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("lesser")
    kernels = kernel_specification.parents[1]
    if request.param == "its kernel":
        kernels = folder / "jupyter"
        (kernels / "kernels" / "kdsp").mkdir(parents=True)
        (kernels / "kernels" / "kdsp" / "kernel.json").write_text(json.dumps(STOCK))
    workspace = make_authority(folder / "workspace")
    (workspace.root / "missing").mkdir()
    (workspace.root / "missing" / "pyseccomp.py").write_text("raise ImportError('there is no libseccomp')")
    yield Place(workspace, kernels, request.param)
    stop(workspace)


def test_where_it_is_required_nothing_is_released(place: Place) -> None:
    ended = place.kdsp_run("--require-confinement")
    assert ended.returncode == 10
    assert f"confinement is {place.level}" in ended.stderr
    assert "to fix   use the kernel named kdsp" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert place.releases() == []


def test_where_it_is_not_the_page_and_the_manifest_say_how_it_was_confined(place: Place) -> None:
    ended = place.kdsp_run()
    assert ended.returncode == 0, ended.stderr
    (manifest,) = place.releases()
    assert manifest["confinement"] == place.level
    page = next(place.workspace.outputs.glob("*/report.html")).read_text()
    assert "<dt>Confinement</dt>" in page
    assert {"partial": "confined in part only", "none": "not confined"}[place.level] in page


def test_such_a_release_is_not_taken_for_one_that_was_confined(place: Place) -> None:
    assert place.kdsp_run().stdout.startswith("unchanged")
    assert place.kdsp_run(KDSP_REQUIRE_CONFINEMENT="1").returncode == 10
