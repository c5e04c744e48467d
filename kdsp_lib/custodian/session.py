"""This process's session with the custodian, where `open_report` finds it."""

from __future__ import annotations

import os
import secrets
import sys
import tempfile
import time
from typing import TYPE_CHECKING

from kdsp_lib.custodian import confinement
from kdsp_lib.errors import KdspError

if TYPE_CHECKING:
    from pathlib import Path

    from kdsp_lib.custodian.client import Connection
    from kdsp_lib.custodian.ticket import Level, Scope
    from kdsp_lib.source.workspace import Workspace

_connection: Connection | None = None
_problem: KdspError | None = None


def hold(connection: Connection) -> None:
    """Keep the session that this process was started with."""
    global _connection
    _connection = connection


def hold_problem(problem: KdspError) -> None:
    """Keep the reason why this process has no session, to be raised when it asks for one."""
    global _problem
    _problem = problem


def current() -> Connection:
    """The session. A confined kernel was started with one; any other process opens one now, as it can read the secret.

    Raises what kept the launcher from opening it, or BadParameters where full confinement is required and absent.
    """
    if _problem is not None:
        raise _problem
    if _connection is None:
        confinement.refuse_unless_enough(_late_confinement(), required=confinement.is_required() and not _run())
        hold(_open_late())
    assert _connection is not None
    return _connection


def notebook_ticket(workspace: Workspace, level: Level) -> str:
    """A ticket for the session of a notebook so confined, for whoever asks on this machine, within the run it is of."""
    return ticket_of_run(workspace, level, _run())


def ticket_of_run(workspace: Workspace, level: Level, run: str) -> str:
    """A ticket for the session of a notebook so confined, within this run."""
    return _ticket(workspace, "notebook", run, level)


def _run() -> str:
    """The run towards a release that this process is part of. What is confined too little, its custodian refuses."""
    return os.environ.get("KDSP_RUN", "")


def runner_ticket(workspace: Workspace, run: str) -> str:
    """A ticket for whoever runs a notebook to a release on this machine. No cell runs in a runner."""
    return _ticket(workspace, "runner", run, "none")


def rerunner_ticket(workspace: Workspace, run: str) -> str:
    """A ticket for whoever makes a release again to check it: nothing can be released with it."""
    return _ticket(workspace, "rerunner", run, "none")


def _ticket(workspace: Workspace, scope: Scope, run: str, level: Level) -> str:
    """A ticket minted with the secret; where the custodian is on another machine, one that it gives for the token."""
    if workspace.custodian is not None:
        from kdsp_lib.custodian.client import ask_for_ticket
        from kdsp_lib.custodian.start import ensure_running

        return ask_for_ticket(ensure_running(workspace), workspace.custodian.token(), scope, run, level)
    from kdsp_lib.custodian.secret import read_secret
    from kdsp_lib.custodian.start import running_start
    from kdsp_lib.custodian.ticket import TICKET_SECONDS, mint

    return mint(
        read_secret(workspace.state),
        person=workspace.requester,
        scope=scope,
        run=run,
        confinement=level,
        nonce=secrets.token_hex(16),
        expires=time.time() + TICKET_SECONDS,
        start=running_start(workspace),
    )


def _open_late() -> Connection:
    from kdsp_lib.custodian.client import connect
    from kdsp_lib.custodian.scratch import make_scratch
    from kdsp_lib.custodian.start import ensure_running
    from kdsp_lib.source.workspace import find_workspace

    workspace = find_workspace()
    socket = ensure_running(workspace)
    ticket = notebook_ticket(workspace, _late_confinement())
    if not _is_kernel():
        return connect(socket, ticket)
    scratch = make_scratch(workspace.root)
    confinement.confine_files(confinement.grants(scratch, None))
    connection = connect(socket, ticket)
    _move_to(scratch)
    confinement.confine_calls()
    return connection


def _late_confinement() -> Level:
    """What becomes of a process that asks without the `kdsp` kernel's launcher; a plain script is left as it is."""
    return confinement.obtainable(late=True) if _is_kernel() else "none"


def _is_kernel() -> bool:
    """Whether cells run in this process."""
    module = sys.modules.get("ipykernel.kernelapp")
    return module is not None and bool(module.IPKernelApp.initialized())


def _move_to(scratch: Path) -> None:
    os.environ.update({"TMPDIR": str(scratch), "MPLCONFIGDIR": str(scratch / "matplotlib")})
    tempfile.tempdir = str(scratch)
    os.chdir(scratch)
