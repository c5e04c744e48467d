"""What a report of a later term is worth to who reads it: a school's totals before the groups that they are of.

Beside what a school was told in another term most of its groups have a few pupils more or fewer. Which of them are
withheld for that, and what would give them back, can be chosen: the figures of all the school rather than those of
girls in Year 4. Each choice is proved like any other; this says only which of several safe ones is given.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

import numpy as np

from kdsp_lib.analyse.attribute import ROOT
from kdsp_lib.analyse.crossing import FLOWS, stock_cells
from kdsp_lib.analyse.cube import Cube, Flags
from kdsp_lib.analyse.measure import MEASURES
from kdsp_lib.analyse.symbol import HIDDEN, NOT_APPLICABLE, NOT_AVAILABLE
from kdsp_lib.model.question import OWN, Question
from kdsp_lib.model.table import Cell

if TYPE_CHECKING:
    from kdsp_lib.model.answer import Answer

_TOTAL = 7.0
"""A figure of all is worth so much more than one of the finest groups."""
_OWN = 8.0
"""A school's own figure is worth so many of a comparator's."""


class Kept(Enum):
    """Which totals are not withheld for another figure's sake: where one is in the way, finer rows are left out."""

    NONE = auto()
    OF_ALL = auto()
    """Those that are not broken down."""
    EVERY = auto()
    """Those of a year group too: whatever is not among the finest rows of its table."""


def kept_cells(cube: Cube, kept: Kept) -> Flags | None:
    """The cells of a report's own totals that no difference between terms is about: of all, and of a year group."""
    if kept is Kept.NONE:
        return None
    flags = np.zeros(len(cube.keys), dtype=bool)
    for table in cube.tables.values():
        for row in () if table.asked.is_of_comparator else table.rows:
            is_of_all = all(code == ROOT for code in row.codes)
            if is_of_all or (kept is Kept.EVERY and ROOT in row.codes):
                flags[list(row.cells)] = True
    return flags & ~stock_cells(cube, roll=False)


def worth(answer: Answer) -> float:
    """What the rows that an answer shows are worth together."""
    return sum(_worth(table.asked, cell) for table in answer.tables for cell in table.cells)


def loses_totals(answer: Answer) -> bool:
    """Whether an answer withholds how many pupils such a total is of.

    Of attendance that is withheld beside a term's sessions for a year's, which no choice of rows would change.
    """
    return any(
        cell.values[-1] == HIDDEN and _is_total(table.asked, cell)
        for table in answer.tables
        if MEASURES[table.asked.measure].dataset != "attendance"
        for cell in table.cells
    )


def _is_total(question: Question, cell: Cell) -> bool:
    """Whether a row is an own one of all, or of some of those whom the terms have otherwise."""
    codes = _codes(question, cell)
    split_by = {name for name, code in zip(question.by, codes, strict=True) if code != ROOT}
    return _is_own(question, cell) and split_by <= FLOWS and (ROOT in codes or not codes)


def _worth(question: Question, cell: Cell) -> float:
    if {HIDDEN, NOT_APPLICABLE, NOT_AVAILABLE} & set(cell.values):
        return 0.0
    codes = _codes(question, cell)
    totals = sum(code == ROOT for code in codes) / len(codes) if codes else 1.0
    return (1 + _TOTAL * totals**2) * (_OWN if _is_own(question, cell) else 1.0)


def _codes(question: Question, cell: Cell) -> tuple[str, ...]:
    """The codes of a row without the one that says whose pupils it counts."""
    return cell.codes[: len(question.by)]


def _is_own(question: Question, cell: Cell) -> bool:
    return question.compare is None or cell.codes[-1] == OWN
