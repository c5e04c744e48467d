"""From the cube to a pattern: what needs protection by the rules, and what has to be hidden with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from kdsp_lib.analyse.attribute import ROOT
from kdsp_lib.analyse.crossing import Crossed
from kdsp_lib.analyse.cube import Cells, Cube, Flags, filled
from kdsp_lib.analyse.membership import NONE
from kdsp_lib.errors import Broken
from kdsp_lib.model.policy import DisclosurePolicy
from kdsp_lib.protect.audit import audit_system
from kdsp_lib.protect.implied import with_implied_zeros
from kdsp_lib.protect.part import part_with
from kdsp_lib.protect.pattern import UNSAFE, protect_system, prove_possible
from kdsp_lib.protect.sensitivity import Sensitive, all_or_none, doubt_about, few_contributors, small_counts
from kdsp_lib.protect.system import (
    Counters,
    Floats,
    Pattern,
    Statistic,
    System,
    Unprotectable,
    make_system,
)
from kdsp_lib.protect.underlying import Told, Underlying, told_by, with_sums

EFFORT = "normal"
ROUNDS = 12
"""So often a pattern is looked for once more, with what the kinds of pupils told of the last."""
_PRICES = (8_000.0, 400.0, 20.0, 1.0)
"""What it costs to hide a cell of the whole group, of one that is split once, twice, more often."""
_WHOLE = 3.0
"""So much more costs the number that a rate or mean is of."""
_HEADLINE = 3.0
"""So much more costs a figure of a headline measure; with `_WHOLE` it is less than from one place to the next."""


@dataclass(frozen=True, slots=True)
class Protected:
    """Which cells are hidden, whether zeros may be among them, and what the search did."""

    hidden: Flags
    zeros_hidden: bool
    search: Mapping[str, int]


def protect_cube(
    cube: Cube,
    printed: Flags,
    hidden: Flags,
    crossed: Crossed | None = None,
    *,
    news: Flags | None = None,
    withheld: Flags | None = None,
    zeros_hidden: bool = False,
) -> Protected:
    """The cells of the cube to hide, with what was ``printed`` and ``hidden`` before left as it is.

    ``crossed``: the same cells beside what was released from other data. ``news``: the cells that are asked for now;
    what does not hang together with them was proved when it was released, and is not proved again. ``withheld``: cells
    that are not to be printed now, whoever may know them. ``zeros_hidden``: readers are told that zeros may be among
    the withheld figures, whatever this system says. Raises Unprotectable (a Disclosive) where that cannot be made safe:
    no table is better than one that is not proved; Broken where the audit, which shares nothing with the search,
    disagrees with the proof.
    """
    system = system_of(cube, printed, hidden, crossed)
    if withheld is not None:
        system = _without(system, withheld & ~cube.structural & ~printed)
    if zeros_hidden:
        system = replace(system, zeros="hidden")
    for _ in range(ROUNDS):
        part, places = system, np.arange(system.size)
        if news is not None:
            part, places = part_with(system, filled(news, system.size))
        if not places.size:
            nothing = {**asdict(Counters()), "insider_narrow": 0}
            return Protected(system.must_hide[: len(cube.keys)], zeros_hidden, nothing)
        part = with_implied_zeros(part)
        try:
            pattern = protect_system(part, effort=EFFORT)
        except Unprotectable as error:
            raise error.moved(places) from None
        _audit(part, pattern)
        hides = system.must_hide.copy()
        hides[places] = pattern.hidden
        told = _told(cube, system, hides, places, zeros_hidden=pattern.zeros_hidden)
        if told.unexplained:
            break
        if not told.cells:
            search = {**asdict(pattern.search), "insider_narrow": pattern.insider_narrow}
            return Protected(hides[: len(cube.keys)] & ~cube.structural, pattern.zeros_hidden, search)
        system = with_sums(system, told.sums)
    raise Unprotectable(UNSAFE, cells=told.unexplained or told.cells)


def _told(cube: Cube, system: System, hidden: Flags, asked: Any, *, zeros_hidden: bool) -> Told:
    """Of which of the cells ``asked`` for the kinds of pupils tell that there may be."""
    if cube.words is None:
        return Told()
    chosen = np.zeros(system.size, bool)
    chosen[asked] = True
    kinds = [
        Underlying(each.cells, each.member, each.pupils.astype(np.float64), _floats(each.parts))
        for each in cube.words.kinds
    ]
    return told_by(kinds, system, hidden, chosen, zeros_hidden=zeros_hidden)


def refuse_unless_safe(
    cube: Cube,
    printed: Flags,
    hidden: Flags,
    crossed: Crossed | None = None,
    *,
    zeros_hidden: bool = False,
) -> None:
    """Raise Unprotectable where the cells that are ``printed`` and ``hidden`` are not safe as they stand.

    What is never printed is all that is hidden besides, so it does not matter how much of it: `protect_cube` finds the
    least, in several times as long.
    """
    system = system_of(cube, printed, hidden, crossed)
    system = with_implied_zeros(replace(system, zeros="hidden") if zeros_hidden else system)
    pattern = prove_possible(system)
    _audit(system, pattern)
    withheld = ~(system.must_print | system.structural)
    told = _told(cube, system, withheld, np.arange(system.size), zeros_hidden=pattern.zeros_hidden)
    if told.cells:
        raise Unprotectable(UNSAFE, cells=told.cells)


def _audit(system: System, pattern: Pattern) -> None:
    found = audit_system(system, pattern.hidden, zeros_hidden=pattern.zeros_hidden, witnesses=pattern.witnesses)
    if not found.is_safe:
        raise Broken("The audit of these tables does not agree with their proof.", remedy="report this; nothing is out")


def system_of(cube: Cube, printed: Flags, hidden: Flags, crossed: Crossed | None = None) -> System:
    """The cells as the disclosure-control engine takes them: every rule that applies, and who put in what.

    A zero that nobody asked for (pupils of a phase without sessions, where all have some) may well be known, so that
    a margin equal to its one other part is the same cell: it stays a zero to every attacker. What was printed from
    other data, or is public, stays as it is: no rule applies to it any more. Of what was hidden, readers who were told
    an establishment's figures may work out what was hidden for their sake; what the rules protect is as safe from them.
    Of what was ``proved`` elsewhere, for readers who know more than others, it is only asked that nothing of that is
    told exactly now.
    """
    cells: Cells = cube
    released, proved = np.zeros(len(cube.count), bool), cube.proved
    if crossed is not None:
        cells = crossed.cells
        printed = filled(printed, len(cells.count)) | crossed.printed
        hidden = (filled(hidden, len(cells.count)) | crossed.hidden) & ~printed
        released, proved = crossed.past & printed, crossed.proved
    settled = released | proved | filled(cube.public, len(released))
    count = cells.count.astype(np.float64)
    policy = cube.policy
    needed = np.array([policy.controllers_for(of) for of in cells.categories])
    shares = _only(~settled, all_or_none(count, cells.shares, cells.structural, policy.threshold))
    open_to_rules = ~printed
    few = _few(count, cells.contributions, cells.known, cells, needed, policy, counts=True)
    if cells.told.any():
        few = _only(open_to_rules, few)
    usual = np.full_like(needed, policy.controllers)
    plainly = _few(count, cells.contributions, cells.known, cells, usual, policy, counts=True)
    few = _as_what_is_missing(few, few.primary & ~plainly.primary, plainly.primary, count, cells.remains, policy)
    counted = small_counts(count, policy.threshold).with_(few)
    counts = _bounded(_only(~settled, counted.with_(shares)), count, cells.within)
    held = proved & counted.primary if cells.told.any() or proved.any() else None
    pupils = _statistic("pupils", count, counts, cells.contributions, integer=True)
    statistics = [replace(pupils, structural=cells.uncounted)]
    for name, magnitude in cells.magnitudes.items():
        of, asked = (magnitude.contributions, magnitude.known, cells), magnitude.asked
        rules = _few(magnitude.values, *of, needed, policy, counts=False)
        if cells.told.any():
            rules = _only(open_to_rules, rules)
        rules = _only(asked & ~(released | proved), rules)
        statistic = _statistic(name, magnitude.values, rules, magnitude.contributions, integer=False)
        # Who sees a count of 0 knows the sum; what the rules withhold, nobody sees.
        unasked = magnitude.unasked & ((count > 0) | pupils.primary)
        statistics.append(replace(statistic, structural=magnitude.structural, unasked=unasked))
    primary = np.logical_or.reduce([statistic.primary for statistic in statistics])
    known_zero = ~cells.printable & (count == 0) & ~primary & ~cells.uncounted
    return make_system(
        cells.equations,
        statistics,
        printable=cells.printable,
        must_print=printed,
        must_hide=hidden & ~cells.structural,
        cost=_costs(cube, count),
        structural=cells.structural | known_zero,
        singles=cells.single,
        held=held,
        zeros="hidden" if (shares.primary & (count == 0)).any() else "printed",
    )


def _without(system: System, withheld: Flags) -> System:
    """The system with more cells that are not printed."""
    more = filled(withheld, system.size)
    held = system.must_hide if system.held is None else system.held & system.must_hide
    return replace(system, must_hide=system.must_hide | (more & ~system.must_print), held=held)


def _few(
    figure: Any,
    contributions: Any,
    known: Any,
    cells: Cells,
    needed: npt.NDArray[np.int64],
    policy: DisclosurePolicy,
    *,
    counts: bool,
) -> Sensitive:
    """Figures of too few controllers, as the readers see them: what an establishment's head agreed to tell is known.

    Such establishments' own figures are not withheld for being one's, nor what follows of theirs alone. A printed
    figure that holds their part beside others' needs as many controllers, and leaves no doubt beyond the others' part;
    whether that is mostly of one, or of too few, is asked of what the others alone make: a cell of its own.
    """
    whole = few_contributors(figure, _floats(contributions), needed, counts=counts, policy=policy)
    if not known.nnz:
        return whole
    rest = figure - np.asarray(known.sum(axis=1)).ravel()
    mixed = (rest > 0) & (rest < figure)
    enough = np.diff(contributions.indptr) >= needed
    few = replace(whole, lower=np.minimum(whole.lower, np.where(rest < figure, rest, figure)))
    return _only(~(cells.told | (~cells.printable & (rest <= 0)) | (mixed & (enough | ~cells.printable))), few)


def _as_what_is_missing(
    rules: Sensitive,
    where: Flags,
    withheld: Flags,
    count: Floats,
    remains: npt.NDArray[np.int64],
    policy: DisclosurePolicy,
) -> Sensitive:
    """The rules, with as much doubt about what is left of a whole that can be printed as about what it lacks of it.

    ``where``: cells that are withheld only since their category needs more controllers than others: that they lack few
    of the whole tells as much of those few. ``withheld``: wholes that are not printed anyway.
    """
    part, whole = remains[where[remains[:, 0]] & ~withheld[remains[:, 1]]].T
    slack = doubt_about(count[whole] - count[part], policy)
    lower, upper = rules.lower.copy(), rules.upper.copy()
    np.minimum.at(lower, part, slack)
    np.minimum.at(upper, part, slack)
    return Sensitive(rules.primary, lower, upper)


def _only(where: Flags, rules: Sensitive) -> Sensitive:
    """The rules where they apply."""
    return Sensitive(rules.primary & where, np.where(where, rules.lower, 0), np.where(where, rules.upper, 0))


def _bounded(rules: Sensitive, count: Floats, within: npt.NDArray[np.int64]) -> Sensitive:
    """The rules, with no more doubt asked for than there can be for whoever holds a list that cuts the cell."""
    lower, upper = rules.lower.copy(), rules.upper.copy()
    np.minimum.at(lower, within[:, 0], count[within[:, 1]])
    np.minimum.at(upper, within[:, 0], count[within[:, 2]])
    return Sensitive(rules.primary, lower, upper)


def _costs(cube: Cube, count: Floats) -> Floats:
    """What hiding a cell costs: by the place of its row first, then more for a headline measure, for whom a rate is of,
    and for more pupils.

    The whole group is dearest, then what is split once, and so on: a reader looks for totals first. All else settles
    only between cells of one place.
    """
    price = np.ones(len(count))
    for table in cube.tables.values():
        headline = _HEADLINE if table.asked.measure.definition.headline else 1.0
        for row in table.rows:
            split = min(sum(code != ROOT for code in row.codes), len(_PRICES) - 1)
            for cell in row.cells:
                whole = _WHOLE if cell == row.base or row.base == NONE else 1.0
                price[cell] = max(price[cell], headline * whole * _PRICES[split])
    return np.asarray(price * (1 + count / max(1.0, count.max(initial=0.0))))


def _statistic(name: str, values: Any, rules: Sensitive, contributions: Any, *, integer: bool) -> Statistic:
    return Statistic(name, values, integer, rules.primary, rules.lower, rules.upper, _floats(contributions))


def _floats(contributions: Any) -> sp.csr_matrix:
    return sp.csr_matrix(contributions, dtype=np.float64)
