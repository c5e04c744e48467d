"""Populations that nearly coincide: what subtracting one printed cell from another would give away."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.spatial import cKDTree

from kdsp_lib.analyse.membership import Ints, Sparse, weighted

Flags = npt.NDArray[np.bool_]

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


def near_pairs(
    member: Sparse, weights: Ints, owner: Sparse, fewest: int, told: Flags | None = None
) -> tuple[Difference, ...]:
    """Pairs of cells, each of more than ``SMALL`` pupils, whose populations nearly coincide.

    That is: they differ by 1 to ``SMALL`` pupils; or both come from ``CONTROLLERS`` controllers or more (but for a cell
    that is ``told`` of one), and what either has without the other from fewer than ``fewest`` together: of two areas
    that differ by a school each, either school would learn the other's figure. Smaller cells are withheld anyway.
    Populations that merely happen to be equal say nothing: whoever does not see the pupils cannot know that they are
    the same ones. ``owner``: atoms by controllers.
    """
    contributions = weighted(member, weights, owner)
    counts = np.asarray(member @ weights, dtype=np.int64)
    big = np.flatnonzero(counts > SMALL)
    several = np.diff(contributions.indptr) >= CONTROLLERS
    alone = np.zeros(len(counts), dtype=bool) if told is None else told & ~several
    near = _few_controllers(contributions, big[several[big]], big[(several | alone)[big]], fewest)
    candidates = _unique(np.concatenate((_close(member, weights, big), near)))
    found = []
    for left, right in _confirmed(candidates, member, weights, owner, fewest, several, alone):
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


def _few_controllers(contributions: Sparse, wholes: Ints, parts: Ints, fewest: int) -> Ints:
    """Candidates by contributions: cells that agree but for fewer than ``fewest`` controllers."""
    dense = np.asarray(contributions[parts].todense(), dtype=np.int32)
    pairs = [np.zeros((0, 2), dtype=np.int64)]
    for whole, place in zip(wholes, np.searchsorted(parts, wholes), strict=True):
        near = np.flatnonzero((dense != dense[place]).sum(axis=1) < fewest)
        near = near[near != place]
        pairs.append(np.stack((np.full(len(near), whole), parts[near]), axis=1))
    return np.asarray(_unique(np.concatenate(pairs)).reshape(-1, 2), dtype=np.int64)


def _unique(pairs: Ints) -> Ints:
    return np.unique(np.sort(pairs, axis=1), axis=0) if len(pairs) else pairs.reshape(-1, 2)


def _confirmed(
    candidates: Ints,
    member: Sparse,
    weights: Ints,
    owner: Sparse,
    fewest: int,
    several: Flags,
    alone: Flags,
) -> list[tuple[int, int]]:
    counts = np.asarray(member @ weights, dtype=np.int64)
    found: list[tuple[int, int]] = []
    for start in range(0, len(candidates), _AT_ONCE):
        left, right = candidates[start : start + _AT_ONCE].T
        shared = np.asarray(member[left].multiply(member[right]) @ weights).ravel()
        apart = counts[left] + counts[right] - 2 * shared
        apart_by = abs(member[left] - member[right]) @ owner
        apart_by.eliminate_zeros()
        few = np.diff(apart_by.indptr) < fewest
        enough = (several[left] & (several | alone)[right]) | (alone[left] & several[right])
        chosen = (apart <= SMALL) | (few & enough)
        found.extend(zip(map(int, left[chosen]), map(int, right[chosen]), strict=True))
    return found


def difference(left: int, right: int, member: Sparse) -> Difference:
    """What two cells hold without each other."""
    mine, other = (member.indices[member.indptr[c] : member.indptr[c + 1]] for c in (left, right))
    only_left = np.setdiff1d(mine, other, assume_unique=True)
    only_right = np.setdiff1d(other, mine, assume_unique=True)
    return Difference(left, right, tuple(map(int, only_left)), tuple(map(int, only_right)))
