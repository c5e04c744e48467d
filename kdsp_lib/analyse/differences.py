"""Populations that nearly coincide: what subtracting one printed cell from another would give away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.spatial import cKDTree

from kdsp_lib.analyse.membership import Ints, Sparse, weighted
from kdsp_lib.model.policy import DisclosurePolicy

Flags = npt.NDArray[np.bool_]

_BUCKETS = 48
_AT_ONCE = 20_000
_ROWS_AT_ONCE = 500


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


def near_pairs(
    member: Sparse,
    weights: Ints,
    owner: Sparse,
    policy: DisclosurePolicy,
    fewest: int,
    told: Flags | None = None,
    settled: Flags | None = None,
    across: Flags | None = None,
) -> tuple[Difference, ...]:
    """Pairs of cells, neither of which is small, whose populations nearly coincide.

    That is: they differ by a small count; or both come from ``policy.controllers`` controllers or more (but for a cell
    that is ``told`` of one), and what either has without the other from fewer than ``fewest`` together: of two areas
    that differ by a school each, either school would learn the other's figure. Smaller cells are withheld anyway.
    Populations that merely happen to be equal say nothing: whoever does not see the pupils cannot know that they are
    the same ones. Nor do cells that share nobody: what either has without the other is itself. ``owner``: atoms by
    controllers.

    ``settled``: cells that are out already. Two of these were looked at when the later of them was released, and tell
    nothing new of what they leave, which is a cell of this pair alone: unless it is a small count, and so
    may be what another pair leaves too. ``across``: only pairs of a cell that is marked and one that is not.
    """
    contributions = weighted(member, weights, owner)
    counts = np.asarray(member @ weights, dtype=np.int64)
    small = policy.small
    big = np.flatnonzero(counts > small)
    several = np.diff(contributions.indptr) >= policy.controllers
    alone = np.zeros(len(counts), dtype=bool) if told is None else told & ~several
    near = _few_controllers(contributions, big[several[big]], big[(several | alone)[big]], fewest)
    candidates = _unique(np.concatenate((_close(member, weights, big, small), near)))
    if across is not None:
        candidates = candidates[across[candidates[:, 0]] != across[candidates[:, 1]]]
    candidates = candidates[_meet(candidates, member)]
    found: list[Difference] = []
    for left, right, apart in _apart(candidates, member):
        only_left, only_right = apart.maximum(0) @ weights, -apart.minimum(0) @ weights
        few = np.diff((abs(apart) @ owner).tocsr().indptr) < fewest
        enough = (several[left] & (several | alone)[right]) | (alone[left] & several[right])
        chosen = (only_left + only_right <= small) | (few & enough)
        chosen &= np.diff(apart.indptr) > 0
        if settled is not None:
            chosen &= ~(settled[left] & settled[right]) | _is_small(only_left, small) | _is_small(only_right, small)
        found += _differences(left, right, apart, np.flatnonzero(chosen))
    return tuple(found)


def differences(pairs: Ints, member: Sparse) -> list[Difference]:
    """What the two cells of each of some pairs hold without each other."""
    parts = (_differences(left, right, apart, range(len(left))) for left, right, apart in _apart(pairs, member))
    return [difference for part in parts for difference in part]


def _apart(pairs: Ints, member: Sparse) -> Iterator[tuple[Ints, Ints, Sparse]]:
    """Many pairs at once, with the atoms by which the cells of each differ: 1 only in the left, -1 in the right."""
    for start in range(0, len(pairs), _AT_ONCE):
        left, right = pairs[start : start + _AT_ONCE].T
        apart = member[left] - member[right]
        apart.eliminate_zeros()
        apart.sort_indices()
        yield left, right, apart


def _differences(left: Ints, right: Ints, apart: Sparse, rows: Iterable[int]) -> list[Difference]:
    found = []
    for row in rows:
        there = slice(apart.indptr[row], apart.indptr[row + 1])
        atoms, sides = apart.indices[there], apart.data[there]
        only_left, only_right = (tuple(atoms[sides == side].tolist()) for side in (1, -1))
        found.append(Difference(int(left[row]), int(right[row]), only_left, only_right))
    return found


def _close(member: Sparse, weights: Ints, cells: Ints, small: int) -> Ints:
    """Candidates by a sketch: pupils dealt into buckets; cells differ by at least what their buckets differ by."""
    if len(cells) < 2:
        return np.zeros((0, 2), dtype=np.int64)
    bucket = (np.arange(member.shape[1], dtype=np.int64) * 2654435761 % (1 << 32)) % _BUCKETS
    deal = sparse.csr_matrix((weights, (np.arange(len(weights)), bucket)), shape=(len(weights), _BUCKETS))
    sketch = np.asarray((member[cells] @ deal).todense(), dtype=float)
    near = cKDTree(sketch).query_pairs(small + 0.5, p=1, output_type="ndarray")
    return np.asarray(cells[near.astype(np.int64)].reshape(-1, 2), dtype=np.int64)


def _few_controllers(contributions: Sparse, wholes: Ints, parts: Ints, fewest: int) -> Ints:
    """Candidates by contributions: cells that agree but for fewer than ``fewest`` controllers.

    Two cells differ in as many as put something into either, less those who put into both, less those who put in the
    same: three products for many cells at once.
    """
    given = contributions[parts].tocoo()
    row, controller = given.coords
    amounts = np.unique(np.stack((controller, given.data)), axis=1, return_inverse=True)[1].ravel()
    ones = np.ones(len(row), dtype=np.float32)
    equal = sparse.csr_matrix((ones, (row, amounts)), shape=(len(parts), int(amounts.max(initial=0)) + 1))
    there = np.zeros(given.shape, dtype=np.float32)
    there[row, controller] = 1
    number, columns = there.sum(axis=1), equal.T.tocsr()
    places = np.searchsorted(parts, wholes)
    pairs = [np.zeros((0, 2), dtype=np.int64)]
    for start in range(0, len(places), _ROWS_AT_ONCE):
        some = places[start : start + _ROWS_AT_ONCE]
        differ = number[some][:, None] + number - there[some] @ there.T - (equal[some] @ columns).toarray()
        one, other = np.nonzero(differ < fewest)
        pairs.append(np.stack((parts[some[one]], parts[other]), axis=1)[some[one] != other])
    return np.asarray(_unique(np.concatenate(pairs)).reshape(-1, 2), dtype=np.int64)


def _is_small(pupils: Ints, small: int) -> Flags:
    """Whether these are so few that they are the same cell, whatever leaves them."""
    return np.asarray((pupils > 0) & (pupils <= small), dtype=bool)


def _meet(pairs: Ints, member: Sparse) -> Flags:
    """Whether the cells of each pair share anybody."""
    meet = [np.zeros(0, dtype=bool)]
    for start in range(0, len(pairs), _AT_ONCE):
        left, right = pairs[start : start + _AT_ONCE].T
        meet.append(np.diff(member[left].multiply(member[right]).tocsr().indptr) > 0)
    return np.concatenate(meet)


def _unique(pairs: Ints) -> Ints:
    return np.unique(np.sort(pairs, axis=1), axis=0) if len(pairs) else pairs.reshape(-1, 2)
