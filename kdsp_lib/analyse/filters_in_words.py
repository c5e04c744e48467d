"""What filters say of each other by their words: those with A and B and those without are all, as those with A are.

Each cell that filters tell apart is a set of kinds of pupils, by the values that filters and breakdowns speak of. By
elimination over a prime field: every sum and difference of such cells that is nobody, whoever the pupils are.
"""

from __future__ import annotations

import numpy as np

from kdsp_lib.analyse.attribute import ROOT
from kdsp_lib.analyse.combinations import Combination, groups_of
from kdsp_lib.analyse.elimination import null_rows, whole_numbers
from kdsp_lib.analyse.grid import Key
from kdsp_lib.analyse.kinds_of_pupils import Words
from kdsp_lib.analyse.membership import Ints, Sparse


def sums_in_words(words: Words, member: Sparse) -> tuple[Combination, ...]:
    """The combinations of cells that leave nobody by their words alone; ``member``: the cells by atoms.

    A pupil of whom a value is not known is in no filter that asks for it, nor in its opposite: where there is such a
    pupil, what leaves only them is no combination.
    """
    axes = words.axes.axes
    filters = {k for k, axis in enumerate(axes) if axis.name in words.wheres}
    if len(filters) < 2:
        return ()
    spoken_of = {column.attribute for where in words.wheres.values() for column in where.columns}
    others = {k for k, axis in enumerate(axes) if axis.name in spoken_of or axis.base != ROOT}
    found: dict[tuple[tuple[int, int], ...], Combination] = {}
    nobody: dict[tuple[Key, ...], list[Ints]] = {}  # by what cells say: rows that differ in other things say the same
    for free in (sorted(filters), sorted(filters | others)):  # by rows too: all may be too many
        for cells in groups_of(words.keys, frozenset(free)):
            said = tuple(tuple(words.keys[cell][k] for k in free) for cell in cells)
            if said not in nobody:
                nobody[said] = _sums_of_nobody(
                    words, cells, [k for i, k in enumerate(free) if any(key[i] != ROOT for key in said)]
                )
            for whole in nobody[said]:
                if not (whole @ member[cells]).any():
                    row = {int(cell): int(times) for cell, times in zip(cells, whole, strict=True) if times}
                    found.setdefault(tuple(sorted(row.items())), Combination(row, {}))
    return tuple(found[row] for row in sorted(found))


def _sums_of_nobody(words: Words, cells: Ints, of: list[int]) -> list[Ints]:
    """The combinations of cells that leave no kind of pupils, in small whole numbers."""
    kinds = words.by_kinds(cells.tolist(), of)
    if kinds is None:
        return []
    by_kind = np.asarray(kinds.member.todense(), dtype=np.int64)
    found = (whole_numbers(by) for by in null_rows(np.unique(by_kind, axis=1)))
    return [whole for whole in found if whole is not None]
