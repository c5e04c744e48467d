"""Programmes over changes of the kinds of pupils: another table that readers could not tell from the true one.

A change adds to some kinds and takes from others. Every printed figure stays within what may be printed so, no kind
falls below nobody, and one population grows or shrinks as much as it can. Such a change is a *witness*: its table is as
possible as the truth. Where a few pupils matter it is in whole pupils; where a part of many does (the p % rule), it is
what the linear programme finds, as an attacker's interval is.
"""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np
import scipy.sparse as sp

from kdsp_lib.errors import Broken
from kdsp_lib.sdc.identity import Floats, Ints
from kdsp_lib.sdc.solver import SilentSolver

WHOLE = 1e-6
WEIGHT = 1e4
"""To move the population by one is worth as much as this many pupils changed."""
NODES = 100
PRICES = 4
"""A change that is not whole at one draw of prices is at another."""


@dataclass(frozen=True, slots=True, eq=False)
class Moves:
    """A part of what readers know: figures by kinds, and how far each figure may fall and rise (0 or less, 0 or more).

    ``room``: how many pupils may be taken from each kind; ``gain``: how many may be added (infinite: any number).
    """

    figures: sp.csc_matrix
    fall: Floats
    rise: Floats
    room: Floats
    gain: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Reached:
    """The farthest that a population moves: the ``change``, in whole pupils where these were asked for; None where none
    was found.

    ``limit``: no change moves it farther; ``binding``: the figures that hold it.
    """

    change: Floats | None
    limit: float
    binding: Ints


class Ranges:
    """How far populations move where parts of many matter: one programme, asked again and again from where it stands.

    Changes need not be whole, and go on beyond what is needed: so far other populations are shown to move too.
    """

    def __init__(self, moves: Moves, most: float) -> None:
        self._room, self._gain = moves.room.copy(), np.minimum(moves.gain, most)
        self._solver = programme(moves.figures, moves.fall, moves.rise, least=-self._room, most=self._gain)
        self._most = most
        self._cost = np.zeros(len(self._room))

    def farthest(self, room: Floats, gain: Floats, counted: Ints, way: int) -> Reached:
        """Move the population of these kinds up (1) or down (-1), by at most ``room`` and ``gain`` of each kind."""
        gain = np.minimum(gain, self._most)
        changed = np.flatnonzero((room != self._room) | (gain != self._gain)).astype(np.int32)
        if len(changed):
            self._solver.changeColsBounds(len(changed), changed, -room[changed], gain[changed])
            self._room, self._gain = room.copy(), gain
        cost = np.zeros(len(self._cost))
        cost[counted] = -float(way)
        dearer = np.flatnonzero(cost != self._cost).astype(np.int32)
        self._solver.changeColsCost(len(dearer), dearer, cost[dearer])
        self._cost = cost
        found = _run(self._solver)
        duals = np.abs(np.array(self._solver.getSolution().row_dual))
        order = np.argsort(-duals, kind="stable")
        limit = way * float(found[counted].sum())
        return Reached(found, limit, order[duals[order] > WHOLE])


def farthest(moves: Moves, population: Floats, way: int, amount: int, seed: tuple[int, ...]) -> Reached:
    """Move a population (kinds, 1 where it counts them) up (``way`` 1) or down (-1), by ``amount`` at most.

    The same ``seed`` gives the same change. Raises `Broken` where the solver comes to no answer.
    """
    draw = np.random.default_rng(seed)
    down = np.flatnonzero(moves.room > 0)
    columns = sp.hstack([moves.figures, -moves.figures[:, down]], format="csc")
    moving = way * np.concatenate([population, -population[down]])
    rows = sp.vstack([columns, sp.csr_matrix(moving)], format="csc")
    most = np.concatenate([moves.gain, moves.room[down]])
    solver = programme(rows, np.append(moves.fall, 0.0), np.append(moves.rise, float(amount)), most=most)
    limit, change = 0.0, None
    binding: Ints = np.zeros(0, np.int64)
    moving_kinds = np.zeros(len(moving), bool)
    for attempt in range(PRICES):
        price = 1.0 + draw.exponential(size=len(moving))
        cost = price - WEIGHT * moving if attempt == 0 else price
        solver.changeColsCost(len(cost), np.arange(len(cost), dtype=np.int32), cost)
        found = _run(solver)
        moving_kinds |= found > WHOLE
        if attempt == 0:
            limit = float(moving @ found)
            duals = np.abs(np.array(solver.getSolution().row_dual)[:-1])
            order = np.argsort(-duals, kind="stable")
            binding = order[duals[order] > WHOLE]
            if limit < 1 - WHOLE:
                return Reached(None, limit, binding)
            solver.changeRowBounds(columns.shape[0], np.floor(limit + WHOLE), float(amount))
        change = _whole(_joined(found, down, len(population)))
        if change is not None:
            break
    if change is None:
        least = np.append(moves.fall, np.floor(limit + WHOLE))
        only = np.flatnonzero(moving_kinds)
        whole = _in_whole_numbers(rows, least, np.append(moves.rise, float(amount)), most, only)
        change = None if whole is None else _whole(_joined(whole, down, len(population)))
    return Reached(change, limit, binding)


def programme(
    columns: sp.csc_matrix,
    low: Floats,
    high: Floats,
    *,
    most: Floats,
    least: Floats | None = None,
    cost: Floats | None = None,
) -> SilentSolver:
    """The least ``cost @ x`` with ``low <= columns @ x <= high`` and ``least <= x <= most``, posed and not yet solved.

    ``least`` is 0 where it is not given, and so is ``cost``.
    """
    lp = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = columns.shape
    lp.col_cost_ = np.zeros(len(most)) if cost is None else cost
    lp.col_lower_, lp.col_upper_ = np.zeros(len(most)) if least is None else least, most
    lp.row_lower_, lp.row_upper_ = low, high
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = columns.indptr, columns.indices, columns.data
    solver = SilentSolver()  # type: ignore[no-untyped-call]
    for option, value in (("threads", 1), ("random_seed", 0), ("presolve", "off"), ("solver", "simplex")):
        solver.setOptionValue(option, value)
    solver.passModel(lp)
    return solver


def _run(solver: SilentSolver) -> Floats:
    """The best change; there is always one, to change nothing."""
    for _ in range(2):
        solver.run()
        if solver.getModelStatus() == highspy.HighsModelStatus.kOptimal:
            return np.array(solver.getSolution().col_value)
        solver.clearSolver()
    raise Broken("The audit of a table came to no answer.", remedy="nothing was published; please report this")


def _joined(found: Floats, down: Ints, size: int) -> Floats:
    """What is added to each kind less what is taken from it."""
    change = found[:size].copy()
    change[down] -= found[size:]
    return change


def _whole(change: Floats) -> Floats | None:
    """The change in whole pupils, or None where it is not whole."""
    whole = np.round(change)
    return whole if np.abs(change - whole).max(initial=0.0) <= WHOLE else None


def _in_whole_numbers(rows: sp.csc_matrix, low: Floats, high: Floats, most: Floats, only: Ints) -> Floats | None:
    """A change of these columns alone that is whole, as far as a number of branches tells."""
    part = rows[:, only]
    touched = np.flatnonzero(np.diff(part.tocsr().indptr) > 0)
    solver = programme(part.tocsr()[touched].tocsc(), low[touched], high[touched], most=most[only])
    which = np.arange(len(only), dtype=np.int32)
    solver.changeColsIntegrality(len(only), which, np.full(len(only), highspy.HighsVarType.kInteger))
    for option, value in (
        ("mip_max_nodes", NODES), ("mip_max_improving_sols", 1), ("presolve", "on"), ("solver", "choose"),
    ):  # fmt: skip
        solver.setOptionValue(option, value)
    solver.run()
    if solver.getInfo().primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return None
    found = np.zeros(rows.shape[1])
    found[only] = np.array(solver.getSolution().col_value)
    return found
