"""What the custodian and the relay have in common: a process that serves a workspace's socket, and how it ends.

It ends in one way, whether it is told to, is idle or its workspace is gone: the doors are shut, no question is taken
any more, those in hand are waited for, and then the process ends, whatever still runs in it.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import logging
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, NoReturn, Protocol

from kdsp_lib.custodian.children import children_of, end_tree, let_nobody_look_in
from kdsp_lib.custodian.in_hand import InHand
from kdsp_lib.custodian.start import ENDED, PLACE, WAIT, WAIT_SECONDS, holder, socket_path
from kdsp_lib.errors import BadParameters, Broken, KdspError
from kdsp_lib.source.code import code_hash
from kdsp_lib.source.files import write_atomically
from kdsp_lib.source.workspace import Workspace, find_workspace

IDLE_SECONDS: Final = 600.0
_LAST_SECONDS: Final = 3.0
_FILES: Final = 4096

log = logging.getLogger("kdsp.custodian")


class Serving(Protocol):
    """A service on the workspace's socket."""

    last_asked: float
    """When it was last asked anything, by the monotonic clock."""
    in_hand: InHand

    def is_in_use(self) -> bool:
        """Whether somebody who lives is connected."""

    def look_after(self) -> None:
        """Do what is due now and then."""

    def shut(self) -> None:
        """Let nobody in, and take no question any more."""

    def end_work(self) -> None:
        """End what is worked at in other processes."""

    def close(self) -> None:
        """Keep that what is in hand was ended, and close what is open."""


def guard_process() -> None:
    """No core dumps, and no other process of the same person may look into this one; files for all who connect."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    let_nobody_look_in()
    os.umask(0o077)
    few, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if few < _FILES:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(_FILES, most) if most > 0 else _FILES, most))


def take_place(workspace: Workspace) -> Path:
    """Be the one process that serves this workspace, until it ends; the folder of its socket.

    What an earlier one left there is taken away. BadParameters where there is one still, if only to end.
    """
    path = socket_path(workspace)
    place = os.open(path.parent / PLACE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.lockf(place, fcntl.LOCK_EX | fcntl.LOCK_NB)  # until the process ends; no child of it inherits this one
    except BlockingIOError:
        raise BadParameters(
            f"A custodian runs for this workspace already (process {holder(path.parent)}), if only to end.",
            remedy="kdsp custodian stop",
        ) from None
    os.ftruncate(place, 0)
    os.pwrite(place, str(os.getpid()).encode(), 0)
    for name in (path, *(path.with_suffix(each) for each in (".json", WAIT, ENDED))):
        name.unlink(missing_ok=True)
    return path.parent


def keep_serving(workspace: Workspace, service: Serving, idle_seconds: float, **told: str) -> NoReturn:
    """Say beside the socket who serves it, and what else is to be ``told``; end when idle or told to stop.

    Told twice, it ends at once.
    """
    path = socket_path(workspace)
    stopping, at_once = threading.Event(), threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: (at_once if stopping.is_set() else stopping).set())
    facts = {"pid": os.getpid(), "code": code_hash(), "workspace": str(workspace.root), **told}
    write_atomically(path.with_suffix(".json"), json.dumps(facts).encode())
    log.info("serving")
    while not stopping.wait(1.0):
        if not path.exists() or not workspace.state.exists():
            break
        service.look_after()
        in_use = service.in_hand or service.is_in_use()
        if not in_use and time.monotonic() - service.last_asked > idle_seconds:
            break
    stopping.set()
    _end(service, path, at_once)


def _end(service: Serving, path: Path, at_once: threading.Event) -> NoReturn:
    """Shut the doors, wait for what is in hand, end the process."""
    log.info("stopping")
    _in_time(service.shut)
    wait = _wait(path)
    _until(lambda: not service.in_hand or at_once.is_set(), wait)
    ended = service.in_hand.told()
    service.end_work()
    for child in children_of(os.getpid()):
        end_tree(child)
    if service.in_hand:
        _until(lambda: not service.in_hand, 0 if at_once.is_set() else 1)  # for those who worked in processes of theirs
        log.info("ended: %s", json.dumps(ended))
    _in_time(service.close)
    with contextlib.suppress(OSError):
        path.with_suffix(".json").unlink(missing_ok=True)
        write_atomically(path.with_suffix(ENDED), json.dumps({"pid": os.getpid(), **ended}).encode())
    log.info("ended")
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(0)  # no thread that still computes, here or in Arrow, is waited for


def _wait(path: Path) -> float:
    """How long whoever stops it wants to wait for what is in hand."""
    try:
        return float(path.with_suffix(WAIT).read_text("ascii"))
    except (OSError, ValueError):
        return WAIT_SECONDS


def _until(holds: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.02)


def _in_time(do: Callable[[], None]) -> None:
    """Do it, but wait for it no longer than it may take: the process ends in any case."""

    def tried() -> None:
        try:
            do()
        except Exception as error:  # noqa: BLE001 - whatever it is, the process ends
            log.warning("while ending: %s", type(error).__name__)

    doing = threading.Thread(target=tried, daemon=True)
    doing.start()
    doing.join(_LAST_SECONDS)


def run_as_process(serve: Callable[..., None]) -> int:
    """Serve the workspace named on the command line. What keeps it from serving is printed, for whoever started it."""
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
