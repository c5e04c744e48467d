"""Whoever reads the printed tables, and knows their own pupils, works out no small count: by an attack of its own.

The attack shares nothing with the engine. It reads printed tables and their words, states in whole numbers all that may
lie behind them, and asks for the least and the greatest of every population: `scipy.optimize.milp`, not the engine's
programmes. In the smallest worlds every possible authority is listed instead.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import scipy.sparse as sp
from hunting import examples
from hypothesis import assume, example, given
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from kdsp_lib.errors import Disclosive
from kdsp_lib.sdc.edition import protect_tables
from kdsp_lib.sdc.identity import hashes_by_kind, pupil_hashes
from kdsp_lib.sdc.kinds import AskedTable, Kinds
from kdsp_lib.sdc.memory import Method
from kdsp_lib.sdc.rules import Rules

SECRET = bytes(32)
ALL = "All"
UNIT = 5
AXES = (("north", "south"), ("F", "M"), ("yes", "no"))
NAMES = ("area", "sex", "meals")
KINDS = list(product(*AXES))
OWNERS = 4


def _inside(kind, codes):
    return all(code in (ALL, kind[NAMES.index(axis)]) for axis, code in codes)


def _rows(by, where):
    for codes in product(*((ALL, *AXES[NAMES.index(axis)]) for axis in by)):
        yield codes, (*zip(by, codes, strict=True), *where)


def _asked(name, by, where, counted):
    rows = list(_rows(by, where))
    base = np.array([[int(_inside(kind, codes)) for kind in KINDS] for _, codes in rows])
    top = None if counted is None else sp.csr_matrix(base * np.array([_inside(kind, counted) for kind in KINDS]))
    if top is not None:
        top.eliminate_zeros()
    place = where[0][1] if where else ALL
    return AskedTable(name, place, by, tuple(codes for codes, _ in rows), sp.csr_matrix(base), top)


WAYS = [
    (by, where, counted)
    for where in ((), (("area", "north"),), (("area", "south"),))
    for by, counted in (
        ((), None), (("sex",), None), (("meals",), None), (("sex", "meals"), None),
        (("sex",), (("meals", "yes"),)), ((), (("meals", "yes"),)), (("meals",), (("sex", "F"),)),
    )
]  # fmt: skip


@st.composite
def worlds(draw):
    """How many pupils of each kind each controller has, mostly few; and which tables are asked for."""
    number = st.one_of(*[st.just(0)] * 3, st.integers(0, 5), st.integers(0, draw(st.sampled_from([0, 5, 30]))))
    parts = np.array([[draw(number) for _ in range(OWNERS)] for _ in KINDS])
    chosen = draw(st.lists(st.sampled_from(range(len(WAYS))), min_size=1, max_size=6, unique=True))
    return parts, [WAYS[k] for k in sorted(chosen)]


def _kinds(parts):
    pupils = [f"{k} {o} {n}" for k, row in enumerate(parts) for o, size in enumerate(row) for n in range(size)]
    kind = np.repeat(np.arange(len(parts)), parts.sum(axis=1))
    return Kinds(
        parts.sum(axis=1), sp.csr_matrix(parts), hashes_by_kind(pupil_hashes(pupils, SECRET), kind, len(parts))
    )


def _protected(parts, ways):
    asked = [_asked(f"t{k}", *way) for k, way in enumerate(ways)]
    return protect_tables(_kinds(parts), asked, Method(SECRET, Rules())).tables


def _known(tables, ways):
    """What is printed, as sums of kinds between bounds; and every population that is spoken of."""
    sums, low, high, populations = [], [], [], []
    for table, (by, where, counted) in zip(tables, ways, strict=True):
        codes_of = dict(_rows(by, where))
        for row in table.rows:
            base = np.array([float(_inside(kind, codes_of[row.codes])) for kind in KINDS])
            told = [(row.base, base)]
            if counted is not None:
                top = base * [float(_inside(kind, counted)) for kind in KINDS]
                told.append((row.counted, top))
                populations.append(base - top)
            for figure, member in told:
                populations.append(member)
                if isinstance(figure, int):
                    sums.append(member)
                    low.append(max(figure - UNIT + 1, 0))
                    high.append(figure + UNIT - 1)
    return np.array(sums).reshape(-1, len(KINDS)), np.array(low), np.array(high), np.unique(populations, axis=0)


def _range(member, sums, low, high, own):
    """The least and the greatest number of a population, of all authorities that would print so and hold ``own``."""
    found = []
    for sign in (1.0, -1.0):
        ended = milp(
            sign * member,
            integrality=np.ones(len(KINDS)),
            bounds=Bounds(own.astype(float), np.full(len(KINDS), 400.0)),
            constraints=[LinearConstraint(sums, low, high)] if len(sums) else [],
        )
        assert ended.success
        found.append(round(sign * ended.fun))
    return found


def _check(tables, ways, parts):
    """No small count within fewer than five values from outside, nor exactly for any controller."""
    sums, low, high, populations = _known(tables, ways)
    pupils = parts.sum(axis=1)
    for member in populations:
        count = int(member @ pupils)
        if 0 < count < 6:
            least, most = _range(member, sums, low, high, np.zeros(len(KINDS)))
            assert most - least >= 4, "five values are left"
        for owner in range(OWNERS):
            others = count - int(member @ parts[:, owner])
            if 0 < count < 6 or 0 < others < 6:
                least, most = _range(member, sums, low, high, parts[:, owner])
                assert most > least, "a controller knows it exactly"


@examples(20, deadline=None)
@given(worlds())
def test_no_small_count_is_known_nearly_from_outside_or_exactly_by_anybody(world):
    parts, ways = world
    try:
        tables = _protected(parts, ways)
    except Disclosive:
        assume(False)
    _check(tables, ways, parts)


ONE_FIGURE = np.zeros((len(KINDS), OWNERS), np.int64)
"""Found by a hunt: all of one sex have free meals, and to draw these anew moved what was out."""
ONE_FIGURE[[2, 5, 7], 3] = 1


@examples(12, deadline=None)
@example((ONE_FIGURE, [(("sex",), (), None), (("meals",), (), None), (("sex", "meals"), (), None)]))
@given(worlds())
def test_questions_one_after_the_other_beside_an_edition_tell_no_more(world):
    """The first table is the edition; each other is asked beside all that is out, and refused where nothing helps."""
    parts, ways = world
    method, kinds = Method(SECRET, Rules()), _kinds(parts)
    memory, settled, tables, told = None, [], [], []
    for k, way in enumerate(ways):
        asked = _asked(f"t{k}", *way)
        try:
            answer = protect_tables(kinds, [asked], method, memory, settled)
        except Disclosive:
            continue
        if memory is not None:
            assert memory.printed.items() <= answer.memory.printed.items()
        memory = answer.memory
        settled.append(asked)
        tables += answer.tables
        told.append(way)
    if told:
        _check(tables, told, parts)


@examples(8, deadline=None)
@given(worlds())
def test_what_is_withheld_for_few_controllers_is_not_known_within_a_tenth(world):
    parts, ways = world
    try:
        tables = _protected(parts, ways)
    except Disclosive:
        assume(False)
    sums, low, high, _ = _known(tables, ways)
    pupils = parts.sum(axis=1)
    for table, (by, where, _) in zip(tables, ways, strict=True):
        codes_of = dict(_rows(by, where))
        for row in table.rows:
            member = np.array([float(_inside(kind, codes_of[row.codes])) for kind in KINDS])
            count = int(member @ pupils)
            if row.base == "c" and count >= 6 and np.count_nonzero(member @ parts) < 3:
                least, most = _range(member, sums, low, high, np.zeros(len(KINDS)))
                assert least <= 0.9 * count
                assert most >= 1.1 * count


SMALL = [("north", "F", "yes"), ("north", "F", "no"), ("south", "F", "yes"), ("south", "F", "no")]


@examples(15, deadline=None)
@given(st.lists(st.tuples(*[st.sampled_from([0, 0, 1, 2, 4])] * 3), min_size=4, max_size=4))
def test_by_listing_every_authority_that_would_print_the_same(numbers):
    """Four kinds, with 0 to 14 pupils of each in mind: all 50,625 authorities are looked at."""
    parts = np.zeros((len(KINDS), OWNERS), np.int64)
    for kind, row in zip(SMALL, numbers, strict=True):
        parts[KINDS.index(kind), :3] = row
    ways = [((), where, (("meals", "yes"),)) for where in ((), (("area", "north"),))]
    try:
        tables = _protected(parts, ways)
    except Disclosive:
        assume(False)
    sums, low, high, populations = _known(tables, ways)
    places = [KINDS.index(kind) for kind in SMALL]
    every = np.array(list(product(range(15), repeat=4)))
    shown = every @ sums[:, places].T if len(sums) else np.zeros((len(every), 0))
    possible = every[((shown >= low) & (shown <= high)).all(axis=1)]
    truth = parts[places].sum(axis=1)
    assert (possible == truth).all(axis=1).any()
    for member in populations[:, places]:
        found = np.unique(possible @ member)
        if 0 < int(member @ truth) < 6:
            assert len(found) >= 5
            for owner in range(OWNERS):
                theirs = possible[(possible >= parts[places, owner]).all(axis=1)]
                assert len(np.unique(theirs @ member)) >= 2
