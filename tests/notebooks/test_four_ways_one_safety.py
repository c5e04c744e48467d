"""`kdsp run`, plain papermill, JupyterLab and nbval give the same outputs from the same protected tables.

JupyterLab takes a browser: `tests/browser` holds it to `kdsp run`, as these hold the others.
"""

from __future__ import annotations

import json

import pytest
from executed_notebook import AT_ONCE, NOTEBOOKS, PARAMETERS, Shown

from kdsp_lib.custodian.confinement import obtainable
from kdsp_lib.custodian.ledger import Ledger
from kdsp_lib.register.database import Database
from kdsp_lib.custodian.start import facts
from kdsp_lib.report.session import REPORT_MIME


@pytest.mark.parametrize("number", range(len(AT_ONCE)), ids=[f"{n}-{area}" for n, area in enumerate(AT_ONCE)])
def test_papermill_shows_what_a_run_releases(at_once, released, number):
    """Several kernels asked one custodian at the same time; each got the answers of its own report."""
    release = released[AT_ONCE[number]]
    assert at_once[number].tables == release.tables
    assert at_once[number].charts == release.charts
    assert len(release.tables) == 10


def test_what_was_asked_at_once_is_not_mixed_up(at_once):
    scopes = [{table["scope"].partition(",")[0] for table in shown.tables} for shown in at_once]
    assert all(len(scope) == 1 for scope in scopes)
    assert len(set.union(*scopes)) == len(set(AT_ONCE))
    first, second = (shown for shown, area in zip(at_once, AT_ONCE, strict=True) if area == "east")
    assert first.bundles == second.bundles


def test_one_custodian_answered_them_all(authority, custodian, released):
    assert facts(authority)["pid"] == custodian
    with Database(authority.database) as database:
        assert Ledger(database).verify() > 0


def test_the_stored_outputs_are_those_of_papermill(at_once):
    """Not the figures alone: words, pages and drawings too."""
    assert Shown(NOTEBOOKS / "area_profile.ipynb").bundles == at_once[AT_ONCE.index("east")].bundles


def test_the_warm_engine_shows_the_same_under_papermill(call, at_once, tmp_path):
    made = tmp_path / "warm.ipynb"
    ended = call(
        "papermill", "--engine", "kdsp", NOTEBOOKS / "area_profile.ipynb", made, "-f", PARAMETERS / "east.yaml"
    )
    assert ended.returncode == 0, ended.stderr
    assert Shown(made).bundles == at_once[AT_ONCE.index("east")].bundles
    cells, others = (json.loads(path.read_text())["cells"] for path in (made, at_once[AT_ONCE.index("east")].path))
    assert [cell["source"] for cell in cells] == [cell["source"] for cell in others]
    assert [cell.get("execution_count") for cell in cells] == [cell.get("execution_count") for cell in others]


def test_a_cell_that_raises_under_the_warm_engine_fails_as_under_papermills_own(call, tmp_path):
    notebook = tmp_path / "raises.ipynb"
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "outputs": [], "execution_count": None}
    cells = [cell | {"source": source} for source in ("print('before')", "1 / 0", "print('after')")]
    kernel = {"kernelspec": {"name": "kdsp", "display_name": "kdsp", "language": "python"}}
    notebook.write_text(json.dumps({"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}), "utf-8")
    ended = call("papermill", "--engine", "kdsp", notebook, tmp_path / "out.ipynb")
    assert ended.returncode == 1
    assert "ZeroDivisionError" in ended.stderr
    outputs = [cell.get("outputs") for cell in json.loads((tmp_path / "out.ipynb").read_text())["cells"]]
    assert [[each["output_type"] for each in cell] for cell in outputs if cell] == [["stream"], ["error"]]


def test_a_stock_kernel_gets_the_same_tables_and_says_how_it_is_confined(call, released, tmp_path):
    made = tmp_path / "stock.ipynb"
    ended = call("papermill", NOTEBOOKS / "area_profile.ipynb", made, "-f", PARAMETERS / "east.yaml", "-k", "python3")
    assert ended.returncode == 0, ended.stderr
    shown = Shown(made)
    assert shown.tables == released["east"].tables
    assert shown.charts == released["east"].charts
    (opened,) = (data[REPORT_MIME] for data in shown.bundles if REPORT_MIME in data)
    assert dict(opened["facts"])["Confinement"].startswith(f"{obtainable(late=True)}. ")


@pytest.mark.usefixtures("released")  # the audit is about a release
def test_nbval_holds_the_notebooks_to_their_stored_outputs(call):
    """What it sees of a figure that is not the custodian's: test_nbval_finds_what_changed.py."""
    ended = call("pytest", "--nbval", NOTEBOOKS, "-q", "-p", "no:cacheprovider")
    assert ended.returncode == 0, ended.stdout
