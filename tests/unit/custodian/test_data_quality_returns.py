"""A data quality return goes to the establishment whose rows it is about, and tells nothing of another's."""

import json

import pytest
from small_workspace import AUTUMN, OFFICER, Roll, School, SmallWorkspace

from kdsp_lib.errors import NotAuthorised
from kdsp_lib.report.pupil_list import PupilList

OURS, THEIRS = "990001", "990002"
CALENDAR = f"""
release_calendar:
- {{dataset: census, period: "{AUTUMN}", from: 2026-03-20, to: 2026-09-01}}
- {{dataset: attendance, period: "{AUTUMN}", from: 2026-01-20, to: 2026-08-01}}
"""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    made = SmallWorkspace(tmp_path_factory.mktemp("quality"), [School(OURS), School(THEIRS)])
    register = made.workspace.register
    register.write_text(register.read_text("utf-8") + CALENDAR, "utf-8")
    roll = Roll()
    roll.pupils(9, OURS)
    shared = roll.pupil(OURS, sen_provision="K")
    roll.pupil(THEIRS, shared, sen_provision="K", sessions=(0, 0, 0))
    roll.pupils(7, THEIRS, ethnicity="NOBT", ncyear=None)
    made.load(AUTUMN, roll)
    return made


def of(urn, recipient=""):
    given = {"school": urn, "recipient": recipient or f"establishment:{urn}", "period": AUTUMN}
    return given | {"purpose": "school-development"}


@pytest.fixture(scope="module")
def released(workspace):
    return workspace.lists("data-quality-return", of(OURS))


def rows(released, name):
    (found,) = (each for each in released["listings"] if each["name"] == name)
    return [tuple(row) for row in found["rows"]]


def test_own_faults_are_told_by_pupil_and_nobody_elses(released):
    elements = [row[4] for row in rows(released, "rows")]
    assert elements.count("PostCode") == 10
    assert elements.count("SENtype") == elements.count("EnrolStatus") == 1
    assert {"Ethnicity", "NCyearActual", "SessionsPossible"}.isdisjoint(elements)


def test_no_word_of_the_other_establishment_is_in_it(released):
    told = json.dumps([released["listings"], released["scope"], released["title"], released["coverage_note"]])
    assert THEIRS not in told
    assert len(rows(released, "rows")) == 12


def test_it_says_by_when_by_the_release_calendar(released):
    """What is not used yet: the day before; what is in use: now."""
    due = {row[1]: row[3] for row in rows(released, "to-do")}
    assert due == {"School Census": "19 March 2026", "Pupils": "now: it is in use"}
    days = {row[0].partition(",")[0]: row[3:] for row in rows(released, "data")}
    assert days["Attendance"] == ("20 January 2026", "1 August 2026")


def test_its_rows_are_pupils_and_leave_only_encrypted(released):
    assert all(PupilList.from_wire(each).of_pupils for each in released["listings"])
    assert {"encrypt-delivery", "mark-confidential", "minimise-columns"} <= set(released["decision"]["obligations"])


@pytest.mark.parametrize(
    ("parameters", "clause"),
    [
        (of(OURS, f"establishment:{THEIRS}"), "3"),
        (of(OURS, "authority"), "3"),
        (of(OURS, "public"), "2"),
        (of(OURS, OFFICER) | {"on": "2026-03-25"}, "3"),
    ],
    ids=["another school", "everybody", "the public", "an officer, whose duty would do"],
)
def test_another_schools_return_is_nobodys(workspace, parameters, clause):
    with pytest.raises(NotAuthorised) as caught:
        workspace.lists("data-quality-return", parameters)
    assert clause in caught.value.clauses


def test_only_who_makes_such_returns_by_duty_asks_for_one(workspace):
    with pytest.raises(NotAuthorised):
        workspace.lists("data-quality-return", of(OURS), f"establishment:{THEIRS}")
