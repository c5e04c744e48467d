"""Three populations of which two, apart, nearly fill the third: what a tracker learns by one sum and one subtraction.

Filters alone make such threes, and earlier tables from other data: within and between plain breakdowns the sums of
the levels already say so. What lies between different establishments is found in ``combinations``. The complements of
filters are among the cells looked at, so that the classical general tracker, whose two filters overlap in the few it is
after, is one of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from kdsp_lib.analyse.axis import Axis
from kdsp_lib.analyse.differences import Flags
from kdsp_lib.analyse.grid import Key
from kdsp_lib.analyse.layout import SCOPE, WHERE
from kdsp_lib.analyse.membership import Ints, Sparse
from kdsp_lib.model.policy import DisclosurePolicy


@dataclass(frozen=True, slots=True)
class Remainder:
    """``whole`` holds both ``parts``, which are apart, and besides them only ``atoms`` (perhaps none)."""

    whole: int
    parts: tuple[int, int]
    atoms: tuple[int, ...]

    def moved(self, places: Ints) -> Remainder:
        """The same between the cells that these are the places of."""
        one, two = self.parts
        return replace(self, whole=int(places[self.whole]), parts=(int(places[one]), int(places[two])))


def remainders(
    kinds: Ints,
    member: Sparse,
    weights: Ints,
    contributions: Sparse,
    policy: DisclosurePolicy,
    fewest: int,
    told: Flags | None = None,
    settled: Flags | None = None,
) -> tuple[Remainder, ...]:
    """Every such three among the cells that are not small, that leaves too few pupils or controllers.

    Threes of one kind alone are left out: their sums already say so.
    Fewer controllers than ``fewest`` count only where all three cells come from ``policy.controllers`` or more, but for
    parts that are ``told`` of one. Where what a part leaves of the whole is itself a cell, the three are a pair, and
    left to ``near_pairs``. Three that are ``settled``, out already, were looked at when the last of them was released:
    what they leave is known by them alone.
    """
    cells = np.flatnonzero(np.asarray(member @ weights) > policy.small)
    if len(np.unique(kinds[cells])) < 2:
        return ()
    alone = np.zeros(len(cells), dtype=bool) if told is None else told[cells]
    dense = np.asarray(contributions[cells].todense())
    out = np.zeros(len(cells), dtype=bool) if settled is None else settled[cells]
    candidates = _Candidates(member[cells], kinds[cells], weights, dense, policy, fewest, alone, out)
    found = (_remainder(three, cells, candidates.member) for three in candidates.all())
    return tuple(three for three in found if three is not None)


class _Candidates:
    """Threes of cells whose contributions leave few enough, told apart by a random sum over their atoms."""

    def __init__(
        self,
        member: Sparse,
        kinds: Ints,
        weights: Ints,
        dense: Ints,
        policy: DisclosurePolicy,
        fewest: int,
        alone: Flags,
        settled: Flags,
    ) -> None:
        self.member, self.kinds, self.dense, self.settled = member, kinds, dense.astype(np.int32), settled
        self.usual = int(np.bincount(kinds).argmax())
        self.weights, self.fewest, self.small = weights, fewest, policy.small
        self.counts = np.asarray(member @ weights, dtype=np.int64)
        order = np.argsort(self.counts, kind="stable")
        self.by_count = self.counts[order], order
        self.several = (self.dense > 0).sum(axis=1) >= policy.controllers
        self.parts = self.several | alone
        self.names = member @ np.random.default_rng(20100).integers(1, 2**40, size=member.shape[1], dtype=np.int64)
        self.known = frozenset(self.names.tolist())

    def all(self) -> list[tuple[int, int, int]]:
        """Whole, part, part: the parts in order, each three once."""
        threes: set[tuple[int, int, int]] = set()
        for whole, part in self.nested():
            for third in self.thirds(whole, part):
                threes.add((whole, min(part, third), max(part, third)))
        return sorted(threes)

    def nested(self) -> list[tuple[int, int]]:
        """Cells of which one holds the other, with some pair of every three that is looked for.

        Of such three some cell is fresh, not settled, and some is not of the most usual kind. Where the whole is fresh,
        a part makes such a pair with it that the two are not both usual; else a part is fresh, and makes one.
        """
        special, fresh = self.kinds != self.usual, ~self.settled
        chosen = np.flatnonzero(fresh if self.settled.any() else special)
        weighted = self.member @ sparse.diags_array(self.weights, dtype=np.int64)
        shared = (weighted @ self.member[chosen].T).tocoo()
        row, other = shared.coords[0], chosen[shared.coords[1]]
        held = (shared.data == self.counts[other]) & (self.counts[row] > self.counts[other])
        holds = (shared.data == self.counts[row]) & (self.counts[row] < self.counts[other])
        wholes = np.concatenate((row[held], other[holds]))
        parts = np.concatenate((other[held], row[holds]))
        wanted = (fresh[wholes] & (special[wholes] | special[parts])) | (~fresh[wholes] & fresh[parts])
        pairs = set(zip(wholes[wanted].tolist(), parts[wanted].tolist(), strict=True))
        return sorted((w, p) for w, p in pairs if int(self.names[w] - self.names[p]) not in self.known)

    def thirds(self, whole: int, part: int) -> list[int]:
        """Cells that leave few of what ``part`` leaves of ``whole``."""
        rest = self.dense[whole] - self.dense[part]
        left = self.counts[whole] - self.counts[part]
        low, high = np.searchsorted(self.by_count[0], (left - self.small, left + 1))
        found = self.by_count[1][low:high]
        if self.fewest and self.several[whole] and self.parts[part]:
            few = self.parts & ((self.dense != rest).sum(axis=1) < self.fewest)
            found = np.union1d(found, np.flatnonzero(few))
        found = found[(self.dense[found] <= rest).all(axis=1)]
        return [
            int(third)
            for third in found
            if len({self.kinds[whole], self.kinds[part], self.kinds[third]}) > 1
            and int(self.names[whole] - self.names[third]) not in self.known
        ]


def kinds(keys: tuple[Key, ...], axes: tuple[Axis, ...], *, scopes: bool = True) -> Ints:
    """For each cell the number of its combination of filters, and of scope unless ``scopes`` are left aside."""
    filters = [k for k, axis in enumerate(axes) if axis.name.startswith(WHERE) or (scopes and axis.name == SCOPE)]
    numbers: dict[tuple[str, ...], int] = {}
    return np.asarray([numbers.setdefault(tuple(key[k] for k in filters), len(numbers)) for key in keys])


def _remainder(three: tuple[int, int, int], cells: Ints, member: Sparse) -> Remainder | None:
    """The three as a remainder, or None where the parts meet or reach beyond the whole."""
    whole, one, two = three
    atoms = [member.indices[member.indptr[cell] : member.indptr[cell + 1]] for cell in three]
    both = np.concatenate(atoms[1:])
    rest = np.setdiff1d(atoms[0], both, assume_unique=True)
    if len(rest) != len(atoms[0]) - len(both) or len(np.intersect1d(atoms[1], atoms[2], assume_unique=True)):
        return None
    return Remainder(int(cells[whole]), (int(cells[one]), int(cells[two])), tuple(map(int, rest)))
