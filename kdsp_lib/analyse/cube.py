"""The cube: all tables of a report, and what was answered before, as one linked system of cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from kdsp_lib.analyse.axis import Axis
from kdsp_lib.analyse.differences import Difference
from kdsp_lib.analyse.grid import Key
from kdsp_lib.analyse.kinds_of_pupils import Words
from kdsp_lib.analyse.layout import Asked
from kdsp_lib.analyse.membership import NONE, Ints, Sparse
from kdsp_lib.model.policy import DisclosurePolicy

Flags = npt.NDArray[np.bool_]


def filled(flags: Flags, size: int) -> Flags:
    """The flags of the first cells as those of so many: of the others, none."""
    return np.concatenate([flags, np.zeros(size - len(flags), dtype=bool)])


@dataclass(frozen=True)
class Magnitude:
    """A sum of sessions by cell. ``asked``: cells of which a rate or mean made from it is printed, or worked out.

    ``unasked``: cells that stand in tables, none of which prints anything made from it. ``structural``: cells of pupils
    of whom there is nothing to sum, so that it is 0 by public facts.
    """

    values: npt.NDArray[np.float64]
    contributions: Sparse
    asked: Flags
    unasked: Flags
    structural: Flags
    known: Sparse
    """The part of ``contributions`` that is of establishments whose figures the readers may know."""


@dataclass(frozen=True, slots=True)
class CubeRow:
    """One row of a table: its codes, and the cells of its base, of what is counted, of the rest of the base (or -1)."""

    codes: tuple[str, ...]
    base: int
    counted: int
    rest: int
    left_out: bool = False
    """Whether it is withheld whole, and has no cells."""

    @property
    def cells(self) -> tuple[int, ...]:
        return tuple(cell for cell in (self.base, self.counted, self.rest) if cell != NONE)


@dataclass(frozen=True)
class CubeTable:
    """A question's table: the axes it is split by, with the levels it shows, and its rows, totals last."""

    asked: Asked
    dims: tuple[Axis, ...]
    levels: tuple[tuple[str, ...], ...]
    rows: tuple[CubeRow, ...]


@dataclass(frozen=True)
class Cells:
    """Figures to be protected together, whatever they are called: what each counts, who put it in, what links them.

    ``equations @ count == 0``, and the same for every magnitude. ``printable`` cells are asked for by some table; the
    rest can be worked out from them and are protected with them. ``structural``: none there by public facts.
    ``shares`` pairs each sensitive cell with every cell it is a share of (the rows of a k by 2 array).
    ``single[i]`` is the atom of the one pupil of a cell of one, or -1.
    """

    count: Ints
    contributions: Sparse
    controllers: tuple[str, ...]
    equations: Sparse
    magnitudes: Mapping[str, Magnitude]
    printable: Flags
    structural: Flags
    shares: Ints
    categories: tuple[frozenset[str], ...]
    membership: Sparse
    weights: Ints
    single: Ints
    told: Flags
    """Cells in which public facts leave nobody but pupils of establishments whose figures the readers may know."""
    known: Sparse
    """The part of ``contributions`` that is such establishments' own."""
    uncounted: Flags
    """Cells that have sums, but count nobody."""
    remains: Ints
    """Cells that nobody asks for, what others leave of a whole, each with that whole (the rows of a k by 2 array)."""
    within: Ints
    """Cells cut along a list of pupils, each with the cells of the rows by which it could be less, and by which more.

    Whoever holds the list knows that it lies between: no more doubt than that can be asked for.
    """


@dataclass(frozen=True)
class Cube(Cells):
    """Cells keyed by one code an axis, so that what stands in two tables is one cell.

    ``earlier``: asked before; ``current``: asked now; ``shown_before`` and ``withheld_before``: by that;
    ``settled``: printed, and proved safe then, or following from such; ``public``: published by others, or following
    from what is; ``proved``: printed or withheld by what was made safe from readers who know more than others, or
    following from what that printed. ``base[i]`` is the first cell that a sensitive one is a share of, or -1.
    """

    policy: DisclosurePolicy
    """By which its cells were sought, and will be withheld and shown."""
    axes: tuple[Axis, ...]
    keys: tuple[Key, ...]
    current: Flags
    earlier: Flags
    shown_before: Flags
    withheld_before: Flags
    settled: Flags
    public: Flags
    proved: Flags
    sensitive: Flags
    base: Ints
    differences: tuple[Difference, ...]
    tables: Mapping[str, CubeTable]
    earlier_tables: Mapping[str, CubeTable]
    leftovers: int = 0
    """So many cells, the last ones, are nobody's question: what subtracting others leaves."""
    schools: Ints | None = None
    """How many establishments the pupils of each cell are at, where some table tells that."""
    words: Words | None = None
    """What its cells say of their pupils."""
    rounded: Ints | None = None
    """The counts to print, where they are rounded: of the cells shown, and of no others."""

    @property
    def printed(self) -> Ints:
        """The counts as they are printed."""
        return self.count if self.rounded is None else self.rounded

    @cached_property
    def index(self) -> Mapping[Key, int]:
        """The place of each cell by its key."""
        return {key: k for k, key in enumerate(self.keys)}

    @property
    def establishments(self) -> Ints:
        """How many controllers contribute to each cell."""
        return np.asarray(np.diff(self.contributions.indptr), dtype=np.int64)


def sum_name(sums: tuple[str, ...]) -> str:
    """The name of a magnitude that is the sum of several."""
    return "+".join(sums)


def have_a_part_in_common(one: str, other: str) -> bool:
    """Whether two magnitudes, by their names, sum some of the same: what is told of the one may tell of the other."""
    return not set(one.split("+")).isdisjoint(other.split("+"))
