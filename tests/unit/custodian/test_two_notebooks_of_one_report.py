"""Two notebooks that open the same report with the same parameters are two releases, each in a folder of its own."""

import os

import pytest
from small_workspace import AUTUMN, OFFICER, Roll, School, SmallWorkspace, asked

from kdsp_lib.custodian.listing import told_of_tables_before
from kdsp_lib.custodian.sessions import Session
from kdsp_lib.errors import Disclosive, NotAuthorised

GIVEN = {
    "group": "collaborative:east",
    "recipient": "collaborative:east",
    "period": AUTUMN,
    "purpose": "commissioning-of-services",
    "on": "2026-03-02",
}
ASKED = {"pupils": asked("count", "pupils", "sex")}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    schools = [School(f"99{k:04}") for k in range(1, 5)]
    made = SmallWorkspace(tmp_path_factory.mktemp("notebooks"), schools)
    roll = Roll()
    for school in schools:
        roll.pupils(20, school.urn)
        roll.pupils(20, school.urn, sex="M")
    made.load(AUTUMN, roll)
    yield made
    made.desk.close()


def run_of(workspace, notebook, run):
    """The id of the release that a notebook makes, and the cells it was told."""
    runner = Session("runner", OFFICER, "runner", run, "full", os.getpid())
    kernel = Session("notebook", OFFICER, "notebook", run, "full", os.getpid())
    asking = {"notebook": notebook, "report": "area-profile", "notebook_hash": "0" * 64, "parameters": GIVEN}
    begun = workspace.desk.begin(runner, asking)
    workspace.desk.open(kernel, {"report": "area-profile", "parameters": GIVEN})
    told = workspace.desk.tables(kernel, {"questions": ASKED})
    released = workspace.desk.release(runner, {"texts": []})
    assert released["id"] == begun["release"]
    return released["id"], [table["cells"] for table in told["tables"]]


def test_each_has_a_folder_of_its_own_and_finds_it_again(workspace):
    own, cells = run_of(workspace, "area_profile", "own")
    other, same = run_of(workspace, "governors_evening", "other")
    assert own != other
    assert cells == same
    assert run_of(workspace, "area_profile", "own again")[0] == own
    assert run_of(workspace, "governors_evening", "other again")[0] == other


def test_the_reports_own_notebook_may_be_spelled_either_way(workspace):
    assert run_of(workspace, "area_profile", "one")[0] == run_of(workspace, "area-profile", "two")[0]


def test_a_draft_of_either_is_told_what_was_released(workspace):
    """Equal questions get the stored answer, whichever notebook was first."""
    _, cells = run_of(workspace, "governors_evening", "first")
    kernel = Session("notebook", OFFICER, "notebook", "", "full", os.getpid())
    workspace.desk.open(kernel, {"report": "area-profile", "parameters": GIVEN})
    told = workspace.desk.tables(kernel, {"questions": ASKED})
    assert [table["cells"] for table in told["tables"]] == cells


def test_a_run_still_opens_its_own_report_alone(workspace):
    runner = Session("runner", OFFICER, "runner", "mixed", "full", os.getpid())
    kernel = Session("notebook", OFFICER, "notebook", "mixed", "full", os.getpid())
    asking = {"notebook": "governors_evening", "report": "area-profile", "notebook_hash": "0" * 64}
    workspace.desk.begin(runner, {**asking, "parameters": GIVEN})
    with pytest.raises(NotAuthorised):
        workspace.desk.open(kernel, {"report": "area-profile", "parameters": {**GIVEN, "on": "2026-03-01"}})


def test_a_list_that_cannot_stand_beside_tables_says_which_were_asked_first(workspace):
    kernel = Session("notebook", OFFICER, "notebook", "", "full", os.getpid())
    workspace.desk.open(kernel, {"report": "area-profile", "parameters": GIVEN})
    nothing = Disclosive("The pupils cannot be listed.", rule="shared by 6 or more", remedy="ask for tables instead")
    with pytest.raises(Disclosive) as first, told_of_tables_before(kernel.report):
        raise nothing
    assert first.value is nothing
    workspace.desk.tables(kernel, {"questions": ASKED})
    with pytest.raises(Disclosive) as caught, told_of_tables_before(kernel.report):
        raise nothing
    assert "told before" in str(caught.value)
    assert [(fault.place, fault.text) for fault in caught.value.faults] == [("asked before the list", "pupils")]
    assert "report.pupils(...) before report.tables(...)" in caught.value.remedy
