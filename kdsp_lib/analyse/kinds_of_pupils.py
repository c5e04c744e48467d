"""The kinds of pupils that there may be: of every year, sex, and so on together, which no table asks for.

Whatever tables print, they are sums of how many there are of each kind, and of none there are fewer than 0.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations_with_replacement, product

import numpy as np
import pandas as pd
from scipy import sparse

from kdsp_lib.analyse.attribute import ROOT
from kdsp_lib.analyse.axes import Axes
from kdsp_lib.analyse.axis import Axis
from kdsp_lib.analyse.column import COLUMNS, Value
from kdsp_lib.analyse.differences import Flags
from kdsp_lib.analyse.grid import Key
from kdsp_lib.analyse.meaning import Meanings, Values
from kdsp_lib.analyse.membership import Ints, Sparse, memberships
from kdsp_lib.analyse.possible import ruled_out
from kdsp_lib.analyse.where import Where

MOST_KINDS = 6_000
"""Of more kinds than this nobody is taken to reckon with each."""
MOST_COMBINATIONS = 60_000
"""So many combinations of leaves are looked through for those that may be."""

Leaves = frozenset[str]
State = tuple[Leaves, ...]
"""Leaves of one or several axes that nothing tells apart: a pupil has one of each."""


@dataclass(frozen=True)
class KindsOfPupils:
    """The kinds that public facts and the words of filters allow, and how many pupils there are of each.

    ``cells``: the places of the cells that count pupils by these kinds, and tell no more of them.
    """

    cells: Ints
    member: Sparse
    """These cells by kinds, 1 where the kind is counted in the cell."""
    pupils: Ints
    parts: Sparse
    """Kinds by controllers: how many of these pupils are each one's."""


@dataclass(frozen=True)
class Words:
    """What the cells of a cube say of their pupils: their ``keys``, and what the codes of these mean.

    ``wheres`` by the name of their axis; ``frame``: the atoms, with a leaf of each axis, how many they are (``n``) and
    whose (``owner``: atoms by controllers).
    """

    keys: tuple[Key, ...]
    axes: Axes
    wheres: Mapping[str, Where]
    known: Meanings
    frame: pd.DataFrame
    owner: Sparse

    @cached_property
    def kinds(self) -> tuple[KindsOfPupils, ...]:
        """The kinds by all axes together; where these are too many, by those of every two tables, and as many more."""
        spoken = [frozenset(k for k, code in enumerate(key) if code != ROOT) for key in self.keys]
        every = range(len(self.axes.axes))
        widths = [len(_told_apart(k, axis, self.keys)) for k, axis in enumerate(self.axes.axes)]
        if _product(widths, every) <= MOST_COMBINATIONS and (found := self._by(every, spoken)) is not None:
            return (found,)
        distinct = dict.fromkeys(spoken)
        tables = [one for one in distinct if not any(one < other for other in distinct)]
        chosen: list[frozenset[int]] = []
        for one, other in combinations_with_replacement(tables, 2):
            together = one | other
            if _product(widths, together) > MOST_KINDS or any(together <= each for each in chosen):
                continue
            for k in sorted(set(every) - together, key=lambda k: (widths[k], k)):
                if _product(widths, together | {k}) <= MOST_KINDS:
                    together |= {k}
            chosen.append(together)
        parts = (self._by(sorted(each), spoken) for each in chosen)
        return tuple(part for part in parts if part is not None)

    def by_kinds(self, cells: Sequence[int], of: Sequence[int]) -> KindsOfPupils | None:
        """What cells say by some axes, by kinds of pupils; None where there are more than ``MOST_KINDS``."""
        axes = Axes(tuple(self.axes.axes[k] for k in of), tuple(self.axes.possible[k] for k in of))
        keys = tuple(tuple(self.keys[cell][k] for k in of) for cell in cells)
        known = Meanings(
            tuple(self.known.narrowed[k] for k in of),
            tuple(self.known.single[k] for k in of),
            tuple(self.known.columns[k] for k in of),
        )
        found = _kinds(keys, axes, self.wheres, known, self.frame)
        if found is None:
            return None
        leaves, kind = found
        pupils = self.frame["n"].to_numpy(dtype=np.int64)
        shape = (len(leaves), len(pupils))
        of_atoms = sparse.csr_matrix((pupils, (kind, np.arange(len(pupils)))), shape=shape)
        total = np.asarray(of_atoms.sum(axis=1), dtype=np.int64).ravel()
        member = memberships(keys, axes.axes, leaves)
        return KindsOfPupils(np.asarray(cells, dtype=np.int64), member, total, (of_atoms @ self.owner).tocsr())

    def _by(self, of: Sequence[int], spoken: Sequence[frozenset[int]]) -> KindsOfPupils | None:
        """The kinds by some axes, and the cells that tell of nothing else."""
        return self.by_kinds(np.flatnonzero([axes <= set(of) for axes in spoken]).tolist(), of)


def _product(widths: Sequence[int], axes: Iterable[int]) -> float:
    return float(np.prod([float(widths[k]) for k in axes]))


def _kinds(
    keys: tuple[Key, ...], axes: Axes, wheres: Mapping[str, Where], known: Meanings, frame: pd.DataFrame
) -> tuple[pd.DataFrame, Ints] | None:
    """A leaf of each axis of every kind, the first of those that nothing tells apart; and of which kind each atom is.

    Whom the facts would not allow, but who is there, is of a kind too.
    """
    classes = [_told_apart(k, axis, keys) for k, axis in enumerate(axes.axes)]
    here = {axis.name: wheres[axis.name] for axis in axes.axes if axis.name in wheres}
    spoken_of = {column.name for where in here.values() for column in where.columns}
    together = [k for k, axis in enumerate(axes.axes) if axis.name in here or known.columns[k] in spoken_of]
    groups = [[k] for k in range(len(axes.axes)) if k not in together]
    states: list[list[State]] = [[(leaves,) for leaves in classes[k]] for (k,) in groups]
    if together:
        groups.append(together)
        states.append(_states(together, axes.axes, here, known, frame))
    if _product([len(each) for each in states], range(len(states))) > MOST_COMBINATIONS:
        return None
    chosen = np.indices([len(each) for each in states]).reshape(len(states), -1)
    by_axis: dict[int, tuple[list[Leaves], Ints]] = {
        k: ([state[place] for state in each], at)
        for group, each, at in zip(groups, states, chosen, strict=True)
        for place, k in enumerate(group)
    }
    there = _may_be(by_axis, axes)
    if there.sum() > MOST_KINDS:
        return None
    firsts = {
        axes.axes[k].name: (np.array([min(each) for each in among], dtype=object), at[there])
        for k, (among, at) in sorted(by_axis.items())
    }
    leaves = pd.DataFrame({name: first[at] for name, (first, at) in firsts.items()})
    first_of = {
        axes.axes[k].name: {leaf: min(each) for each in among for leaf in each} for k, (among, _) in by_axis.items()
    }
    atoms = pd.DataFrame({name: frame[name].map(first_of[name]) for name in leaves.columns})
    kinds = pd.concat([leaves, atoms], ignore_index=True)
    number, _ = pd.factorize(pd.MultiIndex.from_frame(kinds))
    return kinds[~kinds.duplicated()], np.asarray(number[len(leaves) :], dtype=np.int64)


def _told_apart(k: int, axis: Axis, keys: Sequence[Key]) -> list[Leaves]:
    """The leaves of an axis in sets that no cell tells apart."""
    used = sorted({key[k] for key in keys} - {ROOT})
    found: dict[tuple[bool, ...], set[str]] = defaultdict(set)
    for leaf in axis.leaves:
        found[tuple(leaf in axis.codes[code] for code in used)].add(leaf)
    return [frozenset(leaves) for leaves in found.values()]


def _states(
    together: Sequence[int], axes: tuple[Axis, ...], wheres: Mapping[str, Where], known: Meanings, frame: pd.DataFrame
) -> list[State]:
    """The leaves that filters, and what these speak of, can have at once: from the values of each column.

    That a column is not known of somebody is reckoned with where some pupil could not be otherwise.
    """
    there = {tuple(row) for row in frame[[axes[k].name for k in together]].drop_duplicates().to_numpy().tolist()}
    for with_unknown in (False, True):
        found: dict[tuple[str, ...], None] = {}
        columns = sorted({column.name for where in wheres.values() for column in where.columns})
        choices = [_values_of(name, together, wheres, known, with_unknown=with_unknown) for name in columns]
        for values in product(*choices):
            person = dict(zip(columns, values, strict=True))
            leaves = []
            for k in together:
                where = wheres.get(axes[k].name)
                if where is not None:
                    leaves.append("in" if where.holds(person) else "out")
                else:
                    leaves.append(_leaf_of(person[known.columns[k]], known.single[k]))
            found[tuple(leaves)] = None
        if there <= found.keys():
            break
    return [tuple(frozenset({leaf}) for leaf in leaves) for leaves in dict.fromkeys((*found, *sorted(there)))]


def _values_of(
    name: str,
    together: Sequence[int],
    wheres: Mapping[str, Where],
    known: Meanings,
    *,
    with_unknown: bool,
) -> list[Value | None]:
    """One value of a column for all that no filter and no axis tells apart."""
    behind = [known.single[k] for k in together if known.columns[k] == name]
    sets = [values for leaves in behind for values in leaves.values()]
    everything: Values = frozenset().union(*sets) if behind else frozenset({None, *COLUMNS[name].values})
    sets += [part for where in wheres.values() for part in where.sets_of(name)]
    found: dict[tuple[bool, ...], Value | None] = {}
    for value in (*COLUMNS[name].values, None):
        if value in everything and (value is not None or behind or with_unknown):
            found.setdefault(tuple(value in each for each in sets), value)
    return list(found.values())


def _leaf_of(value: Value | None, leaves: Mapping[str, Values]) -> str:
    return next(leaf for leaf, values in leaves.items() if value in values)


def _may_be(by_axis: Mapping[int, tuple[list[Leaves], Ints]], axes: Axes) -> Flags:
    """Which of the combinations public facts leave to some establishment, and nothing rules out."""
    places = len(next(iter(axes.possible[0].values())))
    somewhere = np.ones((len(next(iter(by_axis.values()))[1]), places), dtype=bool)
    for k, (among, at) in by_axis.items():
        flags = np.stack([np.logical_or.reduce([axes.possible[k][leaf] for leaf in leaves]) for leaves in among])
        somewhere &= flags[at]
    by_name = {axes.axes[k].name: each for k, each in by_axis.items()}
    return somewhere.any(axis=1) & ~ruled_out(by_name)
