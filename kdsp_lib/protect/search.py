"""The working state of a search for witnesses: what is hidden so far, and the second tables found."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from kdsp_lib.protect.box import LAST_RESORT, WHOLE_TABLE, WIDE_BOXES, Boxes, boxes_of
from kdsp_lib.protect.change import FIRST_ITERATIONS, HIDDEN_COST, ITERATIONS, Change, ChangeModel, rows_over
from kdsp_lib.protect.joint import JointModel
from kdsp_lib.protect.pool import Pool
from kdsp_lib.protect.product import MISSING, products_of
from kdsp_lib.protect.system import Bools, Counters, Floats, Ints, System

ZERO_COST = 4.0
BLOCKER_COST = 1e4
FAR = 1e6
PRODUCTS_A_PROGRAMME = 20
"""Looking for so many products takes as long as one programme."""
HIDDEN_BOX = 1_000
"""Of so many cells around a target those that are hidden hold nine changes in ten that all hidden ones do."""
MODELS_KEPT = 150
SCOPES_KEPT = 5_000
"""Neighbouring cells have the same box: its programme is built once."""
ATTEMPTS = ((1, False, False), (1, True, False), (1, True, True), (0, True, True))
"""For each attempt: before which floor, whether zeros may be hidden too, and whether it is worth every step."""
ATTEMPTS_BEYOND = ((1, False, False), (1, False, True), (1, True, True), (0, True, True))
"""The same where the first looks into a box: beyond it there is mostly a change that needs no zero."""


@dataclass(frozen=True, slots=True, eq=False)
class Knowledge:
    """What an attacker knows beyond what is printed: the least value of each cell, and cells it knows outright.

    ``own`` cells hold at least the ``parts`` that it put in itself. All cells are sorted.
    """

    least: Floats
    known: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    own: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    parts: Floats = field(default_factory=lambda: np.zeros(0))


class Search:
    """What is hidden so far, and how to find one more change before attackers of a ``floor``."""

    def __init__(self, system: System, floor: int = 1) -> None:
        self.system = system
        self.equations = system.equations.tocsc()
        self.hidden: Bools = (system.primary | system.must_hide | ~system.printable) & ~system.structural
        self.is_secondary: Bools = ~(self.hidden | system.structural)
        self.pools = [Pool(system, statistic, floor) for statistic in system.statistics]
        self.counters = Counters()
        self.relies_on_zeros = False
        self._zeros = system.sampling_zeros
        self._fixed = [system.fixed_in(statistic) for statistic in system.statistics]
        self.unasked = [system.unasked_in(statistic) for statistic in system.statistics]
        self._price = np.where(self._zeros, system.cost + ZERO_COST, system.cost) + HIDDEN_COST
        self._ranks = self._price + FAR * ~self._roomy()
        self._products = products_of(system.equations, system.codes)
        self._scopes_kept: OrderedDict[tuple[int, int], Ints] = OrderedDict()
        self._models_kept: OrderedDict[tuple[int, bytes], ChangeModel] = OrderedDict()

    def _roomy(self) -> Bools:
        """Cells that can fall as far as any count has to rise: what a box is better filled with."""
        first = self.system.statistics[0]
        if not first.integer:
            return np.ones(self.system.size, bool)
        room = first.values - self.pools[0].least[1]
        return np.asarray(room >= np.max(first.upper[first.primary], initial=0.0))

    @property
    def is_large(self) -> bool:
        """Whether a change that is a product will do, however dear: programmes for all would take too long."""
        return self.system.size > LAST_RESORT

    @property
    def attempts(self) -> tuple[tuple[int, bool, bool], ...]:
        """How to look for a change for a cell, one attempt after the other."""
        return ATTEMPTS_BEYOND if WHOLE_TABLE < self.system.size <= LAST_RESORT else ATTEMPTS

    @property
    def spent(self) -> int:
        """The work so far, in programmes."""
        return self.counters.programmes + self.counters.products // PRODUCTS_A_PROGRAMME

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
        if not unblock:
            product = self._product(which, cell, side, amount, knowledge, open_zeros=open_zeros)
            if product is not None and (self.is_large or self.price(which, product) == 0):
                return product
        steps = ITERATIONS if final else steps
        for scope in self._scopes(cell, final):
            columns = scope[self._movable(which, scope, open_zeros=open_zeros, unblock=unblock)]
            model = self._model(which, columns)
            up, down = self.room(which, knowledge, columns)
            cost = self.prices(which, columns, unblock=unblock)
            change = self.solve(
                which, model, cell, side, amount, cost=cost, up=up, down=down, steps=steps, whole=not unblock
            )
            if change is not None:
                return change
        return None

    def _product(
        self, which: int, cell: int, side: int, amount: float, knowledge: Knowledge, *, open_zeros: bool
    ) -> Change | None:
        """The cheapest change that is a product."""
        if self._products is None or self.system.statistics[which].limits is not None:
            return None
        box = self._products.around(cell)
        if box is None:
            return None
        self.counters = replace(self.counters, products=self.counters.products + 1)
        columns = box.columns
        movable = (columns != MISSING) & self._movable(which, columns, open_zeros=open_zeros, unblock=False)
        up, down = self.room(which, knowledge, columns)
        up, down = np.where(movable, up, -1.0), np.where(movable, down, -1.0)
        cost = self.prices(which, columns)
        found = [
            change
            for way in ((side,) if side else (1, -1))
            if (change := box.cheapest(way, amount, cost=cost, up=up, down=down)) is not None
        ]
        return min(found, key=lambda change: self.price(which, change), default=None)

    def solve(
        self,
        which: int,
        model: ChangeModel | JointModel,
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
        return min(found, key=lambda change: self.price(which, change), default=None)

    def room(self, which: int, knowledge: Knowledge, columns: Ints) -> tuple[Floats, Floats]:
        """How far each of these cells, none of which is fixed, may rise and fall."""
        values = self.system.statistics[which].values[columns]
        up = self.system.statistics[which].most[columns] - values
        least = knowledge.least[columns]
        if len(knowledge.own):
            place, is_own = _among(knowledge.own, columns)
            least = np.where(is_own, np.maximum(least, knowledge.parts[place]), least)
        down = np.maximum(values - least, 0.0)
        if len(knowledge.known):
            _, is_known = _among(knowledge.known, columns)
            up[is_known] = down[is_known] = 0.0
        return up, down

    def prices(self, which: int, columns: Ints, *, unblock: bool = False) -> Floats:
        """The price of moving each of these cells by one: next to nothing where nobody sees it, or it is hidden."""
        unseen = self.hidden[columns] | self.unasked[which][columns]
        price = np.where(unseen, HIDDEN_COST, self._price[columns])
        return np.where(self._fixed[which][columns], BLOCKER_COST, price) if unblock else price

    def further(self, which: int, change: Change) -> Ints:
        """The cells that have to be hidden besides for the sake of a change."""
        cells = self.pools[which].hides(change)
        return cells[~self.hidden[cells]]

    def price(self, which: int, change: Change) -> float:
        """What hiding the further cells of a change costs."""
        return float(self.system.cost[self.further(which, change)].sum())

    def hide(self, which: int, change: Change) -> None:
        """Hide what the change moves and readers are told of."""
        self.hidden[self.pools[which].hides(change)] = True

    def model_of_hidden(self, which: int, around: int | None = None) -> JointModel:
        """A programme over the cells hidden now, and no others; over those in a box ``around`` a cell."""
        cells = np.arange(self.system.size) if around is None else self._box(around, HIDDEN_BOX)
        hidden = cells[(self.hidden | self.unasked[which])[cells]]
        movable = self._movable(which, hidden, open_zeros=False, unblock=False)
        columns, statistic = hidden[movable], self.system.statistics[which]
        return JointModel(rows_over(self.equations, columns, statistic), columns, integer=statistic.integer)

    def _movable(self, which: int, columns: Ints, *, open_zeros: bool, unblock: bool) -> Bools:
        fixed = self.system.structural_in(self.system.statistics[which]) if unblock else self._fixed[which]
        movable = ~fixed[columns]
        return movable if open_zeros else movable & (self.hidden[columns] | ~self._zeros[columns])

    def _model(self, which: int, columns: Ints) -> ChangeModel:
        key = which, columns.tobytes()
        model = self._models_kept.pop(key, None)
        if model is None:
            statistic = self.system.statistics[which]
            model = ChangeModel(rows_over(self.equations, columns, statistic), columns, integer=statistic.integer)
        self._models_kept[key] = model
        if len(self._models_kept) > MODELS_KEPT:
            self._models_kept.popitem(last=False)
        return model

    def _scopes(self, cell: int, final: bool) -> Iterator[Ints]:
        """The cells to look at: all of a small table; a box of a large one, and at last what is beyond that box."""
        size = self.system.size
        if size > WHOLE_TABLE:
            sizes = self._boxes.sizes
            for most in sizes[:1] if not final else sizes[1:] if size > WIDE_BOXES else ():
                yield self._box(cell, most)
        if size <= (LAST_RESORT if final else WHOLE_TABLE):
            yield np.arange(size)

    @cached_property
    def _boxes(self) -> Boxes:
        return boxes_of(self.system.equations, self.system.codes)

    def _box(self, cell: int, size: int) -> Ints:
        columns = self._scopes_kept.pop((cell, size), None)
        if columns is None:
            columns = self._boxes.around(cell, size, self._ranks)
        self._scopes_kept[cell, size] = columns
        if len(self._scopes_kept) > SCOPES_KEPT:
            self._scopes_kept.popitem(last=False)
        return columns


def _among(cells: Ints, columns: Ints) -> tuple[Ints, Bools]:
    """Where each of the columns is among the cells, and whether it is."""
    place = np.minimum(np.searchsorted(cells, columns), len(cells) - 1)
    return place, cells[place] == columns
