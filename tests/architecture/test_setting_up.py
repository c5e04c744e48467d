"""The two commands that a stranger types, and what they leave behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def makefile(house) -> str:
    return (house / "Makefile").read_text("utf-8")


def _target(makefile: str, name: str) -> str:
    """The lines of a rule, up to the next empty one."""
    return makefile.split(f"\n{name}:", 1)[1].split("\n\n", 1)[0]


@pytest.mark.parametrize("command", ["demo", "test"])
def test_each_command_does_its_own_setting_up(makefile, command):
    assert "$(INSTALLED)" in _target(makefile, command).splitlines()[0]


def test_what_is_installed_is_what_the_lock_names_and_nothing_unhashed(makefile):
    assert "--require-hashes --no-deps -r requirements.lock" in makefile
    assert "--no-deps --no-build-isolation --editable ." in makefile


def test_a_machine_without_a_python_in_range_is_told_so(house):
    ended = subprocess.run(["make", "PYTHON=", "python"], cwd=house, capture_output=True, text=True, check=False)
    assert ended.returncode != 0
    assert "3.11 or 3.12" in ended.stderr


def test_ci_runs_the_tests_and_passes_their_failure_on(house):
    script = house / ".ci" / "run"
    text = script.read_text("utf-8")
    assert os.access(script, os.X_OK)
    assert "set -euo pipefail" in text
    assert "make test" in text
    assert "KDSP_REQUIRE_POSTGRES=1" in text
    subprocess.run(["bash", "-n", script], check=True)


@pytest.mark.parametrize(
    "made", [".venv/x", "data/x", "state/x", "outputs/x/report.html", "kdsp.toml", "docs/__pycache__/x"]
)
def test_what_the_commands_make_is_not_in_git(house, made):
    ended = subprocess.run(["git", "check-ignore", "--no-index", made], cwd=house, capture_output=True, check=False)
    if ended.returncode == 128:
        pytest.skip("not a git repository")
    assert ended.returncode == 0


@pytest.mark.parametrize(
    "kept", ["outputs/.gitkeep", "kdsp_lib/source/demo/table.py", "parameters/area_profile/east.yaml"]
)
def test_what_people_write_is_in_git(house, kept):
    """``data/`` and its like are ignored at the top only: rooms of the library may be called so too."""
    ended = subprocess.run(["git", "check-ignore", "--no-index", kept], cwd=house, capture_output=True, check=False)
    if ended.returncode == 128:
        pytest.skip("not a git repository")
    assert ended.returncode == 1


def test_installing_kdsp_tells_jupyter_of_its_kernel(house):
    try:
        distribution("kdsp")
    except PackageNotFoundError:
        pytest.skip("kdsp runs from its folder here: it is not installed")
    installed = Path(sys.prefix) / "share" / "jupyter" / "kernels" / "kdsp" / "kernel.json"
    own = house / "kdsp_lib" / "custodian" / "kernelspec" / "kernel.json"
    assert json.loads(installed.read_text("utf-8"))["argv"][1:] == json.loads(own.read_text("utf-8"))["argv"][1:]
