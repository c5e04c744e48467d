"""The notebook of a release, opened again, shows what was released and is no draft; or is refused with what moved."""

from __future__ import annotations

import os

import pytest
from small_workspace import AUTUMN, OFFICER, Roll, School, SmallWorkspace, asked

from kdsp_lib.custodian.sessions import Session
from kdsp_lib.errors import BadParameters

SCHOOLS = [School(f"99{k:04}") for k in range(1, 6)]
QUESTIONS = {"sexes": asked("count", "pupils", "sex")}
AREA = {
    "group": "collaborative:east", "recipient": "collaborative:east", "purpose": "commissioning-of-services",
    "period": AUTUMN, "on": "2026-03-02",
}  # fmt: skip
REGISTER = {"recipient": "authority", "purpose": "raising-attainment", "on": "2026-03-02"}


def roll(more=0):
    made = Roll()
    for school in SCHOOLS:
        made.pupils(9 + more, school.urn, sex="F")
        made.pupils(12, school.urn, sex="M")
    return made


@pytest.fixture
def workspace(tmp_path):
    made = SmallWorkspace(tmp_path, SCHOOLS)
    text = made.workspace.register.read_text("utf-8").replace("exclusions, sen]", "exclusions, sen, inspection]")
    made.workspace.register.write_text(text, "utf-8")
    made.load(AUTUMN, roll())
    return made


def opened(workspace, report, parameters, release):
    """A notebook of no run that says it is of a release."""
    session = Session("again", OFFICER, "notebook", "", "full", os.getpid())
    workspace.desk.open(session, {"report": report, "parameters": parameters, "release": release})
    return session


def test_it_shows_the_released_tables_and_no_draft(workspace):
    released = workspace.area("east", QUESTIONS)
    session = opened(workspace, "area-profile", AREA, released["id"])
    [table] = workspace.desk.tables(session, {"questions": QUESTIONS})["tables"]
    assert table == {**released["tables"][0], "draft": False}


def test_without_the_cell_it_is_a_draft_as_any(workspace):
    workspace.area("east", QUESTIONS)
    session = opened(workspace, "area-profile", AREA, None)
    assert workspace.desk.tables(session, {"questions": QUESTIONS})["tables"][0]["draft"] is True


def test_it_shows_nothing_that_was_not_released(workspace):
    released = workspace.area("east", QUESTIONS)
    session = opened(workspace, "area-profile", AREA, released["id"])
    with pytest.raises(BadParameters, match="not in the release"):
        workspace.desk.tables(session, {"questions": {"fsm": asked("count", "fsm6", "sex")}})


@pytest.mark.parametrize("named", ["0" * 24, 7, ""])
def test_of_a_release_that_is_not_this_reports_it_is_refused(workspace, named):
    workspace.area("east", QUESTIONS)
    with pytest.raises(BadParameters, match="another release"):
        opened(workspace, "area-profile", AREA, named)


def test_before_it_is_released_it_is_of_no_release(workspace):
    begun = workspace.begun("area-profile", QUESTIONS, {key: AREA[key] for key in AREA if key != "on"})
    named = workspace.desk.begin(begun, {"notebook": "area-profile", "notebook_hash": "0" * 64, "parameters": AREA})
    with pytest.raises(BadParameters, match="another release"):
        opened(workspace, "area-profile", AREA, named["release"])


def test_of_other_data_it_is_refused_and_says_that_the_data_changed(workspace):
    released = workspace.area("east", QUESTIONS)
    workspace.load(AUTUMN, roll(more=3))
    with pytest.raises(BadParameters, match="its data changed since"):
        opened(workspace, "area-profile", AREA, released["id"])


def test_lists_of_the_register_are_shown_while_it_is_the_same(workspace):
    """They are made anew, and no ledger holds their rows: so nothing that they come from may have changed."""
    released = workspace.lists("signatory-register", {key: REGISTER[key] for key in REGISTER if key != "on"})
    session = opened(workspace, "signatory-register", REGISTER, released["id"])
    lists = workspace.desk.lists(session, {})["lists"]
    assert [each["rows"] for each in lists] == [each["rows"] for each in released["listings"]]
    assert {each["draft"] for each in lists} == {False}
    text = workspace.workspace.register.read_text("utf-8")
    workspace.workspace.register.write_text(text.replace("Somebody made up", "Somebody else"), "utf-8")
    with pytest.raises(BadParameters, match="the register changed since"):
        opened(workspace, "signatory-register", REGISTER, released["id"])


def test_a_run_that_is_a_draft_says_what_a_release_would_hold_and_enters_nothing(workspace):
    """For checks of a notebook: its tables are marked a draft, so that no release is written of them."""
    runner = Session("runner", OFFICER, "runner", "look", "full", os.getpid())
    notebook = Session("notebook", OFFICER, "notebook", "look", "full", os.getpid())
    begun = {"notebook": "area-profile", "notebook_hash": "0" * 64, "parameters": AREA, "draft": True}
    workspace.desk.begin(runner, begun)
    workspace.desk.open(notebook, {"report": "area-profile", "parameters": AREA})
    [shown] = workspace.desk.tables(notebook, {"questions": QUESTIONS})["tables"]
    held = workspace.desk.release(runner, {"texts": []})
    assert shown["draft"] is True
    assert held["tables"] == [shown]
    assert workspace.desk.ledger.entries(kind="release") == []
    with pytest.raises(BadParameters, match="released nothing"):
        workspace.desk.written(runner, {"content_hash": "0" * 64})
