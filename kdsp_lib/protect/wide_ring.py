"""What programmes leave of figures in a ring of very many: one block of neighbours after the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from kdsp_lib.protect.deduction import EPSILON, Ties
from kdsp_lib.protect.programme import Programme
from kdsp_lib.protect.system import Bools, Floats, Ints

BLOCKS = ((200, 50), (300, 100))
"""So many figures are looked at together, and so many of them, those nearest to the first, settled: what lies around
them ties them too. One partition after the other, as what pins a figure may be cut by one of them."""
NEAR = 7
"""Of a tie of more figures, so many are neighbours: a national total would be next to everything."""
DRAWS = 2
"""So many pairs of tables are drawn, before each end of what they leave together is looked for."""
SEED = 0
FAR = 1e6
"""Figures without an upper bound are drawn within so many of their least."""


@dataclass(frozen=True, slots=True, eq=False)
class _Block:
    """Some figures (by their places in the ring, sorted), and what ties them whatever the others are."""

    figures: Ints
    programme: Programme
    least: Floats
    most: Floats

    def table(self, goal: Floats) -> Floats | None:
        """One that has least of a goal; None where no table fits."""
        return self.programme.best(goal, self.least, self.most)

    def end(self, figure: int, side: int) -> float | None:
        """The last value of a figure on one side (-1: the least)."""
        here = int(np.searchsorted(self.figures, figure))
        goal = np.zeros(len(self.figures))
        goal[here] = -side
        table = self.table(goal)
        return None if table is None else float(table[here])


class WideRing:
    """Open figures that hang together, too many for tables of all of them.

    A block of neighbours is looked at as if all other figures could be anything within their bounds. What is so pinned
    is pinned: what is called recovered is certain. What is not may be pinned all the same, by figures farther away, or
    because counts are whole; that goes untold. Shares are told by what handing on the bounds of counts leaves of them.
    """

    def __init__(self, figures: Ints, ties: Ties, low: Floats, high: Floats, whole: Bools) -> None:
        self.figures = figures
        self._ties, self._whole = ties, whole
        self._rows, self._columns = sp.csr_matrix(ties.rows), sp.csc_matrix(ties.rows)
        self._low, self._high = low.copy(), high.copy()
        self._lowest, self._highest = np.full(len(figures), np.inf), np.full(len(figures), -np.inf)
        self._is_tied = whole | (np.diff(self._columns.indptr) > 1)
        """A share that only its count ties says as much by its bounds as in a block."""

    def draw(self, wanted: Bools, width: Floats) -> Bools:
        """Look at blocks until each figure ``wanted`` is seen ``width`` apart in one, or its ends in one are known.

        The figures around which there are tables.
        """
        draw = np.random.default_rng(SEED)
        told = np.ones(len(wanted), bool)
        for size, inner in BLOCKS:
            self._lowest, self._highest = np.full(len(wanted), np.inf), np.full(len(wanted), -np.inf)
            waiting = wanted & told & self._is_tied & (self._high - self._low > EPSILON)
            for first in np.flatnonzero(waiting).tolist():
                if not waiting[first]:
                    continue
                near = self._around(first, size)
                core = near[:inner][waiting[near[:inner]]]
                waiting[core] = False
                told[core] = self._settle(self._block(np.sort(near)), core, width, draw)
        return told

    def is_open(self, width: Floats) -> Bools:
        """The figures of which two values so far apart were seen: of counts, whole ones."""
        return np.asarray(self._inward(self._highest, -1) - self._inward(self._lowest, 1) >= width - EPSILON)

    def ends(self, figure: int, most: float) -> tuple[float, float]:  # noqa: ARG002  (as `Ring.ends` is asked)
        """Between which values a figure is known to lie."""
        here = int(np.searchsorted(self.figures, figure))
        return float(self._low[here]), float(self._high[here])

    def _settle(self, block: _Block, core: Ints, width: Floats, draw: np.random.Generator) -> bool:
        """Draw tables of a block, then look for both ends of the figures of its core that stay together."""
        left = core
        for _ in range(DRAWS):
            goal = draw.uniform(0.0, 1e-3, len(block.figures))
            goal[np.searchsorted(block.figures, left)] = draw.uniform(0.5, 1.5, len(left))
            for side in (1, -1):
                table = block.table(side * goal)
                if table is None:
                    return False
                seen = table[np.searchsorted(block.figures, core)]
                self._lowest[core] = np.minimum(self._lowest[core], seen)
                self._highest[core] = np.maximum(self._highest[core], seen)
            left = left[~self.is_open(width)[left]]
            if not len(left):
                return True
        for figure in left.tolist():
            least, greatest = block.end(figure, -1), block.end(figure, 1)
            if least is not None and greatest is not None:
                self._low[figure], self._high[figure] = max(self._low[figure], least), min(self._high[figure], greatest)
        self._low, self._high = self._inward(self._low, 1), self._inward(self._high, -1)
        return True

    def _inward(self, ends: Floats, side: int) -> Floats:
        """Ends of intervals, those of counts at the next whole number within."""
        return np.where(self._whole, side * np.ceil(side * ends - EPSILON), ends)

    def _around(self, first: int, size: int) -> Ints:
        """The figures nearest to one, by how many ties away they are; of a long tie those that stand nearest to it."""
        near, found, reached = [first], {first}, 0
        while reached < len(near) and len(near) < size:
            figure = near[reached]
            reached += 1
            for tie in self._columns.indices[slice(*self._columns.indptr[figure : figure + 2])].tolist():
                others = self._rows.indices[slice(*self._rows.indptr[tie : tie + 2])]
                if len(others) > NEAR:
                    others = others[np.argsort(np.abs(others - figure), kind="stable")[:NEAR]]
                further = [other for other in others.tolist() if other not in found and self._is_tied[other]]
                near += further
                found.update(further)
        return np.array(near[:size], dtype=np.int64)

    def _block(self, figures: Ints) -> _Block:
        """The ties of some figures, each as wide as the bounds of the other figures in it leave it."""
        rows = np.unique(self._columns[:, figures].indices)
        ties = self._rows[rows]
        within = np.zeros(ties.shape[1], bool)
        within[figures] = True
        row = np.repeat(np.arange(len(rows)), np.diff(ties.indptr))
        others = ~within[ties.indices]
        value, other = ties.data[others], ties.indices[others]
        ends = (
            np.where(value > 0, value * self._low[other], value * self._high[other]),
            np.where(value > 0, value * self._high[other], value * self._low[other]),
        )
        least, most = (np.bincount(row[others], end, minlength=len(rows)) for end in ends)
        low, high = self._ties.left[rows] - most, self._ties.right[rows] - least
        tied = np.isfinite(low) | np.isfinite(high)
        mine = sp.csr_matrix(ties[tied][:, figures])
        limit = np.where(np.isinf(self._high[figures]), self._low[figures] + FAR, self._high[figures])
        return _Block(figures, Programme(mine, low[tied], high[tied]), self._low[figures], limit)
