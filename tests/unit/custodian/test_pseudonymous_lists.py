"""A list of pupils and the tables beside it, as one system: attacked by whoever holds both, in a programme of its own.

The attacker here shares nothing with the engine: it knows the list, row by row, and every printed cell, and asks of
each group of pupils how few and how many there could be.
"""

from __future__ import annotations

import itertools
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hunting import examples
from hypothesis import given, reject
from hypothesis import strategies as st
from scipy.optimize import linprog

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "analyse"))

from invented_tables import CATEGORIES, Authority

from kdsp_lib.analyse.assembly import build_cube
from kdsp_lib.analyse.atoms import count_atoms
from kdsp_lib.analyse.attribute import ATTRIBUTES
from kdsp_lib.analyse.checking import check_questions
from kdsp_lib.analyse.layout import Earlier
from kdsp_lib.analyse.pseudonymous_list import class_of_each, list_question, words_of
from kdsp_lib.custodian.protecting import protect_cube
from kdsp_lib.custodian.pseudonymous import family_of, with_classes
from kdsp_lib.errors import BadParameters
from kdsp_lib.model.policy import FLOOR
from kdsp_lib.model.question import Question
from kdsp_lib.protect.system import Unprotectable
from kdsp_lib.source.pseudonym import pseudonym

LEAVES = {
    "sex": ("F", "M"),
    "year-group": ("R", "1", "2", "3", "4", "5", "6"),
    "sen": ("none", "support", "plan"),
    "fsm6": ("yes", "no"),
}
SEN = {"none": "N", "support": "K", "plan": "E"}


@st.composite
def clusters(draw):
    """Five schools of different bodies; the tables that are asked beside the list; its columns in some order."""
    dice = draw(st.randoms(use_true_random=False))
    few = {(year, name): dice.choice([0.02, 0.3, 0.5]) for year in "1234" for name in ("boy", "fsm6", "sen")}
    a = Authority()
    for k in range(5):
        urn = a.school(f"99100{k}")
        for _ in range(dice.choice([25, 40])):
            year = dice.choice("1234")
            has = {name: dice.random() < few[year, name] for name in ("boy", "fsm6", "sen")}
            a.pupil(
                urn, sex="M" if has["boy"] else "F", ncyear=year, fsm6=has["fsm6"],
                sen_provision=dice.choice("KKKE") if has["sen"] else "N",
            )  # fmt: skip
    columns = draw(st.permutations(list(LEAVES)))[: draw(st.integers(1, 4))]
    tables = {
        f"t{k}": Question(kind, measure, by)
        for k, (kind, measure, by) in enumerate(
            draw(
                st.lists(
                    st.sampled_from(
                        [
                            ("count", "pupils", ("sex",)),
                            ("count", "pupils", ("year-group", "sex")),
                            ("rate", "sen", ("sex",)),
                            ("rate", "fsm6", ("year-group",)),
                            ("count", "pupils", ("sen", "fsm6")),
                        ]
                    ),
                    min_size=1,
                    max_size=3,
                    unique=True,
                )
            )
        )
    }
    return a, tuple(columns), tables


def listed(a, columns):
    """The list's question with its classes, and how many pupils are of each."""
    atoms = count_atoms(a.tables(), a.cohort(), {"list": list_question(columns)})
    question = with_classes(atoms, columns, FLOOR)
    if question is None:
        return None, {}
    counted = Counter()
    for place, number in zip(class_of_each(atoms.frame, question), atoms.frame["n"], strict=True):
        counted[place] += int(number)
    return question, {codes: counted[place] for place, codes in enumerate(question.classes)}


def answered(a, lists, tables):
    """The cube of the tables beside the lists, and what is hidden of it."""
    before = {f"{k}/list": Earlier(one, tuple(a.controllers)) for k, one in enumerate(lists, 1) if one is not None}
    atoms = count_atoms(a.tables(), a.cohort(), check_questions(tables, CATEGORIES), before)
    cube = build_cube(atoms, FLOOR)
    printed = np.zeros(len(cube.keys), bool)
    for table in cube.earlier_tables.values():
        printed[[row.counted for row in table.rows]] = True
    return cube, protect_cube(cube, printed, np.zeros(len(cube.keys), bool)).hidden


KINDS = tuple(itertools.product(*LEAVES.values()))
"""Every kind of pupil there may be, by all that is asked about."""


def is_of(kind, codes):
    """Whether pupils of a kind are in a cell with these leaves, by attribute."""
    of = dict(zip(LEAVES, kind, strict=True))
    return all(of[name] in leaves for name, leaves in codes.items())


def vector(codes):
    return np.array([float(is_of(kind, codes)) for kind in KINDS])


def codes_of(names, codes):
    return {n: frozenset(c.split("|")) for n, c in zip(names, codes, strict=True) if c != "All"}


def told(cube, hidden, question, counts):
    """What the attacker knows: sets of kinds, and how many pupils they are together."""
    known = [(codes_of(question.by, codes), n) for codes, n in counts.items()] if question else []
    for table in cube.tables.values():
        for row in table.rows:
            for cell in row.cells:
                if not hidden[cell]:
                    key = cube.keys[cell]
                    pairs = zip(cube.axes, key, strict=True)
                    codes = {
                        axis.name: axis.codes[code] for axis, code in pairs if code != "All" and axis.name in LEAVES
                    }
                    known.append((codes, int(cube.count[cell])))
    return known


def truth(a):
    """How many pupils there are of each kind."""
    sexes = {row["pupil_key"]: row["sex"] for row in a.rows["pupils"]}
    words = {letter: word for word, letter in SEN.items()}
    found = Counter(
        (sexes[r["pupil_key"]], r["ncyear"], words[r["sen_provision"]], "yes" if r["fsm6"] else "no")
        for r in a.rows["census"]
    )
    return np.array([float(found[kind]) for kind in KINDS])


@examples(10)
@given(clusters())
def test_whoever_holds_list_and_tables_learns_no_number_of_1_to_5_pupils(drawn):
    a, columns, tables = drawn
    question, counts = listed(a, columns)
    try:
        cube, hidden = answered(a, [question], tables)
    except Unprotectable:
        reject()
    assert_few_stay_open(a, told(cube, hidden, question, counts), len(counts))


@examples(5)
@given(clusters(), st.lists(st.sampled_from(list(LEAVES)), min_size=1, max_size=3, unique=True))
def test_two_lists_that_are_let_go_beside_tables_tell_no_number_of_1_to_5_pupils(drawn, others):
    """Nobody can put them together row by row: only what their rows show is counted."""
    a, columns, tables = drawn
    (one, counts), (other, further) = listed(a, columns[:3]), listed(a, others)
    try:
        cube, hidden = answered(a, [one, other], tables)
    except Unprotectable:
        reject()
    known = [
        (codes_of(q.by, codes), n) for q, all_ in ((one, counts), (other, further)) if q for codes, n in all_.items()
    ]
    assert_few_stay_open(a, known + told(cube, hidden, None, {}), len(known))


def assert_few_stay_open(a, known, of_lists):
    """Of every class, and of all with one or two values that it shows, by every value of one attribute more.

    Any of 1 to 6 that the lists alone allow must stay possible; the first of what is ``known`` are ``of_lists``.
    """
    true = truth(a)
    rows = np.array([vector(codes) for codes, _ in known])
    assert rows @ true == pytest.approx(np.array([n for _, n in known]))
    classes = [codes for codes, _ in known[:of_lists]]
    shown = [dict(some) for codes in classes for n in (0, 1, 2) for some in itertools.combinations(codes.items(), n)]
    wanted = [
        {**codes, name: frozenset({leaf})} for codes in [{}, *shown, *classes] for name in LEAVES if name not in codes
        for leaf in LEAVES[name]
    ]  # fmt: skip
    for codes in {vector(codes).tobytes(): codes for codes in wanted}.values():
        number = float(vector(codes) @ true)
        if 0 < number < 6:
            low, high = bounds(vector(codes), rows, rows @ true)
            least, most = bounds(vector(codes), rows[:of_lists], (rows @ true)[:of_lists])
            assert low <= max(least, 1) + 1e-6, codes
            assert high >= min(most, 6) - 1e-6, codes


def bounds(goal, rows, sums):
    """How few and how many pupils there could be."""
    if not len(rows):
        return 0, np.inf
    found = [linprog(sign * goal, A_eq=rows, b_eq=sums, bounds=(0, None), method="highs") for sign in (1, -1)]
    assert all(each.status == 0 for each in found)
    return found[0].fun, -found[1].fun


def test_the_attacker_finds_what_an_unprotected_table_gives_away():
    """Else it proves nothing: a list by sex, and the girls of each school year, three of whom are in Year 4."""
    a = Authority()
    for k in range(5):
        a.pupils(20, a.school(f"99100{k}"), sex="F", ncyear="1")
        a.pupils(20, f"99100{k}", sex="M", ncyear="2")
    a.pupils(3, "991000", sex="F", ncyear="4")
    question, counts = listed(a, ("sex",))
    assert sorted(counts.values()) == [100, 103]
    cube, hidden = answered(a, [question], {"years": Question("count", "pupils", ("year-group",))})
    known = told(cube, np.zeros_like(hidden), question, counts)
    rows = np.array([vector(codes) for codes, _ in known])
    goal = vector({"year-group": frozenset({"4"})})
    assert bounds(goal, rows, rows @ truth(a)) == pytest.approx((3, 3))
    rows = np.array([vector(codes) for codes, _ in told(cube, hidden, question, counts)])
    low, high = bounds(goal, rows, rows @ truth(a))
    assert high - low >= 5


def test_what_a_list_shows_and_a_table_prints_are_subtracted_first():
    """In two classes sex is not shown, for they hold three boys together: no table by sex gives them back."""
    a = Authority()
    for k in range(5):
        urn = a.school(f"99100{k}")
        for year in "1234":
            a.pupils(10, urn, sex="F", ncyear=year)
            a.pupils(10 if year in "12" else 0, urn, sex="M", ncyear=year)
    for k, year in enumerate("344"):
        a.pupil(f"99100{k}", sex="M", ncyear=year)
    question, counts = listed(a, ("year-group", "sex"))
    shown = {codes: n for codes, n in counts.items() if n}
    fifty = dict.fromkeys(((year, sex) for year in "12" for sex in "FM"), 50)
    assert shown == {**fifty, ("3", "All"): 51, ("4", "All"): 52}
    cube, hidden = answered(a, [question], {"sexes": Question("count", "pupils", ("sex",))})
    (table,) = cube.tables.values()
    assert {row.codes[0] for row in table.rows if hidden[row.counted]} == {"F", "M"}


@pytest.mark.parametrize("columns", [("sex",), ("sen", "sex")])
def test_where_nearly_all_others_are_of_one_class_it_tells_no_least_number_of_the_class(columns):
    """Of 23 boys 18 have no free meals, of 77 girls 2: that 20 have none leaves 3 boys or more who have.

    Five boys have, and it must not follow that it is not one of them alone; nor where the boys are of two classes.
    """
    a = Authority()
    for k in range(5):
        urn = a.school(f"99100{k}")
        for n, sen in ((8, "N"), (7, "K")):
            a.pupils(n, urn, sex="F", fsm6=True, sen_provision=sen)
            a.pupils(1 if k == 0 else 2, urn, sex="M", fsm6=False, sen_provision=sen)
        a.pupil(urn, sex="M", fsm6=True, sen_provision="NNNKK"[k])
        a.pupils(2 if k == 0 else 0, urn, sex="F", fsm6=False)
    question, counts = listed(a, columns)
    boys = {"sex": frozenset("M")}
    assert sum(n for codes, n in counts.items() if codes[-1] == "M") == 23
    cube, hidden = answered(a, [question], {"meals": Question("rate", "fsm6", ())})
    goal, number = vector(boys | {"fsm6": frozenset({"yes"})}), truth(a)
    at_least = []
    for withheld in (np.zeros_like(hidden), hidden):
        rows = np.array([vector(codes) for codes, _ in told(cube, withheld, question, counts)])
        at_least.append(bounds(goal, rows, rows @ number)[0])
    assert at_least == pytest.approx([3, 0])


RECIPIENTS = st.sampled_from(["cluster:a", "cluster:b", "establishment:990001", "officer:a1"])
TERMS = st.sampled_from(["2025/26-autumn", "2025/26-spring", "2024/25-autumn"])
QUESTIONS = st.sampled_from([list_question(("sex",)), list_question(("sex", "sen"))])
SNAPSHOTS = st.sampled_from([{"census": "a"}, {"census": "b"}])
FAMILIES = st.tuples(RECIPIENTS, TERMS, SNAPSHOTS, QUESTIONS)


@examples(40)
@given(FAMILIES, FAMILIES, st.lists(st.text(min_size=1, max_size=12), min_size=1, unique=True))
def test_references_of_two_recipients_terms_or_lists_have_nothing_in_common(one, other, keys):
    """Neither of the same pupil nor of any two: lists cannot be put together row by row."""
    secret = b"0" * 32
    mine, theirs = ({pseudonym(k, secret=secret, family=family_of(*each)) for k in keys} for each in (one, other))
    assert len(mine) == len(keys)
    assert mine == theirs if one == other else mine.isdisjoint(theirs)


def test_a_reference_needs_the_custodians_secret():
    family = family_of("cluster:a", "2025/26-autumn", {}, list_question(("sex",)))
    assert pseudonym("p1", secret=b"0" * 32, family=family) != pseudonym("p1", secret=b"1" * 32, family=family)


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("sex", "F", "Girls"),
        ("sex", "All", "Not shown"),
        ("year-group", "7|8|9", "Year 7 to Year 9"),
        ("year-group", "N2|R", "Nursery 2 to Reception"),
        ("year-group", "7|9", "Year 7 or Year 9"),
        ("sen", "support|plan", "SEN support or EHC plan"),
        ("absence-band", "persistent-only|severe", "10 % or more"),
        ("fsm6", "no|unknown", "No or Not known"),
    ],
)
def test_values_that_are_put_together_are_said_together(name, code, words):
    assert words_of(ATTRIBUTES[name], code) == words


def test_a_notebook_cannot_say_what_the_rows_of_a_list_show():
    asked = {"t": Question("count", "pupils", ("sex",), classes=(("F",),))}
    with pytest.raises(BadParameters) as caught:
        check_questions(asked, CATEGORIES)
    assert caught.value.faults[0].field == "classes"
