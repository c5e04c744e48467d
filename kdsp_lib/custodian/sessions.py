"""Who is connected: sessions opened by tickets, each bound to a person, a scope and at most one report."""

from __future__ import annotations

import datetime as dt
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast, get_args

from kdsp_lib.custodian.children import is_running
from kdsp_lib.custodian.ticket import TICKET_SECONDS, Level, Scope, mint, verify
from kdsp_lib.custodian.token import Token
from kdsp_lib.errors import BadParameters, CustodianLost, KdspError, NotAuthorised
from kdsp_lib.source.code import code_hash

_LARGEST_PID = 2**31 - 1
_LONGEST_RUN = 64
_START = 16
_FAR_SECONDS = 6 * 3600.0
"""How long a session of another machine is kept without a question: whether its process lives cannot be seen."""


@dataclass(slots=True)
class Session:
    """One connection. A notebook's session opens one report and no other."""

    id: str
    person: str
    scope: str
    run: str
    confinement: Level
    pid: int
    token: str = ""
    """By which another machine opened it; its process is none of this machine's."""
    uid: int = -1
    """The account of the process that opened it, as the system knows it; -1 of another machine's."""
    report: Any = None
    last_asked: float = field(default_factory=time.monotonic)
    about: str = ""
    """The id of the release that it reruns."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def is_alive(self) -> bool:
        """Whether the process that opened it still runs; of another machine, whether it asked within hours."""
        if self.token:
            return time.monotonic() - self.last_asked < _FAR_SECONDS
        return self.pid > 0 and is_running(self.pid)


class Sessions:
    """All sessions of one custodian. A ticket opens one session, once.

    Tickets and ids of sessions name the start of the custodian that they are for, so that those of an earlier one are
    told so. It lets nobody in: only a ticket that was signed, or an id that is open here, does.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self.start = secrets.token_hex(_START // 2)
        self._open: dict[str, Session] = {}
        self._used: dict[str, float] = {}
        self._lock = threading.Lock()

    def ticket_for(self, token: Token, wanted: Mapping[str, Any], now: dt.datetime) -> str:
        """A ticket for who showed a token: of its person, for the scope, run and confinement that they state.

        They state the confinement of a kernel on their own machine, as who starts one on this machine does.
        """
        token.refuse_unless_it_stands(now)
        if wanted.get("code") != code_hash():
            raise BadParameters(
                "This machine has another version of kdsp than the custodian.", remedy="install the same on both"
            )
        scope, run, level = (wanted.get(key) for key in ("scope", "run", "confinement"))
        if scope not in get_args(Scope) or level not in get_args(Level) or not _is_run(run):
            raise BadParameters("A ticket is for a scope, a run and a confinement.")
        return mint(
            self._secret,
            person=token.person,
            scope=cast("Scope", scope),
            run=str(run),
            confinement=cast("Level", level),
            nonce=secrets.token_hex(16),
            expires=now.timestamp() + TICKET_SECONDS,
            start=self.start,
            token=token.id,
        )

    def open(self, ticket: str, pid: int, uid: int = -1) -> Session:
        """A session for a good ticket. Forged, expired and used ones are refused; of an earlier start, told so.

        What was minted with the secret opens none for another machine, which can have come by it in no good way.
        """
        now = time.time()
        found = verify(self._secret, ticket, now)
        if uid < 0 and not found.token:
            raise NotAuthorised("This ticket is for a process of the custodian's machine.", remedy="get one by a token")
        if found.start != self.start:
            raise _restarted()
        with self._lock:
            self._used = {nonce: end for nonce, end in self._used.items() if end > now}
            if found.nonce in self._used:
                raise NotAuthorised(
                    "This ticket was used before.", remedy="restart the kernel: it gets a ticket of its own"
                )
            self._used[found.nonce] = found.expires
            name = f"{self.start}.{secrets.token_urlsafe(24)}"
            session = Session(name, found.person, found.scope, found.run, found.confinement, pid, found.token, uid)
            self._open[session.id] = session
        return session

    def named(self, session_id: object, scope: str) -> Session:
        """The session of that id, if it may do what ``scope`` may."""
        with self._lock:
            session = self._open.get(session_id) if isinstance(session_id, str) else None
        if session is None:
            raise self._unknown(session_id)
        if session.scope != scope:
            raise NotAuthorised(f"A {session.scope} may not ask this.", remedy="use `kdsp run`")
        session.last_asked = time.monotonic()
        return session

    def _unknown(self, session_id: object) -> KdspError:
        mark, dot, _ = session_id.partition(".") if isinstance(session_id, str) else ("", "", "")
        if dot and len(mark) == _START and mark != self.start:
            return _restarted()
        return NotAuthorised("The custodian knows no such session.", remedy="restart the kernel")

    def is_open(self, session: Session) -> bool:
        """Whether it has not ended."""
        return self._open.get(session.id) is session

    def close(self, session: Session) -> None:
        """End a session; what is worked at for it ends with it."""
        with self._lock:
            self._open.pop(session.id, None)

    def end_run(self, runner: Session) -> None:
        """End a runner's session with those of its run's notebooks, and what is worked at for them."""
        run = (runner.person, runner.run)
        with self._lock:
            self._open = {key: each for key, each in self._open.items() if (each.person, each.run) != run}

    def forget_the_dead(self) -> int:
        """Drop sessions whose process ended; how many are left."""
        with self._lock:
            self._open = {key: session for key, session in self._open.items() if session.is_alive()}
            return len(self._open)


def _restarted() -> CustodianLost:
    return CustodianLost(
        "The custodian was restarted since this began; it is no answer to what was asked.",
        remedy="restart the kernel and run the notebook again, or `kdsp run` again",
    )


def positive_pid(value: object) -> int:
    """A process id as a client states it. It only keeps the custodian from stopping while that process lives."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= _LARGEST_PID:
        raise BadParameters("hello needs the caller's process id.")
    return value


def _is_run(value: object) -> bool:
    """Whether this can be a run's name; a notebook that is of no run has an empty one."""
    return isinstance(value, str) and len(value) <= _LONGEST_RUN and value.isascii()
