"""Sums (sessions missed, suspensions) of 1 to 5 pupils, attacked beside counts by programmes of the test's own.

The attacker shares nothing with the engine: it knows what each printed rate or mean says of the sum of its row, that
no sum is below 0, that where a count of 0 is printed nobody has any, and that only suspended pupils have suspensions.
"""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

import numpy as np
from hunting import examples
from hypothesis import given, reject
from hypothesis import strategies as st
from scipy.optimize import linprog

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "unit/analyse"))

from invented_tables import EVERY_CATEGORY, Authority

from kdsp_lib.analyse.assembly import build_cube
from kdsp_lib.analyse.atoms import count_atoms
from kdsp_lib.analyse.checking import check_questions
from kdsp_lib.analyse.count_tables import whole_rows
from kdsp_lib.analyse.cube import sum_name
from kdsp_lib.analyse.membership import NONE
from kdsp_lib.custodian.protecting import protect_cube
from kdsp_lib.model.policy import FLOOR
from kdsp_lib.model.question import Question
from kdsp_lib.protect.system import Unprotectable

LEVELS = {"sex": ("F", "M"), "year-group": ("1", "2", "3"), "fsm6": ("yes", "no"), "suspended": (False, True)}
KINDS = tuple(itertools.product(*LEVELS.values()))
ASKED = (
    ("count", "pupils", ("year-group", "sex")),
    ("count", "pupils", ("fsm6", "sex")),
    ("rate", "fsm6", ("year-group",)),
    ("rate", "absence", ("year-group",)),
    ("rate", "absence", ("sex", "fsm6")),
    ("mean", "sessions-missed", ("fsm6",)),
    ("rate", "suspensions", ("sex",)),
    ("rate", "suspensions", ("year-group",)),
    ("rate", "suspended-pupils", ("sex",)),
)
SUMS = ("authorised+unauthorised", "suspensions")


@st.composite
def authorities(draw):
    """Five schools of different bodies, in which few pupils are of some kinds, and some of what is asked about them."""
    dice = draw(st.randoms(use_true_random=False))
    few = {(year, name): dice.choice([0.03, 0.1, 0.5]) for year in "123" for name in ("boy", "fsm6")}
    a, pupils = Authority(), []
    for k in range(5):
        urn = a.school(f"99100{k}")
        for _ in range(dice.choice([12, 20])):
            year = dice.choice("123")
            sex, fsm6 = ("M" if dice.random() < few[year, "boy"] else "F"), dice.random() < few[year, "fsm6"]
            missed, times = dice.choice([0, 0, 1, 5, 20]), dice.choice([0, 0, 0, 0, 0, 0, 1, 2])
            a.pupil(urn, sex=sex, ncyear=year, fsm6=fsm6, sessions=(140, missed, 0), suspended=["SUSP"] * times)
            pupils.append(((sex, year, "yes" if fsm6 else "no", times > 0), missed, times))
    asked = draw(st.lists(st.sampled_from(ASKED), min_size=2, max_size=5, unique=True))
    return a, pupils, {f"t{k}": Question(*one) for k, one in enumerate(asked)}


def is_of(kind, codes):
    of = dict(zip(LEVELS, kind, strict=True))
    return all(of[name] == code for name, code in codes.items() if code != "All")


def cells_of(cube):
    """Every row of every table: the levels it is of, its cells, and the sum that its figure gives away."""
    for table in cube.tables.values():
        measure = table.asked.measure
        for row in table.rows:
            codes = dict(zip(table.asked.names, row.codes, strict=True))
            yield codes, row, sum_name(measure.sums) if measure.sums else None


@examples(12)
@given(authorities())
def test_no_sum_of_1_to_5_pupils_is_worked_out(drawn):
    a, pupils, questions = drawn
    cube = cube_of(a, questions)
    nothing = np.zeros(len(cube.keys), bool)
    try:
        hidden = whole_rows(cube, protect_cube(cube, nothing, nothing).hidden)
    except Unprotectable:
        reject()
    assert not list(worked_out(cube, hidden, pupils))


def test_the_attacker_finds_what_an_unprotected_table_gives_away():
    """Else it proves nothing: three girls of Year 3, and absence by year group and by sex with nothing withheld."""
    a, pupils = Authority(), []
    for k in range(5):
        urn = a.school(f"99100{k}")
        for year, sex, number in (("1", "F", 10), ("2", "M", 10)):
            a.pupils(number, urn, sex=sex, ncyear=year, sessions=(140, 5, 0))
            pupils += [((sex, year, "no", False), 5, 0)] * number
    a.pupils(3, "991000", sex="F", ncyear="3", sessions=(140, 20, 0))
    pupils += [(("F", "3", "no", False), 20, 0)] * 3
    cube = cube_of(a, {"years": Question("rate", "absence", ("year-group",))})
    found = list(worked_out(cube, np.zeros(len(cube.keys), bool), pupils))
    assert [(name, value) for name, _, value in found] == [("authorised+unauthorised", 60.0)]
    nothing = np.zeros(len(cube.keys), bool)
    assert not list(worked_out(cube, whole_rows(cube, protect_cube(cube, nothing, nothing).hidden), pupils))


def cube_of(a, questions):
    return build_cube(count_atoms(a.tables(), a.cohort(), check_questions(questions, EVERY_CATEGORY)), FLOOR)


def worked_out(cube, hidden, pupils):
    """Sums of 1 to 5 pupils, of a row or of what one row has beyond another, that are known to a hundredth."""
    number = np.array([sum(kind == each for each, _, _ in pupils) for kind in KINDS], float)
    rows = list(cells_of(cube))
    spoken_of = [np.array([float(is_of(kind, codes)) for kind in KINDS]) for codes, _, _ in rows]
    apart = [one * (1 - other) for one, other in itertools.product(spoken_of, repeat=2)]
    targets = {tuple(cell) for cell in (*spoken_of, *apart) if 0 < cell @ number < 6}
    nobody = np.zeros(len(KINDS), bool)
    for vector, (_, row, _) in zip(spoken_of, rows, strict=True):
        counted = row.counted if row.base == NONE else row.base
        if not hidden[counted] and cube.count[counted] == 0:
            nobody |= vector > 0
    for place, name in enumerate(SUMS, start=1):
        values = np.array([sum(each[place] for each in pupils if each[0] == kind) for kind in KINDS], float)
        told = [
            vector
            for vector, (_, row, of) in zip(spoken_of, rows, strict=True)
            if of == name and not hidden[[*row.cells]].any()
        ]
        nothing = nobody | (name == "suspensions") & np.array([not kind[3] for kind in KINDS])
        most = [0.0 if none else None for none in nothing]
        for goal in sorted(targets) if told else ():
            value = float(np.array(goal) @ values)
            if np.array(goal) @ ~nothing:
                low, high = bounds(np.array(goal), np.array(told), np.array(told) @ values, most)
                if high - low < max(0.01 * value, 1e-3) - 1e-7:
                    yield name, goal, value


def bounds(goal, rows, sums, most):
    """The smallest and the largest that the sum of a group of pupils could be."""
    found = [
        linprog(sign * goal, A_eq=rows, b_eq=sums, bounds=[(0, m) for m in most], method="highs") for sign in (1, -1)
    ]
    low = found[0].fun
    return low, np.inf if found[1].status == 3 else -found[1].fun
