"""Which cells of a table are the sum of which others, from the hierarchies of its dimensions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from kdsp_lib.errors import Fault
from kdsp_lib.protect.system import Ints


@dataclass(frozen=True, slots=True)
class Dimension:
    """A dimension's codes: ``children`` names the parts of each code that is split up, ``root`` the code of the total.

    Without a root the dimension only labels cells, as those of linked tables; their sums are given as equations.
    """

    name: str
    root: str | None
    children: Mapping[str, tuple[str, ...]]

    @property
    def codes(self) -> tuple[str, ...]:
        """All codes, the root first."""
        parts = [part for parts in self.children.values() for part in parts]
        return (*(() if self.root is None else (self.root,)), *parts)

    def faults(self, place: str) -> list[Fault]:
        """What keeps the codes from being one tree."""
        if self.root is None:
            return []
        found = []
        codes = self.codes
        for code in sorted(code for code, times in Counter(codes).items() if times > 1):
            found.append(Fault(place, f"the code {code!r} must be the part of one other only", self.name))
        known = set(codes)
        for code in self.children:
            if code not in known:
                found.append(Fault(place, f"the code {code!r} has parts but is itself no part of the total", self.name))
        return found or self._faults_of_reach(place)

    def _faults_of_reach(self, place: str) -> list[Fault]:
        reached, waiting = set(), [self.root]
        while waiting:
            code = waiting.pop()
            if code is not None and code not in reached:
                reached.add(code)
                waiting += self.children.get(code, ())
        cut_off = sorted(set(self.codes) - reached)
        return [Fault(place, f"the code {code!r} does not lead up to the total", self.name) for code in cut_off]


def equations_of(dimensions: Sequence[Dimension], codes: Sequence[Ints]) -> tuple[sp.csr_matrix, Ints]:
    """One equation for each cell that is split up in some dimension, and the cell that each is about.

    ``codes`` holds, for each dimension, each cell's place in `Dimension.codes`. A part that has no cell is a structural
    zero. A total that has no cell, or a cell of whose parts none has one, gives no equation.
    """
    size = len(codes[0])
    along = [_equations_along(dimensions, codes, number) for number in range(len(dimensions))]
    totals = np.concatenate([totals for totals, _, _ in along])
    before = np.cumsum([0, *(len(totals) for totals, _, _ in along)])
    rows = np.concatenate([row + start for (_, _, row), start in zip(along, before, strict=False)])
    parts = np.concatenate([part for _, part, _ in along])
    matrix = sp.csr_matrix((-np.ones(len(parts)), (rows, parts)), shape=(len(totals), size)) + sp.csr_matrix(
        (np.ones(len(totals)), (np.arange(len(totals)), totals)), shape=(len(totals), size)
    )
    return matrix.tocsr(), totals


def _equations_along(dimensions: Sequence[Dimension], codes: Sequence[Ints], number: int) -> tuple[Ints, Ints, Ints]:
    """Along one dimension: the totals, one an equation; the parts; and which equation each part is in."""
    dimension = dimensions[number]
    place = {code: position for position, code in enumerate(dimension.codes)}
    split, part_of = np.full(len(place), -1), np.full(len(place), -1)
    for family, (code, below) in enumerate(dimension.children.items()):
        split[place[code]] = family
        part_of[[place[part] for part in below]] = family
    around = np.zeros(len(codes[0]), np.int64)
    for other, sides in enumerate(dimensions):
        if other != number:
            around = around * len(sides.codes) + codes[other]
    around *= len(dimension.children)
    totals = np.nonzero(split[codes[number]] >= 0)[0]
    parts = np.nonzero(part_of[codes[number]] >= 0)[0]
    totals = totals[np.argsort(around[totals] + split[codes[number][totals]], kind="stable")]
    keys = around[totals] + split[codes[number][totals]]
    wanted = around[parts] + part_of[codes[number][parts]]
    has_total = np.isin(wanted, keys)
    parts, wanted = parts[has_total], wanted[has_total]
    used, row = np.unique(wanted, return_inverse=True)
    return totals[np.searchsorted(keys, used)], parts, row
