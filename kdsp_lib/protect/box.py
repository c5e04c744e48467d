"""Which cells a programme looks at: all of a table, or a box around the target.

A change within a box is valid for the whole table, since all outside stays put.
"""

from __future__ import annotations

import itertools
from typing import Protocol

import numpy as np
import scipy.sparse as sp

from kdsp_lib.protect.system import Floats, Ints

WHOLE_TABLE = 5_000
"""Up to this many cells every programme spans the whole table."""
LAST_RESORT = 60_000
"""Up to this many cells it may, where no box has a change."""
BOX_SIZES = (1_000, 3_000)


class Boxes(Protocol):
    """How to choose the cells around one."""

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
        self._widths = codes.max(axis=0) + 1
        self._keys = self._key(codes)
        self._order = np.argsort(self._keys, kind="stable")

    def around(self, cell: int, size: int, ranks: Floats) -> Ints:
        chosen: list[list[int]] = [[int(code)] for code in self._codes[cell]]
        waiting = self._candidates(cell, ranks)
        for step in itertools.count():
            offers = [(dim, codes[step]) for dim, codes in enumerate(waiting) if step < len(codes)]
            if not offers:
                break
            for dim, code in offers:
                others = np.prod([float(len(codes)) for at, codes in enumerate(chosen) if at != dim])
                if others * (len(chosen[dim]) + 1) <= size:
                    chosen[dim].append(code)
        keys = self._key(np.stack([mesh.ravel() for mesh in np.meshgrid(*chosen, indexing="ij")], axis=1))
        found = np.searchsorted(self._keys[self._order], keys)
        found = self._order[np.minimum(found, len(self._keys) - 1)]
        return np.unique(found[self._keys[found] == keys]).astype(np.int64)

    def _candidates(self, cell: int, ranks: Floats) -> list[list[int]]:
        """For each dimension the total above, then the siblings by their ranks, then what is above the total."""
        found: list[list[int]] = [[] for _ in self._widths]
        level = [cell]
        while level:
            above: list[int] = []
            for child in level:
                for row in self._up.indices[self._up.indptr[child] : self._up.indptr[child + 1]]:
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
                    above += [int(parent) for parent in cells[signs > 0] if parent not in above]
            level = above
        return found

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
