"""Attackers from inside: a controller knows its part of every cell, the one pupil of a cell knows that cell.

What an insider can be shown is what moves none of its own cells, all of them at once, and leaves the part of the
others in every other cell at zero or more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from kdsp_lib.protect.requirement import (
    SLACK,
    TOUCH,
    Requirements,
    covered,
    floor_values,
    respects_floor,
)
from kdsp_lib.protect.system import Bools, Floats, Ints, Statistic, System


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Requirements (or cells) that no witness shows to some insider: one row a pair."""

    rows: Ints
    cells: Ints
    insiders: Ints


class Insiders:
    """Everyone who knows something from inside about one statistic: controllers first, then single pupils."""

    def __init__(self, system: System, statistic: Statistic) -> None:
        self._system, self._statistic = system, statistic
        size = system.size
        self._parts = (
            sp.csr_matrix((size, 0)) if statistic.contributions is None else sp.csr_matrix(statistic.contributions)
        )
        self.controllers = self._parts.shape[1]
        owners, numbers = np.unique(system.singles[system.singles >= 0], return_inverse=True)
        cells = np.nonzero(system.singles >= 0)[0]
        pupils = sp.csr_matrix((np.ones(len(cells)), (numbers, cells)), shape=(len(owners), size))
        self.known: sp.csr_matrix = sp.vstack([self._sole_cells(), pupils], format="csr")
        """Insiders x cells: what each knows outright."""

    @property
    def count(self) -> int:
        return int(self.known.shape[0])

    @property
    def values(self) -> Floats:
        """The true figures."""
        return self._statistic.values

    def _sole_cells(self) -> sp.csr_matrix:
        parts = self._parts
        alone = np.nonzero(np.diff(parts.indptr) == 1)[0]
        first = parts.indptr[alone]
        whole = np.abs(parts.data[first] - self._statistic.values[alone]) <= SLACK
        alone, first = alone[whole], first[whole]
        return sp.csr_matrix(
            (np.ones(len(alone)), (parts.indices[first], alone)), shape=(self.controllers, parts.shape[0])
        )

    def known_by(self, insider: int) -> Ints:
        """The cells an insider knows outright."""
        start, end = self.known.indptr[insider : insider + 2]
        return np.asarray(self.known.indices[start:end], dtype=np.int64)

    def least(self, insider: int, floor: int) -> Floats:
        """The least value of each cell that an insider thinks possible."""
        least = floor_values(self._system, self._statistic, floor)
        if insider < self.controllers:
            own = self._parts[:, [insider]].tocoo()
            least[own.row] = np.maximum(least[own.row], own.data)
        return least

    def refutes(self, changes: sp.csc_matrix) -> sp.csr_matrix:
        """Insiders x change vectors: 1 where the insider knows that it is no second table."""
        touched = changes.copy()
        touched.data = (np.abs(changes.data) > TOUCH).astype(float)
        refuted = (self.known @ touched).tocsr()
        if self.controllers:
            falls = changes.tocoo()
            after = self._statistic.values[falls.row] + falls.data
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

    def knows_anyway(self, insider: int) -> Bools:
        """What follows from an insider's own cells whatever is published.

        A school whose own pupils are all of a group knows every part of that group; so does the one pupil of a cell.
        """
        system, values = self._system, self._statistic.values
        least = self.least(insider, 0)
        known = system.structural_in(self._statistic).copy()
        known[self.known_by(insider)] = True
        signs, children = system.equations, system.equations.minimum(0)
        one_parent = np.asarray((signs > 0).sum(axis=1)).ravel() == 1
        parent = signs.maximum(0)
        while True:
            unknown = ~known
            left = abs(signs) @ unknown.astype(float)
            others = np.abs(children @ (np.maximum(values - least, 0.0) * unknown))
            settled = (left > 0) & (parent @ unknown.astype(float) == 0) & one_parent & (others <= SLACK)
            single = np.asarray((signs != 0).multiply(unknown[None, :]).sum(axis=1)).ravel() == 1
            reached = np.asarray((signs[settled | single] != 0).sum(axis=0)).ravel() > 0
            if not (reached & unknown).any():
                return known
            known |= reached


def exact_for_insiders(
    system: System, statistic: Statistic, zeros_hidden: bool, changes: sp.csc_matrix, sound: Bools
) -> Pairs:
    """Primary cells that some insider could work out exactly, as far as the witnesses go."""
    cells = np.nonzero(system.primary)[0]
    either = Requirements(
        cell=cells.astype(np.int64),
        side=np.zeros(len(cells), np.int64),
        amount=statistic.inexact[cells],
        floor=np.ones(len(cells), np.int64),
    )
    return _unshown(system, statistic, zeros_hidden, changes, sound, either)


def narrow_for_insiders(
    system: System, statistic: Statistic, zeros_hidden: bool, changes: sp.csc_matrix, sound: Bools, needed: Requirements
) -> Pairs:
    """Requirements of which some insider can work out that they do not hold, as far as the witnesses go."""
    return _unshown(system, statistic, zeros_hidden, changes, sound, needed)


def _unshown(
    system: System,
    statistic: Statistic,
    zeros_hidden: bool,
    changes: sp.csc_matrix,
    sound: Bools,
    needed: Requirements,
) -> Pairs:
    insiders = Insiders(system, statistic)
    if not insiders.count or not len(needed):
        return Pairs(*(np.zeros(0, np.int64) for _ in range(3)))
    refuted = insiders.refutes(changes)
    at_zero = sound & respects_floor(statistic, changes, floor_values(system, statistic, 0))
    at_one = sound & respects_floor(statistic, changes, floor_values(system, statistic, 1))
    pupils = np.arange(insiders.count) >= insiders.controllers
    rows, owners = [], []
    for group, floor_one in ((~pupils, at_zero if zeros_hidden else at_one), (pupils, at_one)):
        who = np.nonzero(group)[0]
        for floor, usable in ((1, floor_one), (0, at_zero)):
            which = np.nonzero(needed.floor == floor)[0]
            if len(who) and len(which):
                shows = covered(_taken(needed, which), changes, usable)
                row, owner = _pairs_left(shows, refuted[who])
                rows.append(which[row])
                owners.append(who[owner])
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
    """Leave out what insiders know of themselves or anyway."""
    kept = np.ones(len(rows), bool)
    by_owner = np.argsort(owners, kind="stable")
    for mine in np.split(by_owner, np.nonzero(np.diff(owners[by_owner]))[0] + 1) if len(rows) else ():
        owner = owners[mine[0]]
        cells = needed.cell[rows[mine]]
        kept[mine] &= ~np.isin(cells, insiders.known_by(int(owner)))
        if kept[mine].any():
            kept[mine] &= ~insiders.knows_anyway(int(owner))[cells]
    order = np.lexsort((owners[kept], rows[kept]))
    rows, owners = rows[kept][order], owners[kept][order]
    return Pairs(rows, needed.cell[rows], owners)
