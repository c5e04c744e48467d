"""Assembling the cube from counted atoms: cells, equations, and what is known of each cell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache

import numpy as np

from kdsp_lib.analyse.atoms import Atoms
from kdsp_lib.analyse.attribute import ROOT
from kdsp_lib.analyse.axes import Axes, make_axes
from kdsp_lib.analyse.axis import Axis
from kdsp_lib.analyse.closing import closed
from kdsp_lib.analyse.combinations import combinations_of
from kdsp_lib.analyse.cube import Cube, CubeRow, CubeTable, Flags, Magnitude, filled, have_a_part_in_common, sum_name
from kdsp_lib.analyse.differences import near_pairs
from kdsp_lib.analyse.few_controllers import left_to_few_controllers
from kdsp_lib.analyse.filters_in_words import sums_in_words
from kdsp_lib.analyse.grid import Key, Place, places
from kdsp_lib.analyse.kinds_of_pupils import Words
from kdsp_lib.analyse.layout import WHERE, Asked, used_wheres
from kdsp_lib.analyse.leftovers import Leftovers, add_leftovers
from kdsp_lib.analyse.linking import Row, equation_matrix, implied, sum_rows
from kdsp_lib.analyse.listed import Cut, cuts
from kdsp_lib.analyse.meaning import Meanings, is_empty, meanings, same_meaning_rows
from kdsp_lib.analyse.membership import NONE, Ints, Sparse, memberships, owners, singles, weighted
from kdsp_lib.analyse.possible import is_ruled_out
from kdsp_lib.analyse.silent import Silence, Silent, leaves_of, silence_of
from kdsp_lib.analyse.sum import WHOLES
from kdsp_lib.analyse.told_before import told_before
from kdsp_lib.analyse.trackers import kinds, remainders
from kdsp_lib.model.policy import DisclosurePolicy

Grids = Mapping[tuple[bool, str], tuple[Asked, tuple[Place, ...]]]


def build_cube(atoms: Atoms, policy: DisclosurePolicy) -> Cube:
    """The cube of everything that ``atoms`` was counted for, with all cells that this policy has to look at."""
    axes = make_axes(atoms)
    grids = {(one.earlier, one.name): (one, tuple(places(one, axes, atoms.asked))) for one in atoms.asked}
    keys, sums = closed({key for _, rows in grids.values() for key in _keys(rows)}, axes.axes)
    index = {key: k for k, key in enumerate(keys)}
    weights = atoms.frame["n"].to_numpy(dtype=np.int64)
    member = memberships(keys, axes.axes, atoms.frame)
    controllers = tuple(sorted(set(atoms.frame["controller"])))
    owner = owners(atoms.frame["controller"], controllers)

    wheres = {f"{WHERE}{where}": where for where in used_wheres(atoms.asked)}
    known = meanings(axes.axes, wheres)
    fewest = policy.controllers_for(frozenset[str]().union(*(axis.categories for axis in axes.axes)))
    contributions = weighted(member, weights, owner)
    told, known_atoms = _told(keys, axes, atoms), _known_atoms(atoms)
    rows = [*sum_rows(sums, index), *same_meaning_rows(keys, known, _only(keys, axes, atoms, told))]
    counted = np.asarray(member @ weights, dtype=np.int64)
    empty = _structural(keys, axes, known, counted)
    tables = {place: _table(one, rows_of, axes, index, empty, known) for place, (one, rows_of) in grids.items()}
    before = told_before(tables.values(), counted, rows)
    settled, of_filters = before["settled"], kinds(keys, axes.axes, scopes=False)
    found = near_pairs(member, weights, owner, policy, fewest, told, settled)
    threes = remainders(of_filters, member, weights, contributions, policy, fewest, told, settled)
    lists = _cuts(grids, index, known, keys, axes, member, weights, empty, policy.small)
    others = combinations_of(keys, axes.axes, used_wheres(atoms.asked), member, weights, owner, policy, fewest)
    words = Words(keys, axes, wheres, known, atoms.frame, owner)
    others += sums_in_words(words, member)
    others += left_to_few_controllers(keys, axes, atoms, member, fewest)
    silent = cache(lambda silence: Silent(silence, keys, axes))
    of_sums_told = dict.fromkeys(map(silence_of, _sums_of(tables.values())))
    linked = add_leftovers(
        keys, member, weights, policy.small, found, threes, rows, lists, others,
        is_silent=lambda whole, without: any(silent(of).is_as_good_as_left(whole, without) for of in of_sums_told),
    )  # fmt: skip
    named, member = linked.keys, linked.member
    count = np.asarray(member @ weights, dtype=np.int64)
    current, earlier = (_marked(grids, index, len(named), earlier=old) for old in (False, True))
    structural = filled(empty, len(named))
    shares = _shares(keys, index, axes)
    sensitive, base = _sensitive(keys, axes.axes, shares, len(named))
    return Cube(
        policy=policy,
        axes=axes.axes,
        keys=named,
        count=count,
        contributions=weighted(member, weights, owner),
        controllers=controllers,
        equations=equation_matrix([*rows, *linked.rows], len(named)),
        magnitudes=_magnitudes(
            atoms,
            member,
            owner,
            tables.values(),
            current | earlier,
            [*rows, *linked.rows],
            cache(lambda silence: silent(silence).of(linked, atoms.frame)),
        ),
        printable=current | earlier,
        current=current,
        earlier=earlier,
        shown_before=filled(before["shown_before"], len(named)),
        withheld_before=filled(before["withheld_before"], len(named)),
        settled=filled(before["settled"], len(named)),
        public=filled(before["public"], len(named)),
        proved=filled(before["proved"], len(named)),
        structural=structural,
        sensitive=sensitive,
        base=base,
        shares=np.concatenate([shares, linked.shares]),
        categories=_categories(keys, axes, linked),
        membership=member,
        weights=weights,
        single=singles(member, count),
        told=linked.marked(told),
        known=weighted(member, weights * known_atoms, owner),
        uncounted=np.isin(np.arange(len(named)), linked.nobody),
        remains=_remains(tables.values(), linked),
        within=linked.within,
        differences=found,
        leftovers=len(linked.between),
        schools=_schools(atoms, member),
        words=words,
        tables={name: table for (old, name), table in tables.items() if not old},
        earlier_tables={name: table for (old, name), table in tables.items() if old},
    )


def _keys(rows: Iterable[Place]) -> Iterable[Key]:
    for row in rows:
        if not row.left_out:
            yield from row.keys


def _schools(atoms: Atoms, member: Sparse) -> Ints | None:
    """How many establishments each cell's pupils are at, where that is asked for."""
    if not any(one.is_spread for one in atoms.asked):
        return None
    urns = tuple(sorted(set(atoms.frame["urn"])))
    at = weighted(member, np.ones(len(atoms.frame), dtype=np.int64), owners(atoms.frame["urn"], urns))
    return np.asarray(np.diff(at.indptr), dtype=np.int64)


def _cuts(
    grids: Grids,
    index: Mapping[Key, int],
    known: Meanings,
    keys: tuple[Key, ...],
    axes: Axes,
    member: Sparse,
    weights: Ints,
    structural: Flags,
    few: int,
) -> Iterable[Cut]:
    """How the cells lie to each list of pupils, whether it is an earlier one or not."""
    lists = {tuple(index[row.counted] for row in rows if row.counted) for one, rows in grids.values() if one.is_list}
    if not lists:
        return []
    said = [known.of(key) for key in keys]
    sensitive = _sensitive(keys, axes.axes, np.zeros((0, 2), dtype=np.int64), len(keys))[0]
    return [cut for cells in sorted(lists) for cut in cuts(cells, said, member, weights, sensitive, structural, few)]


def _marked(grids: Grids, index: Mapping[Key, int], cells: int, *, earlier: bool) -> Flags:
    """The cells of tables asked now or earlier; of what others published, those whose figures they gave."""
    marks = np.zeros(cells, dtype=bool)
    for (old, _), (one, rows) in grids.items():
        if old is earlier:
            given = {cell.codes for cell in one.answered} if one.public else {row.codes for row in rows}
            for key in _keys([row for row in rows if row.codes in given]):
                marks[index[key]] = True
    return marks


def _magnitudes(
    atoms: Atoms,
    member: Sparse,
    owner: Sparse,
    tables: Iterable[CubeTable],
    printable: Flags,
    rows: Sequence[Row],
    nothing: Callable[[Silence], Flags],
) -> Mapping[str, Magnitude]:
    """The sums that some table is made of; what is missed in all is a sum of its own.

    What follows from the sums that are told is as good as asked for.
    """
    asked: dict[str, Flags] = {}
    unasked: dict[str, Flags] = {}
    for table in tables:
        measure = table.asked.measure
        for name in _sums_of([table]):
            summed = [row.counted if measure.sums_are_counted else row.base for row in table.rows]
            told_of = [cell for cell in summed if cell != NONE]
            asked.setdefault(name, np.zeros_like(printable))[told_of] = True
            unasked.setdefault(name, printable.copy())[told_of] = False
    for name, of in _subtracted(asked).items():
        asked[name] = asked.get(name, np.zeros_like(printable)) | of
        unasked[name] = unasked.get(name, printable) & ~of
    found, follow = {}, dict[bytes, Flags]()
    for name in sorted(asked):
        silent = nothing(silence_of(name))
        untold = np.logical_and.reduce([of for other, of in unasked.items() if have_a_part_in_common(name, other)])
        told = printable & ~untold
        known_sums = told | silent
        if (key := known_sums.tobytes()) not in follow:  # most sums are told of the same cells
            follow[key] = implied(rows, known_sums)
        asked[name] |= ~told & follow[key]
        values = sum((atoms.frame[part].to_numpy(dtype=np.int64) for part in name.split("+")), start=np.int64(0))
        contributions = weighted(member, np.asarray(values), owner)
        sums = (member @ values).astype(np.float64)
        known = weighted(member, np.asarray(values) * _known_atoms(atoms), owner)
        found[name] = Magnitude(sums, contributions, asked[name], untold, silent & (sums == 0), known)
    return found


def _subtracted(asked: Mapping[str, Flags]) -> dict[str, Flags]:
    """What is told of sums by others, and where: the rest of a whole by it and its other parts, a whole by all.

    Of a whole and its parts some are asked for here and others there: each cell is looked at by what it has. Where the
    halves of a whole are told, what is left of each is looked at, and so what is left of both.
    """
    found: dict[str, Flags] = {}
    nowhere = np.zeros_like(next(iter(asked.values()), np.zeros(0, dtype=bool)))
    for of, parts in WHOLES:
        there = {**asked, **found}
        whole, has = sum_name(of), np.array([there.get(part, nowhere) for part in parts])
        if not has.any():
            continue
        found[whole] = found.get(whole, nowhere) | has.all(axis=0)
        is_apart = np.logical_and.reduce([there.get(part, nowhere) for part in of]) & (len(of) > 1) & (parts != of)
        some = np.flatnonzero(there.get(whole, nowhere) & has.any(axis=0) & ~has.all(axis=0) & ~is_apart)
        for pattern in np.unique(has[:, some], axis=1).T:
            name = sum_name(tuple(part for part, is_there in zip(parts, pattern, strict=True) if not is_there))
            alike = some[(has[:, some] == pattern[:, None]).all(axis=0)]
            found.setdefault(name, nowhere.copy())[alike] = True
    return {name: flags for name, flags in found.items() if flags.any()}


def _sums_of(tables: Iterable[CubeTable]) -> list[str]:
    """The sums that tables are made of, each once."""
    measures = [table.asked.measure for table in tables]
    return list(dict.fromkeys(name for one in measures for name in (sum_name(one.sums), one.over) if name))


def _structural(keys: tuple[Key, ...], axes: Axes, known: Meanings, count: Ints) -> Flags:
    """Cells that public facts, or the very words of a filter, leave empty; never one that somebody is in."""
    flags = np.zeros(len(count), dtype=bool)
    for cell in np.flatnonzero(count[: len(keys)] == 0):
        flags[cell] = _is_impossible(keys[cell], axes, known)
    return flags


def _is_impossible(key: Key, axes: Axes, known: Meanings) -> bool:
    """Whether public facts, or the very words of a filter, leave nobody."""
    return not axes.places(key).any() or is_empty(known.of(key)) or is_ruled_out(leaves_of(key, axes.axes))


def _told(keys: tuple[Key, ...], axes: Axes, atoms: Atoms) -> Flags:
    """Cells that public facts leave to establishments alone whose figures the readers may know."""
    if not atoms.told:
        return np.zeros(len(keys), dtype=bool)
    others = ~np.asarray(atoms.establishments["urn"].isin(atoms.told), dtype=bool)
    places = [axes.places(key) for key in keys]
    return np.asarray([place.any() and not (place & others).any() for place in places], dtype=bool)


def _only(keys: tuple[Key, ...], axes: Axes, atoms: Atoms, told: Flags) -> Mapping[int, frozenset[str]]:
    """Those ``told`` of one establishment: whether its own table speaks of them or an area's, they are the same."""
    urns, places = (atoms.establishments[name].to_numpy() for name in ("urn", "place"))
    there = {int(cell): axes.places(keys[cell]) for cell in np.flatnonzero(told)}
    return {cell: frozenset(places[at]) for cell, at in there.items() if len(set(urns[at])) == 1}


def _known_atoms(atoms: Atoms) -> Ints:
    """1 for each atom of an establishment whose figures the readers may know."""
    return np.asarray(atoms.frame["urn"].isin(atoms.told), dtype=np.int64)


def _shares(keys: tuple[Key, ...], index: Mapping[Key, int], axes: Axes) -> Ints:
    """Each cell that is an outcome of a sensitive axis, with the cell it is a share of.

    Where public facts leave nothing else of the base (SEN in a special school), the share tells nothing of anybody.
    """
    pairs = []
    for cell, key in enumerate(keys):
        for k, axis in enumerate(axes.axes):
            if key[k] in axis.outcomes and axis.base in axis.codes:
                base = index.get((*key[:k], axis.base, *key[k + 1 :]))
                if base is not None and _may_be_other(axes, k, key, axis.codes[axis.base] - axis.codes[key[k]]):
                    pairs.append((cell, base))
    return np.asarray(pairs, dtype=np.int64).reshape(-1, 2)


def _may_be_other(axes: Axes, k: int, key: Key, leaves: frozenset[str]) -> bool:
    """Whether pupils of these leaves of axis ``k`` may be anywhere that the rest of the key speaks of."""
    where = np.logical_and.reduce([axes.possible[a][code] for a, code in enumerate(key) if a != k])
    return any((axes.possible[k].get(leaf, where) & where).any() for leaf in sorted(leaves))


def _sensitive(keys: tuple[Key, ...], axes: tuple[Axis, ...], shares: Ints, cells: int) -> tuple[Flags, Ints]:
    flags = np.zeros(cells, dtype=bool)
    for cell, key in enumerate(keys):
        flags[cell] = any(code in axis.outcomes for axis, code in zip(axes, key, strict=True))
    base = np.full(cells, NONE, dtype=np.int64)
    for cell, of in reversed(shares):
        base[cell] = of
    return flags, base


def _categories(keys: tuple[Key, ...], axes: Axes, linked: Leftovers) -> tuple[frozenset[str], ...]:
    """The categories of data that each cell speaks of; a leftover speaks of those of the cells it lies between.

    Where public facts leave nothing else (SEN in a special school), a cell tells no more of anybody than without it.
    """
    empty: frozenset[str] = frozenset()
    known = [
        empty.union(
            *(
                axis.categories
                for k, axis in enumerate(axes.axes)
                if key[k] != ROOT and _may_be_other(axes, k, key, axis.codes[ROOT] - axis.codes[key[k]])
            )
        )
        for key in keys
    ]
    return (*known, *(empty.union(*(known[cell] for cell in cells)) for cells in linked.between))


def _remains(tables: Iterable[CubeTable], linked: Leftovers) -> Ints:
    """The rests of bases, and what is left of one cell without another, each with what it is of."""
    rests = {(row.rest, row.base) for table in tables for row in table.rows if NONE not in (row.rest, row.base)}
    first = len(linked.keys) - len(linked.between)
    left = [(first + k, between[0]) for k, between in enumerate(linked.between) if len(between) == 2]
    return np.asarray(sorted({*rests, *left}), dtype=np.int64).reshape(-1, 2)


def _table(
    one: Asked, rows: tuple[Place, ...], axes: Axes, index: Mapping[Key, int], structural: Flags, known: Meanings
) -> CubeTable:
    """The rows of a question, without the levels that its subjects do not offer at all."""
    by_name = {axis.name: axis for axis in axes.axes}
    dims = tuple(by_name[attribute.name] for attribute in one.by)

    def cell(key: Key | None) -> int:
        return NONE if key is None else index[key]

    placed = [
        CubeRow(row.codes, NONE, NONE, NONE, left_out=True)
        if row.left_out
        else CubeRow(row.codes, cell(row.base), cell(row.counted), cell(row.rest))
        for row in rows
    ]
    if one.is_list:
        return CubeTable(one, dims, tuple(() for _ in dims), tuple(placed))
    offered = [
        row
        for row, place in zip(placed, rows, strict=True)
        if not (
            all(_is_impossible(key, axes, known) for key in place.keys)
            if row.left_out
            else all(structural[c] for c in row.cells)
        )
    ]
    levels = tuple(
        tuple(leaf for leaf in axis.leaves if any(row.codes[d] == leaf for row in offered))
        for d, axis in enumerate(dims)
    )
    kept = tuple(row for row in placed if all(code == ROOT or code in levels[d] for d, code in enumerate(row.codes)))
    return CubeTable(one, dims, levels, kept)
