"""Clause 12: who is identified within the partnership framework is told by its own report, and by nothing else."""

import datetime as dt
import json
import re
from pathlib import Path

import pytest
from small_workspace import OFFICER, Roll, School, SmallWorkspace, asked

from kdsp_lib.custodian.ledger import Ledger
from kdsp_lib.custodian.rerunning import RerunDesk
from kdsp_lib.errors import BadSource, NotAuthorised
from kdsp_lib.model.policy import FLOOR
from kdsp_lib.register.database import Database
from kdsp_lib.source.catalogue import Catalogue
from kdsp_lib.source.ksip_status import FILE, identified, read_store

PROJECT = Path(__file__).resolve().parents[3]
IN, OUT, PAST = "990501", "990502", "990503"
STORE = f"""\
- establishment: "{IN}"
  from: 2026-01-12
  category: Focused support
  decided_by: The area lead
  reasons: [{{indicator: Absence, figure: 31 %, trigger: 30 % or more}}]
  progress:
    - {{day: 2026-03-03, rating: green, text: What came later}}
    - {{day: 2026-02-03, rating: amber, text: What came first}}
- {{establishment: "{PAST}", from: 2024-09-02, to: 2026-03-02, category: Old, decided_by: The area lead}}
"""
ON = dt.date(2026, 3, 2)


@pytest.fixture
def place(tmp_path):
    place = SmallWorkspace(tmp_path, [School(urn, areas=("east",)) for urn in (IN, OUT, PAST, "990504")])
    register = place.workspace.register
    text = register.read_text("utf-8").replace("[pupil-characteristics,", "[ksip, pupil-characteristics,")
    register.write_text(text, "utf-8")
    keep(place, STORE)
    return place


def keep(place, text, mode=0o600):
    path = place.workspace.data / FILE
    path.write_text(text, "utf-8")
    path.chmod(mode)
    return path


def asked_for(urn, recipient=""):
    return {
        "school": urn, "recipient": recipient or f"establishment:{urn}", "purpose": "school-improvement-plan",
        "period": "2025/26",
    }  # fmt: skip


def report(place, urn, recipient=""):
    return place.release("ksip-report", None, asked_for(urn, recipient))


def rows(released):
    return {each["name"]: each["rows"] for each in released["listings"]}


@pytest.mark.parametrize(
    ("urn", "edit", "moved"),
    [
        (IN, ("31 %", "32 %"), True), (IN, ("What came first", "It came"), True),
        (IN, ("What came later", "Later"), False), (IN, ("category: Old", "category: New"), False),
        (OUT, ("31 %", "32 %"), False), (OUT, (f'"{PAST}"', f'"{OUT}"'), False), (OUT, (f'"{IN}"', f'"{OUT}"'), True),
    ],
)  # fmt: skip
def test_a_rerun_says_that_what_is_recorded_of_the_school_changed(place, urn, edit, moved):
    """And of another school, or of a later day, it says nothing; nor does its manifest, from which nothing follows."""
    released = report(place, urn)
    keep(place, STORE.replace(*edit))
    (entry,) = place.desk.ledger.entries(kind="release")
    desk = RerunDesk(place.workspace, entry)
    changes = list(desk.changes_since(desk.decided()))
    desk.close()
    assert [(change.part, change.stops) for change in changes] == [("data", False)] * moved
    assert all("School Improvement Partnership" in change.text for change in changes)
    hashed = released["facts"]["also_read"]
    assert hashed == entry.body["also_read"]
    assert hashed != report(place, IN if urn == OUT else OUT)["facts"]["also_read"]


def test_the_school_is_told_what_is_recorded_of_it_on_the_day(place):
    told = rows(report(place, IN))
    assert told["status"][0] == ["Identified on 2 March 2026", "Yes, since 12 January 2026"]
    assert told["reasons"] == [["Absence", "31 %", "30 % or more"]]
    assert told["progress"] == [["3 February 2026", "Amber", "What came first"]]


@pytest.mark.parametrize("urn", [OUT, PAST])
def test_one_that_is_not_identified_gets_the_same_report(place, urn):
    """So that there is a report tells nothing; `to` is the first day on which it no longer holds."""
    made, other = report(place, urn), report(place, IN)
    assert rows(made)["status"][0][1] == "No"
    assert [each["columns"] for each in made["listings"]] == [each["columns"] for each in other["listings"]]
    assert len(rows(made)["status"]) == len(rows(other)["status"])
    assert "Old" not in json.dumps(made["listings"])


def test_a_refusal_is_the_same_for_who_is_identified_and_who_is_not(place):
    """Decided before the record is read: the words differ in the school's own number alone."""
    said = []
    for urn in (IN, OUT, PAST):
        with pytest.raises(NotAuthorised) as refused:
            report(place, urn, OFFICER)
        said.append(str(refused.value).replace(urn, "URN"))
        assert "12" in refused.value.clauses
    assert len(set(said)) == 1


def test_consent_to_another_item_is_none(place):
    """The heads here consent to bespoke reports to the officer; that is no consent to this."""
    with pytest.raises(NotAuthorised):
        report(place, IN, OFFICER)


def test_its_name_tells_nothing_and_the_ledger_keeps_nothing_of_it(place):
    made = [report(place, urn) for urn in (IN, OUT)]
    assert all(re.fullmatch("[0-9a-f]{24}", each["id"]) for each in made)
    kept = json.dumps([dict(entry.body) for entry in Ledger(Database(place.workspace.database)).entries()])
    assert "Focused" not in kept
    assert "31 %" not in kept
    found = Ledger(Database(place.workspace.database)).entries(kind="release")
    first, second = (json.dumps(dict(e.body)).replace(IN, "U").replace(OUT, "U") for e in found)
    of_each = r'"ledger_position": \d+|"[0-9a-f]{64}"'
    assert re.sub(of_each, "", first) == re.sub(of_each, "", second)


def test_no_other_report_is_another_for_it(place):
    """No row, no count and no bound comes of it: figures are the same with and without, before and after."""
    roll = Roll()
    for number, urn in enumerate((IN, OUT, PAST, "990504")):
        roll.pupils(30 + number, urn)
        roll.pupils(20, urn, fsm6=True)
    place.load("2025/26-autumn", roll)
    questions = {"fsm6": asked("rate", "fsm6", "sex")}
    before = place.area("east", questions)
    report(place, IN)
    keep(place, "[]")
    assert place.area("east", questions)["tables"] == before["tables"]
    assert not any("ksip" in str(dataset) for dataset in Catalogue.load(place.workspace).datasets)


def test_a_record_with_a_fault_is_told_to_its_keeper_alone(place):
    path = keep(place, STORE.replace("31 %", "4 pupils of Year 9"))
    for urn in (IN, OUT):
        with pytest.raises(BadSource) as refused:
            report(place, urn)
        assert str(refused.value).count("\n") == 1
        assert "990" not in str(refused.value)
        assert refused.value.faults == ()
    with pytest.raises(BadSource, match="tells of 1 to 5 pupils"):
        read_store(path, FLOOR.threshold)


def test_a_record_that_others_could_read_is_not_used(place):
    path = keep(place, STORE, mode=0o640)
    with pytest.raises(BadSource, match="chmod 600"):
        read_store(path, FLOOR.threshold)


def test_every_fault_is_told_at_once(tmp_path):
    path = tmp_path / FILE
    path.write_text("- {establishment: 12, from: soon, category: '', decided_by: x, reason: []}\n- nothing\n")
    path.chmod(0o600)
    with pytest.raises(BadSource) as refused:
        read_store(path, FLOOR.threshold)
    found = {(fault.place, fault.field) for fault in refused.value.faults}
    assert found == {
        *(("entry 1", name) for name in ("reason", "establishment", "from", "category")),
        ("entry 2", ""),
    }


def test_without_a_record_nobody_is_identified(tmp_path):
    assert identified(tmp_path, IN, ON, FLOOR.threshold) is None


def test_nothing_but_its_report_and_its_keeper_reads_the_store():
    """Joins to it elsewhere cannot be written without this test."""
    readers = {
        path.relative_to(PROJECT).as_posix()
        for path in (PROJECT / "kdsp_lib").rglob("*.py")
        if "ksip_status" in path.read_text("utf-8")
    }
    assert readers == {
        "kdsp_lib/source/ksip_status.py", "kdsp_lib/custodian/partnership.py", "kdsp_lib/cli/ksip_commands.py",
        "kdsp_lib/source/demo/authority.py",
    }  # fmt: skip
