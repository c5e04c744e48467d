"""Small cells that others overlap in: of 42 pupils of a year 22 are girls and 22 have free meals: 2 or more are both.

No table needs to ask for the girls of that year with free meals for this to be known, and with it that so many girls
have free meals: a cell of another table, and perhaps a small one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from kdsp_lib.analyse.axis import Axis
from kdsp_lib.analyse.differences import SMALL, Flags
from kdsp_lib.analyse.grid import Key
from kdsp_lib.analyse.meaning import Meaning, Values
from kdsp_lib.analyse.membership import Ints, Sparse

LARGEST = 12
"""So many pupils a cell may have that is looked into although it is not small, and two cells may share."""
_ROWS_AT_ONCE = 500
Words = Mapping[str, Values]
"""What a cell says of whoever is in it, by column."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """``left`` and ``right`` lie in ``whole``."""

    left: int
    right: int
    whole: int


def overlaps(
    keys: Sequence[Key],
    axes: Sequence[Axis],
    meanings: Sequence[Meaning],
    member: Sparse,
    weights: Ints,
    contributions: Sparse,
    fewest: int,
    told: Flags,
) -> Iterator[tuple[int, tuple[Overlap, ...]]]:
    """Each cell of few pupils with overlaps inside it, by their words alone, that leave it a least number.

    Of few pupils is a cell of up to ``SMALL``; and one of up to ``LARGEST`` that without some controller's part is of
    up to ``SMALL``, or from fewer than ``fewest`` controllers, unless it is ``told`` of them. Two cells of more than
    ``SMALL`` that share n pupils, of a whole that has m beyond both, tell that n - m or more are shared: the sum of
    their counts less that of the whole. With them come those of the other levels (years) of which the small cell is
    the sum: least numbers add up, and who leaves one level is in another. ``member`` and ``contributions``: these cells
    by atoms and by controllers.
    """
    counts = np.asarray(member @ weights, dtype=np.int64)
    if not counts.any():
        return
    words, index = [dict(meaning) for meaning in meanings], {key: cell for cell, key in enumerate(keys)}
    order = np.argsort(counts, kind="stable")
    by_atom, by_count, few = member.tocsc(), counts[order], _sharing_few(member, weights, counts)
    for small in np.flatnonzero(_of_few(counts, contributions, fewest, told)).tolist():
        own = member.indices[member.indptr[small] : member.indptr[small + 1]]
        meeting = np.unique(by_atom[:, own].indices)
        meeting = meeting[counts[meeting] > SMALL]
        inside = member[meeting][:, own].toarray()
        shared = few[meeting][:, meeting].tocoo()
        held = ((inside * weights[own])[shared.row] * inside[shared.col]).sum(axis=1)
        found: dict[tuple[Overlap, ...], None] = {}
        for pair in np.flatnonzero(held == shared.data):
            left, right = int(meeting[shared.row[pair]]), int(meeting[shared.col[pair]])
            common = int(shared.data[pair])
            if not _are_both_in(left, right, words[small], words):
                continue
            together = int(counts[left] + counts[right]) - common
            for whole in order[slice(*np.searchsorted(by_count, (together, together + common)))].tolist():
                if _are_each_in(left, right, words[whole], words):
                    found.update(dict.fromkeys(_families(small, Overlap(left, right, whole), keys, axes, index)))
        for family in found:
            # A filter may speak of the level itself: what holds of one level by its words need not of another.
            inside_it = tuple(
                one
                for one in family
                if _are_both_in(one.left, one.right, words[small], words)
                and _are_each_in(one.left, one.right, words[one.whole], words)
            )
            if inside_it:
                yield small, inside_it


def _of_few(counts: Ints, contributions: Sparse, fewest: int, told: Flags) -> Flags:
    largest = np.asarray(contributions.max(axis=1).todense()).ravel()
    delicate = (counts - largest <= SMALL) | (np.diff(contributions.indptr) < fewest)
    return np.asarray((counts > 0) & ((counts <= SMALL) | ((counts <= LARGEST) & delicate & ~told)))


def _families(
    small: int, one: Overlap, keys: Sequence[Key], axes: Sequence[Axis], index: Mapping[Key, int]
) -> Iterator[tuple[Overlap, ...]]:
    """The overlap with those of the other levels of an axis that the small cell is the sum over; by every such axis."""
    cells = (one.left, one.right, one.whole)
    splits = [
        (k, split.children)
        for k, axis in enumerate(axes)
        for split in axis.splits
        if split.parent == keys[small][k]
        and {keys[cell][k] for cell in cells} == {keys[cells[0]][k]} <= {*split.children}
    ]
    for k, children in splits:
        of_levels = [[(*keys[cell][:k], code, *keys[cell][k + 1 :]) for cell in cells] for code in children]
        yield tuple(
            Overlap(*(index[key] for key in level)) for level in of_levels if all(key in index for key in level)
        )
    if not splits:
        yield (one,)


def _sharing_few(member: Sparse, weights: Ints, counts: Ints) -> Sparse:
    """How many pupils every two cells of more than ``SMALL`` share, where they are 1 to ``LARGEST``: each pair once."""
    big = np.flatnonzero(counts > SMALL)
    by_weight = (member @ sparse.diags_array(weights, dtype=np.int64)).tocsr()
    found = [np.zeros((3, 0), dtype=np.int64)]
    for start in range(0, len(big), _ROWS_AT_ONCE):
        rows = big[start : start + _ROWS_AT_ONCE]
        shared = (by_weight[rows] @ member[big].T).tocoo()
        row, column = rows[shared.coords[0]], big[shared.coords[1]]
        chosen = (shared.data <= LARGEST) & (row < column)
        found.append(np.stack((row[chosen], column[chosen], shared.data[chosen])))
    row, column, common = np.concatenate(found, axis=1)
    return sparse.csr_matrix((common, (row, column)), shape=(len(counts), len(counts)))


def _are_both_in(left: int, right: int, of: Words, words: Sequence[Words]) -> bool:
    """Whether whoever is in both of two cells is in that, by its words."""
    one, other = words[left], words[right]
    return _is_in({**one, **{column: one.get(column, values) & values for column, values in other.items()}}, of)


def _are_each_in(left: int, right: int, of: Words, words: Sequence[Words]) -> bool:
    """Whether whoever is in one of two cells is in that, by its words."""
    return _is_in(words[left], of) and _is_in(words[right], of)


def _is_in(words: Words, of: Words) -> bool:
    """Whether everybody of whom that is said is in the other, by its words."""
    return all(column in words and words[column] <= values for column, values in of.items())
