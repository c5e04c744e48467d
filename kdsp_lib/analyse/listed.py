"""What a list of pupils tells of other cells: what it shows can be added up, and subtracted from a table.

The cells of a list are apart and are all of its pupils. By its words alone each of them lies inside another cell, or
outside it, or is cut by it: what is not shown of its rows decides where they belong. Whoever holds the list and that
cell knows how many of the cut rows belong there and how many do not. Both are cells, to be protected with the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kdsp_lib.analyse.meaning import Meaning, Values
from kdsp_lib.analyse.membership import Ints, Sparse

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Cut:
    """``whole`` holds the cells of a list ``inside`` it, ``rest`` of those ``across`` it, and nobody else.

    ``beyond`` are those of the cells across that are not in it; all as atoms. ``is_share``: that all or none of them
    are in it would itself be disclosive.
    """

    whole: int
    inside: tuple[int, ...]
    across: tuple[int, ...]
    rest: tuple[int, ...]
    beyond: tuple[int, ...]
    is_share: bool


def cuts(
    cells: Sequence[int], meanings: Sequence[Meaning], member: Sparse, sensitive: Flags, structural: Flags
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
        beyond = np.setdiff1d(_atoms(member, across), there, assume_unique=True)
        yield Cut(
            whole, tuple(map(int, of_list[inside])), tuple(map(int, across)), tuple(map(int, rest)),
            tuple(map(int, beyond)), bool(sensitive[whole]),
        )  # fmt: skip


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
