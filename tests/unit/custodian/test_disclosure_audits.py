"""The audit of a release goes to who may have the release, and tells no figure that it withholds."""

import copy
import datetime as dt
import shutil
from dataclasses import replace
from types import SimpleNamespace

import pytest
from small_workspace import AUTUMN, COLLEAGUE, OFFICER, Roll, School, SmallWorkspace, asked

from kdsp_lib.custodian.audit_lists import lists_of_audit
from kdsp_lib.custodian.rerunning import RerunDesk
from kdsp_lib.errors import BadParameters, NotAuthorised

SCHOOLS = [School(f"99{k:04}") for k in range(1, 6)]
OURS = SCHOOLS[0].urn
AREA = {"recipient": "collaborative:east", "purpose": "commissioning-of-services"}
SCHOOL = {"recipient": OFFICER, "purpose": "school-improvement-plan"}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    made, roll = SmallWorkspace(tmp_path_factory.mktemp("audit"), SCHOOLS), Roll()
    for school in SCHOOLS:
        roll.pupils(9, school.urn, sex="F", fsm6=True)
        roll.pupils(12, school.urn, sex="M")
        roll.pupils(3, school.urn, sex="M", fsm6=True)
    made.load(AUTUMN, roll)
    made.area("east", {"fsm": asked("rate", "fsm6", "sex")})
    made.school(OURS, {"sexes": asked("count", "pupils", "sex")}, to=OFFICER)
    return made


def audit(workspace, release, parameters, asker=OFFICER):
    return workspace.lists("disclosure-audit", {"release": release, **parameters}, asker)


def rows(released, name):
    (found,) = (each for each in released["listings"] if each["name"] == name)
    return [tuple(row) for row in found["rows"]]


def test_a_safe_release_has_no_finding(workspace):
    found = audit(workspace, "area-profile", AREA)
    assert [row[3:] for row in rows(found, "figures")] == [("0", "0")]
    assert rows(found, "findings") == [("There is none", "none")]
    assert ("Bodies that run those in its own figures", "5") in rows(found, "contributors")
    assert found["title"] == "Disclosure audit: Area profile, East, autumn term 2025/26"


def test_a_rerun_says_that_the_files_of_the_release_changed(workspace):
    audit(workspace, "area-profile", AREA)
    entry = workspace.desk.ledger.entries(kind="release")[-1]
    desk = RerunDesk(workspace.workspace, entry)
    assert list(desk.changes_since(desk.decided())) == []
    folder = workspace.workspace.outputs / workspace.desk.ledger.entries(kind="release")[0].report
    folder.mkdir(parents=True)
    (folder / "report.html").write_text("something")
    (change,) = desk.changes_since(desk.decided())
    shutil.rmtree(folder)
    desk.close()
    assert (change.part, change.stops) == ("data", False)
    assert "files of the release" in change.text


def test_what_only_others_could_see_is_not_even_named_beside_it(workspace):
    """The school's own report went to the officer alone; the area's readers are not told that there is one."""
    assert rows(audit(workspace, "area-profile", AREA), "beside") == [("There is none", *["none"] * 5)]
    beside = rows(audit(workspace, "bespoke-school", SCHOOL), "beside")
    assert [row[1] for row in beside] == ["area-profile"]


@pytest.mark.parametrize(
    ("release", "parameters", "clause"),
    [
        ("bespoke-school", SCHOOL | {"recipient": "public"}, "2"),
        ("bespoke-school", SCHOOL | {"recipient": f"establishment:{SCHOOLS[1].urn}"}, "12"),
        ("area-profile", AREA | {"recipient": "public"}, "2"),
        ("area-profile", AREA | {"purpose": "attendance-project"}, "9"),
    ],
)
def test_who_may_not_have_the_release_does_not_have_its_audit(workspace, release, parameters, clause):
    """By its id, too, which nobody has to guess."""
    (name,) = {e.report for e in workspace.desk.ledger.entries(kind="release") if e.body["name"] == release}
    if clause == "9":
        text = workspace.workspace.register.read_text("utf-8")
        ended = f'{{establishment: "{OURS}", purpose: attendance-project, from: 2024-09-01, to: 2025-09-01}}'
        workspace.workspace.register.write_text(f"{text}commissions: [{ended}]\n", "utf-8")
    with pytest.raises(NotAuthorised) as caught:
        audit(workspace, name, parameters)
    assert clause in caught.value.clauses


def test_with_the_heads_consent_another_officer_has_both(workspace):
    (name,) = {e.report for e in workspace.desk.ledger.entries(kind="release") if e.body["name"] == "bespoke-school"}
    assert audit(workspace, name, SCHOOL | {"recipient": COLLEAGUE})["decision"]["decision"] == "permit"


def test_nobody_asks_for_it_without_a_duty(workspace):
    with pytest.raises(NotAuthorised):
        audit(workspace, "area-profile", AREA, f"establishment:{SCHOOLS[1].urn}")


@pytest.mark.parametrize("item", ["ksip", None])
def test_a_release_that_is_not_there_and_one_of_the_framework_are_answered_alike(workspace, item):
    """Clause 12: that there is a report on the partnership framework is itself confidential."""
    named = "0" * 24
    if item:
        body = copy.deepcopy(dict(workspace.desk.ledger.entries(kind="release")[-1].body))
        body["name"], body["answers"] = "ksip-report", []
        body["request"] |= {
            "report": "ksip-report", "item": "ksip", "categories": ["ksip", "attainment", "attendance"],
            "level": "school", "detail": "establishment", "subjects": [OURS], "group": None,
        }  # fmt: skip
        named = "1" * 24
        workspace.desk.ledger.append("release", named, body)
    with pytest.raises(BadParameters) as caught:
        audit(workspace, named, SCHOOL | {"recipient": COLLEAGUE})
    assert caught.value.shown().replace(named, "") == (
        "KDSP-100  There is no such release in the ledger.\n  release  the name of a release's folder\n"
        "  to fix   name it as its page does: Run"
    )


def test_what_can_be_worked_out_is_named_and_not_told(workspace, tmp_path):
    """One figure of a table is withheld whose total and other parts are printed: the audit says so, without it."""
    entry = next(e for e in workspace.desk.ledger.entries(kind="release") if e.body["name"] == "bespoke-school")
    body = copy.deepcopy(dict(entry.body))
    (count,) = (each for answer in body["answers"] for each in answer["counts"])
    cell = next(row for row in count["rows"] if "F" in row["codes"])
    value, cell["value"] = cell["value"], "c"
    opened = SimpleNamespace(audited=body, community=workspace.desk._held().register.on(dt.date(2026, 3, 2)))
    lists = {each.name: each for each in lists_of_audit(replace(entry, body=body), (), opened, tmp_path)}
    assert [row[3] for row in lists["figures"].rows] == ["1"]
    ((_, told),) = lists["findings"].rows
    assert "worked out" in told
    assert value == "9"
    assert value not in told
