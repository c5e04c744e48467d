"""What an establishment should see to in its own rows: each fault found, and nothing of anybody else told."""

import datetime as dt

import pytest

from kdsp_lib.source import own_faults as faults
from kdsp_lib.source.own_faults import own_faults
from kdsp_lib.source.pseudonym import check_letter

OURS, THEIRS = "990001", "990002"
ON = dt.date(2026, 1, 15)
UPN = "999400021001"


def person(key, **changed):
    row = {
        "pupil_key": key, "upn": check_letter(UPN) + UPN, "surname": f"Surname {key}", "forename": "Ada",
        "dob": dt.date(2017, 1, 1), "postcode": "ZZ1 1ZZ",
    }  # fmt: skip
    return row | changed


def returned(key, urn=OURS, **changed):
    row = {
        "pupil_key": key, "urn": urn, "enrol_status": "C", "ncyear": "3", "ethnicity": "WBRI", "language": "english",
        "fsm6": False, "sen_provision": "N", "sen_type": None,
    }  # fmt: skip
    return row | changed


def attended(key, urn=OURS, possible=120):
    return {"pupil_key": key, "urn": urn, "possible": possible}


def found(*, census, pupils, attendance=None, results=None):
    there = [attended(row["pupil_key"]) for row in census] if attendance is None else attendance
    told = own_faults(OURS, ON, census, pupils, there, results)
    return {(each.pupil_key, each.data, each.field, each.text) for each in told}


def test_rows_without_fault_have_none():
    assert found(census=[returned("a")], pupils=[person("a")]) == set()


@pytest.mark.parametrize(
    ("changed", "field", "text"),
    [
        ({"sen_provision": "K"}, "SENtype", faults.NO_TYPE),
        ({"ncyear": None}, "NCyearActual", faults.NO_YEAR),
        ({"fsm6": None}, "FSM6", faults.NO_FSM6),
        ({"enrol_status": "S"}, "EnrolStatus", faults.NO_MAIN),
    ],
)
def test_a_code_that_is_missing_is_named(changed, field, text):
    assert found(census=[returned("a", **changed)], pupils=[person("a")]) == {("a", "census", field, text)}


def test_questions_are_those_that_a_return_is_asked_before_it_is_loaded():
    temporary = UPN[:-1] + "A"
    told = found(
        census=[returned("a", ethnicity="NOBT", language="unclassified")],
        pupils=[person("a", upn=check_letter(temporary) + temporary, postcode=None)],
        attendance=[attended("a", possible=0)],
    )
    assert {field for _, _, field, _ in told} == {"UPN", "PostCode", "Ethnicity", "Language", "SessionsPossible"}


def test_one_pupil_under_two_upns_is_told_of_both_and_twins_of_neither():
    alike = {"surname": "O'Brien", "dob": dt.date(2017, 3, 4)}
    pupils = [person(key, forename=name, **alike) for key, name in (("a", "Ada"), ("b", "ADA "), ("c", "Eve"))]
    told = found(census=[returned(key) for key in "abc"], pupils=pupils)
    assert told == {(key, "pupils", "UPN", faults.TWICE) for key in "ab"}


def test_two_main_registrations_are_told_without_the_other_establishment():
    census = [returned("a"), returned("a", THEIRS, enrol_status="M"), returned("b", enrol_status="M"),
              returned("b", THEIRS, enrol_status="S")]  # fmt: skip
    told = found(census=census, pupils=[person("a"), person("b")])
    assert told == {("a", "census", "EnrolStatus", faults.TWO_MAINS)}
    assert THEIRS not in str(told)


def test_what_another_returned_of_our_pupil_is_never_told():
    theirs = returned("a", THEIRS, enrol_status="S", ethnicity="NOBT", ncyear=None, sen_provision="E", fsm6=None)
    census = [returned("a", enrol_status="M"), theirs, returned("x", THEIRS, ncyear=None)]
    attendance = [attended("a"), attended("a", THEIRS, possible=0), attended("x", THEIRS, possible=0)]
    assert found(census=census, pupils=[person("a"), person("x")], attendance=attendance) == set()


def test_who_is_on_roll_and_of_age_has_attendance():
    told = found(
        census=[returned("a"), returned("b"), returned("c", ncyear="N2")],
        pupils=[person(key) for key in "abc"],
        attendance=[attended("b")],
    )
    assert told == {("a", "attendance", "Attendance", faults.NO_SESSIONS)}


def test_a_result_that_is_expected_and_not_there_is_asked_for():
    results = [{"pupil_key": "a", "stage": "KS1", "subject": "ENG", "component": "PHO"},
               {"pupil_key": "b", "stage": "KS1", "subject": "MAT", "component": "MAT"}]  # fmt: skip
    told = found(census=[returned(key, ncyear="1") for key in "ab"], pupils=[person("a"), person("b")], results=results)
    assert told == {("b", "results", "Phonics check", faults.NO_RESULT)}
