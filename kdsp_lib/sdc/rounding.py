"""Random rounding: a figure goes to a neighbouring multiple, up as often as it is near it, and a multiple stays.

Unbiased: what is printed is on average what was counted. The draw is of the pupils counted (`identity`), so that to ask
again, or otherwise, tells nothing more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kdsp_lib.sdc.identity import Floats, Ints

NOTHING_BEFORE = np.iinfo(np.int64).min
"""In the place of what was printed before, where nothing was."""


@dataclass(frozen=True, slots=True)
class SumUnit:
    """A sum over pupils (of sessions, points, suspensions) and what it is rounded to.

    ``largest``: the most that one pupil can put in. No unit is smaller, so that with or without one pupil a sum may be
    printed as the same.
    """

    name: str
    largest: int
    unit: int

    def __post_init__(self) -> None:
        if not 0 < self.largest <= self.unit:
            raise ValueError(f"{self.name}: one pupil could move a sum past its unit")


def round_at_random(figures: Ints, unit: Ints | int, draw: Floats) -> Ints:
    """Each figure as a neighbouring multiple of its unit, up with a chance of its part above the multiple below it.

    ``draw``: of [0, 1), one for each.
    """
    below = figures // unit * unit
    return np.asarray(below + np.where(draw * unit < figures - below, unit, 0), dtype=np.int64)


def keep_printed(figures: Ints, rounded: Ints, before: Ints, unit: Ints | int) -> Ints:
    """What was printed ``before`` wherever it is still within the unit of the figure, else what it is ``rounded`` to.

    So a correction of one pupil moves what it must and tells of nobody, and no number of editions averages out.
    """
    known = before != NOTHING_BEFORE
    near = np.abs(np.where(known, before, 0) - figures) < unit
    return np.where(known & near & (np.where(known, before, 0) % unit == 0), before, rounded)


def interval(printed: Ints, unit: Ints | int) -> tuple[Ints, Ints]:
    """The least and the greatest figure, not below 0, that may be printed so."""
    return np.maximum(printed - unit + 1, 0), printed + unit - 1
