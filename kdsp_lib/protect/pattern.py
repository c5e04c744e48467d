"""Secondary suppression: the cheapest further cells to hide so that no primary cell can be worked out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NoReturn

import numpy as np

from kdsp_lib.errors import Broken
from kdsp_lib.protect.change import Change
from kdsp_lib.protect.proof import unproved
from kdsp_lib.protect.reduce import drop_spare_witnesses, print_again
from kdsp_lib.protect.repair import protect_from_insiders, widen_for_insiders
from kdsp_lib.protect.requirement import floor_values
from kdsp_lib.protect.search import Knowledge, Search
from kdsp_lib.protect.system import Effort, Pattern, System, Unprotectable, Witnesses

ZEROS_TRIED = 30
BLOCKED_TRIED = 20
UNSAFE = "Some figures cannot be made safe."


def protect_system(system: System, *, effort: str = "normal") -> Pattern:
    """Hide the primary cells and as little else as will do, with a witness for every requirement.

    Raises `Unprotectable` (a `Disclosive`) naming the cells that cannot be proved: no pattern is better than one that
    is not proved.
    """
    return _with_proof(system, Effort.named(effort), tells_all=True)


def prove_possible(system: System) -> Pattern:
    """A pattern with its proof, however much it hides: where all that counts is whether there is one.

    Raises `Unprotectable` as `protect_system` does, but names the first cell without a proof only.
    """
    return _with_proof(system, Effort.named("quick"), tells_all=False)


def _with_proof(system: System, budget: Effort, *, tells_all: bool) -> Pattern:
    printed_already = np.nonzero(system.primary & system.must_print)[0]
    if len(printed_already):
        raise Unprotectable(
            "A figure that needs protection is printed already.",
            cells=printed_already.tolist(),
            blockers=printed_already.tolist(),
        )
    if system.zeros == "hidden":
        try:
            return _protected(Search(system, floor=0), budget, tells_all=tells_all)
        except Unprotectable:
            pass  # perhaps no zero can be hidden, and it would not be true that some may be
    return _protected(Search(system), budget, tells_all=tells_all)


def _protected(search: Search, budget: Effort, *, tells_all: bool) -> Pattern:
    _protect_from_outsiders(search, tells_all=tells_all)
    drop_spare_witnesses(search)
    print_again(search, budget.print_again)
    exact = protect_from_insiders(search)
    if len(exact):
        _refuse(search, exact)
    narrow = widen_for_insiders(search, budget.widen)
    if search.relies_on_zeros:
        _hide_a_zero(search)
    return _proved(search, narrow)


def _protect_from_outsiders(search: Search, *, tells_all: bool) -> None:
    failed: list[int] = []
    for which, pool in enumerate(search.pools):
        needed = pool.needed
        order = np.argsort(-needed.amount, kind="stable") if search.is_large else np.arange(len(needed))
        for row in order.tolist():
            if pool.met[row]:
                continue
            cell, side, amount = int(needed.cell[row]), int(needed.side[row]), float(needed.amount[row])
            for floor, change in _attempts(search, which, cell, side, amount, int(pool.floor[row])):
                if change is None:
                    continue
                pool.floor[row] = floor
                search.hide(which, change)
                pool.keep(change, floor)
                pool.harvest(change)
                break
            if not pool.met[row]:
                if not tells_all:
                    raise Unprotectable(UNSAFE, cells=[cell])
                failed.append(cell)
    if failed:
        _refuse(search, failed)
    search.relies_on_zeros = any((pool.floor < pool.needed.floor).any() for pool in search.pools)


def _attempts(
    search: Search, which: int, cell: int, side: int, amount: float, floor: int
) -> Iterator[tuple[int, Change | None]]:
    """First with zeros as they are, then with zeros hidden too, then before an attacker who must reckon with them."""
    for low, open_zeros, final in search.attempts:
        knowledge = Knowledge(search.pools[which].least[min(low, floor)])
        yield (
            min(low, floor),
            search.cheapest(which, cell, side, amount, knowledge, open_zeros=open_zeros, final=final),
        )


def _hide_a_zero(search: Search) -> None:
    """Make "zeros may be hidden in this table" true where only that statement protects a cell.

    The zero nearest to such a cell that the cheapest change moves: a hidden cell that follows from the rest would tell.
    """
    system = search.system
    free = system.sampling_zeros & system.printable & ~system.must_print
    if (free & search.hidden).any():
        return
    pool = search.pools[0]
    relaxed = np.unique(np.concatenate([p.needed.cell[p.floor < p.needed.floor] for p in search.pools]))
    sums = abs(system.equations)
    near = np.asarray(sums.T @ (sums[:, relaxed].sum(axis=1) > 0)).ravel() > 0
    zeros = np.concatenate([np.nonzero(free & near)[0], np.nonzero(free & ~near)[0]])[:ZEROS_TRIED]
    knowledge = Knowledge(floor_values(system, pool.statistic, 1))
    found = [search.cheapest(0, int(zero), 1, 1.0, knowledge, open_zeros=True, final=True) for zero in zeros]
    change = min((change for change in found if change is not None), key=lambda one: search.price(0, one), default=None)
    if change is None:
        _refuse(search, relaxed)
    search.hide(0, change)
    pool.changes.append(change)


def _refuse(search: Search, failed: Iterable[int]) -> NoReturn:
    cells = sorted({int(cell) for cell in failed})
    blockers: set[int] = set()
    for which, pool in enumerate(search.pools):
        for row in np.nonzero(~pool.met & np.isin(pool.needed.cell, cells))[0][:BLOCKED_TRIED]:
            change = search.cheapest(
                which,
                int(pool.needed.cell[row]),
                int(pool.needed.side[row]),
                float(pool.needed.amount[row]),
                Knowledge(pool.least[0]),
                open_zeros=True,
                unblock=True,
                final=True,
            )
            if change is not None:
                blockers.update(int(cell) for cell in change.cells if search.system.must_print[cell])
    raise Unprotectable(
        "Some figures follow from what has to be printed." if blockers else UNSAFE,
        cells=cells,
        blockers=sorted(blockers),
        remedy="merge groups, ask for fewer tables together, or leave out the table",
    )


def _proved(search: Search, narrow: int) -> Pattern:
    system = search.system
    zeros_hidden = search.zeros_are_hidden
    witnesses = tuple(Witnesses(pool.matrix()) for pool in search.pools)
    missing = unproved(system, search.hidden, zeros_hidden, witnesses)
    if len(missing):
        raise Broken("The search left cells without a proof.", remedy="nothing was published; please report this")
    zeros = int((search.hidden & system.printable & system.sampling_zeros & ~system.primary).sum())
    return Pattern(
        hidden=search.hidden,
        zeros_hidden=zeros_hidden,
        witnesses=witnesses,
        insider_narrow=narrow,
        search=replace(search.counters, zeros_opened=zeros),
    )
