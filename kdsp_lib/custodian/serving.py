"""What the custodian and the relay have in common: a process that serves a workspace's socket while needed."""

from __future__ import annotations

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
from typing import Final, Protocol

from kdsp_lib.custodian.children import let_nobody_look_in
from kdsp_lib.custodian.start import socket_path
from kdsp_lib.errors import Broken, KdspError
from kdsp_lib.source.code import code_hash
from kdsp_lib.source.files import write_atomically
from kdsp_lib.source.workspace import Workspace, find_workspace

IDLE_SECONDS: Final = 600.0

log = logging.getLogger("kdsp.custodian")


class Serving(Protocol):
    """A service on the workspace's socket."""

    last_asked: float
    """When it was last asked anything, by the monotonic clock."""

    def is_in_use(self) -> bool:
        """Whether somebody who lives is connected."""

    def close(self) -> None:
        """Stop answering."""


def guard_process() -> None:
    """No core dumps, and no other process of the same person may look into this one."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    let_nobody_look_in()
    os.umask(0o077)


def keep_serving(workspace: Workspace, service: Serving, idle_seconds: float, **told: str) -> None:
    """Say beside the socket who serves it, and what else is to be ``told``; return when it is idle or told to stop."""
    path = socket_path(workspace)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    facts = {"pid": os.getpid(), "code": code_hash(), "workspace": str(workspace.root), **told}
    write_atomically(path.with_suffix(".json"), json.dumps(facts).encode())
    log.info("serving")
    while not stopping.wait(1.0):
        if not path.exists() or not workspace.state.exists():
            break
        if not service.is_in_use() and time.monotonic() - service.last_asked > idle_seconds:
            break
    log.info("stopping")
    service.close()


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
