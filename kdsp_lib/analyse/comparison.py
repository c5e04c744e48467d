"""An establishment's figures beside those of a comparator: two parts of one table, told apart by its last dimension."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product

from kdsp_lib.analyse.attribute import ROOT, UNKNOWN
from kdsp_lib.analyse.breakdown import BREAKDOWNS
from kdsp_lib.analyse.figures import Figures
from kdsp_lib.analyse.symbol import NOT_APPLICABLE
from kdsp_lib.model.question import OWN, Question
from kdsp_lib.model.table import Cell, Dimension, Level

WHOSE = "establishments"
"""The dimension that says whose pupils are counted."""
WHOSE_LABEL = "Establishments"


def own_rows(question: Question, cells: Sequence[Cell]) -> Sequence[Cell]:
    """The establishment's own cells of an answered table, without the code that says so."""
    if question.compare is None:
        return cells
    return [replace(cell, codes=cell.codes[:-1]) for cell in cells if cell.codes[-1] == OWN]


def side_by_side(parts: Mapping[str, Figures], labels: Mapping[str, str]) -> Figures:
    """The parts as one table, each row of one beside the same row of the other; a level that one lacks is ``z`` there.

    ``labels``: the words for each code of whose pupils are counted.
    """
    first = next(iter(parts.values()))
    dims = tuple(_both(dim, [part.dims[d] for part in parts.values()]) for d, dim in enumerate(first.dims))
    whose = Dimension(WHOSE, WHOSE_LABEL, tuple(Level(code, labels[code]) for code in parts))
    values = {(code, *cell.codes): cell.values for code, part in parts.items() for cell in part.cells}
    nothing = (NOT_APPLICABLE,) * len(first.statistics)
    levels = [[*(level.code for level in dim.levels), ROOT] for dim in dims]
    cells = tuple(
        Cell((*codes, code), values.get((code, *codes), nothing)) for codes in product(*levels) for code in parts
    )
    return replace(first, dims=(*dims, whose), cells=cells)


def _both(dim: Dimension, dims: Sequence[Dimension]) -> Dimension:
    """A dimension with the levels of all, in the order of its attribute."""
    order = [*(leaf for leaf, _ in BREAKDOWNS[dim.name].attribute.leaves), UNKNOWN]
    levels = {level.code: level for each in dims for level in each.levels}
    return replace(dim, levels=tuple(sorted(levels.values(), key=lambda level: order.index(level.code))))
