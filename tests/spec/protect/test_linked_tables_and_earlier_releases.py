"""What is safe alone may be unsafe together: tables of one report, and a report beside what was released before.

Each page of this chapter asks for figures that subtract to a few pupils, or to one school, releases what the custodian
releases, and then does the subtraction with the figures as they were printed. Nobody gets there: a figure that the
subtraction needs is withheld, or the report is refused.
"""

from __future__ import annotations

import pytest
from small_workspace import AUTUMN, OFFICER, SPRING, SUMMER, Roll, School, asked, printed, workspaces

from kdsp_lib.errors import Disclosive

PUPILS = {"pupils": asked("count", "pupils")}
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
    """A count as printed, the last figure of its row or the one numbered; None where it is withheld."""
    text = printed(released, table)[codes][of]
    return None if text == "c" else int(text)


def less(whole: int | None, *parts: int | None) -> int | None:
    """A subtraction, where all that it needs was printed."""
    return None if whole is None or None in parts else whole - sum(parts)


def tells(left: int | None) -> bool:
    """Whether what a subtraction leaves is of one to five pupils."""
    return left is not None and 1 <= abs(left) <= 5


def figures_of(authority, questions, *, together: bool) -> dict[str, int | None]:
    """Counts asked for in one report, or one by one in as many; None where a report is refused."""
    if together:
        released = authority.area("east", questions)
        return {name: figure(released, name) for name in questions}
    found: dict[str, int | None] = {}
    for name, question in questions.items():
        try:
            found[name] = figure(authority.area("east", {name: question}), name)
        except Disclosive:
            found[name] = None
    return found


# One report


def test_a_percentage_and_its_complement(workspace):
    """3 girls of 80 have a plan. Asked as a rate, and the others as a count: 80 less 77 would be the 3."""
    schools = primaries(4)
    roll = alike(schools)
    for key in (0, 40, 80):
        roll.rows[key]["sen_provision"] = "E"
    both = {"plans": asked("rate", "ehc-plan", "sex"), "others": asked("count", "pupils", "sex", "sen")}
    released = workspace(schools, roll).area("east", both)
    girls = figure(released, "plans", "F", of=2)
    assert girls == 80
    assert figure(released, "plans", "F", of=1) is None
    assert less(girls, figure(released, "others", "F", "none"), figure(released, "others", "F", "support")) is None


def test_nested_measures(workspace):
    """12 pupils are persistently absent, 9 of them severely: 12 less 9 would be the 3 between."""
    schools = primaries(6)
    roll = alike(schools)
    for number, missed in enumerate([70] * 9 + [30] * 3):
        roll.sessions[roll.rows[number * 20]["pupil_key"], roll.rows[number * 20]["urn"]] = (120, missed, 0)
    both = {"persistent": asked("count", "persistent-absence"), "severe": asked("count", "severe-absence")}
    released = workspace(schools, roll).area("east", both)
    assert less(figure(released, "persistent"), figure(released, "severe")) is None


def test_nested_levels_of_need(workspace):
    """Pupils with special needs, and pupils with support: the few between have a plan."""
    schools = primaries(5)
    roll = alike(schools)
    for number, row in enumerate(roll.rows):
        row["sen_provision"] = "K" if number % 5 == 0 else "N"
    for key in (1, 41, 81, 121):
        roll.rows[key]["sen_provision"] = "E"
    released = workspace(schools, roll).area(
        "east", {"any": asked("rate", "sen"), "support": asked("rate", "sen-support")}
    )
    assert less(figure(released, "any", of=1), figure(released, "support", of=1)) is None


@pytest.mark.parametrize("together", [True, False])
def test_a_total_and_all_years_but_one(workspace, together):
    """200 pupils less those of Years 1 to 4, filter by filter: the 3 of Year 5. In one report, and one by one."""
    schools = primaries(5)
    roll = alike(schools)
    for key in (0, 41, 83):
        roll.rows[key]["ncyear"] = "5"
    questions = {"all": asked("count", "pupils")}
    questions |= {f"year{year}": asked("count", "pupils", where=f"ncyear = '{year}'") for year in "1234"}
    found = figures_of(workspace(schools, roll), questions, together=together)
    assert [found[name] for name in ("all", "year3", "year4")].count(None) <= 1
    assert less(found["all"], *(found[f"year{year}"] for year in "1234")) is None


@pytest.mark.parametrize("together", [True, False])
def test_two_groups_and_those_of_either(workspace, together):
    """70 had free meals, 12 are looked after, 78 are one or the other: 70 and 12 less 78 would be the 4 of both."""
    schools = primaries(5)
    roll = alike(schools)
    for number, row in enumerate(roll.rows):
        row["fsm6"] = number % 3 == 0
    for key in (0, 42, 84, 123, 1, 44, 88, 125, 161, 164, 2, 46):
        roll.rows[key]["lac"] = True
    questions = {
        "meals": asked("count", "fsm6"), "cared": asked("count", "looked-after"),
        "either": asked("count", "pupils", where="fsm6 or lac"),
    }  # fmt: skip
    found = figures_of(workspace(schools, roll), questions, together=together)
    assert None in found.values()
    assert list(found.values()).count(None) == 1


# A report beside what was released before


def test_the_october_report_and_novembers_rerun_with_one_joiner(workspace):
    schools = primaries(5)
    october = alike(schools)
    authority = workspace(schools, october)
    before = authority.area("east", SEXES)
    november = october.copy()
    november.pupil("990001", "joiner", sex="F", ncyear="2")
    authority.load(AUTUMN, november)
    after = authority.area("east", SEXES)
    for code in ("F", "M", "All"):
        assert not tells(less(figure(after, "sexes", code), figure(before, "sexes", code)))
    assert figure(after, "sexes", "M") == 100
    assert after["facts"]["compared_with"] == [before["id"]]


def test_a_cluster_inside_a_collaborative(workspace):
    """Six schools, four of them a group of their own: the collaborative less the group would be the other two."""
    schools = [School(f"99000{k}", ("east", "inner") if k < 5 else ("east",)) for k in range(1, 7)]
    authority = workspace(schools, alike(schools))
    inner = authority.area("inner", SEXES)
    east = authority.area("east", SEXES | {"languages": asked("count", "pupils", "eal")})
    assert figure(inner, "sexes", "All") == 160
    for code in ("F", "M", "All"):
        assert less(figure(east, "sexes", code), figure(inner, "sexes", code)) is None
    assert east["facts"]["compared_with"] == [inner["id"]]


def test_two_areas_that_differ_by_a_school_each(workspace):
    """The school that is only in the east knows its own pupils: west less east, and these, would be the other's."""
    areas = {"990005": ("east",), "990006": ("west",)}
    schools = [School(f"99000{k}", areas.get(f"99000{k}", ("east", "west"))) for k in range(1, 7)]
    authority = workspace(schools, alike(schools))
    east = authority.area("east", SEXES)
    west = authority.area("west", SEXES | {"years": asked("count", "pupils", "year-group")})
    for code in ("F", "M", "All"):
        assert less(figure(west, "sexes", code), figure(east, "sexes", code)) is None


def test_a_year_beside_its_terms(workspace):
    """The figures of a year are of the spring's census: what one of the two withholds, the other does not give back."""
    schools = primaries(5)
    roll = alike(schools)
    for row in roll.rows[:40]:
        row["ncyear"] = "R" if row["pupil_key"] in ("p00000", "p00002", "p00004") else row["ncyear"]
    authority = workspace(schools, roll, AUTUMN, SPRING, SUMMER)
    years, both = asked("count", "pupils", "year-group"), asked("count", "pupils", "year-group", "sex")
    spring = authority.area("east", {"years": years}, SPRING)
    year = authority.area("east", {"years": both}, "2025/26")
    withheld = {codes[0] for codes, values in printed(spring, "years").items() if values == ("c",)}
    assert "R" in withheld
    counted = {level: figure(year, "years", level, "All") for level in ("R", "1", "2", "3", "4", "5", "6", "All")}
    known = {level: counted[level] for level in counted if counted[level] is not None}
    known |= {level: int(values[0]) for (level,), values in printed(spring, "years").items() if values != ("c",)}
    parts = [known.get(level) for level in counted if level not in ("R", "All")]
    assert not tells(less(known.get("All"), *parts))


def test_an_areas_report_after_the_authoritys(workspace):
    """All that the authority's report withheld stays withheld; the area's shows the rest, and is not refused."""
    schools = [School(f"99000{k}", ("east",) if k < 6 else ("west",)) for k in range(1, 10)]
    schools.append(School("990010", ("west",), phase="special"))
    roll = alike(schools)
    for row in roll.rows[-40:]:
        row["sen_provision"] = "E"
    authority = workspace(schools, roll)
    both = {"phases": asked("count", "pupils", "phase"), "absence": asked("rate", "absence", "phase")}
    whole = authority.area(None, both)
    assert figure(whole, "phases", "special") is None
    assert figure(whole, "phases", "All") == 400
    east = authority.area("east", both | SEXES)
    assert figure(east, "phases", "All") == 200
    assert figure(east, "sexes", "F") == 100


def test_a_years_sessions_beside_its_terms(workspace):
    """Each term withholds another year beside the 3 of Reception: the year's sessions less two terms' tell none."""
    schools = primaries(5)
    roll = alike(schools)
    for school in schools[:3]:
        roll.pupil(school.urn, ncyear="R")
    authority = workspace(schools, roll)
    years, told = {"absence": asked("rate", "absence", "year-group")}, []
    for period, smallest in ((AUTUMN, "1"), (SPRING, "2"), (SUMMER, "3")):
        term = roll.copy()
        gone = [row for row in term.rows if row["ncyear"] == smallest][::4]
        term.rows = [row for row in term.rows if row not in gone]
        for row in gone:
            del term.sessions[row["pupil_key"], row["urn"]]
        authority.load(period, term)
        told.append(printed(authority.area("east", years, period), "absence"))
    year = printed(authority.area("east", years, "2025/26"), "absence")
    withheld = {codes for term in told for codes, values in term.items() if "c" in values}
    assert ("R",) in withheld
    assert len(withheld) > 2
    assert all("c" in year[codes] for codes in withheld)


def test_a_schools_report_of_the_next_term(workspace):
    """A girl joins Year 1 and one joins Year 2. Of boys, none comes or goes: that leaves whoever joined as girls.

    The officer whom the head lets have it keeps the figures of all the school, and those of its years: girls, and all
    less boys, would tell of the two. The school itself is told all: they are its own pupils (3).
    """
    school = School("990001")
    roll = alike([school], each=120)
    authority = workspace([school], roll)
    both = {"years": asked("count", "pupils", "year-group", "sex"), "absence": asked("rate", "absence", "sex")}
    autumn = authority.school("990001", both, to=OFFICER)
    authority.school("990001", both)
    roll.pupil("990001", "one", sex="F", ncyear="1")
    roll.pupil("990001", "other", sex="F", ncyear="2")
    authority.load(SPRING, roll)
    own = authority.school("990001", both, period=SPRING)
    assert [figure(own, "years", year, "F") for year in ("1", "2", "3", "4", "All")] == [16, 16, 15, 15, 62]
    spring = authority.school("990001", both, to=OFFICER, period=SPRING)
    assert [figure(spring, "years", year, "All") for year in ("1", "2", "3", "4", "All")] == [31, 31, 30, 30, 122]
    assert figure(spring, "absence", "All", of=1) == 122
    for year in ("1", "2", "3", "4", "All"):
        girls, boys = (figure(spring, "years", year, sex) for sex in "FM")
        left = [girls, less(figure(spring, "years", year, "All"), boys)]
        assert not any(tells(less(one, figure(autumn, "years", year, "F"))) for one in left)


def test_a_total_of_six_schools_of_which_five_are_named(workspace):
    """An officer was told the figures of five schools by their heads' consent: the total would tell the sixth's."""
    schools = primaries(6)
    authority = workspace(schools, alike(schools))
    named = [authority.school(school.urn, SEXES, to=OFFICER) for school in schools[:5]]
    assert [figure(one, "sexes", "F") for one in named] == [20] * 5
    total = authority.area("east", SEXES | {"years": asked("count", "pupils", "year-group")})
    for code in ("F", "M", "All"):
        assert less(figure(total, "sexes", code), *(figure(one, "sexes", code) for one in named)) is None


@pytest.mark.parametrize("helps", [True, False])
def test_two_schools_that_one_person_acts_for(workspace, helps):
    """Each is told all of its own figures. Who acts for both could take both from the four of the area's profile."""
    schools = [School(f"99000{k}", appoints=HELPER if helps and k < 3 else "") for k in range(1, 5)]
    authority = workspace(schools, alike(schools))
    one, other = (authority.school(urn, SEXES) for urn in ("990001", "990002"))
    if helps:
        with pytest.raises(Disclosive):
            authority.area("east", SEXES)
        return
    total = authority.area("east", SEXES)
    for code, each in (("F", 20), ("M", 20), ("All", 40)):
        own = [figure(one, "sexes", code), figure(other, "sexes", code)]
        assert own == [each, each]
        assert less(figure(total, "sexes", code), *own) == 2 * each


def test_a_trust_knows_all_its_schools(workspace):
    """Three of the five schools are one trust's. In Year 6 there are 30 pupils of its own and 4 of the others."""
    schools = [School(f"99000{k}", run_by="oak-trust" if k < 4 else "") for k in range(1, 7)]
    roll = alike(schools)
    for urn, number in (("990001", 10), ("990002", 10), ("990003", 10), ("990004", 2), ("990005", 1), ("990006", 1)):
        roll.pupils(number, urn, ncyear="6")
    released = workspace(schools, roll).area("east", {"years": asked("count", "pupils", "year-group")})
    assert not tells(less(figure(released, "years", "6"), 30))
    known = [figure(released, "years", year) for year in ("R", "1", "2", "3", "4", "5")]
    assert not tells(less(figure(released, "years", "All"), 30, *known))


def test_a_report_of_which_nothing_can_be_shown_is_refused_and_the_release_is_named(workspace):
    """All pupils, then the pupils of all but two schools: the one figure of the second would tell of the two."""
    schools = [School(f"99000{k}", ("east", "inner") if k < 5 else ("east",)) for k in range(1, 7)]
    authority = workspace(schools, alike(schools))
    before = authority.area("east", PUPILS)
    with pytest.raises(Disclosive) as refused:
        authority.area("inner", PUPILS)
    assert before["id"] in str(refused.value.faults)
    assert "160" not in str(refused.value).replace(before["id"], "")


def test_a_chain_of_filters_that_differ_by_one_pupil(workspace):
    """A tracker: free meals; free meals or looked after; free meals or young carer ... each one pupil more."""
    schools = primaries(5)
    roll = alike(schools)
    for number, row in enumerate(roll.rows):
        row["fsm6"] = number % 4 == 0
    roll.rows[1]["lac"], roll.rows[42]["young_carer"], roll.rows[83]["service_child"] = True, True, True
    authority = workspace(schools, roll)
    chain = ["fsm6", "fsm6 or lac", "fsm6 or young_carer", "fsm6 or lac or young_carer", "fsm6 or service_child"]
    seen, refused = [], 0
    for where in chain:
        try:
            seen.append(figure(authority.area("east", {"some": asked("count", "pupils", where=where)}), "some"))
        except Disclosive:
            refused += 1
    assert seen[0] == 50
    assert not any(tells(less(one, other)) for one in seen for other in seen)
    assert refused == len(chain) - 1


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
