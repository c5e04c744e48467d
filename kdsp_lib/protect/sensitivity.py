"""Primary suppression: which figures are disclosive themselves, and how wide an interval must stay around each.

Every rule looks at what contributors put in: pupils by the count, establishments by their controllers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from kdsp_lib.protect.system import Bools, Floats, Ints

THRESHOLD = 6
"""The smallest count that may be shown."""
CONTROLLERS = 3
SENSITIVE_CONTROLLERS = 4
"""Controllers that a figure needs; more for safeguarding, exclusions and special needs."""
SHARE = 0.85
"""A figure is dominated where one controller has more than this share of it."""
SENSITIVE_CATEGORIES = frozenset({"safeguarding", "exclusions", "sen"})
P_PERCENT = 0.10
"""Or where what the others but the two largest put in is less than this part of the largest."""


@dataclass(frozen=True, slots=True, eq=False)
class Sensitive:
    """Primary cells, and how far below and above the true figure an attacker must be left in doubt."""

    primary: Bools
    lower: Floats
    upper: Floats

    def with_(self, other: Sensitive) -> Sensitive:
        """Both: primary where either says so, with the wider interval."""
        return Sensitive(
            self.primary | other.primary, np.maximum(self.lower, other.lower), np.maximum(self.upper, other.upper)
        )


def small_counts(count: Floats) -> Sensitive:
    """Counts of 1 to 5: all of [0, 6] must stay possible, the same for each so that it tells nothing of the count."""
    primary = (count > 0) & (count < THRESHOLD)
    return Sensitive(primary, np.where(primary, count, 0.0), np.where(primary, THRESHOLD - count, 0.0))


def few_contributors(
    figure: Floats,
    contributions: sp.csr_matrix,
    needed: Ints,
    *,
    counts: bool,
    share: float = SHARE,
    p_percent: float = P_PERCENT,
) -> Sensitive:
    """Figures of too few controllers, or mostly of one, or that without some controller are small or of too few.

    Of a count, [v - s, v + s] must stay possible with s the greater of 5 and 10 %; of a magnitude, the slack that the
    p % rule misses, with nothing put in by others. Where somebody put in less than nothing, sizes count, not signs: a
    share is one of all that was put in or taken out.
    """
    number = np.diff(contributions.indptr)
    if (contributions.data < 0).any():
        contributions = abs(contributions)
        figure = np.asarray(contributions.sum(axis=1), dtype=np.float64).ravel()
    first, second = _largest_two(contributions)
    few = (figure > 0) & (number < needed)
    dominated = (figure > 0) & (first > share * figure)
    missing = p_percent * first - (figure - first - second)
    within = (figure > 0) & (missing > 0)
    primary = few | dominated | within
    if counts:
        primary |= leaves_few(figure, contributions)
        slack = np.maximum(THRESHOLD - 1.0, np.ceil(0.1 * figure))
    else:
        slack = np.maximum(missing, np.where(few | dominated, p_percent * first, 0.0))
    slack = np.where(primary, slack, 0.0)
    return Sensitive(primary, slack, slack)


def leaves_few(count: Floats, contributions: sp.csr_matrix) -> Bools:
    """Counts that, without some controller's part, are 1 to 5 pupils: that controller would know of them."""
    cell = np.repeat(np.arange(len(count)), np.diff(contributions.indptr))
    rest = count[cell] - contributions.data
    found = np.zeros(len(count), bool)
    found[cell[(rest > 0) & (rest < THRESHOLD)]] = True
    return found


def all_or_none(count: Floats, shares: Ints, structural: Bools) -> Sensitive:
    """Nobody or everybody of a base has a sensitive attribute: a primary like a small count, the attribute's count too.

    ``shares`` pairs each sensitive cell with the cell it is a share of. A hidden zero needs [0, 6]; of a whole base its
    complement does, so the whole must seem able to be 6 less.
    """
    part, base = shares[:, 0], shares[:, 1]
    counted = (count[base] > 0) & ~structural[part]
    lower, upper = np.zeros(len(count)), np.zeros(len(count))
    none, whole = part[counted & (count[part] == 0)], part[counted & (count[part] == count[base])]
    upper[none] = THRESHOLD
    lower[whole] = np.minimum(THRESHOLD, count[whole])
    return Sensitive((lower > 0) | (upper > 0), lower, upper)


def _largest_two(contributions: sp.csr_matrix) -> tuple[Floats, Floats]:
    """The largest and the second largest contribution to each cell; 0 where there is none."""
    cells = contributions.shape[0]
    cell = np.repeat(np.arange(cells), np.diff(contributions.indptr))
    order = np.lexsort((-contributions.data, cell))
    ordered = contributions.data[order].astype(np.float64)
    start = contributions.indptr[:-1]
    number = np.diff(contributions.indptr)
    first, second = np.zeros(cells), np.zeros(cells)
    first[number > 0] = ordered[start[number > 0]]
    second[number > 1] = ordered[start[number > 1] + 1]
    return first, second
