"""Sums that everybody knows to be 0, whatever is published: where a table could not be otherwise by its form."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import scipy.sparse as sp
from scipy.optimize import linprog

from kdsp_lib.protect.system import Bools, Statistic, System

SURE = 1e-6
"""A figure that can be no more than this is 0."""


def with_implied_zeros(system: System) -> System:
    """The system with the sums that follow to be 0 from its equations alone as structural zeros of their statistic.

    Pupils of Year 10 have no results of Year 11: their sum is 0, and no reader learns it from a table. Counts are left
    as they are: that nobody is somewhere may be what is to be kept.
    """
    may_be: dict[bytes, Bools] = {}
    return replace(system, statistics=tuple(_with_zeros(system, each, may_be) for each in system.statistics))


def _with_zeros(system: System, statistic: Statistic, may_be: dict[bytes, Bools]) -> Statistic:
    """``may_be``: the answers so far, which most statistics of a system have in common."""
    structural = system.structural_in(statistic)
    asked = system.must_move_in(statistic) & ~statistic.primary & ~structural & (statistic.values == 0)
    if statistic.integer or statistic.signed.any() or not asked.any():
        return statistic
    if (key := structural.tobytes()) not in may_be:
        may_be[key] = _may_be_more(system, structural)
    return replace(statistic, structural=structural | (asked & ~may_be[key]))


def _may_be_more(system: System, structural: Bools) -> Bools:
    """The cells that are above 0 in some table without a figure below 0 that keeps all sums.

    Of such tables the sum is one too: a single programme finds all these cells.
    """
    columns = np.flatnonzero(~structural)
    sums, size = system.equations[:, columns], len(columns)
    found = linprog(
        np.concatenate([np.zeros(size), -np.ones(size)]),
        A_ub=sp.hstack([-sp.eye_array(size), sp.eye_array(size)], format="csr"),
        b_ub=np.zeros(size),
        A_eq=sp.hstack([sums, sp.csr_array((sums.shape[0], size))], format="csr"),
        b_eq=np.zeros(sums.shape[0]),
        bounds=np.column_stack([np.zeros(2 * size), np.repeat([np.inf, 1.0], size)]),
        method="highs",
    )
    may_be = np.ones(system.size, bool)
    if found.status == 0:
        may_be[columns] = found.x[size:] > SURE
    return may_be
