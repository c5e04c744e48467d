"""An instance and what is published of it, as an attacker sees them: what the audit found, in words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from kdsp_lib.protect.deduction import Ties
from kdsp_lib.protect.instance import Instance
from kdsp_lib.protect.printed import Printed, Recovered, interval_of
from kdsp_lib.protect.system import Bools


def intervals(
    instance: Instance, hidden: Bools, cells: tuple[int, ...], *, zeros_hidden: bool
) -> tuple[Recovered, ...]:
    """What an outsider can still take for possible of some withheld cells, and from which sums that follows."""
    system, statistic = instance.system, instance.system.statistics[0]
    values = statistic.values
    wanted = np.zeros(system.size, bool)
    wanted[list(cells)] = True
    floor = np.where((values >= 1) & ~statistic.signed & (not zeros_hidden), 1.0, -np.inf)
    floor = np.maximum(floor, statistic.least)
    printed = Printed(
        low=np.where(hidden, np.where(system.structural, 0.0, floor), values),
        high=np.where(hidden, np.where(system.structural, 0.0, statistic.most), values),
        whole=np.full(system.size, statistic.integer),
        hidden=hidden,
        unit=np.ones(system.size) if statistic.integer else statistic.inexact,
        ties=Ties(sp.csr_matrix(system.equations), *(np.zeros(system.equations.shape[0]) for _ in range(2))),
        words=_Words(instance),
        threshold=int(np.max(statistic.lower + statistic.upper, initial=1.0)),
    )
    return interval_of(printed, wanted)


@dataclass(frozen=True, slots=True)
class _Words:
    instance: Instance

    def row(self, figure: int) -> str:
        return self.instance.name(figure)

    def column(self, figure: int) -> str:
        return str(figure)

    def of_tie(self, tie: int) -> str:
        return f"sum {tie}"

    def of_figure(self, tie: int, figure: int) -> str:  # noqa: ARG002  (a cell has one name)
        return self.instance.name(figure)
