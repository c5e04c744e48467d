"""A permission holds on the day of the request and on the real day: nobody chooses the day by which they may."""

import os
from datetime import date

import pytest
import yaml
from small_workspace import AUTUMN, OFFICER, Roll, School, SmallWorkspace, asked

from kdsp_lib.custodian.reruns import Reruns
from kdsp_lib.custodian.sessions import Session
from kdsp_lib.errors import BadParameters, BadSource, NotAuthorised

SCHOOLS = [School(f"99{k:04}", areas=("east",) if k < 6 else ("west",)) for k in range(1, 9)]
OURS, ANOTHER = SCHOOLS[0].urn, SCHOOLS[1].urn
TODAY = date(2026, 12, 2)
ENDED = date(2026, 10, 1)
SCHOOL = {"report": "bespoke-school", "school": OURS, "recipient": OFFICER, "purpose": "school-improvement-plan"}
AREA = {"group": "collaborative:east", "recipient": "collaborative:east", "purpose": "commissioning-of-services"}
AREA |= {"report": "area-profile"}
CLUSTER = {"group": "cluster:north", "recipient": OFFICER, "purpose": "school-improvement-plan"}
CLUSTER |= {"report": "cluster-vulnerable"}
TO_ANOTHER = AREA | {"recipient": f"establishment:{ANOTHER}"}
ABSENCE = {"absence": asked("rate", "absence")}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    made = SmallWorkspace(tmp_path_factory.mktemp("today"), SCHOOLS)
    roll = Roll()
    for school in SCHOOLS:
        roll.pupils(30, school.urn)
    made.load(AUTUMN, roll)
    register = made.workspace.register
    document = yaml.safe_load(register.read_text("utf-8"))
    for consent in document["consents"]:
        del consent["to"]
    document["groups"] += [{"id": "cluster:north", "name": "North"}]
    document["memberships"] += [
        {"establishment": school.urn, "group": "cluster:north", "from": "2024-09-01"} for school in SCHOOLS[:4]
    ]
    document["people"] += [{"id": "external:study", "name": "A study"}]
    document["area_leads"] = [{"collaborative": "collaborative:east", "person": OFFICER, "from": "2024-09-01"}]
    document["agreements"] = [
        {
            "party": "external:study", "collaborative": "collaborative:east", "issued_by": OFFICER,
            "issued_on": "2025-10-01", "signed_on": "2025-10-01", "purpose": "commissioning-of-services",
            "activity": "a study", "from": "2025-10-01", "to": "2099-09-01",
        }
    ]  # fmt: skip
    register.write_text(yaml.safe_dump(document, sort_keys=False), "utf-8")
    yield made
    made.desk.close()


@pytest.fixture
def changed(place):
    """Change the register as a document; it is as it was after the test."""
    register = place.workspace.register
    whole = register.read_text("utf-8")

    def change(**sections):
        document = yaml.safe_load(register.read_text("utf-8"))
        for section, change_of in sections.items():
            document[section] = change_of(document.get(section, []))
        register.write_text(yaml.safe_dump(document, sort_keys=False), "utf-8")

    yield change
    register.write_text(whole, "utf-8")


def ended(**of_whom):
    """Each entry of these fields ends."""
    return lambda entries: [
        entry | {"to": ENDED.isoformat()} if of_whom.items() <= entry.items() else entry for entry in entries
    ]


def more(**entry):
    return lambda entries: [*entries, {"from": ENDED.isoformat()} | entry]


def begin(place, today=TODAY, on="2026-03-02", period=AUTUMN, **given):
    """What a runner is answered; the run's session."""
    place.desk.day = today
    report = given.pop("report")
    runner = Session("runner", OFFICER, "runner", f"today {id(given)}", "full", os.getpid())
    parameters = {**given, "period": period, "on": on}
    return runner, place.desk.begin(runner, {"notebook": report, "notebook_hash": "0" * 64, "parameters": parameters})


def opened(place, **given):
    runner, _ = begin(place, **given)
    return place.desk.runs.of(runner).opened


@pytest.mark.parametrize("given", [SCHOOL, AREA, CLUSTER, AREA | {"recipient": "external:study"}])
def test_what_holds_on_both_days_is_permitted(place, given):
    assert opened(place, **given).decision == opened(place, today=date(2026, 3, 2), **given).decision


@pytest.mark.parametrize(
    ("sections", "given", "clauses"),
    [
        ({"consents": ended(establishment=OURS)}, SCHOOL, ("12",)),
        ({"withdrawals": more(establishment=OURS)}, SCHOOL, ("11",)),
        ({"withdrawals": more(establishment=ANOTHER)}, TO_ANOTHER, ("11", "levels")),
        ({"duties": ended(person=OFFICER)}, CLUSTER, ("3", "levels")),
        ({"agreements": ended(party="external:study")}, AREA | {"recipient": "external:study"}, ("2", "levels")),
        (
            {"people": ended(id="external:study")},
            AREA | {"recipient": "external:study"},
            ("2",),
        ),
        ({"people": ended(id=OFFICER)}, AREA, ("2",)),
        (
            {"legal_orders": more(effect="prohibit", citation="order 1", recipient=OFFICER)},
            SCHOOL,
            ("8",),
        ),
    ],
    ids=["consent", "subject", "recipient", "duty", "agreement", "external out of post", "requester", "law"],
)  # fmt: skip
def test_what_has_ended_since_is_refused_by_the_clause_of_today(place, changed, sections, given, clauses):
    changed(**sections)
    with pytest.raises(NotAuthorised) as caught:
        begin(place, **given)
    error = caught.value
    assert error.clauses == clauses
    assert error.message.startswith("This was permitted on 2 March 2026 and no longer is. The protocol does not permit")
    assert "2026-12-02" in error.message
    assert error.remedy
    assert "order 1" not in error.shown()
    last = place.desk.ledger.entries()[-1]
    assert (last.kind, tuple(last.body["decision"]["clauses"])) == ("refusal", clauses)
    begin(place, today=date(2026, 9, 30), **given)  # the day before it ended


def test_a_draft_obeys_the_same_rule(place, changed):
    notebook = Session("notebook", OFFICER, "notebook", "", "full", os.getpid())
    changed(consents=ended(establishment=OURS))
    place.desk.day = TODAY
    parameters = {key: value for key, value in SCHOOL.items() if key != "report"}
    with pytest.raises(NotAuthorised, match="no longer is"):
        place.desk.open(
            notebook,
            {"report": "bespoke-school", "parameters": {**parameters, "period": AUTUMN, "on": "2026-03-02"}},
        )


def test_a_kernel_that_stays_open_is_not_answered_once_the_permission_has_ended(place, changed):
    changed(consents=ended(establishment=OURS))
    runner, _ = begin(place, today=date(2026, 9, 30), **SCHOOL)
    notebook = Session("notebook", OFFICER, "notebook", runner.run, "full", os.getpid())
    parameters = {key: value for key, value in SCHOOL.items() if key != "report"}
    place.desk.open(
        notebook, {"report": "bespoke-school", "parameters": {**parameters, "period": AUTUMN, "on": "2026-03-02"}}
    )
    place.desk.tables(notebook, {"questions": ABSENCE})
    changed(groups=lambda groups: [*groups, {"id": "cluster:south", "name": "South"}])  # it does not rest on that
    place.desk.tables(notebook, {"questions": ABSENCE})
    place.desk.day = ENDED
    with pytest.raises(NotAuthorised, match="no longer is"):
        place.desk.tables(notebook, {"questions": ABSENCE})
    with pytest.raises(NotAuthorised, match="no longer is"):
        place.desk.release(runner, {"texts": []})


def test_a_kernel_that_stays_open_is_opened_again_where_what_it_rests_on_has_changed(place, changed):
    runner, _ = begin(place, **SCHOOL)
    notebook = Session("notebook", OFFICER, "notebook", runner.run, "full", os.getpid())
    parameters = {key: value for key, value in SCHOOL.items() if key != "report"}
    asking = {"report": "bespoke-school", "parameters": {**parameters, "period": AUTUMN, "on": "2026-03-02"}}
    place.desk.open(notebook, asking)
    changed(withdrawals=more(establishment=ANOTHER))
    with pytest.raises(NotAuthorised, match="has changed since it was opened"):
        place.desk.tables(notebook, {"questions": ABSENCE})


def test_who_has_withdrawn_since_is_left_out_of_an_areas_figures_and_counted(place, changed):
    before = opened(place, **AREA)
    changed(withdrawals=more(establishment=ANOTHER))
    after = opened(place, **AREA)
    assert set(before.subjects) - set(after.subjects) == {ANOTHER}
    assert (before.left_out, after.left_out) == (0, 1)
    assert "coverage-note" in after.decision.obligations
    assert f"establishment:{ANOTHER}" not in after.decision.permitted


def test_who_has_only_moved_to_another_area_refuses_nobody(place, changed):
    here = {"establishment": ANOTHER, "group": "collaborative:east"}
    changed(memberships=lambda entries: more(establishment=ANOTHER, group="collaborative:west")(ended(**here)(entries)))
    after = opened(place, **AREA)
    assert ANOTHER in after.subjects
    assert f"establishment:{ANOTHER}" not in after.decision.permitted


def test_who_has_withdrawn_since_stands_in_no_comparator_and_is_compared_with_nobody(place, changed):
    own = SCHOOL | {"recipient": f"establishment:{OURS}"}
    assert ANOTHER in opened(place, **own).comparators["authority"]
    changed(withdrawals=more(establishment=ANOTHER))
    assert ANOTHER not in opened(place, **own).comparators["authority"]
    changed(withdrawals=more(establishment=OURS))
    alone = opened(place, **own)
    assert alone.comparators == {}
    assert "own-data-only" in alone.decision.obligations


def test_whoever_joined_since_could_see_it_too(place, changed):
    """What they are told next is made safe beside it."""
    group = {"recipient": "cluster:north"}
    joined = SCHOOLS[5].urn
    assert f"establishment:{joined}" not in opened(place, **CLUSTER | group).readers
    changed(memberships=more(establishment=joined, group="cluster:north"))
    after = opened(place, **CLUSTER | group)
    assert f"establishment:{joined}" in after.readers
    assert f"establishment:{joined}" not in after.decision.permitted


def test_a_day_that_has_not_come_is_a_mistake(place):
    with pytest.raises(BadParameters) as caught:
        begin(place, on="2036-03-02", **AREA)
    (fault,) = caught.value.faults
    assert (fault.field, fault.text) == ("on", "has not come: it is 2 December 2026; give that day or an earlier one")


@pytest.mark.parametrize(
    ("period", "on", "is_refused"),
    [
        ("2026/27-autumn", "2026-03-02", True),
        ("2026/27-autumn", "2026-09-30", True),
        ("2026/27-autumn", "2026-10-01", False),
        ("2025/26", "2026-01-14", True),
    ],
)
def test_data_of_a_later_day_than_the_request_are_a_mistake(place, period, on, is_refused):
    """The autumn census is on the first Thursday of October, the year's on the third of January."""
    with pytest.raises((BadParameters, BadSource)) as caught:  # where the day will do, there are no such data here
        begin(place, period=period, on=on, **AREA)
    fields = [fault.field for fault in getattr(caught.value, "faults", ())]
    assert (fields == ["period"]) is is_refused


def test_what_would_have_expired_already_is_not_released(place, changed):
    """The consent was renewed: what permits it today did not yet on the day of the request."""
    renewed = more(establishment=OURS, item="bespoke", recipient=OFFICER)
    changed(consents=lambda entries: renewed(ended(establishment=OURS)(entries)))
    with pytest.raises(NotAuthorised) as caught:
        begin(place, **SCHOOL)
    assert caught.value.rule == "no release is made that has expired"
    assert "1 October 2026" in caught.value.message
    assert "later day" in caught.value.remedy
    begin(place, on=ENDED.isoformat(), **SCHOOL)


def test_it_ends_with_whatever_ends_first(place, changed):
    changed(consents=lambda entries: [entry | {"to": "2027-03-01"} for entry in entries])
    assert opened(place, **SCHOOL).decision.retain_until == date(2027, 3, 1)


@pytest.mark.parametrize("given", [SCHOOL, AREA, CLUSTER])
def test_a_use_that_promotes_is_stated_and_refused(place, given):
    for stated in (True, "true"):
        with pytest.raises(NotAuthorised) as caught:
            begin(place, promotional=stated, **given)
        assert caught.value.clauses == ("6",)


def test_a_use_that_does_not_promote_is_the_request_of_always(place):
    _, unstated = begin(place, **AREA)
    for stated in (False, "false"):
        _, answer = begin(place, promotional=stated, **AREA)
        assert answer["release"] == unstated["release"]


@pytest.mark.parametrize("stated", ["yes", "False", "", None, 0, 1, [False]])
def test_an_unknown_use_is_no_request(place, stated):
    with pytest.raises(BadParameters) as caught:
        begin(place, promotional=stated, **AREA)
    assert [fault.field for fault in caught.value.faults] == ["promotional"]


def test_nothing_of_todays_date_is_in_what_is_released(place, changed):
    """The same request on the same data and register is the same release on any day."""

    def body(today):
        runner, _ = begin(place, today=today, **AREA)
        notebook = Session("notebook", OFFICER, "notebook", runner.run, "full", os.getpid())
        parameters = {key: value for key, value in AREA.items() if key != "report"}
        asking = {**parameters, "period": AUTUMN, "on": "2026-03-02"}
        place.desk.open(notebook, {"report": "area-profile", "parameters": asking})
        place.desk.tables(notebook, {"questions": ABSENCE})
        released = place.desk.release(runner, {"texts": []})
        assert released["facts"]["promotional"] is False
        return released

    assert body(TODAY) == body(date(2031, 1, 1))


def released_to_officer(place):
    """A release to an officer that holds until the consent to it ends, of a day on which it held; its entry."""
    place.school(OURS, ABSENCE, to=OFFICER)
    return place.desk.ledger.entries(kind="release")[-1]


def begun_again(place, entry, person=OFFICER):
    reruns = Reruns(place.desk)
    try:
        return reruns.begin(Session("r", person, "rerunner", "again", "none", os.getpid()), {"release": entry.report})
    finally:
        reruns.close()


@pytest.fixture
def entry(place, changed):
    changed(consents=ended(establishment=OURS))
    found = released_to_officer(place)
    place.desk.day = TODAY
    return found


def test_what_the_recipient_may_no_longer_have_is_made_again_for_review_and_marked(place, entry):
    begun = begun_again(place, entry)
    assert begun["refused"] is None
    assert begun["marking"] == ("Made again for review: the permission ended on 1 October 2026. Not to be passed on.")
    place.desk.day = date(2026, 9, 30)
    assert begun_again(place, entry)["marking"] == ""


def test_todays_difference_of_it_is_marked_too(place, entry):
    reruns = Reruns(place.desk)
    rerunner = Session("r", OFFICER, "rerunner", "again", "none", os.getpid())
    assert "Not to be passed on" in reruns.compare(rerunner, {"release": entry.report, "with": "data"})["marking"]


def test_a_reviewer_whose_own_duty_has_ended_does_not_see_it_again(place, changed, entry):
    changed(duties=ended(person=OFFICER))
    assert "3-requester-needs-a-duty" in begun_again(place, entry)["refused"]["rule"]


def test_nobody_reviews_what_the_law_forbids_today(place, changed, entry):
    changed(legal_orders=more(effect="prohibit", citation="order 1", recipient=OFFICER))
    assert begun_again(place, entry)["refused"]["clauses"] == ["8"]
