"""The rooms: each imports only those before it, and each is light to enter."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

HEAVY = (
    "pandas",
    "pyarrow",
    "ibis",
    "numpy",
    "scipy",
    "matplotlib",
    "duckdb",
    "papermill",
    "highspy",
    "IPython",
)
HEAVY_PROBE = f"import sys; print(*sorted(set({HEAVY!r}) & set(sys.modules)))"


def _layers(house: Path) -> list[str]:
    settings = tomllib.loads((house / "pyproject.toml").read_text("utf-8"))
    return [layer.strip("()") for layer in settings["tool"]["importlinter"]["contracts"][0]["layers"]]


def test_a_room_imports_only_itself_and_the_rooms_before_it(house):
    linter = Path(sys.executable).with_name("lint-imports")
    ended = subprocess.run([linter, "--no-cache"], cwd=house, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_every_room_stands_in_the_order_of_rooms(house):
    """A room that the contract does not name could import anything."""
    package = house / "kdsp_lib"
    rooms = {f"kdsp_lib.{path.name}" for path in package.iterdir() if (path / "__init__.py").is_file()}
    modules = {f"kdsp_lib.{path.stem}" for path in package.glob("*.py") if path.stem != "__init__"}
    assert rooms | modules <= set(_layers(house))


def _loaded_after(code: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-c", f"{code}\n{HEAVY_PROBE}"], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    "room", ["kdsp_lib", "kdsp_lib.protocol", "kdsp_lib.register", "kdsp_lib.source", "kdsp_lib.report", "kdsp_lib.run"]
)
def test_entering_a_room_loads_nothing_heavy(room):
    assert _loaded_after(f"import {room}") == ""


def test_the_probe_sees_a_heavy_import():
    assert "numpy" in _loaded_after("import numpy")


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["data", "--help"], ["custodian", "--help"]])
def test_help_answers_without_loading_anything_heavy(arguments):
    code = f"""
from kdsp_lib.cli.main import main
try:
    main({arguments!r})
except SystemExit as ended:
    assert not ended.code
"""
    assert _loaded_after(code) == ""
