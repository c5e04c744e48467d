"""A school is told its own figures whole, whatever came before; what stands beside them stays safe from it."""

import itertools

import pytest
import yaml
from small_workspace import AUTUMN, COLLEAGUE, OFFICER, SPRING, Roll, School, SmallWorkspace, asked, printed

from kdsp_lib.custodian.access_log import AccessLog
from kdsp_lib.custodian.asked import unseal
from kdsp_lib.custodian.secret import read_secret
from kdsp_lib.errors import BadParameters, NotAuthorised
from kdsp_lib.register.database import Database

HELPER = "appointee:helper"
SCHOOLS = [School(f"99{k:04}", appoints=HELPER if k == 1 else "") for k in range(1, 6)]
OURS, ANOTHER, THIRD = (school.urn for school in SCHOOLS[:3])
PLANS = asked("rate", "ehc-plan", "sex", compare="authority")
QUESTIONS = {
    "plans": PLANS,
    "years": asked("count", "pupils", "year-group", "sex"),
    "absence": asked("rate", "absence", "sex", compare="authority"),
}
STAKEHOLDER = "partner:friend"


def a_roll():
    """Of ours 3 girls with a plan, of each other 12; a boy of ours alone in his year."""
    roll = Roll()
    for school in SCHOOLS:
        roll.pupils(3 if school.urn == OURS else 12, school.urn, sen_provision="E")
        roll.pupils(20, school.urn)
        roll.pupils(21, school.urn, sex="M")
    roll.pupil(OURS, sex="M", ncyear="4", sessions=(120, 60, 0))
    return roll


def make(root, roll=None):
    made = SmallWorkspace(root, SCHOOLS)
    register = yaml.safe_load(made.workspace.register.read_text("utf-8"))
    register["people"].append({"id": STAKEHOLDER, "name": "Somebody made up"})
    register["signatures"].append({"person": STAKEHOLDER, "from": "2024-09-01"})
    register["stakeholders"] = [{"establishment": OURS, "party": STAKEHOLDER, "from": "2024-09-01"}]
    register["consents"].append(
        {"establishment": OURS, "item": "bespoke", "recipient": STAKEHOLDER, "from": "2025-09-01"}
    )
    made.workspace.register.write_text(yaml.safe_dump(register), "utf-8")
    made.load(AUTUMN, roll or a_roll())
    return made


@pytest.fixture
def workspace(tmp_path):
    made = make(tmp_path / "authority")
    yield made
    made.desk.close()


def of(urn, recipient, **more):
    return {"school": urn, "recipient": recipient, "period": AUTUMN, "purpose": "school-improvement-plan", **more}


def own(released):
    """The figures of the school itself, by table and row."""
    return {
        (table["name"], *cell["codes"]): cell["values"]
        for table in released["tables"]
        for cell in table["cells"]
        if "compare" not in table["question"] or cell["codes"][-1] == "own"
    }


def beside(released):
    return [
        value
        for table in released["tables"]
        for cell in table["cells"]
        if cell["codes"] and cell["codes"][-1] == "authority"
        for value in cell["values"]
    ]


def test_small_counts_are_told_and_all_or_none_of_a_group(workspace):
    released = workspace.school(OURS, QUESTIONS)
    figures = own(released)
    assert figures["plans", "F", "own"] == ["13", "3", "23"]
    assert figures["plans", "M", "own"] == ["0", "0", "22"]
    assert figures["years", "4", "M"] == ["1"]
    assert "c" not in {value for values in figures.values() for value in values}


ORDERS = list(itertools.permutations(["own", "area", "another"]))[::2]


@pytest.mark.parametrize("order", ORDERS, ids=map(" ".join, ORDERS))
def test_they_are_whole_and_the_same_whatever_came_before(order, tmp_path):
    """The school's report, its area's profile, another school's report to the officer its head lets have it."""
    made, found = make(tmp_path / "authority"), []
    for report in order:
        if report == "own":
            found = own(made.school(OURS, QUESTIONS))
        elif report == "area":
            made.area("east", {"plans": asked("rate", "ehc-plan", "sex"), "years": QUESTIONS["years"]})
        else:
            made.school(ANOTHER, QUESTIONS, to=OFFICER)
    made.desk.close()
    alone = make(tmp_path / "alone")
    assert found == own(alone.school(OURS, QUESTIONS))
    alone.desk.close()


def test_they_are_whole_beside_another_term(workspace):
    later = a_roll()
    later.rows.pop()
    workspace.load(SPRING, later)
    workspace.school(OURS, QUESTIONS)
    workspace.school(OURS, QUESTIONS, to=OFFICER)
    spring = own(workspace.school(OURS, QUESTIONS, period=SPRING))
    assert "c" not in {value for values in spring.values() for value in values}


def test_what_a_school_was_told_of_itself_costs_an_area_nothing(tmp_path):
    """It knows its own pupils anyway, and against that an area's profile is made safe whatever was released."""
    profile = {"years": QUESTIONS["years"], "plans": asked("rate", "ehc-plan", "sex")}
    alone, after = make(tmp_path / "alone"), make(tmp_path / "after")
    for school in SCHOOLS:
        after.school(school.urn, {name: {**q, "compare": None} for name, q in QUESTIONS.items()})
    assert after.area("east", profile)["tables"] == alone.area("east", profile)["tables"]
    for made in (alone, after):
        made.desk.close()


def test_a_comparator_is_withheld_where_its_others_are_few(tmp_path):
    """Of all 27 boys with free meals 23 are ours, who subtracts them: the other four stay withheld."""
    roll = a_roll()
    roll.pupils(23, OURS, sex="M", fsm6=True)
    for school in SCHOOLS[1:]:
        roll.pupils(1, school.urn, sex="M", fsm6=True)
        roll.pupils(9, school.urn, fsm6=True)
    made = make(tmp_path / "authority", roll)
    released = made.school(OURS, {"fsm6": asked("rate", "fsm6", "sex", compare="authority")})
    rows = printed(released, "fsm6")
    made.desk.close()
    assert rows["M", "own"][1] == "23"
    assert rows["M", "authority"][:2] == ("c", "c")
    (count,) = released["counts"]
    assert not [row for row in count["rows"] if "own" in row["codes"]]
    assert not [row for row in count["rows"] if row["value"] != "c" and 0 < int(row["value"]) < 6]


def test_it_says_whom_it_is_for_on_everything_that_is_made_of_it(workspace):
    released = workspace.school(OURS, QUESTIONS)
    assert released["marking"] == "OFFICIAL-SENSITIVE (identifiable: for the school alone)"
    assert released["disclosure_note"].startswith("These are your own pupils' figures: nothing is withheld or rounded.")
    assert released["facts"]["identifiable"] == {"for": "school", "own_figures": "whole"}
    assert "own figures whole, for the school alone" in released["facts"]["disclosure_policy"]["in_full"]
    assert all("nothing is withheld or rounded" in table["notes"][0] for table in released["tables"])
    (entry,) = workspace.desk.ledger.entries(kind="release")
    assert entry.body["whole_for"] == "school"


def test_whom_the_head_appointed_is_told_the_same(workspace):
    assert own(workspace.school(OURS, QUESTIONS, to=HELPER)) == own(workspace.school(OURS, QUESTIONS))


def test_a_school_may_ask_for_what_it_can_show_to_others(workspace):
    released = workspace.release("bespoke-school", QUESTIONS, of(OURS, f"establishment:{OURS}", suppression="always"))
    assert printed(released, "plans")["All", "own"][:2] == ("c", "c")
    assert released["marking"] == "OFFICIAL-SENSITIVE"
    assert "identifiable" not in released["facts"]


def test_an_officer_is_told_what_they_were_before_unless_they_say_so(workspace):
    released = workspace.school(OURS, QUESTIONS, to=OFFICER)
    assert printed(released, "plans")["All", "own"][:2] == ("c", "c")
    assert "identifiable" not in released["facts"]


def test_an_officer_with_the_duty_who_says_so_is_told_them_whole_and_it_is_logged(workspace):
    released = workspace.release("bespoke-school", QUESTIONS, of(OURS, COLLEAGUE, suppression="when-required"))
    assert own(released) == own(workspace.school(OURS, QUESTIONS))
    assert released["marking"] == "OFFICIAL-SENSITIVE (identifiable: for the named officers alone)"
    assert released["facts"]["identifiable"] == {"for": "officers", "own_figures": "whole"}
    entry = workspace.desk.ledger.entries(kind="release")[0]
    assert (entry.body["whole_for"], entry.body["could_see"]) == ("officers", [COLLEAGUE])


def test_the_access_log_says_of_an_officers_question_that_it_was_of_whole_figures(workspace):
    runner = workspace.begun("bespoke-school", QUESTIONS, of(OURS, OFFICER, suppression="when-required"))
    workspace.desk.log_access(runner, "release", "answered")
    workspace.school(OURS, QUESTIONS)
    with Database(workspace.workspace.database) as database:
        (access,) = AccessLog(database).entries()
    asked_for = unseal(access.sealed, read_secret(workspace.workspace.state))
    assert asked_for.words == "whole figures, by a recorded duty"


def test_without_the_duty_it_is_refused_with_clause_and_way_out(workspace):
    """The head's consent lets the partner have the report, and tells of no small count."""
    assert workspace.school(OURS, QUESTIONS, to=STAKEHOLDER)["marking"] == "OFFICIAL-SENSITIVE"
    with pytest.raises(NotAuthorised) as caught:
        workspace.release("bespoke-school", QUESTIONS, of(OURS, STAKEHOLDER, suppression="when-required"))
    assert caught.value.clauses == ("3",)
    assert "suppression" in caught.value.remedy
    assert "duty" in caught.value.remedy


@pytest.mark.parametrize("suppression", ["never", "", "When-required"])
def test_what_is_no_way_to_tell_small_counts_is_named(workspace, suppression):
    with pytest.raises(BadParameters) as caught:
        workspace.release("bespoke-school", QUESTIONS, of(OURS, OFFICER, suppression=suppression))
    assert [fault.field for fault in caught.value.faults] == ["suppression"]


def test_what_everybody_may_have_takes_no_such_parameter(workspace):
    with pytest.raises(BadParameters):
        workspace.area("east", {"plans": asked("rate", "ehc-plan")}, suppression="when-required")


def test_a_filter_of_few_is_answered_of_its_own_pupils_alone(workspace):
    alone = {"year_4": asked("count", "pupils", where="ncyear = '4'")}
    assert printed(workspace.school(OURS, alone), "year_4")[()] == ("1",)


def test_text_that_states_its_own_small_numbers_is_no_slip(workspace):
    runner = workspace.begun("bespoke-school", QUESTIONS, of(OURS, f"establishment:{OURS}"))
    said = "3 of 23 girls have a plan, and 1 boy is in Year 4."
    released = workspace.desk.release(runner, {"texts": [{"place": "cell 2", "kind": "words", "text": said}]})
    assert released["id"]
