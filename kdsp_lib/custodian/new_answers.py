"""New answers: all that one is made from, and the making, in the custodian's own process or in a worker's."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

from kdsp_lib.analyse.checking import check_questions
from kdsp_lib.analyse.crossing import Past
from kdsp_lib.custodian.answering import Before, answer_questions
from kdsp_lib.custodian.answering_from_edition import answer_from_edition, placed_of, with_comparators
from kdsp_lib.custodian.answering_school_level import answer_from_schools
from kdsp_lib.custodian.answering_whole import answer_whole
from kdsp_lib.custodian.budget import LIGHT, cells_asked_for, refuse_too_many_cells
from kdsp_lib.custodian.earlier import View
from kdsp_lib.custodian.edition_at_hand import Basis, EditionsAtHand
from kdsp_lib.custodian.edition_file import Editions
from kdsp_lib.custodian.lacking import answer_what_is_held, unsaid
from kdsp_lib.custodian.opening import Opened
from kdsp_lib.custodian.pasts_at_hand import PastsAtHand
from kdsp_lib.custodian.public_figures import public_figures
from kdsp_lib.custodian.tables_at_hand import TablesAtHand
from kdsp_lib.custodian.turns import Turns
from kdsp_lib.custodian.workers import Budget, Workers, refuse_unwanted
from kdsp_lib.model.answer import Answer
from kdsp_lib.model.question import Question
from kdsp_lib.source.catalogue import Catalogue
from kdsp_lib.source.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Standing:
    """A report, and all that binds what it is told next."""

    opened: Opened
    told: tuple[Answer, ...]
    """What it was told already."""
    views: tuple[View, ...]
    catalogue: Catalogue
    register: str
    """The hash of the register that it was opened by."""


class NewAnswers:
    """Makes them from one workspace's data; what was read for one is kept for the next.

    What is heavy is made by ``workers``, where there are any, and can be ended.
    """

    def __init__(self, workspace: Workspace, workers: Workers | None = None) -> None:
        self.tables = TablesAtHand(workspace)
        self._pasts = PastsAtHand(self.tables)
        self._workspace, self._workers = workspace, workers
        self._editions = EditionsAtHand(Editions(workspace), self.tables.with_snapshots)
        self._light, self._heavy = Turns(max(2, os.cpu_count() or 2)), Turns(1)

    def make(self, standing: Standing, questions: Mapping[str, Question]) -> Answer:
        """An answer within its limits; Disclosive where it does not keep within them."""
        limits, person = self._workspace.limits, standing.opened.requester
        refuse_too_many_cells(questions, standing.told, limits)
        if self._workers is None or self._is_light(standing, questions):
            with self._light.of(person, refuse_unwanted):
                return self.made(standing, questions)
        budget = Budget(limits.answer_seconds, limits.answer_memory_mib)
        with self._heavy.of(person, refuse_unwanted):
            return self._workers.run(_made_alone, self._workspace, standing, questions, budget=budget)

    def _is_light(self, standing: Standing, questions: Mapping[str, Question]) -> bool:
        """Whether an answer is there to be selected, or of few cells.

        A standard edition is made here, for all who wait for it; further tables beside it are heavy.
        """
        opened = standing.opened
        if opened.is_aggregate:
            checked = check_questions(questions, opened.request.categories, opened.compares_with)
            tables = self.tables.of(opened)
            held = {name: question for name, question in checked.items() if not unsaid(question, tables)}
            return self._editions.has(Basis.of(opened), standing.catalogue, placed_of(held, opened.subjects))
        own = sum(view.own for view in standing.views)
        return own + cells_asked_for(questions, standing.told) < LIGHT

    def with_edition(self, opened: Opened, catalogue: Catalogue) -> bool:
        """Have the edition made that a report's aggregates come from; whether it was not there before."""
        if not (opened.is_aggregate or opened.comparators):
            return False
        return self._editions.made(Basis.of(opened), catalogue)

    def made(self, standing: Standing, questions: Mapping[str, Question]) -> Answer:
        """From pupils' records or from schools' published figures, whichever the report's period has."""
        opened, tables = standing.opened, self.tables.of(standing.opened)
        if opened.is_published:
            return answer_from_schools(tables, opened, questions)
        return answer_what_is_held(tables, opened, questions, partial(self._answered, standing))

    def _answered(self, standing: Standing, asked: Mapping[str, Question]) -> Answer:
        """Aggregates from the edition; own figures and those by name by themselves, with comparators from there."""
        opened, tables = standing.opened, self.tables.of(standing.opened)
        if opened.is_aggregate:
            return answer_from_edition(tables, opened, standing.catalogue, self._editions, asked)

        def own(alone: Mapping[str, Question]) -> Answer:
            if opened.whole_for:
                return answer_whole(tables, opened, alone)
            return answer_questions(tables, opened, alone, self.before(standing))

        return with_comparators(tables, opened, standing.catalogue, self._editions, asked, own)

    def before(self, standing: Standing) -> list[Before]:
        """All that binds what a report is told next, in the eyes of each reader."""
        opened = standing.opened
        public, sources = public_figures(standing.catalogue, opened.period, opened.community)
        seen = (self._seen(standing, view) for view in standing.views)
        return [replace(each, public=public, sources=tuple(sources)) for each in seen]

    def _seen(self, standing: Standing, view: View) -> Before:
        """What a reader has seen of it."""
        opened = standing.opened
        answers = list[Answer]()
        pasts = list[Past]()
        for group in view.releases:
            by_name = [answer for answer in group.answers if not answer.is_aggregate]
            if group.snapshots == opened.snapshots and group.period == opened.period:
                answers += by_name
            elif by_name:
                pasts.append(self._pasts.of(opened, group, view, standing.register))
        answers += (answer for answer in standing.told if answer not in answers)
        names = tuple(name for group in view.releases for name in group.names)
        everybodys = tuple(name for group in view.releases for name in group.open_names)
        seen = tuple(answers), tuple(pasts), names, everybodys, view.told
        return Before(*seen, own=view.own, of_several=view.of_several)


def _made_alone(workspace: Workspace, standing: Standing, questions: Mapping[str, Question]) -> Answer:
    """The same in a process that has nothing at hand yet."""
    return NewAnswers(workspace).made(standing, questions)
