"""What has to be shown for each primary cell, and what a change vector shows.

Two attackers from outside: one knows that no figure is below zero, or below what is stated of it (floor 0), one that
zeros are printed, so that every hidden count is at least 1 (floor 1).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from kdsp_lib.protect.system import BALANCE, Bools, Floats, Ints, Statistic, System

TOUCH = 1e-9
"""A change smaller than this is none."""
SLACK = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Requirements:
    """One row a thing to be shown: cell, side (+1 above, -1 below, 0 either), by how much, before which floor."""

    cell: Ints
    side: Ints
    amount: Floats
    floor: Ints

    def __len__(self) -> int:
        return len(self.cell)


def floor_values(system: System, statistic: Statistic, floor: int) -> Floats:
    """The least value the attacker of that floor thinks possible in each cell.

    What is never printed would not be printed as a zero either; of what may be below zero, that it is not zero bounds
    nothing.
    """
    least = statistic.least
    if floor == 0:
        return least
    above = np.minimum(statistic.values, 1.0) if statistic.integer else np.where(statistic.values >= 1.0, 1.0, 0.0)
    told = system.printable & ~system.unasked_in(statistic) & ~statistic.signed
    return np.where(told, np.maximum(least, above), least)


def requirements(system: System, statistic: Statistic) -> Requirements:
    """Both sides of each cell primary for this statistic; not exact, for what is hidden for other reasons.

    Of a count what is asked is whole: nothing lies half a pupil off.
    """
    values = statistic.values
    least = floor_values(system, statistic, 1)
    parts: list[tuple[Bools, int, Floats, int]] = []
    own = statistic.primary
    above, below = statistic.upper, statistic.lower
    if statistic.integer:
        above, below = np.ceil(above), np.ceil(below)
    upper = np.minimum(above, statistic.most - values)
    up = own & (upper > 0)
    lower = np.minimum(below, values - statistic.least)
    to_floor = np.minimum(lower, values - least)
    to_zero = own & (lower > to_floor + SLACK)
    down = own & (to_floor > 0)
    parts.append((to_zero, -1, lower, 0))
    parts.append((up, 1, upper, 1))
    parts.append((down, -1, to_floor, 1))
    must_move = system.must_move_in(statistic) & ~system.structural_in(statistic)
    parts.append((must_move & ~(up | down), 0, statistic.inexact, 1))
    cells = [np.nonzero(mask)[0] for mask, _, _, _ in parts]
    return Requirements(
        cell=np.concatenate(cells).astype(np.int64),
        side=np.concatenate([np.full(len(c), side) for c, (_, side, _, _) in zip(cells, parts, strict=True)]),
        amount=np.concatenate([amount[c] for c, (_, _, amount, _) in zip(cells, parts, strict=True)]),
        floor=np.concatenate([np.full(len(c), floor) for c, (_, _, _, floor) in zip(cells, parts, strict=True)]),
    )


def stays_within(statistic: Statistic, changes: sp.csc_matrix, least: Floats) -> Bools:
    """For each change vector, whether no cell leaves what is thought possible: by an attacker who knows the ``least``
    of each, and as everybody does the most.
    """
    owner = np.repeat(np.arange(changes.shape[1]), np.diff(changes.indptr))
    after = statistic.values[changes.indices] + changes.data
    beyond = (after < least[changes.indices] - SLACK) | (after > statistic.most[changes.indices] + SLACK)
    fine = np.ones(changes.shape[1], bool)
    fine[owner[beyond]] = False
    return fine


def is_consistent(system: System, statistic: Statistic, hidden: Bools, changes: sp.csc_matrix) -> Bools:
    """For each change vector, whether it is a second table: sums hold, nothing printed moves, counts stay whole."""
    owner = np.repeat(np.arange(changes.shape[1]), np.diff(changes.indptr))
    wrong = ~np.isfinite(changes.data)
    if wrong.any():
        changes = sp.csc_matrix((np.where(wrong, 0.0, changes.data), changes.indices, changes.indptr), changes.shape)
    moved = np.abs(changes.data) > TOUCH
    fixed = ~(hidden | system.unasked_in(statistic)) | system.fixed_in(statistic)
    wrong |= moved & fixed[changes.indices]
    if statistic.integer:
        wrong |= np.abs(changes.data - np.round(changes.data)) > SLACK
    fine = np.ones(changes.shape[1], bool)
    fine[owner[wrong]] = False
    size = np.zeros(changes.shape[1])
    np.maximum.at(size, owner, np.abs(changes.data))
    if system.equations.shape[0]:
        off = abs(system.equations @ changes).tocsc()
        fine &= np.asarray(off.max(axis=0).todense()).ravel() <= BALANCE * np.maximum(size, 1.0)
    if statistic.limits is not None and changes.shape[1]:
        limits = statistic.limits
        known = (limits.rows @ statistic.values)[:, None] + (limits.rows @ changes).toarray()
        slack = BALANCE * np.maximum(np.abs(known).max(initial=1.0), 1.0)
        fine &= ((known >= limits.low[:, None] - slack) & (known <= limits.high[:, None] + slack)).all(axis=0)
    return fine


def covered(needed: Requirements, changes: sp.csc_matrix, sound: Bools) -> sp.csr_matrix:
    """Requirements x change vectors: 1 where the vector shows it. ``sound`` vectors alone count, at any floor."""
    rows = changes.tocsr()[needed.cell]
    row = np.repeat(np.arange(len(needed)), np.diff(rows.indptr))
    reach = np.where(needed.side[row] == 0, np.abs(rows.data), needed.side[row] * rows.data)
    shown = sound[rows.indices] & (reach >= needed.amount[row] - SLACK)
    return sp.csr_matrix(
        (np.ones(int(shown.sum())), (row[shown], rows.indices[shown])), shape=(len(needed), changes.shape[1])
    )
