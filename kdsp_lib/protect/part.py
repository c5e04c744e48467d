"""The part of a system that hangs together with what is new: the rest was proved when it was published."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from kdsp_lib.protect.system import Bools, Ints, Limits, Statistic, System


def part_with(system: System, news: Bools) -> tuple[System, Ints]:
    """The system of all cells that something in ``news`` can be told by, and their places in the whole.

    What is printed already, or empty by public facts, is fixed: no attacker learns anything through it. So the tables
    that agree with all that is known are those of each part on its own, put together in every way; and what is
    published of one part leaves every figure of another as open as it was before. Fixed cells are in the part as far as
    they are tied to it.
    """
    fixed = system.structural | np.logical_and.reduce([system.fixed_in(statistic) for statistic in system.statistics])
    limits = [statistic.limits.rows for statistic in system.statistics if statistic.limits is not None]
    ties = sp.csr_matrix(abs(sp.vstack([system.equations, *limits], format="csr")) > 0, dtype=np.int8)
    open_ties = ties @ sp.diags_array((~fixed).astype(np.int8), dtype=np.int8)
    number, of = connected_components(sp.block_array([[None, open_ties], [open_ties.T, None]]), directed=False)
    reached = np.zeros(number, bool)
    reached[of[ties.shape[0] :][news & ~fixed]] = True
    rows = reached[of[: ties.shape[0]]]
    moving = reached[of[ties.shape[0] :]] & ~fixed
    places = np.flatnonzero(moving | (np.diff(ties[rows].tocsc().indptr) > 0)).astype(np.int64)
    kept = rows[: system.equations.shape[0]]
    part = replace(
        system,
        equations=system.equations[kept][:, places],
        statistics=tuple(_of(statistic, moving, places) for statistic in system.statistics),
        **{name: getattr(system, name)[places] for name in _BY_CELL},
        codes=None if system.codes is None else system.codes[places],
        held=None if system.held is None else system.held[places],
    )
    return part, places


_BY_CELL = ("printable", "must_print", "must_hide", "cost", "structural", "singles")


def _of(statistic: Statistic, moving: Bools, places: Ints) -> Statistic:
    limits = statistic.limits
    if limits is not None:
        kept = np.diff((limits.rows @ sp.diags_array(moving.astype(float))).tocsr().indptr) > 0
        limits = Limits(limits.rows.tocsr()[kept][:, places], limits.low[kept], limits.high[kept])
    return replace(
        statistic,
        values=statistic.values[places],
        primary=statistic.primary[places],
        lower=statistic.lower[places],
        upper=statistic.upper[places],
        contributions=None if statistic.contributions is None else statistic.contributions[places],
        limits=limits,
        structural=None if statistic.structural is None else statistic.structural[places],
        unasked=None if statistic.unasked is None else statistic.unasked[places],
        stated_least=None if statistic.stated_least is None else statistic.stated_least[places],
        stated_most=None if statistic.stated_most is None else statistic.stated_most[places],
    )
