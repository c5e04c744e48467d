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
from dataclasses import dataclass
from typing import Any

from pyarrow import flight

from kdsp_lib.custodian.access_log import ANSWERED
from kdsp_lib.custodian.certificate import Certificate, own_certificate
from kdsp_lib.custodian.desk import Desk
from kdsp_lib.custodian.reruns import Reruns
from kdsp_lib.custodian.secret import read_secret
from kdsp_lib.custodian.serving import IDLE_SECONDS, guard_process, keep_serving, run_as_process
from kdsp_lib.custodian.sessions import Session, Sessions, positive_pid
from kdsp_lib.custodian.start import socket_path
from kdsp_lib.custodian.token import Tokens
from kdsp_lib.custodian.workers import Workers, asked_by
from kdsp_lib.errors import BadParameters, Broken, KdspError, traceback_without_figures
from kdsp_lib.register.database import Database
from kdsp_lib.source.remote import address_of
from kdsp_lib.source.workspace import Workspace

LARGEST_QUESTION = 256 * 1024
HEAVY_MODULES = ("duckdb", "ibis", "ibis.backends.duckdb", "pandas", "scipy.optimize", "scipy.sparse.linalg")
"""What each worker would import otherwise."""

log = logging.getLogger("kdsp.custodian")


class CustodianServer(flight.FlightServerBase):  # type: ignore[misc]
    """Routes actions to the desk. Anything but an action is refused by Flight itself."""

    def __init__(self, workspace: Workspace, location: str, workers: Workers | None = None) -> None:
        self.workspace, self.workers = workspace, workers
        self.sessions = Sessions(read_secret(workspace.state))
        self.desk = Desk(workspace, workers)
        self.desk.evidence.check()
        self.desk.evidence.make("start")
        self.tokens = Tokens(Database(workspace.database))
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
        super().__init__(location)

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
        if body.size > LARGEST_QUESTION:
            raise BadParameters("The question is too long.", remedy=f"at most {LARGEST_QUESTION // 1024} KiB")
        question = _read(body.to_pybytes())
        if kind not in ("ticket", "hello", *self._actions):
            raise BadParameters(f"The custodian has no action {kind[:40]!r}.", remedy=", ".join(self._actions))
        asking = _Asking()
        try:
            with asked_by(lambda: context.is_cancelled() or self._is_closed(asking.session)):
                answer = self._answer_to(kind, question, asking)
        except Exception as error:
            self.desk.log_access(asking.session, kind, getattr(error, "code", Broken.code), asking.person)
            raise
        self.desk.log_access(asking.session, kind, ANSWERED, asking.person)
        return answer

    def _answer_to(self, kind: str, question: Mapping[str, Any], asking: _Asking) -> Mapping[str, Any]:
        if kind == "ticket":
            self.desk.evidence.check_chain("token")
            token = self.tokens.shown(str(question.get("token", "")))
            asking.person = token.person
            return {"ticket": self.sessions.ticket_for(token, question, dt.datetime.now(dt.UTC))}
        if kind == "hello":
            session = self.sessions.open(str(question.get("ticket", "")), positive_pid(question.get("pid")))
            asking.session = session
            self._check_token(session)
            return {"session": session.id, "scope": session.scope, "person": session.person}
        scope, do = self._actions[kind]
        session = asking.session = self.sessions.named(question.get("session"), scope)
        self._check_token(session)
        if kind in ("close", "end"):  # what its session is waiting for is ended by it
            return do(session, question)
        with session.lock:
            return do(session, question)

    def _is_closed(self, session: Session | None) -> bool:
        """Whether a session is over, or its process is: what is worked at for it is wanted by nobody."""
        return session is not None and not (self.sessions.is_open(session) and session.is_alive())

    def _check_token(self, session: Session) -> None:
        """A session of another machine ends with the token that it was opened by."""
        if session.token:
            self.desk.evidence.check_chain("token")
            self.tokens.refuse_unless_it_stands(session.token, dt.datetime.now(dt.UTC))

    def _at(self, session: Session) -> Desk:
        return self.reruns.desk_of(session)

    def _close(self, session: Any, _question: Mapping[str, Any]) -> Mapping[str, Any]:
        self.sessions.close(session)
        return {}

    def _end(self, session: Any, _question: Mapping[str, Any]) -> Mapping[str, Any]:
        self.sessions.end_run(session)
        self.desk.runs.end(session)
        return {}

    # What keeps it serving

    def is_in_use(self) -> bool:
        """Whether a session is open whose process lives."""
        return self.sessions.forget_the_dead() > 0

    def close(self) -> None:
        """Stop answering, end all work, and close the state database."""
        if self.workers is not None:
            self.workers.end_all()
        self.shutdown()
        self.reruns.close()
        if self.workspace.state.exists():
            self.desk.evidence.make("stop")
        self.desk.close()


class NetworkDoor(flight.FlightServerBase):  # type: ignore[misc]
    """The same counter for other machines, by TLS alone: who has no token or ticket gets no further than here."""

    def __init__(self, custodian: CustodianServer, address: str, certificate: Certificate) -> None:
        self._custodian = custodian
        super().__init__(address, tls_certificates=[certificate.read()])

    def do_action(self, context: object, action: Any) -> Iterator[Any]:
        """Answer as the custodian answers on its own machine."""
        return self._custodian.do_action(context, action)


@dataclass(slots=True)
class _Asking:
    """Whose question it is, as soon as that is known."""

    session: Session | None = None
    person: str = ""
    """By the token, where there is no session yet."""


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
    custodian = CustodianServer(workspace, f"grpc+unix://{socket_path(workspace)}", workers)
    if listen is None:
        keep_serving(workspace, custodian, idle_seconds, start=custodian.sessions.start)
        return
    host, port = listen
    shown = certificate or own_certificate(workspace.state, host)
    try:
        door = NetworkDoor(custodian, address_of(host, port), shown)
    except (flight.FlightError, OSError) as error:
        raise BadParameters(
            f"The custodian cannot listen on {host}, port {port}.",
            remedy="--listen HOST:PORT, of this machine and free",
        ) from error
    address = address_of(host, door.port)
    print(f"Serving other machines at {address}; its certificate is {shown.chain}", flush=True)
    told = {"address": address, "certificate": str(shown.chain), "start": custodian.sessions.start}
    keep_serving(workspace, custodian, float("inf"), **told)
    door.shutdown()


if __name__ == "__main__":
    raise SystemExit(run_as_process(serve))
