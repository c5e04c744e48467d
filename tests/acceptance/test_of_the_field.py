"""More of what a field reviewer will try: what schools and authorities return, and what it must come out as."""

import pytest
from rounded import is_open, is_rounded, left_of
from small_workspace import OFFICER, Roll, School, asked, printed

from kdsp_lib.errors import BadParameters, Disclosive

URNS = [f"99000{k}" for k in range(1, 5)]


def schools(number=4, **more):
    return [School(urn, **more) for urn in URNS[:number]]


def of_all(each, **facts):
    """A roll with so many alike at every school."""
    roll = Roll()
    for urn in URNS:
        roll.pupils(each, urn, **facts)
    return roll


def test_the_one_boy_of_a_school_is_told_neither_by_his_sex_nor_by_the_total(area):
    roll = Roll()
    roll.pupils(40, URNS[0])
    roll.pupil(URNS[0], sex="M")
    for urn in URNS[1:]:
        roll.pupils(20, urn)
        roll.pupils(20, urn, sex="M")
    found = printed(area(schools(), roll).school(URNS[0], {"t": asked("count", "pupils", "sex")}, OFFICER), "t")
    shown = {code: value for (code,), (value,) in found.items()}
    assert shown["M"] == "c"
    assert "c" in (shown["F"], shown["All"])


def test_who_is_registered_at_two_authorities_counts_where_the_main_registration_is(area):
    """Main elsewhere, subsidiary here: of no total here. Guests and those of a college are in none either."""
    roll = of_all(20)
    for status in "SGFO":
        for urn in URNS:
            roll.pupils(10, urn, enrol_status=status)
    found = printed(area(schools(), roll).area("east", {"t": asked("count", "pupils")}), "t")
    assert found == {(): ("80",)}


def test_a_pupil_of_no_year_group_is_in_the_total_and_in_no_year(area):
    """NCyearActual X, as special schools return it: no Year 0 and no Reception; the year group is not known."""
    roll = of_all(20, ncyear="3")
    for urn in URNS:
        roll.pupils(10, urn, ncyear=None)
    found = printed(area(schools(), roll).area("east", {"t": asked("count", "pupils", "year-group")}), "t")
    assert found["All",] == ("120",)
    assert found["3",] == ("80",)
    assert found["unknown",] == ("40",)


def test_nursery_years_stand_in_their_order_before_reception(area):
    roll = of_all(10, ncyear="R")
    for urn in URNS:
        for year in ("N2", "N1", "1"):
            roll.pupils(10, urn, ncyear=year)
    released = area(schools(ages=(2, 11)), roll).area("east", {"t": asked("count", "pupils", "year-group")})
    assert [codes[0] for codes in printed(released, "t")][:4] == ["N1", "N2", "R", "1"]


def test_nursery_pupils_without_sessions_are_in_no_absence_figure(area):
    roll = of_all(20, ncyear="3", sessions=(100, 10, 0))
    for urn in URNS:
        roll.pupils(20, urn, ncyear="N2", sessions=(0, 0, 0))
    released = area(schools(ages=(3, 11)), roll).area("east", {"t": asked("rate", "absence")})
    assert printed(released, "t") == {(): ("10", "80")}


def test_travellers_of_irish_heritage_and_roma_are_white_and_counted_with_them(area):
    """WIRT and WROM roll up to the main group; five of them in an area are not told by themselves."""
    roll = of_all(20, ethnicity="WBRI")
    for urn in URNS:
        roll.pupils(5, urn, ethnicity="WIRT")
        roll.pupils(5, urn, ethnicity="WROM")
        roll.pupils(10, urn, ethnicity="AIND")
    small = area(schools(), roll)
    found = printed(small.area("east", {"t": asked("count", "pupils", "ethnicity-group")}), "t")
    assert found["white",] == ("120",)


def test_a_group_of_travellers_in_a_where_is_held_to_the_rules_too(area):
    roll = of_all(20)
    roll.pupils(3, URNS[0], ethnicity="WIRT")
    with pytest.raises(Disclosive):
        area(schools(), roll).area("east", {"t": asked("count", "pupils", where="ethnicity = 'WIRT'")})


def test_refused_and_not_obtained_are_not_an_ethnic_group(area):
    """REFU and NOBT: as declared, or not; never made into "other"."""
    roll = of_all(20, ethnicity="WBRI")
    for urn in URNS:
        roll.pupils(5, urn, ethnicity="REFU")
        roll.pupils(5, urn, ethnicity="NOBT")
    found = printed(area(schools(), roll).area("east", {"t": asked("count", "pupils", "ethnicity-group")}), "t")
    assert found["unclassified",] == ("40",)


def test_free_meals_by_universal_credit_alone_are_told_apart_from_those_that_draw_the_premium(area):
    """Since September 2026: `fsm_basis` says which, and a where may ask for it."""
    roll = of_all(20, fsm=True, fsm6=True, fsm_basis="targeted")
    for urn in URNS:
        roll.pupils(10, urn, fsm=True, fsm6=False, fsm_basis="expanded")
        roll.pupils(20, urn)
    questions = {
        "now": asked("count", "fsm"),
        "six": asked("count", "fsm6"),
        "new": asked("count", "pupils", where="fsm_basis = 'expanded'"),
    }
    released = area(schools(), roll).area("east", questions)
    assert [printed(released, name)[()] for name in questions] == [("120",), ("80",), ("40",)]


def test_young_carers_are_counted_by_the_census_and_few_of_them_are_left_open(area):
    roll = of_all(20)
    roll.pupils(4, URNS[0], young_carer=True)
    found = printed(area(schools(), roll).area("east", {"t": asked("count", "pupils", "young-carer")}), "t")
    few, others, total = (found[code,][0] for code in ("yes", "no", "All"))
    assert few in ("0", "5")
    assert is_rounded(total, 84)
    assert is_open(left_of(total, others), 4)


def test_no_question_is_split_by_what_singles_somebody_out(area):
    """Months of birth, wards, postcodes, tutor groups: not one of them is a breakdown, nor a column of a where."""
    small = area(schools(), of_all(20))
    for by in ("month-of-birth", "ward", "postcode", "class", "urn", "ksip"):
        with pytest.raises(BadParameters):
            small.area("east", {"t": asked("count", "pupils", by)})
        with pytest.raises(BadParameters):
            small.area("east", {"t": asked("count", "pupils", where=f"{by.replace('-', '_')} = 'x'")})


def test_a_pupil_absent_from_every_session_and_one_who_had_none(area):
    """All of their sessions: severely and persistently absent. No session: in no rate, and not 0 %."""
    roll = of_all(20, sessions=(100, 0, 0))
    for urn in URNS:
        roll.pupils(10, urn, sessions=(100, 100, 0))
        roll.pupils(10, urn, sessions=(100, 10, 0))
        roll.pupils(10, urn, sessions=(0, 0, 0))
    questions = {"severe": asked("rate", "severe-absence"), "persistent": asked("rate", "persistent-absence")}
    released = area(schools(), roll).area("east", questions)
    assert printed(released, "severe")[()] == ("25.0", "40", "160")
    assert printed(released, "persistent")[()] == ("50.0", "80", "160")
