"""pytest is to run notebooks: a file of Python beside them is not run, and it is said which and what to do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from kdsp_lib.run.checks.beside import code_beside

SPY = "from pathlib import Path\nPath({!r}).write_text('was run')\n"


def run_pytest(folder, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
        cwd=folder, capture_output=True, text=True, timeout=300,
    )  # fmt: skip


@pytest.fixture
def project(tmp_path):
    """Notebooks beside which something was put, and an ordinary test elsewhere."""
    (tmp_path / "notebooks" / "deeper").mkdir(parents=True)
    (tmp_path / "notebooks" / "a.ipynb").write_text('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "conftest.py").write_text("")
    (tmp_path / "conftest.py").write_text("")
    return tmp_path


def put(project, name):
    made = project / "notebooks" / name
    made.write_text(SPY.format(str(project / "trace")))
    return made


def test_pytest_runs_one_where_nothing_is_said(project):
    """The control."""
    put(project, "conftest.py")
    run_pytest(project, "-p", "no:kdsp", "--nbval", "notebooks")
    assert (project / "trace").exists()


@pytest.mark.parametrize("option", ["--nbval", "--nbval-lax", "--kdsp-notebooks"])
def test_no_conftest_beside_notebooks_is_run(project, option):
    put(project, "conftest.py")
    ended = run_pytest(project, option, "notebooks")
    assert ended.returncode == 4
    assert "notebooks/conftest.py" in ended.stderr
    assert "move it" in ended.stderr
    assert not (project / "trace").exists()


@pytest.mark.parametrize(
    "name", ["conftest.py", "test_it.py", "__init__.py", "deeper/conftest.py", "deeper/test_it.py"]
)
@pytest.mark.parametrize("named", ["notebooks", "."])
def test_every_file_of_python_in_or_below_a_folder_of_notebooks_is_found(project, name, named, monkeypatch):
    monkeypatch.chdir(project)
    made = put(project, name)
    assert code_beside([Path(named)]) == [made]


def test_what_lies_above_a_folder_that_is_named_is_found(project):
    made = put(project, "conftest.py")
    assert code_beside([project / "notebooks" / "deeper"]) == [made]
    assert code_beside([project / "notebooks" / "a.ipynb"]) == [made]


def test_tests_elsewhere_are_let_be(project):
    assert code_beside([project, project / "notebooks", project / "tests"]) == []


def test_the_way_out_works(project):
    put(project, "conftest.py")
    put(project, "test_it.py")
    ended = run_pytest(project, "--nbval", "--noconftest", "notebooks/a.ipynb")
    assert ended.returncode == 5, "nothing to run in an empty notebook, and nothing refused"
    assert not (project / "trace").exists()
    assert run_pytest(project, "--nbval", "--noconftest", "notebooks").returncode == 4
