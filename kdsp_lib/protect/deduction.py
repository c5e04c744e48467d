"""What follows from printed figures by sums alone: bounds handed on from figure to figure until none gets tighter.

It is how a reader with pencil and paper attacks a table. What it finds is certain; what it leaves open is settled for
sums that meet in no ring (`Deduction.is_exact_for`), and asked of programmes elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from kdsp_lib.protect.system import Bools, Floats, Ints

EPSILON = 1e-6
"""Figures nearer than this are the same."""
ROUNDS = 200
"""Bounds in a ring of sums may creep up for ever: then programmes go on."""


@dataclass(frozen=True, slots=True, eq=False)
class Ties:
    """What an attacker knows of figures together: ``left <= rows @ figures <= right``, the same for a sum."""

    rows: sp.csr_matrix
    left: Floats
    right: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Deduction:
    """The bounds of each figure, the tie that last made them tighter (-1: none), and in which round that was.

    ``broken``: ties that cannot hold, whatever the figures in them are.
    """

    low: Floats
    high: Floats
    by: Ints
    round: Ints
    broken: Bools
    settled: Bools
    """The figures of which one value is left."""


def deduce(ties: Ties, low: Floats, high: Floats, whole: Bools) -> Deduction:
    """Tighten ``low`` and ``high`` by every tie; the bounds of ``whole`` figures are whole numbers.

    A tie that cannot hold is left out, and so is what would follow from it.
    """
    low, high = low.copy(), high.copy()
    by, turn = np.full(len(low), -1), np.zeros(len(low), np.int64)
    matrix = ties.rows.tocoo()
    row, column, value = matrix.row, matrix.col, matrix.data
    size = len(ties.left)
    length = np.diff(ties.rows.indptr)
    broken = np.zeros(size, bool)
    scale = np.maximum(1.0, np.bincount(row, np.abs(value), minlength=size)) * EPSILON
    for number in range(1, ROUNDS + 1):
        least, most = _ends(value, low[column], high[column])
        (least_sum, least_open), (most_sum, most_open) = _summed(row, least, size), _summed(row, most, size)
        broken |= ((least_open == 0) & (least_sum > ties.right + scale)) | (
            (most_open == 0) & (most_sum < ties.left - scale)
        )
        # What is left for one figure when all others in the tie are at their other end.
        ceiling = (ties.right[row] - _without(least_sum, least_open, row, least)) / value
        floor = (ties.left[row] - _without(most_sum, most_open, row, most)) / value
        upper, lower = np.where(value > 0, ceiling, floor), np.where(value > 0, floor, ceiling)
        lower, upper = np.where(np.isnan(lower), -np.inf, lower), np.where(np.isnan(upper), np.inf, upper)
        is_whole = whole[column]
        lower = np.where(is_whole, np.ceil(lower - EPSILON), lower)
        upper = np.where(is_whole, np.floor(upper + EPSILON), upper)
        usable = ~broken[row] & (lower <= high[column] + EPSILON) & (upper >= low[column] - EPSILON)
        tighter = usable & ((lower > low[column] + EPSILON) | (upper < high[column] - EPSILON))
        broken[row[~usable & ~broken[row]]] = True
        if not tighter.any():
            break
        np.maximum.at(low, column[tighter], lower[tighter])
        np.minimum.at(high, column[tighter], upper[tighter])
        # Named last, and so kept, is the tie that gives most of the new bounds; of several, the shortest.
        reaches = (lower >= low[column] - EPSILON).astype(int) + (upper <= high[column] + EPSILON)
        order = np.nonzero(tighter)[0]
        order = order[np.lexsort((-length[row[order]], reaches[order]))]
        by[column[order]] = row[order]
        turn[column[order]] = number
        crossed = low > high
        low[crossed] = high[crossed] = (low[crossed] + high[crossed]) / 2
    return Deduction(low, high, by, turn, broken, high - low < EPSILON)


def _ends(value: Floats, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    return np.where(value > 0, value * low, value * high), np.where(value > 0, value * high, value * low)


def _summed(row: Ints, parts: Floats, size: int) -> tuple[Floats, Ints]:
    """The sums of the finite parts, and how many are not."""
    finite = np.isfinite(parts)
    return (
        np.bincount(row, np.where(finite, parts, 0.0), minlength=size).astype(np.float64),
        np.bincount(row, ~finite, minlength=size).astype(np.int64),
    )


def _without(total: Floats, unbounded: Ints, row: Ints, part: Floats) -> Floats:
    """Each sum less one of its parts; not a number where another part has no bound."""
    finite = np.isfinite(part)
    rest = total[row] - np.where(finite, part, 0.0)
    return np.where(unbounded[row] - ~finite > 0, np.nan, rest)
