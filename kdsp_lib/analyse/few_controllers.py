"""Sums and differences of cells that public facts leave to few controllers: what phases, years and sexes tell together.

Pupils of Reception to Year 6, year by year, less those of the primary schools: what is left are the younger ones of the
special schools, of which there may be one. No table speaks of them, but the register's phases, ages and genders do. By
elimination over a prime field: of all that follows from the cells, what is of few controllers wherever its pupils are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, product

import numpy as np

from kdsp_lib.analyse.atoms import Atoms
from kdsp_lib.analyse.axes import Axes
from kdsp_lib.analyse.combinations import Combination, groups_of, left_over
from kdsp_lib.analyse.elimination import Span, combined, modulo, null_rows, whole_numbers
from kdsp_lib.analyse.grid import Key
from kdsp_lib.analyse.layout import SCOPE
from kdsp_lib.analyse.membership import Ints, Sparse

_BY_PLACE = frozenset({SCOPE, "phase"})
_BY_PLACE_AND_PUPIL = frozenset({"year-group", "sex"})
Bodies = frozenset[str]


def left_to_few_controllers(
    keys: tuple[Key, ...], axes: Axes, atoms: Atoms, member: Sparse, fewest: int
) -> tuple[Combination, ...]:
    """The combinations of cells that leave pupils of fewer than ``fewest`` controllers.

    What follows is known to whoever knows the public facts of the establishments; whose the pupils are that it leaves
    is counted, and where there are none, who could have some. What is left of those alone whose figures the readers
    may know tells nothing. Of combinations that follow from each other those of the fewest controllers are given.
    """
    free = [k for k, axis in enumerate(axes.axes) if axis.name in _BY_PLACE | _BY_PLACE_AND_PUPIL]
    if sum(len(axes.axes[k].codes) > 1 and axes.axes[k].name != SCOPE for k in free) < 2:
        return ()
    frame = atoms.frame
    runs = dict(zip(frame["urn"], frame["controller"], strict=True))
    known = frozenset(runs[urn] for urn in atoms.told if urn in runs)
    found: dict[tuple[tuple[int, int], ...], Combination] = {}
    for cells in groups_of(keys, frozenset(free)):
        columns, bodies = _columns([keys[cell] for cell in cells], axes, free, atoms, runs)
        for row in _of_few(columns, bodies, known, fewest):
            whole = whole_numbers(row)
            if whole is None:
                continue
            one = left_over(cells, whole, member)
            if len(one.row) > 2 and one.atoms:  # pairs are looked at as such; where nobody is left, nobody can know it
                found.setdefault(tuple(sorted(one.row.items())), one)
    return tuple(found[row] for row in sorted(found))


def _columns(
    keys: Sequence[Key], axes: Axes, free: Sequence[int], atoms: Atoms, runs: Mapping[str, str]
) -> tuple[Ints, list[Bodies]]:
    """Kinds of pupils that public facts allow, by which of the cells they are in, and who has, or may have, such."""
    by_place = [k for k in free if axes.axes[k].name in _BY_PLACE]
    by_pupil = [k for k in free if axes.axes[k].name in _BY_PLACE_AND_PUPIL]
    at = np.logical_and.reduce([[axes.possible[k][key[k]] for key in keys] for k in by_place])
    places, urns = (list(atoms.establishments[name]) for name in ("place", "urn"))
    there = set(zip(atoms.frame["place"], *(atoms.frame[axes.axes[k].name] for k in by_pupil), strict=True))
    has: dict[bytes, set[str]] = {}
    may_have: dict[bytes, set[str]] = {}
    for leaves in product(*(axes.axes[k].leaves for k in by_pupil)):
        own = list(zip(by_pupil, leaves, strict=True))
        holds = [all(leaf in axes.axes[k].codes[key[k]] for k, leaf in own) for key in keys]
        inside = np.asarray(holds, dtype=bool)[:, None] & at
        possible = np.logical_and.reduce([inside.any(axis=0), *(axes.possible[k][leaf] for k, leaf in own)])
        for place in map(int, np.flatnonzero(possible)):
            column, body = inside[:, place].tobytes(), runs.get(urns[place], urns[place])
            may_have.setdefault(column, set()).add(body)
            if (places[place], *leaves) in there:
                has.setdefault(column, set()).add(body)
    columns = np.asarray([np.frombuffer(one, dtype=bool) for one in may_have], dtype=np.int64)
    return columns.reshape(-1, len(keys)).T, [frozenset(has.get(one, may)) for one, may in may_have.items()]


def _of_few(columns: Ints, bodies: Sequence[Bodies], known: Bodies, fewest: int) -> Iterator[Ints]:
    """The combinations of rows that leave nothing but what is of fewer than ``fewest`` bodies."""
    rare = np.asarray([len(one) < fewest for one in bodies], dtype=bool)
    few, of_few = columns[:, rare], [one for one, is_rare in zip(bodies, rare, strict=True) if is_rare]
    follows = null_rows(columns[:, ~rare])
    follows = follows[modulo(follows @ few).any(axis=1)]
    leaves = modulo(follows @ few)
    if not len(follows):
        return
    of_few_alone = few[~columns[:, ~rare].any(axis=1)]
    # What one cell has besides what is looked at already follows from that cell as much as from this.
    span = Span(few.shape[1])
    of_one_cell = _each(span.beyond(of_few_alone))
    for some in _together(frozenset(of_few), fewest):
        if some <= known:
            continue
        beyond = [not one <= some for one in of_few]
        for times in null_rows(leaves[:, beyond]):
            (left,) = span.beyond(combined(times, leaves))
            if left.any() and not (len(some) > 1 and left.tobytes() in of_one_cell):
                span.add(left)
                of_one_cell = _each(span.beyond(of_few_alone))
                yield combined(times, follows)


def _each(rows: Ints) -> frozenset[bytes]:
    return frozenset(row.tobytes() for row in rows)


def _together(bodies: frozenset[Bodies], fewest: int) -> list[Bodies]:
    """Bodies that have kinds of pupils for themselves, and several of these together, the fewest first."""
    found = set(bodies)
    for number in range(2, fewest):
        found |= {one for some in combinations(bodies, number) if len(one := frozenset().union(*some)) < fewest}
    return sorted(found, key=lambda one: (len(one), sorted(one)))
