"""Attackers from inside: a controller knows its part of every cell, the one pupil of a cell knows that cell.

What an insider can be shown is what moves none of its own cells, all of them at once, and leaves the part of the
others in every other cell at zero or more; in a cell that may be below zero the others may have put in anything.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from kdsp_lib.protect.closure import Closure, entries
from kdsp_lib.protect.requirement import (
    SLACK,
    TOUCH,
    Requirements,
    covered,
    floor_values,
    stays_within,
)
from kdsp_lib.protect.system import Bools, Floats, Ints, Statistic, System

ASKED_AT_ONCE = 5_000
"""With more insiders, what each knows anyway is asked when its turn comes."""


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Requirements (or cells) that no witness shows to some insider: one row a pair."""

    rows: Ints
    cells: Ints
    insiders: Ints


class Insiders:
    """Everyone who knows something from inside about one statistic: controllers first, then single pupils."""

    def __init__(self, system: System, statistic: Statistic) -> None:
        self.system, self.statistic = system, statistic
        size = system.size
        self._parts = (
            sp.csr_matrix((size, 0)) if statistic.contributions is None else sp.csr_matrix(statistic.contributions)
        )
        self._parts.eliminate_zeros()
        self.controllers = self._parts.shape[1]
        owners, numbers = np.unique(system.singles[system.singles >= 0], return_inverse=True)
        cells = np.nonzero(system.singles >= 0)[0]
        pupils = sp.csr_matrix((np.ones(len(cells)), (numbers, cells)), shape=(len(owners), size))
        self.known: sp.csr_matrix = sp.vstack([self._sole_cells(), pupils], format="csr")
        """Insiders x cells: what each knows outright."""
        self._known_in = self.known.tocsc()
        self._parts = sp.csr_matrix(sp.diags_array((~statistic.signed).astype(float)) @ self._parts)
        self._parts.eliminate_zeros()
        self._own = self._parts.tocsc()
        self._anyway = Closure(system, statistic)

    @property
    def count(self) -> int:
        return int(self.known.shape[0])

    @property
    def values(self) -> Floats:
        """The true figures."""
        return self.statistic.values

    def _sole_cells(self) -> sp.csr_matrix:
        parts = self._parts
        alone = np.nonzero(np.diff(parts.indptr) == 1)[0]
        first = parts.indptr[alone]
        whole = np.abs(parts.data[first] - self.statistic.values[alone]) <= SLACK
        alone, first = alone[whole], first[whole]
        return sp.csr_matrix(
            (np.ones(len(alone)), (parts.indices[first], alone)), shape=(self.controllers, parts.shape[0])
        )

    def known_by(self, insider: int) -> Ints:
        """The cells an insider knows outright."""
        start, end = self.known.indptr[insider : insider + 2]
        return np.sort(self.known.indices[start:end]).astype(np.int64)

    def own(self, insider: int) -> tuple[Ints, Floats]:
        """What an insider put in itself, and where that tells that a cell holds no less."""
        if insider >= self.controllers:
            return np.zeros(0, np.int64), np.zeros(0)
        start, end = self._own.indptr[insider : insider + 2]
        order = np.argsort(self._own.indices[start:end])
        return self._own.indices[start:end][order].astype(np.int64), self._own.data[start:end][order]

    def least(self, insider: int, floor: int) -> Floats:
        """The least value of each cell that an insider thinks possible."""
        least = floor_values(self.system, self.statistic, floor)
        cells, parts = self.own(insider)
        least[cells] = np.maximum(least[cells], parts)
        return least

    def refuting(self, cells: Ints, by: Floats) -> Ints:
        """The insiders who know that a change is no second table."""
        touched = np.abs(by) > TOUCH
        knowing = self._known_in.indices[entries(self._known_in.indptr, cells[touched])]
        falls = by < -TOUCH
        found = entries(self._parts.indptr, cells[falls])
        after = np.repeat((self.statistic.values[cells] + by)[falls], np.diff(self._parts.indptr)[cells[falls]])
        left_less = self._parts.indices[found[self._parts.data[found] > after + SLACK]]
        return np.union1d(knowing, left_less).astype(np.int64)

    def refutes(self, changes: sp.csc_matrix) -> sp.csr_matrix:
        """Insiders x change vectors: 1 where the insider knows that it is no second table."""
        touched = changes.copy()
        touched.data = (np.abs(changes.data) > TOUCH).astype(float)
        refuted = (self.known @ touched).tocsr()
        if self.controllers:
            falls = changes.tocoo()
            after = self.statistic.values[falls.row] + falls.data
            most = np.asarray(self._parts.max(axis=1).todense()).ravel()
            deep = (falls.data < -TOUCH) & (after < most[falls.row] - SLACK)
            rows, columns, after = falls.row[deep], falls.col[deep], after[deep]
            parts = self._parts[rows].tocoo()
            over = parts.data > after[parts.row] + SLACK
            refuted = refuted + sp.csr_matrix(
                (np.ones(int(over.sum())), (parts.col[over], columns[parts.row[over]])), shape=refuted.shape
            )
        refuted.data = np.ones_like(refuted.data)
        return refuted.tocsr()

    @property
    def known_to_all(self) -> Bools:
        """What everybody knows, whatever is published."""
        return self._anyway.known_to_all

    def knows_anyway(self, insider: int) -> Ints:
        """What follows from an insider's own cells whatever is published, as cells, beyond what everybody knows.

        A school whose own pupils are all of a group knows every part of that group; so does the one pupil of a cell.
        """
        return self._anyway.of(self.known_by(insider), *self.own(insider))


def exact_for_insiders(insiders: Insiders, zeros_hidden: bool, changes: sp.csc_matrix, sound: Bools) -> Pairs:
    """Primary cells that some insider could work out exactly, as far as the witnesses go."""
    system, statistic = insiders.system, insiders.statistic
    cells = np.nonzero(system.primary_in(statistic))[0]
    either = Requirements(
        cell=cells.astype(np.int64),
        side=np.zeros(len(cells), np.int64),
        amount=statistic.inexact[cells],
        floor=np.ones(len(cells), np.int64),
    )
    return _unshown(insiders, zeros_hidden, changes, sound, either)


def narrow_for_insiders(
    insiders: Insiders, zeros_hidden: bool, changes: sp.csc_matrix, sound: Bools, needed: Requirements
) -> Pairs:
    """Requirements of which some insider can work out that they do not hold, as far as the witnesses go."""
    return _unshown(insiders, zeros_hidden, changes, sound, needed)


def _unshown(
    insiders: Insiders,
    zeros_hidden: bool,
    changes: sp.csc_matrix,
    sound: Bools,
    needed: Requirements,
) -> Pairs:
    system, statistic = insiders.system, insiders.statistic
    if not insiders.count or not len(needed):
        return Pairs(*(np.zeros(0, np.int64) for _ in range(3)))
    refuted = insiders.refutes(changes)
    at_zero = sound & stays_within(statistic, changes, floor_values(system, statistic, 0))
    at_one = sound & stays_within(statistic, changes, floor_values(system, statistic, 1))
    rows, owners = [], []
    for floor, usable in ((1, at_zero if zeros_hidden else at_one), (0, at_zero)):
        which = np.nonzero(needed.floor == floor)[0]
        if len(which):
            row, owner = _pairs_left(covered(_taken(needed, which), changes, usable), refuted)
            rows.append(which[row])
            owners.append(owner)
    row, owner = np.concatenate([*rows, []]).astype(np.int64), np.concatenate([*owners, []]).astype(np.int64)
    return _without_own(insiders, needed, row, owner)


def _taken(needed: Requirements, rows: Ints) -> Requirements:
    return Requirements(needed.cell[rows], needed.side[rows], needed.amount[rows], needed.floor[rows])


def _pairs_left(shows: sp.csr_matrix, refuted: sp.csr_matrix) -> tuple[Ints, Ints]:
    """Pairs all of whose witnesses the insider refutes: as many refuted as there are."""
    there_are = np.asarray(shows.sum(axis=1)).ravel()
    common = (shows @ refuted.T).tocoo()
    all_of_them = common.data >= there_are[common.row] - 0.5
    none = np.nonzero(there_are == 0)[0]
    everyone = np.arange(refuted.shape[0])
    return (
        np.concatenate([common.row[all_of_them], np.repeat(none, len(everyone))]).astype(np.int64),
        np.concatenate([common.col[all_of_them], np.tile(everyone, len(none))]).astype(np.int64),
    )


def _without_own(insiders: Insiders, needed: Requirements, rows: Ints, owners: Ints) -> Pairs:
    """Leave out what insiders know of themselves or as all do; unless they are too many, what they know anyway."""
    kept = np.asarray(insiders.known[owners, needed.cell[rows]]).ravel() == 0 if len(rows) else np.ones(0, bool)
    kept &= ~insiders.known_to_all[needed.cell[rows]]
    if len(np.unique(owners[kept])) <= ASKED_AT_ONCE:
        for owner in np.unique(owners[kept]).tolist():
            mine = np.nonzero(kept & (owners == owner))[0]
            kept[mine] = ~np.isin(needed.cell[rows[mine]], insiders.knows_anyway(owner))
    order = np.lexsort((owners[kept], rows[kept]))
    rows, owners = rows[kept][order], owners[kept][order]
    return Pairs(rows, needed.cell[rows], owners)
