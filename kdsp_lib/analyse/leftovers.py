"""Cells for what subtracting printed cells leaves: never printed, but to be protected with the rest."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import permutations, product

import numpy as np
from scipy import sparse

from kdsp_lib.analyse.combinations import Combination
from kdsp_lib.analyse.differences import Difference, Flags
from kdsp_lib.analyse.grid import Key
from kdsp_lib.analyse.linking import Basis, Row
from kdsp_lib.analyse.listed import Cut
from kdsp_lib.analyse.membership import Ints, Sparse
from kdsp_lib.analyse.trackers import Remainder

Atomic = tuple[int, ...]


@dataclass(frozen=True)
class Leftovers:
    """All cells with their atoms, the leftover ones last; their equations; the cells each leftover lies between."""

    keys: tuple[Key, ...]
    member: Sparse
    rows: tuple[Row, ...]
    between: tuple[tuple[int, ...], ...]
    shares: Ints
    """Leftovers of which all or none of another cell would be disclosive, each with that cell."""
    within: Ints
    """Cells cut along a list, each with the cells of the rows by which it could be less, and by which more."""
    nobody: tuple[int, ...]
    """Leftovers in which nobody is, but of whom sums could have been: nobody is known to be as unheard of as that."""

    def marked(self, flags: Flags) -> Flags:
        """Marks of the cells, with those of the leftovers: what is left of a cell is marked as it is."""
        return np.concatenate([flags, np.asarray([flags[whole] for whole, *_ in self.between], dtype=bool)])


def add_leftovers(
    keys: tuple[Key, ...],
    member: Sparse,
    weights: Ints,
    few: int,
    pairs: Iterable[Difference],
    threes: Iterable[Remainder],
    rows: Iterable[Row],
    lists: Iterable[Cut] = (),
    others: Iterable[Combination] = (),
    is_silent: Callable[[int, int], bool] = lambda _whole, _without: False,
) -> Leftovers:
    """A cell more for each difference or remainder that does not follow from ``rows``, the equations there are.

    Equations: ``left - right = only left - only right``, ``whole - one - two = remainder``, those of any other
    combination, and of a list ``whole - inside = rest`` and ``across = rest + beyond``, each of these two cut further
    into what one cell across has of it and what the others have. What is left is a cell of its own: whoever does not
    see the pupils cannot know that another cell has the same ones, or that a level in which they are not has nobody.
    Leftovers of the same pupils, up to so ``few``, are one.

    That one cell has all pupils of another, attackers are taken to know; but not where there is nothing to sum of
    what the first has besides, or of all of it (``is_silent``): the sums of the other would follow from that alone.
    """
    adding = _Adding(keys, member, weights, few, Basis(rows), is_silent)
    for pair in pairs:
        adding.pair(pair)
    for three in threes:
        adding.three(three)
    for one in others:
        adding.combination(one)
    for cut in lists:
        adding.cut(cut)
    shares = np.asarray(adding.shares, dtype=np.int64).reshape(-1, 2)
    within = np.asarray(adding.within, dtype=np.int64).reshape(-1, 3)
    return Leftovers(
        (*keys, *adding.names),
        adding.member(),
        tuple(adding.rows),
        tuple(adding.between),
        shares,
        within,
        tuple(adding.nobody),
    )


class _Adding:
    """Finds what is left over in the equations, or makes a cell of it."""

    def __init__(
        self,
        keys: tuple[Key, ...],
        member: Sparse,
        weights: Ints,
        few: int,
        basis: Basis,
        is_silent: Callable[[int, int], bool],
    ) -> None:
        self.keys, self.known, self.weights, self.few, self.basis = keys, member, weights, few, basis
        self.is_silent, self.nobody = is_silent, list[int]()
        self.cells: dict[Atomic, list[int]] = defaultdict(list)
        for cell in range(member.shape[0]):
            self.cells[tuple(member.indices[member.indptr[cell] : member.indptr[cell + 1]].tolist())].append(cell)
        self.small: dict[Atomic, int] = {}
        self.rows: list[Row] = []
        self.fresh: list[Atomic] = []
        self.names: list[Key] = []
        self._named: Counter[Key] = Counter()
        self.between: list[tuple[int, ...]] = []
        self.shares: list[tuple[int, int]] = []
        self.within: list[tuple[int, int, int]] = []
        self._across: dict[tuple[int, ...], int] = {}

    def pair(self, pair: Difference) -> None:
        left, right = pair.left, pair.right
        self._add({left: 1, right: -1}, ((pair.only_left, 1, (left, right)), (pair.only_right, -1, (right, left))))

    def three(self, three: Remainder) -> None:
        one, two = three.parts
        self._add({three.whole: 1, one: -1, two: -1}, ((three.atoms, 1, (three.whole, one, two)),))

    def combination(self, one: Combination) -> None:
        between = tuple(sorted(one.row, key=lambda cell: (-one.row[cell], cell)))
        self._add(dict(one.row), [(atoms, times, between) for times, atoms in one.atoms.items()])

    def cut(self, cut: Cut) -> None:
        """A cell cut along a list. A cell of nobody is one too: that nobody is in it may be what must not follow."""
        if not cut.across:
            row = {cut.whole: 1, **dict.fromkeys(cut.inside, -1)}
            if cut.rest:
                row[self._cell(cut.rest, (cut.whole, cut.inside[0]))] = -1
            if not self.basis.implies(row):
                self.rows.append(row)
            return
        rest = cut.whole
        if cut.inside:
            rest = self._fresh(cut.rest, (cut.whole, cut.inside[0]))
            self.rows.append({cut.whole: 1, **dict.fromkeys(cut.inside, -1), rest: -1})
        across = self._of(cut.across)
        if set(cut.rest) <= set(self._atoms_of(across)):
            beyond = self._fresh(cut.beyond, (cut.across[0], cut.whole))
            self.rows.append({across: 1, rest: -1, beyond: -1})
            self.within += [(cell, rest, beyond) for cell in {rest, cut.whole}]
            self.within.append((beyond, beyond, rest))
            if cut.is_share:
                self.shares += [(rest, across), (beyond, across)]
            for cells in cut.telling:
                self._part(cells, cut, rest, beyond)

    def _part(self, cells: tuple[int, ...], cut: Cut, rest: int, beyond: int) -> None:
        """What cells across a cut have in it and beyond it, beside what the others have."""
        together = self._of(cells)
        own = set(self._atoms_of(together))
        others = [other for other in cut.across if other not in cells]
        parts = []
        for atoms, whole in ((cut.rest, rest), (cut.beyond, beyond)):
            here = self._fresh(tuple(sorted(own.intersection(atoms))), (cells[0], cut.whole))
            beside = self._fresh(tuple(sorted(set(atoms) - own)), (others[0], cut.whole))
            self.rows.append({whole: 1, here: -1, beside: -1})
            parts.append((here, beside))
        (one, beside_one), (other, beside_other) = parts
        self.rows.append({together: 1, one: -1, other: -1})
        pairs = ((one, other), (beside_one, beside_other))
        self.within += [(x, x, y) for pair in pairs for x, y in (pair, pair[::-1])]

    def _of(self, cells: tuple[int, ...]) -> int:
        """One cell for several that are apart."""
        if len(cells) == 1:
            return cells[0]
        if cells not in self._across:
            atoms = tuple(sorted(atom for cell in cells for atom in self._atoms_of(cell)))
            self._across[cells] = self._fresh(atoms, cells[:2])
            self.rows.append({self._across[cells]: 1, **dict.fromkeys(cells, -1)})
        return self._across[cells]

    def _atoms_of(self, cell: int) -> Atomic:
        if cell >= len(self.keys):
            return self.fresh[cell - len(self.keys)]
        return tuple(map(int, self.known.indices[self.known.indptr[cell] : self.known.indptr[cell + 1]]))

    def _fresh(self, atoms: Atomic, between: tuple[int, ...]) -> int:
        self.fresh.append(atoms)
        name = leftover_key(*(self.keys[one] for one in between))
        times = self._named[name]
        self._named[name] += 1
        # The same cells, added and taken away otherwise, leave something else again.
        self.names.append((f"{name[0]} \\ again {times}", *name[1:]) if times else name)
        self.between.append(between)
        return len(self.keys) + len(self.fresh) - 1

    def _add(self, row: Row, leftovers: Sequence[tuple[Atomic, int, tuple[int, ...]]]) -> None:
        there = [each for each in leftovers if each[0]]
        if self._is_known(row, there):
            return
        for atoms, times, between in there:
            cell = self._cell(atoms, between)
            row[cell] = row.get(cell, 0) - times
        for atoms, times, between in leftovers:
            if not atoms and any(self.is_silent(one, other) for one, other in permutations(between, 2)):
                self.nobody.append(self._fresh((), between))
                row[self.nobody[-1]] = -times
        self.rows.append(_without_zeros(row))

    def _is_known(self, row: Row, there: Sequence[tuple[Atomic, int, tuple[int, ...]]]) -> bool:
        """Whether the equations say already what is left, by cells of just those pupils."""
        for cells in product(*(self.cells.get(atoms, ()) for atoms, _, _ in there)):
            found = dict(row)
            for cell, (_, times, _) in zip(cells, there, strict=True):
                found[cell] = found.get(cell, 0) - times
            if self.basis.implies(_without_zeros(found)):
                return True
        return False

    def _cell(self, atoms: Atomic, between: tuple[int, ...]) -> int:
        small = self.weights[list(atoms)].sum() <= self.few
        if small and atoms in self.small:
            return self.small[atoms]
        cell = self._fresh(atoms, between)
        if small:
            self.small[atoms] = cell
        return cell

    def member(self) -> Sparse:
        if not self.fresh:
            return self.known
        columns = np.asarray([atom for atoms in self.fresh for atom in atoms], dtype=np.int64)
        pointers = np.concatenate(([0], np.cumsum([len(atoms) for atoms in self.fresh])))
        shape = (len(self.fresh), self.known.shape[1])
        more = sparse.csr_matrix((np.ones(len(columns), dtype=np.int64), columns, pointers), shape=shape)
        return sparse.vstack((self.known, more), format="csr")


def leftover_key(whole: Key, *less: Key) -> Key:
    """The name of what ``whole`` has beyond the others; no code of any axis is spelled so."""
    return tuple(
        code if all(code == other for other in others) else " \\ ".join((code, *others))
        for code, *others in zip(whole, *less, strict=True)
    )


def _without_zeros(row: Row) -> Row:
    return {cell: coefficient for cell, coefficient in row.items() if coefficient}
