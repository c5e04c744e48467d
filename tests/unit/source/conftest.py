"""A made-up authority, made once, and small workspaces to spoil."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from census_returns import ESTABLISHMENTS

from kdsp_lib.source.demo.authority import make_authority
from kdsp_lib.source.load import Loaded, add_dataset
from kdsp_lib.source.workspace import Workspace, init_workspace, read_workspace

CENSUS = (
    "pupil_key,urn,enrol_status,ncyear,ethnicity,language,fsm,fsm_basis,fsm6,sen_provision,sen_type,lac,young_carer,"
    "service_child"
)
CENSUS_ROW = "p{n},990001,C,3,WBRI,english,true,targeted,true,K,SLCN,false,false,false"


@pytest.fixture(scope="session")
def made(tmp_path_factory) -> Workspace:
    """A made-up authority that no test may change."""
    return make_authority(tmp_path_factory.mktemp("made") / "authority")


@pytest.fixture
def spoilt(made, tmp_path) -> Workspace:
    """A copy of it, to change."""
    shutil.copytree(made.root, tmp_path / "copy")
    return read_workspace(tmp_path / "copy")


@pytest.fixture
def workspace(tmp_path) -> Workspace:
    """An empty workspace."""
    return init_workspace(tmp_path / "workspace")


@pytest.fixture(scope="session")
def known_establishments(tmp_path_factory) -> Workspace:
    """A workspace that knows its establishments; no test may change it."""
    folder = tmp_path_factory.mktemp("known")
    path = folder / "establishments.csv"
    path.write_text(ESTABLISHMENTS)
    made = init_workspace(folder / "workspace")
    add_dataset(made, "establishments", path, loaded_on=date(2025, 9, 8))
    return made


@pytest.fixture
def authority(known_establishments, tmp_path) -> Workspace:
    """A copy of it, to load into."""
    shutil.copytree(known_establishments.root, tmp_path / "authority")
    return read_workspace(tmp_path / "authority")


@pytest.fixture
def census_file(tmp_path) -> Callable[..., Path]:
    """Writes a census as CSV: a header, and so many good rows or the rows given."""

    def write(*rows: str, header: str = CENSUS, count: int = 0, encoding: str = "utf-8") -> Path:
        lines = [header, *(CENSUS_ROW.format(n=n) for n in range(1, count + 1)), *rows]
        path = tmp_path / "census.csv"
        path.write_bytes("".join(f"{line}\n" for line in lines).encode(encoding))
        return path

    return write


@pytest.fixture
def load(workspace) -> Callable[[Path], Loaded]:
    """Loads a file as the census of autumn 2025."""
    return lambda path: add_dataset(workspace, "census", path, "2025/26-autumn", loaded_on=date(2025, 10, 20))


def everything_in(folder: Path) -> set[str]:
    """All that lies in a folder, by path."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


@pytest.fixture
def listing() -> Callable[[Path], set[str]]:
    return everything_in
