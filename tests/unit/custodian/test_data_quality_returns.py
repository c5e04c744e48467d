"""A data quality return goes to the establishment whose rows it is about, and tells nothing of another's."""

import json
from dataclasses import replace

import pytest
from small_workspace import AUTUMN, OFFICER, Roll, School, SmallWorkspace

from kdsp_lib.errors import NotAuthorised
from kdsp_lib.report.pupil_list import PupilList
from kdsp_lib.source.catalogue import Catalogue, record
from kdsp_lib.source.quarantine import Kept, keep_list

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


@pytest.fixture(scope="module")
def with_aside(tmp_path_factory):
    """Ours has two records set aside and a row that stays beside another's record; theirs has one set aside."""
    made = SmallWorkspace(tmp_path_factory.mktemp("aside"), [School(OURS), School(THEIRS)])
    roll = Roll()
    roll.pupils(9, OURS)
    ours = roll.pupil(OURS)
    roll.pupils(9, THEIRS)
    made.load(AUTUMN, roll)
    (census,) = (each for each in Catalogue.load(made.workspace).current if each.dataset == "census")
    found = [
        Kept("9990001", "ours.xml", 14, "Sex", "must be one of F, M", 3),
        Kept("9990001", "ours.xml", 40, "Sex", "must be one of F, M", 5),
        Kept("9990001", "", 0, "EnrolStatus", "is C or M at two", 0, "9990002", ours),
        Kept("9990002", "theirs.xml", 77, "Ethnicity", "must be a code", 2),
    ]
    count, aside_list = keep_list(made.workspace.data, found)
    record(made.workspace, replace(census, set_aside=count, aside_list=aside_list))
    return made


def test_what_was_set_aside_is_listed_to_the_school_it_is_of(with_aside):
    released = with_aside.lists("data-quality-return", of(OURS))
    to_do = {row[0]: row[1:3] for row in rows(released, "to-do")}
    assert to_do["Sex: must be one of F, M: set aside, and in no figure until it is mended"] == ("School Census", "2")
    aside = [row for row in rows(released, "rows") if row[0].startswith("set aside")]
    assert [row[:2] for row in aside] == [("set aside: ours.xml", "line 14"), ("set aside: ours.xml", "line 40")]
    assert "theirs.xml" not in json.dumps(released["listings"])


def test_whose_earlier_row_another_contradicts_is_told_by_its_pupil_and_not_by_whom(with_aside):
    released = with_aside.lists("data-quality-return", of(OURS))
    (told,) = (row for row in rows(released, "rows") if row[5] == "is C or M at two")
    assert told[0].startswith("Surname")
    assert "9990002" not in json.dumps(released["listings"])
    assert "is C or M" not in json.dumps(with_aside.lists("data-quality-return", of(THEIRS))["listings"])
