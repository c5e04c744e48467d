"""What each school has, as atoms, and which of them a cell of published figures holds.

Where the same school's figure stands in several editions, what they have in common is an atom of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from scipy import sparse

from kdsp_lib.analyse.atoms import scopes
from kdsp_lib.analyse.attribute import ROOT, UNKNOWN
from kdsp_lib.analyse.cube import Flags
from kdsp_lib.analyse.grid import Key
from kdsp_lib.analyse.layout import SCOPE
from kdsp_lib.analyse.membership import Ints, Sparse
from kdsp_lib.analyse.school_facet import FACETS, POINTS
from kdsp_lib.analyse.school_layout import PHASE, POPULATION, Edition, SchoolAxes
from kdsp_lib.analyse.school_record import SchoolRecords

Amount = tuple[str, str, str, str]
"""A population or points, a facet, a leaf, a school."""


class Holding:
    """What each school has, as atoms, and which of them a cell holds."""

    def __init__(self, editions: Sequence[Edition], axes: SchoolAxes) -> None:
        self.axes = axes.axes
        self.records = [edition.records for edition in editions]
        self.tags = axes.tags
        self.amounts: dict[Amount, dict[str, int]] = defaultdict(dict)
        self.edition_of: dict[str, int] = {}
        self.facet_of: dict[str, tuple[str, int]] = {}
        for k, records in enumerate(self.records):
            self._gather(k, records)
        self.scope = scopes(one.subjects for one in axes.asked)

    def _gather(self, k: int, records: SchoolRecords) -> None:
        for population, counts in records.pupils.items():
            tag = self.tags[k, population]
            self.edition_of.setdefault(population + tag, k)
            for urn, count in counts.items():
                self.amounts[population, "", "", urn][tag] = count
        for name, facet in FACETS.items():
            tag = self.tags[k, name]
            self.facet_of.setdefault(name + tag, (name, k))
            for urn, leaves in records.leaves[name].items():
                for leaf, count in leaves.items():
                    self.amounts[facet.population, name, leaf, urn][tag] = count
            points = f"{POINTS}{name}"
            tag = self.tags[k, points]
            self.edition_of.setdefault(points + tag, k)
            for urn, average in records.averages.get(name, {}).items():
                above = average.above - facet.least * average.below
                self.amounts[points, "", "", urn][tag] = (2 * above + 100) // 200

    def membership(self, keys: Sequence[Key]) -> tuple[Sparse, Ints, list[str]]:
        """Cells by atoms, how many pupils (or points) each atom is, and whose it is."""
        steps = self._steps()
        rows: list[int] = []
        columns: list[int] = []
        for cell, key in enumerate(keys):
            for amount, tag in self._held(key):
                value = self.amounts[amount][tag]
                found = [atom for atom, least in steps[amount] if least <= value]
                rows += [cell] * len(found)
                columns += found
        atoms = sum(len(each) for each in steps.values())
        ones = np.ones(len(rows), dtype=np.int64)
        member = sparse.csr_matrix((ones, (rows, columns)), shape=(len(keys), atoms))
        member.sort_indices()
        return member, np.asarray(self._weights, dtype=np.int64), self._urns

    @property
    def whole(self) -> Flags:
        """Which atoms are pupils of a school whatever they are, after :meth:`membership`."""
        return np.asarray(self._whole, dtype=bool)

    def _steps(self) -> dict[Amount, list[tuple[int, int]]]:
        """The atoms of each amount, with the least value that holds each: one for each different value above 0.

        An amount of nothing has an atom too, of nobody: what is in a cell is public, how many that is is not.
        """
        self._weights: list[int] = []
        self._urns: list[str] = []
        self._whole: list[bool] = []
        steps: dict[Amount, list[tuple[int, int]]] = {}
        for amount in sorted(self.amounts):
            below = 0
            steps[amount] = []
            for value in sorted(set(self.amounts[amount].values()) - {0}) or [0]:
                steps[amount].append((len(self._weights), value))
                self._weights.append(value - below)
                self._urns.append(amount[3])
                self._whole.append(not amount[1])
                below = value
        return steps

    def _held(self, key: Key) -> Iterable[tuple[Amount, str]]:
        """The amounts of a cell: a school's whole where the cell takes all of its facet, whatever the figures are."""
        population, tag, urns, facets = self._read(key)
        for urn in urns:
            whole = (population, "", "", urn)
            if tag not in self.amounts.get(whole, {}):
                continue
            if not facets:
                yield whole, tag
                continue
            ((facet, own, leaves),) = facets
            there = {leaf for leaf, _ in self._leaves_of(population, facet, own, urn)}
            known = frozenset(FACETS[facet].leaves)
            is_all = known <= leaves and (UNKNOWN in leaves or UNKNOWN not in there)
            if not there & known:
                is_all = UNKNOWN in leaves
                leaves = leaves & frozenset({UNKNOWN})
            if is_all:
                yield whole, tag
                continue
            parts = ((population, facet, leaf, urn) for leaf in sorted(leaves))
            yield from ((part, own) for part in parts if own in self.amounts.get(part, {}))

    def _leaves_of(self, population: str, facet: str, tag: str, urn: str) -> Iterable[tuple[str, int]]:
        for leaf in (*FACETS[facet].leaves, UNKNOWN):
            count = self.amounts.get((population, facet, leaf, urn), {}).get(tag, 0)
            if count:
                yield leaf, count

    def _read(self, key: Key) -> tuple[str, str, list[str], list[tuple[str, str, frozenset[str]]]]:
        """A key's population with its tag, its schools, and its leaves of a facet."""
        codes = {axis.name: (axis, code) for axis, code in zip(self.axes, key, strict=True)}
        axis, code = codes.pop(POPULATION)
        (named,) = axis.codes[code]
        population, at, number = named.partition(" @")
        edition = self.edition_of[named]
        facets = []
        for name, (axis, code) in codes.items():
            if name in self.facet_of and code != ROOT:
                facet, edition = self.facet_of[name]
                facets.append((facet, self.tags[edition, facet], axis.codes[code]))
        (scopes_axis, scope), (phases_axis, phase) = codes[SCOPE], codes[PHASE]
        within, phases = scopes_axis.codes[scope], phases_axis.codes[phase]
        records = self.records[edition]
        urns = [urn for urn, leaf in self.scope.items() if leaf in within and records.phases.get(urn) in phases]
        return population, at + number, urns, facets

    def is_void(self, key: Key) -> bool:
        """Whether public facts leave nothing there: no school with such a figure; or special schools and no SEN."""
        population, tag, urns, facets = self._read(key)
        there = [urn for urn in urns if tag in self.amounts.get((population, "", "", urn), {})]
        for facet, own, leaves in facets:
            known = frozenset(FACETS[facet].leaves)
            if facet == "sen" and leaves <= {"none"} and self._phase(key) == {"special"}:
                return True
            there = [
                urn
                for urn in there
                if any(leaf in known for leaf, _ in self._leaves_of(population, facet, own, urn)) or leaves == {UNKNOWN}
            ]
        return not there

    def _phase(self, key: Key) -> frozenset[str]:
        return next(axis.codes[code] for axis, code in zip(self.axes, key, strict=True) if axis.name == PHASE)
