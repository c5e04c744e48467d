"""Small counts that follow from tables of larger ones, because of no kind of pupils there are fewer than 0.

The attacker has the printed counts alone, and asks how many pupils there could be of each kind that there may be: of
every year, sex, and so on together, which no table asks for. It shares nothing with the engine.
"""

from __future__ import annotations

import itertools
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hunting import examples
from hypothesis import assume, example, given
from hypothesis import strategies as st
from scipy.optimize import linprog

sys.path.append(str(Path(__file__).resolve().parents[2] / "unit" / "analyse"))

from invented_tables import Authority, cells_of

from kdsp_lib.analyse.count_tables import whole_rows
from kdsp_lib.custodian.protecting import protect_cube
from kdsp_lib.errors import KdspError, Refusal
from kdsp_lib.model.question import Question
from kdsp_lib.protect.system import Unprotectable

YEARS = ("1", "2", "3")
SECOND = {"fsm6": ("yes", "no"), "eal": ("eal", "english")}
SCHOOLS = 7
DEALT = (tuple(range(SCHOOLS)), (0, 0, 0, 1, 1, 2, 3, 4, 5, 6))
"""To which schools pupils go, one after the other: to each in turn; or mostly to one, without which others are few."""


@st.composite
def rolls(draw):
    """What each year has of girls and boys, with something and without: few are neither, or both; and who has them."""
    second = draw(st.sampled_from(sorted(SECOND)))
    kinds = {}
    for year, sex, other in itertools.product(YEARS, "FM", SECOND[second]):
        alike = (sex == "F") + (other == SECOND[second][0])
        some = {2: range(9), 1: (0, 10, 15, 40), 0: (0, 1, 2, 3, 12)}[alike]
        kinds[year, sex, other] = draw(st.sampled_from(some))
    return second, kinds, draw(st.sampled_from(DEALT))


def at_each(kinds, dealt):
    """How many of each kind each school has."""
    pupils = (kind for kind, number in kinds.items() for _ in range(number))
    return Counter(zip(pupils, itertools.cycle(dealt)))


def released(second, kinds, dealt=DEALT[0], protected=True):
    """The counts of each two of year, sex and the other, as printed, and whether zeros may be withheld."""
    a = Authority()
    urns = [a.school(f"99100{k}") for k in range(SCHOOLS)]
    for (year, sex, other), school in at_each(kinds, dealt).elements():
        facts = {"fsm6": other == "yes"} if second == "fsm6" else {"language": other}
        a.pupil(urns[school], ncyear=year, sex=sex, **facts)
    names = ("year-group", "sex", second)
    asked = {f"t{k}": Question("count", "pupils", by) for k, by in enumerate(itertools.combinations(names, 2))}
    cube = a.cube(**asked)
    nothing = np.zeros(len(cube.keys), dtype=bool)
    pattern = protect_cube(cube, nothing, nothing) if protected else None
    hidden = nothing | (cube.printable & (cube.count > 0) & (cube.count <= 5))
    hidden = whole_rows(cube, hidden if pattern is None else pattern.hidden)
    printed = {}
    for name, question in asked.items():
        for codes, values in cells_of(cube, name, hidden).items():
            printed[tuple(dict(zip(question.by, codes, strict=True)).get(each, "All") for each in names)] = values[0]
    return printed, pattern is not None and pattern.zeros_hidden


def worked_out(kinds, printed, zeros_hidden, dealt=DEALT[0]):
    """Withheld counts that are known more narrowly than they may be.

    Those of 1 to 5 must seem as few as nobody knows (0, or 1 where zeros are printed) and as many as 6; those that are
    as few without some school, 5 fewer and 5 more.
    """
    levels = [sorted({codes[k] for codes in printed} - {"All"}) for k in range(3)]
    columns = list(itertools.product(*levels))

    def mask(codes):
        return np.array([all(c in ("All", each) for c, each in zip(codes, column, strict=True)) for column in columns])

    shown = {codes: text for codes, text in printed.items() if text not in ("c", "z")}
    known = np.array([mask(codes) for codes in shown], float)
    figures = np.array([float(text) for text in shown.values()])
    withheld = [codes for codes, text in printed.items() if text == "c"]
    least, of_schools = 0 if zeros_hidden else 1, at_each(kinds, dealt)
    for codes in withheld:
        inside = set(itertools.compress(columns, mask(codes)))
        parts = [sum(n for (kind, at), n in of_schools.items() if at == k and kind in inside) for k in range(SCHOOLS)]
        true = sum(parts)
        if 1 <= true <= 5:
            need = least, 6
        elif any(part and 1 <= true - part <= 5 for part in parts):
            need = max(true - 5, least), true + 5
        else:
            continue
        low, high = (
            linprog(sign * mask(codes).astype(float), A_eq=known, b_eq=figures, method="highs") for sign in (1, -1)
        )
        assert low.status == 0
        few, many = low.fun, np.inf if high.status == 3 else -high.fun
        if few > need[0] + 1e-6 or many < need[1] - 1e-6:
            yield codes, true, round(few, 3), round(many, 3)


CLASSROOM = {
    ("1", "F", "yes"): 5, ("1", "M", "yes"): 17, ("1", "F", "no"): 17, ("1", "M", "no"): 3,
    ("2", "M", "yes"): 30, ("2", "F", "no"): 30, ("2", "M", "no"): 20,
}  # fmt: skip
"""Of 42 in Year 1 22 are girls and 22 have had free meals: 2 girls or more have, of 5 in all."""
TWO_YEARS = {
    ("1", "F", "yes"): 15, ("1", "M", "no"): 15, ("2", "F", "no"): 3, ("2", "F", "yes"): 40, ("2", "M", "no"): 25,
    ("3", "F", "no"): 2, ("3", "F", "yes"): 40, ("3", "M", "no"): 40, ("3", "M", "yes"): 30,
}  # fmt: skip
"""What girls Year 2 has fewer, Year 1 has more: of two years together it is known how many there are."""
ONE_SCHOOLS = {
    ("1", "F", "yes"): 7, ("1", "F", "no"): 10, ("1", "M", "yes"): 10, ("1", "M", "no"): 3,
    ("2", "F", "no"): 10, ("2", "M", "yes"): 20,
}  # fmt: skip
"""Of 7 girls with free meals one school has 3: of 30 in Year 1 17 are girls and 17 have had them, so 4 or more both."""


@examples(25)
@given(rolls())
@example(("fsm6", CLASSROOM, DEALT[0]))
@example(("fsm6", TWO_YEARS, DEALT[0]))
@example(("fsm6", ONE_SCHOOLS, DEALT[1]))
def test_no_count_to_be_withheld_follows_from_how_larger_ones_overlap(roll):
    second, kinds, dealt = roll
    assume(sum(kinds.values()) > 30)
    try:
        printed, zeros_hidden = released(second, kinds, dealt)
    except Unprotectable:
        assume(False)
    assert not list(worked_out(kinds, printed, zeros_hidden, dealt))


def test_the_attacker_finds_what_overlapping_counts_give_away():
    """Else it proves nothing: the least number of girls with free meals where the small count alone is withheld."""
    printed, _ = released("fsm6", CLASSROOM, protected=False)
    printed |= {codes: "c" for codes in printed if codes[0] == "All" and "All" not in codes[1:]}
    assert list(worked_out(CLASSROOM, printed, False)) == [(("All", "F", "yes"), 5, 2.0, 52.0)]
    assert Counter(printed.values())["c"] == 4


MIXED = (("1", "F", "yes", 5), ("1", "F", "no", 1), ("3", "F", "yes", 1), ("1", "M", "yes", 1))


def test_eight_pupils_are_too_few_whatever_the_filters():
    """What the words say of one year they need not say of another: equations of levels once did not hold of counts."""
    a = Authority()
    urns = [a.school(f"99100{k}") for k in range(SCHOOLS)]
    pupils = (kind for *kind, number in MIXED for _ in range(number))
    for (year, sex, meals), urn in zip(pupils, itertools.cycle(urns)):
        a.pupil(urn, ncyear=year, sex=sex, fsm6=meals == "yes")
    by = ("sex", "year-group")
    wheres = {"with": "fsm6 = true", "without": "fsm6 = false", "all": None}
    cube = a.cube(**{name: Question("count", "pupils", by, where=where) for name, where in wheres.items()})
    nothing = np.zeros(len(cube.keys), dtype=bool)
    with pytest.raises(Unprotectable):
        protect_cube(cube, nothing, nothing)


LEVELS = {
    "year-group": YEARS, "sex": ("F", "M"), "fsm6": ("yes", "no"), "sen": ("none", "support"),
    "eal": ("english", "eal"),
}  # fmt: skip
USUAL = {"fsm6": "no", "sen": "none", "eal": "english"}
FACTS = {
    "year-group": lambda v: {"ncyear": v}, "sex": lambda v: {"sex": v}, "fsm6": lambda v: {"fsm6": v == "yes"},
    "sen": lambda v: {"sen_provision": {"none": "N", "support": "K"}[v]}, "eal": lambda v: {"language": v},
}  # fmt: skip
FILTERS = {
    "fsm6 = TRUE": lambda p: p["fsm6"] == "yes",
    "sex = 'F'": lambda p: p["sex"] == "F",
    "sen_provision = 'K'": lambda p: p["sen"] == "support",
    "ncyear IN ('1', '2')": lambda p: p["year-group"] != "3",
    "fsm6 = TRUE OR sen_provision = 'K'": lambda p: p["fsm6"] == "yes" or p["sen"] == "support",
    "fsm6 = TRUE AND sex = 'F'": lambda p: p["fsm6"] == "yes" and p["sex"] == "F",
    None: lambda _: True,
}


@st.composite
def authorities(draw):
    """How many pupils there are of each kind, by three or four attributes; and tables of up to three, some filtered."""
    further = draw(st.lists(st.sampled_from(sorted(USUAL)), min_size=1, max_size=2, unique=True))
    names = ("year-group", "sex", *further)
    numbers = st.sampled_from((0, 0, 1, 2, 3, 5, 8, 15, 30))
    kinds = {levels: draw(numbers) for levels in itertools.product(*(LEVELS[name] for name in names))}
    by = st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True).map(tuple)
    asked = draw(st.lists(st.tuples(by, st.sampled_from(list(FILTERS))), min_size=2, max_size=5))
    return names, kinds, asked, draw(st.sampled_from(DEALT))


@examples(15, deadline=None)
@given(authorities())
def test_no_small_count_follows_from_tables_of_any_kind_however_filtered(authority):
    names, kinds, asked, dealt = authority
    people = [dict(zip(names, kind, strict=True)) for kind, number in kinds.items() for _ in range(number)]
    assume(len(people) > 30)
    a = Authority()
    urns = [a.school(f"99100{k}") for k in range(SCHOOLS)]
    for person, school in zip(people, itertools.cycle(dealt)):
        a.pupil(urns[school], **{k: v for name, level in person.items() for k, v in FACTS[name](level).items()})
    questions = {f"t{k}": Question("count", "pupils", by, where=where) for k, (by, where) in enumerate(asked)}
    try:
        cube = a.cube(**questions)
        pattern = protect_cube(cube, *2 * (np.zeros(len(cube.keys), dtype=bool),))
    except KdspError as refusal:
        assume(isinstance(refusal, Refusal))
        assume(False)
    hidden = whole_rows(cube, pattern.hidden)
    of_all = [dict(zip(LEVELS, each, strict=True)) for each in itertools.product(*LEVELS.values())]
    kinds_there = [p for p in of_all if all(p[name] == usual for name, usual in USUAL.items() if name not in names)]
    shown, figures, withheld = [], [], []
    for (by, where), name in zip(asked, questions, strict=True):
        for codes, values in cells_of(cube, name, hidden).items():

            def inside(person, by=by, where=where, codes=codes):
                usual = {**USUAL, **person}
                levels = zip(by, codes, strict=True)
                return FILTERS[where](usual) and all(code in ("All", usual[name]) for name, code in levels)

            mask = np.array([inside(kind) for kind in kinds_there], float)
            if values[0] == "c":
                withheld.append((mask, sum(map(inside, people)), (where, codes)))
            elif values[0] != "z":
                shown.append(mask)
                figures.append(float(values[0]))
    least = 0 if pattern.zeros_hidden else 1
    for mask, true, which in withheld:
        if 1 <= true <= 5:
            assert known_between(mask, shown, figures, [m for m, _, _ in withheld], least) == (least, 6), which


def known_between(mask, shown, figures, withheld, least):
    """The interval in which a count is known to lie, as far as it has to reach: 0 or 1 to 6."""
    ends = []
    for sign in (1, -1):
        found = linprog(
            sign * mask, A_eq=np.array(shown) if shown else None, b_eq=figures or None,
            A_ub=-np.array(withheld), b_ub=np.full(len(withheld), -float(least)), method="highs",
        )  # fmt: skip
        assert found.status in (0, 3)
        ends.append(np.inf if found.status == 3 else sign * found.fun)
    return max(round(ends[0], 6), least), min(round(ends[1], 6), 6)
