"""What follows from a few known cells alone, whatever is published of the others."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from kdsp_lib.protect.requirement import SLACK
from kdsp_lib.protect.system import Bools, Floats, Ints, Statistic, System


class Closure:
    """What follows from known ones: the last of a sum, and all parts of a known total that leaves each its least."""

    def __init__(self, system: System, statistic: Statistic) -> None:
        self._structural = system.structural_in(statistic)
        self._values, self._least, self._signed = statistic.values, statistic.least, statistic.signed
        self._sums, self._columns = system.equations, system.equations.tocsc()

    @cached_property
    def known_to_all(self) -> Bools:
        """The cells that everybody knows: structural ones, and what follows from them. To be left as it is."""
        known = self._structural.copy()
        reached = np.arange(self._sums.shape[0])
        while len(reached):
            reached = self._follow(known, reached, np.zeros(0, np.int64), np.zeros(0))
        return known

    def of(self, cells: Ints, own: Ints, parts: Floats) -> Ints:
        """What follows from ``cells``, these among it, for who put ``parts`` into the cells ``own``; sorted.

        Beyond what everybody knows: those cells are not named for each.
        """
        known = self.known_to_all
        found = [cells[~known[cells]]]
        known[found[-1]] = True
        while len(found[-1]):
            rows = np.unique(self._columns.indices[entries(self._columns.indptr, found[-1])])
            found.append(self._follow(known, rows, own, parts, cells_alone=True))
        beyond = np.concatenate(found)
        known[beyond] = False
        return np.union1d(cells, beyond).astype(np.int64)

    def _follow(self, known: Bools, rows: Ints, own: Ints, parts: Floats, *, cells_alone: bool = False) -> Ints:
        """Mark what follows from single sums; give the cells, or the sums to look at next."""
        places = entries(self._sums.indptr, rows)
        row = np.repeat(np.arange(len(rows)), np.diff(self._sums.indptr)[rows])
        cells, signs = self._sums.indices[places], self._sums.data[places]
        unknown = ~known[cells]
        others = np.where(unknown & (signs < 0), -signs * np.maximum(self._beyond(cells, own, parts), 0.0), 0.0)
        left = np.bincount(row, unknown, len(rows))
        totals = np.bincount(row, signs > 0, len(rows))
        unknown_totals = np.bincount(row, unknown & (signs > 0), len(rows))
        settled = (left > 0) & (unknown_totals == 0) & (totals == 1) & (np.bincount(row, others, len(rows)) <= SLACK)
        reached = np.unique(cells[unknown & (settled | (left == 1))[row]]).astype(np.int64)
        known[reached] = True
        return reached if cells_alone else np.unique(self._columns.indices[entries(self._columns.indptr, reached)])

    def _beyond(self, cells: Ints, own: Ints, parts: Floats) -> Floats:
        """What each of the cells holds besides the least that it can, with one's own part in it."""
        least = self._least[cells]
        if len(own):
            place = np.minimum(np.searchsorted(own, cells), len(own) - 1)
            is_own = (own[place] == cells) & ~self._signed[cells]
            least = np.maximum(least, np.where(is_own, parts[place], -np.inf))
        return self._values[cells] - least


def entries(starts: Ints, which: Ints) -> Ints:
    """The places of all entries of some rows (or columns) of a sparse matrix, given where each starts."""
    counts = starts[which + 1] - starts[which]
    before = np.cumsum(counts) - counts
    return np.repeat(starts[which] - before, counts) + np.arange(int(counts.sum()))
