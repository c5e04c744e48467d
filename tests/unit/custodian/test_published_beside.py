"""What is published of the nation and of neighbours, beside an area's and a school's own figures."""

from dataclasses import replace
from decimal import Decimal

import pytest
from rounded import is_rounded
from small_workspace import AUTUMN, OFFICER, Roll, School, SmallWorkspace, asked, printed

from kdsp_lib.analyse.reference import limits_of, poisson, wilson
from kdsp_lib.analyse.sum import SUMS
from kdsp_lib.errors import BadParameters
from kdsp_lib.source.catalogue import Catalogue, record

PA = asked("rate", "persistent-absence", beside="england")


def figure(measure, value, *, area="england", pupils="all", status="revised"):
    units = None if value is None else int(Decimal(value) * 10_000)
    symbol = "x" if value is None else None
    return {
        "area": area,
        "measure": measure,
        "pupils": pupils,
        "value": units,
        "value_symbol": symbol,
        "status": status,
    }


@pytest.fixture
def area(tmp_path):
    """Six schools of 40 pupils, a fifth of them persistently absent; England had 15 % the year before."""
    schools = [School(f"99000{k}") for k in range(1, 7)]
    roll = Roll()
    for school in schools:
        roll.pupils(8, school.urn, sessions=(120, 20, 0))
        roll.pupils(30, school.urn)
        roll.pupils(2, school.urn, lac=True)
    made = SmallWorkspace(tmp_path, schools)
    made.load(AUTUMN, roll)
    made.tell = lambda period, *rows: made._keep("authority-measures", period, list(rows))
    made.tell(AUTUMN, figure("persistent-absence", "15.0"), figure("persistent-absence", "14", pupils="sex-f"))
    yield made
    made.desk.close()


def told(released, table="t"):
    return printed(released, table), next(each for each in released["tables"] if each["name"] == table)["notes"]


def test_the_published_figure_its_gap_and_the_limits_of_chance(area):
    """Of 48 of 240, as they are printed: the rate, by how much it differs, and by Wilson from where to where."""
    cells, notes = told(area.area("east", {"t": PA}))
    value, england, gap, low, high, counted, base = cells[()]
    assert is_rounded(counted, 48)
    assert is_rounded(base, 240)
    rate, limits = 100 * Decimal(counted) / Decimal(base), wilson(int(counted), int(base))
    assert (value, england) == (one_place(rate), "15.0")
    assert (gap, low, high) == tuple(one_place(each - 15) for each in (rate, *limits))
    assert "England: Persistent absence, autumn term 2025/26 (revised)" in notes[1]
    assert "Wilson" in notes[1]


def one_place(value):
    return str(round(Decimal(value), 1))


def test_a_term_stands_beside_that_term_and_never_beside_a_whole_year(area):
    """Absence adds up over a term: in autumn England's autumn stands beside it, the newest there is, or nothing."""
    cells, notes = told(area.area("east", {"t": asked("rate", "absence", beside="england")}))
    assert cells[()][1] == "x"
    area.tell("2025/26", figure("absence", "7.0"))
    area.tell("2024/25-spring", figure("absence", "7.4"))
    cells, notes = told(area.area("east", {"t": asked("rate", "absence", beside="england")}, on="2026-03-03"))
    assert cells[()][1:3] == ("x", "x")
    assert any("in the autumn term alone" in note and "A term is not set beside a whole year" in note for note in notes)
    area.tell("2024/25-autumn", figure("absence", "6.8"))
    cells, notes = told(area.area("east", {"t": asked("rate", "absence", beside="england")}, on="2026-03-04"))
    assert cells[()][1] == "6.8"
    assert any("autumn term 2024/25" in note for note in notes)


def test_what_is_so_on_a_day_stands_beside_the_years_figure(area):
    area.tell("2025/26", figure("fsm6", "24.0"))
    cells, _ = told(area.area("east", {"t": asked("rate", "fsm6", beside="england")}))
    assert cells[()][1] == "24.0"


def test_each_row_stands_beside_its_own_and_no_other(area):
    cells, _ = told(area.area("east", {"t": asked("rate", "persistent-absence", "sex", beside="england")}))
    assert (cells["F",][1], cells["All",][1]) == ("14.0", "15.0")
    assert "M" not in {codes[0] for codes in cells} or cells["M",][1] == "x"


@pytest.fixture
def few(tmp_path):
    """Four schools of 6 pupils, 2 or 3 of each persistently absent; England had 15 %."""
    schools, roll = [School(f"99000{k}") for k in range(1, 5)], Roll()
    for number, school in enumerate(schools):
        roll.pupils(2 + number % 2, school.urn, sessions=(120, 20, 0))
        roll.pupils(4 - number % 2, school.urn)
    made = SmallWorkspace(tmp_path, schools)
    made.load(AUTUMN, roll)
    made._keep("authority-measures", AUTUMN, [figure("persistent-absence", "15.0")])
    yield made
    made.desk.close()


def test_a_rate_of_too_few_to_be_relied_on_takes_its_gap_and_limits_along(few):
    """10 of 24: a rate of fewer than 30 is as good as chance, and so is what is made of it."""
    cells, _ = told(few.area("east", {"t": PA}))
    assert cells[()][:5] == ("u", "15.0", "u", "u", "u")


def test_a_withheld_total_takes_its_gap_and_limits_along(few):
    """Two of six, of a school by name."""
    cells, _ = told(few.school("990001", {"t": PA}, to=OFFICER))
    assert cells[()][:5] == ("c", "15.0", "c", "c", "c")


def test_a_school_and_its_comparator_stand_beside_it_alike(area):
    question = {**PA, "compare": "authority"}
    cells, _ = told(area.school("990001", {"t": question}, to="officer:a1"))
    assert cells["own",][:5] == ("20", "15.0", "5", "-5", "20")
    value, england, *_, counted, base = cells["authority",]
    assert (value, england) == (one_place(100 * Decimal(counted) / Decimal(base)), "15.0")
    assert is_rounded(counted, 48)


def test_a_mean_of_sessions_has_a_gap_and_no_limits(area):
    """2112 of 28800 sessions; what was missed with leave is printed to what one pupil may have missed, as all else."""
    area.tell(AUTUMN, figure("absence", "7.0"))
    cells, notes = told(area.area("east", {"t": asked("rate", "absence", beside="england")}))
    value, england, gap, base = cells[()]
    unit = SUMS["authorised"].most(1) + SUMS["unauthorised"].most(1)
    assert abs(Decimal(value) - Decimal("7.33")) < Decimal(100 * (unit + SUMS["possible"].most(1))) / 28_000
    assert (england, gap) == ("7.0", one_place(Decimal(value) - 7))
    assert is_rounded(base, 240)
    assert "Wilson" not in notes[1]


def test_the_newest_that_is_not_of_a_later_year_and_no_series_across_a_break(area):
    """The codes changed in 2024/25: what is of the year before is not compared."""
    area.tell(AUTUMN, figure("absence", "7.0"))
    area.tell("2023/24-autumn", figure("persistent-absence", "21.0"))
    cells, notes = told(area.area("east", {"t": PA}))
    assert cells[()][1:5] == ("x", "x", "x", "x")
    assert "national codes of August 2024" in notes[1]


def test_what_is_not_published_is_not_available_with_its_reason(area):
    cells, notes = told(area.area("east", {"t": asked("rate", "fsm6", beside="neighbours")}))
    assert cells[()][1:5] == ("x", "x", "x", "x")
    assert "Statistical neighbours: nothing is published here" in notes[1]


@pytest.mark.parametrize(
    "question", [asked("count", "pupils", beside="england"), asked("rate", "fsm6", beside="the-best")]
)
def test_other_areas_and_other_kinds_are_refused(area, question):
    with pytest.raises(BadParameters):
        area.area("east", {"t": question})


def test_limits_are_wilsons():
    """Newcombe (1998): 81 of 263, 25.5 % to 36.6 %; 0 of 20, 0 to 16.1 %."""
    assert [round(limit, 1) for limit in wilson(81, 263)] == [Decimal("25.5"), Decimal("36.6")]
    assert [round(limit, 1) for limit in wilson(0, 20)] == [Decimal("0.0"), Decimal("16.1")]


def test_a_school_stands_beside_the_nations_schools_of_its_phase(area):
    """A primary school's absence is not held against that of secondary schools."""
    area.tell(
        AUTUMN,
        figure("persistent-absence", "18.0"),
        figure("persistent-absence", "19.0", pupils="sex-f"),
        figure("persistent-absence", "14.0", pupils="phase-primary"),
        figure("persistent-absence", "13.0", pupils="phase-primary-sex-f"),
        figure("persistent-absence", "24.0", pupils="phase-secondary"),
    )
    cells, notes = told(area.school("990001", {"t": asked("rate", "persistent-absence", "sex", beside="england")}))
    assert (cells["F",][1], cells["All",][1]) == ("13.0", "14.0")
    assert any("of pupils of primary schools alone" in note for note in notes)


def test_an_area_stands_beside_the_figure_of_all_phases(area):
    area.tell(
        AUTUMN, figure("persistent-absence", "18.0"), figure("persistent-absence", "14.0", pupils="phase-primary")
    )
    cells, notes = told(area.area("east", {"t": asked("rate", "persistent-absence", "phase", beside="england")}))
    assert (cells["primary",][1], cells["All",][1]) == ("14.0", "18.0")
    assert any("whatever their phase" in note for note in notes)


@pytest.mark.parametrize(
    ("events", "low", "high"),
    [(10, "4.79", "18.39"), (50, "37.11", "65.92"), (1, "0.01", "5.56"), (0, "0.00", "3.67")],
)
def test_limits_of_events_by_byars_method(events, low, high):
    """As in tables of Poisson limits: of 10 events, 4.8 to 18.4."""
    found = poisson(Decimal(events), 100)
    assert [str(limit.quantize(Decimal("0.01"))) for limit in found] == [low, high]


def test_events_may_be_more_than_pupils():
    low, high = poisson(Decimal("130.0"), 500)
    assert 119 < low < 121
    assert 140 < high < 141


def test_which_rates_have_which_limits():
    """Suspensions are events; pupils suspended are pupils; the sessions of one pupil hang together."""
    from kdsp_lib.analyse.figures import statistics
    from kdsp_lib.model.question import Question

    def limits(*question):
        asked = Question(*question)
        return limits_of(asked, statistics(asked))

    assert limits("rate", "suspensions") == "poisson"
    assert limits("rate", "suspended-pupils") == "wilson"
    assert limits("rate", "absence") == ""
    assert limits("mean", "attainment-8") == ""


def test_what_may_not_be_used_yet_stands_beside_nothing(area):
    """Figures under an embargo, or past their time, are no figures yet, or no longer (7)."""
    catalogue = Catalogue.load(area.workspace)
    held = catalogue.dataset("authority-measures", AUTUMN)
    for days in ({"not_before": "2026-03-03"}, {"use_by": "2026-03-02"}):
        record(area.workspace, replace(held, **days))
        cells, notes = told(area.area("east", {"t": PA}, on="2026-03-02"))
        assert cells[()][1] == "x"
        assert any("nothing is published here" in note for note in notes)


def test_what_stands_beside_figures_that_are_not_there_binds_nothing(area):
    """Suspensions of a term are not available; England's stand there all the same, and the next report is made."""
    area.tell(AUTUMN, figure("suspensions", "11.0"))
    cells, _ = told(area.area("east", {"t": asked("rate", "suspensions", beside="england")}))
    assert cells[()] == ("x", "11.0", "x", "x", "x", "x")
    cells, _ = told(area.area("east", {"t": asked("rate", "persistent-absence")}, on="2026-03-03"))
    assert is_rounded(cells[()][-1], 240)
