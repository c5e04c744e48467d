"""Questions that pupils' records at hand say nothing of: their tables are there, of [x], with the reason.

So one notebook serves data of either kind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from kdsp_lib.analyse.absence_reason import DATASET as REASONS
from kdsp_lib.analyse.attribute import ATTRIBUTES, Attribute
from kdsp_lib.analyse.checking import check_questions
from kdsp_lib.analyse.column import COLUMNS
from kdsp_lib.analyse.measure import MEASURES
from kdsp_lib.analyse.outcome import EARLIER_RESULTS, by_table, outcomes
from kdsp_lib.analyse.school_figures import empty_figures
from kdsp_lib.analyse.sum import SUMS
from kdsp_lib.analyse.where_reading import read_where
from kdsp_lib.custodian import words
from kdsp_lib.custodian.answering import beside_published
from kdsp_lib.model.answer import Answer
from kdsp_lib.model.question import Question
from kdsp_lib.model.table import Table
from kdsp_lib.source.period import is_term, year_before

if TYPE_CHECKING:
    from kdsp_lib.custodian.opening import Opened
    from kdsp_lib.source.tables import SourceTables

NO_FIGURES = "Pupils' records do not say this ({label}), only schools' published figures do: these figures are [x]."
OF_A_YEAR = "{label}: {what} are of a school year, not of a term (ask for the period {year}): these figures are [x]."
NOT_LOADED = "{label}: no {what} of {year} are loaded, signed off and in time: these figures are [x]."
NONE_OF_THEM = "{label}: the results of {year} have none of this: these figures are [x]."
NOBODY_KNOWN = "The data of this report says of no pupil what there is to know of: {label}. These figures are [x]."
_OF_A_YEAR = {
    "results": "results", "suspensions": "suspensions", "registrations": "registrations",
    "pupil-premium": "premium lists",
}  # fmt: skip
"""Data sets that only a report of a school year draws on, and what they hold in words."""
_FLAGS = {
    column.attribute: name
    for name, column in COLUMNS.items()
    if column.values == (False, True) and column.attribute in ATTRIBUTES
}
"""Attributes that a source may not say anything of, and their columns of the census."""


def answer_what_is_held(
    tables: SourceTables,
    opened: Opened,
    questions: Mapping[str, Question],
    answered: Callable[[Mapping[str, Question]], Answer],
) -> Answer:
    """The questions ``answered`` that there are records for, with an empty table for each of the others.

    That is a measure that only schools' published figures have, one that does not exist for the year, one whose data is
    not at hand, and one of something that is known of no pupil. Raises BadParameters for questions that may not be
    asked.
    """
    checked = check_questions(questions, opened.request.categories, opened.compares_with)
    reasons = {name: unsaid(question, tables) for name, question in questions.items()}
    held = {name: question for name, question in checked.items() if not reasons[name]}
    nothing = Answer({}, opened.subjects, (), (), False, {}, whole_for=opened.whole_for)
    answer = answered(held) if held else nothing
    found = {table.name: table for table in answer.tables}
    found |= {
        name: _empty(name, question, opened, reasons[name]) for name, question in questions.items() if name not in held
    }
    # As they were asked, so that the same ones, asked again, have the same answer.
    return replace(answer, questions=dict(questions), tables=tuple(found[name] for name in questions))


def unsaid(question: Question, tables: SourceTables) -> str:
    """Why the records say nothing to a question; empty where they do."""
    measure = MEASURES[question.measure]
    if measure.published:
        return NO_FIGURES.format(label=measure.label)
    year = tables.period.partition("-")[0]
    if missing := measure.definition.missing(year, level="pupils"):
        return f"{measure.label}: {missing.why}. These figures are [{missing.symbol}]."
    for attribute in dict.fromkeys(filter(None, (measure.attribute, *question.by))):
        if reason := _not_at_hand(ATTRIBUTES[attribute], measure.label, tables):
            return reason
    if REASONS in {SUMS[name].dataset for name in measure.sums} and REASONS not in tables.tables:
        return NOT_LOADED.format(label=measure.label, what=words.kind_of_data(REASONS), year=year)
    asked = {measure.attribute, *question.by} & set(_FLAGS)
    if question.where:
        asked |= {column.attribute for column in read_where(question.where).columns} & set(_FLAGS)
    for name in sorted(asked):
        known = tables.census[_FLAGS[name]].count().name("known")
        if tables.arrow(known).column("known")[0].as_py() == 0:
            return NOBODY_KNOWN.format(label=ATTRIBUTES[name].label.lower())
    return ""


def _not_at_hand(attribute: Attribute, label: str, tables: SourceTables) -> str:
    """Why there is nothing to tell an attribute of pupils by; empty where there is."""
    year = tables.period.partition("-")[0]
    if attribute.dataset == REASONS and REASONS not in tables.tables:
        return NOT_LOADED.format(label=attribute.label, what=words.kind_of_data(REASONS), year=year)
    if attribute.dataset not in _OF_A_YEAR:
        return ""
    about = {"label": label, "what": _OF_A_YEAR[attribute.dataset], "year": year}
    if is_term(tables.period):
        return OF_A_YEAR.format(**about)
    if attribute.dataset not in tables.tables:
        return NOT_LOADED.format(**about)
    by = by_table(attribute.reads)
    if EARLIER_RESULTS in by and EARLIER_RESULTS not in tables.tables:
        return NOT_LOADED.format(**{**about, "year": year_before(year)})
    if by and not any(_is_any(tables, table, names) for table, names in by.items()):
        return NONE_OF_THEM.format(**about)
    return ""


def _is_any(tables: SourceTables, table: str, names: tuple[str, ...]) -> bool:
    """Whether the results hold any of these outcomes, of anybody."""
    found = outcomes(tables.named(table), names)
    known = tables.arrow(found.aggregate(**{name: found[name].count() for name in names}))
    return any(known.column(name)[0].as_py() for name in names)


def _empty(name: str, question: Question, opened: Opened, reason: str) -> Table:
    figures = beside_published(empty_figures(question), question, opened)
    notes = [reason, *words.of_question(question, opened, figures.statistics)]
    return figures.as_table(name, question, words.scope(opened), notes)
