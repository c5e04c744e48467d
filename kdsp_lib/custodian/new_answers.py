"""New answers: all that one is made from, and the making, in the custodian's own process or in a worker's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from kdsp_lib.analyse.crossing import Past
from kdsp_lib.analyse.question import Question
from kdsp_lib.custodian.answering import Answer, Before
from kdsp_lib.custodian.answering_school_level import answer_from_schools, held_before
from kdsp_lib.custodian.earlier import View
from kdsp_lib.custodian.lacking import answer_what_is_held
from kdsp_lib.custodian.opening import Opened
from kdsp_lib.custodian.pasts_at_hand import PastsAtHand
from kdsp_lib.custodian.public_figures import public_figures
from kdsp_lib.custodian.tables_at_hand import TablesAtHand
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
    """Makes them from one workspace's data; what was read for one is kept for the next."""

    def __init__(self, workspace: Workspace) -> None:
        self.tables = TablesAtHand(workspace)
        self._pasts = PastsAtHand(self.tables)

    def make(self, standing: Standing, questions: Mapping[str, Question]) -> Answer:
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
        answers = list[Answer]()
        pasts = list[Past]()
        for group in view.releases:
            if group.snapshots == opened.snapshots and group.period == opened.period:
                answers += group.answers
            else:
                pasts.append(self._pasts.of(opened, group, view.told, standing.register))
        answers += (answer for answer in standing.told if answer not in answers)
        names = tuple(name for group in view.releases for name in group.names)
        everybodys = tuple(name for group in view.releases for name in group.open_names)
        return Before(tuple(answers), tuple(pasts), names, everybodys, view.told)


def make_alone(workspace: Workspace, standing: Standing, questions: Mapping[str, Question]) -> Answer:
    """The same in a process that has nothing at hand yet."""
    return NewAnswers(workspace).make(standing, questions)
