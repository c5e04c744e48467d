"""Cases 45 to 71: which pupil counts where, and what a measure is."""

from datetime import date
from decimal import Decimal

from rounded import is_rounded
from small_workspace import AUTUMN, SPRING, SUMMER, Roll, School, asked, printed

from kdsp_lib.analyse.derived import Ratio
from kdsp_lib.analyse.measures.catalogue import definition_of


def schools(number=4):
    return [School(f"99000{k}") for k in range(1, number + 1)]


def test_case_45_a_dual_registration_counts_once(area):
    roll = Roll()
    for school in schools():
        roll.pupils(20, school.urn)
    key = roll.pupil("990001", enrol_status="M")
    roll.pupil("990002", key, enrol_status="S", sessions=(60, 1, 1))
    roll.pupils(4, "990003")
    made = area(schools(), roll)
    assert printed(made.area("east", {"t": asked("count", "pupils")}), "t")[()] == ("85",)
    own = [printed(made.school(f"99000{k}", {"t": asked("count", "pupils")}), "t")[()] for k in (1, 2)]
    assert own == [("21",), ("20",)]


def test_a_guest_counts_nowhere(area):
    roll = Roll()
    for school in schools():
        roll.pupils(20, school.urn)
    roll.pupil("990001", enrol_status="G")
    released = area(schools(), roll).area("east", {"t": asked("count", "pupils")})
    assert printed(released, "t")[()] == ("80",)


def test_a_pupil_who_moves_counts_where_they_are_at_the_census(area):
    roll = Roll()
    for school in schools():
        roll.pupils(20, school.urn)
    made = area(schools(), roll)
    moved = Roll([dict(row) for row in roll.rows], dict(roll.sessions), dict(roll.sexes))
    for row in moved.rows[:10]:
        row["urn"] = "990002"
    moved.sessions = {(row["pupil_key"], row["urn"]): (120, 4, 2) for row in moved.rows}
    made.load(SPRING, moved)
    for period in (AUTUMN, SPRING):
        assert printed(made.area("east", {"t": asked("count", "pupils")}, period), "t")[()] == ("80",)


PHONICS = ("KS1", "ENG", "TT", "PHO", "PM")


def with_late_joiners(area, *, summer=()):
    """80 pupils of Year 1, and 28 whom the January census does not have: the ``summer`` one has some. Half meet it."""
    roll = Roll()
    for school in schools():
        roll.pupils(10, school.urn, ncyear="1", fsm6=True)
        roll.pupils(10, school.urn, ncyear="1")
    made = area(schools(), roll)
    made.load(SPRING, roll)
    late = {f"late{n}": f"99000{n // 2 % 4 + 1}" for n in range(28)}
    after = roll.copy()
    for key, urn in late.items():
        after.sexes[key] = "M"
        if key in summer:
            after.pupil(urn, key, ncyear="1", fsm6=True)
    made.load(SUMMER, after)
    made.register([(key, urn, date(2026, 3, 2)) for key, urn in late.items()])
    everybody = [*(row["pupil_key"] for row in roll.rows), *late]
    made.assess("2025/26", {key: ("32", "31")[n % 2] for n, key in enumerate(everybody)}, *PHONICS)
    tables = {"phonics": asked("rate", "phonics", "fsm6"), "pupils": asked("count", "pupils", "fsm6")}
    return made.area("east", tables, "2025/26", report="area-outcomes", on="2026-10-12")


def test_case_57_results_without_a_census_row_count_and_what_they_are_is_not_known(area):
    released = with_late_joiners(area)
    found = printed(released, "phonics")
    assert found["yes",] == found["no",] == ("50", "20", "40")
    (_, passed, unknown), (_, all_passed, cohort) = found["unknown",], found["All",]
    assert is_rounded(passed, 14)
    assert is_rounded(unknown, 28)
    assert is_rounded(all_passed, 54)
    assert is_rounded(cohort, 108)
    assert printed(released, "pupils") == {("yes",): ("40",), ("no",): ("40",), ("All",): ("80",)}
    assert any("no roll of the January census" in note for note in released["tables"][0]["notes"])


def test_case_57_what_the_summers_census_says_of_them_is_known(area):
    phonics = printed(with_late_joiners(area, summer=[f"late{n}" for n in range(28)]), "phonics")
    assert phonics.keys() == {("yes",), ("no",), ("All",)}
    assert phonics["no",] == ("50", "20", "40")
    for (code, part), truth in {("yes", 1): 34, ("yes", 2): 68, ("All", 1): 54, ("All", 2): 108}.items():
        assert is_rounded(phonics[code,][part], truth)


def test_case_65_exactly_a_tenth_is_persistent_and_just_below_is_not(area):
    """999 of 10,000 prints as 10.0 % and is none."""
    roll = Roll()
    for school in schools():
        roll.pupils(10, school.urn, sessions=(380, 38, 0))
        roll.pupils(15, school.urn, sessions=(380, 37, 0))
    released = area(schools(), roll).area("east", {"t": asked("rate", "persistent-absence")})
    assert printed(released, "t")[()] == ("40.0", "40", "100")


def test_case_67_an_areas_absence_is_a_ratio_of_sums(area):
    """1,680 sessions of 42,000 are 4.0 %, and near that after rounding. A mean of schools' rates would be 5.5 %."""
    roll = Roll()
    for school, absent, number in zip(schools(), (2, 2, 9, 9), (150, 150, 60, 60), strict=True):
        for sex in "FM":
            roll.pupils(number // 2, school.urn, sex=sex, sessions=(100, absent, 0))
    released = area(schools(), roll).area("east", {"t": asked("rate", "absence")})
    rate, base = printed(released, "t")[()]
    assert base == "420"
    assert 3.5 <= float(rate) <= 4.5


def test_case_69_more_reasons_than_suspensions_is_said():
    assert any("add up to more than suspensions" in note for note in definition_of("suspensions").notes)


def test_case_71_a_gap_is_of_unrounded_rates():
    """61.4 less 37.6: the printed 61 and 38 would leave 23."""
    one, other = Ratio(614, 1000, 0, 100), Ratio(376, 1000, 0, 100)
    assert (one.printed, other.printed, one.less(other)) == ("61", "38", "24")
    assert Decimal(one.printed) - Decimal(other.printed) == 23


def test_case_71_a_table_of_gaps_says_so(area):
    roll = Roll()
    for school in schools():
        roll.pupils(20, school.urn, fsm6=True, sessions=(120, 20, 0))
        roll.pupils(20, school.urn, fsm6=True)
        roll.pupils(10, school.urn, sessions=(120, 20, 0))
        roll.pupils(40, school.urn)
    question = asked("gap", "persistent-absence", "fsm6", to="no")
    released = area(schools(), roll).area("east", {"t": question})
    assert any("A gap may be 1 in the last place off" in note for note in released["tables"][0]["notes"])
    assert printed(released, "t")["yes",][1] == "30.0"


def test_disadvantage_is_told_of_a_year_with_its_premium_list_and_else_says_why_not(area):
    """Never by free school meals in its place."""
    roll = Roll()
    for school in schools():
        roll.pupils(20, school.urn, ncyear="1", fsm6=True)
    made = area(schools(), roll)
    made.load(SPRING, roll)
    made.load(SUMMER, roll)
    keys = [row["pupil_key"] for row in roll.rows]
    made.assess("2025/26", {key: ("32", "31")[n % 2] for n, key in enumerate(keys)}, *PHONICS)
    question = {"t": asked("rate", "phonics", "disadvantaged")}
    given = {"report": "area-outcomes", "on": "2026-10-12"}
    without = made.area("east", question, "2025/26", **given)
    assert any("no premium lists of 2025/26 are loaded" in note for note in without["tables"][0]["notes"])
    made.draw_premium("2025/26", keys[::2])
    released = made.area("east", question, "2025/26", **given)
    assert printed(released, "t")["yes",][-1] == "40"
    term = made.area("east", {"t": asked("count", "pupils", "disadvantaged")})
    assert any("of a school year, not of a term" in note for note in term["tables"][0]["notes"])
