"""How large an answer will be, known before it is begun: the cells of all its tables, as many as there can be.

What an answer takes grows faster than its cells, so that too many together are refused rather than begun and stopped.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import prod
from typing import TYPE_CHECKING, Final

from kdsp_lib.analyse.breakdown import BREAKDOWNS
from kdsp_lib.errors import Disclosive, Fault
from kdsp_lib.model.question import Question
from kdsp_lib.source.limits import Limits

if TYPE_CHECKING:
    from kdsp_lib.model.answer import Answer

LIGHT: Final = 300
"""An answer of fewer cells takes a few seconds at most: it is made at once, in the custodian's own process."""


def refuse_too_many_cells(questions: Mapping[str, Question], told: Iterable[Answer], limits: Limits) -> None:
    """Disclosive where all tables of a report together would have more cells than one answer may."""
    before = _cells_told(told)
    if before + cells_asked_for(questions) <= limits.answer_cells:
        return
    largest = max(questions, key=lambda name: _cells(questions[name]))
    faults = [Fault(f"table {largest}", f"is the largest, with {_in_words(questions[largest])}")]
    if before:
        faults.append(Fault("this report", f"has {before} cells in the tables that were asked for before"))
    raise Disclosive(
        f"These tables have {before + cells_asked_for(questions)} cells together, too many to be made safe at once.",
        faults=faults,
        rule=f"at most {limits.answer_cells} cells in one report: answer_cells under [limits] in kdsp.toml",
        remedy="split the largest by fewer breakdowns or by coarser ones, or ask in several reports",
    )


def cells_asked_for(questions: Mapping[str, Question], told: Iterable[Answer] = ()) -> int:
    """How many cells the tables can have at most, with those that the report was ``told`` before."""
    return sum(map(_cells, questions.values())) + _cells_told(told)


def _cells_told(told: Iterable[Answer]) -> int:
    return sum(len(table.cells) for answer in told for table in answer.tables)


def _cells(question: Question) -> int:
    return prod(_sizes(question)) * _sets_of(question)


def _sets_of(question: Question) -> int:
    """The sets of establishments that a table is about."""
    return 2 if question.sets_beside_others else 1


def _sizes(question: Question) -> list[int]:
    """How many levels each breakdown can have, its total among them; one that does not exist is refused elsewhere."""
    return [len(BREAKDOWNS[by].levels) + 1 if by in BREAKDOWNS else 1 for by in question.by]


def _in_words(question: Question) -> str:
    sizes = _sizes(question)
    product = " x ".join(f"{size} ({by})" for by, size in zip(question.by, sizes, strict=True))
    sets = _sets_of(question)
    beside = f", for each of {sets} sets of establishments" if sets > 1 else ""
    return f"{_cells(question)} cells: {product or '1'}{beside}"
