"""Further witnesses, for insiders: none may work out a figure, few may work out more than is allowed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import scipy.sparse as sp

from kdsp_lib.protect.change import FEW_ITERATIONS, Change, ChangeModel
from kdsp_lib.protect.insider import Insiders, Pairs, exact_for_insiders, narrow_for_insiders
from kdsp_lib.protect.requirement import SLACK, is_consistent
from kdsp_lib.protect.search import ATTEMPTS, Knowledge, Pool, Search
from kdsp_lib.protect.system import Ints

WIDENING = 0.10
"""Intervals that are too narrow for an insider are widened while that costs at most this share of the hidden cells."""


def protect_from_insiders(search: Search) -> Ints:
    """Find a witness for every insider and every primary cell it could work out; the cells where there is none."""
    failed: list[int] = []
    for which, pool in enumerate(search.pools):
        insiders = Insiders(search.system, pool.statistic)
        pairs = _exact_pairs(search, pool)
        open_pairs = np.ones(len(pairs.cells), bool)
        for number, (cell, owner) in enumerate(zip(pairs.cells, pairs.insiders, strict=True)):
            if not open_pairs[number]:
                continue
            change = _change_for(search, which, insiders, int(cell), int(owner))
            if change is None:
                failed.append(int(cell))
                continue
            search.hide(change)
            pool.changes.append(change)
            search.counters = replace(search.counters, insider_repairs=search.counters.insider_repairs + 1)
            amount = pool.statistic.inexact[pairs.cells]
            open_pairs &= ~_shown(pool, insiders, change, pairs, np.abs(_moves(change, pairs.cells)) >= amount - SLACK)
    return np.unique(np.array(failed, dtype=np.int64))


def widen_for_insiders(search: Search, budget: int) -> int:
    """Widen what insiders can work out, within a budget of programmes; the number of cells still too narrow."""
    allowance = int(WIDENING * search.hidden.sum())
    narrow: set[int] = set()
    for which, pool in enumerate(search.pools):
        insiders = Insiders(search.system, pool.statistic)
        pairs = _narrow_pairs(search, pool)
        open_pairs = np.ones(len(pairs.cells), bool)
        for free in (True, False):
            model = search.model_of_hidden(which) if free else None
            for number in range(len(pairs.cells)):
                if not open_pairs[number] or budget <= 0:
                    continue
                budget -= 1
                change = _wider(search, which, insiders, pairs, number, model)
                if change is None:
                    continue
                further = int((~search.hidden[change.cells]).sum())
                if further > allowance:
                    continue
                allowance -= further
                search.hide(change)
                pool.changes.append(change)
                needed = pool.needed
                moved = needed.side[pairs.rows] * _moves(change, pairs.cells)
                open_pairs &= ~_shown(pool, insiders, change, pairs, moved >= needed.amount[pairs.rows] - SLACK)
        narrow.update(int(cell) for cell in _narrow_pairs(search, pool).cells)
    return len(narrow)


def _exact_pairs(search: Search, pool: Pool) -> Pairs:
    changes = pool.matrix()
    sound = is_consistent(search.system, pool.statistic, search.hidden, changes)
    return exact_for_insiders(search.system, pool.statistic, search.zeros_are_hidden, changes, sound)


def _narrow_pairs(search: Search, pool: Pool) -> Pairs:
    changes = pool.matrix()
    sound = is_consistent(search.system, pool.statistic, search.hidden, changes)
    return narrow_for_insiders(search.system, pool.statistic, search.zeros_are_hidden, changes, sound, pool.needed)


def _change_for(search: Search, which: int, insiders: Insiders, cell: int, owner: int) -> Change | None:
    """First with zeros as they are, then with zeros hidden; a controller may then reckon with hidden zeros itself."""
    amount = float(search.system.statistics[which].inexact[cell])
    for floor, open_zeros, final in ATTEMPTS:
        if floor == 0 and owner >= insiders.controllers:
            break
        knowledge = Knowledge(insiders.least(owner, floor), insiders.known_by(owner))
        zeros = open_zeros or search.zeros_open
        change = search.cheapest(which, cell, 0, amount, knowledge, open_zeros=zeros, final=final)
        if change is not None:
            search.relies_on_zeros |= floor == 0
            return change
    return None


def _wider(
    search: Search, which: int, insiders: Insiders, pairs: Pairs, number: int, model: ChangeModel | None
) -> Change | None:
    needed = search.pools[which].needed
    row, owner = int(pairs.rows[number]), int(pairs.insiders[number])
    cell, side, amount = int(needed.cell[row]), int(needed.side[row]), float(needed.amount[row])
    knowledge = Knowledge(insiders.least(owner, int(needed.floor[row])), insiders.known_by(owner))
    if model is None:
        return search.cheapest(which, cell, side, amount, knowledge, open_zeros=search.zeros_open, steps=FEW_ITERATIONS)
    up, down = search.room(which, knowledge, open_zeros=False)
    return search.solve(model, cell, side, amount, cost=search.prices(), up=up, down=down, steps=FEW_ITERATIONS)


def _moves(change: Change, cells: Ints) -> np.ndarray:
    found = np.minimum(np.searchsorted(change.cells, cells), len(change.cells) - 1)
    return np.where(change.cells[found] == cells, change.by[found], 0.0)


def _shown(pool: Pool, insiders: Insiders, change: Change, pairs: Pairs, reaches: np.ndarray) -> np.ndarray:
    """Which pairs this one change settles."""
    column = sp.csc_matrix((change.by, change.cells, [0, len(change.cells)]), shape=(len(pool.statistic.values), 1))
    refuted = np.asarray(insiders.refutes(column).todense()).ravel() > 0
    least = pool.least[1][change.cells]
    at_one = bool((pool.statistic.values[change.cells] + change.by >= least - SLACK).all())
    floor_fine = at_one | (pairs.insiders < insiders.controllers)
    return np.asarray(reaches & ~refuted[pairs.insiders] & floor_fine)
