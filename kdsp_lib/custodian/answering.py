"""One answer: from questions to protected tables. Read, analyse, protect, audit; nothing else comes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from kdsp_lib.analyse.assembly import build_cube
from kdsp_lib.analyse.atoms import Atoms, count_atoms
from kdsp_lib.analyse.checking import check_questions
from kdsp_lib.analyse.cohort import Cohort
from kdsp_lib.analyse.count_tables import count_tables, whole_rows
from kdsp_lib.analyse.crossing import Past, cross
from kdsp_lib.analyse.cube import Cube
from kdsp_lib.analyse.figures import figures
from kdsp_lib.analyse.population import where_populations
from kdsp_lib.analyse.question import Question
from kdsp_lib.custodian import words
from kdsp_lib.custodian.past import already_shown, earlier_tables, sample_of, subjects_of
from kdsp_lib.custodian.past import controllers as controllers_of
from kdsp_lib.custodian.protecting import protect_cube
from kdsp_lib.errors import Disclosive, Fault
from kdsp_lib.protect.system import Unprotectable

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
    compared_with: tuple[str, ...] = ()
    """The earlier releases that it was protected together with."""

    def to_json(self) -> dict[str, Any]:
        """As the ledger keeps it: definitions and printed figures."""
        return {
            "questions": dict(self.questions),
            "subjects": list(self.subjects),
            "tables": list(self.tables),
            "counts": list(self.counts),
            "zeros_hidden": self.zeros_hidden,
            "search": dict(self.search),
            "compared_with": list(self.compared_with),
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
            tuple(data["compared_with"]),
        )


@dataclass(frozen=True, slots=True)
class Before:
    """All that binds an answer: earlier answers from the same data, those from other data, and the releases' names."""

    answers: tuple[Answer, ...] = ()
    pasts: tuple[Past, ...] = ()
    releases: tuple[str, ...] = ()


def answer_questions(tables: SourceTables, opened: Opened, questions: Mapping[str, Question], before: Before) -> Answer:
    """Protected tables for these questions, safe beside all that was answered ``before``.

    Raises BadParameters for questions that may not be asked, Disclosive where a table cannot be made safe.
    """
    asked = check_questions(questions, opened.request.categories)
    earlier = earlier_tables(before.answers)
    controllers = controllers_of(opened.community, subjects_of(earlier).union(opened.subjects))
    cohort = Cohort(opened.subjects, controllers, opened.period)
    atoms = count_atoms(tables, cohort, asked, {name: old for name, (old, _) in earlier.items()})
    _refuse_small_filters(atoms)
    cube = build_cube(atoms)
    printed, hidden = already_shown(cube, earlier)
    crossed = cross(sample_of(tables, atoms, cube), before.pasts) if before.pasts else None
    try:
        protected = protect_cube(cube, printed, hidden, crossed)
    except Unprotectable as error:
        raise _beside(before, error) from None
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
        compared_with=before.releases,
    )


def _beside(before: Before, error: Unprotectable) -> Disclosive:
    """The refusal, with the earlier releases named where it is for what they printed that this cannot be made safe."""
    if not (error.blockers and before.releases):
        return Disclosive(error.message, rule=error.rule, remedy=error.remedy)
    return Disclosive(
        "Some figures follow from what has been released already.",
        faults=[Fault("beside the earlier release", name) for name in before.releases],
        rule=error.rule,
        remedy="ask for what that release shows, for coarser groups, or leave out the table",
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


def _refuse_small_filters(atoms: Atoms) -> None:
    """A filter is a tracker's tool: what picks out or leaves too few is refused, in the same words for all reasons."""
    for one in where_populations(atoms):
        for side in (one.inside, one.outside):
            if side.pupils < SMALLEST_FILTER or side.controllers < FEWEST_CONTROLLERS:
                raise Disclosive(
                    f"The filter of {one.name} picks out or leaves out too few pupils or establishments.",
                    rule="a filter and its complement each hold 6 pupils or more of 3 controllers or more",
                    remedy="widen the filter, or ask for a breakdown instead",
                )
