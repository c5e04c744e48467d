"""A notebook may ask in several calls: what it was told binds what it is told next, and all of it is one release."""

from __future__ import annotations

import json

import nbformat
import pytest
from project_paths import PARAMETERS
from recount import count_rows

from kdsp_lib.run.one_report import run_report

OPEN = """from kdsp_lib import open_report
report = open_report(
    "area-profile", group=group, recipient=recipient, purpose=purpose, period=period, on=on
)"""


@pytest.fixture
def run(authority, tmp_path):
    """Run a notebook of these cells, for these parameters, to its outcome."""

    def run(*cells, area="west", name="asked", **changes):
        notebook = nbformat.v4.new_notebook()
        parameters = "group = recipient = purpose = period = on = None"
        notebook.cells = [nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]})]
        notebook.cells += [nbformat.v4.new_code_cell(source) for source in (OPEN, *cells)]
        notebook.metadata["kernelspec"] = {"name": "kdsp", "display_name": "kdsp", "language": "python"}
        (tmp_path / "notebooks").mkdir(exist_ok=True)
        nbformat.write(notebook, tmp_path / "notebooks" / "area_profile.ipynb")
        text = (PARAMETERS / "area_profile" / f"{area}.yaml").read_text()
        for old, new in changes.items():
            text = text.replace(old, new)
        path = tmp_path / "area_profile" / f"{name}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return run_report(path, authority, notebooks=tmp_path / "notebooks")

    return run


ONE = 'one = report.tables(sexes=report.count("pupils", by=["sex"]))\none["sexes"]'
TWO = (
    'two = report.tables(eal=report.rate("eal", by=["sex"]), years=report.count("pupils", by=["year-group"]))\n'
    'two["eal"]'
)
SUMMER = {"2025/26-autumn": "2025/26-summer", "2026-03-02": "2026-06-15"}


def test_two_calls_make_one_release(run):
    outcome = run(ONE, TWO, **SUMMER)
    assert outcome.status == "released", outcome.error
    described = json.loads((outcome.folder / "tables.json").read_text())
    assert [table["file"].split("/")[-1] for table in described["tables"]] == ["sexes.csv", "eal.csv", "years.csv"]
    shown = {}
    for _, row in count_rows(outcome.folder):
        key = tuple(sorted((k, v) for k, v in row.items() if k not in ("n",) and v not in ("All", "pupils")))
        assert shown.setdefault(key, row["n"]) == row["n"]


def test_a_name_is_used_once(run):
    again = ONE.replace('"sex"', '"phase"')
    outcome = run(ONE, again, **SUMMER)
    assert (outcome.status, outcome.exit_code) == ("mistake", 10)
    assert "a name of its own" in str(outcome.error)


def test_a_notebook_that_asks_nothing_releases_nothing(run, authority):
    before = sorted(authority.outputs.glob("*"))
    outcome = run("report", **SUMMER)
    assert (outcome.status, outcome.exit_code) == ("mistake", 10)
    assert sorted(authority.outputs.glob("*")) == before


def test_a_cell_that_fails_leaves_nothing(run, authority):
    before = sorted(authority.outputs.glob("*"))
    outcome = run(ONE, "1 / 0", **SUMMER)
    assert (outcome.status, outcome.exit_code) == ("failed", 70)
    assert "ZeroDivisionError" in str(outcome.error)
    assert sorted(authority.outputs.glob("*")) == before


def test_a_filter_that_picks_out_few_is_refused(run, authority):
    before = sorted(authority.outputs.glob("*"))
    few = 'report.tables(few=report.count("pupils", by=["sex"], where="phase = \'nursery\' and ncyear = \'N1\'"))'
    outcome = run(few, **SUMMER)
    assert (outcome.status, outcome.exit_code) == ("refused", 13)
    assert "fewer" not in str(outcome.error)
    assert sorted(authority.outputs.glob("*")) == before
