"""One answer from schools' published figures: public, and put together for so many bodies that none is told apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from kdsp_lib.analyse.checking import check_questions
from kdsp_lib.analyse.school_figures import Schools, empty_figures, main_dataset, reasons, school_figures
from kdsp_lib.analyse.school_record import SchoolRecords, read_records
from kdsp_lib.custodian import words
from kdsp_lib.custodian.answering import beside_published
from kdsp_lib.custodian.past import controllers as controllers_of
from kdsp_lib.errors import BadParameters, Fault
from kdsp_lib.model.answer import Answer
from kdsp_lib.model.question import Question
from kdsp_lib.model.table import Table
from kdsp_lib.source.gias_links import successors
from kdsp_lib.source.published import LINKS

if TYPE_CHECKING:
    from kdsp_lib.custodian.opening import Opened
    from kdsp_lib.source.tables import SourceTables

NO_SPREAD = (
    "A spread of establishments needs pupils' records, which this report is not made from: these figures are [x]."
)


def answer_from_schools(tables: SourceTables, opened: Opened, questions: Mapping[str, Question]) -> Answer:
    """The tables of these questions. Raises BadParameters for questions that may not be asked."""
    asked = check_questions(questions, opened.request.categories)
    _refuse_filters(asked)
    records = records_of(tables, opened.subjects)
    schools = Schools(records.urns, records, controllers_of(opened.community, records.urns))
    notes = [words.rules(opened, zeros_hidden=False), *_about(opened, records)]
    return Answer(
        questions=asked,
        subjects=opened.subjects,
        tables=tuple(_table(name, question, opened, schools, notes) for name, question in asked.items()),
        counts=(),
        zeros_hidden=False,
        search={},
    )


def records_of(tables: SourceTables, urns: Iterable[str]) -> SchoolRecords:
    """The records of some schools, from the data sets of one edition."""
    import pyarrow as pa
    import pyarrow.compute as pc

    wanted = frozenset(urns)
    links: list[dict[str, Any]] = tables.arrow(tables.named(LINKS)).to_pylist() if LINKS in tables.tables else []
    candidates = pa.array(sorted(wanted.union(successors(links))), pa.string())
    rows = {}
    for dataset in tables.datasets:
        if dataset.dataset != LINKS:
            whole = tables.arrow(tables.named(dataset.dataset))
            rows[dataset.dataset] = whole.filter(pc.is_in(whole.column("urn"), candidates)).to_pylist()
    years = {dataset.dataset: str(dataset.period) for dataset in tables.datasets if dataset.period}
    return read_records(rows, links, wanted, years)


def _refuse_filters(asked: Mapping[str, Question]) -> None:
    faults = [
        Fault(name, "published figures of schools cannot be filtered: ask for a breakdown", "where")
        for name, question in asked.items()
        if question.where is not None
    ]
    faults += [
        Fault(name, f"a {question.kind} needs pupils' records: ask for counts, rates or means", "kind")
        for name, question in asked.items()
        if question.kind not in ("count", "rate", "mean", "spread")
    ]
    if faults:
        raise BadParameters("These questions need pupils' records.", faults=faults)


def _table(name: str, question: Question, opened: Opened, schools: Schools, notes: Iterable[str]) -> Table:
    if question.kind == "spread":
        # An empty table, so that one notebook serves data of either kind.
        return empty_figures(question).as_table(name, question, words.scope(opened), [NO_SPREAD])
    own, together = school_figures(question, schools, opened.policy)
    shown = beside_published(own, question, opened)
    of_question = words.of_question(question, opened, shown.statistics)
    scope = words.scope(opened, made_from=[d for d in opened.datasets if d.dataset == main_dataset(question)])
    return shown.as_table(name, question, scope, [*together, *notes, *reasons(question, schools), *of_question])


def _about(opened: Opened, records: SchoolRecords) -> list[str]:
    """What a reader must know of all tables: who is left out, who is a body, whose figures are a predecessor's."""
    subjects = set(opened.subjects)
    absent = len(subjects) - sum(urn in records.pupils["roll"] for urn in subjects)
    alone = sum(opened.community.controller(urn) == f"establishment:{urn}" for urn in subjects)
    followed = len(records.followed & subjects)
    notes = [note] if (note := words.coverage_of_table(opened)) else []
    notes += [f"{_schools(absent)} not in the published figures of this year."] if absent else []
    if alone:
        notes.append(
            "These are published figures of schools, put together. The source does not say who runs a school: "
            f"{_schools(alone)} taken to be a body of {'its' if alone == 1 else 'their'} own, where the register of "
            "the community names no trust."
        )
    notes += [f"{_schools(followed)} counted by figures of a predecessor, as links of establishments say."] * (
        followed > 0
    )
    return notes


def _schools(number: int) -> str:
    return "1 school is" if number == 1 else f"{number} schools are"
