"""The custodian as an Arrow Flight service on a Unix socket: `python -m kdsp_lib.custodian.server WORKSPACE`.

It alone reads pupils' data. Every action takes and gives one JSON object; an error crosses as data. What goes wrong
inside becomes a reference and a traceback in the log, never text that a notebook sees.
"""

from __future__ import annotations

import ctypes
import json
import logging
import os
import resource
import secrets
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyarrow import flight

from kdsp_lib.custodian.access_log import ANSWERED
from kdsp_lib.custodian.desk import Desk
from kdsp_lib.custodian.secret import read_secret
from kdsp_lib.custodian.sessions import Session, Sessions, positive_pid
from kdsp_lib.custodian.start import socket_path
from kdsp_lib.errors import BadParameters, Broken, KdspError, traceback_without_figures
from kdsp_lib.source.code import code_hash
from kdsp_lib.source.files import write_atomically
from kdsp_lib.source.workspace import Workspace, find_workspace

LARGEST_QUESTION = 256 * 1024
IDLE_SECONDS = 600.0
_PR_SET_DUMPABLE = 4

log = logging.getLogger("kdsp.custodian")


class CustodianServer(flight.FlightServerBase):  # type: ignore[misc]
    """Routes actions to the desk. Anything but an action is refused by Flight itself."""

    def __init__(self, workspace: Workspace, location: str) -> None:
        self.workspace = workspace
        self.sessions = Sessions(read_secret(workspace.state))
        self.desk = Desk(workspace)
        self.last_asked = time.monotonic()
        self._actions: dict[str, tuple[str, Callable[[Any, Mapping[str, Any]], Mapping[str, Any]]]] = {
            "open": ("notebook", self.desk.open),
            "tables": ("notebook", self.desk.tables),
            "so-far": ("notebook", self.desk.so_far),
            "pupils": ("notebook", self.desk.pupils),
            "lists": ("notebook", self.desk.lists),
            "contents": ("notebook", self.desk.contents),
            "close": ("notebook", self._close),
            "begin": ("runner", self.desk.begin),
            "outcome": ("runner", self.desk.outcome),
            "release": ("runner", self.desk.release),
            "written": ("runner", self.desk.written),
            "status": ("runner", self.desk.status),
            "where-used": ("runner", self.desk.where_used),
        }
        super().__init__(location)

    def do_action(self, context: object, action: Any) -> Iterator[Any]:  # noqa: ARG002
        """Answer one action with one JSON object: ``{"answer": ...}`` or ``{"error": ...}``."""
        self.last_asked = time.monotonic()
        try:
            text = {"answer": self._answer(action.type, action.body)}
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

    def _answer(self, kind: str, body: Any) -> Mapping[str, Any]:
        if body.size > LARGEST_QUESTION:
            raise BadParameters("The question is too long.", remedy=f"at most {LARGEST_QUESTION // 1024} KiB")
        question = _read(body.to_pybytes())
        if kind not in ("hello", *self._actions):
            raise BadParameters(f"The custodian has no action {kind[:40]!r}.", remedy=", ".join(self._actions))
        asking = _Asking()
        try:
            answer = self._answer_to(kind, question, asking)
        except Exception as error:
            self.desk.log_access(asking.session, kind, getattr(error, "code", Broken.code))
            raise
        self.desk.log_access(asking.session, kind, ANSWERED)
        return answer

    def _answer_to(self, kind: str, question: Mapping[str, Any], asking: _Asking) -> Mapping[str, Any]:
        if kind == "hello":
            session = self.sessions.open(str(question.get("ticket", "")), positive_pid(question.get("pid")))
            asking.session = session
            return {"session": session.id, "scope": session.scope}
        scope, do = self._actions[kind]
        session = asking.session = self.sessions.named(question.get("session"), scope)
        with session.lock:
            return do(session, question)

    def _close(self, session: Any, _question: Mapping[str, Any]) -> Mapping[str, Any]:
        self.sessions.close(session)
        return {}


@dataclass(slots=True)
class _Asking:
    """Whose question it is, as soon as that is known."""

    session: Session | None = None


def _read(body: bytes) -> dict[str, Any]:
    try:
        question = json.loads(body)
    except (ValueError, RecursionError):
        question = None
    if not isinstance(question, dict):
        raise BadParameters("The custodian takes one JSON object.")
    return question


def _guard_process() -> None:
    """No core dumps, and no other process of the same person may look into this one."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    os.umask(0o077)


def serve(workspace: Workspace, *, idle_seconds: float = IDLE_SECONDS) -> None:
    """Serve until idle (nothing asked and no living session), told to stop, or the workspace is gone."""
    _guard_process()
    path = socket_path(workspace)
    server = CustodianServer(workspace, f"grpc+unix://{path}")
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    facts = {"pid": os.getpid(), "code": code_hash(), "workspace": str(workspace.root)}
    write_atomically(path.with_suffix(".json"), json.dumps(facts).encode())
    log.info("serving")
    while not stopping.wait(1.0):
        if not path.exists() or not workspace.state.exists():
            break
        living = server.sessions.forget_the_dead()
        if not living and time.monotonic() - server.last_asked > idle_seconds:
            break
    log.info("stopping")
    server.shutdown()
    server.desk.close()


def main() -> int:
    """Run as a process of its own. What keeps it from serving is printed, for whoever started it to say."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    idle = float(os.environ.get("KDSP_CUSTODIAN_IDLE", IDLE_SECONDS))
    try:
        serve(find_workspace(Path(sys.argv[1])), idle_seconds=idle)
    except KdspError as error:
        print(json.dumps(error.to_json()), flush=True)
        return error.exit_code
    except OSError as error:
        where = f" {error.filename}:" if error.filename else ""
        broken = Broken(
            f"The custodian cannot serve:{where} {error.strerror or 'the machine refused'}.",
            remedy="make room, or allow writing, in the workspace's state; then again",
        )
        print(json.dumps(broken.to_json()), flush=True)
        return broken.exit_code
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
