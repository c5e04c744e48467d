"""An establishment's figures beside those of a comparator: two parts of one table, told apart by its last dimension.

The comparators of a report lie one within the other, the establishment itself in all of them. So their counts are one
hierarchy, and what a comparator has beyond the establishment is a cell like any other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise, product
from typing import Any

from kdsp_lib.analyse.attribute import ROOT, UNKNOWN
from kdsp_lib.analyse.breakdown import BREAKDOWNS
from kdsp_lib.analyse.figures import Figures
from kdsp_lib.analyse.layout import beside
from kdsp_lib.analyse.symbol import NOT_APPLICABLE
from kdsp_lib.model.question import OWN, Question
from kdsp_lib.model.table import Cell, Dimension, Level

WHOSE = "establishments"
"""The dimension that says whose pupils are counted."""
WHOSE_LABEL = "Establishments"


def parts_of(name: str, question: Question) -> Mapping[str, tuple[str, Question]]:
    """The parts of a table by the code of whose pupils they count: each with its name and its question."""
    if question.compare is None:
        return {OWN: (name, question)}
    alone = replace(question, compare=None)
    return {OWN: (name, alone)} | ({} if question.compare == OWN else {question.compare: (beside(name), alone)})


def taken_apart(question: Question, cells: Sequence[Cell]) -> Mapping[str, Sequence[Cell]]:
    """The cells of an answered table by whose pupils they count, without the code that says so."""
    if question.compare is None:
        return {OWN: cells}
    found: dict[str, list[Cell]] = {OWN: [], question.compare: []}
    for cell in cells:
        found[cell.codes[-1]].append(replace(cell, codes=cell.codes[:-1]))
    return found


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


def hierarchy(establishment: tuple[str, ...], comparators: Mapping[str, tuple[str, ...]]) -> Mapping[str, Any]:
    """The dimension of whose pupils are counted, for an auditor: each comparator is the next smaller and the rest."""
    sizes = {OWN: len(establishment), **{name: len(urns) for name, urns in comparators.items()}}
    codes = sorted(sizes, key=lambda code: (-sizes[code], code == OWN, code))
    return {"root": codes[0], "children": {whole: [part, f"{whole} without {part}"] for whole, part in pairwise(codes)}}


def _both(dim: Dimension, dims: Sequence[Dimension]) -> Dimension:
    """A dimension with the levels of all, in the order of its attribute."""
    order = [*(leaf for leaf, _ in BREAKDOWNS[dim.name].attribute.leaves), UNKNOWN]
    levels = {level.code: level for each in dims for level in each.levels}
    return replace(dim, levels=tuple(sorted(levels.values(), key=lambda level: order.index(level.code))))
