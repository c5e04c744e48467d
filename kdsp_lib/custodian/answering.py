"""One answer: from questions to protected tables. Read, analyse, protect, audit; nothing else comes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from kdsp_lib.analyse.assembly import build_cube
from kdsp_lib.analyse.atoms import Atoms, count_atoms
from kdsp_lib.analyse.checking import check_questions
from kdsp_lib.analyse.cohort import Cohort
from kdsp_lib.analyse.count_tables import count_tables, whole_rows
from kdsp_lib.analyse.cube import Cube
from kdsp_lib.analyse.figures import figures, read_back
from kdsp_lib.analyse.layout import Earlier
from kdsp_lib.analyse.population import where_populations
from kdsp_lib.analyse.question import Question
from kdsp_lib.custodian import words
from kdsp_lib.custodian.protecting import protect_cube
from kdsp_lib.errors import Disclosive

if TYPE_CHECKING:
    from kdsp_lib.custodian.opening import Opened
    from kdsp_lib.source.tables import SourceTables

SMALLEST_FILTER = 6
FEWEST_CONTROLLERS = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """Protected tables in their wire form, with what is needed to bind later ones to them."""

    questions: Mapping[str, Any]
    subjects: tuple[str, ...]
    tables: tuple[Mapping[str, Any], ...]
    counts: tuple[Mapping[str, Any], ...]
    zeros_hidden: bool
    search: Mapping[str, int]

    def to_json(self) -> dict[str, Any]:
        """As the ledger keeps it: definitions and printed figures."""
        return {
            "questions": dict(self.questions),
            "subjects": list(self.subjects),
            "tables": list(self.tables),
            "counts": list(self.counts),
            "zeros_hidden": self.zeros_hidden,
            "search": dict(self.search),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """What :meth:`to_json` wrote."""
        return cls(
            data["questions"],
            tuple(data["subjects"]),
            tuple(data["tables"]),
            tuple(data["counts"]),
            bool(data["zeros_hidden"]),
            data["search"],
        )


def answer_questions(
    tables: SourceTables, opened: Opened, questions: Mapping[str, Question], earlier: Sequence[Answer]
) -> Answer:
    """Protected tables for these questions, safe beside all ``earlier`` answers.

    Raises BadParameters for questions that may not be asked, Disclosive where a table cannot be made safe.
    """
    asked = check_questions(questions, opened.request.categories)
    before = _by_name(earlier)
    cohort = Cohort(opened.subjects, _controllers(opened, before), opened.period)
    atoms = count_atoms(tables, cohort, asked, {name: old for name, (old, _) in before.items()})
    _refuse_small_filters(atoms)
    cube = build_cube(atoms)
    printed, hidden = _already_shown(cube, before)
    protected = protect_cube(cube, printed, hidden)
    withheld = whole_rows(cube, protected.hidden)
    notes = [words.DISCLOSURE + (words.ZEROS if protected.zeros_hidden else "")]
    notes += [note] if (note := words.coverage(opened)) else []
    return Answer(
        questions={name: question.to_json() for name, question in questions.items()},
        subjects=opened.subjects,
        tables=tuple(_wire(cube, name, question, withheld, opened, notes) for name, question in asked.items()),
        counts=_counts(cube, withheld),
        zeros_hidden=protected.zeros_hidden,
        search=protected.search,
    )


def _wire(
    cube: Cube, name: str, question: Question, hidden: Any, opened: Opened, notes: list[str]
) -> Mapping[str, Any]:
    return {
        "name": name,
        "question": question.to_json(),
        "scope": words.scope(opened),
        "notes": notes,
        **figures(cube, name, hidden).to_json(),
    }


def _counts(cube: Cube, hidden: Any) -> tuple[Mapping[str, Any], ...]:
    found = count_tables(cube, hidden)
    return tuple(
        {
            "name": table.name,
            "dims": [{"name": name, **found.dims[name]} for name in table.dims],
            "rows": [{"codes": list(row[:-1]), "value": row[-1]} for row in table.rows],
        }
        for table in found.tables
    )


def _by_name(earlier: Sequence[Answer]) -> dict[str, tuple[Earlier, Mapping[str, Any]]]:
    """Every earlier table under a name that no new one can have."""
    return {
        f"{number}/{table['name']}": (Earlier(Question.from_json(table["question"]), answer.subjects), table)
        for number, answer in enumerate(earlier, start=1)
        for table in answer.tables
    }


def _controllers(opened: Opened, before: Mapping[str, tuple[Earlier, Any]]) -> dict[str, str]:
    urns = {urn for old, _ in before.values() for urn in old.subjects}.union(opened.subjects)
    return {urn: opened.community.controller(urn) for urn in sorted(urns)}


def _refuse_small_filters(atoms: Atoms) -> None:
    """A filter is a tracker's tool: one that picks out, or leaves, too few is refused, with one message for all reasons."""
    for one in where_populations(atoms):
        for side in (one.inside, one.outside):
            if side.pupils < SMALLEST_FILTER or side.controllers < FEWEST_CONTROLLERS:
                raise Disclosive(
                    f"The filter of {one.name} picks out or leaves out too few pupils or establishments.",
                    rule="a filter and its complement each hold 6 pupils or more of 3 controllers or more",
                    remedy="widen the filter, or ask for a breakdown instead",
                )


def _already_shown(cube: Cube, before: Mapping[str, tuple[Earlier, Mapping[str, Any]]]) -> tuple[Any, Any]:
    printed, hidden = np.zeros(len(cube.keys), bool), np.zeros(len(cube.keys), bool)
    for name, (_, table) in before.items():
        shown = read_back(cube.earlier_tables[name], table["cells"])
        printed[list(shown.printed)] = True
        hidden[list(shown.hidden)] = True
    return printed, hidden & ~printed
