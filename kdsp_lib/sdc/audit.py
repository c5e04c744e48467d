"""The audit: whether what is printed leaves every population in the doubt that it needs, to everybody.

It does not look for the attack, it shows that none can succeed: for every need there are witnesses (`programme`), true
alternatives, each checked by one sparse product. A need without witnesses fails, whatever the reason.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from kdsp_lib.sdc.identity import Bools, Floats, Ints
from kdsp_lib.sdc.kinds import SHARED, Kinds
from kdsp_lib.sdc.needs import NEAR, OUTSIDER, Needs, Reach
from kdsp_lib.sdc.programme import Moves, Ranges, Reached, farthest
from kdsp_lib.sdc.suppression import to_withhold

AROUND = (160, 1_000)
"""So many kinds a programme looks at first, and then; in the end at all of them."""
SEED = 0


@dataclass(frozen=True, slots=True)
class Failure:
    """A population of which some reader (0: the outsider) knows too much, and the printed figures that tell it."""

    population: int
    reader: int
    binding: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Findings:
    """What fails, and what the audit did. ``narrow``: needs of controllers with fewer values left than outside."""

    failures: tuple[Failure, ...]
    asked: int
    programmes: int
    witnesses: int
    narrow: int


@dataclass(frozen=True, slots=True, eq=False)
class Witness:
    """A change of some kinds, ``in_whole`` pupils or not."""

    kinds: Ints
    by: Floats

    @property
    def in_whole(self) -> bool:
        return bool((self.by == np.round(self.by)).all())


class Audit:
    """Populations over kinds, asked again and again with other figures printed; witnesses are kept while they hold."""

    def __init__(self, kinds: Kinds, populations: sp.csr_matrix, needs: Needs) -> None:
        self._needs = needs
        merged, self._of = _taken_together(populations)
        self._rows = sp.csr_matrix(merged, dtype=np.float64)
        self._columns = self._rows.tocsc()
        together = _adding(self._of, merged.shape[1])
        self._pupils = np.asarray(together @ kinds.pupils)
        self._parts = sp.csr_matrix(together @ kinds.parts)
        self._by_controller = self._parts.tocsc()
        self._sole = _sole_together(kinds.sole_controllers, self._of, merged.shape[1])
        self._values = np.asarray(self._rows @ self._pupils)
        self._witnesses: list[Witness] = []
        self._programmes = 0
        self._of_run: Ranges | None = None

    def run(self, low: Floats, high: Floats) -> Findings:
        """What fails where readers know each population's number to lie in [low, high] (infinite: nothing printed)."""
        self._fall, self._rise = low - self._values, high - self._values
        if (self._fall > 0).any() or (self._rise < 0).any():
            raise ValueError("a figure does not lie within what is printed of it")
        self._of_run = None
        self._is_printed = np.isfinite(self._fall) | np.isfinite(self._rise)
        self._reach = Reach.nowhere(self._needs)
        self._witnesses = [witness for witness in self._witnesses if self._holds(witness)]
        for witness in self._witnesses:
            self._credit(witness)
        failures = []
        for population in np.flatnonzero(self._reach.unmet(self._needs).any(axis=1)).tolist():
            tried: set[int] = set()
            while left := sorted(set(np.flatnonzero(self._open(population)).tolist()) - tried):
                tried.add(left[0])
                binding = self._seek(population, left[0])
                if self._open(population)[left[0]]:
                    failures.append(Failure(population, left[0], tuple(binding)))
                    break
        spans = self._reach.up + self._reach.down
        asked = (self._needs.span > 0) | (self._needs.above > 0)
        most = self._needs.span[:, [OUTSIDER]].max(initial=0)
        narrow = int(((self._needs.span > 0) & (spans < most))[:, OUTSIDER + 1 :].sum())
        return Findings(tuple(failures), int(asked.sum()), self._programmes, len(self._witnesses), narrow)

    def _open(self, population: int) -> Bools:
        """To which readers a population needs more doubt."""
        one = slice(population, population + 1)
        needs = Needs(self._needs.span[one], self._needs.above[one], self._needs.below[one])
        reach = self._reach
        return np.asarray(Reach(reach.up[one], reach.down[one], reach.above[one], reach.below[one]).unmet(needs)[0])

    def _seek(self, population: int, reader: int) -> list[int]:
        """Look for witnesses of what this reader needs; the figures that stand in the way."""
        room = self._room(reader)
        return [*self._seek_whole(population, reader, room), *self._seek_parts(population, reader, room)]

    def _seek_whole(self, population: int, reader: int, room: Floats) -> list[int]:
        """Witnesses of the few values that a small count may have."""
        span = int(self._needs.span[population, reader])
        binding: list[int] = []
        for around in (*AROUND, len(room)):
            columns = self._around(population, around)
            binding = []
            for way in (1, -1):
                up, down = int(self._reach.up[population, reader]), int(self._reach.down[population, reader])
                amount = span - (down if way > 0 else up)
                if up + down >= span:
                    return []
                found, rows = self._farthest(columns, reader, population, way, amount)
                binding += [int(rows[k]) for k in found.binding]
                if found.change is not None:
                    self._keep(columns, found.change)
            if len(columns) == len(room):
                break
        return binding if self._reach.spans(population, reader) < span else []

    def _seek_parts(self, population: int, reader: int, room: Floats) -> list[int]:
        """Witnesses of the part of a figure by which it stays in doubt."""
        binding: list[int] = []
        counted = self._rows.indices[self._rows.indptr[population] : self._rows.indptr[population + 1]]
        for way, needs, reach in (
            (1, self._needs.above, self._reach.above),
            (-1, self._needs.below, self._reach.below),
        ):
            if reach[population, reader] < needs[population, reader] - NEAR:
                self._programmes += 1
                found = self._ranges.farthest(room, self._gain(reader), counted, way)
                if found.change is not None:
                    self._keep(np.arange(len(room)), found.change)
                if reach[population, reader] < needs[population, reader] - NEAR:
                    binding += [int(self._printed_rows[k]) for k in found.binding]
        return binding

    @property
    def _ranges(self) -> Ranges:
        """The programme of all kinds and all that is printed."""
        if self._of_run is None:
            rows = self._printed_rows = np.flatnonzero(self._is_printed)
            moves = Moves(
                self._rows[rows].tocsc(), self._fall[rows], self._rise[rows], self._room(OUTSIDER), self._gain(OUTSIDER)
            )
            self._of_run = Ranges(moves, 1.0 + float(max(self._needs.above.max(), self._needs.below.max())))
        return self._of_run

    def to_withhold(self, failure: Failure, cost: Floats) -> list[int]:
        """The printed figures whose withholding would give a failure its doubt, at the least ``cost``."""
        population, reader = failure.population, failure.reader
        needs, room = self._needs, self._room(reader)
        up, down = float(self._reach.above[population, reader]), float(self._reach.below[population, reader])
        span = int(needs.span[population, reader])
        above = max(int(needs.above[population, reader]), span - int(down))
        below = min(int(needs.below[population, reader]), int(self._counted(population) @ room))
        rows = np.flatnonzero(self._is_printed)
        moves = Moves(self._rows[rows].tocsc(), self._fall[rows], self._rise[rows], room, self._gain(reader))
        found: list[int] = []
        for way, amount in ((1, above), (-1, below)):
            if amount > (up if way > 0 else down) + NEAR:
                chosen = to_withhold(moves, cost[rows], self._counted(population), way, float(amount))
                found += [] if chosen is None else [int(rows[place]) for place in chosen]
        return sorted(set(found))

    def _room(self, reader: int) -> Floats:
        """How many pupils of each kind, as a reader knows, may be fewer: those that are not its own."""
        room = self._pupils.astype(np.float64)
        if reader == OUTSIDER:
            return room
        return np.asarray(room - np.asarray(self._by_controller[:, [reader - 1]].todense()).ravel())

    def _gain(self, reader: int) -> Floats:
        """How many of each kind there may be more, as a reader knows: none of those that only it can have."""
        return np.where((self._sole == reader - 1) & (reader != OUTSIDER), 0.0, np.inf)

    def _counted(self, population: int) -> Floats:
        counted = np.zeros(len(self._pupils))
        counted[self._rows.indices[self._rows.indptr[population] : self._rows.indptr[population + 1]]] = 1.0
        return counted

    def _farthest(self, columns: Ints, reader: int, population: int, way: int, amount: int) -> tuple[Reached, Ints]:
        part = self._columns[:, columns].tocsr()
        rows = np.flatnonzero((np.diff(part.indptr) > 0) & self._is_printed)
        room, gain = self._room(reader)[columns], self._gain(reader)[columns]
        moves = Moves(part[rows].tocsc(), self._fall[rows], self._rise[rows], room, gain)
        self._programmes += 1
        counted, seed = self._counted(population)[columns], (SEED, population, way + 1)
        return farthest(moves, counted, way, amount, seed), rows

    def _around(self, population: int, number: int) -> Ints:
        """The kinds that most printed figures have in common with a population's: half of them in it, half not."""
        if number >= len(self._pupils):
            return np.arange(len(self._pupils))
        counted = self._counted(population)
        weight = counted * ((self._pupils > 0) + 1.0 / len(counted))
        alike = self._columns.T @ (self._is_printed * (self._rows @ weight))
        order = np.argsort(-alike * np.where(self._pupils > 0, 1.0, 0.7), kind="stable")
        inside = counted[order] > 0
        chosen = np.concatenate([order[inside][: number // 2], order[~inside][: number // 2]])
        return np.sort(chosen)

    def _keep(self, columns: Ints, change: Floats) -> None:
        """Keep what is a witness, and the opposite where it is one too."""
        moved = np.flatnonzero(change)
        for sign in (1, -1):
            witness = Witness(columns[moved], sign * change[moved])
            if len(moved) and self._holds(witness):
                self._witnesses.append(witness)
                self._credit(witness)

    def _moved(self, witness: Witness) -> Floats:
        return np.asarray(self._columns[:, witness.kinds] @ witness.by)

    def _holds(self, witness: Witness) -> bool:
        """Whether a change is a witness before the outsider: nobody is fewer than none, all figures print the same."""
        if (self._pupils[witness.kinds] + witness.by < -NEAR).any():
            return False
        moved = self._moved(witness)
        return bool(((moved >= self._fall - NEAR) & (moved <= self._rise + NEAR)).all())

    def _credit(self, witness: Witness) -> None:
        """Count a witness for every reader whose own pupils it leaves where they are, no fewer and no more."""
        readers = np.ones(self._needs.span.shape[1], bool)
        falling = witness.kinds[witness.by < 0]
        left = self._pupils[falling] + witness.by[witness.by < 0]
        own = self._parts[falling]
        row = np.repeat(np.arange(len(falling)), np.diff(own.indptr))
        readers[1 + own.indices[own.data > left[row] + NEAR]] = False
        alone = self._sole[witness.kinds[witness.by > 0]]
        readers[1 + alone[alone != SHARED]] = False
        self._reach.add(self._moved(witness), readers, in_whole=witness.in_whole)


def _taken_together(populations: sp.csr_matrix) -> tuple[sp.csr_matrix, Ints]:
    """The kinds that no population tells apart as one; and which of these each kind is."""
    columns = sp.csc_matrix(populations)
    columns.sort_indices()
    seen: dict[bytes, int] = {}
    firsts: list[int] = []
    of = np.zeros(columns.shape[1], np.int64)
    for kind in range(columns.shape[1]):
        key = columns.indices[columns.indptr[kind] : columns.indptr[kind + 1]].tobytes()
        place = seen.setdefault(key, len(firsts))
        if place == len(firsts):
            firsts.append(kind)
        of[kind] = place
    return sp.csr_matrix(columns[:, firsts]), of


def _sole_together(sole: Ints, of: Ints, size: int) -> Ints:
    """Whose kinds are that were taken together: one controller's alone where each of them is."""
    least, most = np.full(size, np.iinfo(np.int64).max), np.full(size, SHARED, np.int64)
    np.minimum.at(least, of, sole)
    np.maximum.at(most, of, sole)
    return np.where(least == most, most, SHARED)


def _adding(of: Ints, size: int) -> sp.csr_matrix:
    return sp.csr_matrix((np.ones(len(of), np.int64), (of, np.arange(len(of)))), shape=(size, len(of)))
