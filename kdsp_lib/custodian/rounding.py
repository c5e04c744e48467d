"""Rounding for readers whose profile asks for it: what suppression leaves to be shown, to multiples that add up.

Every figure that is rounded might be printed as it is, and is proved so. A rounded table is made of these alone, so it
tells less; later reports are made safe as if they had been printed in full.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import scipy.sparse as sp

from kdsp_lib.analyse.cube import Cube, Flags
from kdsp_lib.analyse.figures import values_by_row
from kdsp_lib.analyse.membership import NONE
from kdsp_lib.errors import Broken, Disclosive
from kdsp_lib.model.table import Cell
from kdsp_lib.protect.rounding import round_shown

RULE = "counts for this reader are multiples of {base} that add up"


def rounded_for(cube: Cube, withheld: Flags, before: Mapping[int, int]) -> Cube:
    """The cube with the counts to print; as it is where the profile rounds nothing.

    ``before``: what was printed of some cells for the same readers, to be printed again. Raises Disclosive where no
    table of multiples adds up; Broken where the one that was found does not.
    """
    base = cube.policy.round_to
    if not base:
        return cube
    cells = np.flatnonzero(cube.current & ~withheld & ~cube.structural).tolist()
    shown = {cell: float(cube.count[cell]) for cell in cells}
    sums = _sums(cube)
    found = round_shown(sums, shown, base, {cell: float(value) for cell, value in before.items()})
    if found is None:
        raise Disclosive(
            "The counts cannot be rounded so that they add up.",
            rule=RULE.format(base=base),
            remedy="ask for fewer tables together, or for coarser groups",
        )
    values = np.zeros(len(cube.count), dtype=np.int64)
    values[cells] = [round(found[cell]) for cell in cells]
    _check(sums, values, cube.count, cells, base)
    return replace(cube, rounded=values)


def printed_before(cube: Cube, cells_of: Mapping[str, Sequence[Cell]]) -> dict[int, int]:
    """What earlier tables, by their names in the cube, printed of each cell, where the profile rounds."""
    found: dict[int, int] = {}
    for name, cells in cells_of.items() if cube.policy.round_to else ():
        table = cube.earlier_tables[name]
        known = values_by_row(table, cells)
        for row in table.rows:
            values = known.get(row.codes)
            if values is not None and not row.left_out:
                pairs = [(row.counted if row.base == NONE else row.base, values[-1])]
                is_shown = NONE not in (row.base, row.counted) and not table.asked.measure.sums
                pairs += [(row.counted, values[-2])] if is_shown else []
                found |= {cell: int(value) for cell, value in pairs if value.isdecimal()}
    return found


def _sums(cube: Cube) -> sp.csr_matrix:
    """The sums that anybody knows: of the cells that tables may ask for, by their codes alone."""
    rows = sp.csr_matrix(cube.equations, dtype=np.float64)
    named = len(cube.count) - cube.leftovers
    beyond = np.asarray(abs(rows[:, named:]).sum(axis=1)).ravel() if cube.leftovers else np.zeros(rows.shape[0])
    return rows[beyond == 0]


def _check(sums: sp.csr_matrix, values: object, count: object, cells: Sequence[int], base: int) -> None:
    """Multiples, less than two bases away, none that became 0; and every sum that is shown whole holds."""
    here, true = np.asarray(values), np.asarray(count)
    hidden = np.ones(len(true), dtype=bool)
    hidden[list(cells)] = False
    whole = sums[np.asarray(abs(sums) @ hidden).ravel() == 0]
    near = np.abs(here - true)[list(cells)] < 2 * base
    if (here % base).any() or not near.all() or ((here == 0) & (true > 0) & ~hidden).any() or (whole @ here).any():
        raise Broken("The rounded counts do not add up.", remedy="nothing was released; please report this")
