"""The review of a rerun: both sides of each figure, what moved and where; never a figure that came out otherwise."""

import os

import pytest
from small_workspace import AUTUMN, OFFICER, Roll, School, asked, printed, with_first_figure, workspaces

from kdsp_lib.custodian.rerunning import RerunDesk
from kdsp_lib.custodian.sessions import Session
from kdsp_lib.errors import BadParameters, Disclosive, Fault, KdspError, NotAuthorised

SCHOOLS = [School(f"99{k:04}") for k in range(1, 6)]
AREA = {"recipient": "collaborative:east", "purpose": "commissioning-of-services"}
SCHOOL = {"recipient": OFFICER, "purpose": "school-improvement-plan"}
ASKED = {"fsm": asked("rate", "fsm6", "sex"), "sexes": asked("count", "pupils", "sex")}


@pytest.fixture
def workspace(tmp_path):
    roll = Roll()
    for school in SCHOOLS:
        roll.pupils(9, school.urn, sex="F", fsm6=True)
        roll.pupils(12, school.urn, sex="M")
        roll.pupils(3, school.urn, sex="M", fsm6=True)
    made = workspaces(tmp_path)
    place = next(made)(SCHOOLS, roll)
    place.released = place.area("east", ASKED)
    yield place
    next(made, None)


def review(workspace, release="area-profile", parameters=AREA):
    return workspace.lists("rerun-review", {"release": release, **parameters})


def looked_at(workspace):
    """As whoever asks sees it in JupyterLab: a draft."""
    session = Session("notebook", OFFICER, "notebook", "", "full", os.getpid())
    given = {"release": "area-profile", "on": "2026-03-02", **AREA}
    workspace.desk.open(session, {"report": "rerun-review", "parameters": given})
    return {"listings": workspace.desk.lists(session, {})["lists"]}


def rows(found, name):
    (listing,) = (each for each in found["listings"] if each["name"] == name)
    return [tuple(row) for row in listing["rows"]]


def sides(found):
    return [row for each in found["listings"] if each["name"].startswith("table-") for row in rows(found, each["name"])]


def marks(found, name):
    return {row[0]: row[-1] for row in rows(found, name)}


@pytest.fixture
def otherwise(monkeypatch):
    """One figure, and one alone, comes out otherwise: as 77."""
    real = RerunDesk._new_answer

    def answered(desk, *arguments):
        return with_first_figure(real(desk, *arguments), "sexes", "77")

    monkeypatch.setattr(RerunDesk, "_new_answer", answered)


def test_a_release_that_holds_is_the_same_on_both_sides(workspace):
    found = review(workspace)
    assert found["title"] == "Rerun review: Area profile, East, autumn term 2025/26"
    tables = {name: printed(workspace.released, name) for name in ASKED}
    assert len(sides(found)) == sum(len(values) for table in tables.values() for values in table.values())
    assert {(row[2] == row[3], row[4]) for row in sides(found)} == {(True, "same")}
    assert set(marks(found, "rests-on").values()) == {"same"}
    assert rows(found, "moved") == [("There is none", "none", "none")]
    assert {row[1] == row[2] for row in rows(found, "page")[:-1]} == {True}


def test_what_moved_is_marked_in_its_place_and_no_new_figure_is_told(workspace, otherwise):
    found = looked_at(workspace)
    (moved,) = (row for row in sides(found) if row[4] == "MOVED")
    released = printed(workspace.released, "sexes")
    assert moved[2] in {values[0] for values in released.values()}
    assert moved[3:] == ("otherwise (not told)", "MOVED")
    assert [row[0] for row in rows(found, "moved")] == ["sexes"]
    assert [row[2] for row in rows(found, "page") if row[-1] == "MOVED" and "figures" in row[1]] == [
        "1 figure otherwise"
    ]
    assert "77" not in str(found["listings"])
    assert {row[3:] for row in sides(found) if row != moved} == {("not told", "not told")}


def test_where_which_moved_would_tell_of_somebody_none_is_marked(workspace, otherwise, monkeypatch):
    def refused(*_):
        raise Disclosive("Too few.", rule="threshold")

    monkeypatch.setattr(RerunDesk, "_beside_itself", refused)
    found = looked_at(workspace)
    assert {row[3:] for row in sides(found)} == {("not told", "not told")}
    assert rows(found, "moved") == [("There is none", "none", "none")]
    assert "told nobody" in str(found["listings"])


def test_data_that_came_since_do_not_show(workspace):
    more = Roll()
    for school in SCHOOLS:
        more.pupils(20, school.urn, sex="F")
    workspace.load(AUTUMN, more)
    assert {row[4] for row in sides(review(workspace))} == {"same"}


def test_other_rules_are_said_to_have_moved_and_nothing_else(workspace, monkeypatch):
    monkeypatch.setattr("kdsp_lib.custodian.review_lists.rules_hash", lambda: "0" * 64)
    found = marks(looked_at(workspace), "rests-on")
    assert {part for part, mark in found.items() if mark == "MOVED"} == {"rules"}


def test_a_register_that_was_changed_is_said(workspace):
    text = workspace.workspace.register.read_text()
    workspace.workspace.register.write_text(text.replace("to: 2026-09-01", "to: 2026-09-02"))
    assert marks(looked_at(workspace), "rests-on")["register"] == "MOVED"


def test_where_a_snapshot_is_gone_nothing_is_said_to_be_the_same(workspace):
    entry = workspace.desk.ledger.entries(kind="release")[-1]
    snapshot = entry.body["snapshots"][f"census {AUTUMN}"]
    (workspace.workspace.data / "snapshots" / f"{snapshot}.parquet").unlink()
    found = looked_at(workspace)
    assert marks(found, "rests-on")["data"] == "MOVED"
    assert {row[3:] for row in sides(found)} == {("cannot be made again",) * 2}
    assert set(marks(found, "page").values()) == {"cannot be made again", "MOVED"}


def test_where_anything_moved_it_is_for_whoever_asks_and_is_not_released(workspace, monkeypatch):
    """Even where no figure did: that a rounded count is the same without rounding would tell that it is exact."""
    monkeypatch.setattr("kdsp_lib.custodian.review_lists.rules_hash", lambda: "0" * 64)
    assert {row[4] for row in sides(looked_at(workspace))} == {"same"}
    with pytest.raises(Disclosive, match="for whoever asks and for nobody else"):
        review(workspace)


def test_nor_where_a_figure_came_out_otherwise(workspace, otherwise):
    with pytest.raises(Disclosive):
        review(workspace)


def test_a_refusal_is_told_without_what_it_names_beside_it(workspace, monkeypatch):
    """Which other releases it is about may be for whoever asks alone, and the review goes to its readers."""

    def refused(*_):
        raise Disclosive("It cannot be made safe.", faults=[Fault("beside the earlier release", "f00")], rule="a rule")

    monkeypatch.setattr(RerunDesk, "_new_answer", refused)
    found = looked_at(workspace)
    assert [row[1] for row in rows(found, "rests-on") if row[2] == "MOVED"] == [
        "It cannot be made safe. kdsp rerun says why."
    ]
    assert {row[3:] for row in sides(found)} == {("cannot be made again",) * 2}
    assert "f00" not in str(found)


def test_a_release_that_is_not_in_its_folder_has_no_page_that_is_the_same(workspace):
    """Nothing was written here: the desk alone was asked."""
    assert rows(review(workspace), "page")[-1][1] == "not in its folder"
    assert marks(review(workspace), "page")["report.html"] == "MOVED"


@pytest.mark.parametrize("parameters", [AREA | {"recipient": "public"}, AREA | {"purpose": "nothing"}])
def test_who_may_not_have_the_release_does_not_have_its_review(workspace, parameters):
    (name,) = {entry.report for entry in workspace.desk.ledger.entries(kind="release")}
    with pytest.raises(KdspError):
        review(workspace, name, parameters)


def test_a_school_report_is_no_other_schools_to_review(workspace):
    workspace.school(SCHOOLS[0].urn, {"sexes": asked("count", "pupils", "sex")}, to=OFFICER)
    (name,) = {e.report for e in workspace.desk.ledger.entries(kind="release") if e.body["name"] == "bespoke-school"}
    assert {row[4] for row in sides(review(workspace, name, SCHOOL))} == {"same"}
    with pytest.raises(NotAuthorised):
        review(workspace, name, SCHOOL | {"recipient": f"establishment:{SCHOOLS[1].urn}"})


def test_a_release_of_lists_has_no_figures_to_set_side_by_side(workspace):
    """The audit of a release, made again."""
    workspace.lists("disclosure-audit", {"release": "area-profile", **AREA})
    entry = workspace.desk.ledger.entries(kind="release")[-1]
    found = review(workspace, entry.report)
    assert entry.body["name"] == "disclosure-audit"
    assert sides(found) == []
    assert set(marks(found, "rests-on").values()) == {"same"}


def test_one_that_is_not_there_is_answered_as_an_audit_answers(workspace):
    with pytest.raises(BadParameters, match="no such release"):
        review(workspace, "0" * 24)


def test_it_enters_nothing_but_itself(workspace):
    before = len(workspace.desk.ledger.entries())
    review(workspace)
    kinds = [entry.kind for entry in workspace.desk.ledger.entries()[before:]]
    assert [kind for kind in kinds if kind == "release"] == ["release"]
    assert {e.body.get("name", "rerun-review") for e in workspace.desk.ledger.entries()[before:]} == {"rerun-review"}
