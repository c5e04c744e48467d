"""From the cube to a pattern: what needs protection by the rules, and what has to be hidden with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from kdsp_lib.analyse.attribute import ROOT
from kdsp_lib.analyse.cube import Cube
from kdsp_lib.protect.pattern import protect_system
from kdsp_lib.protect.sensitivity import (
    CONTROLLERS,
    SENSITIVE_CONTROLLERS,
    Sensitive,
    all_or_none,
    few_contributors,
    small_counts,
)
from kdsp_lib.protect.system import Floats, Statistic, System, default_cost, make_system

Flags = npt.NDArray[np.bool_]

SENSITIVE_CATEGORIES = frozenset({"safeguarding", "exclusions", "sen"})


@dataclass(frozen=True, slots=True)
class Protected:
    """Which cells are hidden, whether zeros may be among them, and what the search did."""

    hidden: Flags
    zeros_hidden: bool
    search: Mapping[str, int]


def protect_cube(cube: Cube, printed: Flags, hidden: Flags) -> Protected:
    """The cells to hide, with what was ``printed`` and ``hidden`` before left as it is.

    Raises Disclosive where that cannot be made safe: no table is better than one that is not proved.
    """
    system = system_of(cube, printed, hidden)
    pattern = protect_system(system)
    search = {**asdict(pattern.search), "insider_narrow": pattern.insider_narrow}
    return Protected(pattern.hidden & ~cube.structural, pattern.zeros_hidden, search)


def system_of(cube: Cube, printed: Flags, hidden: Flags) -> System:
    """The cube as the disclosure-control engine takes it: every rule that applies, and who put in what.

    A zero that nobody asked for (pupils of a phase without sessions, where all have some) may well be known, so that
    a margin equal to its one other part is the same cell: it stays a zero to every attacker.
    """
    count = cube.count.astype(np.float64)
    needed = np.array(
        [SENSITIVE_CONTROLLERS if categories & SENSITIVE_CATEGORIES else CONTROLLERS for categories in cube.categories]
    )
    shares = all_or_none(count, cube.shares, cube.structural)
    counted = small_counts(count).with_(few_contributors(count, _floats(cube.contributions), needed, counts=True))
    counts = counted.with_(shares)
    statistics = [_statistic("pupils", count, counts, cube.contributions, integer=True)]
    for name, magnitude in cube.magnitudes.items():
        rules = few_contributors(magnitude.values, _floats(magnitude.contributions), needed, counts=False)
        asked = magnitude.printable | ~cube.printable
        rules = Sensitive(rules.primary & asked, np.where(asked, rules.lower, 0), np.where(asked, rules.upper, 0))
        statistic = _statistic(name, magnitude.values, rules, magnitude.contributions, integer=False)
        statistics.append(replace(statistic, structural=magnitude.structural))
    primary = np.logical_or.reduce([statistic.primary for statistic in statistics])
    known_zero = ~cube.printable & (count == 0) & ~primary
    return make_system(
        cube.equations,
        statistics,
        printable=cube.printable,
        must_print=printed,
        must_hide=hidden & ~cube.structural,
        cost=_costs(cube, count),
        structural=cube.structural | known_zero,
        singles=cube.single,
        zeros="hidden" if (shares.primary & (count == 0)).any() else "printed",
    )


def _costs(cube: Cube, count: Floats) -> Floats:
    """What hiding a cell costs: more for more pupils, and much more for totals, which are what a reader looks for."""
    weight = np.ones(len(count))
    for table in cube.tables.values():
        for row in table.rows:
            totals = sum(code == ROOT for code in row.codes) / max(1, len(row.codes))
            cells = list(row.cells)
            weight[cells] = np.maximum(weight[cells], 1 + 7 * totals**2)
    return default_cost(count) * weight


def _statistic(name: str, values: Any, rules: Sensitive, contributions: Any, *, integer: bool) -> Statistic:
    return Statistic(name, values, integer, rules.primary, rules.lower, rules.upper, _floats(contributions))


def _floats(contributions: Any) -> sp.csr_matrix:
    return sp.csr_matrix(contributions, dtype=np.float64)
