"""The bands of a spread in the cube: which to withhold, since they would put every establishment into one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kdsp_lib.analyse.attribute import ROOT
from kdsp_lib.analyse.cube import Cube, CubeTable, Flags
from kdsp_lib.analyse.spread import FEW


def controllers_of(cube: Cube, cells: Sequence[int]) -> int:
    """How many controllers stand behind cells together."""
    if not cells:
        return 0
    return int(np.count_nonzero(np.asarray(cube.contributions[list(cells)].sum(axis=0))))


def band_cells(table: CubeTable) -> list[int]:
    """The cells of a spread's bands; establishments without a rate are in none."""
    return [row.counted for row in table.rows if row.codes[0] not in (ROOT, FEW) and not row.left_out]


def too_even(cube: Cube, hidden: Flags) -> Flags:
    """The bands of spreads to withhold besides: all, where they would put every establishment into one.

    That is where but one band, or the withheld ones together, has any; and where the withheld ones, which follow from
    the others together, are of too few. Whoever leaves out its own establishments then still sees two. So are all
    where an area less others, as spreads of them tell or told it, would leave establishments in one band alone.
    """
    more = np.zeros_like(hidden)
    for table in cube.tables.values():
        if table.asked.is_spread:
            bands = band_cells(table)
            withheld = [cell for cell in bands if hidden[cell]]
            told = [cell for cell in bands if not hidden[cell] and cube.count[cell]]
            few = bool(withheld) and controllers_of(cube, withheld) < cube.policy.controllers
            if few or len(told) + bool(withheld) < 2 or leaves_one_band(cube, table):
                more[bands] = True
    return more


def leaves_one_band(cube: Cube, table: CubeTable) -> bool:
    """Whether subtracting spreads of the same rate from each other, this one among them, leaves one band alone.

    Each of those inside another is taken from it by itself, and as many as are apart together.
    """
    every = [*cube.tables.values(), *cube.earlier_tables.values()]
    alike = [_atoms_by_band(cube, one) for one in every if one.asked.names == table.asked.names]
    own = _atoms_by_band(cube, table)
    for whole in alike:
        inside = sorted((each for each in alike if _all(each) < _all(whole)), key=lambda each: len(_all(each)))
        apart: list[tuple[frozenset[int], ...]] = []
        for each in inside:
            if not any(_all(each) & _all(other) for other in apart):
                apart.append(each)
        for parts in [*([each] for each in inside), apart]:
            left = [band.difference(*(_all(part) for part in parts)) for band in whole]
            if own in (whole, *parts) and sum(map(bool, left)) == 1:
                return True
    return False


def _atoms_by_band(cube: Cube, table: CubeTable) -> tuple[frozenset[int], ...]:
    """Which atoms lie in each band of a spread."""
    rows = (cube.membership[cell] for cell in band_cells(table))
    return tuple(frozenset(row.indices.tolist()) for row in rows)


def _all(bands: tuple[frozenset[int], ...]) -> frozenset[int]:
    return frozenset().union(*bands)
