"""Which cells a programme looks at: all of a table, or a box around the target.

A change within a box is valid for the whole table, since all outside stays put.
"""

from __future__ import annotations

import itertools
import math
from typing import Protocol

import numpy as np
import scipy.sparse as sp

from kdsp_lib.protect.system import Floats, Ints

WHOLE_TABLE = 5_000
"""Up to this many cells every programme spans the whole table."""
WIDE_BOXES = 20_000
"""Up to this many cells the whole table takes no longer than a wide box, which as often as not has no change."""
LAST_RESORT = 60_000
"""Up to this many cells it may, where no box has a change."""
BOX_SIZES = (1_000, 3_000)
NARROW_SIZES = (300, 3_000)
MANY_DIMENSIONS = 5
"""With so many dimensions a change spreads thinly over a wide box, and hides much."""
FULL = 0.3
"""The least share of the combinations of codes that are cells for a table to count as full."""


class Boxes(Protocol):
    """How to choose the cells around one, and how many at first and at last."""

    @property
    def sizes(self) -> tuple[int, ...]: ...

    def around(self, cell: int, size: int, ranks: Floats) -> Ints:
        """At most about ``size`` cells, sorted, ``cell`` among them; the better ranked where there is a choice."""


def boxes_of(equations: sp.csr_matrix, codes: Ints | None) -> Boxes:
    """By codes where they are known, else by the sums alone."""
    return RingBoxes(equations) if codes is None else CodeBoxes(equations, codes)


class RingBoxes:
    """The target, its siblings and all its ancestors, in every combination; then the rest. Nearest first."""

    def __init__(self, equations: sp.csr_matrix) -> None:
        self._rows = equations
        self._up = _children_of(equations)
        self._any = equations.tocsc()

    @property
    def sizes(self) -> tuple[int, ...]:
        return BOX_SIZES

    def around(self, cell: int, size: int, ranks: Floats) -> Ints:  # noqa: ARG002  (no choice here)
        inside = np.array([cell], dtype=np.int64)
        for leads in (self._up, self._any):
            while len(inside) < size:
                rows = np.unique(leads[:, inside].indices)
                reached = np.union1d(inside, self._rows[rows].indices)
                if len(reached) == len(inside):
                    break
                further = np.setdiff1d(reached, inside)[: size - len(inside)]
                inside = np.asarray(np.union1d(inside, further), dtype=np.int64)
        return inside


class CodeBoxes:
    """For each dimension the target's code, its total and some siblings, in every combination.

    Many small dimensions have too many combinations of siblings for a ring: cut off anywhere it holds no change at
    all, while one sibling a dimension is enough for one.
    """

    def __init__(self, equations: sp.csr_matrix, codes: Ints) -> None:
        self._rows, self._codes = equations, codes
        self._up = _children_of(equations)
        self._down = _parents_of(equations)
        self._widths = codes.max(axis=0) + 1
        self._keys = self._key(codes)
        self._order = np.argsort(self._keys, kind="stable")
        self._sorted = self._keys[self._order]
        self._having: dict[tuple[int, int], Ints] = {}
        self._is_full = len(codes) >= FULL * np.prod(self._widths.astype(float))

    @property
    def sizes(self) -> tuple[int, ...]:
        return NARROW_SIZES if self._is_full and len(self._widths) >= MANY_DIMENSIONS else BOX_SIZES

    def around(self, cell: int, size: int, ranks: Floats) -> Ints:
        waiting = self._candidates(cell, ranks)
        chosen = self._filled(cell, size, waiting) if self._is_full else self._counted(cell, size, waiting)
        keys = self._key(np.stack([mesh.ravel() for mesh in np.meshgrid(*chosen, indexing="ij")], axis=1))
        first = np.searchsorted(self._sorted, keys, "left")
        times = np.searchsorted(self._sorted, keys, "right") - first
        places = np.repeat(first - (np.cumsum(times) - times), times) + np.arange(int(times.sum()))
        return np.unique(self._order[places]).astype(np.int64)

    def _filled(self, cell: int, size: int, waiting: list[list[int]]) -> list[list[int]]:
        """The codes of each dimension, where every combination is a cell."""
        chosen: list[list[int]] = [[int(code)] for code in self._codes[cell]]
        growing = list(range(len(waiting)))
        for step in itertools.count():
            growing = [dim for dim in growing if step < len(waiting[dim])]
            if not growing:
                break
            for dim in growing.copy():
                others = math.prod(len(codes) for at, codes in enumerate(chosen) if at != dim)
                if others * (len(chosen[dim]) + 1) <= size:
                    chosen[dim].append(waiting[dim][step])
                else:
                    growing.remove(dim)  # the others only grow, so there is no room for it later
        return chosen

    def _counted(self, cell: int, size: int, waiting: list[list[int]]) -> list[list[int]]:
        """The same where few combinations are cells, as in linked tables: those that are there are counted."""
        chosen: list[list[int]] = [[int(code)] for code in self._codes[cell]]
        outside = (self._codes != self._codes[cell]).sum(axis=1)
        count = 1
        for step in range(max(map(len, waiting))):
            for dim, codes in enumerate(waiting):
                if step < len(codes) and count < size:
                    here = self._with_code(dim, codes[step])
                    further = int((outside[here] == 1).sum())
                    if count + further <= size:
                        chosen[dim].append(codes[step])
                        outside[here] -= 1
                        count += further
        return chosen

    def _candidates(self, cell: int, ranks: Floats) -> list[list[int]]:
        """For each dimension the parts, the total above, the siblings by their ranks, then what is above the total.

        A total moves with some part of it, and with nothing else. In linked tables, what is above may be split up in
        dimensions in which the cell is not.
        """
        found: list[list[int]] = [[] for _ in self._widths]
        self._along(self._down, cell, cell, ranks, found)
        level, ancestors = [cell], []
        while level:
            above: list[int] = []
            for child in level:
                parents = self._along(self._up, child, cell, ranks, found)
                above += [parent for parent in parents if parent not in above]
            level = above
            ancestors += above
        if not self._is_full and not all(found):
            others: list[list[int]] = [[] for _ in self._widths]
            for ancestor in ancestors:
                self._along(self._down, ancestor, ancestor, ranks, others)
            found = [codes or more for codes, more in zip(found, others, strict=True)]
        return found

    def _along(self, leads: sp.csc_matrix, start: int, cell: int, ranks: Floats, found: list[list[int]]) -> list[int]:
        """Add the codes in the equations that lead on from ``start``; the totals of these."""
        totals: list[int] = []
        for row in leads.indices[leads.indptr[start] : leads.indptr[start + 1]]:
            here = slice(self._rows.indptr[row], self._rows.indptr[row + 1])
            cells, signs = self._rows.indices[here], self._rows.data[here]
            differs = (self._codes[cells] != self._codes[cell]).sum(axis=1) == 1
            if not differs.any():
                continue
            cells, signs = cells[differs], signs[differs]
            dim = int(np.nonzero(self._codes[cells[0]] != self._codes[cell])[0][0])
            ranked = np.lexsort((cells, ranks[cells], signs < 0))
            codes = [int(code) for code in self._codes[cells[ranked], dim]]
            found[dim] += [code for code in dict.fromkeys(codes) if code not in found[dim]]
            totals += [int(parent) for parent in cells[signs > 0]]
        return totals

    def _with_code(self, dim: int, code: int) -> Ints:
        if (dim, code) not in self._having:
            self._having[dim, code] = np.nonzero(self._codes[:, dim] == code)[0]
        return self._having[dim, code]

    def _key(self, codes: Ints) -> Ints:
        return np.asarray(np.ravel_multi_index(tuple(codes.T), tuple(self._widths)), dtype=np.int64)


def _children_of(equations: sp.csr_matrix) -> sp.csc_matrix:
    """The equations in which each cell is a part; where an equation has no one total, each cell counts as one."""
    children = equations.tocsc(copy=True)
    parents = np.asarray((equations > 0).sum(axis=1)).ravel()
    leads_up = (children.data < 0) | (parents[children.indices] != 1)
    children.data = np.where(leads_up, 1.0, 0.0)
    children.eliminate_zeros()
    return children


def _parents_of(equations: sp.csr_matrix) -> sp.csc_matrix:
    """The equations that have each cell as their only total."""
    parents = (equations > 0).astype(float)
    alone = np.asarray(parents.sum(axis=1)).ravel() == 1
    return sp.csc_matrix(sp.diags(alone.astype(float)) @ parents)
