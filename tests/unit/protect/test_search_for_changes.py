"""The cheapest change, the box around a cell, and fewer hidden cells after the first pass."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp
from made_up_tables import Sums

from kdsp_lib.model.policy import FLOOR
from kdsp_lib.protect import box as box_module
from kdsp_lib.protect import search as search_module
from kdsp_lib.protect.audit import audit_system
from kdsp_lib.protect.box import CodeBoxes, RingBoxes
from kdsp_lib.protect.change import ChangeModel, rows_over
from kdsp_lib.protect.hierarchy import Dimension, equations_of
from kdsp_lib.protect.pattern import protect_system
from kdsp_lib.protect.pool import Pool
from kdsp_lib.protect.sensitivity import small_counts
from kdsp_lib.protect.system import Statistic, make_system

GRID = Sums(
    [("r1", ["a", "b", "c"]), ("r2", ["d", "e", "f"]), ("k1", ["a", "d"]), ("k2", ["b", "e"]), ("k3", ["c", "f"])],
    a=3, b=20, c=90, d=50, e=10, f=60,
)  # fmt: skip


def model_of(table, *, integer=True):
    every = np.arange(len(table.names))
    rows = rows_over(sp.csc_matrix(table.equations), every, table.statistic(integer=integer))
    return ChangeModel(rows, every, integer=integer)


def cheapest(table, cell, side, amount, *, cost=None, integer=True, **room):
    size = len(table.names)
    model = model_of(table, integer=integer)
    up = np.full(size, np.inf)
    down = table.values.copy()
    for name, (below, above) in room.items():
        down[table.at(name)], up[table.at(name)] = below, above
    prices = np.ones(size) if cost is None else cost
    found = model.cheapest(table.at(cell), side, amount, cost=prices, up=up, down=down)
    return None if found is None else {table.names[c]: by for c, by in zip(found.cells.tolist(), found.by, strict=True)}


@pytest.mark.parametrize(
    ("dear", "moved"), [("b", {"a": 3, "c": -3, "d": -3, "f": 3}), ("c", {"a": 3, "b": -3, "d": -3, "e": 3})]
)
def test_a_change_keeps_every_sum_moves_far_enough_and_spares_what_is_dear(dear, moved):
    cost = np.ones(len(GRID.names))
    cost[GRID.at(dear)] = 100.0
    totals = dict.fromkeys(("r1", "r2", "k1", "k2", "k3"), (0, 0))
    assert cheapest(GRID, "a", 1, 3.0, cost=cost, **totals) == moved


def test_where_all_else_is_fixed_there_is_none():
    assert cheapest(GRID, "a", 1, 3.0, b=(0, 0), c=(0, 0), r1=(0, 0)) is None


def test_counts_change_by_whole_pupils():
    """2x = y + z, with y and z tied to each other: half a pupil each would do for a magnitude."""
    table = Sums([("t", ["x", "y"])], x=4, y=6)
    table.equations = sp.csr_matrix([[-3.0, 2.0, 0.0]])
    table.values = np.array([4.0, 6.0, 0.0])
    assert cheapest(table, "y", 1, 1.0) == {"x": 2, "y": 3}
    assert cheapest(table, "y", 1, 1.0, integer=False) == {"x": pytest.approx(2 / 3), "y": 1}


def test_a_change_of_many_pupils_is_made_whole_without_an_integer_programme():
    """t = 2x: 245 more of t would be 122.5 of x, and there is no room for twice that; 246 and 123 will do."""
    table = Sums([("t", ["x"])], x=300)
    table.equations, table.values = sp.csr_matrix([[2.0, -1.0]]), np.array([300.0, 600.0])
    model = model_of(table)
    found = model.cheapest(1, 1, 245.0, cost=np.ones(2), up=np.array([200.0, np.inf]), down=table.values)
    assert (found.by.tolist(), model.integer_programmes) == ([123.0, 246.0], 0)


def test_a_box_holds_the_cell_its_siblings_and_all_above():
    area = Dimension("area", "All", {"All": ("n", "s"), "n": ("n1", "n2"), "s": ("s1", "s2")})
    codes = (np.arange(7),)
    equations, _ = equations_of([area], codes)
    names = area.codes
    around = {names[cell] for cell in RingBoxes(equations).around(names.index("n1"), 5, np.ones(7))}
    assert around == {"n1", "n2", "n", "s", "All"}


def test_a_box_has_at_most_about_its_size_and_always_the_cell():
    area = Dimension("area", "All", {"All": tuple(f"s{n}" for n in range(50))})
    equations, _ = equations_of([area], (np.arange(51),))
    around = RingBoxes(equations).around(7, 10, np.ones(51))
    assert 7 in around
    assert len(around) == 10


def random_table(seed):
    random = np.random.default_rng(seed)
    dims = [
        Dimension(name, "All", {"All": tuple(f"{name}{n}" for n in range(size))}) for name, size in (("x", 6), ("y", 5))
    ]
    leaves = random.choice([0, 1, 2, 4, 8, 15, 60], (6, 5))
    full = np.zeros((7, 6))
    full[1:, 1:] = leaves
    full[0], full[:, 0] = full.sum(axis=0), 0
    full[:, 0] = full[:, 1:].sum(axis=1)
    codes = tuple(index.ravel() for index in np.indices((7, 6)))
    equations, _ = equations_of(dims, codes)
    rules = small_counts(full.ravel(), FLOOR.threshold)
    return make_system(equations, [Statistic("n", full.ravel(), True, rules.primary, rules.lower, rules.upper)])


@pytest.mark.parametrize("seed", range(5))
def test_more_effort_never_hides_more(seed):
    system = random_table(seed)
    hidden = [int(protect_system(system, effort=effort).hidden.sum()) for effort in ("quick", "normal", "thorough")]
    assert hidden == sorted(hidden, reverse=True)


@pytest.mark.parametrize("seed", range(3))
def test_a_large_table_is_protected_box_by_box(seed, monkeypatch):
    monkeypatch.setattr(search_module, "WHOLE_TABLE", 10)
    monkeypatch.setattr(box_module, "BOX_SIZES", (15, 40))
    system = random_table(seed)
    pattern = protect_system(system)
    assert audit_system(system, pattern.hidden, zeros_hidden=pattern.zeros_hidden).is_safe


def test_a_box_by_codes_holds_every_combination_and_the_cheaper_siblings():
    """Of nine by nine codes two siblings each: five by five cells are too many, four by four are not."""
    dims = [Dimension(name, "All", {"All": tuple(f"{name}{n}" for n in range(9))}) for name in ("x", "y")]
    codes = tuple(index.ravel() for index in np.indices((10, 10)))
    equations, _ = equations_of(dims, codes)
    prices = np.ones(100)
    prices[[10 * 3 + 2, 10 * 7 + 2, 10 * 1 + 8, 10 * 1 + 9]] = 0.1
    around = CodeBoxes(equations, np.stack(codes, axis=1)).around(12, 16, prices)
    assert {divmod(int(cell), 10) for cell in around} == {(x, y) for x in (0, 1, 3, 7) for y in (0, 2, 8, 9)}


@pytest.mark.parametrize("seed", range(3))
def test_where_zeros_are_hidden_too_less_is_needed(seed):
    printed = random_table(seed)
    hidden = replace(printed, zeros="hidden")
    patterns = [protect_system(system, effort="quick") for system in (hidden, printed)]
    assert patterns[0].hidden.sum() <= patterns[1].hidden.sum()
    assert (patterns[0].hidden & hidden.sampling_zeros).any(), "a release that says so is right"
    assert audit_system(hidden, patterns[0].hidden, zeros_hidden=True).is_safe


def test_where_there_is_no_zero_none_is_said_to_be_hidden():
    table = replace(GRID.system(GRID.statistic()), zeros="hidden")
    pattern = protect_system(table)
    assert not pattern.zeros_hidden
    assert audit_system(table, pattern.hidden, zeros_hidden=False).is_safe


def test_the_box_of_a_total_holds_parts_of_it():
    """Eight by eight codes; the total of x at y = 1 moves with one of its parts, or not at all."""
    dims = [Dimension(name, "All", {"All": tuple(f"{name}{n}" for n in range(8))}) for name in ("x", "y")]
    codes = tuple(index.ravel() for index in np.indices((9, 9)))
    equations, _ = equations_of(dims, codes)
    around = CodeBoxes(equations, np.stack(codes, axis=1)).around(1, 9, np.ones(81))
    assert {divmod(int(cell), 9) for cell in around} == {(x, y) for x in (0, 1, 2) for y in (0, 1, 2)}


def test_a_box_of_linked_tables_follows_a_margin_into_the_other_table():
    """Ten schools by sex, and the area by sex and six years: a school's girls may move with the area's of some year."""
    cells = [(area, sex, year) for area in range(11) for sex in range(3) for year in range(7) if not area or not year]
    sums = [((area, 0, year), [(area, 1, year), (area, 2, year)]) for area, sex, year in cells if sex == 0]
    sums += [((0, sex, 0), [(area, sex, 0) for area in range(1, 11)]) for sex in range(3)]
    sums += [((0, sex, 0), [(0, sex, year) for year in range(1, 7)]) for sex in range(3)]
    rows = np.zeros((len(sums), len(cells)))
    for row, (total, parts) in enumerate(sums):
        rows[row, [cells.index(part) for part in parts]] = -1.0
        rows[row, cells.index(total)] = 1.0
    boxes = CodeBoxes(sp.csr_matrix(rows), np.array(cells))
    around = {cells[cell] for cell in boxes.around(cells.index((4, 1, 0)), 14, np.ones(len(cells)))}
    assert {(4, 1, 0), (0, 1, 0), (0, 1, 1)} <= around
    assert len(around) <= 14


def test_a_box_holds_every_cell_of_its_codes():
    """A margin printed in two tables is two cells of one place, tied to each other: one does not move alone."""
    codes = np.array([[0], [1], [2], [0]])
    sums = sp.csr_matrix([[1.0, -1.0, -1.0, 0.0], [1.0, 0.0, 0.0, -1.0]])
    assert CodeBoxes(sums, codes).around(1, 3, np.ones(4)).tolist() == [0, 1, 2, 3]


def test_a_two_that_is_one_and_one_cannot_fall_where_zeros_are_printed():
    table = Sums({"all": ["girls", "boys"]}, girls=1, boys=1)
    pool = Pool(table.system(table.statistic()), table.statistic())
    falls = pool.needed.side < 0
    floors = dict(zip(pool.needed.cell[falls].tolist(), pool.floor[falls].tolist(), strict=True))
    assert floors[table.at("all")] == 0
