"""Floor and coasting standards by era, thresholds agreed locally, bands of Progress 8, inspections by regime."""

import numpy as np
import pytest

from kdsp_lib.analyse.measures.catalogue import definition_of, national_standard
from kdsp_lib.analyse.measures.catching import Known, caught, in_every_year
from kdsp_lib.analyse.measures.inspection import judged
from kdsp_lib.analyse.measures.progress import bands, bands_of_sums, is_low_coverage, limits, undecided
from kdsp_lib.analyse.measures.standard import UNIT, agreed_standard


def known(*values):
    """A figure of each school; None where there is none. Halves and quarters are exact."""
    units = [0 if value is None else round(value * UNIT) for value in values]
    return Known(np.array(units), np.array([value is not None for value in values]))


def primary(rwm, reading, writing, maths, uppers=(-1, -1, -1), pupils=30):
    """The figures of one primary school."""
    names = ("ks2-reading-progress", "ks2-writing-progress", "ks2-maths-progress")
    figures = dict(zip(names, (reading, writing, maths), strict=True))
    figures |= {f"{name}-upper": upper for name, upper in zip(names, uppers, strict=True)}
    return {name: known(value) for name, value in {**figures, "ks2-rwm": rwm, "ks2-pupils": pupils}.items()}


def answer(name, year, figures):
    return caught(national_standard(name, year), figures, 1)[0]


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        (primary(64.9, -5.1, -7.1, 0), "yes"),
        (primary(65, -9, -9, -9), "no"),
        (primary(64.9, -5, -7, -5), "no"),
        (primary(64.9, -5.1, 0, 0, uppers=(-0.1, 1, 1)), "yes"),
        (primary(64.9, -5.1, 0, 0, uppers=(0, 1, 1)), "no"),
        (primary(64.9, -5.1, 0, -5.1, uppers=(1, 1, 1)), "yes"),
        (primary(64.9, -5.1, None, 0, uppers=(1, None, 1)), "x"),
        (primary(None, 0, 0, 0), "no"),
        (primary(None, -9, -9, -9), "x"),
        (primary(64.9, -9, -9, -9, pupils=10), "z"),
    ],
)
def test_the_primary_floor_of_2016_to_2018(figures, expected):
    """Below 65 % and not enough progress in two subjects, or significantly not enough in one. At 65 % it is met."""
    assert answer("floor-primary", "2016/17", figures) == expected


def test_the_primary_floor_of_2014_needed_all_three_below_their_medians():
    def school(level_4, reading, writing, maths):
        names = ("ks2-level-4", "ks2-reading-expected-progress", "ks2-writing-expected-progress",
                 "ks2-maths-expected-progress", "ks2-pupils")  # fmt: skip
        return {n: known(v) for n, v in zip(names, (level_4, reading, writing, maths, 25), strict=True)}

    assert answer("floor-primary", "2013/14", school(64, 93, 95, 92)) == "yes"
    assert answer("floor-primary", "2013/14", school(64, 94, 95, 92)) == "no"
    assert answer("floor-primary", "2013/14", school(65, 0, 0, 0)) == "no"


def test_the_secondary_floor_is_progress_8_below_minus_a_half_and_significantly_below_0():
    def school(score, upper, pupils=150, with_prior=140):
        names = ("progress-8", "progress-8-upper", "ks4-pupils", "progress-8-pupils")
        return {n: known(v) for n, v in zip(names, (score, upper, pupils, with_prior), strict=True)}

    assert answer("floor-secondary", "2017/18", school(-0.51, -0.01)) == "yes"
    assert answer("floor-secondary", "2017/18", school(-0.5, -0.01)) == "no"
    assert answer("floor-secondary", "2017/18", school(-0.9, 0)) == "no"
    assert answer("floor-secondary", "2017/18", school(None, None)) == "x"
    assert answer("floor-secondary", "2017/18", school(-0.9, -0.5, pupils=5, with_prior=5)) == "z"


def test_a_year_without_a_standard_has_none_and_says_why():
    assert national_standard("floor-primary", "2018/19") is None
    assert "abolished" in definition_of("floor-primary").missing("2018/19").why
    assert national_standard("floor-primary", "2014/15") is None, "its medians are not held: no standard is made up"


def test_coasting_is_every_one_of_three_years():
    """Below 85 % and progress below -2.5, -3.5 or -2.5 in one subject, each year; one year better is enough."""
    below, above = primary(84.9, -2.6, 0, 0), primary(84.9, -2.5, -3.5, -2.5)
    by_year = {name: [caught(national_standard("coasting-primary", "2016/17"), f, 1)] for name, f in
               (("below", below), ("above", above), ("open", primary(84.9, None, None, None)))}  # fmt: skip
    below, above, unknown = by_year["below"][0], by_year["above"][0], by_year["open"][0]
    assert in_every_year([below, below, below])[0] == "yes"
    assert in_every_year([below, above, below])[0] == "no"
    assert in_every_year([below, unknown, below])[0] == "x"
    assert in_every_year([unknown, above, below])[0] == "no"


def test_thresholds_agreed_locally_are_rows_of_data():
    """Below 50 % at the expected standard, or above 10 % absence: either rule, in its years."""
    rows = [
        {"threshold_set": "locally-agreed", "phase": "primary", "rule": rule, "measure": measure,
         "comparison": comparison, "value": value * UNIT, "first_year": "2024/25", "last_year": last}
        for rule, measure, comparison, value, last in
        ((1, "ks2-rwm", "below", 50, None), (2, "absence", "above", 10, "2024/25"))
    ]  # fmt: skip
    figures = {"ks2-rwm": known(49.9, 50, 60), "absence": known(4, 10, 10.1)}
    of_2025, of_2026 = (agreed_standard(rows, "locally-agreed", "primary", year) for year in ("2024/25", "2025/26"))
    assert list(caught(of_2025, figures, 3)) == ["yes", "no", "yes"]
    assert list(caught(of_2026, figures, 3)) == ["yes", "no", "no"]
    assert agreed_standard(rows, "locally-agreed", "secondary", "2024/25") is None


def test_the_five_bands_of_progress_8():
    """Limits that touch 0 hold it."""
    rows = np.array([(60, 10, 110), (50, 1, 99), (49, 1, 97), (40, 0, 80), (-40, -80, 0), (-50, -90, -10),
                     (-51, -91, -11), (-20, -30, -10)])  # fmt: skip
    assert list(bands(*rows.T)) == [1, 1, 2, 3, 3, 4, 5, 4]
    assert list(undecided(*rows.T)) == [False, True, False, True, True, True, False, False]


def test_bands_of_unrounded_scores_are_exact():
    """100 pupils, deviation 1.275: the limits lie 0.2499 apart. A sum of 24.990 is not above 0; 24.991 is."""
    total = np.array([24_990, 24_991, -50_000, -50_001, 50_000])
    assert list(bands_of_sums(total, np.full(5, 100), 1_275)) == [3, 2, 4, 5, 1]


def test_limits_are_rounded_once():
    """-0.55 of 142 pupils, deviation 1.283: 0.2110 on either side."""
    assert limits(-78_100, 142, 1_283) == ("-0.76", "-0.34")
    assert limits(0, 10_000, 0) == ("0.00", "0.00")


def test_coverage_is_low_below_a_half_and_not_at_it():
    assert list(is_low_coverage(np.array([49, 50]), np.array([100, 100]))) == [True, False]


def test_inspections_are_counted_by_regime_and_never_together():
    rows = [
        {"urn": urn, "framework": framework, "area": area, "judgement": judgement, "relates_to_current_urn": relates}
        for urn, framework, area, judgement, relates in (
            ("990001", "oeif", "overall-effectiveness", "good", True),
            ("990001", "report-card", "inclusion", "strong-standard", True),
            ("990002", "oeif", "overall-effectiveness", "good", False),
            ("990003", "none", "none", "not-inspected", None),
            ("990009", "oeif", "overall-effectiveness", "inadequate", True),
        )
    ]
    found = judged(rows, {"990001": 210, "990002": 420, "990003": 90})
    assert [(j.framework, j.judgement, j.schools, j.pupils, j.of_predecessors) for j in found] == [
        ("none", "not-inspected", 1, 90, 0), ("oeif", "good", 2, 630, 1), ("report-card", "strong-standard", 1, 210, 0),
    ]  # fmt: skip
