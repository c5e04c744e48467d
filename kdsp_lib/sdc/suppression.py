"""Which printed figures to withhold as well, so that a population moves as far as it has to: totals and headlines last.

A programme finds the change that moves it and costs least: what a printed figure is carried beyond its interval costs
by what the figure is worth to readers. Those carried beyond are withheld.
"""

from __future__ import annotations

import highspy
import numpy as np
import scipy.sparse as sp

from kdsp_lib.sdc.identity import Floats
from kdsp_lib.sdc.kinds import ROOT
from kdsp_lib.sdc.programme import WHOLE, Moves, programme

WORTH = (1_000.0, 100.0, 10.0, 1.0)
"""Of a figure of everybody, of one breakdown, of two, of three or more."""
HEADLINE = 20.0
PUPIL = 1e-4
"""To change a pupil costs next to nothing: it settles between equals."""


def worth(codes: tuple[str, ...], *, is_headline: bool) -> float:
    """What a figure is worth by its place, not by its size."""
    split = sum(code != ROOT for code in codes)
    return WORTH[min(split, len(WORTH) - 1)] * (HEADLINE if is_headline else 1.0)


def to_withhold(moves: Moves, cost: Floats, population: Floats, way: int, amount: float) -> list[int] | None:
    """The figures of ``moves`` to withhold, so that a population moves up (1) or down (-1) by ``amount``.

    ``cost``: of each, infinite where everybody knows it. None where nothing helps.
    """
    kinds, figures = moves.figures.shape[1], moves.figures.shape[0]
    elastic = np.flatnonzero(np.isfinite(cost))
    unit = sp.eye_array(figures, format="csc")[:, elastic]
    columns = sp.hstack([moves.figures, -moves.figures, -unit, unit], format="csc")
    moving = way * np.concatenate([population, -population, np.zeros(2 * len(elastic))])
    rows = sp.vstack([columns, sp.csr_matrix(moving)], format="csc")
    price = np.concatenate([np.full(2 * kinds, PUPIL), cost[elastic], cost[elastic]])
    most = np.concatenate([moves.gain, moves.room, np.full(2 * len(elastic), np.inf)])
    low, high = np.append(moves.fall, amount), np.append(moves.rise, np.inf)
    solver = programme(rows, low, high, most=most, cost=price)
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    over = np.array(solver.getSolution().col_value)[2 * kinds :].reshape(2, -1).sum(axis=0)
    return [int(place) for place in elastic[over > WHOLE]]
