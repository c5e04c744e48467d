"""What filters say of each other by their words: those with A and B and those without are all, as those with A are.

Each cell that filters tell apart is a set of kinds of pupils, by the values that filters and breakdowns speak of. By
elimination over a prime field: every sum and difference of such cells that is nobody, whoever the pupils are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from math import prod

import numpy as np

from kdsp_lib.analyse.attribute import ROOT
from kdsp_lib.analyse.axis import Axis
from kdsp_lib.analyse.column import COLUMNS, Value
from kdsp_lib.analyse.combinations import Combination, groups_of
from kdsp_lib.analyse.elimination import null_rows, whole_numbers
from kdsp_lib.analyse.grid import Key
from kdsp_lib.analyse.meaning import leaf_of
from kdsp_lib.analyse.membership import Ints, Sparse
from kdsp_lib.analyse.where import Where

_AXIS = "axis "
MOST_KINDS = 2_000
"""Groups that tell more kinds of pupils apart are left to what follows from their axes."""


def sums_in_words(
    keys: tuple[Key, ...], axes: tuple[Axis, ...], wheres: Mapping[str, Where], member: Sparse
) -> tuple[Combination, ...]:
    """The combinations of cells that leave nobody by their words alone; ``wheres`` by the name of their axis.

    A pupil of whom a value is not known is in no filter that asks for it, nor in its opposite: where there is such a
    pupil, what leaves only them is no combination.
    """
    filters = {k for k, axis in enumerate(axes) if axis.name in wheres}
    if len(filters) < 2:
        return ()
    spoken_of = {column.attribute for where in wheres.values() for column in where.columns}
    others = {k for k, axis in enumerate(axes) if axis.name in spoken_of or axis.base != ROOT}
    found: dict[tuple[tuple[int, int], ...], Combination] = {}
    for free in (
        sorted(filters),
        sorted(filters | others),
    ):  # by rows too: all may be too many
        for cells in groups_of(keys, frozenset(free)):
            kinds = _kinds([keys[cell] for cell in cells], axes, free, wheres)
            for by in null_rows(kinds) if kinds is not None else ():
                whole = whole_numbers(by)
                if whole is not None and not (whole @ member[cells]).any():
                    row = {int(cell): int(times) for cell, times in zip(cells, whole, strict=True) if times}
                    found.setdefault(tuple(sorted(row.items())), Combination(row, {}))
    return tuple(found[row] for row in sorted(found))


def _kinds(
    keys: Sequence[Key], axes: tuple[Axis, ...], free: Sequence[int], wheres: Mapping[str, Where]
) -> Ints | None:
    """The cells by kinds of pupils, 1 where the cell has such; None where there are too many kinds."""
    used = [k for k in free if any(key[k] != ROOT for key in keys)]
    told = [wheres[axes[k].name] for k in used if axes[k].name in wheres]
    columns = {column.name for where in told for column in where.columns}
    by_column = {axes[k].name: k for k in used if axes[k].name not in wheres}
    values: dict[str, list[Value]] = {name: list(COLUMNS[name].values) for name in sorted(columns)}
    of_axis = {name: COLUMNS[name].attribute for name in values if COLUMNS[name].attribute in by_column}
    alone = {name: k for name, k in by_column.items() if name not in of_axis.values()}
    values |= {f"{_AXIS}{name}": list(axes[k].leaves) for name, k in alone.items()}

    def apart(name: str, value: Value) -> tuple[bool, ...]:
        """What tells a value from others of its column: the filters' sets and the codes that hold it."""
        attribute = of_axis.get(name, name.removeprefix(_AXIS))
        codes = axes[by_column[attribute]].codes.values() if attribute in by_column else ()
        leaf = leaf_of(attribute, value) if name in of_axis else value
        return (*(value in one for where in told for one in where.sets_of(name)), *(leaf in code for code in codes))

    one_each = [list({apart(name, value): value for value in there}.values()) for name, there in values.items()]
    if prod(map(len, one_each)) > MOST_KINDS:
        return None
    found = []
    for kind in product(*one_each):
        has = dict(zip(values, kind, strict=True))
        leaf = {attribute: leaf_of(attribute, has[name]) for name, attribute in of_axis.items()}
        leaf |= {name: str(has[f"{_AXIS}{name}"]) for name in alone}
        inside = {k: wheres[axes[k].name].holds(has) for k in used if axes[k].name in wheres}
        found.append([all(_holds(axes[k], key[k], inside.get(k), leaf) for k in used) for key in keys])
    return np.asarray(found, dtype=np.int64).T


def _holds(axis: Axis, code: str, inside: bool | None, leaf: Mapping[str, str]) -> bool:
    if code == ROOT:
        return True
    return (code == "in") is inside if inside is not None else leaf[axis.name] in axis.codes[code]
