"""What a list of pupils tells of other cells: what it shows can be added up, and subtracted from a table.

The cells of a list are apart and are all of its pupils. By its words alone each of them lies inside another cell, or
outside it, or is cut by it: what is not shown of its rows decides where they belong. Whoever holds the list and that
cell knows how many of the cut rows belong there and how many do not. Both are cells, to be protected with the rest.

Of the rows that show the same they know more where nearly all who belong there, or nearly all who do not, are such
rows: at most so many can be of the others. Where that leaves a few pupils no doubt, what such rows have there is a cell
too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kdsp_lib.analyse.differences import SMALL
from kdsp_lib.analyse.meaning import Meaning, Values
from kdsp_lib.analyse.membership import Ints, Sparse

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Cut:
    """``whole`` holds the cells of a list ``inside`` it, ``rest`` of those ``across`` it, and nobody else.

    ``beyond`` are those of the cells across that are not in it; all as atoms. ``is_share``: that all or none of them
    are in it would itself be disclosive. ``telling``: those of the cells across of which both together tell too much.
    """

    whole: int
    inside: tuple[int, ...]
    across: tuple[int, ...]
    rest: tuple[int, ...]
    beyond: tuple[int, ...]
    is_share: bool
    telling: tuple[int, ...] = ()


def cuts(
    cells: Sequence[int],
    meanings: Sequence[Meaning],
    member: Sparse,
    weights: Ints,
    sensitive: Flags,
    structural: Flags,
) -> Iterator[Cut]:
    """How every cell lies to the list of these ``cells``, but for those of the list itself and those apart from it.

    Those in which public facts leave nobody are left out: they tell nothing.

    A cell may reach beyond the list's pupils: what it has of others is part of its ``rest``.
    """
    listed = _Listed([dict(meanings[cell]) for cell in cells])
    of_list, own = np.asarray(cells, dtype=np.int64), frozenset(cells)
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
        telling = across[_are_told(member[across], weights, rest, beyond)] if np.isin(rest, cut).all() else across[:0]
        yield Cut(
            whole, tuple(map(int, of_list[inside])), tuple(map(int, across)), tuple(map(int, rest)),
            tuple(map(int, beyond)), bool(sensitive[whole]), tuple(map(int, telling)),
        )  # fmt: skip


def _are_told(across: Sparse, weights: Ints, rest: Ints, beyond: Ints) -> Flags:
    """Of which of these cells the few in a cut, or the few not in it, could not be any of 0 to 6.

    As many can leave it as others, across it too, can take their place; so many can come as these can leave room for.
    """
    if across.shape[0] < 2:
        return np.zeros(across.shape[0], dtype=bool)
    (here, others), (there, elsewhere) = (_shared(across, weights, atoms) for atoms in (rest, beyond))
    return _is_narrow(here, others, there, elsewhere) | _is_narrow(there, elsewhere, here, others)


def _is_narrow(few: Ints, beside: Ints, own_rest: Ints, opposite: Ints) -> Flags:
    """Whether 1 to 5 could not be fewer by as many, or more, up to 6 or all there are, with all four sums the same."""
    more = np.minimum(SMALL + 1 - few, own_rest)
    narrow: Flags = (few > 0) & (few <= SMALL) & ((opposite < few) | (beside < more))
    return narrow


def _shared(across: Sparse, weights: Ints, atoms: Ints) -> tuple[Ints, Ints]:
    """How many pupils of these atoms each cell has, and all the others have."""
    of_each = np.asarray(across[:, atoms] @ weights[atoms], dtype=np.int64)
    return of_each, of_each.sum() - of_each


class _Listed:
    """Where the cells of a list lie, by the words of another cell."""

    def __init__(self, shown: list[dict[str, Values]]) -> None:
        self._shown = shown
        self._known: dict[tuple[str, Values], tuple[Flags, Flags]] = {}

    def places(self, meaning: Meaning) -> tuple[Flags, Flags]:
        """Which cells of the list lie inside a cell of that meaning, and which outside it."""
        inside, outside = np.ones(len(self._shown), dtype=bool), np.zeros(len(self._shown), dtype=bool)
        for column, values in meaning:
            within, apart = self._by_column(column, values)
            inside &= within
            outside |= apart
        return inside & ~outside, outside

    def _by_column(self, column: str, values: Values) -> tuple[Flags, Flags]:
        if (column, values) not in self._known:
            told = [shown.get(column) for shown in self._shown]
            within = np.array([each is not None and each <= values for each in told], dtype=bool)
            apart = np.array([each is not None and not each & values for each in told], dtype=bool)
            self._known[column, values] = within, apart
        return self._known[column, values]


def _atoms(member: Sparse, cells: Sequence[int] | Ints) -> Ints:
    parts = [member.indices[member.indptr[cell] : member.indptr[cell + 1]] for cell in cells]
    return np.sort(np.concatenate(parts)).astype(np.int64) if parts else np.zeros(0, dtype=np.int64)
