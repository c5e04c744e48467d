"""Which cells a programme looks at: all of a table, or a box around the target."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from kdsp_lib.protect.system import Ints

WHOLE_TABLE = 5_000
"""Up to this many cells every programme spans the whole table."""
BOX_SIZES = (1_000, 3_000)


class Boxes:
    """The target, its siblings and all its ancestors, in every combination, nearest first.

    A change within a box is valid for the whole table, since all outside stays put.
    """

    def __init__(self, equations: sp.csr_matrix) -> None:
        self._rows = equations
        children = equations.tocsc(copy=True)
        parents = np.asarray((equations > 0).sum(axis=1)).ravel()
        leads_up = (children.data < 0) | (parents[children.indices] != 1)
        children.data = np.where(leads_up, 1.0, 0.0)
        children.eliminate_zeros()
        self._child_of = children

    def around(self, cell: int, size: int) -> Ints:
        """At most about ``size`` cells, sorted; those of the last ring in cell order."""
        inside = np.array([cell], dtype=np.int64)
        while True:
            rows = np.unique(self._child_of[:, inside].indices)
            reached = np.union1d(inside, self._rows[rows].indices)
            if len(reached) == len(inside):
                return inside
            if len(reached) > size:
                further = np.setdiff1d(reached, inside)[: max(0, size - len(inside))]
                return np.asarray(np.union1d(inside, further), dtype=np.int64)
            inside = reached
