"""What can be worked out of a published table: the interval of one hidden figure, by a programme for each end."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from kdsp_lib.errors import Broken
from kdsp_lib.protect.programme import Nearest, Programme
from kdsp_lib.protect.system import Bools, Floats, Ints, Statistic, System

EPSILON = 1e-5
"""Figures nearer than this are the same."""
ROUNDING = 1e-12
"""How far, of the largest figure in it, a sum of figures may be off."""
TOLERANCE = 1e-7
"""How far a solver lets a sum be off."""
OFFERED = 5_000_000
"""Of second tables from elsewhere, so many figures are looked at in cells that hang together."""
DIRECTIONS = 2
SEED = 0


@dataclass(frozen=True, slots=True, eq=False)
class Attacker:
    """What somebody knows besides what is published: the least value of each cell, and some figures outright.

    ``own`` is what of it comes from records of its own: the least values that it would know of without a publication.
    """

    least: Floats
    knows: Bools
    own: Floats


def outsider(least: Floats) -> Attacker:
    """Somebody without records of its own."""
    return Attacker(least, np.zeros(len(least), bool), least)


class Attack:
    """One statistic of a pattern as an attacker sees it: some cells unknown, tied by what is known of the others."""

    def __init__(
        self, system: System, statistic: Statistic, unknown: Bools, offered: sp.csc_matrix | None = None
    ) -> None:
        self._values, self._integer = statistic.values, statistic.integer
        self._least, self._most = statistic.least, statistic.most
        self.unknown = unknown & ~system.structural_in(statistic)
        """The cells whose figure is not published."""
        rows = [sp.csr_matrix(system.equations)]
        low, high = [np.zeros(system.equations.shape[0])], [np.zeros(system.equations.shape[0])]
        if statistic.limits is not None:
            rows.append(sp.csr_matrix(statistic.limits.rows))
            low.append(statistic.limits.low)
            high.append(statistic.limits.high)
        ties = sp.vstack(rows, format="csr")
        known = ties @ np.where(self.unknown, 0.0, statistic.values)
        rounding = ROUNDING * np.maximum(1.0, abs(ties) @ np.abs(statistic.values))
        left, right = np.concatenate(low) - known - rounding, np.concatenate(high) - known + rounding
        self._equations = rows[0][:, self.unknown]
        self._parts = Parts(ties, left, right, self.unknown)
        self._offered = None if offered is None else sp.csr_matrix(offered)

    def moved(self, cells: Ints) -> Bools:
        """Whether each is moved by a table of those ``offered`` that is one, as its check finds."""
        found = np.zeros(len(self.unknown), bool)
        for number in np.unique(self._parts.of_cell[cells]).tolist():
            if number >= 0:
                part = self._part(number)
                found[part.cells] = part.moved
        return np.asarray(found[cells])

    def _part(self, number: int) -> Part:
        """A part, with the tables that are offered checked when something is first asked of it."""
        part = self._parts[number]
        if not part.is_offered:
            bounds = self._least[part.cells], self._most[part.cells]
            part.offer(self._values[part.cells], bounds, self._offered, self._integer)
        return part

    @property
    def determined(self) -> Ints:
        """The unknown cells that follow from the sums alone, by linear algebra: no second table moves them.

        A random direction, less its shadow on the equations, is a random vector of the null space; it is zero just in
        these cells.
        """
        from scipy.sparse.linalg import lsmr

        unknown = np.nonzero(self.unknown)[0]
        draw = np.random.default_rng(SEED)
        still = np.ones(len(unknown), bool)
        for _ in range(DIRECTIONS):
            direction = draw.standard_normal(len(unknown))
            shadow = lsmr(self._equations.T, direction, atol=1e-12, btol=1e-12, conlim=0, maxiter=20_000)[0]
            still &= np.abs(direction - self._equations.T @ shadow) < EPSILON
        return np.asarray(unknown[still], dtype=np.int64)

    def interval(
        self, cell: int, low: float, high: float, attacker: Attacker, apart: float = 0.0
    ) -> tuple[float, float]:
        """The values of ``cell`` that an attacker must think possible, as far as they lie in ``low`` to ``high``.

        Where these are less than so far ``apart``, as much further as shows whether two possible values are.
        """
        if attacker.knows[cell] or self._parts.of_cell[cell] < 0:
            return float(self._values[cell]), float(self._values[cell])
        part = self._part(int(self._parts.of_cell[cell]))
        here = int(np.searchsorted(part.cells, cell))
        if part.attacker is not attacker:
            values = self._values[part.cells]
            least = np.where(attacker.knows[part.cells], values, np.minimum(attacker.least[part.cells], values))
            part.face(attacker, values, least, np.where(attacker.knows[part.cells], values, self._most[part.cells]))
        if part.lowest[here] > low + EPSILON:
            _found(part.furthest(here, -1, max(low, float(part.least[here])), part.least, part.most, self._integer))
        if part.highest[here] < high - EPSILON:
            _found(part.furthest(here, 1, high, part.least, part.most, self._integer))
        value = float(self._values[cell])
        for side in (1, -1):
            if part.highest[here] - part.lowest[here] < apart - EPSILON:
                bound = max(value + side * apart, float(part.least[here]))
                _found(part.furthest(here, side, bound, part.least, part.most, self._integer))
        return float(part.lowest[here]), float(part.highest[here])


def _found(figure: float | None) -> float:
    if figure is None:
        raise Broken("The audit of a table came to no answer.", remedy="nothing was published; please report this")
    return figure


class Part:
    """Unknown cells that hang together (``cells``, sorted), what ties them, and the second tables found so far."""

    def __init__(self, cells: Ints, rows: sp.csr_matrix, low: Floats, high: Floats) -> None:
        self.cells, self._rows = cells, rows
        self._low, self._high = low, high
        self._tables: list[Floats] = []
        self._offered = np.zeros((len(cells), 0))
        self.is_offered = False
        self.moved: Bools = np.zeros(len(cells), bool)
        """The cells that some table of those offered moves."""
        self.attacker: Attacker | None = None
        self._true = np.zeros(len(cells))
        self.least = self.most = self.lowest = self.highest = np.zeros(len(cells))

    def face(self, attacker: Attacker, true: Floats, least: Floats, most: Floats) -> None:
        """From now on, what this attacker thinks possible; the tables found so far count where they agree with it."""
        self.attacker, self.least, self.most, self._true = attacker, least, most, true
        self.lowest, self.highest = true.copy(), true.copy()
        for table in self._tables:
            if (table >= least - EPSILON).all() and (table <= most + EPSILON).all():
                self._see(table)
        offered = self._offered
        agree = ((offered >= least[:, None] - EPSILON) & (offered <= most[:, None] + EPSILON)).all(axis=0)
        if agree.any():
            self._see(offered[:, agree].min(axis=1))
            self._see(offered[:, agree].max(axis=1))

    def offer(self, true: Floats, bounds: tuple[Floats, Floats], changes: sp.csr_matrix | None, integer: bool) -> None:
        """Second tables that somebody says there are: those that are count as found, after a check of every tie."""
        self.is_offered = True
        if changes is None:
            return
        moved = sp.csc_matrix(changes[self.cells])
        moving = np.nonzero(np.diff(moved.indptr))[0][: OFFERED // max(1, len(self.cells))]
        tables = true[:, None] + moved[:, moving].toarray()
        sums = self._rows @ tables
        fits = ((sums >= self._low[:, None] - TOLERANCE) & (sums <= self._high[:, None] + TOLERANCE)).all(axis=0)
        fits &= (tables >= bounds[0][:, None] - EPSILON).all(axis=0)
        fits &= (tables <= bounds[1][:, None] + EPSILON).all(axis=0)
        if integer:
            fits &= (np.abs(tables - np.round(tables)) <= EPSILON).all(axis=0)
        self._offered = tables[:, fits]
        self.moved = np.asarray((np.abs(self._offered - true[:, None]) > EPSILON).any(axis=1))

    def _see(self, table: Floats) -> None:
        self.lowest, self.highest = np.minimum(self.lowest, table), np.maximum(self.highest, table)

    def furthest(self, here: int, side: int, bound: float, least: Floats, most: Floats, integer: bool) -> float | None:
        """How far one cell can go: to ``bound`` or beyond it, or else as near as it gets.

        Of counts, in whole tables. None where no table fits at all. To the bound the nearest table leads: one that
        moves few figures serves other questions, and other attackers, too.
        """
        bound = (np.floor(bound + EPSILON) if side < 0 else np.ceil(bound - EPSILON)) if integer else bound
        beyond = least.copy(), most.copy()
        beyond[0 if side > 0 else 1][here] = bound
        reached = self._end(here, -side, *beyond, integer, near=True) if beyond[0][here] <= beyond[1][here] else None
        if reached is None:
            within = least.copy(), most.copy()
            within[1 if side > 0 else 0][here] = bound
            reached = self._end(here, side, *within, integer)
        return reached

    def _end(
        self, here: int, side: int, least: Floats, most: Floats, integer: bool, *, near: bool = False
    ) -> float | None:
        """The last possible figure of a cell on one side, or one ``near`` it; the table that shows it is kept."""
        goal = np.zeros(len(self.cells))
        goal[here] = -side
        table = self._nearest.within(least, most) if near else self._farthest.best(goal, least, most)
        if table is None:
            return None
        if integer and np.abs(table - np.round(table)).max() > EPSILON:
            table = self._farthest.whole(goal, least, most, np.ones(len(goal), bool)).table
            if table is None:
                return None
        table = np.round(table) if integer else table
        self._tables.append(table)
        self._see(table)
        return float(table[here])

    @cached_property
    def _farthest(self) -> Programme:
        return Programme(self._rows, self._low, self._high)

    @cached_property
    def _nearest(self) -> Nearest:
        return Nearest(self._rows, self._low, self._high, self._true)


class Parts:
    """The unknown cells, split into those that no sum and no inequality connects: each part made when it is wanted."""

    def __init__(self, ties: sp.csr_matrix, low: Floats, high: Floats, unknown: Bools) -> None:
        from scipy.sparse.csgraph import connected_components

        self._cells = np.nonzero(unknown)[0]
        columns = ties[:, self._cells]
        used = np.diff(columns.indptr) > 0
        self._columns, self._low, self._high = columns[used], low[used], high[used]
        graph = sp.block_array([[None, self._columns], [self._columns.T, None]], format="csr")
        number, label = connected_components(graph, directed=False)
        of_row, of_cell = label[: len(self._low)], label[len(self._low) :]
        self.of_cell = np.full(ties.shape[1], -1)
        """The part that each cell is in; -1 of one that is known."""
        self.of_cell[self._cells] = of_cell
        self._cell_order, self._row_order = np.argsort(of_cell, kind="stable"), np.argsort(of_row, kind="stable")
        ends = np.arange(number + 1)
        self._cell_ends = np.searchsorted(of_cell[self._cell_order], ends)
        self._row_ends = np.searchsorted(of_row[self._row_order], ends)
        self._made: dict[int, Part] = {}

    def __getitem__(self, number: int) -> Part:
        if number not in self._made:
            mine = self._cell_order[self._cell_ends[number] : self._cell_ends[number + 1]]
            rows = self._row_order[self._row_ends[number] : self._row_ends[number + 1]]
            ties = self._columns[rows][:, mine]
            cells = self._cells[mine].astype(np.int64)
            self._made[number] = Part(cells, ties, self._low[rows], self._high[rows])
        return self._made[number]
