"""The working state of a search for witnesses: what is hidden so far, and the second tables found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from kdsp_lib.protect.box import BOX_SIZES, LAST_RESORT, WHOLE_TABLE, Boxes, boxes_of
from kdsp_lib.protect.change import FIRST_ITERATIONS, HIDDEN_COST, ITERATIONS, TINY, WHOLE, Change, ChangeModel
from kdsp_lib.protect.requirement import SLACK, Requirements, floor_values, requirements
from kdsp_lib.protect.system import Bools, Counters, Floats, Ints, Statistic, System

ZERO_COST = 4.0
BLOCKER_COST = 1e4
ATTEMPTS = ((1, False, False), (1, True, False), (1, True, True), (0, True, True))
"""For each attempt: before which floor, whether zeros may be hidden too, and whether it is worth every step."""


@dataclass(frozen=True, slots=True, eq=False)
class Knowledge:
    """What an attacker knows beyond what is printed: the least value of each cell, and cells it knows outright."""

    least: Floats
    known: Ints | None = None


class Pool:
    """The witnesses of one statistic and which requirements they have met."""

    def __init__(self, system: System, statistic: Statistic) -> None:
        self.statistic = statistic
        self.least = {floor: floor_values(system, statistic, floor) for floor in (0, 1)}
        self.needed: Requirements = requirements(system, statistic)
        self.floor = self.needed.floor.copy()
        self.met = np.zeros(len(self.needed), bool)
        self.changes: list[Change] = []
        self._order = np.argsort(self.needed.cell, kind="stable")
        self._sorted = self.needed.cell[self._order]

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
        holds = [bool((values >= self.least[f][change.cells] - SLACK).all()) for f in (0, 1)]
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


class Search:
    """What is hidden so far, and how to find one more change."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.equations = system.equations.tocsc()
        self.hidden: Bools = (system.primary | system.must_hide | ~system.printable) & ~system.structural
        self.zeros_open = system.zeros == "hidden"
        self.pools = [Pool(system, statistic) for statistic in system.statistics]
        self.counters = Counters()
        self.relies_on_zeros = False
        self._whole: dict[int, ChangeModel] = {}
        self._boxes: Boxes | None = None
        self._box: dict[tuple[int, int], tuple[int, ChangeModel]] = {}

    @property
    def zeros_are_hidden(self) -> bool:
        """Whether an attacker has to reckon with hidden zeros."""
        return bool((self.hidden & self.system.printable & self.system.sampling_zeros).any()) or self.relies_on_zeros

    def cheapest(
        self,
        which: int,
        cell: int,
        side: int,
        amount: float,
        knowledge: Knowledge,
        *,
        open_zeros: bool,
        unblock: bool = False,
        final: bool = False,
        steps: int = FIRST_ITERATIONS,
    ) -> Change | None:
        """The cheapest change for one attacker; ``final`` also looks into larger boxes, where the table needs them.

        ``unblock``: one that also moves what is printed already, and need not be whole: to see what is in the way.
        """
        up, down = self.room(which, knowledge, open_zeros=open_zeros, unblock=unblock)
        cost = self.prices(unblock=unblock)
        steps = ITERATIONS if final else steps
        for model in self._models(which, cell, cost, final):
            change = self.solve(model, cell, side, amount, cost=cost, up=up, down=down, steps=steps, whole=not unblock)
            if change is not None:
                return change
        return None

    def solve(
        self,
        model: ChangeModel,
        cell: int,
        side: int,
        amount: float,
        *,
        cost: Floats,
        up: Floats,
        down: Floats,
        steps: int = ITERATIONS,
        whole: bool = True,
    ) -> Change | None:
        """One programme, counted; side 0 is whichever side is cheaper."""
        before = model.integer_programmes
        found = [
            change
            for way in ((side,) if side else (1, -1))
            if (change := model.cheapest(cell, way, amount, cost=cost, up=up, down=down, steps=steps, whole=whole))
            is not None
        ]
        self.counters = replace(
            self.counters,
            programmes=self.counters.programmes + (1 if side else 2),
            integer_programmes=self.counters.integer_programmes + model.integer_programmes - before,
        )
        return min(found, key=lambda change: self.price(change), default=None)

    def room(
        self, which: int, knowledge: Knowledge, *, open_zeros: bool, unblock: bool = False
    ) -> tuple[Floats, Floats]:
        """How far each cell may rise and fall."""
        system, statistic = self.system, self.system.statistics[which]
        values, fixed = statistic.values, system.structural_in(statistic).copy()
        if not unblock:
            fixed |= system.must_print
        if not open_zeros:
            fixed |= system.sampling_zeros & ~self.hidden
        if knowledge.known is not None:
            fixed[knowledge.known] = True
        up = np.where(fixed, 0.0, np.inf)
        down = np.where(fixed, 0.0, np.maximum(values - knowledge.least, 0.0))
        return up, down

    def prices(self, *, unblock: bool = False) -> Floats:
        """The price of moving each cell by one: next to nothing where it is hidden already."""
        system = self.system
        price = np.where(system.sampling_zeros, system.cost + ZERO_COST, system.cost) + HIDDEN_COST
        price = np.where(self.hidden, HIDDEN_COST, price)
        return np.where(system.must_print, BLOCKER_COST, price) if unblock else price

    def price(self, change: Change) -> float:
        """What hiding the further cells of a change costs."""
        further = change.cells[~self.hidden[change.cells]]
        return float(self.system.cost[further].sum())

    def hide(self, change: Change) -> None:
        """Hide what the change moves."""
        self.hidden[change.cells] = True

    def model_of_hidden(self, which: int) -> ChangeModel:
        """A programme over the cells hidden now, and no others."""
        return ChangeModel(self.equations, np.nonzero(self.hidden)[0], self.system.statistics[which])

    def _models(self, which: int, cell: int, cost: Floats, final: bool) -> Iterator[ChangeModel]:
        if self.system.size > WHOLE_TABLE:
            yield from self._boxed(which, cell, cost, BOX_SIZES if final else BOX_SIZES[:1])
        if self.system.size <= (LAST_RESORT if final else WHOLE_TABLE):
            if which not in self._whole:
                columns = np.arange(self.system.size)
                self._whole[which] = ChangeModel(self.equations, columns, self.system.statistics[which])
            yield self._whole[which]

    def _boxed(self, which: int, cell: int, cost: Floats, sizes: Sequence[int]) -> Iterator[ChangeModel]:
        if self._boxes is None:
            self._boxes = boxes_of(self.system.equations, self.system.codes)
        for size in sizes:
            around, kept = self._box.get((which, size), (-1, None))
            if kept is None or around != cell:
                columns = self._boxes.around(cell, size, cost)
                if kept is None or not np.array_equal(kept.columns, columns):
                    kept = ChangeModel(self.equations, columns, self.system.statistics[which])
                self._box[which, size] = cell, kept
            yield kept
