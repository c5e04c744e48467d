"""What a list of pupils tells of other cells: what it shows can be added up, and subtracted from a table.

The cells of a list are apart and are all of its pupils. By its words alone each of them lies inside another cell, or
outside it, or is cut by it: what is not shown of its rows decides where they belong. Whoever holds the list and that
cell knows how many of the cut rows belong there and how many do not. Both are cells, to be protected with the rest.

Of the rows that show the same, in all columns or in one or two, they know more where nearly all who belong there, or
nearly all who do not, are such rows: at most so many can be of the others. Where that leaves a few pupils no doubt,
what such rows have there is a cell too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
import numpy.typing as npt
from scipy import sparse

from kdsp_lib.analyse.meaning import Meaning, Values
from kdsp_lib.analyse.membership import Ints, Sparse

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Cut:
    """``whole`` holds the cells of a list ``inside`` it, ``rest`` of those ``across`` it, and nobody else.

    ``beyond`` are those of the cells across that are not in it; all as atoms. ``is_share``: that all or none of them
    are in it would itself be disclosive. ``telling``: cells across that show the same, of which it tells too much.
    """

    whole: int
    inside: tuple[int, ...]
    across: tuple[int, ...]
    rest: tuple[int, ...]
    beyond: tuple[int, ...]
    is_share: bool
    telling: tuple[tuple[int, ...], ...] = ()


def cuts(
    cells: Sequence[int],
    meanings: Sequence[Meaning],
    member: Sparse,
    weights: Ints,
    sensitive: Flags,
    structural: Flags,
    few: int,
) -> Iterator[Cut]:
    """How every cell lies to the list of these ``cells``, but for those of the list itself and those apart from it.

    Those in which public facts leave nobody are left out: they tell nothing. Up to so ``few`` pupils must be in doubt.

    A cell may reach beyond the list's pupils: what it has of others is part of its ``rest``.
    """
    listed = _Listed([dict(meanings[cell]) for cell in cells], few)
    of_list, own = np.asarray(cells, dtype=np.int64), frozenset(cells)
    rows = member[of_list]
    cell_of = np.full(member.shape[1], -1)
    cell_of[rows.indices] = np.repeat(np.arange(len(of_list)), np.diff(rows.indptr))
    for whole, meaning in enumerate(meanings):
        if whole in own or structural[whole]:
            continue
        inside, outside = listed.places(meaning)
        across = of_list[~inside & ~outside]
        if not inside.any() and not len(across):
            continue
        there = _atoms(member, [whole])
        rest = np.setdiff1d(there, _atoms(member, of_list[inside]), assume_unique=True)
        cut = _atoms(member, across)
        beyond = np.setdiff1d(cut, there, assume_unique=True)
        telling: list[tuple[int, ...]] = []
        if np.isin(rest, cut, assume_unique=True).all():
            here, elsewhere = (
                np.bincount(cell_of[atoms], weights[atoms], len(of_list)).astype(np.int64) for atoms in (rest, beyond)
            )
            found = listed.told_of(~inside & ~outside, here, elsewhere)
            telling = [tuple(cells[k] for k in group) for group in found]
        yield Cut(
            whole, tuple(map(int, of_list[inside])), tuple(map(int, across)), tuple(map(int, rest)),
            tuple(map(int, beyond)), bool(sensitive[whole]), tuple(telling),
        )  # fmt: skip


class _Listed:
    """Where the cells of a list lie, by the words of another cell."""

    def __init__(self, shown: list[dict[str, Values]], few: int) -> None:
        self._shown, self._few = shown, few
        self._known: dict[tuple[str, Values], tuple[Flags, Flags]] = {}

    def places(self, meaning: Meaning) -> tuple[Flags, Flags]:
        """Which cells of the list lie inside a cell of that meaning, and which outside it."""
        inside, outside = np.ones(len(self._shown), dtype=bool), np.zeros(len(self._shown), dtype=bool)
        for column, values in meaning:
            within, apart = self._by_column(column, values)
            inside &= within
            outside |= apart
        return inside & ~outside, outside

    def told_of(self, across: Flags, here: Ints, elsewhere: Ints) -> list[tuple[int, ...]]:
        """The groups across a cell of whom it tells too much; by cell of the list, how many are in it, or are not.

        As many can leave as others across can take their place, and come as these leave room for: which is too much
        to know where a few pupils, in it or not, could not be any number up to one more, or of all that there are.
        """
        of_groups, others_of = self._groups[:, across], []
        for number in (here[across], elsewhere[across]):
            of_each = np.asarray(of_groups @ number, dtype=np.int64)
            others_of.append((of_each, number.sum() - of_each))
        (one, beside_one), (two, beside_two) = others_of
        narrow = _is_narrow(one, beside_one, two, beside_two, self._few)
        narrow |= _is_narrow(two, beside_two, one, beside_one, self._few)
        narrow &= np.diff(of_groups.indptr) < across.sum()
        places = np.flatnonzero(across)
        return sorted({tuple(map(int, places[of_groups[group].indices])) for group in np.flatnonzero(narrow)})

    @cached_property
    def _groups(self) -> Sparse:
        """Which cells of the list are of each class, and of all the rows that show the same in one column or in two."""
        found: dict[tuple[int, ...], None] = dict.fromkeys((cell,) for cell in range(len(self._shown)))
        said = {frozenset(said) for shown in self._shown for n in (1, 2) for said in combinations(shown.items(), n)}
        for each in said:
            within = [self._by_column(column, values)[0] for column, values in each]
            found[tuple(map(int, np.flatnonzero(np.logical_and.reduce(within))))] = None
        flags = np.zeros((len(found), len(self._shown)), dtype=np.int64)
        for k, cells in enumerate(sorted(found)):
            flags[k, list(cells)] = 1
        return sparse.csr_matrix(flags)

    def _by_column(self, column: str, values: Values) -> tuple[Flags, Flags]:
        if (column, values) not in self._known:
            told = [shown.get(column) for shown in self._shown]
            within = np.array([each is not None and each <= values for each in told], dtype=bool)
            apart = np.array([each is not None and not each & values for each in told], dtype=bool)
            self._known[column, values] = within, apart
        return self._known[column, values]


def _is_narrow(few: Ints, beside: Ints, own_rest: Ints, opposite: Ints, most: int) -> Flags:
    """Whether 1 to ``most`` could not be fewer by as many, or one more than that or all there are, in the same sums."""
    more = np.minimum(most + 1 - few, own_rest)
    narrow: Flags = (few > 0) & (few <= most) & ((opposite < few) | (beside < more))
    return narrow


def _atoms(member: Sparse, cells: Sequence[int] | Ints) -> Ints:
    parts = [member.indices[member.indptr[cell] : member.indptr[cell + 1]] for cell in cells]
    return np.sort(np.concatenate(parts)).astype(np.int64) if parts else np.zeros(0, dtype=np.int64)
