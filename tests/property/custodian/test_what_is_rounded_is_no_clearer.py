"""Tables for the public: what is too small is withheld, the rest is rounded. Attacked by a programme of its own.

The attacker has the printed texts and both methods: a 0 is a 0, any other figure stands for 6 or more within four of
it, what is withheld is 1 or more unless it is said that zeros may be. It shares nothing with the engine, and asks how
few and how many pupils there could be in each cell, and between each two cells of which one is part of the other.
"""

from __future__ import annotations

import itertools
import sys
from collections import Counter
from pathlib import Path

import numpy as np
from hunting import examples
from hypothesis import event, given, reject
from hypothesis import strategies as st
from scipy.optimize import linprog

sys.path.append(str(Path(__file__).resolve().parents[2] / "unit" / "analyse"))

from invented_tables import CATEGORIES, Authority

from kdsp_lib.analyse.assembly import build_cube
from kdsp_lib.analyse.atoms import count_atoms
from kdsp_lib.analyse.checking import check_questions
from kdsp_lib.analyse.count_tables import whole_rows
from kdsp_lib.analyse.figures import figures
from kdsp_lib.custodian.protecting import protect_cube
from kdsp_lib.custodian.rounding import rounded_for
from kdsp_lib.errors import Disclosive
from kdsp_lib.model.policy import DisclosurePolicy
from kdsp_lib.model.question import Question

PUBLIC = DisclosurePolicy("public", "test", round_to=5)
LEAVES = {
    "sex": ("F", "M"),
    "year-group": ("R", "1", "2", "3", "4", "5", "6"),
    "sen": ("none", "support", "plan"),
    "fsm6": ("yes", "no"),
}
KINDS = tuple(itertools.product(*LEAVES.values()))
"""Every kind of pupil there may be; the schools are for ages 4 to 11."""
COUNTED = {"fsm6": ("fsm6", frozenset({"yes"})), "sen": ("sen", frozenset({"support", "plan"}))}
WHERE = {
    None: {},
    "sex = 'F'": {"sex": frozenset({"F"})},
    "ncyear in ('1', '2')": {"year-group": frozenset({"1", "2"})},
    "fsm6 = true": {"fsm6": frozenset({"yes"})},
}
ASKED = [
    ("count", "pupils", ("sex",)),
    ("count", "pupils", ("year-group",)),
    ("count", "pupils", ("sen", "fsm6")),
    ("count", "pupils", ("year-group", "sex")),
    ("rate", "sen", ("sex",)),
    ("rate", "sen", ("year-group",)),
    ("rate", "fsm6", ("sex", "year-group")),
]


@st.composite
def reports(draw):
    """Six schools of different bodies, and one to three tables of all their pupils."""
    dice = draw(st.randoms(use_true_random=False))
    shares = draw(st.sampled_from([(0.02, 0.3, 0.5), (0.03, 0.1, 0.9, 0.97), (0.05, 0.15)]))
    often = {(year, name): dice.choice(shares) for year in "1234" for name in ("boy", "fsm6", "sen")}
    a = Authority()
    for k in range(6):
        urn = a.school(f"99100{k}")
        for _ in range(dice.choice([10, 30])):
            year = dice.choice("1234")
            boy, fsm6, sen = (dice.random() < often[year, name] for name in ("boy", "fsm6", "sen"))
            sen_provision = dice.choice("KE") if sen else "N"
            a.pupil(urn, sex="M" if boy else "F", ncyear=year, fsm6=fsm6, sen_provision=sen_provision)
    asked = draw(st.lists(st.tuples(st.sampled_from(ASKED), st.sampled_from(list(WHERE))), min_size=1, max_size=3))
    return a, {f"t{k}": Question(*question, where) for k, (question, where) in enumerate(dict.fromkeys(asked))}


def answer(a, tables):
    """The printed values of every table by their codes, and whether zeros may be withheld."""
    cube = build_cube(count_atoms(a.tables(), a.cohort(), check_questions(tables, CATEGORIES)), PUBLIC)
    nothing = np.zeros(len(cube.keys), dtype=bool)
    protected = protect_cube(cube, nothing, nothing)
    withheld = whole_rows(cube, protected.hidden)
    cube = rounded_for(cube, withheld, {})
    shown = {name: figures(cube, name, withheld).cells for name in tables}
    return {n: {c.codes: list(c.values) for c in cells} for n, cells in shown.items()}, protected.zeros_hidden


def vector(codes):
    """1 for each kind of pupil with these leaves, by attribute."""
    return np.array(
        [all(dict(zip(LEAVES, kind, strict=True))[n] in leaves for n, leaves in codes.items()) for kind in KINDS], float
    )


def populations(tables, printed):
    """Of every figure: who is counted, as printed, and whether a zero would be printed in any case."""
    for name, question in tables.items():
        for codes, values in printed[name].items():
            whole = vector(WHERE[question.where]) * vector(
                {n: frozenset({code}) for n, code in zip(question.by, codes, strict=True) if code != "All"}
            )
            yield whole, values[-1], question.kind == "count"
            if question.kind == "rate":
                attribute, leaves = COUNTED[question.measure]
                part = whole * vector({attribute: leaves})
                yield part, values[1], False
                yield whole - part, "", False


def limits(told, zeros_hidden, reach):
    """What the attacker knows, as least and most of sums of kinds."""
    for who, text, is_count in told:
        if text == "c" and is_count and not zeros_hidden:
            yield who, 1, np.inf
        elif text in ("z", "0"):
            yield who, 0, 0
        elif text not in ("", "c"):
            yield who, max(6, int(text) - reach), int(text) + reach


def bounds(goal, known, own):
    """How few and how many pupils there could be, to one whose own pupils are among them; None where nobody fits."""
    rows, least, most = (np.array(part) for part in zip(*known, strict=True))
    finite = np.isfinite(most)
    matrix, right = np.vstack([rows[finite], -rows]), np.concatenate([most[finite], -least])
    space = [(n, None) for n in own]
    found = [linprog(s * goal, A_ub=matrix, b_ub=right, bounds=space, method="highs") for s in (1, -1)]
    if any(each.status == 2 for each in found):
        return None
    assert all(each.status in (0, 3) for each in found)
    return found[0].fun, np.inf if found[1].status == 3 else -found[1].fun


def counted(a):
    """How many pupils of each kind every school has."""
    sexes = {row["pupil_key"]: row["sex"] for row in a.rows["pupils"]}
    words = {"N": "none", "K": "support", "E": "plan"}
    found = Counter(
        (r["urn"], (sexes[r["pupil_key"]], r["ncyear"], words[r["sen_provision"]], "yes" if r["fsm6"] else "no"))
        for r in a.rows["census"]
    )
    return np.array([[float(found[urn, kind]) for kind in KINDS] for urn in a.controllers])


def small_groups(told, true):
    """Cells of 1 to 5 pupils, and what one cell of 1 to 5 has beyond another that is part of it."""
    distinct = {who.tobytes(): who for who, _, _ in told}.values()
    apart = [one - other for one in distinct for other in distinct if (one >= other).all()]
    groups = {who.tobytes(): who for who in (*distinct, *apart) if 0 < who @ true < 6}
    return list(groups.values())


@examples(8)
@given(reports())
def test_whoever_knows_both_methods_learns_no_number_of_1_to_5_pupils(drawn):
    a, tables = drawn
    try:
        printed, zeros_hidden = answer(a, tables)
    except Disclosive:
        reject()
    told, by_school = list(populations(tables, printed)), counted(a)
    true, nobody = by_school.sum(axis=0), np.zeros(len(KINDS))
    known = list(limits(told, zeros_hidden, 4))
    if bounds(nobody, known, nobody) is None:  # some went farther, and so they say
        known = list(limits(told, zeros_hidden, 9))
    assert all(low <= who @ true <= high for who, low, high in known)
    groups = small_groups(told, true)
    event(f"{min(len(groups), 5)} small groups or more")
    for who in groups:
        low, high = bounds(who, known, nobody)
        assert low <= 1 + 1e-6
        assert high >= 6 - 1e-6
        for own in by_school:
            if who @ own < who @ true:
                low, high = bounds(who, known, own)
                assert high - low >= 1 - 1e-6


def test_the_attacker_finds_what_rounding_alone_gives_away():
    """Else it proves nothing: 14 pupils of 18 are printed as 15, 18 as 20; were they printed whole, 4 would be left."""
    girls = vector({"sex": frozenset("F")})
    boys = vector({"sex": frozenset("M")})
    known = [(girls + boys, 18, 18), (girls, 14, 14)]
    assert bounds(boys, known, np.zeros(len(KINDS))) == (4, 4)
    known = list(limits([(girls + boys, "20", True), (girls, "15", True), (boys, "c", True)], False, 4))
    low, high = bounds(boys, known, np.zeros(len(KINDS)))
    assert (low, high) == (1, 13)
