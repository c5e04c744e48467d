"""What programmes leave of figures that sums tie in rings, where handing on bounds does not settle them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from kdsp_lib.protect.deduction import EPSILON, Deduction, Ties
from kdsp_lib.protect.programme import Programme
from kdsp_lib.protect.system import Bools, Floats, Ints
from kdsp_lib.protect.wide_ring import FAR, WideRing

DRAWS = 6
"""So many pairs of tables are drawn first: a figure that differs between two of them is open."""
FEW = 6
"""Of so few figures each end is looked for at once."""
SEED = 0
WIDE = 200
"""A ring of more figures is looked at in blocks: tables of all of it take too long."""


class Ring:
    """Open figures that hang together (``figures``, sorted), and all ties between them."""

    def __init__(self, figures: Ints, ties: Ties, low: Floats, high: Floats, whole: Bools) -> None:
        self.figures = figures
        self._ties, self._low, self._high, self._whole = ties, low, high, whole
        self._lowest, self._highest = np.full(len(figures), np.inf), np.full(len(figures), -np.inf)

    def draw(self, wanted: Bools, width: Floats) -> Bools:
        """Find tables that agree with all ties until each figure ``wanted`` is seen ``width`` apart, or some times.

        One table has those not yet seen so as high as they go together, with weights at random, one as low. The
        figures around which there are tables: all, or none.
        """
        draw = np.random.default_rng(SEED)
        most = np.where(np.isinf(self._high), self._low + FAR, self._high)
        left = wanted
        for _ in range(DRAWS if len(wanted) > FEW else 1):
            goal = np.where(left, draw.uniform(0.5, 1.5, len(wanted)), draw.uniform(0.0, 1e-3, len(wanted)))
            for side in (1, -1):
                table = self._solve(side * goal, most)
                if table is None:
                    return np.zeros(len(wanted), bool)
                self._see(table)
            left = wanted & ~self.is_open(width)
            if not left.any():
                break
        return np.ones(len(wanted), bool)

    def is_open(self, least_width: Floats) -> Bools:
        """The figures of which two values, so far apart, are seen in the tables found so far."""
        return np.asarray(self._highest - self._lowest >= least_width - EPSILON)

    def ends(self, figure: int, most: float) -> tuple[float, float]:
        """The least and the greatest possible value of one figure, as far as ``most`` above the least.

        A share goes in steps, of one more in its base: where none ends within ``most``, the next is beyond.
        """
        here = int(np.searchsorted(self.figures, figure))
        least = self._end(here, 1, self._high)
        capped = np.where(np.isinf(self._high), self._low + FAR, self._high)
        far = capped[here]
        capped[here] = min(far, least + most)
        greatest = self._end(here, -1, capped)
        if greatest < capped[here] - EPSILON and capped[here] < far:
            capped[here] = far
            greatest = self._end(here, -1, capped)
        return least, greatest

    def _end(self, here: int, side: int, most: Floats) -> float:
        """One end; where no whole table is found at it, one that no whole table is beyond."""
        goal = np.zeros(len(self.figures))
        goal[here] = side
        table = self._programme.best(goal, self._low, most)
        if table is None:
            return float(self._low[here] if side > 0 else most[here])
        end = float(table[here])
        if not self._is_whole(table):
            whole = self._programme.whole(goal, self._low, most, self._whole)
            end, table = (side * whole.bound if np.isfinite(whole.bound) else end), whole.table
        if table is not None:
            self._see(table)
        if not self._whole[here]:
            return end
        return float(np.ceil(end - EPSILON) if side > 0 else np.floor(end + EPSILON))

    def _see(self, table: Floats) -> None:
        if self._is_whole(table):
            self._lowest, self._highest = np.minimum(self._lowest, table), np.maximum(self._highest, table)

    def _is_whole(self, table: Floats) -> bool:
        return bool(np.abs(table - np.round(table))[self._whole].max(initial=0.0) < EPSILON)

    def _solve(self, goal: Floats, most: Floats) -> Floats | None:
        """A table that agrees with all ties; where none is whole within the branches allowed, one that is not."""
        table = self._programme.best(goal, self._low, most)
        if table is None or self._is_whole(table):
            return table
        whole = self._programme.whole(goal, self._low, most, self._whole).table
        return table if whole is None else whole

    @cached_property
    def _programme(self) -> Programme:
        return Programme(self._ties.rows, self._ties.left, self._ties.right)


def rings(ties: Ties, found: Deduction, whole: Bools) -> Iterator[Ring | WideRing]:
    """The figures that bounds leave open, split into those that no tie connects.

    Left out are those of which handing on bounds has found all there is: where ties meet in no ring, and figures are
    added up as they are.
    """
    open_ones = np.nonzero(~found.settled)[0]
    kept = np.nonzero(~found.broken)[0]
    known = ties.rows[kept] @ np.where(found.settled, found.low, 0.0)
    columns = ties.rows[kept][:, open_ones].tocsr()
    used = np.diff(columns.indptr) > 0
    columns = columns[used]
    if not columns.nnz:
        return
    rounding = EPSILON * np.maximum(1.0, np.asarray(abs(columns).sum(axis=1)).ravel()) / 10
    left, right = (ties.left[kept] - known)[used] - rounding, (ties.right[kept] - known)[used] + rounding
    from scipy.sparse.csgraph import connected_components

    graph = sp.bmat([[None, columns], [columns.T, None]], format="csr")
    number, label = connected_components(graph, directed=False)
    of_row, of_figure = label[: columns.shape[0]], label[columns.shape[0] :]
    nodes, edges = np.bincount(label, minlength=number), np.bincount(of_row, np.diff(columns.indptr), minlength=number)
    scaled = np.bincount(np.repeat(of_row, np.diff(columns.indptr)), np.abs(columns.data) != 1, minlength=number)
    for ring in np.nonzero((edges + 1 > nodes) | (scaled > 0))[0]:
        mine, rows = np.nonzero(of_figure == ring)[0], np.nonzero(of_row == ring)[0]
        figures = open_ones[mine]
        of = Ties(columns[rows][:, mine].tocsr(), left[rows], right[rows])
        kind = Ring if len(figures) <= WIDE else WideRing
        yield kind(figures, of, found.low[figures], found.high[figures], whole[figures])
