"""A programme over cells many of which can only move together.

Once most of a table is printed, most sums are left with few cells that may move. Where there are two, each moves as far
as the other; so do all that such pairs connect. One column for them all in place of one each makes a programme of half
the size, and more of its answers are whole.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from kdsp_lib.protect.change import Change, ChangeModel, Rows
from kdsp_lib.protect.system import Floats, Ints


class JointModel:
    """`ChangeModel` over ``columns`` with a column for each class of cells that move together.

    ``of`` is the class of each of the columns, ``way`` 1 or -1 as it rises or falls with its class, 0 where it cannot
    move at all.
    """

    def __init__(self, rows: Rows, columns: Ints, *, integer: bool) -> None:
        self.columns = columns
        self.of, self.way = _classes(rows)
        self.number = int(self.of.max(initial=-1)) + 1
        joined = sp.csr_matrix((self.way, (np.arange(len(columns)), self.of)), shape=(len(columns), self.number))
        self._model = ChangeModel(
            _distinct(Rows(rows.matrix @ joined, rows.low, rows.high)), np.arange(self.number), integer=integer
        )

    @property
    def integer_programmes(self) -> int:
        """None: a change that is not whole is none here."""
        return self._model.integer_programmes

    def cheapest(
        self,
        cell: int,
        side: int,
        amount: float,
        *,
        cost: Floats,
        up: Floats,
        down: Floats,
        steps: int,
        whole: bool = True,
    ) -> Change | None:
        """As `ChangeModel.cheapest`, with prices and room for each of the columns; but no integer programme looks."""
        place = int(np.searchsorted(self.columns, cell))
        if place == len(self.columns) or self.columns[place] != cell or not self.way[place]:
            return None
        rise, fall = np.full(self.number, np.inf), np.full(self.number, np.inf)
        np.minimum.at(rise, self.of, np.where(self.way > 0, up, np.where(self.way < 0, down, 0.0)))
        np.minimum.at(fall, self.of, np.where(self.way > 0, down, np.where(self.way < 0, up, 0.0)))
        found = self._model.cheapest(
            int(self.of[place]),
            side * int(self.way[place]),
            amount,
            cost=np.bincount(self.of, cost, self.number).astype(np.float64),
            up=rise,
            down=fall,
            steps=steps,
            whole=whole,
            hasty=True,
        )
        if found is None:
            return None
        by = np.zeros(self.number)
        by[found.cells] = found.by
        moved = self.way * by[self.of]
        return Change(self.columns[moved != 0], moved[moved != 0])


def _classes(rows: Rows) -> tuple[Ints, Floats]:
    """The class of each column, and which way it moves with it: put together until no sum has just two left."""
    width = rows.matrix.shape[1]
    of, way = np.arange(width), np.ones(width)
    sums = rows.matrix[(rows.low == 0) & (rows.high == 0)]
    while True:
        sums.eliminate_zeros()
        pairs = np.flatnonzero(np.diff(sums.indptr) == 2)
        first = sums.indptr[pairs]
        one, other = sums.indices[first], sums.indices[first + 1]
        times, others = sums.data[first], sums.data[first + 1]
        equal = np.abs(times) == np.abs(others)
        if not equal.any():
            return of.astype(np.int64), way
        one, other, alike = one[equal], other[equal], (times * others < 0)[equal]
        number = sums.shape[1]
        # each column stands twice, as it is and turned round: joined to the other as it moves with it
        ends = np.where(alike, other, other + number), np.where(alike, other + number, other)
        ties = sp.csr_matrix(
            (np.ones(2 * len(one)), (np.concatenate([one, one + number]), np.concatenate(ends))),
            shape=(2 * number, 2 * number),
        )
        _, group = connected_components(ties, directed=False)
        straight, turned = group[:number], group[number:]
        _, joined = np.unique(np.minimum(straight, turned), return_inverse=True)
        turn = np.sign(turned - straight).astype(float)  # 0 where a column would move against itself
        way, of = way * turn[of], joined[of]
        sums = (sums @ sp.csr_matrix((turn, (np.arange(number), joined)))).tocsr()


def _distinct(rows: Rows) -> Rows:
    """Without the sums that say nothing, or what another says."""
    matrix = rows.matrix.tocsr()
    matrix.eliminate_zeros()
    matrix.sort_indices()
    kept: dict[object, int] = {}
    for row, (start, end) in enumerate(zip(matrix.indptr[:-1].tolist(), matrix.indptr[1:].tolist(), strict=True)):
        if rows.low[row] != 0 or rows.high[row] != 0:
            kept[row] = row
        elif start < end:
            data = matrix.data[start:end]
            kept.setdefault((matrix.indices[start:end].tobytes(), (data / data[0]).tobytes()), row)
    chosen = list(kept.values())
    return Rows(matrix[chosen], rows.low[chosen], rows.high[chosen])
