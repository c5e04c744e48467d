"""Attendance of a school goes to whom its head lets have it; attendance of an area tells of no school and no few."""

import pytest
from rounded import is_rounded
from small_workspace import AUTUMN, COLLEAGUE, OFFICER, Roll, School, SmallWorkspace, asked, printed

from kdsp_lib.errors import BadParameters, NotAuthorised

SCHOOLS = [School(f"99{k:04}", consents=k != 2) for k in range(1, 6)]
OURS, CLOSED = SCHOOLS[0].urn, SCHOOLS[1].urn
QUESTIONS = {
    "persistent": asked("rate", "persistent-absence", "year-group"),
    "severe": asked("rate", "severe-absence"),
    "absence": asked("rate", "absence", "sen"),
}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """Persistently absent of our school: 8 of 20 in year 3, all of 9 in year 4, none of 12 in year 5, 3 of 20 in 6."""
    made, roll = SmallWorkspace(tmp_path_factory.mktemp("attendance"), SCHOOLS), Roll()
    away, there = {"sessions": (120, 12, 0)}, {"sessions": (120, 11, 0)}
    for year, persistent, others in (("3", 8, 12), ("4", 9, 0), ("5", 0, 12), ("6", 3, 17)):
        roll.pupils(persistent, OURS, ncyear=year, **away)
        roll.pupils(others, OURS, ncyear=year, **there)
    for school in SCHOOLS[1:]:
        for year in "3456":
            roll.pupils(10, school.urn, ncyear=year, **away)
            roll.pupils(15, school.urn, ncyear=year, **there)
    made.load(AUTUMN, roll)
    return made


def of(urn, recipient=""):
    return {
        "school": urn, "recipient": recipient or f"establishment:{urn}", "period": AUTUMN,
        "purpose": "school-improvement-plan",
    }  # fmt: skip


@pytest.fixture(scope="module")
def own(workspace):
    return workspace.release("attendance-termly", QUESTIONS, of(OURS))


def test_the_school_is_told_of_none_and_all_of_a_year_group_and_of_few(own):
    """A tenth exactly is persistent (12 of 120): nine of nine, none of twelve, three of twenty."""
    rows = {codes[0]: values[:2] for codes, values in printed(own, "persistent").items()}
    assert rows["3"] == ("40", "8")
    assert (rows["4"], rows["5"], rows["6"]) == (("100", "9"), ("0", "0"), ("15", "3"))


def test_whom_the_head_lets_have_it_is_told_of_none_of_these(workspace):
    released = workspace.release("attendance-termly", QUESTIONS, of(OURS, COLLEAGUE))
    rows = {codes[0]: values[:2] for codes, values in printed(released, "persistent").items()}
    assert rows["3"] == ("40", "8")
    assert {rows["4"], rows["5"], rows["6"]} == {("c", "c")}


def test_its_permit_is_for_all_that_it_tells(own):
    """Groups of pupils and their needs are data of their own: a duty for attendance alone would not do."""
    assert set(own["facts"]["protocol"]) == {"name", "title", "version"}
    assert own["decision"]["clauses"] == ["2", "9"]
    assert {"encrypt-delivery", "mark-confidential"} <= set(own["decision"]["obligations"])
    assert "suppress-small-counts" not in own["decision"]["obligations"]


@pytest.mark.parametrize(
    ("parameters", "clause"),
    [
        (of(OURS, f"establishment:{CLOSED}"), "12"),
        (of(CLOSED, OFFICER), "12"),
        (of(OURS, "authority"), "levels"),
        (of(OURS, "public"), "2"),
    ],
    ids=["another school", "an officer without the head's consent", "everybody", "the public"],
)
def test_nobody_else_gets_a_schools_attendance(workspace, parameters, clause):
    with pytest.raises(NotAuthorised) as caught:
        workspace.release("attendance-termly", QUESTIONS, parameters)
    assert clause in caught.value.clauses


def test_with_the_heads_consent_the_officer_named_gets_it(workspace):
    released = workspace.release("attendance-termly", QUESTIONS, of(OURS, COLLEAGUE))
    assert "12" in released["decision"]["clauses"]


def test_it_answers_nothing_that_is_not_about_attendance_or_whose(workspace):
    with pytest.raises(BadParameters):
        workspace.release("attendance-termly", {"held": asked("rate", "suspended-pupils")}, of(OURS))


def test_of_an_area_it_goes_to_the_community_and_tells_of_no_few(workspace):
    given = {"group": "collaborative:east", "recipient": "collaborative:east", "purpose": "commissioning-of-services"}
    released = workspace.release("attendance-area", QUESTIONS, {**given, "period": AUTUMN})
    assert "4" in released["decision"]["clauses"]
    assert "protect-establishments" in released["decision"]["obligations"]
    rows = printed(released, "persistent")
    for year, persistent, pupils in (("3", 48, 120), ("4", 49, 109), ("5", 40, 112), ("6", 43, 120)):
        rate, counted, base = rows[year,]
        assert is_rounded(counted, persistent)
        assert is_rounded(base, pupils)
        assert rate == str(round(100 * int(counted) / int(base), 1))


def test_an_areas_attendance_is_never_of_one_school(workspace):
    with pytest.raises(BadParameters):
        workspace.release("attendance-area", QUESTIONS, of(OURS))
