"""Cases 1 to 15: few pupils in a cell, and all that would give them back."""

import pytest
from rounded import is_open, is_rounded, left_of, possible
from small_workspace import Roll, School, asked, printed

from kdsp_lib.analyse.measures.catalogue import definition_of


def primaries(number=4, **more):
    return [School(f"99000{k}", **more) for k in range(1, number + 1)]


def figures(released, table="t"):
    return printed(released, table)


def test_case_01_three_pupils_with_free_meals(area):
    """The 3 print as 0 or as 5, and the others and the total are rounded too: no subtraction gives the 3 back."""
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
    assert few in ("0", "5")
    assert is_rounded(others, 80)
    assert is_rounded(total, 83)
    assert is_open(left_of(total, others), 3)
    rate, counted, base = figures(released, "rate")["3",]
    assert (counted, base) == (few, total)
    assert rate == f"{100 * int(few) / int(total):.0f}"


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
def test_of_each_number_from_1_to_5(area, number):
    """One and five alike: nobody is told whether there is anybody."""
    schools, roll = primaries(), Roll()
    for school in schools:
        roll.pupils(20, school.urn)
    roll.pupils(number, "990001", fsm6=True)
    found = figures(area(schools, roll).area("east", {"t": asked("count", "pupils", "fsm6")}))
    yes, no, total = (found[code,][0] for code in ("yes", "no", "All"))
    assert yes in ("0", "5")
    assert is_rounded(total, 80 + number)
    assert is_open(left_of(total, no), number)


def test_none_prints_as_a_small_count_may(area):
    """A nought is a nought, and says no more than up to four."""
    schools, roll = primaries(), Roll()
    for school in schools:
        roll.pupils(20, school.urn)
    found = figures(area(schools, roll).area("east", {"t": asked("count", "pupils", "fsm6")}))
    assert found == {("yes",): ("0",), ("no",): ("80",), ("All",): ("80",)}
    assert list(possible(found["yes",][0])) == [0, 1, 2, 3, 4]


def test_case_03_all_eight_looked_after_have_special_needs(area):
    """All of a base tells of each of them: of so few no rate is printed, and how many have none of it stays open."""
    schools, roll = primaries(), Roll()
    for school in schools:
        roll.pupils(20, school.urn)
        roll.pupils(10, school.urn, sen_provision="K")
        roll.pupils(2, school.urn, lac=True, sen_provision="K")
    found = figures(area(schools, roll).area("east", {"t": asked("rate", "sen", "looked-after")}))
    rate, with_needs, all_of_them = found["yes",]
    assert rate == "u"
    assert is_rounded(all_of_them, 8)
    assert is_rounded(with_needs, 8)
    assert is_open(left_of(all_of_them, with_needs), 0)


def test_none_of_a_group_is_left_open_as_all_of_it_is(area):
    """None of the 12 with free meals is persistently absent: it may be up to four of them."""
    schools, roll = primaries(), Roll()
    for school in schools:
        roll.pupils(20, school.urn)
        roll.pupils(5, school.urn, sessions=(120, 20, 0))
        roll.pupils(3, school.urn, fsm6=True)
    found = figures(area(schools, roll).area("east", {"t": asked("rate", "persistent-absence", "fsm6")}))
    rate, absent, base = found["yes",]
    assert (rate, absent) == ("u", "0")
    assert is_rounded(base, 12)
    assert is_open(left_of(found["All",][1], found["no",][1]), 0)


def test_case_05_girls_three_of_forty_one(area):
    schools, roll = primaries(), Roll()
    for school, boys in zip(schools, (10, 10, 9, 9), strict=True):
        roll.pupils(boys, school.urn, sex="M")
    for urn in ("990001", "990002", "990003"):
        roll.pupil(urn, sex="F")
    found = figures(area(schools, roll).area("east", {"t": asked("count", "pupils", "sex")}))
    girls, boys, both = (found[code,][0] for code in ("F", "M", "All"))
    assert girls in ("0", "5")
    assert is_rounded(boys, 38)
    assert is_rounded(both, 41)
    assert is_open(left_of(both, boys), 3)


def test_a_percentage_of_a_small_base_is_no_way_round(area):
    """33 % of three: of a base that is printed as fewer than 30 there is no rate, and the base is rounded."""
    schools, roll = primaries(), Roll()
    for school in schools:
        roll.pupils(20, school.urn, sessions=(120, 20, 0))
        roll.pupils(20, school.urn)
    for urn in ("990001", "990002", "990003"):
        roll.pupil(urn, lac=True, sessions=(120, 20 if urn == "990001" else 0, 0))
    found = figures(area(schools, roll).area("east", {"t": asked("rate", "persistent-absence", "looked-after")}))
    rate, absent, base = found["yes",]
    assert rate == ("u" if base == "5" else "z")
    assert {absent, base} <= {"0", "5"}
    assert is_open(left_of(found["All",][2], found["no",][2]), 3)


def test_a_small_count_may_be_any_of_the_five_beside_another(area):
    """Two groups of 2 and 3: either prints as 0 or 5, and what the rest leaves for both is open."""
    schools, roll = primaries(), Roll()
    for school in schools:
        roll.pupils(20, school.urn)
    for urn, ethnicity in (("990001", "APKN"), ("990002", "APKN"), *(("99000" + k, "BCRB") for k in "123")):
        roll.pupil(urn, ethnicity=ethnicity)
    found = figures(area(schools, roll).area("east", {"t": asked("count", "pupils", "ethnicity-group")}))
    assert {found["asian",][0], found["black",][0]} <= {"0", "5"}
    others = [found[code,][0] for code in ("white", "mixed", "other", "unclassified")]
    assert is_open(left_of(found["All",][0], *others), 5)


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
