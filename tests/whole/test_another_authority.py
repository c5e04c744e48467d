"""The demo's authority under another protocol: the same custodian answers by it, and stamps it on what is released."""

import os

import pytest
import yaml

from kdsp_lib.custodian.desk import Desk
from kdsp_lib.custodian.sessions import Session
from kdsp_lib.errors import BadParameters, NotAuthorised
from kdsp_lib.source.workspace import read_workspace

QUESTIONS = {"pupils": {"kind": "count", "measure": "pupils", "by": ["phase"], "where": None, "compare": None}}
COUNTY = {"group": None, "recipient": "authority", "purpose": "place-planning"}


@pytest.fixture
def exampleshire(workspace):
    """The made-up authority as one that adopted the example's agreement: its officer has a duty of that table."""
    with (workspace.root / "kdsp.toml").open("a") as file:
        file.write('protocol = "example_authority"\n')
    register = yaml.safe_load(workspace.register.read_text("utf-8"))
    categories = ["attainment", "attendance", "exclusions", "pupil-characteristics", "sen"]
    duty = {"person": "officer:a1", "categories": categories, "purposes": ["place-planning"], "from": "2025-09-01"}
    register["duties"].append(duty)
    workspace.register.write_text(yaml.safe_dump(register, sort_keys=False, allow_unicode=True), "utf-8")
    return read_workspace(workspace.root)


@pytest.fixture
def release(exampleshire):
    desk = Desk(exampleshire)

    def ask(parameters):
        parameters = {**parameters, "period": "2025/26-autumn", "on": "2026-03-02"}
        runner = Session("runner", "officer:a1", "runner", "run", "full", os.getpid())
        notebook = Session("notebook", "officer:a1", "notebook", "run", "full", os.getpid())
        desk.begin(runner, {"notebook": "area-profile", "notebook_hash": "0" * 64, "parameters": parameters})
        desk.open(notebook, {"report": "area-profile", "parameters": parameters})
        desk.tables(notebook, {"questions": QUESTIONS})
        return desk.release(runner, {"texts": []})

    yield ask
    desk.close()


def test_a_report_is_permitted_under_its_clauses_and_says_so(release):
    released = release(COUNTY)
    assert released["decision"]["clauses"] == ["7", "9"]
    stamped = released["facts"]["protocol"]
    assert (stamped["name"], stamped["version"]) == ("example_authority", "2")
    assert "the members of the Exampleshire agreement" in released["audience"]
    assert "make one setting look better" in released["terms"]
    assert "Knowsley" not in repr({key: value for key, value in released.items() if key != "tables"})


def test_what_knowsley_permits_is_here_what_this_one_says(release):
    """The purpose of another protocol is none; a collaborative has no reports; and its own purpose needs a duty."""
    with pytest.raises(BadParameters, match="place-planning"):
        release({**COUNTY, "purpose": "removing-worry"})
    with pytest.raises(BadParameters, match="null at county level"):
        release({**COUNTY, "group": "collaborative:east"})
    with pytest.raises(NotAuthorised) as refused:
        release({**COUNTY, "purpose": "early-help"})
    assert refused.value.clauses == ("9", "12")
