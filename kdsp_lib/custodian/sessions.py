"""Who is connected: sessions opened by tickets, each bound to a person, a scope and at most one report."""

from __future__ import annotations

import os
import secrets
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from kdsp_lib.custodian.ticket import Level, verify
from kdsp_lib.errors import BadParameters, CustodianLost, KdspError, NotAuthorised

_LARGEST_PID = 2**31 - 1
_MARK = 16


@dataclass(slots=True)
class Session:
    """One connection. A notebook's session opens one report and no other."""

    id: str
    person: str
    scope: str
    run: str
    confinement: Level
    pid: int
    report: Any = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def is_alive(self) -> bool:
        """Whether the process that opened it still runs."""
        if self.pid <= 0:
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True


class Sessions:
    """All sessions of one custodian. A ticket opens one session, once.

    An id begins with the mark of the custodian that gave it, so that a session of an earlier one is told so. The mark
    lets nobody in: only an id that is open here does.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._mark = secrets.token_hex(_MARK // 2)
        self._open: dict[str, Session] = {}
        self._used: dict[str, float] = {}
        self._lock = threading.Lock()

    def open(self, ticket: str, pid: int) -> Session:
        """A session for a good ticket. Forged, expired and used tickets are refused alike."""
        now = time.time()
        found = verify(self._secret, ticket, now)
        with self._lock:
            self._used = {nonce: end for nonce, end in self._used.items() if end > now}
            if found.nonce in self._used:
                raise NotAuthorised(
                    "This ticket was used before.", remedy="restart the kernel: it gets a ticket of its own"
                )
            self._used[found.nonce] = found.expires
            name = f"{self._mark}.{secrets.token_urlsafe(24)}"
            session = Session(name, found.person, found.scope, found.run, found.confinement, pid)
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
        return session

    def _unknown(self, session_id: object) -> KdspError:
        mark, dot, _ = session_id.partition(".") if isinstance(session_id, str) else ("", "", "")
        if dot and len(mark) == _MARK and mark != self._mark:
            return CustodianLost(
                "The custodian was restarted while this was open; it is no answer to what was asked.",
                remedy="restart the kernel and run the notebook again, or `kdsp run` again",
            )
        return NotAuthorised("The custodian knows no such session.", remedy="restart the kernel")

    def close(self, session: Session) -> None:
        """End a session."""
        with self._lock:
            self._open.pop(session.id, None)

    def forget_the_dead(self) -> int:
        """Drop sessions whose process ended; how many are left."""
        with self._lock:
            self._open = {key: session for key, session in self._open.items() if session.is_alive()}
            return len(self._open)


def positive_pid(value: object) -> int:
    """A process id as a client states it. It only keeps the custodian from stopping while that process lives."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= _LARGEST_PID:
        raise BadParameters("hello needs the caller's process id.")
    return value
