"""For what pupils missed most of their sessions, by the codes of the registers."""

import pytest
from invented_tables import Authority

from kdsp_lib.analyse.absence_reason import REASONS
from kdsp_lib.errors import BadParameters
from kdsp_lib.model.question import Question
from kdsp_lib.source.local_table import SESSION_CODES

BY_REASON = Question("count", "pupils", ("absence-reason",))


def counted(**facts):
    """The one reason that a pupil is counted under."""
    school = Authority()
    school.pupil(school.school("990001"), **facts)
    (found,) = (codes[0] for codes, values in school.shown(BY_REASON).items() if values == ["1"] and codes[0] != "All")
    return found


@pytest.mark.parametrize(
    ("codes", "reason"),
    [
        ({"I": 8, "M": 2}, "illness"),
        ({"M": 4, "G": 3}, "appointment"),
        ({"E": 10}, "suspended"),
        ({"C": 2, "R": 2, "T": 2, "I": 5}, "other-authorised"),
        ({"G": 10, "I": 4}, "holiday"),
        ({"U": 3}, "late"),
        ({"O": 2, "N": 2, "I": 3}, "other-unauthorised"),
    ],
)
def test_a_pupil_counts_under_the_reason_of_most_sessions(codes, reason):
    authorised = sum(number for code, number in codes.items() if code not in "GUON")
    assert counted(sessions=(120, authorised, sum(codes.values()) - authorised), reasons=codes) == reason


def test_of_two_reasons_with_as_many_sessions_the_first_of_the_list_counts():
    assert counted(sessions=(120, 4, 0), reasons={"M": 2, "I": 2}) == "illness"


def test_who_missed_nothing_and_who_had_no_sessions_are_no_reason():
    assert counted(sessions=(120, 0, 0), reasons={}) == "none"
    assert counted(sessions=(0, 0, 0), reasons={}) == "no-sessions"
    assert counted() == "no-sessions"


def test_absence_without_a_code_is_a_reason_not_recorded_and_never_none():
    assert counted(sessions=(120, 6, 0), reasons={}) == "not-recorded"


def test_present_codes_and_codes_that_are_no_possible_session_are_no_absence():
    """Late before registers close (L), at another school (D), prevented (Y1): none of them was missed."""
    assert counted(sessions=(120, 0, 0), reasons={"L": 9, "D": 4, "Y1": 2}) == "none"


def test_every_code_of_absence_is_of_one_reason_and_of_those_there_are():
    held = [code for _, codes in REASONS.values() for code in codes]
    assert len(held) == len(set(held))
    assert set(held) <= set(SESSION_CODES)
    assert set("CEIMRSTGNOU") | {"C1", "C2", "J1"} <= set(held)


def test_persistent_absence_by_reason_is_of_those_with_that_reason():
    school = Authority()
    urn = school.school("990001")
    for _ in range(10):
        school.pupil(urn, sessions=(120, 20, 0), reasons={"I": 20})
    for _ in range(30):
        school.pupil(urn, sessions=(120, 2, 0), reasons={"I": 2})
    shown = school.shown(Question("rate", "persistent-absence", ("absence-reason",)))
    assert shown["illness",] == ["25", "10", "40"]


def test_a_sum_of_the_same_sessions_is_not_split_by_it():
    """Who missed nothing for no reason is known to have missed nothing."""
    school = Authority()
    school.school("990001")
    for measure in ("absence", "authorised-absence", "unauthorised-absence"):
        with pytest.raises(BadParameters) as caught:
            school.cube(table=Question("rate", measure, ("absence-reason",)))
        assert "split persistent-absence by it" in str(caught.value.faults[0])


def one_missing_for_all_reasons():
    """An authority of two schools: sessions of illness, an appointment, holidays, and two without a code."""
    school = Authority()
    for name in ("990001", "990002"):
        school.pupil(school.school(name), sessions=(100, 12, 8), reasons={"I": 8, "M": 3, "G": 6, "U": 1})
    return school


@pytest.mark.parametrize(
    ("reason", "rate"),
    [("illness", "8"), ("appointment", "3"), ("suspended", "0"), ("holiday", "6"), ("late", "1")],
)
def test_a_rate_of_a_reason_is_of_all_possible_sessions(reason, rate):
    assert one_missing_for_all_reasons().shown(Question("rate", f"absence-{reason}"))[()] == [rate, "2"]


def test_every_reason_has_a_rate_and_those_without_a_code_are_in_none():
    shown = [one_missing_for_all_reasons().shown(Question("rate", f"absence-{reason}"))[()][0] for reason in REASONS]
    assert sum(map(int, shown)) == 18
    assert one_missing_for_all_reasons().shown(Question("rate", "absence"))[()] == ["20", "2"]


def test_the_rest_of_a_whole_is_as_good_as_told():
    """Authorised absence less illness is all other authorised reasons, and is held to the rules as each of them is."""
    asked = {
        "whole": Question("rate", "authorised-absence"), "some": Question("rate", "absence-illness"),
        "late": Question("rate", "absence-late"),
    }  # fmt: skip
    cube = one_missing_for_all_reasons().cube(**asked)
    rest = "missed_appointment+missed_suspended+missed_other_authorised+authorised_without_reason"
    told = {name for name, magnitude in cube.magnitudes.items() if magnitude.asked.any()}
    assert told == {"authorised", "missed_illness", "missed_late", "possible", rest}
    assert cube.magnitudes[rest].values.tolist()[0] == 8


def test_all_but_one_tell_the_last():
    asked = {
        "whole": "unauthorised-absence",
        "a": "absence-holiday",
        "b": "absence-late",
        "c": "absence-other-unauthorised",
    }
    cube = one_missing_for_all_reasons().cube(**{name: Question("rate", of) for name, of in asked.items()})
    assert cube.magnitudes["unauthorised_without_reason"].asked.any()
    assert cube.magnitudes["unauthorised_without_reason"].values.tolist()[0] == 2
