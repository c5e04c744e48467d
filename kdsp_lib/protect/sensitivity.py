"""Primary suppression: which figures are disclosive themselves, and how wide an interval must stay around each.

Every rule looks at what contributors put in: pupils by the count, establishments by their controllers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from kdsp_lib.model.policy import DisclosurePolicy
from kdsp_lib.protect.system import Bools, Floats, Ints


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


def small_counts(count: Floats, threshold: int) -> Sensitive:
    """Counts below the threshold: all from 0 to it must stay possible, so that it tells nothing of the count."""
    primary = (count > 0) & (count < threshold)
    return Sensitive(primary, np.where(primary, count, 0.0), np.where(primary, threshold - count, 0.0))


def few_contributors(
    figure: Floats,
    contributions: sp.csr_matrix,
    needed: Ints,
    *,
    counts: bool,
    policy: DisclosurePolicy,
) -> Sensitive:
    """Figures of too few controllers, or mostly of one, or that without some controller are small or of too few.

    Of a count, [v - s, v + s] must stay possible with s as `doubt_about` has it; of a magnitude, the slack that the
    p % rule misses, with nothing put in by others. Where somebody put in less than nothing, sizes count, not signs: a
    share is one of all that was put in or taken out.
    """
    number = np.diff(contributions.indptr)
    if (contributions.data < 0).any():
        contributions = abs(contributions)
        figure = np.asarray(contributions.sum(axis=1), dtype=np.float64).ravel()
    first, second = _largest_two(contributions)
    few = (figure > 0) & (number < needed)
    dominated = (figure > 0) & (first > policy.largest_share * figure)
    missing = policy.p_percent * first - (figure - first - second)
    within = (figure > 0) & (missing > 0)
    primary = few | dominated | within
    if counts:
        primary |= leaves_few(figure, contributions, policy.threshold)
        slack = doubt_about(figure, policy)
    else:
        slack = np.maximum(missing, np.where(few | dominated, policy.p_percent * first, 0.0))
    slack = np.where(primary, slack, 0.0)
    return Sensitive(primary, slack, slack)


def doubt_about(count: Floats, policy: DisclosurePolicy) -> Floats:
    """How far on either side an attacker must be left in doubt of a count that few controllers contribute to."""
    doubt: Floats = np.maximum(float(policy.small), np.ceil(policy.p_percent * count))
    return doubt


def leaves_few(count: Floats, contributions: sp.csr_matrix, threshold: int) -> Bools:
    """Counts that, without some controller's part, are below the threshold: that controller would know of them."""
    cell = np.repeat(np.arange(len(count)), np.diff(contributions.indptr))
    rest = count[cell] - contributions.data
    found = np.zeros(len(count), bool)
    found[cell[(rest > 0) & (rest < threshold)]] = True
    return found


def all_or_none(count: Floats, shares: Ints, structural: Bools, threshold: int) -> Sensitive:
    """Nobody or everybody of a base has a sensitive attribute: a primary like a small count, the attribute's count too.

    ``shares`` pairs each sensitive cell with the cell it is a share of. A hidden zero needs all from 0 to the
    threshold; of a whole base its complement does, so the whole must seem able to be as much less.
    """
    part, base = shares[:, 0], shares[:, 1]
    counted = (count[base] > 0) & ~structural[part]
    lower, upper = np.zeros(len(count)), np.zeros(len(count))
    none, whole = part[counted & (count[part] == 0)], part[counted & (count[part] == count[base])]
    upper[none] = threshold
    lower[whole] = np.minimum(threshold, count[whole])
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
