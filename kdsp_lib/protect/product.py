"""Changes that are products: one move along each dimension, every combination of them; found without a programme.

A move along a dimension keeps its sums: a code rises and a sibling falls, or a code rises with all that is above it; a
code that is split up moves with one part of it, down to the last. The product of such moves keeps every sum of the
table. Most cells of a large table have one that costs little.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import scipy.sparse as sp

from kdsp_lib.protect.change import Change
from kdsp_lib.protect.system import Floats, Ints

SIBLINGS = 16
PARTS = 6
"""So many siblings of a code, and parts of a code that is split up, are tried."""
LARGEST_BOX = 20_000
"""Where the moves touch more cells than this, no product is looked for."""
SPARSEST = 20.0
"""There may be so many combinations of codes for each that is a cell."""
UNIT = 1_000.0
"""Prices are whole multiples of a part of one, so that their sums are the same in any order."""
NEVER = 2.0**40
"""The price of what cannot be."""
ROOT = MISSING = -1
MOVES_KEPT = 30_000


@dataclass(frozen=True, slots=True, eq=False)
class ProductBox:
    """The cells that the moves of one cell touch, an axis a dimension, and these moves: steps along an axis, by row."""

    cells: Ints
    steps: tuple[Floats, ...]

    @property
    def columns(self) -> Ints:
        """The cells as a list; `MISSING` where there is none."""
        return self.cells.ravel()

    def cheapest(self, side: int, amount: float, *, cost: Floats, up: Floats, down: Floats) -> Change | None:
        """The cheapest product that moves the box's own cell by ``amount`` to ``side``; None where there is none.

        ``cost``, ``up`` and ``down`` are for each of the columns: the price of moving it, and how far it may rise and
        fall.
        """
        price = np.round(cost * UNIT)
        rise = np.where(up >= amount, price, NEVER).reshape(self.cells.shape)
        fall = np.where(down >= amount, price, NEVER).reshape(self.cells.shape)
        if side < 0:
            rise, fall = fall, rise
        total, signed = rise + fall, rise - fall
        for steps in self.steps:
            total = np.tensordot(total, np.abs(steps), axes=(0, 1))
            signed = np.tensordot(signed, steps, axes=(0, 1))
        costs = (total + signed) / 2
        best = int(np.argmin(costs))
        if costs.flat[best] >= NEVER:
            return None
        by, used = np.array(side * amount), []
        for steps, row in zip(self.steps, np.unravel_index(best, costs.shape), strict=True):
            used.append(np.nonzero(steps[row])[0])
            by = np.multiply.outer(by, steps[row, used[-1]])
        moved = self.cells[np.ix_(*used)].ravel()
        order = np.argsort(moved)
        return Change(moved[order], by.ravel()[order])


class Products:
    """The moves of a table whose sums follow from one tree of codes a dimension: ``parents`` of each code."""

    def __init__(self, codes: Ints, parents: Sequence[Ints]) -> None:
        self._codes, self._parents = codes, parents
        widths = [len(parent) for parent in parents]
        self._strides = [int(np.prod(widths[at + 1 :])) for at in range(len(widths))]
        self._cell_of = np.full(int(np.prod(widths)), MISSING, np.int64)
        self._cell_of[codes @ np.array(self._strides)] = np.arange(len(codes))
        self._parts = [_parts_of(parent) for parent in parents]
        self._moves = lru_cache(MOVES_KEPT)(self._moves_of)

    @property
    def dimensions(self) -> int:
        return len(self._parents)

    @property
    def has_each_once(self) -> bool:
        """Whether no two cells have the same codes."""
        return int((self._cell_of != MISSING).sum()) == len(self._codes)

    def parts_below(self, at: int) -> Ints:
        """How many cells each cell is the sum of along one dimension."""
        above = self._parents[at][self._codes[:, at]]
        keys = self._codes @ np.array(self._strides) + (above - self._codes[:, at]) * self._strides[at]
        totals = np.where(above == ROOT, MISSING, self._cell_of[keys])
        return np.bincount(totals[totals != MISSING], minlength=len(self._codes))

    def around(self, cell: int) -> ProductBox | None:
        """The moves of one cell; None where they touch too many."""
        moves = [self._moves(at, code) for at, code in enumerate(self._codes[cell].tolist())]
        if np.prod([float(len(codes)) for codes, _ in moves]) > LARGEST_BOX:
            return None
        key = np.zeros((1,) * len(moves), np.int64)
        for at, (codes, _) in enumerate(moves):
            key = key + (codes * self._strides[at]).reshape([-1 if here == at else 1 for here in range(len(moves))])
        return ProductBox(self._cell_of[key], tuple(steps for _, steps in moves))

    def _moves_of(self, at: int, code: int) -> tuple[Ints, Floats]:
        """The codes that the moves of a code along one dimension touch, and these moves, one a row."""
        parent, parts = self._parents[at], self._parts[at]
        above = [code]
        while parent[above[-1]] != ROOT:
            above.append(int(parent[above[-1]]))
        siblings = [other for other in parts[above[1]] if other != code][:SIBLINGS] if len(above) > 1 else []
        ways = [dict.fromkeys(above, 1.0), *({code: 1.0} | dict.fromkeys(_down(parts, s, 0), -1.0) for s in siblings)]
        below = [_down(parts, code, number) for number in range(max(1, min(PARTS, len(parts.get(code, ())))))]
        every = [way | dict.fromkeys(chain, 1.0) for way in ways for chain in below]
        codes = list(dict.fromkeys(other for move in every for other in move))
        steps = np.zeros((len(every), len(codes)))
        for row, move in enumerate(every):
            for other, by in move.items():
                steps[row, codes.index(other)] = by
        return np.array(codes, dtype=np.int64), steps


def products_of(equations: sp.csr_matrix, codes: Ints | None) -> Products | None:
    """The products of a table; None where its sums are not those of one tree of codes a dimension."""
    if codes is None or not equations.nnz:
        return None
    codes = codes.astype(np.int64)
    widths = codes.max(axis=0) + 1
    if np.prod(widths.astype(float)) > SPARSEST * len(codes):
        return None
    rows = np.repeat(np.arange(equations.shape[0]), np.diff(equations.indptr))
    is_total = equations.data > 0
    totals = np.bincount(rows[is_total], minlength=equations.shape[0])
    alone = np.diff(equations.indptr) < 2  # a sum without parts says that a cell is 0, which no move respects
    if (np.abs(equations.data) != 1).any() or (totals != 1).any() or alone.any():
        return None
    total = np.empty(equations.shape[0], np.int64)
    total[rows[is_total]] = equations.indices[is_total]
    row, part = rows[~is_total], equations.indices[~is_total].astype(np.int64)
    differs = codes[part] != codes[total[row]]
    if (differs.sum(axis=1) != 1).any():
        return None
    dim = differs.argmax(axis=1)
    parents = []
    for at, width in enumerate(widths.tolist()):
        parent, here = np.full(width, ROOT, np.int64), dim == at
        parent[codes[part[here], at]] = codes[total[row[here]], at]
        if (parent[codes[part[here], at]] != codes[total[row[here]], at]).any() or _turns_back(parent):
            return None
        parents.append(parent)
    products = Products(codes, parents)
    return products if _are_whole(products, total, row, dim) else None


def _are_whole(products: Products, total: Ints, row: Ints, dim: Ints) -> bool:
    """Whether no two cells have the same codes, and every sum is that of all the cells below its total."""
    if not products.has_each_once:
        return False
    along = np.zeros(len(total), np.int64)
    along[row] = dim
    if (along[row] != dim).any():
        return False
    below = np.stack([products.parts_below(at) for at in range(products.dimensions)])
    return bool((np.bincount(row, minlength=len(total)) == below[along, total]).all())


def _turns_back(parent: Ints) -> bool:
    """Whether a code is above itself."""
    above = parent.copy()
    for _ in range(len(parent)):
        if (above == ROOT).all():
            return False
        above = np.where(above == ROOT, ROOT, parent[above])
    return True


def _parts_of(parent: Ints) -> Mapping[int, list[int]]:
    parts: dict[int, list[int]] = {}
    for code, above in enumerate(parent.tolist()):
        if above != ROOT:
            parts.setdefault(above, []).append(code)
    return parts


def _down(parts: Mapping[int, list[int]], code: int, number: int) -> list[int]:
    """A code, the part of it with this number, and a part of that, down to one that is not split up."""
    chain = [code]
    while chain[-1] in parts:
        below = parts[chain[-1]]
        chain.append(below[number % len(below)])
    return chain
