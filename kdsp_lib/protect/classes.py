"""A list with a row a pupil in which nobody is recognised: what is shown of each is shared by many, by classes.

Rows that show the same in the columns by which somebody might know a pupil (quasi-identifiers) are a class; rows that
show the same in all columns are a cell of it. Every cell counts as a cell of a table: as many pupils and
controllers as a figure needs, not mostly of one, and no controller who takes its own pupils away finds a small count
left. So a class still has enough or none without any one controller. Where a class shows a sensitive column it
shows several values, each so shared, and never that a value is absent.

Values are told apart where this holds, put together with their neighbours where not, and else not shown. It begins
with one class of all and looks at the columns in the order given, so what comes first is told most of.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from kdsp_lib.model.policy import DisclosurePolicy
from kdsp_lib.protect.sensitivity import few_contributors, small_counts

Ints = npt.NDArray[np.int64]
Values = frozenset[int]
"""Values of a column that are not told apart, by number."""


@dataclass(frozen=True, slots=True, eq=False)
class ListedColumn:
    """A column of the list.

    ``values`` has the number of each group's value; the ``levels`` say from coarse to fine which values may be told
    apart, each a partition of all numbers in their order. ``controllers``: how many a figure about it needs.
    """

    values: Ints
    levels: tuple[tuple[Values, ...], ...]
    is_sensitive: bool
    controllers: int

    @property
    def all(self) -> Values:
        """Every value that the column may have."""
        return frozenset().union(*self.levels[0])


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """Rows that show the same: by column the values that are not told apart, and the groups of pupils behind them."""

    shown: tuple[Values, ...]
    groups: Ints


@dataclass(frozen=True, slots=True)
class _Class:
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _People:
    """How many pupils each group has, by who runs their establishment."""

    columns: tuple[ListedColumn, ...]
    weights: Ints
    owners: Ints
    policy: DisclosurePolicy

    def by_owner(self, groups: Ints) -> Ints:
        return np.bincount(self.owners[groups], self.weights[groups], self.owners.max(initial=0) + 1).astype(np.int64)

    def needed(self, shown: Sequence[Values]) -> int:
        narrowed = (column for column, values in zip(self.columns, shown, strict=True) if values != column.all)
        return max((column.controllers for column in narrowed), default=self.policy.controllers)


def make_cells(
    columns: Sequence[ListedColumn], weights: Ints, owners: Ints, policy: DisclosurePolicy
) -> tuple[Cell, ...] | None:
    """The cells of the list, in order; among them empty ones, where a class tells that nobody has a value.

    ``weights`` and ``owners`` give each group's pupils and the number of who runs their establishment. None where even
    the list that shows nothing of anybody tells of too few.
    """
    people = _People(tuple(columns), weights, owners, policy)
    everybody = Cell(tuple(column.all for column in columns), np.flatnonzero(weights > 0))
    if not _are_safe([people.by_owner(everybody.groups)], [people.needed(everybody.shown)], policy).all():
        return None
    classes, empty = [_Class((everybody,))], list[Cell]()
    for k, column in enumerate(people.columns):
        for level in column.levels:
            if column.is_sensitive:
                classes = [_Class(tuple(_told_apart(one, k, level, people))) for one in classes]
            else:
                pairs = [_split(one, k, level, people) for one in classes]
                classes = [part for parts, _ in pairs for part in parts]
                empty += [cell for _, nobody in pairs for cell in nobody]
    cells = (*(cell for one in classes for cell in one.cells), *empty)
    return tuple(sorted(cells, key=lambda cell: [sorted(values) for values in cell.shown]))


def _told_apart(one: _Class, k: int, level: Iterable[Values], people: _People) -> list[Cell]:
    """The cells of a class, each cut by a sensitive column where all its parts may be told apart."""
    parts = [(cell, values) for cell in one.cells for values in _parts((cell,), k, level, people)]
    return [_cut(cell, values, k, people) for cell, values in parts]


def _split(one: _Class, k: int, level: Iterable[Values], people: _People) -> tuple[list[_Class], list[Cell]]:
    """A class cut by a quasi-identifier, all its cells alike, and what it so tells that nobody is; or itself."""
    parts = _parts(one.cells, k, level, people)
    if len(parts) == 1:
        return [one], []
    cut = [_Class(tuple(_cut(cell, part, k, people) for cell in one.cells)) for part in parts]
    there = frozenset().union(*parts)
    shown = one.cells[0].shown[k]
    nobody = [values & shown for values in level if values & shown and not values & there]
    empty = [_cut(cell, values, k, people) for values in nobody for cell in one.cells]
    return cut, empty


def _parts(cells: Sequence[Cell], k: int, level: Iterable[Values], people: _People) -> list[Values]:
    """The values of a column that may be told apart in all of these cells, at this level; one part where none may."""
    column, whole = people.columns[k], cells[0].shown[k]
    parts = [values & whole for values in level if values & whole]
    if not column.is_sensitive:
        present = frozenset(column.values[np.concatenate([cell.groups for cell in cells])].tolist())
        parts = [values for values in parts if values & present]
    needed = [people.needed((*cell.shown[:k], frozenset(), *cell.shown[k + 1 :])) for cell in cells]
    counts = [[people.by_owner(_cut(cell, part, k, people).groups) for cell in cells] for part in parts]
    while len(parts) > 1:
        safe = [bool(_are_safe(each, needed, people.policy).all()) for each in counts]
        if all(safe):
            return parts
        sizes = [int(np.sum(each)) for each in counts]
        worst = min((k for k, holds in enumerate(safe) if not holds), key=sizes.__getitem__)
        beside = min((j for j in (worst - 1, worst + 1) if 0 <= j < len(parts)), key=sizes.__getitem__)
        first, second = sorted((worst, beside))
        parts[first] |= parts.pop(second)
        counts[first] = [one + other for one, other in zip(counts[first], counts.pop(second), strict=True)]
    return [whole]


def _cut(cell: Cell, values: Values, k: int, people: _People) -> Cell:
    """The rows of a cell that have one of these values in column ``k``."""
    if values == cell.shown[k]:
        return cell
    has = np.isin(people.columns[k].values[cell.groups], list(values))
    return Cell((*cell.shown[:k], values, *cell.shown[k + 1 :]), cell.groups[has])


def _are_safe(by_owner: Sequence[Ints], needed: Sequence[int], policy: DisclosurePolicy) -> npt.NDArray[np.bool_]:
    """Which of these counts no rule withholds, and somebody is in."""
    put_in = np.asarray(by_owner, dtype=np.float64)
    count, wanted = put_in.sum(axis=1), np.asarray(needed, dtype=np.int64)
    few = few_contributors(count, sp.csr_matrix(put_in), wanted, counts=True, policy=policy)
    safe: npt.NDArray[np.bool_] = (count > 0) & ~small_counts(count, policy.threshold).primary & ~few.primary
    return safe
