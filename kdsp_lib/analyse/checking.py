"""Whether questions may be asked: every fault of every one at once, each with what is allowed."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from kdsp_lib.analyse import absence_reason
from kdsp_lib.analyse.breakdown import BREAKDOWNS
from kdsp_lib.analyse.column import NAMES
from kdsp_lib.analyse.meant import meant
from kdsp_lib.analyse.measure import MEASURES
from kdsp_lib.analyse.measures.catalogue import catalogue
from kdsp_lib.analyse.spread import kinds_of
from kdsp_lib.analyse.where import Where
from kdsp_lib.analyse.where_reading import read_where
from kdsp_lib.errors import BadParameters, Fault
from kdsp_lib.model.question import AREAS, KINDS, Question

MOST_BREAKDOWNS = 4
MOST_QUESTIONS = 40
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
"""A table's name becomes a file's: nothing in it could leave a folder."""


def check_questions(
    questions: Mapping[str, Question], allowed_categories: Collection[str], comparators: Collection[str] = ()
) -> dict[str, Question]:
    """The questions with each ``where`` in its one form; ``BadParameters`` that names all faults otherwise.

    ``allowed_categories`` are those of the report: measures, breakdowns and columns of other categories do not exist
    for it; so are all comparators but its own ``comparators``.
    """
    if not questions:
        raise BadParameters("No table was asked for.")
    if len(questions) > MOST_QUESTIONS:
        raise BadParameters(f"More than {MOST_QUESTIONS} tables were asked for together.")
    faults: list[Fault] = []
    checked: dict[str, Question] = {}
    for name, question in questions.items():
        before = len(faults)
        if not _NAME.fullmatch(name):
            faults.append(Fault(repr(name[:60]), "is not a name for a table; use 1 to 60 of a-z, 0-9, - and _", "name"))
        faults.extend(_faults(name, question, allowed_categories))
        where = _where(name, question, allowed_categories, faults)
        if question.compare is not None and question.compare in AREAS:
            told = f"what is published of {AREAS[question.compare]} is asked for with beside={question.compare!r}"
            faults.append(Fault(name, told, "compare"))
        elif question.compare is not None:
            faults.extend(_unknown(name, "compare", question.compare, comparators, "a comparator of this report"))
        if len(faults) == before:
            text = None if where is None else str(where)
            checked[name] = replace(question, where=text)
    if faults:
        raise BadParameters(f"The questions have {len(faults)} fault{'s' * (len(faults) > 1)}.", faults=faults)
    return checked


def _faults(name: str, question: Question, categories: Collection[str]) -> Iterable[Fault]:
    if question.classes:
        yield Fault(name, "only the custodian says what the rows of a list show: report.pupils(...)", "classes")
    if question.kind not in KINDS:
        yield Fault(name, f"{question.kind!r} is not a kind of table: {', '.join(KINDS)}", "kind")
        return
    measures = {m.name: m.label for m in MEASURES.values() if m.category in categories}
    if why := _why_not_taken(question.measure):
        yield Fault(name, f"no table of a report takes {question.measure}: {why}", "measure")
    elif question.measure in MEASURES and question.measure not in measures:
        yield Fault(name, _of_another(question.measure, MEASURES[question.measure].category, categories), "measure")
    else:
        yield from _unknown(name, "measure", question.measure, measures, "a measure of this report")
    breakdowns = {b.name: b.attribute.label for b in BREAKDOWNS.values() if b.category in categories}
    for by in question.by:
        if by in BREAKDOWNS and by not in breakdowns:
            yield Fault(name, _of_another(by, BREAKDOWNS[by].category, categories), "by")
        else:
            yield from _unknown(name, "by", by, breakdowns, "a breakdown of this report")
    if len(question.by) > MOST_BREAKDOWNS:
        yield Fault(name, f"a table is split by at most {MOST_BREAKDOWNS} breakdowns", "by")
    if len(set(question.by)) < len(question.by):
        yield Fault(name, "a breakdown is named twice", "by")
    measure = MEASURES.get(question.measure)
    if measure is None or question.measure not in measures:
        return
    if question.kind not in kinds_of(measure):
        others = ", ".join(m for m in measures if question.kind in kinds_of(MEASURES[m])) or "none"
        kinds = " or ".join(kinds_of(measure))
        yield Fault(name, f"{measure.name} is a {kinds}; a {question.kind} is of {others}", "kind")
    yield from _faults_of_gap(name, question)
    yield from _faults_of_spread(name, question)
    if question.beside is not None:
        yield from _unknown(name, "beside", question.beside, AREAS, "an area with published figures")
        if question.kind not in ("rate", "mean"):
            yield Fault(name, "published figures stand beside a rate or a mean", "beside")
    if absence_reason.NAME in question.by and measure.sums and measure.dataset == "attendance":
        told = (
            f"{measure.name} is of the sessions that {absence_reason.NAME} is made of; split persistent-absence by it"
        )
        yield Fault(name, told, "by")
    for by in question.by:
        if by in BREAKDOWNS and BREAKDOWNS[by].attribute.name == measure.attribute:
            yield Fault(name, f"{measure.name} cannot be split by {by}, which is what it counts", "by")


def _why_not_taken(measure: str) -> str:
    """Why no table is made of a measure that is defined; empty where some are, or nothing of that name is."""
    return catalogue().measures[measure].not_taken if measure in catalogue().measures else ""


def _faults_of_gap(name: str, question: Question) -> Iterable[Fault]:
    """A gap and a rank are between the levels of the last breakdown; a gap says to which of them."""
    if question.kind in ("gap", "rank") and not question.by:
        yield Fault(name, f"a {question.kind} is between the levels of a breakdown, the last of by", "by")
    elif question.kind == "gap" and question.by[-1] in BREAKDOWNS:
        levels = dict(BREAKDOWNS[question.by[-1]].levels)
        yield from _unknown(name, "to", str(question.to), levels, f"a level of {question.by[-1]}")
    elif question.kind != "gap" and question.to is not None:
        yield Fault(name, "only a gap is to a level", "to")


def _faults_of_spread(name: str, question: Question) -> Iterable[Fault]:
    """A spread is of the establishments of an area, or those of one phase, and of nobody's pupils in particular."""
    if question.kind != "spread":
        return
    if question.by:
        yield Fault(name, "a spread is split by its own bands alone", "by")
    if question.compare is not None:
        yield Fault(name, "a spread is of an area, and stands beside nothing", "compare")


def _unknown(name: str, field: str, given: str, allowed: Iterable[str], what: str) -> Iterable[Fault]:
    if given in allowed:
        return
    near = meant(given, allowed if isinstance(allowed, Mapping) else dict.fromkeys(allowed, ""))
    there = f"; did you mean {near}?" if near else f": {', '.join(allowed) or 'it has none'}"
    yield Fault(name, f"{given[:60]!r} is not {what}{there}", field)


def _of_another(given: str, category: str, categories: Collection[str]) -> str:
    """Why something that there is cannot be asked in this report: it is of a category that the permit is not of."""
    return f"{given} is of {category}; this report is of {', '.join(sorted(categories)) or 'no such data'} alone"


def _where(name: str, question: Question, categories: Collection[str], faults: list[Fault]) -> Where | None:
    if question.where is None:
        return None
    try:
        where = read_where(question.where)
    except BadParameters as error:
        faults.append(Fault(name, "; ".join(filter(None, (error.message.removesuffix("."), error.remedy))), "where"))
        return None
    others = [column.attribute or column.name for column in where.columns if column.category not in categories]
    if others:
        allowed = ", ".join(each.name for each in NAMES.values() if each.offered and each.column.category in categories)
        text = f"{', '.join(others)} is not a column of this report: {allowed or 'it has none'}"
        faults.append(Fault(name, text, "where"))
    if question.kind == "spread" and any(column.name != "phase" for column in where.columns):
        faults.append(Fault(name, "a spread of establishments is filtered by phase alone", "where"))
    return where
