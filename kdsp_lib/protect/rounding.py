"""Controlled rounding: every count to a multiple of a base near it, so that all sums still hold.

The second method beside suppression. What is printed is an inequality: the true count is less than the base away. The
rounded table is itself a second table, equally consistent with all that is printed: so no count that was moved can be
known exactly from outside. What was not moved, and what insiders know, `audit_rounded` looks at.

`round_shown` rounds what suppression has left to be shown: made of figures that might be printed as they are, it tells
less than those, whatever it does with them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import highspy
import numpy as np
import scipy.sparse as sp

from kdsp_lib.errors import BadParameters, Broken
from kdsp_lib.model.policy import BASES
from kdsp_lib.protect.audit import Findings
from kdsp_lib.protect.change import Change, ChangeModel, rows_over
from kdsp_lib.protect.deduction import Ties, deduce
from kdsp_lib.protect.insider import Insiders, exact_for_insiders
from kdsp_lib.protect.intervals import rings
from kdsp_lib.protect.system import BALANCE, Bools, Floats, Ints, System, Unprotectable
from kdsp_lib.sdc.solver import SilentSolver

NODES = 2_000
"""So many branches are looked at for the nearest table: counted, not timed, so that it is always the same one."""
GAP = 0.01
MOST_COMPARED, MOST_SHOWN = 300, 1_000
"""Of more figures than this the first table that adds up is taken; of more than that, none is looked for."""
FARTHER = 100.0
"""What going past the next multiple costs, in bases."""


@dataclass(frozen=True, slots=True, eq=False)
class Rounded:
    """Counts rounded to multiples of ``base``. ``farther``: cells that had to go past the multiples next to them.

    Without such, multiples of the base stay as they are.
    """

    values: Floats
    base: int
    farther: Bools

    @property
    def doubt(self) -> Floats:
        """How far the true count may be from each rounded one; that some went farther is said of the whole table."""
        return np.full(len(self.values), (2 if self.farther.any() else 1) * self.base - 1.0)


def round_system(system: System, base: int) -> Rounded:
    """Round every count, with every sum kept and no count moved more than need be.

    Raises BadParameters for another base or for magnitudes; `Unprotectable` where no table of multiples adds up, where
    a figure would be known all the same, or where figures were withheld before: rounded, they would be known better.
    """
    statistic = system.statistics[0]
    if base not in BASES:
        raise BadParameters(f"There is no rounding to {base}.", remedy="choose 5 or 10")
    if not statistic.integer or len(system.statistics) > 1:
        raise BadParameters("Rounding is for tables of counts alone.", remedy="leave magnitudes to suppression")
    before = np.nonzero(system.must_hide & system.printable)[0]
    if len(before):
        raise Unprotectable(
            "Figures that were withheld before would be narrowed by rounding them now.",
            cells=before.tolist(),
            blockers=before.tolist(),
            remedy="protect this table by suppression, as the earlier one was",
        )
    for reach in (0, 1):
        values = _nearest(system.equations, statistic.values, base, reach, system.structural)
        if values is not None:
            rounded = Rounded(values, base, np.abs(values - statistic.values) >= base)
            break
    else:
        raise Unprotectable(
            "No table of multiples near these counts adds up.",
            cells=np.nonzero(system.primary)[0].tolist(),
            remedy="ask for fewer tables together, or protect them by suppression",
        )
    if not adds_up(system, rounded):
        raise Broken("The search left counts that do not add up.", remedy="nothing was published; please report this")
    known = known_exactly(system, rounded)
    if len(known):
        raise Unprotectable(
            "Some figures are known although they are rounded.",
            cells=known.tolist(),
            remedy=f"choose base {BASES[-1]}, or protect the table by suppression",
        )
    return rounded


def round_shown(
    equations: sp.csr_matrix, shown: Mapping[int, float], base: int, known: Mapping[int, float] | None = None
) -> Mapping[int, float] | None:
    """Multiples near the counts shown, so that all sums can hold with some figures of 0 or more for those withheld.

    ``equations`` are public; the counts by cell are all that is looked at. None is 0 that was not. ``known``: what was
    shown of some before, to be shown again where that adds up. None where nothing does, up to two bases away, or where
    they are too many to find it.
    """
    if len(shown) > MOST_SHOWN:
        return None
    size = equations.shape[1]
    true, free = np.zeros(size), np.ones(size, bool)
    true[list(shown)], free[list(shown)] = list(shown.values()), False
    again = {cell: value for cell, value in (known or {}).items() if cell in shown}
    for fixed in (again, {}) if again else ({},):
        for reach in (0, 1):
            values = _nearest(equations, true, base, reach, np.zeros(size, bool), free, fixed)
            if values is not None:
                return {cell: float(values[cell]) for cell in shown}
    return None


def adds_up(system: System, rounded: Rounded) -> bool:
    """Whether every figure is a multiple near its count, and every sum holds: two sparse products, no programme."""
    values, base = rounded.values, rounded.base
    size = np.maximum(abs(system.equations) @ values, 1.0)
    return bool(
        (values % base == 0).all()
        and (values >= 0).all()
        and (np.abs(values - system.statistics[0].values) <= rounded.doubt).all()
        and (values[system.structural] == 0).all()
        and (np.abs(system.equations @ values) <= BALANCE * size).all()
    )


def bounds_of(system: System, rounded: Rounded) -> tuple[Floats, Floats]:
    """What an attacker who knows the method takes for possible of each count; what was printed before is known."""
    true = system.statistics[0].values
    known = system.must_print | system.structural
    low = np.where(known, true, np.maximum(rounded.values - rounded.doubt, 0.0))
    return low, np.where(known, true, rounded.values + rounded.doubt)


def known_exactly(system: System, rounded: Rounded) -> Ints:
    """The primary cells that somebody may know exactly: those for which no second table was found.

    The rounded table is one to all whose own figures it allows; for each insider and figure left, the smallest change
    within the bounds is looked for.
    """
    plain = replace(system.statistics[0], limits=None)
    # Nobody knows of a rounded figure that it is no zero; and outsiders are insiders who know nothing.
    open_system = _unprinted(system)
    outside = Insiders(replace(open_system, singles=np.full(system.size, -1)), replace(plain, contributions=None))
    inside = Insiders(open_system, plain)
    low, high = bounds_of(system, rounded)
    room = high - plain.values, plain.values - low
    every = np.arange(system.size)
    model = ChangeModel(rows_over(system.equations.tocsc(), every, plain), every, integer=plain.integer)
    first = sp.csc_matrix((rounded.values - plain.values)[:, None])
    if not ((rounded.values >= low) & (rounded.values <= high)).all():  # what was printed before says otherwise
        first = sp.csc_matrix((system.size, 1))
    primary = np.nonzero(system.primary)[0]
    still = np.abs(first[primary].toarray().ravel()) < 1
    failed = {cell for cell in primary[still].tolist() if _second_table(model, outside, None, cell, room) is None}
    pairs = exact_for_insiders(inside, True, first, np.ones(1, bool))
    waiting = np.ones(len(pairs.cells), bool)
    for number, (cell, owner) in enumerate(zip(pairs.cells.tolist(), pairs.insiders.tolist(), strict=True)):
        if not waiting[number] or cell in failed:
            continue
        change = _second_table(model, inside, owner, cell, room)
        if change is None:
            failed.add(cell)
            continue
        refuting = inside.refuting(change.cells, change.by)
        moved = np.zeros(system.size)
        moved[change.cells] = change.by
        waiting &= (np.abs(moved[pairs.cells]) < 1) | np.isin(pairs.insiders, refuting)
    return np.array(sorted(failed), dtype=np.int64)


def _unprinted(system: System) -> System:
    """The system before anything of it is printed, without inequalities."""
    nothing = np.zeros(system.size, bool)
    plain = replace(system.statistics[0], limits=None)
    return replace(system, statistics=(plain,), printable=nothing, must_print=nothing)


def _second_table(
    model: ChangeModel, who: Insiders, owner: int | None, cell: int, room: tuple[Floats, Floats]
) -> Change | None:
    """The smallest change that moves a cell, within what is printed and what one insider knows."""
    up, down = room[0].copy(), room[1].copy()
    if owner is not None:
        known = who.known_by(owner)
        up[known] = down[known] = 0.0
        down = np.minimum(down, np.maximum(who.values - who.least(owner, 0), 0.0))
    cost = np.ones(len(up))
    found = (model.cheapest(cell, side, 1.0, cost=cost, up=up, down=down) for side in (1, -1))
    return next((change for change in found if change is not None), None)


def audit_rounded(system: System, rounded: Rounded) -> Findings:
    """What each attacker works out of rounded counts, by other means than the search for second tables.

    Of figures that need protection, those that one attacker knows exactly: bounds handed on from sum to sum, then
    tables drawn at random. What an insider knows of itself, whatever is published, is no finding.
    """
    statistic = system.statistics[0]
    low, high = bounds_of(system, rounded)
    ties = Ties(sp.csr_matrix(system.equations), *(np.zeros(system.equations.shape[0]) for _ in range(2)))
    exact = _known(ties, low, high, system.primary)
    insiders = Insiders(_unprinted(system), replace(statistic, limits=None))
    inside: set[int] = set()
    for insider in range(insiders.count):
        own = insiders.known_by(insider)
        least, most = np.maximum(low, insiders.least(insider, 0)), high.copy()
        least[own] = most[own] = statistic.values[own]
        wanted = system.primary & ~insiders.known_to_all
        wanted[insiders.knows_anyway(insider)] = False
        inside |= _known(ties, least, most, wanted)
    return Findings(exact=tuple(sorted(exact)), insider_exact=tuple(sorted(inside - exact)))


def _known(ties: Ties, low: Floats, high: Floats, wanted: Bools) -> set[int]:
    """The cells wanted of which one whole number is left, in tables that need not be whole elsewhere."""
    found = deduce(ties, low, high, np.ones(len(low), bool))
    known = set(np.nonzero(found.settled & wanted)[0].tolist())
    for ring in rings(ties, found, np.zeros(len(low), bool)):
        here, width = wanted[ring.figures], np.full(len(ring.figures), 2.0)
        if here.any():
            for figure in ring.figures[here & ring.draw(here, width) & ~ring.is_open(width)].tolist():
                least, most = ring.ends(figure, 2.0)
                known |= {figure} if np.floor(most + 1e-6) - np.ceil(least - 1e-6) < 1 else set()
    return known


def _nearest(
    equations: sp.csr_matrix,
    true: Floats,
    base: int,
    reach: int,
    structural: Bools,
    free: Bools | None = None,
    known: Mapping[int, float] | None = None,
) -> Floats | None:
    """The multiples nearest to the counts that add up; ``reach``: how far past the next multiple, in bases.

    ``free`` cells are no figures, and may be anything from 0 on; of those shown none that is not 0 becomes 0.
    """
    below = np.floor(true / base)
    moved = true % base != 0
    lowest = np.where(moved | bool(reach), np.maximum(below - reach, 0), below)
    highest = np.where(moved, below + 1, below) + reach
    if free is not None:
        lowest = np.where(free, 0, np.maximum(lowest, true > 0))
        highest = np.where(true > 0, np.maximum(highest, lowest), 0)
    for cell, value in (known or {}).items():
        lowest[cell] = highest[cell] = value / base
    lowest, highest = np.where(structural, 0, lowest), np.where(structural, 0, highest)
    # Each count is its floor and up to 1 + 2 x reach steps, of which each costs what it adds to the distance.
    steps = np.arange(-reach, 1 + reach)
    exact = true / base - below
    costs = [np.abs(step + 1 - exact) - np.abs(step - exact) for step in steps]
    past = [(step > 0) | ((step == 0) & ~moved) for step in steps]
    costs = [c + FARTHER * up - FARTHER * (s < 0) for c, up, s in zip(costs, past, steps, strict=True)]
    rooms = [((below + step >= lowest) & (below + step + 1 <= highest)).astype(float) for step in steps]
    whole = np.ones(len(true) * len(steps), bool)
    if free is not None:
        whole = np.tile(~free, len(steps))
        costs = [np.where(free, 0.0, cost) for cost in costs]
        rooms = [
            np.where(free, np.inf if step == steps[0] else 0.0, room) for step, room in zip(steps, rooms, strict=True)
        ]
    weight = 1.0 + 1.0 / (1.0 + true)
    found = _solve(equations, lowest, [weight * cost for cost in costs], rooms, whole)
    return None if found is None else np.asarray(base * found)


def _solve(
    equations: sp.csr_matrix, lowest: Floats, costs: list[Floats], rooms: list[Floats], whole: Bools
) -> Floats | None:
    matrix = sp.hstack([equations] * len(costs), format="csc")
    right = -(equations @ lowest)
    lp = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = matrix.shape
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = np.concatenate(costs), np.zeros(matrix.shape[1]), np.concatenate(rooms)
    lp.row_lower_ = lp.row_upper_ = right
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
    kinds = highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger
    lp.integrality_ = [kinds[is_whole] for is_whole in whole.tolist()]
    solver = SilentSolver()  # type: ignore[no-untyped-call]
    for option, value in (("threads", 1), ("random_seed", 0), ("mip_max_nodes", NODES), ("mip_rel_gap", GAP)):
        solver.setOptionValue(option, value)
    if not whole.all() and whole.sum() > MOST_COMPARED:
        solver.setOptionValue("mip_max_improving_sols", 1)
    solver.passModel(lp)
    solver.run()
    solution = np.array(solver.getSolution().col_value)
    if len(solution) != matrix.shape[1] or not np.isfinite(solver.getInfo().objective_function_value):
        return None
    steps = np.where(whole, np.round(solution), solution).reshape(len(costs), -1)
    if not (np.abs(equations @ (lowest + steps.sum(axis=0))) < (0.5 if whole.all() else 0.01)).all():
        return None
    return np.asarray(lowest + steps.sum(axis=0))
