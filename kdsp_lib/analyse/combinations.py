"""Sums and differences of several cells that leave a few pupils, or those of few controllers: what trackers work with.

70 with free meals and 12 looked after, but 78 with either: so 4 are both. Two hundred pupils less those of Years 1 to
4, filter by filter: the 3 of Year 5. Pairs and threes of cells are looked at elsewhere; here it is as many as there
are, cells that differ in filters, in what these speak of, and in whose pupils they count, and in nothing else. By
elimination over a prime field: a population that follows from others shows as a row of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kdsp_lib.analyse.attribute import ROOT
from kdsp_lib.analyse.axis import Axis
from kdsp_lib.analyse.elimination import reduced, whole_numbers
from kdsp_lib.analyse.grid import Key
from kdsp_lib.analyse.layout import SCOPE, WHERE
from kdsp_lib.analyse.membership import Ints, Sparse
from kdsp_lib.analyse.where import Where
from kdsp_lib.model.policy import DisclosurePolicy

MOST_CELLS = 200
"""Groups of more cells than this are left to what follows from their axes."""


@dataclass(frozen=True, slots=True)
class Combination:
    """Cells by how often each is added or taken away, and what that leaves: atoms by how often they are counted."""

    row: Mapping[int, int]
    atoms: Mapping[int, tuple[int, ...]]


def combinations_of(
    keys: tuple[Key, ...],
    axes: tuple[Axis, ...],
    wheres: Sequence[Where],
    member: Sparse,
    weights: Ints,
    owner: Sparse,
    policy: DisclosurePolicy,
    fewest: int,
) -> tuple[Combination, ...]:
    """The combinations of three cells or more that leave too few pupils or controllers.

    Too few are a small count of pupils, or one besides those of one controller; and, where some cell comes from
    ``policy.controllers`` controllers or more, fewer than ``fewest``. ``owner``: atoms by controllers.
    """
    scopes = {k for k, axis in enumerate(axes) if axis.name == SCOPE and len(axis.codes) > 1}
    spoken_of = {column.attribute for where in wheres for column in where.columns}
    filters = {k for k, axis in enumerate(axes) if axis.name.startswith(WHERE) or (wheres and axis.name in spoken_of)}
    # Of the pupils a filter speaks of, those with no session to attend are what the enrolments of its years lack.
    filters |= {k for k, axis in enumerate(axes) if filters and axis.base != ROOT}
    found: dict[tuple[tuple[int, int], ...], Combination] = {}
    for free in {frozenset(scopes), frozenset(filters), frozenset(scopes | filters)}:
        if free:
            for cells in groups_of(keys, free):
                for one in _of_group(cells, member, weights, owner, policy, fewest):
                    found.setdefault(tuple(sorted(one.row.items())), one)
    return tuple(found[row] for row in sorted(found))


def groups_of(keys: tuple[Key, ...], free: frozenset[int]) -> Iterator[Ints]:
    """The cells that agree in all axes but the ``free`` ones, three or more."""
    groups: dict[Key, list[int]] = defaultdict(list)
    for cell, key in enumerate(keys):
        groups[tuple(ROOT if k in free else code for k, code in enumerate(key))].append(cell)
    for cells in groups.values():
        if 3 <= len(cells) <= MOST_CELLS:
            yield np.asarray(cells, dtype=np.int64)


def _of_group(
    cells: Ints, member: Sparse, weights: Ints, owner: Sparse, policy: DisclosurePolicy, fewest: int
) -> Iterator[Combination]:
    part = member[cells]
    there = np.unique(part.indices)
    dense = np.asarray(part[:, there].todense(), dtype=np.int64)
    # Atoms that are in the same cells, in the order of these: of bits packed in bytes as of the columns themselves.
    packed = np.packbits(dense.astype(bool), axis=0)
    _, first, which = np.unique(packed, axis=1, return_index=True, return_inverse=True)
    patterns, which = dense[:, first], which.ravel()
    controllers = np.diff((part @ owner).tocsr().indptr)
    rows, factors = reduced(patterns)
    for row, by in zip(rows, factors, strict=True):
        if np.count_nonzero(by) < 3:
            continue
        atoms = there[np.isin(which, np.flatnonzero(row))]
        parts_of = weights[atoms] @ owner[atoms]
        several = (controllers[np.flatnonzero(by)] >= policy.controllers).any()
        few = parts_of.sum() - (parts_of.max() if several else 0) <= policy.small
        few |= several and np.count_nonzero(parts_of) < fewest
        whole = whole_numbers(by) if few else None
        if whole is not None:
            yield left_over(cells, whole, member)


def left_over(cells: Ints, whole: Ints, member: Sparse) -> Combination:
    """The combination of so many of each of these cells."""
    times = whole @ member[cells]
    parts = {int(n): tuple(map(int, np.flatnonzero(times == n))) for n in np.unique(times[times != 0])}
    return Combination({int(c): int(n) for c, n in zip(cells, whole, strict=True) if n}, parts)
