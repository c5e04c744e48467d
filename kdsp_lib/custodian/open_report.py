"""A report as one notebook has it open, the run that it may be part of, and what may be asked of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from kdsp_lib.custodian.comparator import NAMES
from kdsp_lib.errors import BadParameters, Disclosive, KdspError, NotAuthorised
from kdsp_lib.model.question import OWN, Question
from kdsp_lib.model.table import Table

if TYPE_CHECKING:
    from kdsp_lib.custodian.contents import Contents
    from kdsp_lib.custodian.opening import Opened
    from kdsp_lib.custodian.sessions import Session
    from kdsp_lib.model.answer import Answer
    from kdsp_lib.model.listing import Listing

MOST_QUESTIONS = 40


@dataclass(slots=True)
class OpenReport:
    """A report as one notebook has it open, with what it was told so far."""

    opened: Opened
    confinement: str
    run: Run | None
    released: Mapping[str, Any] | None = None
    """Where its notebook is that of a release: that release, as the ledger has it. It shows this and nothing else."""
    known: tuple[dt.date, str] | None = None
    """The day and the register that it was decided by last."""
    answers: list[Answer] = field(default_factory=list)
    beside: tuple[object, ...] | None = None
    """What was released or public before that its answers were made safe beside."""
    listings: dict[str, Listing] = field(default_factory=dict)
    """What it listed, by name: pupils are here as long as it is open, and nowhere else."""
    contents: Contents | None = None
    """What a report of fixed contents tells, once it was asked."""
    classes: Answer | None = None
    """What the rows of a pseudonymous list show, as counts: they bind what this report is told next."""

    further: dict[str, Table] = field(default_factory=dict)
    """Tables of figures that its readers have already, by name: terms that were released before, beside its own."""

    series_from: set[str] = field(default_factory=set)
    """The snapshots of published figures that such tables are made from."""

    @property
    def published(self) -> list[str]:
        """The snapshots of all published figures in it."""
        return sorted(self.series_from.union(*(answer.published for answer in self.answers)))

    @property
    def told(self) -> list[Answer]:
        """All that was answered, the cells of a list among it."""
        return [*self.answers, *(() if self.classes is None else (self.classes,))]

    @property
    def tables(self) -> list[Table]:
        """All its tables."""
        fixed = () if self.contents is None else self.contents.tables
        return [*(table for answer in self.answers for table in answer.tables), *fixed, *self.further.values()]

    @property
    def is_draft(self) -> bool:
        """Whether this is an answer alone, and no release will come of it."""
        return (self.run is None or self.run.is_draft) and self.released is None

    def refuse_unless_released(self, listed: Iterable[str] | None = None) -> None:
        """BadParameters where its notebook is that of a release, which does not have what it asks for.

        ``listed``: the columns of a list of pupils; otherwise it is tables that no release answers.
        """
        if self.released is not None and (listed is None or list(listed) != self.released["listed"]):
            raise BadParameters(
                "This is not in the release that the notebook says it is of.",
                remedy="take out its cell with as_released: what it then shows is a draft",
            )


@dataclass(slots=True)
class Run:
    """One run of a notebook, begun by a runner and carried out by the notebook's own session."""

    notebook: str
    notebook_hash: str
    opened: Opened
    requires_confinement: bool
    is_draft: bool = False
    """Whether it is run to be looked at: all it shows is a draft, and it cannot be released."""
    report: OpenReport | None = None
    error: KdspError | None = None
    entry: int = 0
    """The number of the ledger's entry that it was released by; 0 while it is not."""

    @property
    def released(self) -> bool:
        """Whether it was released."""
        return self.entry > 0


def report_of(session: Session) -> OpenReport:
    """The session's report, as long as something may be added to it."""
    report: OpenReport | None = session.report
    if report is None:
        raise BadParameters("No report is open.", remedy="call open_report(...) first")
    if report.run is not None and report.run.released:
        raise NotAuthorised("This run has been released; nothing is added to it.", remedy="run it again")
    return report


def refuse_unless(report: OpenReport, answers: str) -> None:
    """NotAuthorised where a report of this kind is not asked for such answers."""
    served = report.opened.served
    if answers not in served.answers:
        raise NotAuthorised(
            f"A {served.title.lower()} answers no {answers}.",
            rule="a report tells what its detail allows: pupils at individual or pseudonymous detail, else tables; "
            "without pupils, lists",
            remedy=f"ask report.{served.answers[0]}(...), or open another report",
        )


def read_questions(value: object, report: OpenReport) -> dict[str, Question]:
    """Questions as a notebook sends them, with no more than a report may ask."""
    if not isinstance(value, dict) or not value:
        raise BadParameters("Ask for at least one table.", remedy='report.tables(pupils=report.count("pupils"))')
    asked = sum(len(answer.questions) for answer in report.answers) + len(value)
    if asked > MOST_QUESTIONS:
        raise Disclosive("One report asks for too many tables.", rule=f"at most {MOST_QUESTIONS} tables a report")
    questions = {str(name): Question.from_json(question) for name, question in value.items()}
    return {name: _own_part(question, report.opened) for name, question in questions.items()}


def _own_part(question: Question, opened: Opened) -> Question:
    """The question without its comparator where this establishment has none: its table is there all the same."""
    lacks = OWN in opened.compares_with and question.compare in NAMES and question.compare not in opened.comparators
    return replace(question, compare=OWN) if lacks else question


def told_in(run: Run) -> OpenReport:
    """The report that a run's notebook opened and asked something of; BadParameters where it did not."""
    report = run.report
    if report is None or not (report.answers or report.listings or report.contents):
        raise BadParameters(
            "This notebook asked for nothing, so there is nothing to release.",
            remedy=f"call report.{run.opened.served.answers[0]}(...)",
        )
    return report


def as_draft(release: Mapping[str, Any]) -> dict[str, Any]:
    """What a release is made of, each of its tables and lists marked a draft: nothing is released of it."""
    drafts = {kind: [{**each, "draft": True} for each in release[kind]] for kind in ("tables", "listings")}
    return {**release, **drafts}
