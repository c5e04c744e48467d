"""Cells for what subtracting printed cells leaves: never printed, but to be protected with the rest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from kdsp_lib.analyse.differences import Difference, Flags
from kdsp_lib.analyse.grid import Key
from kdsp_lib.analyse.linking import Row
from kdsp_lib.analyse.membership import Sparse
from kdsp_lib.analyse.trackers import Remainder

Atomic = tuple[int, ...]


@dataclass(frozen=True)
class Leftovers:
    """All cells with their atoms, the leftover ones last; their equations; the cells each leftover lies between."""

    keys: tuple[Key, ...]
    member: Sparse
    rows: tuple[Row, ...]
    between: tuple[tuple[int, ...], ...]

    def marked(self, flags: Flags) -> Flags:
        """Marks of the cells, with those of the leftovers: what is left of a cell is marked as it is."""
        return np.concatenate([flags, np.asarray([flags[whole] for whole, *_ in self.between], dtype=bool)])


def add_leftovers(
    keys: tuple[Key, ...], member: Sparse, pairs: Iterable[Difference], threes: Iterable[Remainder]
) -> Leftovers:
    """One cell more for each new difference or remainder; one with the atoms of a cell that is there is that cell.

    Equations: ``left - right = only left - only right``, and ``whole - one - two = remainder``.
    """
    adding = _Adding(keys, member)
    rows = [adding.pair(pair) for pair in pairs]
    rows += [adding.three(three) for three in threes]
    return Leftovers((*keys, *adding.names), adding.member(), tuple(rows), tuple(adding.between))


class _Adding:
    """Finds the cell of some atoms, or makes it."""

    def __init__(self, keys: tuple[Key, ...], member: Sparse) -> None:
        self.keys, self.known = keys, member
        self.cells: dict[Atomic, int] = {}
        for cell in range(member.shape[0] - 1, -1, -1):
            self.cells[tuple(member.indices[member.indptr[cell] : member.indptr[cell + 1]].tolist())] = cell
        self.fresh: list[Atomic] = []
        self.names: list[Key] = []
        self.between: list[tuple[int, ...]] = []

    def pair(self, pair: Difference) -> Row:
        row = {pair.left: 1, pair.right: -1}
        self._subtract(row, pair.only_left, 1, (pair.left, pair.right))
        self._subtract(row, pair.only_right, -1, (pair.right, pair.left))
        return _without_zeros(row)

    def three(self, three: Remainder) -> Row:
        one, two = three.parts
        row = {three.whole: 1, one: -1, two: -1}
        self._subtract(row, three.atoms, 1, (three.whole, one, two))
        return _without_zeros(row)

    def member(self) -> Sparse:
        if not self.fresh:
            return self.known
        columns = np.asarray([atom for atoms in self.fresh for atom in atoms], dtype=np.int64)
        pointers = np.concatenate(([0], np.cumsum([len(atoms) for atoms in self.fresh])))
        shape = (len(self.fresh), self.known.shape[1])
        more = sparse.csr_matrix((np.ones(len(columns), dtype=np.int64), columns, pointers), shape=shape)
        return sparse.vstack((self.known, more), format="csr")

    def _subtract(self, row: Row, atoms: Atomic, times: int, between: tuple[int, ...]) -> None:
        if not atoms:
            return
        if atoms not in self.cells:
            self.cells[atoms] = len(self.keys) + len(self.fresh)
            self.fresh.append(atoms)
            self.names.append(leftover_key(*(self.keys[cell] for cell in between)))
            self.between.append(between)
        cell = self.cells[atoms]
        row[cell] = row.get(cell, 0) - times


def leftover_key(whole: Key, *less: Key) -> Key:
    """The name of what ``whole`` has beyond the others; no code of any axis is spelled so."""
    return tuple(
        code if all(code == other for other in others) else " \\ ".join((code, *others))
        for code, *others in zip(whole, *less, strict=True)
    )


def _without_zeros(row: Row) -> Row:
    return {cell: coefficient for cell, coefficient in row.items() if coefficient}
