"""The same request gives the same bytes: every file of a release but the manifest's part for times and hosts.

Each time in a state of its own, with the secret that names releases the same: hash seeds, folders, time zones, locales
and interpreters. `make other` sets up an environment of the other Python; ``KDSP_OTHER_PYTHON`` names one elsewhere.
"""

import json
import os
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest
from project_paths import PROJECT
from small_profile import PARAMETERS, put_into

from kdsp_lib.custodian.secret import read_secret
from kdsp_lib.custodian.start import stop
from kdsp_lib.release.read import verify_release

OTHER = os.environ.get("KDSP_OTHER_PYTHON", str(PROJECT / ".venv-other" / "bin" / "python"))


@pytest.fixture(scope="module")
def made(authority, new_workspace):
    """Run the report in a fresh state; every file's bytes, the manifest without what is of the run."""
    secret, numbers = read_secret(authority.state), count(1)

    def make(*, python=sys.executable, cwd=PROJECT, parameters=PARAMETERS, **environment):
        workspace = new_workspace()
        key = workspace.state / "custodian.key"
        key.write_bytes(secret)
        key.chmod(0o600)
        path = put_into(workspace.root)
        path.write_text(parameters, "utf-8")
        seed = str(next(numbers))
        ended = subprocess.run(
            [python, "-m", "kdsp_lib.cli.main", "run", str(path)],
            env={**os.environ, "PYTHONHASHSEED": seed, **environment, "KDSP_WORKSPACE": str(workspace.root)},
            cwd=cwd, capture_output=True, text=True, timeout=600,
        )  # fmt: skip
        stop(workspace)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        [folder] = [path for path in workspace.outputs.iterdir() if path.is_dir()]
        assert verify_release(folder) == ()
        return files_of(folder)

    return make


def files_of(folder: Path) -> dict[str, bytes]:
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    manifest = json.loads(found["manifest.json"])
    assert manifest.pop("transient").keys() == {"started", "finished", "python", "commit"}
    return {**found, "manifest.json": json.dumps(manifest, sort_keys=True).encode()}


@pytest.fixture(scope="module")
def first(made):
    """The bytes to compare with, of a run with hash seed 1."""
    files = made()
    suffixes = {Path(name).suffix for name in files}
    assert {".html", ".ipynb", ".pdf", ".xlsx", ".csv", ".svg", ".png", ".json", ".txt"} <= suffixes
    return files


def differing(one, other):
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


@pytest.mark.parametrize(("zone", "locale"), [("Pacific/Kiritimati", "tr_TR.UTF-8"), ("America/Anchorage", "C")])
def test_another_run_with_another_hash_seed_folder_time_zone_and_locale(first, made, tmp_path, zone, locale):
    """All at once: each run here has a state and a hash seed of its own."""
    assert differing(first, made(cwd=tmp_path, TZ=zone, LC_ALL=locale, LANG=locale)) == []


def test_parameters_in_another_order(first, made):
    lines = PARAMETERS.splitlines(keepends=True)
    assert differing(first, made(parameters="".join(reversed(lines)))) == []


@pytest.mark.skipif(not Path(OTHER).exists(), reason="no environment of another Python is here: make other")
def test_two_pythons(first, made):
    version = "import sys; print(sys.version_info[:2])"
    other = subprocess.run([OTHER, "-c", version], capture_output=True, text=True, check=True).stdout.strip()
    assert other != str(sys.version_info[:2]), "the other Python is of the same version"
    prefix = str(Path(OTHER).parent)
    found = made(python=OTHER, PATH=f"{prefix}{os.pathsep}{os.environ['PATH']}", VIRTUAL_ENV=str(Path(prefix).parent))
    assert differing(first, found) == []
