"""The cube of questions answered from schools' published figures: one linked system, in which schools contribute.

The atoms are what each school has in each margin. Where the same school's figure stands in several editions, what they
have in common is an atom of its own, so that an area of now less the same area of then is seen to be a few pupils.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from scipy import sparse

from kdsp_lib.analyse.attribute import ROOT
from kdsp_lib.analyse.axis import Axis
from kdsp_lib.analyse.closing import closed
from kdsp_lib.analyse.cube import Cube, CubeRow, CubeTable, Flags
from kdsp_lib.analyse.differences import Difference, near_pairs
from kdsp_lib.analyse.grid import Key
from kdsp_lib.analyse.leftovers import Leftovers, add_leftovers
from kdsp_lib.analyse.linking import Row, equation_matrix, sum_rows
from kdsp_lib.analyse.membership import NONE, Ints, Sparse, owners, singles, weighted
from kdsp_lib.analyse.school_facet import KNOWN
from kdsp_lib.analyse.school_holding import Holding
from kdsp_lib.analyse.school_layout import (
    PHASE,
    Edition,
    Filled,
    Part,
    SchoolAxes,
    filled,
    levels_of,
    make_school_axes,
)
from kdsp_lib.analyse.trackers import kinds, remainders
from kdsp_lib.model.policy import DisclosurePolicy


def build_school_cube(editions: Sequence[Edition], controllers: Mapping[str, str], policy: DisclosurePolicy) -> Cube:
    """The cube of all editions; the first is what is asked now, with what was answered from the same data."""
    rows = {(k, one.name): tuple(filled(one, e.records)) for k, e in enumerate(editions) for one in e.asked}
    parts = [(k, part) for (k, _), filled_in in rows.items() for row in filled_in for part in _parts(row)]
    axes = make_school_axes(editions, parts)
    every = [(k, other) for k, part in parts for other in _in_all_phases(part, axes)]
    keys, sums = closed({axes.key(k, part) for k, part in every}, axes.axes)
    index = {key: k for k, key in enumerate(keys)}
    holding = Holding(editions, axes)
    member, weights, urns = holding.membership(keys)
    owner_names = [controllers[urn] for urn in urns]
    names = tuple(sorted(set(owner_names)))
    owner = owners(owner_names, names)
    contributions = weighted(member, weights, owner)
    fewest = policy.controllers_for(frozenset[str]().union(*(axis.categories for axis in axes.axes)))
    found = tuple(pair for pair in near_pairs(member, weights, owner, policy, fewest) if _leaves_some(pair, weights))
    threes = [
        three
        for three in remainders(kinds(keys, axes.axes), member, weights, contributions, policy, fewest)
        if not three.atoms or weights[list(three.atoms)].any()
    ]
    equal = [*sum_rows(sums, index), *_same_pupils(member, holding.whole)]
    linked = add_leftovers(keys, member, weights, policy.small, found, threes, equal)
    count = np.asarray(linked.member @ weights, dtype=np.int64)
    size = len(linked.keys)
    current, earlier = _marked(rows, editions, axes, index, size)
    structural = np.zeros(size, dtype=bool)
    structural[: len(keys)] = [count[cell] == 0 and holding.is_void(key) for cell, key in enumerate(keys)]
    shares = _shares(keys, index, axes.axes)
    given = weighted(linked.member, weights, owner)
    tables = {
        place: CubeTable(
            one, (), tuple(tuple(code for code, _ in levels) for levels in levels_of(one, e.records)),
            tuple(_row(axes, index, k, row) for row in rows[k, one.name]),
        )
        for k, e in enumerate(editions)
        for one in e.asked
        for place in [(one.earlier, one.name)]
    }  # fmt: skip
    nothing = np.zeros(size, dtype=bool)
    return Cube(
        policy=policy,
        within=np.zeros((0, 3), dtype=np.int64),
        axes=axes.axes,
        keys=linked.keys,
        count=count,
        contributions=given,
        controllers=names,
        equations=equation_matrix([*equal, *linked.rows], size),
        magnitudes={},
        uncounted=np.zeros(len(linked.keys), dtype=bool),
        remains=np.zeros((0, 2), dtype=np.int64),
        printable=current | earlier,
        current=current,
        earlier=earlier,
        shown_before=nothing,
        withheld_before=nothing,
        settled=nothing,
        public=nothing,
        proved=nothing,
        structural=structural,
        sensitive=np.isin(np.arange(size), shares[:, 0]),
        base=_base(shares, size),
        shares=shares,
        categories=_categories(keys, axes.axes, linked),
        membership=linked.member,
        weights=weights,
        single=_singles(linked.member, count, weights),
        told=np.zeros(size, dtype=bool),
        known=sparse.csr_matrix(given.shape, dtype=np.int64),
        differences=found,
        leftovers=len(linked.between),
        tables={name: table for (old, name), table in tables.items() if not old},
        earlier_tables={name: table for (old, name), table in tables.items() if old},
    )


def cells_of_past(cube: Cube, editions: Sequence[Edition]) -> Flags:
    """The cells that only tables made from other data are made of."""
    then, now = (
        {
            cell
            for edition in editions
            if edition.past is past
            for one in edition.asked
            for row in (cube.earlier_tables if one.earlier else cube.tables)[one.name].rows
            for cell in row.cells
        }
        for past in (True, False)
    )
    return np.isin(np.arange(len(cube.count)), sorted(then - now))


def _leaves_some(pair: Difference, weights: Ints) -> bool:
    """Whether somebody is on each side of a difference: that nobody is on one is not known."""
    return all(weights[list(side)].any() for side in (pair.only_left, pair.only_right) if side)


def _singles(member: Sparse, count: Ints, weights: Ints) -> Ints:
    """For each cell that counts one pupil the atom of that pupil, else -1."""
    return singles(sparse.csr_matrix(member @ sparse.diags_array(weights > 0, dtype=np.int64)), count)


def _parts(row: Filled) -> tuple[Part, ...]:
    return tuple(part for part in (row.base, row.counted, row.rest) if part is not None)


def _in_all_phases(part: Part, axes: SchoolAxes) -> tuple[Part, ...]:
    """A part of a table split by phase, in each phase that any school is of: that the area has none of it is public."""
    if PHASE not in part.asked.question.by:
        return (part,)
    axis = next(axis for axis in axes.axes if axis.name == PHASE)
    return (part, *(replace(part, phase=phase) for phase in axis.leaves))


def _row(axes: SchoolAxes, index: Mapping[Key, int], k: int, row: Filled) -> CubeRow:
    base, counted, rest = (
        NONE if part is None else index[axes.key(k, part)] for part in (row.base, row.counted, row.rest)
    )
    return CubeRow(row.codes, base, counted, rest)


def _marked(
    rows: Mapping[tuple[int, str], tuple[Filled, ...]],
    editions: Sequence[Edition],
    axes: SchoolAxes,
    index: Mapping[Key, int],
    size: int,
) -> tuple[Flags, Flags]:
    """The cells that are asked for now, and those that were asked for before."""
    marks = {old: np.zeros(size, dtype=bool) for old in (False, True)}
    for k, edition in enumerate(editions):
        for one in edition.asked:
            for row in rows[k, one.name]:
                marks[one.earlier][[index[axes.key(k, part)] for part in _parts(row)]] = True
    return marks[False], marks[True]


def _same_pupils(member: Sparse, whole: Flags) -> list[Row]:
    """Cells of all pupils of the same schools, by whatever words: which schools have a figure is public.

    Cells that merely happen to hold the same leaves (all of a school have SEN support) are not known to be the same.
    """
    first: dict[tuple[int, ...], int] = {}
    rows: list[Row] = []
    for cell in range(member.shape[0]):
        atoms = tuple(member.indices[member.indptr[cell] : member.indptr[cell + 1]].tolist())
        if not atoms or not whole[list(atoms)].all():
            continue
        if atoms in first:
            rows.append({first[atoms]: 1, cell: -1})
        else:
            first[atoms] = cell
    return rows


def _shares(keys: tuple[Key, ...], index: Mapping[Key, int], axes: tuple[Axis, ...]) -> Ints:
    """Each cell that is an outcome of a sensitive facet, with the cell it is a share of; not SEN in special schools."""
    pairs = []
    for cell, key in enumerate(keys):
        phase = next(axis.codes[code] for axis, code in zip(axes, key, strict=True) if axis.name == PHASE)
        for k, axis in enumerate(axes):
            if key[k] in axis.outcomes and not (axis.name.startswith("sen") and phase == {"special"}):
                whole = KNOWN if KNOWN in axis.codes else ROOT
                base = index.get((*key[:k], whole, *key[k + 1 :]))
                if base is not None:
                    pairs.append((cell, base))
    return np.asarray(pairs, dtype=np.int64).reshape(-1, 2)


def _base(shares: Ints, size: int) -> Ints:
    base = np.full(size, NONE, dtype=np.int64)
    for cell, of in shares[::-1]:
        base[cell] = of
    return base


def _categories(keys: tuple[Key, ...], axes: tuple[Axis, ...], linked: Leftovers) -> tuple[frozenset[str], ...]:
    empty: frozenset[str] = frozenset()
    known = [
        empty.union(*(axis.categories for axis, code in zip(axes, key, strict=True) if code != ROOT)) for key in keys
    ]
    return (*known, *(empty.union(*(known[cell] for cell in cells)) for cells in linked.between))
