"""A release answered again, to check it: from what it rests on, at a desk of its own that enters nothing.

What is asked again is answered from the same snapshots, by the register as it was known then, beside the ledger as it
was then. A figure that comes out otherwise is told nobody, since old beside new is differencing: the notebook is given
the one that was released, and the reviewer where it moved, as far as that itself is safe to tell. Nothing that is made
here can be released.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

from kdsp_lib.custodian.also_read import also_read
from kdsp_lib.custodian.asked_days import in_words
from kdsp_lib.custodian.deciding import Deciding, denial, refuse_denied
from kdsp_lib.custodian.desk import Desk
from kdsp_lib.custodian.earlier import View, views_of
from kdsp_lib.custodian.ledger_entry import Entry
from kdsp_lib.custodian.moved import Change, Moved, moved_cells
from kdsp_lib.custodian.open_report import OpenReport, Run
from kdsp_lib.custodian.opening import Opened
from kdsp_lib.custodian.own_answers import Own, known_in
from kdsp_lib.custodian.proofreading import Proofreader
from kdsp_lib.custodian.releasing import hash_of_beside
from kdsp_lib.custodian.sessions import Session
from kdsp_lib.custodian.workers import Workers
from kdsp_lib.errors import BadParameters, BadSource, Broken, Disclosive, KdspError, NotAuthorised
from kdsp_lib.model.answer import Answer
from kdsp_lib.model.listing import Listing
from kdsp_lib.model.question import Question
from kdsp_lib.protocol.fitness import is_denied_to_requester
from kdsp_lib.register.held import Holding, held_then
from kdsp_lib.source.catalogue import Catalogue
from kdsp_lib.source.workspace import Workspace

CHANGEABLE: Final = ("data", "code", "rules", "register")
"""What a release can be compared with as it is now."""


class RerunDesk(Desk):
    """The desk for one release. ``changed``: what is taken as it is now, to be compared; of the rest all is of then."""

    def __init__(self, workspace: Workspace, entry: Entry, changed: str = "", workers: Workers | None = None) -> None:
        super().__init__(workspace, workers)
        self.entry, self._changed = entry, changed
        self._of_today = self.ledger.as_of(self.ledger.position())
        self.ledger = self._of_today if changed else self.ledger.as_of(int(entry.body["ledger_position"]))
        self._proofreader = Proofreader(self.ledger, self._record)
        self.is_otherwise = False
        """Whether figures came out otherwise than they were released."""
        self.moved: list[Moved] = []
        """Where, as far as that is told."""

    # A rerunner asks

    def begin(self, session: Session, _question: Mapping[str, Any]) -> Mapping[str, Any]:
        """Decide again as it was decided, and be ready for the notebook."""
        body = self.entry.body
        opened = self.decided()
        self.runs.begin(session, Run(str(body["notebook"]), "", opened, requires_confinement=False))
        return {"release": opened.id}

    def remade(self, session: Session, question: Mapping[str, Any]) -> Mapping[str, Any]:
        """All that the files are made of once more, to be compared with them; and where figures moved."""
        run = self.runs.of(session)
        run.notebook_hash = str(question.get("notebook_hash"))
        _, answer = self._worded(run, question.get("texts"))
        beside = hash_of_beside(self._secret, self.entry.body, views_of(self.ledger, run.opened))
        seen = {"public": list(self.entry.body["public"]), "beside": beside}
        facts = {**answer["facts"], **self._pins(run), **seen}
        moved = [moved.to_json() for moved in self.moved]
        return {"release": {**answer, "facts": facts}, "is_otherwise": self.is_otherwise, "moved": moved}

    def compared(self) -> tuple[tuple[Moved, ...], int]:
        """The printed cells that are otherwise today, old and new, and how many were looked at.

        They are made safe in every reader's view. Raises what answers raise; of lists there is nothing to compare.
        """
        asked = self._of_figures()
        if not asked:
            raise BadParameters(
                "This release has no tables of figures to compare.", remedy="kdsp rerun RELEASE, to see that it holds"
            )
        report = OpenReport(self.decided(), "full", None)
        old = [table for told in asked for table in told.tables]
        for told in asked:
            report.answers.append(self._beside_itself(report, dict(told.questions)))
        new = [table for answer in report.answers for table in answer.tables]
        return moved_cells(old, new), sum(len(cell.values) for table in old for cell in table.cells)

    def again(self) -> dict[str, Any]:
        """Its decision made again, and its figures, to see whether they are the same."""
        report = OpenReport(self.decided(), "full", None)
        for told in self._of_figures():
            report.answers.append(self._answered(report, dict(told.questions)))
        return report.opened.decision.to_json()

    def _of_figures(self) -> list[Answer]:
        """What it was answered but for lists."""
        answers = map(Answer.from_json, self.entry.body["answers"])
        return [answer for answer in answers if not answer.is_of_list]

    def release(self, _session: Session, _question: Mapping[str, Any]) -> Mapping[str, Any]:
        """Refused."""
        raise NotAuthorised("Nothing that a rerun makes can be released.", remedy="use `kdsp run`")

    def written(self, session: Session, question: Mapping[str, Any]) -> Mapping[str, Any]:
        """Refused."""
        return self.release(session, question)

    # What it answers from

    def decided(self) -> Opened:
        """What was decided, decided again."""
        return self._decided("", self.entry.body["name"], self.entry.body["parameters"])

    def _decided(self, _person: str, name: object, parameters: object, _notebook: str = "") -> Opened:
        """Whoever reruns it, it is the report of the person, and of the notebook, that asked for it."""
        body = self.entry.body
        by, notebook = self._deciding(), str(body["notebook"])
        opened = by.formed(str(body["requester"]), name, parameters, notebook)
        if opened.has_ended:  # released by a kdsp that looked at the day of the request alone
            by = replace(by, today=opened.request.on)
            opened = by.formed(str(body["requester"]), name, parameters, notebook)
        refuse_denied(opened)
        by.refuse_own_acts(opened, notebook)
        if opened.id != self.entry.report:
            raise NotAuthorised("This is not the report that was released.", remedy="restart the kernel")
        return opened

    def _released_as(self, opened: Opened, named: object) -> Mapping[str, Any] | None:
        """Its own release is nothing to be looked up: all that is asked here is answered as that was."""
        return None if named == self.entry.report else super()._released_as(opened, named)

    def _answered(self, report: OpenReport, questions: dict[str, Question]) -> Answer:
        every = map(Answer.from_json, self.entry.body["answers"])
        told = [answer for answer in every if answer.questions == questions]
        if not told:
            raise NotAuthorised(
                "The release did not ask this, so it is not answered.", remedy="use `kdsp run` for another notebook"
            )
        answer = super()._answered(report, questions)
        moved = moved_cells(told[0].tables, answer.tables)
        if not moved and list(answer.counts) == list(told[0].counts):
            return answer
        self.is_otherwise = True
        self.moved += self._may_be_told(report, questions, told[0])
        return told[0]

    def _may_be_told(self, report: OpenReport, questions: dict[str, Question], told: Answer) -> tuple[Moved, ...]:
        """Where figures of the same pupils moved, as far as an answer that is safe beside the release itself shows it.

        Which figures moved, and which did not, tells of pupils as figures do: of an establishment that is among the
        subjects by today's register alone, in which rows it has nobody. So by another register none is named.
        """
        if self.register_then() is None:
            return ()
        try:
            beside = self._beside_itself(report, questions)
        except KdspError:
            return ()
        return tuple(cell.without_figures() for cell in moved_cells(told.tables, beside.tables))

    def _beside_itself(self, report: OpenReport, questions: dict[str, Question]) -> Answer:
        """A new answer for whoever reviews, who holds the old one: safe beside it as beside any earlier release."""
        views = views_of(self._of_today, report.opened, frozenset({self.entry.position}))
        return self._new_answer(report, questions, views)

    def _listed(self, report: OpenReport, columns: object) -> tuple[Listing, Answer | None]:
        listing, classes = super()._listed(report, columns)
        told = [Answer.from_json(data) for data in self.entry.body["answers"]]
        of_then = [answer for answer in told if answer.is_of_list]
        as_it_was = list(listing.columns) == list(self.entry.body["listed"])
        if not as_it_was or (classes is not None and not any(same_list(classes, answer) for answer in of_then)):
            raise Disclosive(
                "The list would not be the one that was released, so it is not told beside it.",
                rule="a rerun tells what was released, and nothing beside it",
            )
        return listing, classes

    def _own(self, report: OpenReport, asked: Mapping[str, Question], views: Sequence[View]) -> Own:
        """What whoever asked then had been told before that, as far as it bound their release."""
        answers = map(Answer.from_json, self.entry.body["answers"])
        then = next(each for each in answers if (each.questions == asked if asked else each.is_of_list))
        known = known_in(views, report.opened, report.told)
        return self._own_answers.at(then.own, report.opened, asked, known)

    def _told_before(self, _report: OpenReport, _asked: Mapping[str, Question], _hangs_on: str) -> None:
        """Nothing that was told before is shown in its place: it is made again."""

    @contextmanager
    def _turn(self) -> Iterator[Callable[[str, str, Mapping[str, Any]], object]]:
        """There is nothing to enter."""
        yield self._record

    def _record(self, kind: str, report: str, body: Mapping[str, Any]) -> None:
        """Nothing: that it was asked is in the access log."""

    def today(self) -> dt.date:
        is_now = self._changed == "register"
        return super().today() if is_now else dt.datetime.fromisoformat(self.entry.recorded).date()

    def _settings(self) -> tuple[Mapping[str, Mapping[str, str]], str]:
        body, (records, _) = self.entry.body, super()._settings()
        name = str(body["name"])
        return {name: body.get("own_records", records.get(name, {}))}, str(body["protocol"]["name"])

    def _catalogue(self) -> Catalogue:
        if self._changed == "data":
            return super()._catalogue()
        body = self.entry.body
        return super()._catalogue().pinned([*body["snapshots"].values(), *body["public"], *body["published"]])

    def _held(self) -> Holding:
        then = None if self._changed == "register" else self.register_then()
        return then or super()._held()

    def changes_since(self, opened: Opened) -> Iterator[Change]:
        """What it read beside its data that is not what it was: nobody keeps what there was."""
        now = also_read(opened, self.ledger, self.workspace, self._secret)
        for name, pinned in self.entry.body.get("also_read", {}).items():
            if now.get(name) != pinned:
                yield Change("data", f"{name}: changed since, and as it is now in what follows")

    def register_then(self) -> Holding | None:
        """The register as it was known then, or None where it cannot be had."""
        body = self.entry.body
        try:
            found = held_then(self.workspace.register, self._database, str(body["known_at"]), str(body["register"]))
        except BadSource:
            return None
        pins = found.pins_for(str(body["requester"]), self.today())
        return found if pins["register"] == body["register"] else None


def same_list(one: Answer, other: Answer) -> bool:
    """Whether two lists have the same cells: these have no rows and columns to be named by."""
    return one.tables == other.tables


def refuse_reviewer(workspace: Workspace, entry: Entry, person: str, today: dt.date) -> str:
    """NotAuthorised where whoever reruns a release may not have it made, by today's register.

    What its recipient may no longer have can be looked at all the same, by whoever may ask for it today: how that is to
    be marked, or nothing where the permission holds.
    """
    desk = _ReviewersDesk(workspace, entry, person, today)
    try:
        return desk.check()
    finally:
        desk.close()


class _ReviewersDesk(RerunDesk):
    def __init__(self, workspace: Workspace, entry: Entry, person: str, today: dt.date) -> None:
        super().__init__(workspace, entry, "register")
        self._person, self._day = person, today

    def today(self) -> dt.date:
        return self._day

    def _settings(self) -> tuple[Mapping[str, Mapping[str, str]], str]:
        return Desk._settings(self)

    def check(self) -> str:
        """Decide what was asked, as asked by the reviewer today."""
        by, notebook = self._deciding(), str(self.entry.body["notebook"])
        opened = self._asked_by_reviewer(by)
        has_ended = opened.has_ended
        if has_ended:
            if is_denied_to_requester(opened.decision, *opened.settled_by):
                raise denial(opened)
            by = replace(by, today=opened.request.on)
            opened = self._asked_by_reviewer(by)
        refuse_denied(opened)
        by.refuse_own_acts(opened, notebook)
        end = opened.decision.retain_until
        is_over = end is not None and end <= self.today()
        return marking_of_ended(opened, end if is_over else None) if has_ended or is_over else ""

    def _asked_by_reviewer(self, by: Deciding) -> Opened:
        body = self.entry.body
        return by.formed(self._person, body["name"], body["parameters"], str(body["notebook"]))


def marking_of_ended(opened: Opened, end: dt.date | None) -> str:
    """What stands over all that is made again of a release whose recipient may no longer have it."""
    when = f"ended on {in_words(end)}" if end else f"of {in_words(opened.request.on)} has ended"
    return f"Made again for review: the permission {when}. Not to be passed on."


def entry_of(desk: Desk, release: str, content_hash: object) -> Entry:
    """The entry of a release: of this very content, else the last of that name. BadSource where there is none."""
    found = desk.ledger.released_as(release, content_hash)
    entries = [found] if found else desk.ledger.entries(kind="release", report=release)
    if not entries:
        raise BadSource(
            "The ledger of this workspace has no such release, so nobody knows what it rests on.",
            remedy="rerun it in the workspace in which it was made",
        )
    refuse_unpinned(entries[-1])
    return entries[-1]


def refuse_unpinned(entry: Entry) -> None:
    """Broken where an entry does not say what the release rests on."""
    if not {"ledger_position", "public", "published"} <= entry.body.keys():
        raise Broken("This release was made by an earlier kdsp that pinned too little.", remedy="make it again")
