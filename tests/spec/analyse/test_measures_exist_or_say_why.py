"""Which measures exist when, of which phase, of schools or of areas alone; what stands there otherwise, and why."""

import pytest

from kdsp_lib.analyse.checking import check_questions
from kdsp_lib.analyse.measures.catalogue import catalogue, definition_of
from kdsp_lib.errors import BadParameters
from kdsp_lib.model.question import Question


@pytest.mark.parametrize(
    ("name", "year", "because"),
    [
        ("progress-8", "2024/25", "were not assessed at key stage 2"),
        ("progress-8", "2025/26", "were not assessed at key stage 2"),
        ("progress-8", "2019/20", "without examinations"),
        ("progress-8", "2014/15", "only schools that chose to"),
        ("ks2-reading-progress", "2023/24", "were not assessed at key stage 1"),
        ("ks2-reading-progress", "2020/21", "no assessments at key stage 2"),
        ("ks2-reading-progress", "2027/28", "reception baseline"),
        ("ks2-rwm", "2019/20", "cancelled"),
        ("ks2-rwm", "2014/15", "levels"),
        ("good-level-of-development", "2020/21", "not collected"),
        ("phonics", "2010/11", "began in 2011/12"),
        ("times-tables-full-marks", "2020/21", "statutory in 2021/22"),
        ("ks1-maths", "2023/24", "not statutory"),
        ("absence", "2019/20", "autumn term alone"),
        ("persistent-absence", "2014/15", "fixed number of sessions"),
        ("english-maths-5", "2015/16", "A* to C"),
        ("floor-primary", "2018/19", "abolished"),
        ("coasting-secondary", "2019/20", "abolished"),
        ("ofsted-overall-effectiveness", "2024/25", "2 September 2024"),
        ("ofsted-report-card", "2024/25", "November 2025"),
    ],
)
def test_a_measure_that_does_not_exist_is_x_with_its_reason(name, year, because):
    missing = definition_of(name).missing(year)
    assert missing.symbol == "x"
    assert because in missing.why
    assert missing.why.startswith(year)


@pytest.mark.parametrize(
    ("name", "years"),
    [
        ("progress-8", ("2015/16", "2018/19", "2021/22", "2023/24", "2026/27")),
        ("ks2-maths-progress", ("2015/16", "2018/19", "2022/23", "2025/26", "2026/27")),
        ("ks2-rwm", ("2015/16", "2018/19", "2021/22", "2025/26")),
        ("absence", ("2018/19", "2020/21", "2025/26")),
        ("attainment-8", ("2015/16", "2019/20", "2025/26")),
    ],
)
def test_in_other_years_it_exists(name, years):
    assert [definition_of(name).missing(year) for year in years] == [None] * len(years)


def test_some_years_have_figures_of_authorities_but_none_of_schools():
    """Attainment 8 of 2020 and 2021, and key stage 2 of 2022."""
    for name, year in (("attainment-8", "2019/20"), ("attainment-8", "2020/21"), ("ks2-rwm", "2021/22")):
        assert definition_of(name).missing(year) is None
        assert definition_of(name).missing(year, level="school").symbol == "x"


def test_letters_among_grades_leave_the_english_baccalaureate_to_published_figures():
    """The last subjects became 9 to 1 in 2020: of pupils' records of 2018/19 there is none."""
    entry = definition_of("ebacc-entry")
    assert entry.missing("2018/19") is None
    assert entry.missing("2018/19", level="school") is None
    assert "A* to G" in entry.missing("2018/19", level="pupils").why
    assert entry.missing("2025/26", level="pupils") is None


def test_a_phase_that_it_cannot_be_of_is_not_applicable():
    assert definition_of("attainment-8").missing("2023/24", phase="primary").symbol == "z"
    assert definition_of("phonics").missing("2023/24", phase="secondary").symbol == "z"
    assert definition_of("absence").missing("2023/24", phase="primary") is None


def test_free_school_meals_break_in_september_2026_and_so_does_disadvantage():
    """Every household with Universal Credit is eligible then; nobody is disadvantaged for that alone."""
    for name in ("fsm", "fsm6", "disadvantaged"):
        assert [each.since for each in definition_of(name).breaks_between("2025/26", "2026/27")] == ["2026/27"]
    assert definition_of("fsm").breaks_between("2024/25", "2025/26") == ()


def test_attainment_8_had_three_scales():
    one = definition_of("attainment-8")
    assert [one.rule_of(year)[-12:] for year in ("2015/16", "2016/17", "2018/19")] == [
        ": 80 at most", ": 87 at most", ": 90 at most",
    ]  # fmt: skip


def test_the_higher_standard_is_nested_in_the_expected_one():
    """And protected with it, since both are groups of one attribute where reports take them."""
    for name, one in catalogue().measures.items():
        if one.nested and one.taken:
            inner = definition_of(one.nested)
            assert inner.taken.attribute == one.taken.attribute, name


@pytest.mark.parametrize(
    ("name", "because"),
    [
        ("ks1-reading", "not collected any more"),
        ("ks1-maths", "not collected any more"),
    ],
)
def test_a_measure_that_no_report_takes_is_refused_with_its_reason(name, because):
    """Whatever the report is of: it is defined, so that "no such measure" would be untrue."""
    assert because in definition_of(name).not_taken
    for categories in ({"attainment", "pupil-characteristics"}, {"sen"}):
        with pytest.raises(BadParameters) as refused:
            check_questions({"t": Question("rate", name)}, categories)
        (fault,) = refused.value.faults
        assert fault.text == f"no table of a report takes {name}: {definition_of(name).not_taken}"


def test_phonics_by_the_end_of_year_2_began_a_year_after_that_of_year_1():
    """Nobody could be checked again in 2011/12; and it was not held in the summers of 2020 and 2021."""
    for year, because in (("2011/12", "again in Year 2 in 2012/13"), ("2019/20", "not held"), ("2020/21", "not held")):
        missing = definition_of("phonics-by-end-of-year-2").missing(year)
        assert missing.symbol == "x"
        assert because in missing.why
    assert definition_of("phonics").missing("2011/12") is None
    assert definition_of("phonics-by-end-of-year-2").missing("2012/13") is None


def test_an_unknown_name_tells_the_nearest():
    with pytest.raises(BadParameters) as refused:
        definition_of("persistant absence")
    assert "persistent-absence" in refused.value.remedy
    assert definition_of("Persistent_Absence").name == "persistent-absence"
