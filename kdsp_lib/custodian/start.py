"""Starting, finding and stopping the custodian of a workspace. Light: it runs in every kernel's launcher."""

from __future__ import annotations

import fcntl
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from kdsp_lib.custodian.address import socket_folder
from kdsp_lib.custodian.children import end_tree
from kdsp_lib.errors import Broken, CustodianLost, KdspError
from kdsp_lib.source.code import code_hash, is_outdated
from kdsp_lib.source.files import make_folder, write_atomically
from kdsp_lib.source.workspace import Workspace

START_SECONDS = 60.0
WAIT_SECONDS: Final = 20.0
"""So long a custodian that stops waits for what is in hand, unless whoever stops it says otherwise."""
PLACE: Final = "place.lock"
WAIT: Final = ".wait"
ENDED: Final = ".ended"
"""Beside the socket: what is held by the process that serves it, how long to wait for it, and what it ended last."""
_MORE_SECONDS: Final = 15.0
_DETACHED = "import os, sys\nif os.fork() == 0: os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
"""A custodian serves everybody: it is nobody's child, to be ended with a kernel or a run that happened to start it."""


def socket_path(workspace: Workspace) -> Path:
    """Where the custodian of this workspace listens."""
    return socket_folder(workspace.root) / "custodian.sock"


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(2)
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


def facts(workspace: Workspace) -> dict[str, Any] | None:
    """What the running custodian wrote about itself (pid, code); None where none runs."""
    path = socket_path(workspace)
    if not _answers(path):
        return None
    try:
        found: dict[str, Any] = json.loads(path.with_suffix(".json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return found


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    with (folder / "start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def ensure_running(workspace: Workspace) -> Path:
    """The socket of a running custodian with this very code; starts one where there is none.

    Broken where none can be started, or where kdsp was changed since this process began: one started now would be of
    other code than this process, and one that runs may serve those who run what is there now.
    """
    try:
        return _ensured(workspace)
    except OSError as error:
        where = f" {error.filename}:" if error.filename else ""
        raise Broken(
            f"The custodian cannot be started:{where} {error.strerror or 'the machine refused'}.",
            remedy=f"make room, or allow writing, in {workspace.state} and {socket_path(workspace).parent}; then again",
        ) from error


def running_start(workspace: Workspace) -> str:
    """Which start the running custodian is, for a ticket to name; one is started where none runs."""
    ensure_running(workspace)
    return str((facts(workspace) or {}).get("start", ""))


def _ensured(workspace: Workspace) -> Path:
    path, mine = socket_path(workspace), code_hash()
    running = facts(workspace)
    if running and running.get("code") == mine:
        return path
    with _one_at_a_time(path.parent):
        running = facts(workspace)
        if running and running.get("code") == mine:
            return path
        if is_outdated():
            raise Broken("kdsp was changed while this ran, so nothing more is done.", remedy="run it again")
        if running and "address" in running:
            raise Broken(
                f"The custodian that serves other machines at {running['address']} is of another version of kdsp.",
                remedy="kdsp custodian stop, then start it again as it was: kdsp custodian serve --listen HOST:PORT",
            )
        if running:
            stop(workspace)
        _wait_for_its_end(path.parent)
        path.unlink(missing_ok=True)
        path.with_suffix(".json").unlink(missing_ok=True)
        _spawn(workspace)
    return path


def _spawn(workspace: Workspace) -> None:
    """Start one and wait until it has said who it is: until then, the next to look would start another beside it."""
    log_folder = workspace.state / "log"
    make_folder(log_folder)
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("KDSP_", "JPY_")) or name == "KDSP_CUSTODIAN_IDLE"
    }
    with (log_folder / "custodian.log").open("ab") as log:
        child = subprocess.Popen(
            [sys.executable, "-c", _DETACHED, "-m", _module(workspace), str(workspace.root)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
            cwd="/",
            env=environment,
        )
    assert child.stdout is not None
    child.wait()
    with child.stdout as reason:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            if facts(workspace) is not None:
                return
            if select.select([reason], [], [], 0.02)[0]:
                break
        else:
            os.killpg(child.pid, signal.SIGKILL)
        raise _why(reason.read(), log_folder / "custodian.log")


def _module(workspace: Workspace) -> str:
    """What serves the socket: the custodian, or where that is on another machine, the way to it."""
    return "kdsp_lib.custodian.server" if workspace.custodian is None else "kdsp_lib.custodian.relay"


def _why(said: bytes, log: Path) -> KdspError:
    """What a custodian that could not start printed; where it printed nothing, its log is all there is."""
    try:
        return KdspError.from_json(json.loads(said))
    except ValueError:
        return Broken("The custodian did not start.", remedy=f"read {log}")


def holder(folder: Path) -> int | None:
    """The process that serves the socket of this folder, or did until it was told to stop; None where there is none.

    Not for that process itself: it would give its place up.
    """
    try:
        with (folder / PLACE).open("r+") as place:
            fcntl.lockf(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return None
    except BlockingIOError:
        text = (folder / PLACE).read_text("ascii")
        return int(text) if text.isdecimal() else None
    return None


def _wait_for_its_end(folder: Path) -> None:
    """Wait for a custodian that is stopping: two of them would keep one ledger."""
    end = time.monotonic() + WAIT_SECONDS + _MORE_SECONDS
    while (pid := holder(folder)) is not None:
        if time.monotonic() > end:
            raise CustodianLost(
                f"The custodian (process {pid}) is stopping, and waits for what it is answering.",
                remedy="wait until it has ended, or end it now: kdsp custodian stop --wait 0",
            )
        time.sleep(0.05)


@dataclass(frozen=True, slots=True)
class Stopped:
    """How a custodian ended."""

    pid: int
    questions: Mapping[str, int]
    """How many were not answered any more, by whose they were."""
    releases: int
    """How many of them were about to enter a release, or to record that it was written."""
    was_killed: bool
    """Whether it did not end when it was told to."""


def stop(workspace: Workspace, wait: float = WAIT_SECONDS) -> Stopped | None:
    """Stop the custodian, and return when its process has gone; None where there was none.

    For what it is answering it waits so many seconds. Broken where the process does not end, or is somebody else's.
    """
    path = socket_path(workspace)
    running = facts(workspace)
    pid = int(running["pid"]) if running else holder(path.parent)
    if pid is None:
        return None
    was_killed = False
    try:
        handle = os.pidfd_open(pid)
        try:
            if running:
                write_atomically(path.with_suffix(WAIT), str(wait).encode())
                signal.pidfd_send_signal(handle, signal.SIGTERM)
            elif not _has_ended(handle, wait):  # it is stopping already; told again, it ends at once
                signal.pidfd_send_signal(handle, signal.SIGTERM)
            if not _has_ended(handle, (wait if running else 0) + _MORE_SECONDS):
                was_killed = True
                end_tree(pid)
                if not _has_ended(handle, _MORE_SECONDS):
                    raise _cannot_end(pid)
        finally:
            os.close(handle)
    except ProcessLookupError:
        pass  # it ended by itself meanwhile
    except PermissionError:
        raise _cannot_end(pid) from None
    ended = _ended(path, pid)
    return Stopped(pid, ended.get("questions", {}), ended.get("releases", 0), was_killed)


def _has_ended(handle: int, seconds: float) -> bool:
    looked_at = select.poll()
    looked_at.register(handle, select.POLLIN)
    return bool(looked_at.poll(seconds * 1000))


def _ended(path: Path, pid: int) -> dict[str, Any]:
    """What a custodian wrote last, if it came to that."""
    try:
        found = json.loads(path.with_suffix(ENDED).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return dict(found) if found.get("pid") == pid else {}


def _cannot_end(pid: int) -> Broken:
    return Broken(
        f"The custodian (process {pid}) does not end.",
        remedy=f"it belongs to another account, or the machine holds it: see `ps -o user,stat,wchan -p {pid}`",
    )
