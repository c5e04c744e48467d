"""Figures finer than any cell, of which the cells are sums: nobody prints them, but none of them is below 0.

A change of the cells that keeps all their sums need not be one that any such figures make. Of 42 pupils of a year 22
are girls and 22 have free meals, so 2 or more are both, whatever else the tables would allow. So a pattern is looked at
once more, over the figures underneath: for each thing that it has to show, is there such a table? Where there is none,
a programme over them tells why: a sum of cells, some taken away, that is a sum of such figures, and so not below 0.
That is a cell as any other, never printed, and with it among the tables the next pattern reckons with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from itertools import chain

import highspy
import numpy as np
import scipy.sparse as sp

from kdsp_lib.errors import Broken
from kdsp_lib.protect.programme import Programme, programme_of
from kdsp_lib.protect.requirement import Requirements, floor_values, requirements
from kdsp_lib.protect.system import Bools, Floats, Ints, Statistic, System
from kdsp_lib.sdc.solver import SilentSolver

LARGEST_FACTOR = 60
"""A sum of cells that says why counts each so often at most."""
TRIES = (1, 2, 1, 2, 3, 1, 1, 1, 1)
"""A change that is not whole in one try is in another: at other prices, or where it is made so often at once."""
AROUND = 800
"""So many figures a programme looks at first."""
WHOLE = 1e-6

MIRRORED = 2
"""An equation of so many cells says that they are one: either may stand for the other."""
SEED = 0

Sum = Mapping[int, int]
"""Cells, by how often each is added or taken away."""


@dataclass(frozen=True, slots=True, eq=False)
class Underlying:
    """Some ``cells`` of a system as sums of finer figures: ``member``, these cells by figures, and what each figure is.

    They count, so they are whole, and none is below 0. ``parts``: figures by contributors, what each put in.
    """

    cells: Ints
    member: sp.csr_matrix
    figures: Floats
    parts: sp.csr_matrix


@dataclass(frozen=True, slots=True)
class Told:
    """What figures underneath tell: of which cells, and why, by sums of cells that are not below 0.

    ``unexplained``: those of the cells of which no such sum tells, only that the figures are whole.
    """

    cells: tuple[int, ...] = ()
    sums: tuple[Sum, ...] = ()
    unexplained: tuple[int, ...] = ()


def told_by(
    underlying: Sequence[Underlying], system: System, hidden: Bools, asked: Bools, *, zeros_hidden: bool
) -> Told:
    """Which of the cells ``asked`` for do not keep the doubt that they need where these cells are ``hidden``.

    Of the first statistic, the counts: before an outsider, and of contributors, who know what they put in themselves,
    that none works a cell out exactly. Empty where all of them keep it.
    """
    needed = requirements(system, system.statistics[0])
    floors = np.zeros(len(needed), np.int64) if zeros_hidden else needed.floor
    sums: dict[tuple[tuple[int, int], ...], None] = {}
    cells: dict[int, bool] = {}
    solver = _new_solver()  # one for all programmes: making it takes as long as one of them
    for figures in underlying:
        place = np.full(system.size, -1)
        place[figures.cells] = np.arange(len(figures.cells))
        rows = np.flatnonzero(asked[needed.cell] & (place[needed.cell] >= 0))
        for floor in np.unique(floors[rows]).tolist():
            here = rows[floors[rows] == floor]
            tables = _Tables(figures, system, hidden, floor, place[needed.cell[here]], solver)
            for cell, why in chain(tables.unmet(needed, here), tables.exact_for_contributors()):
                cells[cell] = cells.get(cell, False) or why is None
                if why is not None:
                    sums[tuple(sorted(why.items()))] = None
    unexplained = tuple(cell for cell, is_unexplained in cells.items() if is_unexplained)
    return Told(tuple(cells), tuple(dict(each) for each in sums), unexplained)


def with_sums(system: System, sums: Sequence[Sum]) -> System:
    """The system with a cell more for each of these sums: never printed, never below 0, and nothing asked of it."""
    more = len(sums)
    row = np.repeat(np.arange(more), [len(each) for each in sums])
    column = np.array([cell for each in sums for cell in each], dtype=np.int64)
    times = np.array([float(n) for each in sums for n in each.values()])
    adds = sp.csr_matrix((times, (row, column)), shape=(more, system.size))
    none, nothing = np.zeros(more, bool), np.zeros(more)

    def of(statistic: Statistic) -> Statistic:
        def longer(flags: Bools | None) -> Bools | None:
            return None if flags is None else np.concatenate([flags, none])

        return replace(
            statistic,
            values=np.concatenate([statistic.values, adds @ statistic.values]),
            primary=np.concatenate([statistic.primary, none]),
            lower=np.concatenate([statistic.lower, nothing]),
            upper=np.concatenate([statistic.upper, nothing]),
            contributions=None
            if statistic.contributions is None
            else sp.vstack([statistic.contributions, adds @ statistic.contributions], format="csr"),
            structural=longer(statistic.structural),
            unasked=longer(statistic.unasked),
        )

    return replace(
        system,
        equations=sp.block_array([[system.equations, None], [adds, -sp.eye_array(more)]], format="csr"),
        statistics=tuple(of(statistic) for statistic in system.statistics),
        printable=np.concatenate([system.printable, none]),
        must_print=np.concatenate([system.must_print, none]),
        must_hide=np.concatenate([system.must_hide, none]),
        structural=np.concatenate([system.structural, none]),
        cost=np.concatenate([system.cost, np.ones(more)]),
        singles=np.concatenate([system.singles, np.full(more, -1, np.int64)]),
        held=None if system.held is None else np.concatenate([system.held, none]),
    )


class _Tables:
    """The tables of figures underneath that agree with what is printed, as an outsider reckons with them.

    Of cells never printed only those asked for matter; figures that no such cell tells apart are taken together.
    """

    def __init__(
        self, underlying: Underlying, system: System, hidden: Bools, floor: int, asked: Ints, solver: SilentSolver
    ) -> None:
        self._solver = solver
        of = underlying.cells
        printable = system.printable[of]
        fixed = (printable & ~hidden[of]) | system.structural[of]
        matter = fixed | printable
        matter[asked] = True
        known = np.zeros(system.size, bool)
        known[of[fixed]] = True
        matter &= ~_sums_of_known(system.equations, known)[of] | np.isin(np.arange(len(of)), asked)
        rows, member = _distinct(sp.csr_matrix(underlying.member), np.flatnonzero(matter), fixed, asked)
        self._cells, fixed, printable = of[rows], fixed[rows], printable[rows]
        self._place = {int(cell): place for place, cell in enumerate(self._cells)}
        self._member, self._figures, self._parts = _taken_together(member, underlying.figures, underlying.parts)
        self._turned = self._member.T.tocsr()
        self._values = system.statistics[0].values[self._cells]
        least = np.where(printable, floor_values(system, system.statistics[0], floor)[self._cells], 0.0)
        self._low = np.where(fixed, 0.0, least - self._values)
        self._high = np.where(fixed, 0.0, np.inf)
        self._draw = np.random.default_rng(SEED)
        self._asked = np.unique([self._place[int(cell)] for cell in of[asked]]).astype(np.int64)
        self._changes: list[Floats] = []

    def unmet(self, needed: Requirements, rows: Ints) -> Iterator[tuple[int, Sum | None]]:
        """The cell of each requirement that no table meets, and why, where a sum says it."""
        place = np.array([self._place[int(cell)] for cell in needed.cell[rows]], dtype=np.int64)
        side, amount = needed.side[rows], needed.amount[rows]
        met = np.zeros(len(rows), bool)
        for row in np.argsort(-amount, kind="stable").tolist():
            why: Sum | None = None
            for way in (int(side[row]),) if side[row] else (1, -1):
                if met[row]:
                    break
                change, why = self._change(int(place[row]), way, float(amount[row]))
                if change is not None:
                    met |= self._shown(change, place, side, amount)
                    self._changes.append(change)
            if not met[row]:
                yield int(needed.cell[rows[row]]), why

    def exact_for_contributors(self) -> Iterator[tuple[int, Sum | None]]:
        """The cells asked for that some contributor to others of them works out, and why, where a sum says it."""
        member = self._member[self._asked]
        for owner in np.flatnonzero(np.diff(self._parts.tocsc().indptr)).tolist():
            own = np.asarray(self._parts[:, [owner]].todense()).ravel()
            known = copy(self)
            known._figures, known._values = self._figures - own, self._values - self._member @ own
            is_open = (member @ known._figures) > WHOLE
            is_open &= ~known._moved_by(self._changes)
            while is_open.any():
                first = np.argmax(is_open)
                change, reasons = known._either_way(int(self._asked[first]))
                if change is None:
                    is_open[first] = False
                    yield from ((int(self._cells[self._asked[first]]), why) for why in reasons)
                else:
                    self._changes.append(change)
                    is_open &= np.abs(member @ change) <= WHOLE

    def _moved_by(self, changes: Sequence[Floats]) -> Bools:
        """The cells asked for that some of these changes moves, up or down, if it is one."""
        found = np.column_stack([np.zeros(len(self._figures)), *changes])
        both = np.concatenate([found, -found], axis=1)
        fits = (both >= -self._figures[:, None] - WHOLE).all(axis=0)
        fits &= ((self._member @ both) >= self._low[:, None] - WHOLE).all(axis=0)
        return np.asarray((np.abs(self._member[self._asked] @ both[:, fits]) > WHOLE).any(axis=1))

    def _either_way(self, place: int) -> tuple[Floats | None, tuple[Sum | None, ...]]:
        """A change that moves a cell, up or down, or why there is none to either side."""
        reasons: list[Sum | None] = []
        for way in (1, -1):
            change, why = self._change(place, way, 1.0)
            if change is not None:
                return change, ()
            reasons.append(why)
        return None, tuple(reasons)

    def _shown(self, change: Floats, place: Ints, side: Ints, amount: Floats) -> Bools:
        """What a change shows, and as many times it, up and down, as there is room for."""
        moved = self._member @ change
        found = np.zeros(len(place), bool)
        for sign in (1.0, -1.0):
            by, of_cells = sign * change, sign * moved
            falling, falls = by < 0, of_cells < 0
            room = min(
                float(np.min(self._figures[falling] / -by[falling], initial=np.inf)),
                float(np.min(self._low[falls] / of_cells[falls], initial=np.inf)),
            )
            reach = np.where(side == 0, np.abs(of_cells[place]), side * of_cells[place])
            times = np.ceil(amount / np.where(reach > WHOLE, reach, 1.0) - WHOLE)
            found |= (reach > WHOLE) & (times <= room + WHOLE)
        return found

    def _change(self, place: int, way: int, amount: float) -> tuple[Floats | None, Sum | None]:
        """Whole changes of the figures that move a cell so far; where there are none, a sum of cells that says why.

        First of those figures alone that most cells have in common with the cell's own.
        """
        tried = np.zeros(len(self._figures), bool)
        columns = self._around(place)
        for times in TRIES:
            by = self._nearest(place, way, amount, times, columns)
            if by is None and times == 1:
                by = self._nearest(place, way, amount, times, np.arange(len(tried)))
                if by is None:
                    return None, self._why(place, way)
                columns = np.union1d(columns, np.flatnonzero(by))
            if by is not None:
                if np.abs(by - np.round(by)).max(initial=0.0) <= WHOLE:
                    return np.round(by), None
                tried |= np.abs(by) > WHOLE
        some = self._whole(place, way, amount, tried)
        return self._whole(place, way, amount, ~np.zeros_like(tried)) if some is None else some, None

    def _around(self, place: int) -> Ints:
        """The figures of a cell, and as many of those that most cells have in common with them."""
        own = np.zeros(len(self._figures))
        own[self._member.indices[self._member.indptr[place] : self._member.indptr[place + 1]]] = 1.0
        alike = self._turned @ (self._member @ (own * (self._figures > 0) + own / len(own)))
        found = np.argsort(-alike, kind="stable")[:AROUND]
        return np.asarray(np.sort(found), dtype=np.int64)

    def _nearest(self, place: int, way: int, amount: float, times: int, columns: Ints) -> Floats | None:
        """The least change that made so many ``times`` moves a cell so far; a draw of prices settles between equals."""
        member, figures = self._turned[columns].T.tocsc(), self._figures[columns]
        there = np.flatnonzero(figures)
        low, high = np.ceil(self._low / times), self._high.copy()
        low[place], high[place] = (
            (way * amount / times, np.inf) if way > 0 else (self._low[place] / times, way * amount / times)
        )
        solver = self._pose(
            sp.hstack([member, -member[:, there]], format="csc"),
            low,
            high,
            price=0.1 + self._draw.exponential(size=len(columns) + len(there)),
            room=np.concatenate([np.full(len(columns), np.inf), np.floor(figures[there] / times)]),
        )
        found = _run(solver)
        if found is None:
            return None
        change = np.zeros(len(self._figures))
        change[columns] = found[: len(columns)]
        change[columns[there]] -= found[len(columns) :]
        return times * change

    def _pose(
        self, columns: sp.csc_matrix, low: Floats, high: Floats, price: Floats | None = None, room: Floats | None = None
    ) -> SilentSolver:
        """A programme over figures that are not below 0, of the least price; the one before is gone."""
        none = np.zeros(columns.shape[1])
        cost, most = none if price is None else price, none + np.inf if room is None else room
        self._solver.passModel(programme_of(columns, low, high, cost=cost, least=none, most=most))
        return self._solver

    def _why(self, place: int, way: int) -> Sum | None:
        """The sum of cells that keeps a cell from moving farther, as it is not below 0: checked in whole numbers."""
        solver = self._pose(self._member.tocsc(), self._low + self._values, self._high + self._values)
        inside = self._member.indices[self._member.indptr[place] : self._member.indptr[place + 1]].astype(np.int32)
        solver.changeColsCost(len(inside), inside, np.full(len(inside), -float(way)))
        if _run(solver) is None:
            return None
        exact = -np.array(solver.getSolution().row_dual)
        exact[place] -= way
        cells = np.flatnonzero(np.abs(exact) > WHOLE)
        for factor in range(1, LARGEST_FACTOR + 1):
            times = np.round(exact[cells] * factor)
            if np.abs(times - exact[cells] * factor).max(initial=0.0) <= WHOLE * factor:
                if (times @ self._member[cells] < -WHOLE).any():
                    return None
                return {int(self._cells[c]): int(n) for c, n in zip(cells, times, strict=True)}
        return None

    def _whole(self, place: int, way: int, amount: float, moving: Bools) -> Floats | None:
        """Whole changes of some of the figures, by a programme in whole numbers."""
        low, high = self._low.copy(), self._high.copy()
        low[place], high[place] = (amount, np.inf) if way > 0 else (low[place], -amount)
        columns = np.flatnonzero(moving)
        free = -self._figures[columns], np.full(len(columns), np.inf)
        found = Programme(self._member[:, columns], low, high).whole(
            np.zeros(len(columns)), *free, np.ones(len(columns), bool)
        )
        if found.table is None:
            return None
        change = np.zeros(len(moving))
        change[columns] = np.round(found.table)
        return change


def _sums_of_known(equations: sp.csr_matrix, known: Bools) -> Bools:
    """The cells known that are the sum of others that are known: what is said of them is said."""
    found = np.zeros(len(known), bool)
    for row in np.flatnonzero(abs(equations) @ (~known).astype(np.float64) == 0).tolist():
        start, stop = equations.indptr[row : row + 2]
        cells, times = equations.indices[start:stop], equations.data[start:stop]
        if len(cells) > MIRRORED and (np.sort(times)[:-1] == -1).all() and times.max() == 1:
            found[cells[np.argmax(times)]] = True
    return found


def _distinct(member: sp.csr_matrix, cells: Ints, fixed: Bools, asked: Ints) -> tuple[Ints, sp.csr_matrix]:
    """The cells without those whose figures are those of one before, and are known as it is; those asked for stay."""
    rows = member[cells].astype(np.float64)
    names = rows @ np.random.default_rng(SEED).random(rows.shape[1])
    is_asked = np.isin(cells, asked)
    alike = np.stack([names, fixed[cells], np.where(is_asked, cells, -1)], axis=1)
    _, first = np.unique(alike, axis=0, return_index=True)
    first.sort()
    return cells[first], rows[first]


def _taken_together(
    member: sp.csr_matrix, figures: Floats, parts: sp.csr_matrix
) -> tuple[sp.csr_matrix, Floats, sp.csr_matrix]:
    """The figures that no cell tells apart as one."""
    names = member.T @ np.random.default_rng(SEED).random(member.shape[0])
    _, first, which = np.unique(names, return_index=True, return_inverse=True)
    ones = np.ones(len(figures))
    together = sp.csr_matrix((ones, (which.ravel(), np.arange(len(figures)))), shape=(len(first), len(figures)))
    return member[:, first], np.asarray(together @ figures), sp.csr_matrix(together @ parts)


def _new_solver() -> SilentSolver:
    solver = SilentSolver()  # type: ignore[no-untyped-call]
    for option, value in (("threads", 1), ("random_seed", 0), ("presolve", "off"), ("solver", "simplex")):
        solver.setOptionValue(option, value)
    return solver


def _run(solver: SilentSolver) -> Floats | None:
    """The best figures, from the slack basis; None where there are none."""
    solver.clearSolver()
    solver.run()
    status = solver.getModelStatus()
    if status == highspy.HighsModelStatus.kOptimal:
        return np.array(solver.getSolution().col_value)
    if status == highspy.HighsModelStatus.kInfeasible:
        return None
    raise Broken("The figures under a table came to no answer.", remedy="nothing was published; please report this")
