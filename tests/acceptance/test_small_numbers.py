"""Cases 1 to 15: few pupils in a cell, and all that would give them back."""

import pytest
from small_workspace import Roll, School, asked, printed

from kdsp_lib.analyse.measures.catalogue import definition_of


def primaries(number=4, **more):
    return [School(f"99000{k}", **more) for k in range(1, number + 1)]


def figures(released, table="t"):
    return printed(released, table)


def is_known(*parts: str) -> bool:
    return "c" not in parts


def test_case_01_three_pupils_with_free_meals(area):
    """The count, the rate and what the rate is of; and the others, or the total that would give it back."""
    schools, roll = primaries(), Roll()
    for school in schools:
        roll.pupils(20, school.urn, ncyear="3", sessions=(120, 20, 0))
        roll.pupils(20, school.urn, ncyear="4", fsm6=True)
    roll.pupils(3, "990001", ncyear="3", fsm6=True)
    questions = {
        "t": asked("count", "pupils", "year-group", "fsm6"),
        "rate": asked("rate", "fsm6", "year-group"),
    }
    released = area(schools, roll).area("east", questions)
    few, others, total = (figures(released)["3", code][0] for code in ("yes", "no", "All"))
    assert few == "c"
    assert not is_known(others, total)
    assert figures(released, "rate")["3",][:2] == ("c", "c")


def test_of_each_number_from_1_to_5_and_of_none(area):
    for number in (1, 5):
        schools, roll = primaries(), Roll()
        for school in schools:
            roll.pupils(20, school.urn)
        roll.pupils(number, "990001", fsm6=True)
        found = figures(area(schools, roll).area("east", {"t": asked("count", "pupils", "fsm6")}))
        assert found["yes",] == ("c",)
        assert not is_known(found["no",][0], found["All",][0])


def test_case_03_all_eight_looked_after_have_special_needs(area):
    """All of a base tells of each of them: the rate is withheld, and the number it is of may stand."""
    schools, roll = primaries(), Roll()
    for school in schools:
        roll.pupils(20, school.urn)
        roll.pupils(10, school.urn, sen_provision="K")
        roll.pupils(2, school.urn, lac=True, sen_provision="K")
    found = figures(area(schools, roll).area("east", {"t": asked("rate", "sen", "looked-after")}))
    assert found["yes",][:2] == ("c", "c")


def test_none_of_a_group_is_withheld_as_all_of_it_is(area):
    schools, roll = primaries(), Roll()
    for school in schools:
        roll.pupils(20, school.urn)
        roll.pupils(5, school.urn, sessions=(120, 20, 0))
        roll.pupils(3, school.urn, fsm6=True)
    found = figures(area(schools, roll).area("east", {"t": asked("rate", "persistent-absence", "fsm6")}))
    assert found["yes",][:2] == ("c", "c")


def test_case_05_girls_three_of_forty_one(area):
    schools, roll = primaries(), Roll()
    for school, boys in zip(schools, (10, 10, 9, 9), strict=True):
        roll.pupils(boys, school.urn, sex="M")
    for urn in ("990001", "990002", "990003"):
        roll.pupil(urn, sex="F")
    found = figures(area(schools, roll).area("east", {"t": asked("count", "pupils", "sex")}))
    assert found["F",] == ("c",)
    assert not is_known(found["M",][0], found["All",][0])


def test_a_percentage_of_a_small_base_is_no_way_round(area):
    """33 % of three: the base is withheld with its rate."""
    schools, roll = primaries(), Roll()
    for school in schools:
        roll.pupils(20, school.urn, sessions=(120, 20, 0))
        roll.pupils(20, school.urn)
    for urn in ("990001", "990002", "990003"):
        roll.pupil(urn, lac=True, sessions=(120, 20 if urn == "990001" else 0, 0))
    found = figures(area(schools, roll).area("east", {"t": asked("rate", "persistent-absence", "looked-after")}))
    assert found["yes",] == ("c", "c", "c")


def test_two_hidden_cells_of_which_the_sum_is_small_hide_nothing(area):
    """Two groups of 2 and 3: their sum of 5 may not follow either."""
    schools, roll = primaries(), Roll()
    for school in schools:
        roll.pupils(20, school.urn)
    for urn, ethnicity in (("990001", "APKN"), ("990002", "APKN"), *(("99000" + k, "BCRB") for k in "123")):
        roll.pupil(urn, ethnicity=ethnicity)
    found = figures(area(schools, roll).area("east", {"t": asked("count", "pupils", "ethnicity-group")}))
    assert (found["asian",], found["black",]) == (("c",), ("c",))
    shown = [int(found[code,][0]) for code in ("white", "mixed", "other", "unclassified") if found[code,][0] != "c"]
    assert found["All",][0] == "c" or int(found["All",][0]) - sum(shown) > 5


def test_case_13_girls_in_a_boys_school_are_not_applicable(area):
    schools, roll = primaries(gender="boys"), Roll()
    for school in schools:
        roll.pupils(20, school.urn, sex="M")
    found = figures(area(schools, roll).area("east", {"t": asked("count", "pupils", "sex")}))
    assert ("F",) not in found or found["F",] == ("z",)
    mixed = [*primaries(3, gender="boys"), School("990004"), School("990005"), School("990006")]
    roll = Roll()
    for school in mixed:
        roll.pupils(20, school.urn, sex="M")
        if school.gender == "mixed":
            roll.pupils(20, school.urn)
    found = figures(area(mixed, roll).area("east", {"t": asked("count", "pupils", "sex")}))
    assert found["F",] == ("60",)


@pytest.mark.parametrize("year", ["2024/25", "2025/26"])
def test_case_15_progress_8_of_2025_is_not_available(area, year):
    schools, roll = [School(f"99000{k}", phase="secondary", ages=(11, 16)) for k in range(1, 5)], Roll()
    for school in schools:
        roll.pupils(20, school.urn, ncyear="11")
    asked_now = {"t": asked("mean", "progress-8"), "n": asked("count", "pupils")}
    found = figures(area(schools, roll).area("east", asked_now))
    assert {value for values in found.values() for value in values} == {"x"}
    assert "not assessed at key stage 2" in definition_of("progress-8").missing(year).why
