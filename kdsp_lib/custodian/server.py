"""The custodian as an Arrow Flight service: `python -m kdsp_lib.custodian.server WORKSPACE`.

It listens on a Unix socket, and besides on a TLS port where other machines are to reach it (`kdsp custodian serve`).

It alone reads pupils' data. Every action takes and gives one JSON object; an error crosses as data. What goes wrong
inside becomes a reference and a traceback in the log, never text that a notebook sees.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pyarrow import flight

from kdsp_lib.custodian.access_log import ANSWERED, ENDED, REFUSED
from kdsp_lib.custodian.admission import Peer
from kdsp_lib.custodian.attempts import Attempts, Rate
from kdsp_lib.custodian.certificate import Certificate, own_certificate
from kdsp_lib.custodian.client import too_long
from kdsp_lib.custodian.desk import Desk
from kdsp_lib.custodian.frames import LARGEST_QUESTION
from kdsp_lib.custodian.front import Front
from kdsp_lib.custodian.in_hand import Asking, InHand
from kdsp_lib.custodian.reruns import Reruns
from kdsp_lib.custodian.secret import read_secret
from kdsp_lib.custodian.serving import IDLE_SECONDS, guard_process, keep_serving, run_as_process, take_place
from kdsp_lib.custodian.sessions import Session, Sessions, positive_pid
from kdsp_lib.custodian.start import socket_path
from kdsp_lib.custodian.token import Tokens
from kdsp_lib.custodian.workers import Workers, asked_by
from kdsp_lib.errors import BadParameters, Broken, CustodianLost, KdspError, traceback_without_figures
from kdsp_lib.register.accounts import Accounts
from kdsp_lib.register.database import Database
from kdsp_lib.source.remote import address_of
from kdsp_lib.source.workspace import Workspace

HEAVY_MODULES = ("duckdb", "ibis", "ibis.backends.duckdb", "pandas", "scipy.optimize", "scipy.sparse.linalg")
"""What each worker would import otherwise."""

log = logging.getLogger("kdsp.custodian")


class CustodianServer(flight.FlightServerBase):  # type: ignore[misc]
    """Routes actions to the desk. Anything but an action is refused by Flight itself."""

    def __init__(self, workspace: Workspace, front: Front, workers: Workers | None = None) -> None:
        self.workspace, self.front, self.workers = workspace, front, workers
        self.in_hand = InHand()
        self._attempts = Attempts()
        self._tokens_looked_up = Rate(at_once=60, a_second=1)
        self._asked = Rate(at_once=3000, a_second=50)
        self.sessions = Sessions(read_secret(workspace.state))
        self.desk = Desk(workspace, workers)
        self.desk.evidence.check()
        self.desk.evidence.make("start")
        self.tokens = Tokens(Database(workspace.database))
        self.accounts = Accounts(Database(workspace.database))
        self.accounts.begin(workspace.requester)
        self.reruns = Reruns(self.desk)
        self.last_asked = time.monotonic()
        self._actions: dict[str, tuple[str, Callable[[Any, Mapping[str, Any]], Mapping[str, Any]]]] = {
            "open": ("notebook", lambda session, question: self._at(session).open(session, question)),
            "tables": ("notebook", lambda session, question: self._at(session).tables(session, question)),
            "further": ("notebook", lambda session, question: self._at(session).further(session, question)),
            "pupils": ("notebook", lambda session, question: self._at(session).pupils(session, question)),
            "lists": ("notebook", lambda session, question: self._at(session).lists(session, question)),
            "contents": ("notebook", lambda session, question: self._at(session).contents(session, question)),
            "close": ("notebook", self._close),
            "plan": ("runner", self.desk.plan),
            "edition": ("runner", self.desk.edition),
            "begin": ("runner", self.desk.begin),
            "end": ("runner", self._end),
            "outcome": ("runner", self.desk.outcome),
            "release": ("runner", self.desk.release),
            "written": ("runner", self.desk.written),
            "status": ("runner", self.desk.status),
            "where-used": ("runner", self.desk.where_used),
            "rerun": ("rerunner", self.reruns.begin),
            "rerun-outcome": ("rerunner", self.reruns.outcome),
            "rerun-remade": ("rerunner", self.reruns.remade),
            "rerun-compare": ("rerunner", self.reruns.compare),
        }
        super().__init__(front.location)

    def do_action(self, context: Any, action: Any) -> Iterator[Any]:
        """Answer one action with one JSON object: ``{"answer": ...}`` or ``{"error": ...}``."""
        self.last_asked = time.monotonic()
        try:
            text = {"answer": self._answer(action.type, action.body, context)}
        except KdspError as error:
            text = {"error": error.to_json()}
        except Exception as error:  # noqa: BLE001 - whatever it is, a notebook sees a reference alone
            reference = secrets.token_hex(4)
            log.error("reference %s\n%s", reference, traceback_without_figures(error))
            broken = Broken(
                f"The custodian failed; reference {reference}.", remedy="read the custodian's log, or report it"
            )
            text = {"error": broken.to_json()}
        yield flight.Result(json.dumps(text, sort_keys=True).encode())

    def _answer(self, kind: str, body: Any, context: Any) -> Mapping[str, Any]:
        peer = self.front.peer_of(context)
        is_one = kind in ("ticket", "hello", *self._actions)
        with self.in_hand.taken(kind if is_one else "unknown") as asking:
            try:
                if not is_one:
                    raise BadParameters(f"The custodian has no action {kind[:40]!r}.", remedy=", ".join(self._actions))
                with asked_by(lambda: context.is_cancelled() or self._is_closed(asking.session)):
                    answer = self._answer_to(peer, body, asking)
            except Exception as error:
                self._log_refused(peer, asking, getattr(error, "code", Broken.code))
                raise
            self.desk.log_access(asking.session, kind, ANSWERED, asking.person, asking.question)
            peer.is_known = True
            return answer

    def _answer_to(self, peer: Peer, body: Any, asking: Asking) -> Mapping[str, Any]:
        if body.size > LARGEST_QUESTION:
            raise too_long()
        kind, question = asking.kind, _read(body.to_pybytes())
        asking.question = question
        if kind == "ticket":
            token = self.tokens.shown(str(question.get("token", "")), lambda: self._refuse_too_many(peer))
            asking.by_token = token.person
            self._refuse_too_often(token.person)
            self.desk.evidence.check_chain("token")
            self._check_account(peer, token.person)
            return {"ticket": self.sessions.ticket_for(token, question, dt.datetime.now(dt.UTC))}
        if kind == "hello":
            session = self.sessions.open(str(question.get("ticket", "")), positive_pid(question.get("pid")), peer.uid)
            asking.session = session
            self._check_token(session)
            self._check_account(peer, session.person)
            return {"session": session.id, "scope": session.scope, "person": session.person}
        scope, do = self._actions[kind]
        session = asking.session = self.sessions.named(question.get("session"), scope)
        self._check_account(peer, session.person)
        self._refuse_too_often(session.person)
        self._check_token(session)
        if kind in ("close", "end"):  # what its session is waiting for is ended by it
            return do(session, question)
        with session.lock:
            return do(session, question)

    def _is_closed(self, session: Session | None) -> bool:
        """Whether a session is over, or its process is: what is worked at for it is wanted by nobody."""
        return session is not None and not (self.sessions.is_open(session) and session.is_alive())

    def _log_refused(self, peer: Peer, asking: Asking, code: str) -> None:
        """Keep a refusal. Many of one address are told in one entry: before a session is open, or asked too often."""
        is_told_together = asking.session is None or code == CustodianLost.code
        if not is_told_together or self._attempts.is_noted(peer.called, asking.person):
            self.desk.log_access(asking.session, asking.kind, code, asking.person, asking.question)

    def _refuse_too_many(self, peer: Peer) -> None:
        if not self._tokens_looked_up.allows(peer.called):
            raise CustodianLost(
                f"Too many tokens that are none were shown from {peer.called}.",
                remedy="wait a minute; a token that was shown before is taken meanwhile",
            )

    def _refuse_too_often(self, person: str) -> None:
        if not self._asked.allows(person):
            raise CustodianLost(f"{person} asks too often at once.", remedy="wait a minute, then ask again")

    def _check_token(self, session: Session) -> None:
        """A session of another machine ends with the token that it was opened by."""
        if session.token:
            self.desk.evidence.check_chain("token")
            self.tokens.refuse_unless_it_stands(session.token, dt.datetime.now(dt.UTC))

    def _check_account(self, peer: Peer, person: str) -> None:
        """On this machine somebody asks as the person whose account it is, whatever a ticket or a token says."""
        if peer.is_local:
            self.desk.evidence.check_chain("account")
            self.accounts.refuse_unless_of(peer.uid, person)

    def _at(self, session: Session) -> Desk:
        return self.reruns.desk_of(session)

    def _close(self, session: Any, _question: Mapping[str, Any]) -> Mapping[str, Any]:
        self.sessions.close(session)
        return {}

    def _end(self, session: Any, _question: Mapping[str, Any]) -> Mapping[str, Any]:
        self.sessions.end_run(session)
        self.desk.runs.end(session)
        return {}

    # What keeps it serving, and its end

    def is_in_use(self) -> bool:
        """Whether a session is open whose process lives."""
        return self.sessions.forget_the_dead() > 0

    def look_after(self, *, all_of_them: bool = False) -> None:
        """Keep in the access log what was refused so often that it is told in one entry."""
        for person, text in self._attempts.summaries(all_of_them=all_of_them):
            self.desk.log_access(None, REFUSED, text, person)

    def shut(self) -> None:
        """Let nobody in, and take no question any more."""
        self.in_hand.shut()
        self.front.shut()

    def end_work(self) -> None:
        """End what is worked at in other processes: whoever asked for it is told so."""
        if self.workers is not None:
            self.workers.end_all()

    def close(self) -> None:
        """Keep that what is in hand was ended, and close the state database."""
        self.look_after(all_of_them=True)
        for asking in self.in_hand:
            self.desk.log_access(asking.session, asking.kind, ENDED, asking.person, asking.question)
        self.reruns.close()
        if self.workspace.state.exists():
            self.desk.evidence.make("stop")
        self.desk.close()


def _read(body: bytes) -> dict[str, Any]:
    try:
        question = json.loads(body)
    except (ValueError, RecursionError):
        question = None
    if not isinstance(question, dict):
        raise BadParameters("The custodian takes one JSON object.")
    return question


def serve(
    workspace: Workspace,
    *,
    idle_seconds: float = IDLE_SECONDS,
    listen: tuple[str, int] | None = None,
    certificate: Certificate | None = None,
) -> None:
    """Serve until idle (nothing asked and no living session), told to stop, or the workspace is gone.

    With ``listen``, a host and port (0: any that is free), other machines are answered too, and it is never idle.
    """
    guard_process()
    workers = Workers(HEAVY_MODULES)  # before there is a thread, and before anything is opened
    front = Front(take_place(workspace))
    custodian = CustodianServer(workspace, front, workers)
    front.begin()
    told = {"start": custodian.sessions.start}
    if listen is not None:
        host, port = listen
        shown = certificate or own_certificate(workspace.state, host)
        told |= {"address": _open_to_others(front, host, port, shown), "certificate": str(shown.chain)}
        idle_seconds = float("inf")
    front.open_here(socket_path(workspace))
    keep_serving(workspace, custodian, idle_seconds, **told)


def _open_to_others(front: Front, host: str, port: int, shown: Certificate) -> str:
    """The address at which other machines are answered."""
    shown.read()
    try:
        address = address_of(host, front.open_to_others(host, port, shown))
    except OSError as error:
        raise BadParameters(
            f"The custodian cannot listen on {host}, port {port}.",
            remedy="--listen HOST:PORT, of this machine and free",
        ) from error
    print(f"Serving other machines at {address}; its certificate is {shown.chain}", flush=True)
    return address


if __name__ == "__main__":
    raise SystemExit(run_as_process(serve))
