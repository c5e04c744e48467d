"""Further witnesses, for insiders: none may work out a figure, few may work out more than is allowed."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from kdsp_lib.protect.among_hidden import HiddenOnes
from kdsp_lib.protect.box import LAST_RESORT
from kdsp_lib.protect.change import FEW_ITERATIONS, Change
from kdsp_lib.protect.insider import Insiders, Pairs, exact_for_insiders, narrow_for_insiders
from kdsp_lib.protect.pool import Pool
from kdsp_lib.protect.requirement import SLACK, is_consistent
from kdsp_lib.protect.search import Knowledge, Search
from kdsp_lib.protect.system import Floats, Ints

WIDENING = 0.10
"""Intervals that are too narrow for an insider are widened while that costs at most this share of the hidden cells."""


def protect_from_insiders(search: Search) -> Ints:
    """Find a witness for every insider and every primary cell it could work out; the cells where there is none."""
    failed: list[int] = []
    for which, pool in enumerate(search.pools):
        insiders = Insiders(search.system, pool.statistic)
        pairs = _exact_pairs(search, pool, insiders)
        left = _Left(pool, insiders, pairs, search.zeros_are_hidden)
        anyway = cache(insiders.knows_anyway)
        for number, (cell, owner) in enumerate(zip(pairs.cells, pairs.insiders, strict=True)):
            if not left.open[number] or cell in anyway(int(owner)):
                continue
            change = _change_for(search, which, insiders, int(cell), int(owner))
            if change is None:
                failed.append(int(cell))
                continue
            search.hide(which, change)
            pool.changes.append(change)
            search.counters = replace(search.counters, insider_repairs=search.counters.insider_repairs + 1)
            on, moved = left.moved_by(change)
            left.settle(change, on[np.abs(moved) >= pool.statistic.inexact[pairs.cells[on]] - SLACK])
    return np.unique(np.array(failed, dtype=np.int64))


def widen_for_insiders(search: Search, budget: int) -> int:
    """Widen what insiders can work out, within a budget of programmes; the number of cells still too narrow."""
    allowance = int(WIDENING * search.hidden.sum())
    narrow: set[int] = set()
    for which, pool in enumerate(search.pools):
        insiders = Insiders(search.system, pool.statistic)
        pairs, before = _narrow_pairs(search, pool, insiders), len(pool.changes)
        left = _Left(pool, insiders, pairs, search.zeros_are_hidden)
        for free in (True, False):
            hidden = HiddenOnes(search, which) if free and search.system.size <= LAST_RESORT else None
            for number in range(len(pairs.cells) if budget > 0 else 0):
                if not left.open[number] or budget <= 0:
                    continue
                budget -= 1
                change = _wider(search, which, insiders, pairs, number, hidden)
                if change is None:
                    continue
                further = len(search.further(which, change))
                if further > allowance:
                    continue
                allowance -= further
                search.hide(which, change)
                pool.changes.append(change)
                on, moved = left.moved_by(change)
                needed, rows = pool.needed, pairs.rows[on]
                left.settle(change, on[needed.side[rows] * moved >= needed.amount[rows] - SLACK])
        still = pairs if len(pool.changes) == before else _narrow_pairs(search, pool, insiders)
        narrow.update(int(cell) for cell in still.cells)
    return len(narrow)


def _exact_pairs(search: Search, pool: Pool, insiders: Insiders) -> Pairs:
    changes = pool.matrix()
    sound = is_consistent(search.system, pool.statistic, search.hidden, changes)
    return exact_for_insiders(insiders, search.zeros_are_hidden, changes, sound)


def _narrow_pairs(search: Search, pool: Pool, insiders: Insiders) -> Pairs:
    changes = pool.matrix()
    sound = is_consistent(search.system, pool.statistic, search.hidden, changes)
    return narrow_for_insiders(insiders, search.zeros_are_hidden, changes, sound, pool.needed)


def _change_for(search: Search, which: int, insiders: Insiders, cell: int, owner: int) -> Change | None:
    """First with zeros as they are, then with zeros hidden; the insider may then reckon with hidden zeros itself."""
    amount = float(search.system.statistics[which].inexact[cell])
    for floor, open_zeros, final in search.attempts:
        knowledge = _knowledge(search, which, insiders, owner, floor)
        change = search.cheapest(which, cell, 0, amount, knowledge, open_zeros=open_zeros, final=final)
        if change is not None:
            search.relies_on_zeros |= floor == 0
            return change
    return None


def _wider(
    search: Search, which: int, insiders: Insiders, pairs: Pairs, number: int, hidden: HiddenOnes | None
) -> Change | None:
    needed = search.pools[which].needed
    row, owner = int(pairs.rows[number]), int(pairs.insiders[number])
    cell, side, amount = int(needed.cell[row]), int(needed.side[row]), float(needed.amount[row])
    knowledge = _knowledge(search, which, insiders, owner, int(needed.floor[row]))
    if hidden is None:
        return search.cheapest(which, cell, side, amount, knowledge, open_zeros=False, steps=FEW_ITERATIONS)
    return hidden.cheapest(cell, side, amount, knowledge, far=False)


def _knowledge(search: Search, which: int, insiders: Insiders, insider: int, floor: int) -> Knowledge:
    """What an insider knows besides what an outsider of this floor does."""
    return Knowledge(search.pools[which].least[floor], insiders.known_by(insider), *insiders.own(insider))


class _Left:
    """Which pairs of a figure and an insider wait for a witness: perhaps millions, of which a change moves few."""

    def __init__(self, pool: Pool, insiders: Insiders, pairs: Pairs, zeros_hidden: bool) -> None:
        self._pool, self._insiders, self._pairs, self._zeros_hidden = pool, insiders, pairs, zeros_hidden
        self.open = np.ones(len(pairs.cells), bool)
        self._order = np.argsort(pairs.cells, kind="stable")
        self._sorted = pairs.cells[self._order]

    def moved_by(self, change: Change) -> tuple[Ints, Floats]:
        """The pairs whose figure a change moves, and by how much."""
        first = np.searchsorted(self._sorted, change.cells, "left")
        last = np.searchsorted(self._sorted, change.cells, "right")
        spans = [self._order[start:end] for start, end in zip(first, last, strict=True)]
        return np.concatenate(spans).astype(np.int64), np.repeat(change.by, last - first)

    def settle(self, change: Change, reached: Ints) -> None:
        """Close those of the pairs ``reached`` to whose insider this change is a second table."""
        pool, owners = self._pool, self._pairs.insiders[reached]
        refuting = self._insiders.refuting(change.cells, change.by)
        least = pool.least[1][change.cells]
        at_one = bool((pool.statistic.values[change.cells] + change.by >= least - SLACK).all())
        if at_one or self._zeros_hidden:
            self.open[reached[~np.isin(owners, refuting)]] = False
