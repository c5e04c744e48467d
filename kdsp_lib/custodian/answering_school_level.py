"""One answer from schools' published figures: read, analyse, protect, audit, as from pupils' records.

The figures are public; what is made of them here is not shown for fewer schools than it takes, so that no area's
profile names a school by its numbers. Every release that somebody could hold beside it is in the system too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kdsp_lib.analyse.checking import check_questions
from kdsp_lib.analyse.count_tables import whole_rows
from kdsp_lib.analyse.crossing import Crossed
from kdsp_lib.analyse.cube import Cube, Flags
from kdsp_lib.analyse.figures import read_back
from kdsp_lib.analyse.layout import Asked, Earlier
from kdsp_lib.analyse.reference import own_cells
from kdsp_lib.analyse.school_counts import school_counts
from kdsp_lib.analyse.school_cube import build_school_cube, cells_of_past
from kdsp_lib.analyse.school_figures import empty_figures, main_dataset, reasons, school_figures
from kdsp_lib.analyse.school_layout import Edition
from kdsp_lib.analyse.school_record import SchoolRecords, read_records
from kdsp_lib.custodian import words
from kdsp_lib.custodian.answering import Unproved, beside_published, giving_way, refuse_if_empty
from kdsp_lib.custodian.giving_way import LeftOut, rows_in_the_way, says_nothing, together
from kdsp_lib.custodian.past import controllers as controllers_of
from kdsp_lib.custodian.protecting import protect_cube, system_of
from kdsp_lib.custodian.rounding import rounded_for
from kdsp_lib.errors import BadParameters, Disclosive, Fault
from kdsp_lib.model.answer import Answer
from kdsp_lib.model.question import Question
from kdsp_lib.model.table import Cell, Grouping, Table
from kdsp_lib.protect.attack import Attack
from kdsp_lib.protect.system import Unprotectable
from kdsp_lib.source.gias_links import successors
from kdsp_lib.source.published import LINKS
from kdsp_lib.source.sample import is_school_level

if TYPE_CHECKING:
    from kdsp_lib.custodian.earlier import EarlierReleases
    from kdsp_lib.custodian.opening import Opened
    from kdsp_lib.source.tables import SourceTables

NO_SPREAD = (
    "A spread of establishments needs pupils' records, which this report is not made from: these figures are [x]."
)
Told = Mapping[str, tuple[Earlier, Sequence[Cell]]]
"""Earlier questions, by names that no new table can have, with the cells that answered them."""


@dataclass(frozen=True, slots=True)
class Held:
    """What was answered before from one edition of the data."""

    tables: SourceTables
    answers: tuple[Answer, ...]


def answer_from_schools(
    tables: SourceTables,
    opened: Opened,
    questions: Mapping[str, Question],
    answers: Sequence[Answer],
    pasts: Sequence[Held],
    releases: Sequence[str],
) -> Answer:
    """Protected tables for these questions, safe beside ``answers`` from the same data and ``pasts`` from other data.

    Rows that cannot be made safe are left out. Raises BadParameters for questions that may not be asked, Disclosive
    where nothing would be left.
    """
    asked = check_questions(questions, opened.request.categories)
    _refuse_filters(asked)
    held = (Held(tables, tuple(answers)), *pasts)
    counted = {name: question for name, question in asked.items() if question.kind != "spread"}
    if not counted:
        return _with_spreads(Answer({}, opened.subjects, (), (), False, {}), opened, asked)
    answer, left_out = giving_way(lambda left_out: _answer(opened, counted, held, releases, left_out))
    if left_out:
        refuse_if_empty(answer, words.beside(releases))
    return _with_spreads(answer, opened, asked)


def _with_spreads(answer: Answer, opened: Opened, asked: Mapping[str, Question]) -> Answer:
    """The answer with an empty table for each spread, so that one notebook serves data of either kind."""
    found = {table.name: table for table in answer.tables}
    found |= {
        name: empty_figures(question).as_table(name, question, words.scope(opened), [NO_SPREAD])
        for name, question in asked.items()
        if question.kind == "spread"
    }
    if len(found) == len(answer.tables):
        return answer
    return replace(answer, questions=asked, tables=tuple(found[name] for name in asked))


def _answer(
    opened: Opened, asked: Mapping[str, Question], held: Sequence[Held], releases: Sequence[str], left_out: LeftOut
) -> Answer | Unproved:
    """The answer without the rows ``left_out``."""
    told = [_told(k, each) for k, each in enumerate(held)]
    editions = _editions(opened, asked, held, told, left_out)
    cube = _cube(opened, editions)
    printed, hidden = _already_shown(cube, told)
    beside = _beside_itself(cube, editions)
    try:
        protected = protect_cube(cube, printed, hidden, beside)
    except Unprotectable as error:
        rows = rows_in_the_way(cube, system_of(cube, printed, hidden, beside).equations, error.cells, printed)
        refusal = Disclosive(
            error.message,
            faults=words.beside(releases if error.blockers else ()),
            rule=error.rule,
            remedy=error.remedy or "ask for coarser groups, or leave out the table",
        )
        return Unproved({} if says_nothing(cube, together(left_out, rows)) else rows, refusal)
    withheld = whole_rows(cube, protected.hidden)
    cube = rounded_for(cube, withheld, {})
    notes = [words.rules(opened, zeros_hidden=protected.zeros_hidden), *_about(opened, editions[0].records)]
    return Answer(
        questions=asked,
        subjects=opened.subjects,
        tables=tuple(_table(cube, name, opened, withheld, notes, editions[0].records) for name in asked),
        counts=school_counts(cube, withheld, editions[0].records, opened.policy.round_to),
        zeros_hidden=protected.zeros_hidden,
        search=protected.search,
        compared_with=tuple(releases),
        round_to=opened.policy.round_to,
    )


def _already_shown(cube: Cube, told: Sequence[Told]) -> tuple[Flags, Flags]:
    """The cells that earlier tables printed, and those that they withheld.

    A withheld rate that stands alone says nothing of its base, which may well be printed as a roll.
    """
    printed, hidden = np.zeros(len(cube.keys), bool), np.zeros(len(cube.keys), bool)
    for name, (_, cells) in ((name, each) for tables in told for name, each in tables.items()):
        table = cube.earlier_tables[name]
        shown = read_back(table, cells)
        printed[list(shown.printed)] = True
        alone = {cell.codes for cell in cells if len(cell.values) == 1}
        bases = {row.base for row in table.rows if row.codes in alone}
        hidden[[cell for cell in shown.hidden if cell not in bases]] = True
    hidden &= ~printed
    hidden[_followed(cube, printed)] = False
    return printed, hidden


def _followed(cube: Cube, printed: Flags) -> npt.NDArray[np.int64]:
    """The cells that follow from those printed before.

    A reader does not see them: a row is withheld whole, though a part of it needs no protection. So they need none now.
    """
    system = system_of(cube, printed, np.zeros(len(printed), bool))
    return Attack(system, system.statistics[0], ~printed).determined


def held_before(
    opened: Opened,
    groups: Iterable[EarlierReleases],
    own: Iterable[Answer],
    open_past: Callable[[EarlierReleases], SourceTables],
) -> tuple[list[Answer], list[Held]]:
    """What binds a report: answers from the same data, and those from other editions with their tables.

    Disclosive where a release about some of the same schools was made from pupils' records: nobody has compared these.
    """
    answers: list[Answer] = []
    pasts: dict[tuple[tuple[str, str], ...], Held] = {}
    for group in groups:
        if not is_school_level(group.snapshots):
            raise incomparable(group)
        if group.snapshots == opened.snapshots:
            answers += (answer for answer in group.answers if answer not in answers)
        else:
            key = tuple(sorted(group.snapshots.items()))
            known = pasts[key] if key in pasts else Held(open_past(group), ())
            more = tuple(answer for answer in group.answers if answer not in known.answers)
            pasts[key] = Held(known.tables, (*known.answers, *more))
    answers += (answer for answer in own if answer not in answers)
    return answers, list(pasts.values())


def incomparable(group: EarlierReleases) -> Disclosive:
    """The refusal where pupils' records and schools' published figures would have to be compared."""
    return Disclosive(
        "An earlier release about some of the same establishments was made from another kind of data.",
        faults=[Fault("earlier release", name) for name in group.names],
        rule="figures that could be subtracted from earlier ones are compared first",
        remedy="keep published figures and pupils' records in workspaces of their own",
    )


def true_values(tables: SourceTables, opened: Opened, answer: Answer) -> dict[str, Sequence[Cell]]:
    """The cells of each table of an answer as they are: for the custodian's own checks, never to be shown."""
    questions = {name: question for name, question in answer.questions.items() if question.kind != "spread"}
    editions = _editions(opened, questions, (Held(tables, ()),), ({},))
    cube = _cube(opened, editions)
    nothing = np.zeros(len(cube.keys), dtype=bool)
    return {
        name: beside_published(school_figures(cube, name, nothing, editions[0].records), question, opened).cells
        for name, question in questions.items()
    }


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
    linked = next((dataset.snapshot for dataset in tables.datasets if dataset.dataset == LINKS), "")
    editions = {dataset.dataset: f"{dataset.snapshot} {linked}" for dataset in tables.datasets}
    return read_records(rows, links, wanted, years, editions)


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


def _told(edition: int, held: Held) -> Told:
    return {
        f"{edition}:{number}/{table.name}": (
            Earlier(table.asked, answer.subjects, table.left_out.get(table.name, frozenset())),
            own_cells(table),
        )
        for number, answer in enumerate(held.answers, start=1)
        for table in answer.tables
        if table.asked.kind != "spread"
    }


def _editions(
    opened: Opened,
    asked: Mapping[str, Question],
    held: Sequence[Held],
    told: Sequence[Told],
    left_out: LeftOut = MappingProxyType({}),
) -> tuple[Edition, ...]:
    nothing: frozenset[Grouping] = frozenset()
    found = []
    for k, (each, before) in enumerate(zip(held, told, strict=True)):
        new = [
            Asked(name, question, opened.subjects, left_out=left_out.get(name, nothing))
            for name, question in asked.items()
            if k == 0
        ]
        old = [
            Asked(name, e.question, tuple(sorted(set(e.subjects))), earlier=True, left_out=e.left_out)
            for name, (e, _) in before.items()
        ]
        urns = {urn for one in (*new, *old) for urn in one.subjects}
        found.append(Edition(records_of(each.tables, urns), (*new, *old), past=k > 0))
    return tuple(found)


def _cube(opened: Opened, editions: Sequence[Edition]) -> Cube:
    urns = {urn for edition in editions for urn in edition.records.urns}
    return build_school_cube(editions, controllers_of(opened.community, urns), opened.policy)


def _beside_itself(cube: Cube, editions: Sequence[Edition]) -> Crossed | None:
    """Where there are other editions: their printed cells stay as they are, whatever the rules say of them now."""
    past = cells_of_past(cube, editions)
    nothing = np.zeros(len(cube.count), dtype=bool)
    return Crossed(cube, nothing, nothing, past, nothing) if past.any() else None


def _table(cube: Cube, name: str, opened: Opened, hidden: Any, notes: Sequence[str], records: SchoolRecords) -> Table:
    one = cube.tables[name].asked
    figures = beside_published(school_figures(cube, name, hidden, records), one.question, opened)
    told = [*notes, *reasons(one, records), *words.of_question(one.question, opened, figures.statistics)]
    told += [words.LEFT_OUT] if one.left_out else []
    scope = words.scope(opened, made_from=[d for d in opened.datasets if d.dataset == main_dataset(one)])
    return figures.as_table(name, one.question, scope, told, {name: one.left_out} if one.left_out else {})


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
