"""What a forked process does: it takes over what it was given, gives up all else, and runs cells. It never returns."""

from __future__ import annotations

import asyncio
import json
import os
import random
import resource
import signal
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from kdsp_lib.custodian.confined import give_up
from kdsp_lib.custodian.kernel import environment
from kdsp_lib.errors import KdspError
from kdsp_lib.run.frames import PROBLEM, READY, REPLY
from kdsp_lib.run.shell import Pipe, PipedZMQShell, run_cell, show_down


def become_report(reading: int, writing: int, shell: PipedZMQShell) -> NoReturn:
    """Run the report that is read from one pipe, and show it down the other; then end."""
    try:
        _run(*take_over(reading, writing), shell)
    finally:
        os._exit(0)


def take_over(reading: int, writing: int) -> tuple[dict[str, Any], int]:
    """Read what was given; every descriptor is closed but one to write to, and the three that everybody expects."""
    with os.fdopen(reading, "rb") as pipe:
        given: dict[str, Any] = json.loads(pipe.read())
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    kept = os.dup2(writing, 3) if writing != 3 else 3
    os.set_inheritable(kept, False)
    os.closerange(4, os.sysconf("SC_OPEN_MAX"))
    return given, kept


def begin(scratch: Path, before: Mapping[str, str]) -> None:
    """A process like any other: its own session, its own environment, nothing drawn at random that another draws."""
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.update(environment(scratch, before))
    tempfile.tempdir = None
    _draw_anew()


def _run(given: dict[str, Any], writing: int, shell: PipedZMQShell) -> None:
    pipe, scratch, cells = Pipe(writing), Path(given["scratch"]), given["cells"]
    begin(scratch, os.environ)
    _limit_work(given["seconds"])
    try:
        give_up(given, scratch, None)
    except KdspError as error:
        pipe.send(PROBLEM, error.to_json())
        return
    given.clear()
    show_down(pipe, shell)
    pipe.send(READY, {})
    asyncio.new_event_loop().run_until_complete(_run_cells(cells, pipe, shell))


def _draw_anew() -> None:
    """What is drawn at random in one report must say nothing of what is drawn in another of the same process."""
    random.seed()
    np.random.seed()


def _limit_work(seconds: int) -> None:
    """Whoever watches the time may be killed: then this ends it, after as much as all processors do in the time."""
    most = seconds * (os.cpu_count() or 1)
    resource.setrlimit(resource.RLIMIT_CPU, (most, most))


async def _run_cells(cells: list[dict[str, Any]], pipe: Pipe, shell: PipedZMQShell) -> None:
    for cell in cells:
        pipe.cell = cell["place"]
        error = await run_cell(shell, cell["source"])
        pipe.send(REPLY, {"error": error, "count": shell.execution_count - 1})
        if (error and not cell["may_raise"]) or shell.exit_now:
            return
