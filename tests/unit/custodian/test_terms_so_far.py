"""A table term by term repeats what the same readers were told before, and tells nothing else."""

import os
from datetime import date

import pytest
from small_workspace import AUTUMN, COLLEAGUE, OFFICER, SPRING, Roll, School, SmallWorkspace, asked

from kdsp_lib.custodian.sessions import Session
from kdsp_lib.errors import BadParameters
from kdsp_lib.report.table import Table

SCHOOLS = [School(f"99{k:04}") for k in range(1, 5)]
OURS = SCHOOLS[0].urn
ASKED = {"absence": asked("rate", "absence", "sex"), "other": asked("rate", "persistent-absence")}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """Autumn was released to one officer, in the morning with one more table; its colleague was told nothing."""
    made = SmallWorkspace(tmp_path_factory.mktemp("terms"), SCHOOLS)
    for period, away in ((AUTUMN, 6), (SPRING, 12)):
        roll = Roll()
        for school in SCHOOLS:
            for sex in "FM":
                roll.pupils(20, school.urn, sex=sex, sessions=(120, away, 0))
                roll.pupils(20, school.urn, sex=sex, sessions=(120, 1, 0))
        made.load(period, roll)
    made.release("attendance-termly", ASKED, of(AUTUMN))
    made.release("attendance-termly", {"absence": asked("rate", "absence")}, of(AUTUMN, school=SCHOOLS[1].urn))
    made.school(OURS, {"absence": ASKED["absence"]}, to=COLLEAGUE)
    return made


def of(period, recipient=OFFICER, school=OURS, **more):
    given = {"school": school, "recipient": recipient, "period": period, "purpose": "school-improvement-plan"}
    return {**given, "on": "2026-03-02", **more}


def so_far(workspace, parameters, table="absence", questions=ASKED):
    notebook = Session("notebook", OFFICER, "notebook", "", "full", os.getpid())
    workspace.desk.day = date.fromisoformat(parameters["on"])
    workspace.desk.open(notebook, {"report": "attendance-termly", "parameters": parameters})
    workspace.desk.tables(notebook, {"questions": questions})
    return Table.from_wire(workspace.desk.further(notebook, {"kind": "so-far", "table": table})["table"])


def test_each_term_stands_as_it_was_released(workspace):
    table = so_far(workspace, of(SPRING))
    assert [level.code for level in table.dim("term").levels] == [AUTUMN, SPRING]
    released = next(e for e in workspace.desk.ledger.entries(kind="release"))
    told = {tuple(cell["codes"]): tuple(cell["values"]) for cell in released.body["answers"][0]["tables"][0]["cells"]}
    assert {codes[1:]: values for codes, values in table.cells.items() if codes[0] == AUTUMN} == told
    assert table.cells[SPRING, "All"][0] == "5"


def test_who_was_not_told_of_a_term_is_not_told_now(workspace):
    """Their own report of another kind does not count, nor what another recipient got."""
    table = so_far(workspace, of(SPRING, COLLEAGUE))
    assert {values for codes, values in table.cells.items() if codes[0] == AUTUMN} == {("x", "x")}
    assert so_far(workspace, of(SPRING, f"establishment:{OURS}")).cells[AUTUMN, "All"] == ("x", "x")


def test_what_was_asked_otherwise_is_another_figure(workspace):
    table = so_far(workspace, of(SPRING, school=SCHOOLS[1].urn))
    assert table.cells[AUTUMN, "All"] == ("x", "x")


def test_what_has_expired_is_not_repeated(workspace):
    """The consent that the autumn's report rested on ended: whoever had it had to destroy it."""
    text = workspace.workspace.register.read_text("utf-8")
    old = f'{{establishment: "{OURS}", item: bespoke, recipient: "{OFFICER}", from: 2025-09-01, to: 2026-09-01}}'
    assert old in text
    new = old.replace("from: 2025-09-01, to: 2026-09-01", "from: 2026-09-01, to: 2027-09-01")
    try:
        workspace.workspace.register.write_text(text.replace(f"- {old}", f"- {old}\n- {new}"), "utf-8")
        assert so_far(workspace, of(SPRING, on="2026-09-02")).cells[AUTUMN, "All"] == ("x", "x")
    finally:
        workspace.workspace.register.write_text(text, "utf-8")


def test_the_first_term_stands_alone(workspace):
    assert {codes[0] for codes in so_far(workspace, of(AUTUMN)).cells} == {AUTUMN}


@pytest.mark.parametrize("table", ["nothing", None, ["absence"], "absence_so_far"])
def test_only_a_table_that_was_asked_has_terms(workspace, table):
    with pytest.raises(BadParameters):
        so_far(workspace, of(SPRING), table)


def test_it_goes_into_the_release_with_its_figures(workspace):
    run = Session("runner", OFFICER, "runner", "so far", "full", os.getpid())
    notebook = Session("notebook", OFFICER, "notebook", "so far", "full", os.getpid())
    given = of(SPRING)
    workspace.desk.begin(run, {"notebook": "attendance-termly", "notebook_hash": "0" * 64, "parameters": given})
    workspace.desk.open(notebook, {"report": "attendance-termly", "parameters": given})
    workspace.desk.tables(notebook, {"questions": ASKED})
    workspace.desk.further(notebook, {"kind": "so-far", "table": "absence"})
    released = workspace.desk.release(run, {"texts": []})
    assert [table["name"] for table in released["tables"]] == ["absence", "other", "absence_so_far"]
    assert [count["name"] for count in released["counts"]] == ["absence", "other"]
