"""Populations that nearly coincide: what subtracting one printed cell from another would give away."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse
from scipy.spatial import cKDTree

from kdsp_lib.analyse.membership import Ints, Sparse

SMALL = 5
"""A difference of so few pupils, or fewer, tells of them."""
CONTROLLERS = 3
"""A difference that comes from fewer controllers tells of one to the others."""
DELICATE_CONTROLLERS = 4
"""So many are needed where the data are delicate."""
DELICATE = frozenset({"safeguarding", "exclusions", "sen"})
_BUCKETS = 48
_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class Difference:
    """``left`` and ``right`` differ by so few: atoms only in the one, atoms only in the other (either may be none)."""

    left: int
    right: int
    only_left: tuple[int, ...]
    only_right: tuple[int, ...]

    def moved(self, places: Ints) -> Difference:
        """The same between the cells that these are the places of."""
        return replace(self, left=int(places[self.left]), right=int(places[self.right]))


def fewest_controllers(categories: frozenset[str]) -> int:
    """From how many controllers a difference must come in a report of these categories of data."""
    return DELICATE_CONTROLLERS if categories & DELICATE else CONTROLLERS


def near_pairs(member: Sparse, weights: Ints, contributions: Sparse, fewest: int) -> tuple[Difference, ...]:
    """Pairs of cells, each of more than ``SMALL`` pupils, whose populations nearly coincide.

    That is: they differ by 1 to ``SMALL`` pupils; or one holds the other, both come from ``CONTROLLERS`` controllers
    or more, and the difference from fewer than ``fewest``. Smaller cells are withheld anyway. Populations that merely
    happen to be equal say nothing: whoever does not see the pupils cannot know that they are the same ones.
    """
    counts = np.asarray(member @ weights, dtype=np.int64)
    big = np.flatnonzero(counts > SMALL)
    candidates = _unique(np.concatenate((_close(member, weights, big), _few_controllers(contributions, big, fewest))))
    found = []
    for left, right in _confirmed(candidates, member, weights, counts, contributions, fewest):
        between = difference(left, right, member)
        if between.only_left or between.only_right:
            found.append(between)
    return tuple(found)


def _close(member: Sparse, weights: Ints, cells: Ints) -> Ints:
    """Candidates by a sketch: pupils dealt into buckets; cells differ by at least what their buckets differ by."""
    if len(cells) < 2:
        return np.zeros((0, 2), dtype=np.int64)
    bucket = (np.arange(member.shape[1], dtype=np.int64) * 2654435761 % (1 << 32)) % _BUCKETS
    deal = sparse.csr_matrix((weights, (np.arange(len(weights)), bucket)), shape=(len(weights), _BUCKETS))
    sketch = np.asarray((member[cells] @ deal).todense(), dtype=float)
    near = cKDTree(sketch).query_pairs(SMALL + 0.5, p=1, output_type="ndarray")
    return np.asarray(cells[near.astype(np.int64)].reshape(-1, 2), dtype=np.int64)


def _few_controllers(contributions: Sparse, cells: Ints, fewest: int) -> Ints:
    """Candidates by contributions: cells of several controllers that agree but for fewer than ``fewest``."""
    dense = np.asarray(contributions[cells].todense(), dtype=np.int32)
    several = (dense > 0).sum(axis=1) >= CONTROLLERS
    cells, dense = cells[several], dense[several]
    pairs = [np.zeros((0, 2), dtype=np.int64)]
    for upper in range(len(cells)):
        near = np.flatnonzero((dense != dense[upper]).sum(axis=1) < fewest)
        lower = near[(dense[upper] >= dense[near]).all(axis=1) & (near != upper)]
        pairs.append(np.stack((np.full(len(lower), upper), lower), axis=1))
    return np.asarray(cells[_unique(np.concatenate(pairs))].reshape(-1, 2), dtype=np.int64)


def _unique(pairs: Ints) -> Ints:
    return np.unique(np.sort(pairs, axis=1), axis=0) if len(pairs) else pairs.reshape(-1, 2)


def _confirmed(
    candidates: Ints, member: Sparse, weights: Ints, counts: Ints, contributions: Sparse, fewest: int
) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for start in range(0, len(candidates), _AT_ONCE):
        left, right = candidates[start : start + _AT_ONCE].T
        shared = np.asarray(member[left].multiply(member[right]) @ weights).ravel()
        apart = counts[left] + counts[right] - 2 * shared
        nested = shared == np.minimum(counts[left], counts[right])
        apart_by = contributions[left] - contributions[right]
        apart_by.eliminate_zeros()
        few = np.diff(apart_by.indptr) < fewest
        several = np.minimum(np.diff(contributions[left].indptr), np.diff(contributions[right].indptr)) >= CONTROLLERS
        chosen = (apart <= SMALL) | (nested & few & several)
        found.extend(zip(map(int, left[chosen]), map(int, right[chosen]), strict=True))
    return found


def difference(left: int, right: int, member: Sparse) -> Difference:
    """What two cells hold without each other."""
    mine, other = (member.indices[member.indptr[c] : member.indptr[c + 1]] for c in (left, right))
    only_left = np.setdiff1d(mine, other, assume_unique=True)
    only_right = np.setdiff1d(other, mine, assume_unique=True)
    return Difference(left, right, tuple(map(int, only_left)), tuple(map(int, only_right)))
