"""The equations of a cube as rows of coefficients, and as one matrix."""

from __future__ import annotations

import heapq
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt
from scipy import sparse

from kdsp_lib.analyse.closing import Sum
from kdsp_lib.analyse.grid import Key
from kdsp_lib.analyse.membership import Sparse

Flags = npt.NDArray[np.bool_]

_PRIME = (1 << 61) - 1

Row = dict[int, int]
"""One equation: coefficients by cell; their sum over the cells' counts is 0."""


def sum_rows(sums: tuple[Sum, ...], index: Mapping[Key, int]) -> list[Row]:
    """One row a sum: the total less its parts."""
    return [{index[s.total]: 1, **{index[part]: -1 for part in s.parts}} for s in sums]


def equation_matrix(rows: list[Row], cells: int) -> Sparse:
    """The rows as one sparse matrix, in order, without those that follow from the rows before them."""
    basis = Basis(rows)
    kept = basis.rows
    pointers = np.concatenate(([0], np.cumsum([len(row) for row in kept]))).astype(np.int64)
    columns = np.asarray([cell for row in kept for cell in row], dtype=np.int64)
    values = np.asarray([c for row in kept for c in row.values()], dtype=np.int64)
    matrix = sparse.csr_matrix((values, columns, pointers), shape=(len(kept), cells))
    matrix.sort_indices()
    return matrix


def following(known: Flags, rows: Iterable[Row]) -> Flags:
    """The cells known, with all that follow from them one row after the other: a row's one cell that is not known."""
    found, lacking, through = known.copy(), dict[int, set[int]](), defaultdict[int, list[int]](list)
    for number, row in enumerate(rows):
        lacking[number] = {cell for cell in row if not found[cell]}
        for cell in lacking[number]:
            through[cell].append(number)
    waiting = [cell for cells in lacking.values() if len(cells) == 1 for cell in cells]
    while waiting:
        cell = waiting.pop()
        if found[cell]:
            continue
        found[cell] = True
        for number in through[cell]:
            lacking[number].discard(cell)
            if len(lacking[number]) == 1:
                waiting.extend(lacking[number])
    return found


def implied(rows: Iterable[Row], known: Flags) -> Flags:
    """The cells, known ones among them, that follow from the ``known`` by these rows, however they are added up."""
    basis = Basis({cell: value for cell, value in row.items() if not known[cell]} for row in rows)
    return np.asarray([told or basis.implies({cell: 1}) for cell, told in enumerate(known)], dtype=bool)


class Basis:
    """Rows that each say something new: by elimination over a prime field, so that no rounding decides.

    Whether a further row follows from these is told by figures drawn at random that satisfy them all: a row that does
    not follow holds for them once in the number of the field, which is never.
    """

    def __init__(self, rows: Iterable[Row]) -> None:
        given = list(rows)
        self.rows: list[Row] = []
        self._uses = Counter(cell for row in given for cell in row)
        self._pivots: list[tuple[int, Row]] = []
        self._turns: dict[int, int] = {}
        self._figures: dict[int, int] = {}
        self._draw = random.Random(20100)  # noqa: S311
        for row in given:
            rest = self._reduced(dict(row))
            if rest:
                self.rows.append(row)
                cell = min(rest, key=lambda c: (self._uses[c], c))
                inverse = pow(rest[cell], -1, _PRIME)
                self._turns[cell] = len(self._pivots)
                self._pivots.append((cell, {c: value * inverse % _PRIME for c, value in rest.items()}))

    def implies(self, row: Row) -> bool:
        """Whether a row follows from these."""
        return sum(coefficient * self._figure(cell) for cell, coefficient in row.items()) % _PRIME == 0

    def _figure(self, cell: int) -> int:
        if not self._figures and self._pivots:
            for pivot, found in reversed(self._pivots):
                others = ((c, value) for c, value in found.items() if c != pivot)
                self._figures[pivot] = -sum(value * self._drawn(c) for c, value in others) % _PRIME
        return self._drawn(cell)

    def _drawn(self, cell: int) -> int:
        if cell not in self._figures:
            self._figures[cell] = self._draw.randrange(_PRIME)
        return self._figures[cell]

    def _reduced(self, rest: Row) -> Row:
        """What a row says beyond these.

        A pivot's row holds no pivot before it: so they go in their turn, each once, however they hang together.
        """
        waiting = [self._turns[cell] for cell in rest if cell in self._turns]
        heapq.heapify(waiting)
        while waiting:
            cell, pivot = self._pivots[heapq.heappop(waiting)]
            factor = rest.get(cell, 0)
            if not factor:
                continue
            for other, value in pivot.items():
                changed = (rest.get(other, 0) - factor * value) % _PRIME
                if not changed:
                    rest.pop(other, None)
                    continue
                if other not in rest and other in self._turns:
                    heapq.heappush(waiting, self._turns[other])
                rest[other] = changed
        return rest
