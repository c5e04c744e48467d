"""Changes found without a programme, as products of a move along each dimension."""

import numpy as np
import pytest
import scipy.sparse as sp

from kdsp_lib.model.policy import FLOOR
from kdsp_lib.protect import search as search_module
from kdsp_lib.protect.audit import audit_system
from kdsp_lib.protect.hierarchy import Dimension, equations_of
from kdsp_lib.protect.pattern import protect_system
from kdsp_lib.protect.product import MISSING, products_of
from kdsp_lib.protect.sensitivity import small_counts
from kdsp_lib.protect.system import Statistic, make_system

AREA = Dimension("area", "All", {"All": ("n", "s"), "n": ("n1", "n2"), "s": ("s1", "s2", "s3")})
YEAR = Dimension("year", "All", {"All": ("y1", "y2", "y3")})
CODES = np.stack([index.ravel() for index in np.indices((len(AREA.codes), len(YEAR.codes)))], axis=1)


def cells_of(*kept):
    """The codes of all cells, or of those that are ``kept``."""
    return CODES if not kept else CODES[list(kept)]


def sums_of(codes):
    return equations_of([AREA, YEAR], tuple(codes.T))[0]


@pytest.mark.parametrize("cell", range(len(CODES)))
@pytest.mark.parametrize("side", [1, -1])
def test_a_product_moves_its_cell_and_keeps_every_sum(cell, side):
    sums = sums_of(CODES)
    box = products_of(sums, CODES).around(cell)
    count = len(box.columns)
    there = np.where(box.columns == MISSING, -1.0, 9.0)
    change = box.cheapest(side, 2.0, cost=np.ones(count), up=there, down=there)
    moved = np.zeros(len(CODES))
    moved[change.cells] = change.by
    assert moved[cell] == 2.0 * side
    assert not (sums @ moved).any()


def test_the_cheapest_product_leaves_what_cannot_fall():
    """Of n1 in y1 either n2 or the totals fall with it; n2 is at its least, and so are y2 and y3 of n1."""
    sums = sums_of(CODES)
    cell = int(np.nonzero(([AREA.codes.index("n1"), 1] == CODES).all(axis=1))[0][0])
    box = products_of(sums, CODES).around(cell)
    down = np.full(len(box.columns), 9.0)
    stuck = [
        k for k, c in enumerate(box.columns) if c >= 0 and CODES[c, 0] == AREA.codes.index("n2") and CODES[c, 1] == 1
    ]
    down[stuck] = 0.0
    change = box.cheapest(1, 3.0, cost=np.ones(len(down)), up=np.full(len(down), 9.0), down=down)
    assert change is not None
    assert not set(change.cells.tolist()) & set(box.columns[stuck].tolist())


def test_where_all_is_fixed_there_is_none():
    box = products_of(sums_of(CODES), CODES).around(5)
    fixed = np.full(len(box.columns), -1.0)
    assert box.cheapest(1, 1.0, cost=np.ones(len(fixed)), up=fixed, down=fixed) is None


def test_a_cell_that_is_not_there_does_not_move():
    kept = [number for number in range(len(CODES)) if number != 20]
    codes = cells_of(*kept)
    products = products_of(sums_of(codes), codes)
    assert MISSING in products.around(len(codes) - 1).columns


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda sums: sums.multiply(2.0),
        lambda sums: sp.csr_matrix(sp.vstack([sums, sp.csr_matrix(([1.0, -1.0], ([0, 0], [0, 9])), (1, len(CODES)))])),
        lambda sums: sp.csr_matrix(sums.toarray() * (np.arange(len(CODES)) != 21)),
    ],
)
def test_sums_that_are_not_those_of_the_codes_have_no_products(spoilt):
    assert products_of(sp.csr_matrix(spoilt(sums_of(CODES))), CODES) is None


@pytest.mark.parametrize("seed", range(4))
def test_a_table_protected_by_products_is_safe(seed, monkeypatch):
    monkeypatch.setattr(search_module, "LAST_RESORT", 10)
    random = np.random.default_rng(seed)
    leaves = random.choice([0, 1, 2, 4, 8, 15, 60], (5, 3))
    full = np.zeros((len(AREA.codes), len(YEAR.codes)))
    for place, name in enumerate(["n1", "n2", "s1", "s2", "s3"]):
        full[AREA.codes.index(name), 1:] = leaves[place]
    for total, parts in (("n", ("n1", "n2")), ("s", ("s1", "s2", "s3")), ("All", ("n", "s"))):
        full[AREA.codes.index(total)] = sum(full[AREA.codes.index(part)] for part in parts)
    full[:, 0] = full[:, 1:].sum(axis=1)
    rules = small_counts(full.ravel(), FLOOR.threshold)
    count = Statistic("n", full.ravel(), True, rules.primary, rules.lower, rules.upper)
    system = make_system(sums_of(CODES), [count], codes=CODES)
    pattern = protect_system(system)
    assert pattern.search.products
    assert audit_system(system, pattern.hidden, zeros_hidden=pattern.zeros_hidden).is_safe
