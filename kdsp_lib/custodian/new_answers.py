"""New answers: all that one is made from, and the making, in the custodian's own process or in a worker's."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace

from kdsp_lib.analyse.crossing import Past
from kdsp_lib.custodian.answering import Before
from kdsp_lib.custodian.answering_school_level import answer_from_schools, held_before
from kdsp_lib.custodian.budget import LIGHT, cells_asked_for, refuse_too_many_cells
from kdsp_lib.custodian.earlier import View
from kdsp_lib.custodian.lacking import answer_what_is_held
from kdsp_lib.custodian.opening import Opened
from kdsp_lib.custodian.pasts_at_hand import PastsAtHand
from kdsp_lib.custodian.public_figures import public_figures
from kdsp_lib.custodian.tables_at_hand import TablesAtHand
from kdsp_lib.custodian.turns import Turns
from kdsp_lib.custodian.workers import Budget, Workers, refuse_unwanted
from kdsp_lib.model.answer import Answer
from kdsp_lib.model.question import Question
from kdsp_lib.source.catalogue import Catalogue
from kdsp_lib.source.sample import is_school_level
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
        self._light, self._heavy = Turns(max(2, os.cpu_count() or 2)), Turns(1)

    def make(self, standing: Standing, questions: Mapping[str, Question]) -> Answer:
        """An answer within its limits; Disclosive where it does not keep within them."""
        limits, person = self._workspace.limits, standing.opened.requester
        refuse_too_many_cells(questions, standing.told, limits)
        own = sum(view.own for view in standing.views)
        if self._workers is None or own + cells_asked_for(questions, standing.told) < LIGHT:
            with self._light.of(person, refuse_unwanted):
                return self.made(standing, questions)
        budget = Budget(limits.answer_seconds, limits.answer_memory_mib)
        with self._heavy.of(person, refuse_unwanted):
            return self._workers.run(_made_alone, self._workspace, standing, questions, budget=budget)

    def made(self, standing: Standing, questions: Mapping[str, Question]) -> Answer:
        """From pupils' records or from schools' published figures, whichever the report's period has."""
        opened, tables = standing.opened, self.tables.of(standing.opened)
        if not is_school_level(opened.snapshots):
            return answer_what_is_held(tables, opened, questions, self.before(standing))
        groups = {group.key: group for view in standing.views for group in view.releases}.values()
        answers, pasts = held_before(opened, groups, standing.told, lambda group: self.tables.then(opened, group))
        names = dict.fromkeys(name for group in groups for name in group.names)
        answer = answer_from_schools(tables, opened, questions, answers, pasts, tuple(names))
        for past in pasts:
            past.tables.close()
        return answer

    def before(self, standing: Standing) -> list[Before]:
        """All that binds what a report is told next, in the eyes of each reader."""
        opened = standing.opened
        public, sources = public_figures(standing.catalogue, opened.period, opened.community)
        seen = (self._seen(standing, view) for view in standing.views)
        return [replace(each, public=public, sources=tuple(sources)) for each in seen]

    def _seen(self, standing: Standing, view: View) -> Before:
        """What a reader has seen of it."""
        opened = standing.opened
        without = frozenset(opened.subjects) if opened.whole_for else frozenset[str]()
        answers = list[Answer]()
        pasts = list[Past]()
        for group in view.releases:
            if group.snapshots == opened.snapshots and group.period == opened.period:
                answers += group.answers
            else:
                pasts.append(self._pasts.of(opened, group, view, standing.register, without))
        answers += (answer for answer in standing.told if answer not in answers)
        names = tuple(name for group in view.releases for name in group.names)
        everybodys = tuple(name for group in view.releases for name in group.open_names)
        seen = tuple(answers), tuple(pasts), names, everybodys, view.told
        return Before(*seen, own=view.own, of_several=view.of_several)


def _made_alone(workspace: Workspace, standing: Standing, questions: Mapping[str, Question]) -> Answer:
    """The same in a process that has nothing at hand yet."""
    return NewAnswers(workspace).made(standing, questions)
