"""Programmes of the audits over the same figures and ties: asked again and again with other goals and other bounds."""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np
import scipy.sparse as sp

from kdsp_lib.errors import Broken
from kdsp_lib.protect.system import Bools, Floats
from kdsp_lib.sdc.solver import SilentSolver

NODES = 300
"""A programme in whole numbers looks at so many branches at most."""


@dataclass(frozen=True, slots=True, eq=False)
class Whole:
    """What was found in whole numbers: the best table, if any, and what no table can be better than."""

    table: Floats | None
    bound: float


class Programme:
    """The least of a goal over figures with ``low <= rows @ figures <= high``; each answer starts from the last."""

    def __init__(self, rows: sp.csr_matrix, low: Floats, high: Floats, goal: Floats | None = None) -> None:
        self._rows, self._low, self._high = rows, low, high
        self._goal = np.zeros(rows.shape[1]) if goal is None else goal
        self._least = self._most = np.full(rows.shape[1], np.nan)
        self._solver = self._made(self._goal, np.zeros(rows.shape[1]), np.zeros(rows.shape[1]))
        for option, value in (("presolve", "off"), ("solver", "simplex")):
            self._solver.setOptionValue(option, value)

    def forget(self) -> None:
        """Start the next answer from nothing."""
        self._solver.clearSolver()

    def best(self, goal: Floats, least: Floats, most: Floats) -> Floats | None:
        """The figures of least goal within bounds; None where there are none. Raises `Broken` where it cannot tell."""
        changed = np.flatnonzero(goal != self._goal).astype(np.int32)
        if len(changed):
            self._solver.changeColsCost(len(changed), changed, goal[changed])
        return self.within(least, most, goal)

    def within(self, least: Floats, most: Floats, goal: Floats | None = None) -> Floats | None:
        """The same by the goal of last time."""
        self._goal = self._goal if goal is None else goal.copy()
        changed = np.flatnonzero((least != self._least) | (most != self._most)).astype(np.int32)
        if len(changed):
            self._solver.changeColsBounds(len(changed), changed, least[changed], most[changed])
        self._least, self._most = least.copy(), most.copy()
        for _ in range(2):
            self._solver.run()
            status = self._solver.getModelStatus()
            if status == highspy.HighsModelStatus.kOptimal:
                return np.array(self._solver.getSolution().col_value)
            if status == highspy.HighsModelStatus.kInfeasible:
                return None
            self._solver.clearSolver()
        raise Broken("The audit of a table came to no answer.", remedy="nothing was published; please report this")

    def whole(self, goal: Floats, least: Floats, most: Floats, which: Bools) -> Whole:
        """The best in which the figures of ``which`` are whole, as far as a number of branches tells."""
        solver = self._made(goal, least, most)
        columns = np.flatnonzero(which).astype(np.int32)
        solver.changeColsIntegrality(len(columns), columns, np.full(len(columns), highspy.HighsVarType.kInteger))
        for option, value in (("mip_max_nodes", NODES), ("mip_rel_gap", 0.0)):
            solver.setOptionValue(option, value)
        solver.run()
        if solver.getModelStatus() == highspy.HighsModelStatus.kInfeasible:
            return Whole(None, np.inf)
        found = solver.getInfo()
        has_table = found.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
        table = np.array(solver.getSolution().col_value) if has_table else None
        return Whole(table, float(found.mip_dual_bound))

    def _made(self, goal: Floats, least: Floats, most: Floats) -> SilentSolver:
        solver = SilentSolver()  # type: ignore[no-untyped-call]
        for option, value in (("threads", 1), ("random_seed", 0)):
            solver.setOptionValue(option, value)
        programme = programme_of(self._rows.tocsc(), self._low, self._high, cost=goal, least=least, most=most)
        solver.passModel(programme)
        return solver


class Nearest:
    """Tables within bounds that are as near as can be to a known one: what figures rise and fall by costs alike."""

    def __init__(self, rows: sp.csr_matrix, low: Floats, high: Floats, known: Floats) -> None:
        sums, moves = rows @ known, sp.hstack([rows, -rows], format="csr")
        self._programme = Programme(moves, low - sums, high - sums, np.ones(moves.shape[1]))
        self._known = known

    def within(self, least: Floats, most: Floats) -> Floats | None:
        """The nearest table; None where there is none."""
        self._programme.forget()
        rise, fall = (least - self._known, most - self._known), (self._known - most, self._known - least)
        ends = (np.maximum(np.concatenate(ends), 0.0) for ends in zip(rise, fall, strict=True))
        moved = self._programme.within(*ends)
        return None if moved is None else np.asarray(self._known + moved[: len(least)] - moved[len(least) :])


def programme_of(
    columns: sp.csc_matrix, low: Floats, high: Floats, *, cost: Floats, least: Floats, most: Floats
) -> highspy.HighsLp:
    """The least ``cost @ x`` with ``low <= columns @ x <= high`` and ``least <= x <= most``, as HiGHS takes it."""
    lp = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = columns.shape
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = cost, least, most
    lp.row_lower_, lp.row_upper_ = low, high
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = columns.indptr, columns.indices, columns.data
    return lp
