"""The cheapest change vector: one linear programme over some of the cells."""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from kdsp_lib.protect.system import Bools, Floats, Ints, Statistic
from kdsp_lib.sdc.solver import SilentSolver

ITERATIONS = 40_000
"""Steps after which a programme counts as having no answer."""
FIRST_ITERATIONS = 2_000
"""The same where another attempt follows."""
FEW_ITERATIONS = 300
"""The same where an answer is welcome but not needed."""
DRAWS = 5
"""Where the cheapest change of counts is not whole, prices a little off may have one that is."""
NODES = 60
LARGEST_SCOPE = 1_200
LAST_SCOPE = 8_000
"""Integer programmes look at so many cells at most, the second where nothing else is left: branches take long."""
WHOLE = 1e-6
TINY = 1e-9
MULTIPLES = (2, 3, 4, 5, 6)
SCALES = (2, 4, 8, 12, 24)
"""A change of many pupils that is not whole in one table is in another, where all room is such a part of it."""
HIDDEN_COST = 1e-3
"""What moving an already hidden cell costs, so that a witness is no larger than it need be."""


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """A sparse vector of differences: ``values[cells] + by`` is the second table."""

    cells: Ints
    by: Floats

    def of(self, cell: int) -> float:
        found = np.searchsorted(self.cells, cell)
        return float(self.by[found]) if found < len(self.cells) and self.cells[found] == cell else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """What a change has to respect: ``low <= matrix @ change <= high``; both are 0 for a sum."""

    matrix: sp.csr_matrix
    low: Floats
    high: Floats


class ChangeModel:
    """The programme ``min cost |d|`` with ``A d = 0`` over ``columns``; all other cells stay put.

    Every solve starts from the slack basis: with non-negative costs it is dual feasible, so a solve takes about as
    many steps as the witness has cells, far fewer than from a basis left by another target.
    """

    def __init__(self, rows: Rows, columns: Ints, *, integer: bool) -> None:
        self.columns = columns
        self.integer = integer
        matrix, low, high = rows.matrix, rows.low, rows.high
        self._matrix, self._low, self._high = matrix, low, high
        width = len(columns)
        self._costs = np.zeros(2 * width)
        self._lowest = np.zeros(2 * width)
        self._highest = np.zeros(2 * width)
        self._lp = _programme(sp.hstack([matrix, -matrix], format="csc"), low, high, self._costs, self._highest)
        self.programmes = 0
        self.integer_programmes = 0

    def cheapest(
        self,
        cell: int,
        side: int,
        amount: float,
        *,
        cost: Floats,
        up: Floats,
        down: Floats,
        steps: int = ITERATIONS,
        whole: bool = True,
        hasty: bool = False,
    ) -> Change | None:
        """The change that moves ``cell`` by at least ``amount`` to ``side``; None where there is none.

        ``cost``, ``up`` and ``down`` are for each of the columns: the price of moving it by one, and how far it may
        rise and fall. ``steps`` bounds the search; with few, or in haste, a fractional change of counts is
        none, else an integer programme looks for a whole one. Without ``whole``, a fractional change of counts will do.
        """
        target = int(np.searchsorted(self.columns, cell))
        if target == len(self.columns) or self.columns[target] != cell:
            return None
        if (up if side > 0 else down)[target] < amount - WHOLE:
            return None
        found = self._solve(target, side, amount, cost, up, down, steps)
        if found is None:
            return None
        if self.integer and whole:
            found = self._whole(found, target, side, amount, cost, up, down, steps, hasty or steps <= FEW_ITERATIONS)
        return None if found is None else self._sparse(found)

    def _solve(
        self, target: int, side: int, amount: float, prices: Floats, rise: Floats, fall: Floats, steps: int
    ) -> Floats | None:
        width = len(self.columns)
        highest = np.concatenate([rise, fall])
        lowest = np.zeros(2 * width)
        mover, other = (target, target + width) if side > 0 else (target + width, target)
        lowest[mover] = amount
        highest[other] = 0.0
        self._set(np.concatenate([prices, prices]), lowest, np.maximum(highest, lowest))
        self._lp.setOptionValue("simplex_iteration_limit", steps)
        self._lp.clearSolver()
        self._lp.run()
        self.programmes += 1
        if self._lp.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        solution = np.array(self._lp.getSolution().col_value)
        return np.asarray(solution[:width] - solution[width:])

    def _set(self, costs: Floats, lowest: Floats, highest: Floats) -> None:
        changed = np.nonzero(costs != self._costs)[0].astype(np.int32)
        if len(changed):
            self._lp.changeColsCost(len(changed), changed, costs[changed])
        changed = np.nonzero((lowest != self._lowest) | (highest != self._highest))[0].astype(np.int32)
        if len(changed):
            self._lp.changeColsBounds(len(changed), changed, lowest[changed], highest[changed])
        self._costs, self._lowest, self._highest = costs, lowest, highest

    def _whole(
        self,
        found: Floats,
        target: int,
        side: int,
        amount: float,
        prices: Floats,
        rise: Floats,
        fall: Floats,
        steps: int,
        hasty: bool,
    ) -> Floats | None:
        """A change of counts in whole numbers: as it is, a multiple, near to it, or by an integer programme."""
        for multiple in (1, *MULTIPLES):
            whole = np.round(found * multiple)
            if np.abs(found * multiple - whole).max() <= WHOLE and self._fits(whole, rise, fall):
                return whole
        if hasty:
            return None
        moved = np.abs(found) > TINY
        for draw in range(DRAWS):
            blurred = prices * (1.0 + np.random.default_rng(draw).random(len(prices)))
            other = self._solve(target, side, amount, blurred, rise, fall, steps)
            if other is None:
                continue
            if np.abs(other - np.round(other)).max() <= WHOLE:
                return np.asarray(np.round(other))
            moved |= np.abs(other) > TINY
        for multiple in SCALES:
            scaled = self._scaled(multiple, target, side, amount, prices, rise, fall, steps)
            if scaled is not None:
                return scaled
        free = prices <= HIDDEN_COST
        for scope in (moved, moved | free, np.ones(len(found), bool)):
            if scope.sum() > (LAST_SCOPE if steps >= ITERATIONS else LARGEST_SCOPE):
                break
            whole_or_none = self._integer_programme(scope, target, side, amount, prices, rise, fall)
            if whole_or_none is not None:
                return whole_or_none
        return None

    def _scaled(
        self,
        multiple: int,
        target: int,
        side: int,
        amount: float,
        prices: Floats,
        rise: Floats,
        fall: Floats,
        steps: int,
    ) -> Floats | None:
        """A change in whole numbers that is so many times the cheapest one within such a part of all room."""
        rise_in_part, fall_in_part = np.floor(rise / multiple + WHOLE), np.floor(fall / multiple + WHOLE)
        part = float(np.ceil(amount / multiple - WHOLE))
        if part > (rise_in_part if side > 0 else fall_in_part)[target]:
            return None
        found = self._solve(target, side, part, prices, rise_in_part, fall_in_part, steps)
        if found is None:
            return None
        whole = np.round(found * multiple)
        is_whole = np.abs(found * multiple - whole).max() <= WHOLE and self._fits(whole, rise, fall)
        return np.asarray(whole) if is_whole else None

    def _fits(self, change: Floats, rise: Floats, fall: Floats) -> bool:
        if not ((change <= rise + TINY) & (change >= -fall - TINY)).all():
            return False
        rows = self._matrix @ change
        return bool(((rows >= self._low - WHOLE) & (rows <= self._high + WHOLE)).all())

    def _integer_programme(
        self, scope: Bools, target: int, side: int, amount: float, prices: Floats, rise: Floats, fall: Floats
    ) -> Floats | None:
        inside = np.nonzero(scope)[0]
        matrix = self._matrix[:, inside]
        highest = np.concatenate([rise[inside], fall[inside]])
        costs = np.concatenate([prices[inside], prices[inside]])
        lp = _programme(sp.hstack([matrix, -matrix], format="csc"), self._low, self._high, costs, highest)
        here = int(np.searchsorted(inside, target))
        mover, other = (here, here + len(inside)) if side > 0 else (here + len(inside), here)
        lp.changeColBounds(mover, float(np.ceil(amount - WHOLE)), float(max(highest[mover], np.ceil(amount - WHOLE))))
        lp.changeColBounds(other, 0.0, 0.0)
        kinds = np.full(2 * len(inside), highspy.HighsVarType.kInteger)
        lp.changeColsIntegrality(len(kinds), np.arange(len(kinds), dtype=np.int32), kinds)
        lp.setOptionValue("mip_max_nodes", NODES)
        lp.setOptionValue("mip_rel_gap", 0.2)
        lp.setOptionValue("presolve", "on")
        lp.run()
        self.integer_programmes += 1
        solution = np.array(lp.getSolution().col_value)
        if len(solution) != 2 * len(inside) or not np.isfinite(lp.getInfo().objective_function_value):
            return None
        change = np.zeros(len(scope))
        change[inside] = np.round(solution[: len(inside)] - solution[len(inside) :])
        reaches = side * change[target] >= amount - WHOLE
        return change if reaches and self._fits(change, rise, fall) else None

    def _sparse(self, found: Floats) -> Change:
        moved = np.nonzero(np.abs(found) > TINY)[0]
        return Change(self.columns[moved], found[moved])


def rows_over(equations: sp.csc_matrix, columns: Ints, statistic: Statistic) -> Rows:
    """The sums and limits that touch these cells, where all other cells stay put."""
    limits, values = statistic.limits, statistic.values
    within = equations[:, columns]
    used, row = np.unique(within.indices, return_inverse=True)
    matrix = sp.csc_matrix((within.data, row, within.indptr), shape=(len(used), len(columns))).tocsr()
    low, high = np.zeros(matrix.shape[0]), np.zeros(matrix.shape[0])
    if limits is None:
        return Rows(matrix, low, high)
    known = limits.rows @ values
    extra = limits.rows.tocsc()[:, columns].tocsr()
    kept = np.diff(extra.indptr) > 0
    return Rows(
        sp.vstack([matrix, extra[kept]], format="csr"),
        np.concatenate([low, np.minimum(limits.low - known, 0.0)[kept]]),
        np.concatenate([high, np.maximum(limits.high - known, 0.0)[kept]]),
    )


def _programme(
    matrix: sp.csc_matrix, low: Floats, high: Floats, costs: Floats, highest: NDArray[np.float64]
) -> highspy.Highs:
    lp = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = matrix.shape
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = costs, np.zeros(matrix.shape[1]), highest
    lp.row_lower_, lp.row_upper_ = low, high
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
    solver = SilentSolver()  # type: ignore[no-untyped-call]
    for option, value in (
        ("threads", 1),
        ("random_seed", 0),
        ("presolve", "off"),
        ("solver", "simplex"),
        ("simplex_scale_strategy", 0),
        ("simplex_iteration_limit", ITERATIONS),
    ):
        solver.setOptionValue(option, value)
    solver.passModel(lp)
    return solver
