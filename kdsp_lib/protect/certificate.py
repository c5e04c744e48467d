"""The proof of a pattern in a form that another programme checks: one change vector for each thing to be shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kdsp_lib.protect.requirement import covered, floor_values, is_consistent, requirements, stays_within
from kdsp_lib.protect.system import Pattern, System


def certificates(system: System, pattern: Pattern) -> Mapping[str, NDArray[Any]]:
    """Of the first statistic: for each primary cell and side a witness, as ``cell, side, ptr, idx, val``.

    Certificate k changes the cells ``idx[ptr[k]:ptr[k+1]]`` by ``val[ptr[k]:ptr[k+1]]``. It keeps every sum, touches
    nothing printed, falls below no least value that an attacker knows, and moves ``cell[k]`` far enough to ``side[k]``.
    """
    statistic, changes = system.statistics[0], pattern.witnesses[0].changes
    needed = requirements(system, statistic)
    sound = is_consistent(system, statistic, pattern.hidden, changes)
    least = {floor: floor_values(system, statistic, floor) for floor in (0, 1)}
    shows = {f: covered(needed, changes, sound & stays_within(statistic, changes, least[f])) for f in (0, 1)}
    cells, sides, starts, indices, values = [], [], [0], [], []
    for row in range(len(needed)):
        for floor in (1, 0):
            showing = shows[floor].indices[shows[floor].indptr[row] : shows[floor].indptr[row + 1]]
            if len(showing):
                start, end = changes.indptr[showing[0]], changes.indptr[showing[0] + 1]
                cells.append(needed.cell[row])
                sides.append(needed.side[row])
                indices.append(changes.indices[start:end])
                values.append(changes.data[start:end])
                starts.append(starts[-1] + int(end - start))
                break
    return {
        "cell": np.array(cells, dtype=np.int64),
        "side": np.array(sides, dtype=np.int64),
        "ptr": np.array(starts, dtype=np.int64),
        "idx": np.concatenate([np.zeros(0, np.int64), *indices]).astype(np.int64),
        "val": np.concatenate([np.zeros(0), *values]),
    }
