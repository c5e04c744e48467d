"""nbval within a rerun ends by its cells, or not at all: what is no word of a cell is no pass."""

import subprocess

import pytest

from kdsp_lib.errors import BadParameters, Broken
from kdsp_lib.run import by_nbval
from kdsp_lib.source.workspace import init_workspace

NOTEBOOK = {"cells": [{"cell_type": kind, "source": ""} for kind in ("markdown", "code", "markdown", "code")]}


@pytest.fixture
def ended(monkeypatch, tmp_path):
    """What is found where pytest ends so."""

    def found(code, printed):
        result = subprocess.CompletedProcess([], code, printed, "")
        monkeypatch.setattr(by_nbval.subprocess, "run", lambda *_, **__: result)
        return by_nbval.failed_cells(NOTEBOOK, init_workspace(tmp_path / "w", requester="officer:a1"), "run")

    return found


def test_its_cells_of_code_are_numbered_among_all_cells(ended):
    assert ended(1, "FAILED report.ipynb::Cell 0\nFAILED report.ipynb::Cell 1\n") == (2, 4)


def test_none_fails(ended):
    assert ended(0, "2 passed") == ()


@pytest.mark.parametrize(("code", "printed"), [(1, ""), (0, "FAILED report.ipynb::Cell 0"), (2, ""), (4, ""), (5, "")])
def test_another_end_is_no_pass(ended, code, printed):
    with pytest.raises(Broken):
        ended(code, printed)


def test_without_nbval_it_says_how_to_have_it(monkeypatch):
    monkeypatch.setattr(by_nbval, "find_spec", lambda _: None)
    with pytest.raises(BadParameters, match="nbval is not installed"):
        by_nbval.refuse_without_nbval()
