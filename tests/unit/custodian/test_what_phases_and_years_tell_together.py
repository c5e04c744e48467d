"""Phases and year groups, table by table: the years of primary schools, less their pupils, are of a special school.

Everybody knows the phase and the ages of each school, so that no table need cross the two. A reader with a linear
programme over schools' phases and ages by year, who knows how figures are rounded, comes to no figure of one or two
bodies within a tenth.
"""

import random
from itertools import product

import numpy as np
import pytest
from scipy.optimize import linprog
from small_workspace import Roll, School, asked, printed, workspaces

YOUNGER, OLDER = ("R", "1", "2", "3", "4", "5", "6"), ("7", "8", "9", "10", "11")
YEARS = {(4, 11): YOUNGER, (11, 16): OLDER}
AGES = {"primary": (4, 11), "secondary": (11, 16)}
BY_PHASE = {
    "phases": asked("count", "pupils", "phase"),
    "persistent_by_phase": asked("rate", "persistent-absence", "phase"),
}
BY_YEAR = {
    "years": asked("count", "pupils", "year-group"),
    "persistent_by_year": asked("rate", "persistent-absence", "year-group"),
}


def an_area(specials: list[tuple[int, int]]) -> tuple[list[School], Roll]:
    """Five primary and three secondary schools, special ones of these ages; 70 pupils each."""
    schools = [School(f"99{k:04}", phase="primary", ages=(4, 11)) for k in range(1, 6)]
    schools += [School(f"99{k:04}", phase="secondary", ages=(11, 16)) for k in range(11, 14)]
    schools += [School(f"99{k:04}", phase="special", ages=ages) for k, ages in enumerate(specials, 21)]
    draw, roll = random.Random(5), Roll()
    for school in schools:
        for _ in range(70):
            missed = draw.choice([3, 5, 20, 40])
            sen = "E" if school.phase == "special" else "N"
            year = draw.choice(YEARS[school.ages])
            roll.pupil(school.urn, ncyear=year, sen_provision=sen, sessions=(120, missed, 0))
    return schools, roll


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    yield from workspaces(tmp_path_factory.mktemp("areas"))


def left_open(phases: dict[str, str], years: dict[str, str]) -> tuple[float, float]:
    """The least and the most pupils of the younger special school that fit what is printed by phase and by year."""
    kinds = [*product(("primary", "special"), YOUNGER), *product(("secondary", "special"), OLDER)]
    assert set(phases) | set(years) <= {"primary", "secondary", "special", "All", *YOUNGER, *OLDER}
    facts = [([told in (phase, "All") for phase, _ in kinds], value) for told, value in phases.items()]
    facts += [([told in (year, "All") for _, year in kinds], value) for told, value in years.items()]
    shown = [(row, int(value)) for row, value in facts if value != "c"]
    assert shown
    rows, values = np.array([row for row, _ in shown], float), np.array([value for _, value in shown])
    asked_for = np.array([phase == "special" and year in YOUNGER for phase, year in kinds], float)
    known = {"A_ub": np.vstack([rows, -rows]), "b_ub": np.concatenate([values + 4, 4 - values])}
    found = [linprog(sign * asked_for, **known, bounds=(0, 1000)) for sign in (1, -1)]
    assert all(each.status == 0 for each in found)
    return found[0].fun, -found[1].fun


def by_code(released, table: str, statistic: int) -> dict[str, str]:
    return {codes[0]: values[statistic] for codes, values in printed(released, table).items()}


@pytest.mark.parametrize("together", [True, False], ids=["in one report", "one after the other"])
def test_the_younger_pupils_of_the_one_special_school_stay_unknown(workspace, together):
    schools, roll = an_area([(4, 11), (11, 16), (11, 16)])
    made = workspace(schools, roll)
    first = made.area("east", BY_PHASE | BY_YEAR) if together else made.area("east", BY_PHASE)
    then = first if together else made.area("east", BY_YEAR)
    (younger,) = [school.urn for school in schools if school.phase == "special" and school.ages == (4, 11)]
    missed = [roll.sessions[row["pupil_key"], younger][1] for row in roll.rows if row["urn"] == younger]
    for phases, years, statistic, true in (
        ("phases", "years", 0, len(missed)),
        ("persistent_by_phase", "persistent_by_year", 1, sum(each >= 12 for each in missed)),
        ("persistent_by_phase", "persistent_by_year", 2, len(missed)),
    ):
        least, most = left_open(by_code(first, phases, statistic), by_code(then, years, statistic))
        assert least <= 0.9 * true, (phases, least, most)
        assert most >= 1.1 * true, (phases, least, most)


def test_those_of_three_special_schools_are_told(workspace):
    """What is left is of three bodies, as a row of a table might be."""
    released = workspace(*an_area([(4, 11)] * 4 + [(11, 16)] * 4)).area("east", BY_PHASE | BY_YEAR)
    assert all("c" not in values for table in BY_PHASE | BY_YEAR for values in printed(released, table).values())
