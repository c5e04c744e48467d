"""Of whom there is nothing to sum, and of whom nobody is told a sum: neither costs a table a figure."""

import numpy as np
from invented_tables import Authority

from kdsp_lib.analyse.figures import figures
from kdsp_lib.analyse.possible import is_ruled_out
from kdsp_lib.custodian.protecting import protect_cube, system_of
from kdsp_lib.model.question import Question
from kdsp_lib.protect.implied import with_implied_zeros


def area():
    """Four all-through schools: 20 pupils at the end of each key stage, 4 of Years 6 and 11 each without a result."""
    a = Authority()
    for k in range(4):
        urn = a.school(f"20000{k}", "all-through", ages=(4, 16))
        for number in range(20):
            some = {"fsm6": number % 2 == 0, "sessions": (140, number % 5, 0)}
            a.pupil(urn, ncyear="6", results={"reading_score": 95 + number}, **some)
            a.pupil(urn, ncyear="11", results={"attainment_8": "40.0"}, **some)
            a.pupil(urn, ncyear="3", **some)
        a.pupil(urn, ncyear="6", sessions=(140, 3, 0))
        a.pupil(urn, ncyear="11", sessions=(140, 3, 0))
    return a


def protected(cube):
    nothing = np.zeros(len(cube.keys), bool)
    hidden = protect_cube(cube, nothing, nothing).hidden
    return {name: figures(cube, name, hidden) for name in cube.tables}


def withheld(found):
    return sum(value == "c" for cell in found.cells for value in cell.values)


def test_pupils_of_year_6_have_no_attainment_8_and_nobody_need_doubt_it():
    """Else the four of Year 6 who sat no test would have to have one, and no table could be proved."""
    found = protected(
        area().cube(
            years=Question("count", "pupils", ("year-group",)),
            ks2=Question("rate", "ks2-reading", ("fsm6",)),
            ks4=Question("mean", "attainment-8", ("fsm6",)),
        )
    )
    assert withheld(found["ks4"]) == withheld(found["ks2"]) == 0
    assert withheld(found["years"]) == 3


def test_a_count_stays_where_a_sum_of_others_is_withheld():
    """Absence by year group withholds nothing of a count of free meals: nobody is told the absence of those."""
    a = area()
    for k in range(3):
        a.pupil(f"20000{k}", ncyear="4", sessions=(140, 9, 0))
    asked = {"fsm6": Question("count", "pupils", ("fsm6",))}
    alone = protected(a.cube(**asked))
    beside = protected(a.cube(**asked, absence=Question("rate", "absence", ("year-group",))))
    assert withheld(alone["fsm6"]) == withheld(beside["fsm6"]) == 0
    assert withheld(beside["absence"]) > 0


def test_ages_rule_out_what_no_pupil_has_at_once():
    six, eleven = {"year-group": frozenset({"6"})}, {"year-group": frozenset({"11"})}
    at_end = {"english-maths": frozenset({"grade-4-only"})}
    assert is_ruled_out({**six, **at_end})
    assert not is_ruled_out({**eleven, **at_end})
    assert not is_ruled_out({"year-group": frozenset({"6", "11"}), **at_end})
    assert not is_ruled_out(six)


def test_who_has_the_english_baccalaureate_has_english_and_mathematics():
    def both(english_maths, ebacc):
        return {"english-maths": frozenset({english_maths}), "ebacc": frozenset({ebacc})}

    assert is_ruled_out(both("grade-4-only", "grade-5"))
    assert is_ruled_out(both("below", "grade-4-only"))
    assert is_ruled_out(both("grade-5", "not-at-end"))
    assert not is_ruled_out(both("grade-5", "grade-4-only"))
    assert not is_ruled_out(both("below", "entered-below"))
    assert not is_ruled_out(both("not-at-end", "not-at-end"))


def test_what_is_told_by_two_sums_is_protected_as_if_it_were_asked_for():
    """Overall less authorised absence is unauthorised absence, nearly all of which is one school's."""
    a = Authority()
    for k in range(4):
        urn = a.school(f"20000{k}")
        for number in range(30):
            sex, unauthorised = ("F" if number % 2 else "M"), (12 if k == 0 and number % 2 else 0)
            a.pupil(urn, sex=sex, sessions=(140, 5 + number % 3, unauthorised))
    overall, authorised = Question("rate", "absence", ("sex",)), Question("rate", "authorised-absence", ("sex",))
    assert withheld(protected(a.cube(one=authorised))["one"]) == withheld(protected(a.cube(one=overall))["one"]) == 0
    both = protected(a.cube(one=overall, two=authorised))
    assert withheld(both["one"]) > 0
    assert "unauthorised" in a.cube(one=overall, two=authorised).magnitudes
    assert "unauthorised" not in a.cube(one=overall).magnitudes


def test_that_a_group_is_all_of_one_age_is_known_to_nobody():
    """Eight young carers of two schools are all of Year 10, where hardly anybody has results: that they have none is as
    little known for that as of any other eight, and a sum of two schools' pupils has to stay open."""
    a = Authority()
    for k in range(4):
        urn = a.school(f"20000{k}", "all-through", ages=(4, 16))
        a.pupils(20, urn, ncyear="11", results={"attainment_8": "40.0"})
        a.pupils(20, urn, ncyear="3")
        a.pupil(urn, ncyear="10")
        a.pupils(4 if k < 2 else 0, urn, ncyear="10", young_carer=True)
    cube = a.cube(
        years=Question("count", "pupils", ("year-group",)),
        carers=Question("count", "young-carer"),
        ks4=Question("mean", "attainment-8"),
    )
    (row,) = cube.tables["carers"].rows
    nothing = np.zeros(len(cube.keys), bool)
    system = with_implied_zeros(system_of(cube, nothing, nothing))
    (points,) = (each for each in system.statistics if each.name == "attainment_8")
    assert (cube.count[row.counted], points.values[row.counted]) == (8, 0)
    assert not system.structural_in(points)[row.counted]
