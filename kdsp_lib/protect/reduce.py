"""Fewer hidden cells: leave out spare witnesses, then print what the table can do without hiding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import scipy.sparse as sp

from kdsp_lib.protect.among_hidden import HiddenOnes
from kdsp_lib.protect.box import LAST_RESORT
from kdsp_lib.protect.change import Change
from kdsp_lib.protect.joint import JointModel
from kdsp_lib.protect.pool import Pool
from kdsp_lib.protect.requirement import covered, stays_within
from kdsp_lib.protect.search import Knowledge, Search
from kdsp_lib.protect.system import Bools, Ints

A_ROUND = 12
"""After so many prints other cells move together, and fewer: programmes over these are shorter."""


def drop_spare_witnesses(search: Search) -> None:
    """Keep the witnesses that are needed, latest dropped first, and hide no cell that none of them moves."""
    for pool in search.pools:
        shows = _shows(pool).tocsc()
        left = np.asarray(shows.sum(axis=1)).ravel()
        kept = []
        for number in reversed(range(len(pool.changes))):
            rows = shows.indices[shows.indptr[number] : shows.indptr[number + 1]]
            if (left[rows] >= 2).all():
                left[rows] -= 1
            else:
                kept.append(number)
        pool.changes = [pool.changes[number] for number in reversed(kept)]
    _hide_only_what_moves(search)


def _shows(pool: Pool) -> sp.csr_matrix:
    changes = pool.matrix()
    at_zero = stays_within(pool.statistic, changes, pool.least[0])
    at_one = stays_within(pool.statistic, changes, pool.least[1])
    shows_at_zero = covered(pool.needed, changes, at_zero)
    shows_at_one = covered(pool.needed, changes, at_one)
    by_row = np.where(pool.floor == 0, 1.0, 0.0)[:, None]
    return (shows_at_zero.multiply(by_row) + shows_at_one.multiply(1.0 - by_row)).tocsr()


def _hide_only_what_moves(search: Search) -> None:
    system = search.system
    hidden = (system.primary | system.must_hide | ~system.printable) & ~system.structural
    for pool in search.pools:
        for change in pool.changes:
            hidden[pool.hides(change)] = True
    search.hidden = hidden


class _Cover:
    """Which witnesses show which requirements of one statistic, and which cells they move."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.shown_by: list[set[int]] = [set() for _ in range(len(self.pool.needed))]
        self.shows: dict[int, set[int]] = {}
        self.moved_by: dict[int, set[int]] = {}
        self.changes: dict[int, Change] = {}
        self._added = 0
        matrix = _shows(self.pool).tocsc()
        for number, change in enumerate(self.pool.changes):
            self.add(change, {int(r) for r in matrix.indices[matrix.indptr[number] : matrix.indptr[number + 1]]})

    def add(self, change: Change, rows: set[int]) -> None:
        number, self._added = self._added, self._added + 1
        self.changes[number], self.shows[number] = change, rows
        for row in rows:
            self.shown_by[row].add(number)
        for cell in self.pool.hides(change).tolist():
            self.moved_by.setdefault(cell, set()).add(number)

    def drop(self, number: int) -> None:
        for row in self.shows.pop(number):
            self.shown_by[row].discard(number)
        for cell in self.pool.hides(self.changes.pop(number)).tolist():
            self.moved_by[cell].discard(number)

    def moving(self, cells: Ints) -> set[int]:
        """The witnesses that move any of these cells."""
        return set[int]().union(*(self.moved_by.get(cell, ()) for cell in cells.tolist()))

    def bereft_without(self, cells: Ints) -> set[int]:
        """The requirements that only witnesses moving these cells show."""
        moving = self.moving(cells)
        rows = {row for number in moving for row in self.shows[number]}
        return {row for row in rows if self.shown_by[row] <= moving}

    def number_bereft(self, cells: Ints) -> Ints:
        """How many requirements each of these cells alone would leave without a witness."""
        changes = list(self.changes.values())
        size, needed = len(self.pool.statistic.values), len(self.pool.needed)
        moves = _pattern([self.pool.hides(change) for change in changes], size).tocsc()[:, cells]
        shows = _pattern([np.array(sorted(rows), np.int64) for rows in self.shows.values()], needed)
        without = (shows.T.tocsr() @ moves).tocsc()
        all_of_them = without.data >= np.bincount(shows.indices, minlength=needed)[without.indices] - 0.5
        owner = np.repeat(np.arange(len(cells)), np.diff(without.indptr))
        return np.bincount(owner[all_of_them], minlength=len(cells)).astype(np.int64)


def _pattern(lines: list[Ints], width: int) -> sp.csr_matrix:
    ends = np.cumsum([0, *map(len, lines)])
    found = np.concatenate([np.zeros(0, np.int64), *lines])
    return sp.csr_matrix((np.ones(len(found)), found, ends), shape=(len(lines), width))


def print_again(search: Search, budget: int) -> None:
    """Print the secondary cells that can be: all that is shown by witnesses moving them, others show that do not.

    The others move hidden cells alone. First come cells that few requirements hang on; those that can only move
    together are printed together. ``budget`` is in programmes.
    """
    if budget <= 0 or search.system.size > LAST_RESORT:
        return
    end = search.spent + budget
    covers = [_Cover(pool) for pool in search.pools]
    kept = np.zeros(search.system.size, bool)
    kept[covers[0].pool.needed.cell] = True
    printed = A_ROUND
    while printed == A_ROUND and search.spent < end:
        programmes, printed = [HiddenOnes(search, which) for which in range(len(covers))], 0
        groups = _groups(search, programmes[0].whole, kept)
        for cells in _those_first_that_little_hangs_on(covers, groups):
            if printed == A_ROUND or search.spent >= end:
                break
            if _is_spared(search, covers, programmes, cells):
                search.hidden[cells] = False
                printed += 1
            else:
                kept[cells] = True
    for cover in covers:
        cover.pool.changes = list(cover.changes.values())
    _hide_only_what_moves(search)


def _groups(search: Search, model: JointModel, kept: Bools) -> list[Ints]:
    """The secondary cells that move together, unless what is ``kept`` hidden moves with them; that is kept too."""
    settled = np.bincount(model.of, kept[model.columns], model.number) > 0
    kept[model.columns[settled[model.of]]] = True
    mine = search.is_secondary[model.columns] & search.hidden[model.columns] & ~settled[model.of]
    of = model.of[mine]
    order = np.argsort(of, kind="stable")
    groups = np.split(model.columns[mine][order], np.flatnonzero(np.diff(of[order])) + 1)
    return [group for group in groups if len(group)]


def _those_first_that_little_hangs_on(covers: list[_Cover], groups: list[Ints]) -> Iterator[Ints]:
    """The groups by how many requirements printing them leaves without a witness, for what is gained."""
    first = np.array([group[0] for group in groups], np.int64)
    bereft = np.sum([cover.number_bereft(first) for cover in covers], axis=0)
    gained = np.array([len(group) for group in groups])
    for place in np.argsort(bereft / gained, kind="stable").tolist():
        yield groups[place]


def _is_spared(search: Search, covers: list[_Cover], programmes: list[HiddenOnes], cells: Ints) -> bool:
    """Whether all can be shown without moving these cells; if so, the witnesses that move them are gone."""
    for cover, over in zip(covers, programmes, strict=True):
        bereft, needed = cover.bereft_without(cells), cover.pool.needed
        while bereft:
            row = max(bereft, key=lambda row: (needed.amount[row], -row))
            knowledge = Knowledge(cover.pool.least[int(cover.pool.floor[row])])
            change = over.cheapest(
                int(needed.cell[row]), int(needed.side[row]), float(needed.amount[row]), knowledge, barred=cells
            )
            if change is None:
                return False
            shown = cover.pool.rows_shown_by(change) | {row}
            cover.add(change, shown)
            bereft -= shown
    for cover in covers:
        for number in cover.moving(cells):
            cover.drop(number)
    search.counters = replace(search.counters, printed_again=search.counters.printed_again + len(cells))
    return True
