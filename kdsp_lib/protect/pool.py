"""The second tables found so far for one statistic, and what they have shown."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from kdsp_lib.protect.change import TINY, WHOLE, Change
from kdsp_lib.protect.requirement import SLACK, Requirements, floor_values, requirements
from kdsp_lib.protect.system import Bools, Floats, Ints, Statistic, System


class Pool:
    """The witnesses of one statistic and which requirements they have met.

    ``floor``: with 0, no attacker is taken to know that zeros are printed.
    """

    def __init__(self, system: System, statistic: Statistic, floor: int = 1) -> None:
        self.statistic = statistic
        self._unasked = system.unasked_in(statistic)
        self.least = {floor: floor_values(system, statistic, floor) for floor in (0, 1)}
        self.needed: Requirements = requirements(system, statistic)
        self.floor = np.where(self._within_reach(system), np.minimum(self.needed.floor, floor), 0)
        self.met = np.zeros(len(self.needed), bool)
        self.changes: list[Change] = []
        self._order = np.argsort(self.needed.cell, kind="stable")
        self._sorted = self.needed.cell[self._order]

    def _within_reach(self, system: System) -> Bools:
        """Whether a figure can fall as far as is required before who knows that zeros are printed.

        A total is at least the sum of the least its parts can be: a 2 that is 1 and 1 cannot fall.
        """
        least = self.least[1].copy()
        parts = -system.equations.minimum(0)
        above = system.equations.maximum(0).tocoo()
        alone = np.bincount(above.row, minlength=parts.shape[0])[above.row] == 1
        rows, totals, times = above.row[alone], above.col[alone], above.data[alone]
        while True:
            implied = least.copy()
            np.maximum.at(implied, totals, (parts @ least)[rows] / times)
            if (implied <= least + SLACK).all():
                break
            least = implied
        needed = self.needed
        falls = np.where(needed.side < 0, needed.amount, 0.0)
        return np.asarray(falls <= self.statistic.values[needed.cell] - least[needed.cell] + SLACK)

    def hides(self, change: Change) -> Ints:
        """The cells that have to be hidden for a change to be a second table: those it moves of which it is told."""
        return change.cells[~self._unasked[change.cells]]

    def matrix(self) -> sp.csc_matrix:
        """All witnesses as columns."""
        size = len(self.statistic.values)
        if not self.changes:
            return sp.csc_matrix((size, 0))
        ends = np.cumsum([0, *(len(change.cells) for change in self.changes)])
        return sp.csc_matrix(
            (
                np.concatenate([change.by for change in self.changes]),
                np.concatenate([change.cells for change in self.changes]),
                ends,
            ),
            shape=(size, len(self.changes)),
        )

    def harvest(self, change: Change) -> None:
        """Keep the multiples of a change, up and down, that meet requirements not yet met."""
        cells, by = change.cells, change.by
        if self.statistic.integer:
            by = by / np.gcd.reduce(np.abs(np.round(by)).astype(np.int64))
        for floor in (1, 0):
            room = self.statistic.values[cells] - self.least[floor][cells]
            for sign in (1.0, -1.0):
                signed = sign * by
                times = self._useful_multiple(cells, signed, self._furthest(cells, signed, room), floor)
                if times > 0:
                    self.keep(Change(cells, times * signed), floor)

    def keep(self, change: Change, floor: int) -> None:
        """Keep a change that respects ``floor`` as it is."""
        self.changes.append(change)
        rows, reach = self._rows_on(change.cells, change.by)
        meets = (reach >= self.needed.amount[rows] - SLACK) & (self.floor[rows] <= floor)
        self.met[rows[meets]] = True

    def rows_shown_by(self, change: Change) -> set[int]:
        """The requirements this change meets as it is."""
        values = self.statistic.values[change.cells] + change.by
        within = bool((values <= self.statistic.most[change.cells] + SLACK).all())
        holds = [within and bool((values >= self.least[f][change.cells] - SLACK).all()) for f in (0, 1)]
        rows, reach = self._rows_on(change.cells, change.by)
        meets = (reach >= self.needed.amount[rows] - SLACK) & np.array(holds)[self.floor[rows]]
        return {int(row) for row in rows[meets]}

    def _rows_on(self, cells: Ints, by: Floats) -> tuple[Ints, Floats]:
        first = np.searchsorted(self._sorted, cells, "left")
        last = np.searchsorted(self._sorted, cells, "right")
        counts = last - first
        starts = np.repeat(first - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
        rows = self._order[starts + np.arange(int(counts.sum()))]
        moved = np.repeat(by, counts)
        side = self.needed.side[rows]
        return rows, np.where(side == 0, np.abs(moved), side * moved)

    def _furthest(self, cells: Ints, by: Floats, room: Floats) -> float:
        falls = by < -TINY
        furthest = float(np.min(room[falls] / -by[falls], initial=np.inf))
        above = (self.statistic.most - self.statistic.values)[cells]
        furthest = float(np.min(above[by > TINY] / by[by > TINY], initial=furthest))
        limits = self.statistic.limits
        if limits is not None:
            known = limits.rows @ self.statistic.values
            step = limits.rows[:, cells] @ by
            rising, falling = step > TINY, step < -TINY
            furthest = min(
                furthest,
                float(np.min((limits.high - known)[rising] / step[rising], initial=np.inf)),
                float(np.min((known - limits.low)[falling] / -step[falling], initial=np.inf)),
            )
        return furthest + WHOLE if self.statistic.integer else furthest

    def _useful_multiple(self, cells: Ints, by: Floats, furthest: float, floor: int) -> float:
        rows, reach = self._rows_on(cells, by)
        open_rows = ~self.met[rows] & (self.floor[rows] <= floor) & (reach > TINY)
        if not open_rows.any():
            return 0.0
        times = self.needed.amount[rows[open_rows]] / reach[open_rows]
        if self.statistic.integer:
            times = np.ceil(times - WHOLE)
        times = times[times <= furthest * (1 + 1e-12)]
        return float(times.max(initial=0.0))
