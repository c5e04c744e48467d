"""Fewer hidden cells: leave out spare witnesses, then try each secondary cell once more."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kdsp_lib.protect.change import FEW_ITERATIONS, HIDDEN_COST, Change, ChangeModel
from kdsp_lib.protect.pool import Pool
from kdsp_lib.protect.requirement import covered, respects_floor
from kdsp_lib.protect.search import Knowledge, Search
from kdsp_lib.protect.system import Floats, Ints


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


def _shows(pool: Pool):  # type: ignore[no-untyped-def]
    changes = pool.matrix()
    at_zero = respects_floor(pool.statistic, changes, pool.least[0])
    at_one = respects_floor(pool.statistic, changes, pool.least[1])
    shows_at_zero = covered(pool.needed, changes, at_zero)
    shows_at_one = covered(pool.needed, changes, at_one)
    by_row = np.where(pool.floor == 0, 1.0, 0.0)[:, None]
    return (shows_at_zero.multiply(by_row) + shows_at_one.multiply(1.0 - by_row)).tocsr()


def _hide_only_what_moves(search: Search) -> None:
    system = search.system
    hidden = (system.primary | system.must_hide | ~system.printable) & ~system.structural
    for pool in search.pools:
        for change in pool.changes:
            hidden[change.cells] = True
    search.hidden = hidden


class _Cover:
    """Which witnesses show which requirements of one statistic, and which cells they move."""

    def __init__(self, search: Search, which: int) -> None:
        self.which, self.pool = which, search.pools[which]
        self.model: ChangeModel = search.model_of_hidden(which)
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
        for cell in change.cells:
            self.moved_by.setdefault(int(cell), set()).add(number)

    def drop(self, number: int) -> None:
        for row in self.shows[number]:
            self.shown_by[row].discard(number)
        for cell in self.changes[number].cells:
            self.moved_by[int(cell)].discard(number)
        del self.changes[number]
        self.shows[number] = set()

    def bereft_without(self, cell: int) -> list[int]:
        """The requirements that only witnesses moving this cell show."""
        moving = self.moved_by.get(cell, set())
        rows = {row for number in moving for row in self.shows[number]}
        return sorted(row for row in rows if self.shown_by[row] <= moving)


def reverse_delete(search: Search, budget: int) -> None:
    """Print a secondary cell again wherever all that its witnesses showed can be shown among the other hidden cells.

    Dearest cells first; ``budget`` is the number of programmes.
    """
    if budget <= 0:
        return
    system = search.system
    covers = [_Cover(search, which) for which in range(len(search.pools))]
    secondary = search.hidden & ~system.primary & ~system.must_hide & system.printable
    prices = np.where(search.hidden, HIDDEN_COST, 0.0)
    prices[secondary] = 1.0
    cells = np.nonzero(secondary)[0]
    for cell in cells[np.argsort(-system.cost[cells], kind="stable")]:
        before = search.counters.programmes
        found = _replacements(search, covers, int(cell), prices, budget)
        budget -= search.counters.programmes - before
        if budget <= 0:
            break
        if found is None:
            prices[cell] = HIDDEN_COST
            continue
        for cover, further in zip(covers, found, strict=True):
            for number in sorted(cover.moved_by.get(int(cell), set())):
                cover.drop(number)
            for change in further:
                cover.add(change, _rows_shown(cover, change))
        search.hidden[cell] = False
        search.counters = replace(search.counters, reverse_deleted=search.counters.reverse_deleted + 1)
    for cover in covers:
        cover.pool.changes = [cover.changes[number] for number in sorted(cover.changes)]
    _hide_only_what_moves(search)


def _replacements(
    search: Search, covers: list[_Cover], cell: int, prices: Floats, budget: int
) -> list[list[Change]] | None:
    """For each statistic, witnesses that do without ``cell``; None where there are none."""
    found: list[list[Change]] = []
    spent = search.counters.programmes
    search.hidden[cell] = False
    try:
        for cover in covers:
            further: list[Change] = []
            bereft = set(cover.bereft_without(cell))
            columns = cover.model.columns
            rooms = {
                floor: _room_among_hidden(search, cover.which, least, columns)
                for floor, least in cover.pool.least.items()
            }
            cost = prices[columns]
            while bereft:
                row = min(bereft)
                needed = cover.pool.needed
                up, down = rooms[int(cover.pool.floor[row])]
                change = search.solve(
                    cover.model, int(needed.cell[row]), int(needed.side[row]), float(needed.amount[row]),
                    cost=cost, up=up, down=down, steps=FEW_ITERATIONS,
                )  # fmt: skip
                if change is None or search.counters.programmes - spent > budget:
                    return None
                further.append(change)
                bereft -= _rows_shown(cover, change)
                bereft.discard(row)
            found.append(further)
    finally:
        search.hidden[cell] = True
    return found


def _room_among_hidden(search: Search, which: int, least: Floats, columns: Ints) -> tuple[Floats, Floats]:
    up, down = search.room(which, Knowledge(least), columns)
    hidden = search.hidden[columns]
    return np.where(hidden, up, 0.0), np.where(hidden, down, 0.0)


def _rows_shown(cover: _Cover, change: Change) -> set[int]:
    return cover.pool.rows_shown_by(change)
