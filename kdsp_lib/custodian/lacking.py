"""Questions that pupils' records at hand say nothing of: their tables are there, of [x], with the reason.

So one notebook serves data of either kind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kdsp_lib.analyse.checking import check_questions
from kdsp_lib.analyse.measure import MEASURES
from kdsp_lib.analyse.question import Question
from kdsp_lib.analyse.school_figures import empty_figures
from kdsp_lib.custodian import words
from kdsp_lib.custodian.answering import Answer, Before, answer_questions

if TYPE_CHECKING:
    from kdsp_lib.custodian.opening import Opened
    from kdsp_lib.source.tables import SourceTables

NO_RESULTS = "The data of this report has no results of key stage 4: these figures are [x]."


def answer_what_is_held(
    tables: SourceTables, opened: Opened, questions: Mapping[str, Question], views: Sequence[Before]
) -> Answer:
    """As :func:`answer_questions`, with an empty table for each measure that only schools' published figures have."""
    check_questions(questions, opened.request.categories, opened.compares_with)
    held = {name: question for name, question in questions.items() if not MEASURES[question.measure].published}
    answer = answer_questions(tables, opened, held, views) if held else Answer({}, opened.subjects, (), (), False, {})
    if len(held) == len(questions):
        return answer
    found = {str(table["name"]): table for table in answer.tables}
    found |= {name: _empty(name, question, opened) for name, question in questions.items() if name not in held}
    asked = {name: question.to_json() for name, question in questions.items()}
    return replace(
        answer, questions={**asked, **answer.questions}, tables=tuple(found[name] for name in questions)
    )  # fmt: skip


def _empty(name: str, question: Question, opened: Opened) -> Mapping[str, Any]:
    return {
        "name": name,
        "question": question.to_json(),
        "scope": words.scope(opened),
        "notes": [NO_RESULTS],
        **empty_figures(question),
    }
