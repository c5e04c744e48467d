"""Three areas, term after term: every figure is shown, near the truth, whatever else is out."""

from __future__ import annotations

import os

import pytest
import yaml
from project_paths import PARAMETERS
from recount import Recount

from kdsp_lib.custodian.desk import Desk
from kdsp_lib.custodian.sessions import Session

AREAS = ("east", "west", "central")
TERMS = ("autumn", "spring")
QUESTIONS = {
    "phases": {"kind": "count", "measure": "pupils", "by": ["phase"], "where": None},
    "meals": {"kind": "rate", "measure": "fsm6", "by": ["sex"], "where": None},
    "absence": {"kind": "rate", "measure": "persistent-absence", "by": ["sex", "fsm6"], "where": None},
}


@pytest.fixture(scope="module")
def answered(new_workspace):
    """What came out, by area and term."""
    desk, found = Desk(new_workspace()), {}
    for term in TERMS:
        for area in AREAS:
            parameters = yaml.safe_load((PARAMETERS / "area_profile" / f"{area}.yaml").read_text())
            found[area, term] = release(desk, parameters | {"period": f"2025/26-{term}", "on": "2026-06-15"})
    desk.close()
    return found


def release(desk, parameters):
    """Ask the desk as the runner and its notebook do."""
    run = f"{parameters['group']} {parameters['period']}"
    runner = Session("runner", "officer:a1", "runner", run, "full", os.getpid())
    notebook = Session("notebook", "officer:a1", "notebook", run, "full", os.getpid())
    desk.begin(runner, {"notebook": "area-profile", "notebook_hash": "0" * 64, "parameters": parameters})
    desk.open(notebook, {"report": "area-profile", "parameters": parameters, "confinement": "full"})
    desk.tables(notebook, {"questions": QUESTIONS})
    return desk.release(runner, {"texts": []})


def test_no_figure_is_lost_to_what_is_out_already(answered):
    for released in answered.values():
        values = [value for table in released["tables"] for cell in table["cells"] for value in cell["values"]]
        assert len(values) > 25
        assert "c" not in values


def test_counts_are_near_the_truth(answered, authority):
    recount = Recount(authority)
    for area in AREAS:
        pupils = recount.of_group(f"collaborative:{area}")
        (phases,) = (table for table in answered[area, "autumn"]["tables"] if table["name"] == "phases")
        true = {**pupils.groupby("phase").size(), "All": len(pupils)}
        shown = {cell["codes"][0]: int(cell["values"][0]) for cell in phases["cells"]}
        alone = {code: count for code, count in shown.items() if code in true}
        assert "All" in alone
        assert all(count % 5 == 0 and abs(count - true[code]) < 5 for code, count in alone.items())
        (meals,) = (table for table in answered[area, "autumn"]["tables"] if table["name"] == "meals")
        for cell in meals["cells"]:
            whose = pupils if cell["codes"] == ["All"] else pupils[pupils["sex"] == cell["codes"][0]]
            for printed, count in zip(cell["values"][1:], ((whose["fsm6"] == "yes").sum(), len(whose)), strict=True):
                assert int(printed) % 5 == 0, cell
                assert abs(int(printed) - count) < 5, cell


def test_each_release_names_its_edition_and_was_compared_with_none(answered):
    for (_, term), released in answered.items():
        assert released["facts"]["editions"] == [f"2025/26-{term}, edition 1"]
        assert released["facts"]["compared_with"] == []
