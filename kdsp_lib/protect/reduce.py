"""Fewer hidden cells: leave out spare witnesses, then look anew for those that move each secondary cell."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import scipy.sparse as sp

from kdsp_lib.protect.change import FEW_ITERATIONS, Change
from kdsp_lib.protect.pool import Pool
from kdsp_lib.protect.requirement import covered, stays_within
from kdsp_lib.protect.search import Knowledge, Search
from kdsp_lib.protect.system import Ints

CHEAPER = 1e-6
"""What hides less than this much cheaper is not cheaper."""


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
        matrix = _shows(self.pool).tocsc()
        for number, change in enumerate(self.pool.changes):
            self.add(change, {int(r) for r in matrix.indices[matrix.indptr[number] : matrix.indptr[number + 1]]})

    def add(self, change: Change, rows: set[int]) -> None:
        number = len(self.shows)
        self.changes[number], self.shows[number] = change, rows
        for row in rows:
            self.shown_by[row].add(number)
        for cell in self.pool.hides(change):
            self.moved_by.setdefault(int(cell), set()).add(number)

    def drop(self, number: int) -> None:
        for row in self.shows[number]:
            self.shown_by[row].discard(number)
        for cell in self.pool.hides(self.changes[number]):
            self.moved_by[int(cell)].discard(number)
        del self.changes[number]
        self.shows[number] = set()

    def bereft_without(self, cell: int) -> list[int]:
        """The requirements that only witnesses moving this cell show."""
        moving = self.moved_by.get(cell, set())
        rows = {row for number in moving for row in self.shows[number]}
        return sorted(row for row in rows if self.shown_by[row] <= moving)


def reroute(search: Search, budget: int) -> None:
    """Look anew for all the witnesses that move a secondary cell: others may do with fewer or cheaper ones.

    Dearest cells first; ``budget`` is in programmes.
    """
    if budget <= 0:
        return
    covers = [_Cover(pool) for pool in search.pools]
    end = search.spent + budget
    uses = np.zeros(search.system.size, np.int64)
    for cover in covers:
        for change in cover.changes.values():
            uses[cover.pool.hides(change)] += 1
    cells = np.nonzero(search.hidden & search.is_secondary)[0]
    for cell in cells[np.argsort(-search.system.cost[cells], kind="stable")].tolist():
        if search.spent >= end:
            break
        if search.hidden[cell]:
            _reroute_around(search, covers, uses, cell)
    for cover in covers:
        cover.pool.changes = [cover.changes[number] for number in sorted(cover.changes)]
    _hide_only_what_moves(search)


def _reroute_around(search: Search, covers: list[_Cover], uses: Ints, cell: int) -> None:
    """Print all that only witnesses moving ``cell`` move, and hide what others need, where that is cheaper."""
    system = search.system
    moving = [sorted(cover.moved_by.get(cell, set())) for cover in covers]
    touched = [
        cover.pool.hides(cover.changes[number])
        for cover, numbers in zip(covers, moving, strict=True)
        for number in numbers
    ]
    cells, times = np.unique(np.concatenate(touched), return_counts=True)
    own = cells[(uses[cells] == times) & search.is_secondary[cells]]
    saved = float(system.cost[own].sum()) * (1 - CHEAPER)
    search.hidden[own] = False
    spent = 0.0
    found: list[list[Change]] = [[] for _ in covers]
    for which, cover in enumerate(covers):
        bereft, needed = set(cover.bereft_without(cell)), cover.pool.needed
        while bereft and spent < saved:
            row = min(bereft)
            change = search.cheapest(
                which, int(needed.cell[row]), int(needed.side[row]), float(needed.amount[row]),
                Knowledge(cover.pool.least[int(cover.pool.floor[row])]), open_zeros=False, steps=FEW_ITERATIONS,
            )  # fmt: skip
            spent += np.inf if change is None else search.price(which, change)
            if change is None or spent >= saved:
                break
            search.hide(which, change)
            found[which].append(change)
            bereft -= cover.pool.rows_shown_by(change)
            bereft.discard(row)
    if spent >= saved:
        for cells in (cover.pool.hides(change) for cover, new in zip(covers, found, strict=True) for change in new):
            search.hidden[cells[search.is_secondary[cells] & (uses[cells] == 0)]] = False
        search.hidden[own] = True
        return
    search.counters = replace(search.counters, rerouted=search.counters.rerouted + 1)
    uses[cells] -= times
    for cover, numbers, changes in zip(covers, moving, found, strict=True):
        for number in numbers:
            cover.drop(number)
        for change in changes:
            cover.add(change, cover.pool.rows_shown_by(change))
            uses[cover.pool.hides(change)] += 1
