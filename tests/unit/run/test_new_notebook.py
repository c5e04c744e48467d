"""A notebook started from a template is thin, takes its own first parameters, and is never written over another."""

import ast
import datetime as dt
import json
from pathlib import Path

import pytest

from kdsp_lib.custodian.served import SERVED
from kdsp_lib.errors import BadParameters
from kdsp_lib.protocol.catalogue import catalogue_of
from kdsp_lib.register import register_from_text
from kdsp_lib.run.checks.thin import thin_findings
from kdsp_lib.run.new_notebook import first_values, has_template, notebook_of, served_as, start_notebook
from kdsp_lib.run.parameters import read_parameters, report_opened_by

PROJECT = Path(__file__).resolve().parents[3]
ABOUT_PUPILS = [name for name, served in SERVED.items() if has_template(served)]
COMMUNITY = register_from_text(
    """
establishments:
- {urn: '990001', name: Ash, phase: primary}
- {urn: '990002', name: Birch, phase: primary}
groups:
- {id: 'cluster:north', name: North}
- {id: 'collaborative:east', name: East}
signatures:
- {establishment: '990002', from: 2025-09-01}
memberships:
- {establishment: '990002', group: 'cluster:north', from: 2025-09-01}
- {establishment: '990002', group: 'collaborative:east', from: 2025-09-01}
"""
).on(dt.date(2026, 3, 2))


def values_of(served):
    report = catalogue_of("knowsley")[served.name]
    return first_values(served, report, COMMUNITY, "2025/26-autumn", "2026-03-02")


@pytest.mark.parametrize("path", sorted((PROJECT / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem)
def test_the_houses_own_notebooks_are_thin(path):
    assert thin_findings(json.loads(path.read_text("utf-8"))) == []


@pytest.mark.parametrize("name", ABOUT_PUPILS)
def test_what_is_started_is_thin_and_takes_its_first_parameters(name, tmp_path):
    served = served_as(name)
    started = start_notebook("my_question", served, values_of(served), tmp_path)
    notebook = json.loads(started.notebook.read_text("utf-8"))
    assert thin_findings(notebook) == []
    assert not any(cell.get("outputs") for cell in notebook["cells"])
    assert read_parameters(started.parameters, tmp_path / "notebooks").values == values_of(served)
    assert notebook["metadata"]["kernelspec"]["name"] == "kdsp"


def test_it_begins_with_somebody_of_the_register():
    assert values_of(served_as("area-profile"))["group"] == "collaborative:east"
    assert values_of(served_as("cluster-vulnerable"))["recipient"] == "cluster:north"
    school = values_of(served_as("bespoke-school"))
    assert (school["school"], school["recipient"]) == ("990002", "establishment:990002")


def test_a_register_without_anybody_is_said():
    nobody = register_from_text("establishments: [{urn: '990001', name: Ash, phase: primary}]").on(dt.date(2026, 3, 2))
    served = served_as("area-profile")
    with pytest.raises(BadParameters, match="nobody"):
        first_values(served, catalogue_of("knowsley")[served.name], nobody, "2025/26-autumn", "2026-03-02")


@pytest.mark.parametrize("name", ["", "../x", "A", "a b", "1a", "a__b", "x" * 80 + "/", "a.ipynb"])
def test_a_name_is_a_plain_word(name, tmp_path):
    with pytest.raises(BadParameters, match="no name of a notebook"):
        start_notebook(name, served_as("area-profile"), values_of(served_as("area-profile")), tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("there", ["notebooks/mine.ipynb", "parameters/mine/first.yaml"])
def test_nothing_is_written_over_what_is_there(there, tmp_path):
    path = tmp_path / there
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    with pytest.raises(BadParameters, match="left as it is"):
        start_notebook("mine", served_as("area-profile"), values_of(served_as("area-profile")), tmp_path)
    assert [each for each in tmp_path.rglob("*") if each.is_file()] == [path]
    assert path.read_text() == "mine"


@pytest.mark.parametrize("name", ["signatory-register", "league-table"])
def test_what_has_no_template_is_refused_with_what_has(name):
    with pytest.raises(BadParameters) as refused:
        served_as(name)
    assert "area-profile" in refused.value.remedy


def test_hostile_values_stay_texts():
    served = served_as("area-profile")
    notebook = notebook_of("T", served, values_of(served) | {"group": 'x"\nimport os #'})
    cell = next(cell for cell in notebook["cells"] if cell["metadata"].get("tags") == ["parameters"])
    assert len(ast.parse("".join(cell["source"])).body) == 6


def test_a_notebook_of_ones_own_is_run_as_the_report_that_it_opens(tmp_path):
    """By whatever name: the file's says nothing of whom it is for."""
    served = served_as("bespoke-school")
    started = start_notebook("reading_by_term", served, values_of(served), tmp_path)
    found = read_parameters(started.parameters, tmp_path / "notebooks")
    assert (found.notebook.stem, found.report) == ("reading_by_term", "bespoke-school")


@pytest.mark.parametrize(
    "source", ["%matplotlib inline", 'open_report(name)\nopen_report("a-b")\nopen_report("c-d")', "open_report()"]
)
def test_one_that_does_not_say_which_is_taken_by_its_own_name(source, tmp_path):
    path = tmp_path / "area_profile.ipynb"
    path.write_text(json.dumps({"cells": [{"cell_type": "code", "source": source, "metadata": {}}]}))
    assert report_opened_by(path) == "area_profile"
