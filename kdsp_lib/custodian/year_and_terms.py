"""A year's sums beside its terms': three terms' sessions make the year's, whoever joined or left meanwhile but a few.

So what a term withheld of a sum the year withholds too, and the other way round: a year less two terms would else give
the third's back. A change of the one that keeps all its sums is then one of the other too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from kdsp_lib.analyse.attribute import ATTRIBUTES, ROOT
from kdsp_lib.analyse.crossing import Past
from kdsp_lib.analyse.cube import Cube, CubeRow, CubeTable, Flags
from kdsp_lib.analyse.sum import SUMS

Words = tuple[frozenset[str], str | None, frozenset[tuple[str, str]]]
"""Whose pupils, by what filter, and which of them."""


def withheld_of_the_year(cube: Cube, pasts: Iterable[Past]) -> Flags:
    """The cells asked for now whose sessions a release of the same year, or of a term of it, withheld."""
    there: set[Words] = set()
    for past in pasts:
        if past.same_year:
            for table in past.sample.cube.earlier_tables.values():
                there |= {words for words, row in _rows(table) if row.left_out or past.hidden[list(row.cells)].any()}
    hidden = np.zeros(len(cube.keys), dtype=bool)
    for table in cube.tables.values():
        for words, row in _rows(table):
            if words in there:
                hidden[list(row.cells)] = True
    return hidden & ~cube.structural


def _rows(table: CubeTable) -> Iterator[tuple[Words, CubeRow]]:
    """The rows of a table of sessions, with what each is of."""
    measure, question = table.asked.measure, table.asked.question
    if not measure.sums or ATTRIBUTES[SUMS[measure.sums[0]].attribute].dataset != "attendance":
        return
    names = [dim.name for dim in table.dims]
    for row in table.rows:
        of = frozenset((name, code) for name, code in zip(names, row.codes, strict=True) if code != ROOT)
        yield (frozenset(table.asked.subjects), question.where, of), row
