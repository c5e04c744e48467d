"""The proof, without a linear programme: every requirement has a witness, and no insider is left with one value."""

from __future__ import annotations

import numpy as np

from kdsp_lib.protect.insider import Insiders, exact_for_insiders
from kdsp_lib.protect.requirement import covered, floor_values, is_consistent, requirements, stays_within
from kdsp_lib.protect.system import Bools, Ints, System, Witnesses


def unproved(system: System, hidden: Bools, zeros_hidden: bool, witnesses: tuple[Witnesses, ...]) -> Ints:
    """The cells some requirement of which no witness shows; empty where the pattern is proved.

    A few sparse products for each statistic: whether sums hold, nothing printed moves, nothing falls below what each
    attacker knows, and each primary moves as far as is required.
    """
    printed = system.printable & ~hidden
    missing = [np.nonzero(system.primary & printed)[0], np.nonzero(system.must_hide & printed)[0]]
    missing.append(np.nonzero(system.must_print & hidden)[0])
    if len(witnesses) != len(system.statistics):
        return np.nonzero(system.primary)[0].astype(np.int64)
    for statistic, proof in zip(system.statistics, witnesses, strict=True):
        needed = requirements(system, statistic)
        sound = is_consistent(system, statistic, hidden, proof.changes)
        at_zero = sound & stays_within(statistic, proof.changes, floor_values(system, statistic, 0))
        at_one = sound & stays_within(statistic, proof.changes, floor_values(system, statistic, 1))
        shown_at_zero = np.diff(covered(needed, proof.changes, at_zero).indptr) > 0
        shown_at_one = np.diff(covered(needed, proof.changes, at_one).indptr) > 0
        shown = np.where((needed.floor == 0) | zeros_hidden, shown_at_zero, shown_at_one)
        missing.append(needed.cell[~shown])
        missing.append(exact_for_insiders(Insiders(system, statistic), zeros_hidden, proof.changes, sound).cells)
    return np.unique(np.concatenate(missing)).astype(np.int64)
