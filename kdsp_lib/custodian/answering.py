"""One answer: from questions to protected tables. Read, analyse, protect, audit; nothing else comes out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kdsp_lib.analyse.assembly import build_cube
from kdsp_lib.analyse.atoms import Atoms, count_atoms, list_pupils
from kdsp_lib.analyse.cohort import Cohort
from kdsp_lib.analyse.comparison import side_by_side
from kdsp_lib.analyse.count_tables import count_tables, whole_rows
from kdsp_lib.analyse.crossing import Past, cross
from kdsp_lib.analyse.cube import Cube
from kdsp_lib.analyse.figures import Figures, figures
from kdsp_lib.analyse.reference import with_reference
from kdsp_lib.analyse.symbol import HIDDEN, NOT_APPLICABLE, NOT_AVAILABLE
from kdsp_lib.custodian import own_words, words
from kdsp_lib.custodian.giving_way import LeftOut, rows_in_the_way, says_nothing, together
from kdsp_lib.custodian.past import Tables, comparable, earlier_tables, sample_of, subjects_of, withheld_in
from kdsp_lib.custodian.past import controllers as controllers_of
from kdsp_lib.custodian.protecting import protect_cube, system_of
from kdsp_lib.custodian.rounding import printed_before, rounded_for
from kdsp_lib.custodian.too_few import refuse_small_filters, refuse_spreads_of_few
from kdsp_lib.errors import Broken, Disclosive, Fault
from kdsp_lib.model.answer import Answer
from kdsp_lib.model.question import OWN, Question
from kdsp_lib.model.table import Table
from kdsp_lib.protect.system import Unprotectable

if TYPE_CHECKING:
    import pandas as pd

    from kdsp_lib.custodian.opening import Opened
    from kdsp_lib.source.tables import SourceTables

MOST_ROUNDS = 12
"""So often rows are left out and the rest is tried again, before a report is refused."""


@dataclass(frozen=True, slots=True)
class Before:
    """All that binds an answer in the eyes of some reader: earlier answers from the same data and from other data.

    ``told``: whose own figures that reader may know; of the ``releases``, everybody could see ``open_releases``.
    """

    answers: tuple[Answer, ...] = ()
    pasts: tuple[Past, ...] = ()
    releases: tuple[str, ...] = ()
    open_releases: tuple[str, ...] = ()
    told: frozenset[str] = frozenset()
    public: tuple[Answer, ...] = ()
    sources: tuple[str, ...] = ()
    """What others have published of the same data, and where."""
    own: int = 0
    """How many cells of the answers were told to whoever asks, and came to no release."""
    of_several: bool = False
    """Whether that reader was told figures whole of establishments of several bodies."""

    @property
    def named(self) -> list[Fault]:
        """All of it, as a refusal names it."""
        public = [Fault("beside the public figures of", source) for source in self.sources]
        own = [Fault("beside what you were told before", "of the same data and have not released")] if self.own else []
        return [*words.beside(self.releases), *public, *own]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What some reader has seen, with all that is counted now and the pupils of it, where other data are beside it."""

    before: Before
    earlier: Tables
    atoms: Atoms
    pupils: pd.DataFrame | None


@dataclass(frozen=True, slots=True)
class Unproved:
    """No answer in some view: which rows are in the way, and what to say where none can give way."""

    rows: LeftOut
    refusal: Disclosive


def answer_questions(
    tables: SourceTables, opened: Opened, asked: Mapping[str, Question], views: Sequence[Before]
) -> Answer:
    """Protected tables for checked questions, safe in each of the ``views``, beside all that was answered before.

    What one view withholds is withheld in the next: more that is hidden never helps a reader. Rows that cannot be made
    safe are left out. Raises Disclosive where nothing would be left.
    """
    eyes = [_seen_with(tables, opened, asked, before) for before in views]
    answer, _ = giving_way(lambda left_out: _answer_in_all(opened, asked, eyes, left_out))
    refuse_if_empty(answer, list(dict.fromkeys(fault for before in views for fault in before.named)))
    return answer


def giving_way(attempt: Callable[[LeftOut], Answer | Unproved]) -> tuple[Answer, LeftOut]:
    """The answer with as few rows left out as the attempts need, and these rows; Disclosive where none can be had."""
    left_out: LeftOut = {}
    for number in range(MOST_ROUNDS):
        answer = attempt(left_out)
        if isinstance(answer, Answer):
            return answer, left_out
        if not answer.rows or number == MOST_ROUNDS - 1:
            raise answer.refusal
        left_out = together(left_out, answer.rows)
    raise Broken("An answer was neither given nor refused.")


def refuse_if_empty(answer: Answer, known: Sequence[Fault]) -> None:
    """An answer in which every figure is withheld is none: it is refused, with what is ``known`` beside it named."""
    values = frozenset[str]().union(*(table.values for table in answer.tables))
    if HIDDEN in values and values <= {HIDDEN, NOT_APPLICABLE, NOT_AVAILABLE}:
        raise Disclosive(
            "Every figure of this would be withheld.",
            faults=known,
            rule="every hidden figure keeps its required interval",
            remedy="ask for coarser groups, or for more establishments together",
        )


def _answer_in_all(
    opened: Opened,
    asked: Mapping[str, Question],
    eyes: Sequence[_Seen],
    left_out: LeftOut,
) -> Answer | Unproved:
    """The answer without the rows ``left_out``, safe in every view."""
    may_hide_zeros = False
    while True:
        answer: Answer | None = None
        for seen in eyes:
            is_last = seen is eyes[-1]
            found = _answer_in(
                opened,
                asked,
                seen,
                answer,
                left_out,
                may_hide_zeros=may_hide_zeros,
                is_last=is_last,
            )
            if isinstance(found, Unproved):
                return found
            answer = found
        if answer is None:
            raise Broken("An answer is given to nobody.")
        if len(eyes) == 1 or answer.zeros_hidden == may_hide_zeros:
            return answer
        may_hide_zeros = answer.zeros_hidden


def cohort_of(opened: Opened, others: Iterable[str] = (), told: frozenset[str] = frozenset()) -> Cohort:
    """Whose pupils a report's questions are about; ``others``: establishments of which earlier ones were."""
    controllers = controllers_of(opened.community, opened.establishments.union(others))
    return Cohort(opened.subjects, controllers, opened.period, told=told)


def figures_of(cube: Cube, name: str, hidden: Any, opened: Opened) -> Figures:
    """What a reader sees of a table without its comparator, once it is settled which cells are ``hidden``."""
    question = cube.tables[name].asked.question
    whole = figures(cube, name, hidden)
    if question.compare is not None:
        whole = side_by_side({OWN: whole}, {OWN: words.whose(opened, OWN)})
    return beside_published(whole, question, opened)


def beside_published(own: Figures, question: Question, opened: Opened) -> Figures:
    """The figures of a table, with what the question asks for beside them."""
    return with_reference(own, question, opened.reference(question, own.statistics))


def _seen_with(tables: SourceTables, opened: Opened, asked: Mapping[str, Question], before: Before) -> _Seen:
    """These questions beside what some reader has seen, counted once whatever rows are left out."""
    earlier = earlier_tables(before.answers, comparable(before.public, tables), of_several=before.of_several)
    cohort = cohort_of(opened, subjects_of(earlier), before.told)
    atoms = count_atoms(tables, cohort, asked, earlier)
    refuse_small_filters(atoms, opened.policy)
    return _Seen(before, earlier, atoms, list_pupils(tables, atoms) if before.pasts else None)


def _answer_in(
    opened: Opened,
    asked: Mapping[str, Question],
    seen: _Seen,
    so_far: Answer | None,
    left_out: LeftOut,
    *,
    may_hide_zeros: bool,
    is_last: bool,
) -> Answer | Unproved:
    """The answer in one view, with all that was withheld ``so_far``; in the last one it is as it will be printed."""
    before, earlier, atoms = seen.before, seen.earlier, seen.atoms
    cube = build_cube(atoms.without(left_out), opened.policy)
    refuse_spreads_of_few(cube)
    printed = cube.shown_before
    hidden = cube.withheld_before
    withheld_before = None if so_far is None else withheld_in(cube, so_far.tables)
    crossed = None if seen.pupils is None else cross(sample_of(atoms, seen.pupils, cube), before.pasts)
    zeros_hidden = may_hide_zeros or (so_far is not None and so_far.zeros_hidden)
    try:
        protected = protect_cube(
            cube,
            printed,
            hidden,
            crossed,
            news=cube.current & ~printed,
            withheld=withheld_before,
            zeros_hidden=zeros_hidden,
        )
    except Unprotectable as error:
        equations = system_of(cube, printed, hidden, crossed).equations
        rows = rows_in_the_way(cube, equations, error.cells, printed)
        refused = says_nothing(cube, together(left_out, rows))
        unproved = [name for name in asked if name in rows]
        return Unproved({} if refused else rows, refusal_of(before, error, unproved))
    settled = protected.hidden if withheld_before is None else protected.hidden | withheld_before
    withheld = whole_rows(cube, settled)
    zeros_hidden |= protected.zeros_hidden
    if is_last:
        cells_before = {name: old.answered for name, old in earlier.items() if old.is_rounded and not old.public}
        cube = rounded_for(cube, withheld, printed_before(cube, cells_before))
    notes = notes_of(opened, asked, zeros_hidden=zeros_hidden)
    return Answer(
        questions=asked,
        subjects=opened.subjects,
        tables=tuple(table_of(cube, *each, withheld, opened, notes, left_out) for each in asked.items()),
        counts=counts_of(cube, withheld),
        zeros_hidden=zeros_hidden,
        search=summed(protected.search, so_far.search if so_far else None),
        compared_with=tuple(
            dict.fromkeys((*(so_far.compared_with if so_far else ()), *before.open_releases, *before.sources))
        ),
        round_to=opened.policy.round_to,
    )


def summed(search: Mapping[str, int], so_far: Mapping[str, int] | None) -> dict[str, int]:
    """What the searches in all views did."""
    return {name: done + (so_far[name] if so_far else 0) for name, done in search.items()}


def refusal_of(before: Before, error: Unprotectable, without_proof: Iterable[str]) -> Disclosive:
    """The refusal: which of the tables asked for are ``without_proof``, and what was released or published before."""
    tables = [Fault(f"table {name}", "has figures that cannot be made safe") for name in without_proof]
    if not before.named:
        return Disclosive(error.message, faults=tables, rule=error.rule, remedy=error.remedy)
    return Disclosive(
        "Some figures follow from what is known already."
        if error.blockers
        else "Some figures cannot be made safe beside what was released before.",
        faults=[*tables, *before.named],
        rule=error.rule,
        remedy="ask for what that shows, for coarser groups, for fewer tables together, or leave out the table",
    )


def notes_of(opened: Opened, asked: Mapping[str, Question], *, zeros_hidden: bool) -> list[str]:
    """What stands under every table of an answer."""
    notes = words.rules(opened, zeros_hidden=zeros_hidden), words.coverage_of_table(opened)
    return [*filter(None, (*notes, own_words.uncompared(opened, asked.values())))]


def table_of(
    cube: Cube, name: str, question: Question, hidden: Any, opened: Opened, notes: list[str], left_out: LeftOut
) -> Table:
    """A table, once it is settled which cells are ``hidden`` and which rows ``left_out``."""
    gone = {name: left_out[name]} if name in left_out else {}
    found = figures_of(cube, name, hidden, opened)
    told = [*notes, *words.of_question(question, opened, found.statistics), *([words.LEFT_OUT] if gone else [])]
    return found.as_table(name, question, words.scope_of(question, opened), told, gone)


def counts_of(cube: Cube, hidden: Any) -> tuple[Mapping[str, Any], ...]:
    """The counts behind the tables, as an auditor takes them."""
    found = count_tables(cube, hidden)
    return tuple(
        {
            "name": table.name,
            "dims": [{"name": name, **found.dims[name]} for name in table.dims],
            "rows": [{"codes": list(row[:-1]), "value": row[-1]} for row in table.rows],
            **({"round": cube.policy.round_to} if cube.rounded is not None else {}),
        }
        for table in found.tables
    )
