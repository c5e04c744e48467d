"""Which cells of a cube are told already: printed or withheld by earlier tables, settled, public, or proved."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from kdsp_lib.analyse.cube import CubeTable, Flags
from kdsp_lib.analyse.figures import read_back
from kdsp_lib.analyse.linking import Row, following
from kdsp_lib.analyse.membership import Ints


def told_before(tables: Collection[CubeTable], count: Ints, rows: Sequence[Row]) -> Mapping[str, Flags]:
    """The cells that earlier tables printed and withheld, those settled, public and proved with what follows from them.

    A public figure that is not the one of these data (of another edition, or another day) tells nothing exactly.
    """
    found = {
        name: np.zeros(len(count), dtype=bool)
        for name in ("shown_before", "withheld_before", "settled", "public", "proved")
    }
    for table in tables:
        one, known = table.asked, read_back(table, table.asked.answered)
        given = _given(table) if one.public else {}
        printed = [cell for cell in known.printed if not one.public or given[cell] == count[cell]]
        marked = ["shown_before"] + ["settled"] * one.settled + ["public"] * one.public + ["proved"] * one.proved
        for name in marked:
            found[name][printed] = True
        found["withheld_before"][list(known.hidden)] = True
    found["withheld_before"] &= ~found["shown_before"]
    for name in ("settled", "public", "proved"):
        if found[name].any():
            found[name] = following(found[name], rows)
    for table in tables:
        if table.asked.proved:
            found["proved"][list(read_back(table, table.asked.answered).hidden)] = True
    return found


def _given(table: CubeTable) -> Mapping[int, int]:
    """The counts that a public table gives, by cell: of a cell that stands in several rows, that of the first."""
    by_codes: dict[tuple[str, ...], int] = {}
    for each in table.asked.answered:
        by_codes.setdefault(each.codes, int(each.values[-1]))
    found: dict[int, int] = {}
    for row in table.rows:
        if row.codes in by_codes:
            found.setdefault(row.counted, by_codes[row.codes])
    return found
