"""What is safe alone may be unsafe together: tables of one report, and reports of one period.

Each page of this chapter asks for figures that subtract to a few pupils, or to one school, and does the subtraction
with the figures as they were printed. Nobody gets there. Counts of a group are multiples of 5 near the true ones, and
the same pupils are the same figure wherever they are counted: so a difference of two figures is open by as much as both
of them are, in whatever order they were asked for. A report about one school by name has its true figures, and what
would tell of a few pupils there, alone or beside an earlier report, is withheld.
"""

from __future__ import annotations

import itertools

import pytest
from rounded import is_in_doubt, is_open, is_rounded, left_of, possible
from small_workspace import AUTUMN, OFFICER, SPRING, SUMMER, Roll, School, asked, printed, workspaces

from kdsp_lib.errors import Disclosive

SEXES = {"sexes": asked("count", "pupils", "sex")}
HELPER = "appointee:helper"


def primaries(number: int, **more):
    return [School(f"99000{k}", **more) for k in range(1, number + 1)]


def alike(schools, each: int = 40) -> Roll:
    """So many pupils at each school: half of them girls, spread over Years 1 to 4."""
    roll = Roll()
    for school in schools:
        for number in range(each):
            roll.pupil(school.urn, sex="FM"[number % 2], ncyear=str(1 + number // 2 % 4))
    return roll


@pytest.fixture
def workspace(tmp_path):
    yield from workspaces(tmp_path)


def figure(released, table: str, *codes: str, of: int = 0) -> int | None:
    """A count as printed, the first figure of its row or the one numbered; None where it is withheld."""
    text = printed(released, table)[codes][of]
    return None if text == "c" else int(text)


def less(whole: int | None, *parts: int | None) -> int | None:
    """A subtraction of true figures, where all that it needs was printed."""
    return None if whole is None or None in parts else whole - sum(parts)


def tells(left: int | None) -> bool:
    """Whether what a subtraction of true figures leaves is of one to five pupils."""
    return left is not None and 1 <= abs(left) <= 5


def figures_of(authority, questions, *, together: bool) -> dict[str, int | None]:
    """Counts asked for in one report, or one by one in as many."""
    if together:
        released = authority.area("east", questions)
        return {name: figure(released, name) for name in questions}
    return {name: figure(authority.area("east", {name: question}), name) for name, question in questions.items()}


# One report


def test_a_percentage_and_its_complement(workspace):
    """3 girls of 80 have a plan. Asked as a rate, and the others as a count: 80 less 77 would be the 3."""
    schools = primaries(4)
    roll = alike(schools)
    for key in (0, 40, 80):
        roll.rows[key]["sen_provision"] = "E"
    both = {"plans": asked("rate", "ehc-plan", "sex"), "others": asked("count", "pupils", "sex", "sen")}
    released = workspace(schools, roll).area("east", both)
    rate, plans, girls = printed(released, "plans")["F",]
    assert girls == "80"
    assert plans in ("0", "5")
    assert rate == f"{100 * int(plans) / 80:.0f}"
    others = figure(released, "others", "F", "none")
    assert is_rounded(others, 77)
    assert is_open(left_of(girls, others), 3)


def test_nested_measures(workspace):
    """12 pupils are persistently absent, 9 of them severely: the 3 between may be any number up to the 12."""
    schools = primaries(6)
    roll = alike(schools)
    for number, missed in enumerate([70] * 9 + [30] * 3):
        roll.sessions[roll.rows[number * 20]["pupil_key"], roll.rows[number * 20]["urn"]] = (120, missed, 0)
    both = {"persistent": asked("count", "persistent-absence"), "severe": asked("count", "severe-absence")}
    released = workspace(schools, roll).area("east", both)
    persistent, severe = figure(released, "persistent"), figure(released, "severe")
    assert is_rounded(persistent, 12)
    assert is_rounded(severe, 9)
    assert is_open(left_of(persistent, severe), 3)


def test_nested_levels_of_need(workspace):
    """Pupils with special needs, and pupils with support: the four between, who have a plan, are left open."""
    schools = primaries(5)
    roll = alike(schools)
    for number, row in enumerate(roll.rows):
        row["sen_provision"] = "K" if number % 5 == 0 else "N"
    for key in (1, 41, 81, 121):
        roll.rows[key]["sen_provision"] = "E"
    both = {"any": asked("rate", "sen"), "support": asked("rate", "sen-support")}
    released = workspace(schools, roll).area("east", both)
    some, supported = figure(released, "any", of=1), figure(released, "support", of=1)
    assert is_rounded(some, 44)
    assert supported == 40
    assert is_open(left_of(some, supported), 4)


@pytest.mark.parametrize("together", [True, False])
def test_a_total_and_all_years_but_one(workspace, together):
    """203 pupils less those of Years 1 to 4, filter by filter: the 3 of Year 5. In one report, and one by one."""
    schools = primaries(5)
    roll = alike(schools)
    for urn in ("990001", "990002", "990003"):
        roll.pupil(urn, ncyear="5")
    questions = {"all": asked("count", "pupils")}
    questions |= {f"year{year}": asked("count", "pupils", where=f"ncyear = '{year}'") for year in "1234"}
    found = figures_of(workspace(schools, roll), questions, together=together)
    assert [found[f"year{year}"] for year in "1234"] == [50] * 4
    assert is_rounded(found["all"], 203)
    assert is_open(left_of(found["all"], *(found[f"year{year}"] for year in "1234")), 3)


@pytest.mark.parametrize("together", [True, False])
def test_two_groups_and_those_of_either(workspace, together):
    """67 had free meals, 12 are looked after, and 4 of these had free meals: 67 and 12 less those of either."""
    schools = primaries(5)
    roll = alike(schools)
    for number, row in enumerate(roll.rows):
        row["fsm6"] = number % 3 == 0
    for key in (0, 42, 84, 123, 1, 44, 88, 125, 161, 164, 2, 46):
        roll.rows[key]["lac"] = True
    true = {
        "meals": sum(row["fsm6"] for row in roll.rows), "cared": 12,
        "either": sum(row["fsm6"] or row["lac"] for row in roll.rows),
    }  # fmt: skip
    questions = {
        "meals": asked("count", "fsm6"), "cared": asked("count", "looked-after"),
        "either": asked("count", "pupils", where="fsm6 or lac"),
    }  # fmt: skip
    found = figures_of(workspace(schools, roll), questions, together=together)
    assert all(is_rounded(found[name], truth) for name, truth in true.items())
    most = possible(found["meals"])[-1] + possible(found["cared"])[-1] - possible(found["either"])[0]
    least = possible(found["meals"])[0] + possible(found["cared"])[0] - possible(found["either"])[-1]
    assert is_open(range(max(0, least), most + 1), 4)


# One figure in every report of a period


def test_the_same_pupils_are_the_same_figure_in_every_report_and_order(workspace):
    """As a total, as the base of a rate, as the rest of a filter; first or last, in an area's report or by itself."""
    schools = primaries(5)
    roll = alike(schools)
    for key in (0, 41, 83):
        roll.rows[key]["fsm6"] = True
    roll.pupils(3, "990001", ncyear="5")
    authority = workspace(schools, roll)
    first = authority.area("east", {"rate": asked("rate", "fsm6")})
    second = authority.area(
        "east", {"split": asked("count", "pupils", "fsm6"), "sexes": asked("count", "pupils", "sex")}
    )
    again = authority.area("east", {"rate": asked("rate", "fsm6"), "all": asked("count", "pupils")})
    whole = authority.area(None, {"all": asked("count", "pupils")})
    totals = [figure(first, "rate", of=2), figure(second, "split", "All"), figure(second, "sexes", "All")]
    totals += [figure(again, "all"), figure(again, "rate", of=2), figure(whole, "all")]
    assert len(set(totals)) == 1
    assert is_rounded(totals[0], 203)
    few = {figure(first, "rate", of=1), figure(second, "split", "yes"), figure(again, "rate", of=1)}
    assert len(few) == 1
    assert few <= {0, 5}


def test_the_october_report_and_novembers_rerun_with_one_joiner(workspace):
    """100 girls, then 101: the figure stays where it is still near, so that the rerun tells of nobody."""
    schools = primaries(5)
    october = alike(schools)
    authority = workspace(schools, october)
    before = authority.area("east", SEXES)
    november = october.copy()
    november.pupil("990001", "joiner", sex="F", ncyear="2")
    authority.load(AUTUMN, november)
    after = authority.area("east", SEXES)
    assert [figure(before, "sexes", code) for code in ("F", "M", "All")] == [100, 100, 200]
    assert printed(after, "sexes") == printed(before, "sexes")


def test_what_a_correction_moves_is_moved_and_is_rounded_again(workspace):
    """Twelve girls join: the figures of girls and of all are of the new roll, and those of boys stay."""
    schools = primaries(5)
    october = alike(schools)
    authority = workspace(schools, october)
    before = authority.area("east", SEXES)
    november = october.copy()
    for number in range(12):
        november.pupil(f"99000{1 + number % 5}", f"joiner{number}", sex="F", ncyear="2")
    authority.load(AUTUMN, november)
    after = authority.area("east", SEXES)
    assert figure(after, "sexes", "M") == figure(before, "sexes", "M") == 100
    assert is_rounded(figure(after, "sexes", "F"), 112)
    assert is_rounded(figure(after, "sexes", "All"), 212)


PLACES = list(itertools.permutations(("east", "inner")))


@pytest.mark.parametrize("order", PLACES)
def test_a_group_inside_a_collaborative(workspace, order):
    """Six schools, four of them a group of their own: the collaborative less the group leaves the other two in doubt.

    How many young carers they have is published of no school: it may be a tenth more, and less, than it is.
    """
    schools = [School(f"99000{k}", ("east", "inner") if k < 5 else ("east",)) for k in range(1, 7)]
    roll = alike(schools, each=41)
    for row in roll.rows[::2]:
        row["young_carer"] = True
    outer = sum(row["young_carer"] for row in roll.rows if row["urn"] in ("990005", "990006"))
    authority = workspace(schools, roll)
    carers = {"carers": asked("count", "young-carer")}
    told = {name: figure(authority.area(name, SEXES | carers), "carers") for name in order}
    shown = [told["east"], told["inner"]]
    assert shown != [None, None]
    assert None in shown or is_in_doubt(left_of(*shown), outer)
    again = {name: authority.area(name, SEXES | carers) for name in reversed(order)}
    assert {name: figure(each, "carers") for name, each in again.items()} == told
    assert is_rounded(figure(again["inner"], "sexes", "F"), 84)


def test_two_areas_that_differ_by_a_school_each(workspace):
    """The school that is only in the east knows its own pupils: west less east, and these, would be the other's.

    Neither comes out in any order; and which was asked for first changes no figure of either.
    """
    areas = {"990005": ("east",), "990006": ("west",)}
    schools = [School(f"99000{k}", areas.get(f"99000{k}", ("east", "west"))) for k in range(1, 7)]
    roll = alike(schools, each=41)
    roll.pupils(3, "990006", ncyear="5")
    authority = workspace(schools, roll)
    years = {"years": asked("count", "pupils", "year-group")}
    east, west = authority.area("east", SEXES), authority.area("west", SEXES | years)
    assert printed(authority.area("east", SEXES | years), "sexes") == printed(east, "sexes")
    for code, each, here, there in (("F", 21, 105, 108), ("M", 20, 100, 100), ("All", 41, 205, 208)):
        shown = figure(west, "sexes", code), figure(east, "sexes", code)
        assert is_rounded(shown[0], there)
        assert is_rounded(shown[1], here)
        joint = left_of(figure(east, "sexes", code), exactly=each)  # what the one in the east knows of the four
        found = range(possible(shown[0])[0] - joint[-1], possible(shown[0])[-1] - joint[0] + 1)
        assert is_open(found, there - here + each)
    assert figure(west, "years", "5") in (0, 5)


def test_a_year_beside_its_terms(workspace):
    """The figures of a year are of the spring's census: the 3 of Reception are 0 or 5 in both, and the rest is open."""
    schools = primaries(5)
    roll = alike(schools)
    for row in roll.rows[:40]:
        row["ncyear"] = "R" if row["pupil_key"] in ("p00000", "p00002", "p00004") else row["ncyear"]
    authority = workspace(schools, roll, AUTUMN, SPRING, SUMMER)
    years, both = asked("count", "pupils", "year-group"), asked("count", "pupils", "year-group", "sex")
    spring = authority.area("east", {"years": years}, SPRING)
    year = authority.area("east", {"years": both}, "2025/26")
    true = {level: sum(row["ncyear"] == level for row in roll.rows) for level in ("R", "1", "2", "3", "4")}
    for told in (
        {level: figure(spring, "years", level) for level in (*true, "All")},
        {level: figure(year, "years", level, "All") for level in (*true, "All")},
    ):
        assert all(is_rounded(told[level], number) for level, number in true.items())
        assert told["All"] == 200
        assert is_open(left_of(told["All"], *(told[level] for level in "1234")), 3)


def test_an_areas_report_after_the_authoritys(workspace):
    """The one special school of the west costs the area's report nothing, and no total of the authority."""
    schools = [School(f"99000{k}", ("east",) if k < 6 else ("west",)) for k in range(1, 10)]
    schools.append(School("990010", ("west",), phase="special"))
    roll = alike(schools)
    for row in roll.rows[-40:]:
        row["sen_provision"] = "E"
    authority = workspace(schools, roll)
    both = {"phases": asked("count", "pupils", "phase"), "absence": asked("rate", "absence", "phase")}
    whole = authority.area(None, both)
    assert figure(whole, "phases", "All") == 400
    east = authority.area("east", both | SEXES)
    assert figure(east, "phases", "All") == 200
    assert figure(east, "sexes", "F") == 100


def test_a_years_sessions_beside_its_terms(workspace):
    """3 pupils are in Reception all year: no term and no year has a rate of so few, nor more than 0 or 5 of them."""
    schools = primaries(5)
    roll = alike(schools)
    for school in schools[:3]:
        roll.pupil(school.urn, ncyear="R")
    authority = workspace(schools, roll, AUTUMN, SPRING, SUMMER)
    years = {"absence": asked("rate", "absence", "year-group")}
    for period in (AUTUMN, SPRING, SUMMER, "2025/26"):
        told = printed(authority.area("east", years, period), "absence")
        rate, base = told["R",]
        assert (rate, base) in (("u", "5"), ("u", "0"), ("z", "0"))
        assert is_rounded(told["All",][1], 203)
        assert is_open(left_of(told["All",][1], *(told[year,][1] for year in "1234")), 3)
        assert all("c" not in told[year,] for year in "1234")


# A report by name beside what was released before


def test_a_schools_total_and_all_years_but_one(workspace):
    """To an officer, one report after another: 203 pupils less those of Years 1 to 4 would be the 3 of Year 5.

    The figures are true ones, so the last that the subtraction needs is refused, and the releases are named.
    """
    school = School("990001")
    roll = alike([school], each=200)
    roll.pupils(3, "990001", ncyear="5")
    authority = workspace([school], roll)
    questions = [asked("count", "pupils"), *(asked("count", "pupils", where=f"ncyear = '{year}'") for year in "123")]
    released = [authority.school("990001", {"some": question}, to=OFFICER) for question in questions]
    assert [figure(each, "some") for each in released] == [203, 50, 50, 50]
    with pytest.raises(Disclosive) as refused:
        authority.school("990001", {"some": asked("count", "pupils", where="ncyear = '4'")}, to=OFFICER)
    assert released[0]["id"] in str(refused.value.faults)


def a_girl_joins_each_of_two_years(workspace, period):
    """What an officer, by the head's leave, is told of a school before and after; the roll is loaded for a period."""
    school = School("990001")
    roll = alike([school], each=120)
    authority = workspace([school], roll)
    both = {"years": asked("count", "pupils", "year-group", "sex"), "absence": asked("rate", "absence", "sex")}
    before = authority.school("990001", both, to=OFFICER)
    roll.pupil("990001", "one", sex="F", ncyear="1")
    roll.pupil("990001", "other", sex="F", ncyear="2")
    authority.load(period, roll)
    return before, authority.school("990001", both | {"all": asked("count", "pupils")}, to=OFFICER, period=period)


def test_a_schools_report_of_the_next_term_is_made_by_itself(workspace):
    """Two girls join. Whoever is told of a school term after term sees that: a report loses no figure for it."""
    _, spring = a_girl_joins_each_of_two_years(workspace, SPRING)
    assert [figure(spring, "years", year, "F") for year in ("1", "2", "3", "4", "All")] == [16, 16, 15, 15, 62]
    assert [figure(spring, "years", year, "All") for year in ("1", "2", "3", "4", "All")] == [31, 31, 30, 30, 122]
    assert figure(spring, "absence", "All", of=1) == 122


def test_a_schools_report_after_a_correction_of_the_same_term_tells_of_no_pupil(workspace):
    """Two girls were forgotten. Girls now less girls then would be one in each year, and so would all less boys."""
    before, after = a_girl_joins_each_of_two_years(workspace, AUTUMN)
    for year in ("1", "2", "3", "4", "All"):
        girls, boys = (figure(after, "years", year, sex) for sex in "FM")
        left = [girls, less(figure(after, "years", year, "All"), boys)]
        assert not any(tells(less(one, figure(before, "years", year, "F"))) for one in left)


def test_a_total_of_six_schools_of_which_five_are_named(workspace):
    """An officer was told the figures of five schools by their heads' consent: the total leaves the sixth's open."""
    schools = primaries(6)
    roll = alike(schools)
    roll.pupils(3, "990006", ncyear="5")
    authority = workspace(schools, roll)
    years = {"years": asked("count", "pupils", "year-group")}
    named = [authority.school(school.urn, SEXES | years, to=OFFICER) for school in schools[:5]]
    assert [figure(one, "sexes", "F") for one in named] == [20] * 5
    total = authority.area("east", SEXES | years)
    for table, code, whole, sixth in (("sexes", "F", 123, 23), ("sexes", "All", 243, 43), ("years", "5", 3, 3)):
        assert is_rounded(figure(total, table, code), whole)
        told = sum(figure(one, table, code) for one in named)
        assert is_open(left_of(figure(total, table, code), exactly=told), sixth)


@pytest.mark.parametrize("helps", [True, False])
def test_two_schools_that_one_person_acts_for(workspace, helps):
    """Each is told all of its own figures, whoever acts for it; the area's leave what the others have open."""
    schools = [School(f"99000{k}", appoints=HELPER if helps and k < 3 else "") for k in range(1, 5)]
    roll = alike(schools)
    roll.pupils(3, "990004", ncyear="5")
    authority = workspace(schools, roll)
    one, other = (authority.school(urn, SEXES) for urn in ("990001", "990002"))
    total = authority.area("east", SEXES)
    for code, each, others in (("F", 20, 43), ("M", 20, 40), ("All", 40, 83)):
        assert [figure(one, "sexes", code), figure(other, "sexes", code)] == [each, each]
        assert is_rounded(figure(total, "sexes", code), 2 * each + others)
        assert is_open(left_of(figure(total, "sexes", code), exactly=2 * each), others)


def test_a_trust_knows_all_its_schools(workspace):
    """Three of the six schools are one trust's. In Year 6 there are 30 pupils of its own and 4 of the others."""
    schools = [School(f"99000{k}", run_by="oak-trust" if k < 4 else "") for k in range(1, 7)]
    roll = alike(schools)
    for urn, number in (("990001", 10), ("990002", 10), ("990003", 10), ("990004", 2), ("990005", 1), ("990006", 1)):
        roll.pupils(number, urn, ncyear="6")
    released = workspace(schools, roll).area("east", {"years": asked("count", "pupils", "year-group")})
    told = {year: figure(released, "years", year) for year in ("R", "1", "2", "3", "4", "5", "6", "All")}
    assert is_rounded(told["6"], 34)
    of_others = left_of(told["6"], exactly=30)
    assert 4 in of_others
    assert len(of_others) > 1
    rest = [told[year] for year in told if year not in ("6", "All")]
    assert is_open(left_of(told["All"], *rest, exactly=30), 4)


# Filters


def test_a_chain_of_filters_that_differ_by_one_pupil(workspace):
    """A tracker: free meals; free meals or looked after; free meals or young carer ... each one pupil more.

    50, 51, 51, 52 and 51 of them: each is a multiple of 5 near it, drawn by who is counted, whatever was asked before.
    """
    schools = primaries(5)
    roll = alike(schools)
    for number, row in enumerate(roll.rows):
        row["fsm6"] = number % 4 == 0
    roll.rows[1]["lac"], roll.rows[42]["young_carer"], roll.rows[83]["service_child"] = True, True, True
    authority = workspace(schools, roll)
    chain = {
        "fsm6": 50, "fsm6 or lac": 51, "fsm6 or young_carer": 51, "fsm6 or lac or young_carer": 52,
        "fsm6 or service_child": 51,
    }  # fmt: skip
    seen = {}
    for where, truth in chain.items():
        try:
            seen[where] = figure(authority.area("east", {"some": asked("count", "pupils", where=where)}), "some")
        except Disclosive:
            continue
        assert is_rounded(seen[where], truth)
    assert seen["fsm6"] == 50
    for where, printed_so in seen.items():
        assert is_open(left_of(printed_so, seen["fsm6"]), chain[where] - 50)
        again = authority.area("east", {"some": asked("count", "pupils", where=where)})
        assert figure(again, "some") == printed_so


def test_a_filter_for_one_pupil_and_the_pupils_of_the_others(workspace):
    """Both the one and the many are refused at once, with the same words."""
    schools = primaries(5)
    roll = alike(schools)
    roll.rows[7]["lac"] = True
    authority = workspace(schools, roll)
    told = []
    for where in ("lac", "not lac", "lac and sex = 'F'"):
        with pytest.raises(Disclosive) as refused:
            authority.area("east", {"some": asked("count", "pupils", where=where)})
        told.append(str(refused.value))
    assert len(set(told)) == 1
