"""Changes that move what is hidden anyway, and nothing else: they cost no further cell."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kdsp_lib.protect.box import WHOLE_TABLE
from kdsp_lib.protect.change import FIRST_ITERATIONS, Change
from kdsp_lib.protect.joint import JointModel
from kdsp_lib.protect.search import Knowledge, Search
from kdsp_lib.protect.system import Ints

NONE: Ints = np.zeros(0, np.int64)


class HiddenOnes:
    """The programmes of one statistic over what is hidden: in large tables over a box around a cell, then over all.

    They are made once: what is hidden later is left out, what is printed later does not move.
    """

    def __init__(self, search: Search, which: int) -> None:
        self._search, self._which = search, which
        self.whole = search.model_of_hidden(which)
        self._boxes: dict[int, JointModel] = {}

    def cheapest(
        self, cell: int, side: int, amount: float, knowledge: Knowledge, *, barred: Ints = NONE, far: bool = True
    ) -> Change | None:
        """A change that moves a cell so far to a side, and none of the cells ``barred``; beyond its box if ``far``."""
        search, which = self._search, self._which
        for model in self._around(cell, far):
            columns = model.columns
            movable = (search.hidden | search.unasked[which])[columns] & ~np.isin(columns, barred)
            up, down = (np.where(movable, room, 0.0) for room in search.room(which, knowledge, columns))
            cost = search.prices(which, columns)
            change = search.solve(which, model, cell, side, amount, cost=cost, up=up, down=down, steps=FIRST_ITERATIONS)
            if change is not None:
                return change
        return None

    def _around(self, cell: int, far: bool) -> Iterator[JointModel]:
        is_large = self._search.system.size > WHOLE_TABLE
        if is_large:
            if cell not in self._boxes:
                self._boxes[cell] = self._search.model_of_hidden(self._which, around=cell)
            yield self._boxes[cell]
        if far or not is_large:
            yield self.whole
