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
    from kdsp_lib.custodian.ticket import Scope
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
        confinement.refuse_unless_enough("partial" if _is_kernel() else "none")
        hold(_open_late())
    assert _connection is not None
    return _connection


def confinement_status() -> confinement.Level:
    """How this process is confined: full, partial or none."""
    return confinement.status()


def notebook_ticket(workspace: Workspace) -> str:
    """A ticket for one notebook's session, for whoever asks on this machine, as part of the run that started it."""
    return _ticket(workspace, "notebook", os.environ.get("KDSP_RUN", ""))


def runner_ticket(workspace: Workspace, run: str) -> str:
    """A ticket for whoever runs a notebook to a release on this machine."""
    return _ticket(workspace, "runner", run)


def _ticket(workspace: Workspace, scope: Scope, run: str) -> str:
    from kdsp_lib.custodian.secret import read_secret
    from kdsp_lib.custodian.ticket import TICKET_SECONDS, mint

    return mint(
        read_secret(workspace.state),
        person=workspace.requester,
        scope=scope,
        run=run,
        nonce=secrets.token_hex(16),
        expires=time.time() + TICKET_SECONDS,
    )


def _open_late() -> Connection:
    from kdsp_lib.custodian.client import connect
    from kdsp_lib.custodian.scratch import make_scratch
    from kdsp_lib.custodian.start import ensure_running
    from kdsp_lib.source.workspace import find_workspace

    workspace = find_workspace()
    socket = ensure_running(workspace)
    ticket = notebook_ticket(workspace)
    if not _is_kernel():
        return connect(socket, ticket)
    scratch = make_scratch(workspace.root)
    confinement.confine_late(scratch)
    connection = connect(socket, ticket)
    _move_to(scratch)
    confinement.confine_calls()
    return connection


def _is_kernel() -> bool:
    """Whether cells run in this process; a plain script is left as it is."""
    module = sys.modules.get("ipykernel.kernelapp")
    return module is not None and bool(module.IPKernelApp.initialized())


def _move_to(scratch: Path) -> None:
    os.environ.update({"TMPDIR": str(scratch), "MPLCONFIGDIR": str(scratch / "matplotlib")})
    tempfile.tempdir = str(scratch)
    os.chdir(scratch)
