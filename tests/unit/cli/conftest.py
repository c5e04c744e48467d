"""A command line that is run in this process, and what it said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from acting import own_account


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def _own_account(monkeypatch):
    own_account(monkeypatch)


@pytest.fixture
def kdsp(capsys, tmp_path, monkeypatch) -> Callable[..., Ended]:
    """``kdsp("init", "here")`` in an empty folder, without a workspace from elsewhere."""
    from kdsp_lib.cli.main import main

    monkeypatch.delenv("KDSP_WORKSPACE", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "own-state"))
    folder = tmp_path / "folder"
    folder.mkdir()
    monkeypatch.chdir(folder)

    def run(*arguments: str) -> Ended:
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Ended(int(ended.value.code or 0), captured.out, captured.err)

    return run
