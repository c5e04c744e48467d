"""What the tests of the house look at: its modules as text and as trees, and its documents."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def house() -> Path:
    """The project's folder."""
    return HOUSE


@pytest.fixture(scope="session")
def modules() -> Mapping[str, ast.Module]:
    """Every module of the library, by its path from ``kdsp_lib/``."""
    package = HOUSE / "kdsp_lib"
    found = {
        path.relative_to(package).as_posix(): ast.parse(path.read_text("utf-8"))
        for path in sorted(package.rglob("*.py"))
        if ".ipynb_checkpoints" not in path.parts
    }
    assert len(found) > 20, "the library was not found"
    return found


@pytest.fixture(scope="session")
def texts() -> Mapping[str, str]:
    """Every text file that a person wrote, by its path from the project's folder."""
    return {path.relative_to(HOUSE).as_posix(): path.read_text("utf-8") for path in _written_by_people()}


def _written_by_people() -> Iterator[Path]:
    kinds = {
        ".py",
        ".md",
        ".toml",
        ".yaml",
        ".yml",
        ".cedar",
        ".cedarschema",
        ".json",
        ".ipynb",
        ".html",
        ".css",
        ".j2",
    }
    rooms = ("kdsp_lib", "tests", "tools", "docs", "notebooks", "parameters", ".ci")
    tops = [path for path in HOUSE.iterdir() if path.is_file() and (path.suffix in kinds or path.name == "Makefile")]
    yield from sorted(path for path in tops if path.name not in ("environment.yml", "kdsp.toml"))
    for room in rooms:
        for path in sorted((HOUSE / room).rglob("*")):
            if path.is_file() and (path.suffix in kinds or room == ".ci") and ".ipynb_checkpoints" not in path.parts:
                yield path
