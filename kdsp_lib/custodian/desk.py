"""The desk: what the custodian does when asked. Decide, read, analyse, protect, audit, write the ledger, answer."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Any

from kdsp_lib.custodian import confinement, words
from kdsp_lib.custodian.access_log import AccessLog
from kdsp_lib.custodian.also_read import also_read
from kdsp_lib.custodian.amending import amendment
from kdsp_lib.custodian.asked_days import real_day
from kdsp_lib.custodian.deciding import Deciding, refuse_unless_the_same
from kdsp_lib.custodian.earlier import View, lists_of, stored_answer, views_of
from kdsp_lib.custodian.entries import Entries
from kdsp_lib.custodian.evidence import Evidence
from kdsp_lib.custodian.fixed_contents import contents_of
from kdsp_lib.custodian.further import further_table
from kdsp_lib.custodian.ledger import Ledger
from kdsp_lib.custodian.listing import list_of_pupils, told_of_tables_before
from kdsp_lib.custodian.new_answers import NewAnswers, Standing
from kdsp_lib.custodian.open_report import OpenReport, Run, as_draft, read_questions, refuse_unless, report_of, told_in
from kdsp_lib.custodian.opening import Opened, check_parameters
from kdsp_lib.custodian.opening_again import notebook_of, release_again
from kdsp_lib.custodian.own_answers import ASKER, MOST_TRIES, Own, OwnAnswers, asker_of, known_in, made_beside, with_own
from kdsp_lib.custodian.own_lists import own_lists
from kdsp_lib.custodian.planning import Asking, planned
from kdsp_lib.custodian.proofreading import Proofreader
from kdsp_lib.custodian.pseudonymous import pseudonymous_list
from kdsp_lib.custodian.public_figures import editions
from kdsp_lib.custodian.releasing import beside, body_of, check_not_overtaken, decided, enter_release, written_as
from kdsp_lib.custodian.runs import Runs
from kdsp_lib.custodian.secret import read_secret
from kdsp_lib.custodian.sessions import Session
from kdsp_lib.custodian.where_used import uses_of
from kdsp_lib.custodian.workers import Workers
from kdsp_lib.errors import BadParameters, KdspError, NotAuthorised, Overtaken, Refusal
from kdsp_lib.model.answer import Answer
from kdsp_lib.model.listing import Listing
from kdsp_lib.model.question import Question
from kdsp_lib.register.database import Database
from kdsp_lib.register.held import Holding, held_hash, holding
from kdsp_lib.source.catalogue import Catalogue
from kdsp_lib.source.code import code_hash, engine_hash, rules_hash
from kdsp_lib.source.environment import lock_hash, own_version
from kdsp_lib.source.workspace import Workspace


class Desk:
    """Answers sessions. Stateless but for what is open; all that must last is in the ledger."""

    def __init__(self, workspace: Workspace, workers: Workers | None = None) -> None:
        self.workspace, self.workers = workspace, workers
        self._database = Database(workspace.database)
        self.ledger = Ledger(self._database)
        self.ledger.begin()
        self.evidence = Evidence(workspace, self._database)
        self._secret = read_secret(workspace.state)
        self._proofreader = Proofreader(self.ledger, self._record)
        self.runs = Runs()
        self.log_access = Entries(AccessLog(self._database), self.evidence, self.runs, self._secret).enter
        self._holding: tuple[str, Holding] | None = None
        self._answers, self._own_answers = NewAnswers(workspace, workers), OwnAnswers(self.ledger)
        self._lock = threading.RLock()

    def close(self) -> None:
        """Close the state database."""
        self._database.close()

    # A runner asks

    def plan(self, session: Session, question: Mapping[str, Any]) -> Mapping[str, Any]:
        """Say which release each report of a batch is, and what its answers may hang on. Decides nothing."""
        register = self._held().decides_for(session.person, self.today())
        asking = Asking(session.person, register.on, self._secret, self.workspace.protocol, self.today())
        return planned(question.get("reports"), asking, self.ledger)

    def edition(self, session: Session, question: Mapping[str, Any]) -> Mapping[str, Any]:
        """Make the edition that a report's aggregates come from, where it is not made yet; say whether that was so."""
        by = self._deciding()
        opened = by.opened(session.person, question.get("report"), question.get("parameters"), "")
        by.refuse_unless_permitted(opened, "")
        return {"made": self._answers.with_edition(opened, self._catalogue())}

    def begin(self, session: Session, question: Mapping[str, Any]) -> Mapping[str, Any]:
        """Begin a run: decide at once, and say which release it is, or would be of a ``draft``, and if it is there."""
        notebook, notebook_hash = str(question.get("notebook")), str(question.get("notebook_hash"))
        opened = self._decided(session.person, question.get("report", notebook), question.get("parameters"), notebook)
        required, is_draft = question.get("require_confinement") is True, question.get("draft") is True
        run = Run(notebook, notebook_hash, opened, required, is_draft)
        self.runs.begin(session, run)
        return {"release": opened.id, "content_hash": written_as(self.ledger, run, self._pins(run))}

    def outcome(self, session: Session, _question: Mapping[str, Any]) -> Mapping[str, Any]:
        """What the custodian last refused this run, so that the runner can say it."""
        error = self.runs.of(session).error
        return {"error": None if error is None else error.to_json()}

    def release(self, session: Session, question: Mapping[str, Any]) -> Mapping[str, Any]:
        """Turn what a run's notebook was told into a release: from here on it binds what is released later.

        ``texts`` are all that people wrote into it: Disclosive where they tell what it may not. No draft is entered.
        """
        run = self.runs.of(session)
        report, answer = self._worded(run, question.get("texts"))
        self._refuse_unless_still(report)
        if run.is_draft:
            return as_draft(answer)
        body = body_of(run, report, self._pins(run))
        with self._lock:
            entered = enter_release(self.ledger, report, body, self._public(run.opened), self._secret)
        run.entry = entered.number
        return {**answer, "facts": {**answer["facts"], **self._pins(run), **entered.seen}}

    def _worded(self, run: Run, texts: object) -> tuple[OpenReport, dict[str, Any]]:
        """What a run's notebook asked, and all that a release is made of, its texts proofread."""
        report = told_in(run)
        amended = amendment(self.ledger, run.opened, run.notebook, report.tables)
        answer = words.release(run.opened, report, run.notebook, amended)
        tables = self._answers.tables.of(run.opened)
        to_review = self._proofreader.check(texts, run.opened, report.answers, tables, answer)
        return report, {**answer, "facts": {**answer["facts"], "to_review": to_review}}

    def written(self, session: Session, question: Mapping[str, Any]) -> Mapping[str, Any]:
        """Record that a release stands in its folder, with the hashes of its content and of its manifest as a file."""
        run = self.runs.of(session)
        if not run.released:
            raise BadParameters("This run has released nothing.")
        hashes = {name: str(question.get(name)) for name in ("content_hash", "manifest_hash")}
        kept = {**self._pins(run), **decided(run), **hashes, "entry": run.entry}
        self._record("written", run.opened.id, kept)
        self.evidence.make("release")
        run.report = None  # what it was told is not kept any longer
        return {}

    def status(self, _session: Session, _question: Mapping[str, Any]) -> Mapping[str, Any]:
        """How the custodian is: checks the whole ledger."""
        return {"entries": self.ledger.verify(), "code": code_hash(), "runs": len(self.runs)}

    def where_used(self, session: Session, question: Mapping[str, Any]) -> Mapping[str, Any]:
        """The releases that drew on a ``pupil`` (a UPN, which is neither kept nor told) or an ``establishment``."""
        catalogue, released = Catalogue.load_or_empty(self.workspace), self.ledger.entries(kind="release")
        found = uses_of(question, released, catalogue, self._held(), session.person, self.today())
        return {"uses": [use.to_json() for use in found]}

    # A notebook asks

    def open(self, session: Session, question: Mapping[str, Any]) -> Mapping[str, Any]:
        """Open the one report of a notebook's session, or the same one again."""
        name, parameters, named = (question.get(each) for each in ("report", "parameters", "release"))
        run = self.runs.find(session) if session.run else None
        report: OpenReport | None = session.report
        if report is None:
            try:
                required = run is not None and run.requires_confinement
                confinement.refuse_unless_enough(session.confinement, required=required)
                asking = run.notebook if run else notebook_of(self.ledger, named)
                opened = self._decided(session.person, name, parameters, asking)
            except KdspError as error:
                if run is not None:
                    run.error = error
                raise
            if run is not None and (run.opened.id != opened.id or run.report is not None):
                raise NotAuthorised("This run opens one report, with its own parameters.", remedy="restart the kernel")
            released = self._released_as(opened, named)
            report = OpenReport(opened, session.confinement, run, released, self._known())
            if run is not None:
                run.report = report
            session.report = report
        else:
            served, given = check_parameters(name, parameters)
            if (served.name, given) != (report.opened.name, dict(report.opened.parameters)):
                raise NotAuthorised("This kernel has opened another report.", remedy="restart the kernel")
        return words.opened(report.opened, report.confinement)

    def tables(self, session: Session, question: Mapping[str, Any]) -> Mapping[str, Any]:
        """Answer questions with protected tables; nothing unprotected is in what comes back."""
        report = report_of(session)
        with self._recorded(report):
            refuse_unless(report, "tables")
            questions = read_questions(question.get("questions"), report)
            answer = self._answered(report, questions)  # beside others: what comes out meanwhile overtakes it
        if answer not in report.answers:
            report.answers.append(answer)
        return {"tables": [{**table.to_json(), "draft": report.is_draft} for table in answer.tables]}

    def further(self, session: Session, question: Mapping[str, Any]) -> Mapping[str, Any]:
        """A table of figures that all who read the report have already: terms or years as released, or published."""
        report = report_of(session)
        with self._recorded(report):
            refuse_unless(report, "contents" if "contents" in report.opened.served.answers else "tables")
            table = further_table(self.ledger, Catalogue.load(self.workspace), report, question)
        report.further[table.name] = table
        return {"table": {**table.to_json(), "draft": report.is_draft}}

    def pupils(self, session: Session, question: Mapping[str, Any]) -> Mapping[str, Any]:
        """List the pupils that a report is about, by the columns asked for: as themselves, or so that nobody is known.

        The ledger keeps which columns were given, and of a pseudonymous list its counts; never a pupil.
        """
        report = report_of(session)
        with self._recorded(report):
            refuse_unless(report, "pupils")
            with self._lock:
                listing, classes = self._listed(report, question.get("columns"))
                report.refuse_unless_released(listing.columns)
                if listing.name not in report.listings:
                    counts = {} if classes is None else {
                        **classes.to_json(), "snapshots": report.opened.snapshots, ASKER: asker_of(report.opened, ""),
                    }  # fmt: skip
                    self._record("answer", report.opened.id, {"listed": list(listing.columns), **counts})
                elif report.listings[listing.name] != listing:
                    raise BadParameters(
                        "This report has listed its pupils by other columns.", remedy="ask once, for all columns"
                    )
        report.listings[listing.name], report.classes = listing, classes
        return {"pupils": {**listing.to_json(), "draft": report.is_draft}}

    def lists(self, session: Session, _question: Mapping[str, Any]) -> Mapping[str, Any]:
        """All lists of a report that has some of its own: what it is about says which."""
        report = report_of(session)
        with self._recorded(report):
            refuse_unless(report, "lists")
            if not report.listings:
                held = self._held().register
                found = own_lists(report, held, self.ledger, self.workspace, self._answers.tables.of)
                self._record("answer", report.opened.id, {"lists": [listing.name for listing in found]})
                report.listings |= {listing.name: listing for listing in found}
        return {"lists": [{**listing.to_json(), "draft": report.is_draft} for listing in report.listings.values()]}

    def contents(self, session: Session, _question: Mapping[str, Any]) -> Mapping[str, Any]:
        """Tell what a report of fixed contents tells: its tables and lists; files go into its release alone."""
        report = report_of(session)
        with self._recorded(report):
            refuse_unless(report, "contents")
            with self._lock:
                if report.contents is None:
                    catalogue = Catalogue.load(self.workspace).pinned(report.opened.snapshots.values())
                    report.contents = contents_of(catalogue, report.opened, self._secret)
                    report.listings |= {listing.name: listing for listing in report.contents.listings}
                    self._record("answer", report.opened.id, report.contents.for_ledger())
        return report.contents.to_json(draft=report.is_draft)

    def _listed(self, report: OpenReport, columns: object) -> tuple[Listing, Answer | None]:
        """The list at the detail that was permitted, with the counts of a pseudonymous one."""
        opened, tables = report.opened, self._answers.tables.of(report.opened)
        if opened.request.detail == "individual":
            return list_of_pupils(tables, opened, columns, self._secret), None
        views = views_of(self.ledger, opened)
        views = with_own(views, opened, self._own(report, {}, views))
        before = self._answers.before(self._standing(report, views))
        listed = [*filter(None, (report.classes,)), *lists_of(self.ledger, opened)]
        with told_of_tables_before(report):
            return pseudonymous_list(tables, opened, columns, before, self._secret, listed)

    @contextmanager
    def _recorded(self, report: OpenReport) -> Iterator[None]:
        """Why a question got no answer, for the runner to say; a refusal is in the ledger too."""
        try:
            self._refuse_unless_still(report)
            yield
        except KdspError as error:
            if report.run is not None:
                report.run.error = error
            if isinstance(error, Refusal):
                self._record("refusal", report.opened.id, {"rule": error.rule, "code": error.code})
            raise

    def _answered(self, report: OpenReport, questions: dict[str, Question]) -> Answer:
        for answer in report.answers:
            if answer.questions == questions:
                return answer
            if shared := sorted(set(answer.questions) & set(questions)):
                raise BadParameters(
                    f"{', '.join(shared)} was asked before in this report.", remedy="give each table a name of its own"
                )
        opened = report.opened
        if (stored := stored_answer(self.ledger, opened, questions)) is not None:
            return stored
        report.refuse_unless_released()
        views = views_of(self.ledger, opened)
        there = beside(views, self._public(opened))
        if not report.is_draft:
            check_not_overtaken(report, there)
        hangs_on = made_beside(views, report.told, list(self._public(opened)), self._register_hash())
        answer = self._told_before(report, questions, hangs_on) or self._told_now(report, questions, views, hangs_on)
        report.beside = there
        return answer

    def _told_now(
        self, report: OpenReport, questions: dict[str, Question], views: tuple[View, ...], hangs_on: str
    ) -> Answer:
        """A new answer, safe for its readers and beside all that whoever asks was told, entered in the ledger."""
        opened = report.opened
        for _ in range(MOST_TRIES):
            own = self._own(report, questions, views)
            answer = self._new_answer(report, questions, with_own(views, opened, own))
            answer = replace(answer, published=opened.published_beside(questions.values()), own=own.positions)
            with self._turn() as append:  # what the same person was told meanwhile binds it too
                if self._own(report, questions, views).positions == own.positions:
                    asker = asker_of(opened, hangs_on)
                    append("answer", opened.id, {**answer.to_json(), "snapshots": opened.snapshots, ASKER: asker})
                    return answer
        raise Overtaken("You were told other figures meanwhile.", remedy="ask one thing after the other")

    def _told_before(self, report: OpenReport, asked: Mapping[str, Question], hangs_on: str) -> Answer | None:
        """What whoever asks was told already where they asked the same; else whether they may ask for more now."""
        return self._own_answers.stored(report.opened, asked, hangs_on, self.workspace.limits.questions_an_hour)

    def _own(self, report: OpenReport, asked: Mapping[str, Question], views: Sequence[View]) -> Own:
        """What whoever asks was told before, and has not released, as far as it binds what they ask now."""
        return self._own_answers.beside(report.opened, asked, known_in(views, report.opened, report.told))

    def _turn(self) -> AbstractContextManager[Callable[[str, str, Mapping[str, Any]], object]]:
        """Hold the ledger while an answer is entered."""
        return self.ledger.turn()

    def _new_answer(self, report: OpenReport, questions: dict[str, Question], views: tuple[View, ...]) -> Answer:
        return self._answers.make(self._standing(report, views), questions)

    def _standing(self, report: OpenReport, views: tuple[View, ...]) -> Standing:
        return Standing(report.opened, tuple(report.told), views, self._catalogue(), self._register_hash())

    def _public(self, opened: Opened) -> tuple[str, ...]:
        """The snapshots of what others have published about the period of a report."""
        return editions(self._catalogue(), opened.period)

    # Steps

    def _decided(self, person: str, name: object, parameters: object, notebook: str) -> Opened:
        by = self._deciding()
        opened = by.opened(person, name, parameters, notebook)
        decision, known = opened.decision, {"register": self._register_hash()}
        self._record(
            "decision" if decision.is_permit else "refusal", opened.id, {"decision": decision.to_json(), **known}
        )
        try:
            by.refuse_unless_permitted(opened, notebook)
        except Refusal as error:
            if decision.is_permit:
                self._record("refusal", opened.id, {"rule": error.rule, "code": error.code})
            raise
        return opened

    def _deciding(self) -> Deciding:
        return Deciding(self._held(), self._catalogue(), self.ledger, self.today(), *self._settings(), self._secret)

    def _refuse_unless_still(self, report: OpenReport) -> None:
        """Decide again where the day or the register is another than when it was opened: a kernel is open for weeks."""
        if report.known != (known := self._known()):
            opened, notebook = report.opened, report.run.notebook if report.run else ""
            refuse_unless_the_same(self._decided(opened.requester, opened.name, opened.parameters, notebook), opened)
            report.known = known

    def _known(self) -> tuple[dt.date, str]:
        return self.today(), self._register_hash()

    def _released_as(self, opened: Opened, named: object) -> Mapping[str, Any] | None:
        """The release that a notebook says it is of, if it says so."""
        return release_again(self.ledger, opened, named, self._pins(Run("", "", opened, False)))

    def today(self) -> dt.date:
        """The real day, by which a permission holds beside its own. Tests of this process alone put another here."""
        return real_day()

    def _settings(self) -> tuple[Mapping[str, Mapping[str, str]], str]:
        """What the authority records of each type of report itself, and the protocol that it shares under."""
        return self.workspace.records, self.workspace.protocol

    def _catalogue(self) -> Catalogue:
        """The data there is."""
        return Catalogue.load(self.workspace)

    def _record(self, kind: str, report: str, body: Mapping[str, Any]) -> None:
        """Keep in the ledger what was asked and how it ended."""
        self.ledger.append(kind, report, body)

    def _held(self) -> Holding:
        """The register with its journal, read again whenever either has changed."""
        digest = self._register_hash()
        with self._lock:
            if self._holding is None or self._holding[0] != digest:
                self._holding = (digest, holding(self.workspace.register, self._database))
            return self._holding[1]

    def _register_hash(self) -> str:
        return held_hash(self.workspace.register, self._database)

    def _pins(self, run: Run) -> dict[str, Any]:
        register = self._held().pins_for(run.opened.requester, self.today())
        code = {"code": engine_hash(), "rules": rules_hash(), "version": own_version(), "lock": lock_hash()}
        own_records = dict(self._settings()[0].get(run.opened.name, {}))
        read = also_read(run.opened, self.ledger, self.workspace, self._secret)
        made_from = {"snapshots": run.opened.snapshots, "own_records": own_records, "also_read": read}
        return {"notebook_hash": run.notebook_hash, **made_from, **register, **code}
