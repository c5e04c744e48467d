"""The warm engine: each report's cells run in a confined fork of a process that has imported all that they use.

The warm process is a separate one, started afresh: neither the custodian's secret nor anything else that is read here
is in its memory, or in a fork's. A fork is given its ticket and its cells through a pipe, confines itself as the kernel
does, and shows down another pipe what its cells show.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import socket
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import DEVNULL, Popen
from typing import Any

from kdsp_lib.custodian.children import end_tree
from kdsp_lib.custodian.confinement import obtainable
from kdsp_lib.custodian.kernel import environment
from kdsp_lib.custodian.removal import remove_folder
from kdsp_lib.custodian.scratch import make_scratch
from kdsp_lib.custodian.session import ticket_of_run
from kdsp_lib.custodian.start import ensure_running
from kdsp_lib.errors import Broken
from kdsp_lib.run.prepared import prepared
from kdsp_lib.run.scratch_folder import scratch_of
from kdsp_lib.run.watching import Watch
from kdsp_lib.run.zygote import DONE, END, FORK, REPORTS, SERVE
from kdsp_lib.source.workspace import Workspace

_START_SECONDS, _END_SECONDS = 60.0, 30.0

_lock = threading.Lock()
_warm: dict[str, Forking] = {}
"""This process's own, or lent to it, by what they fork."""


def execute_warm(
    notebook: Path, parameters: Mapping[str, str | None], workspace: Workspace, run: str
) -> dict[str, Any]:
    """Execute a notebook in a confined fork and return it as nbformat's mapping. Its failures are CellFailed."""
    made = prepared(notebook, parameters)
    run_cells(made["cells"], workspace, run).check()
    return made


def run_cells(cells: list[dict[str, Any]], workspace: Workspace, run: str) -> Watch:
    """Run a notebook's cells in a confined fork, and keep in them what they show. CellFailed at a limit."""
    watch = Watch(cells, workspace.limits)
    with _lock, scratch_of(workspace) as scratch:
        warm = warm_process(workspace.root)
        given = {
            "socket": str(ensure_running(workspace)),
            "ticket": ticket_of_run(workspace, obtainable(), run),
            "scratch": str(scratch),
            "private": [str(path) for path in workspace.private],
            "memory_mib": workspace.limits.memory_mib,
            "seconds": workspace.limits.seconds,
            "cells": watch.to_run,
        }
        with warm.fork(json.dumps(given).encode()) as fork:
            watch.until_it_ends(fork.reading, fork.process)
    return watch


def warm_process(root: Path, what: str = REPORTS) -> Forking:
    """The warm process of this one that forks this; started where there is none, or where it can no longer be used."""
    if what not in _warm or not _warm[what].is_usable():
        end_warm_process(what)
        _warm[what] = WarmProcess(root, what)
    return _warm[what]


def lent_process(root: Path) -> socket.socket:
    """The warm process of this one, for another to use as its own by this socket: that ends what is forked for it."""
    ours, theirs = socket.socketpair()
    with ours:
        warm_process(root).lend(ours)
    return theirs


def use_lent(descriptor: int) -> None:
    """Let what another process lends be this one's warm process, for as long as it can be used."""
    control = socket.socket(fileno=descriptor)
    control.set_inheritable(False)
    _warm[REPORTS] = Forking(control)


def end_warm_process(what: str = REPORTS) -> None:
    """End the warm process of this one that forks this, if it has one; the next that is asked for is another."""
    if what in _warm:
        _warm.pop(what).close()


@atexit.register
def _end_all() -> None:
    for what in tuple(_warm):
        end_warm_process(what)


@dataclass(frozen=True, slots=True)
class Fork:
    """A forked process: its number, a descriptor of it, and the one from which its messages are read."""

    pid: int
    process: int
    reading: int


class Forking:
    """A process that forks, reports or kernels, as the socket on which it is told to."""

    def __init__(self, control: socket.socket) -> None:
        self._owner, self._control = os.getpid(), control
        self._is_between_reports = True

    def is_usable(self) -> bool:
        """Whether it runs, is this process's to use, and was not interrupted in the middle of something."""
        return self._owner == os.getpid() and self._is_between_reports and _is_open(self._control)

    def lend(self, control: socket.socket) -> None:
        """Let it serve whoever has the other end of this socket, too; where it is gone, that is found closed."""
        with contextlib.suppress(OSError):
            socket.send_fds(self._control, [SERVE], [control.fileno()])

    @contextmanager
    def fork(self, given: bytes) -> Iterator[Fork]:
        """A confined process that was given this; at the end of the block nothing of it is left."""
        self._is_between_reports = False
        fork = None
        try:
            fork = self.begin(given)
            yield fork
        finally:
            if fork is not None:
                os.close(fork.reading)
                os.close(fork.process)
            self._end(fork)

    def begin(self, given: bytes) -> Fork:
        """A confined process that was given this, and lives on: whoever asks for it closes its descriptors."""
        theirs_in, ours_out = os.pipe()
        ours_in, theirs_out = os.pipe()
        with _closing(ours_out):
            try:
                with _closing(theirs_in, theirs_out):
                    pid, process = self._ask_for_fork(theirs_in, theirs_out)
            except BaseException:
                os.close(ours_in)
                raise
            _give(ours_out, given)
        return Fork(pid, process, ours_in)

    def _ask_for_fork(self, reading: int, writing: int) -> tuple[int, int]:
        self._control.settimeout(_START_SECONDS)
        try:
            socket.send_fds(self._control, [FORK], [reading, writing])
            answer, descriptors, _, _ = socket.recv_fds(self._control, 32, 1)
        except OSError as error:
            raise Broken(
                "The warm process does not answer.", remedy="run it again; or kdsp run --engine papermill"
            ) from error
        if not descriptors:
            raise Broken("The warm process could not fork.", remedy="run it again; or kdsp run --engine papermill")
        return int(answer[len(FORK) :]), descriptors[0]

    def _end(self, fork: Fork | None) -> None:
        """End the fork and all below it; where the warm process is gone or stuck, without it."""
        self._control.settimeout(_END_SECONDS)
        try:
            self._control.send(END)
            self._is_between_reports = self._control.recv(1) == DONE
        except OSError:
            self._is_between_reports = False
        if not self._is_between_reports and fork is not None:
            end_tree(fork.pid)

    def close(self) -> None:
        """Use it no more: what it forked for this process, and is left, ends."""
        self._control.close()


class WarmProcess(Forking):
    """One that this process has started, and ends."""

    def __init__(self, root: Path, what: str) -> None:
        self._scratch = make_scratch(root)
        control, theirs = socket.socketpair()
        super().__init__(control)
        with theirs:
            self._process = Popen(
                [sys.executable, "-P", "-s", "-m", "kdsp_lib.run.zygote", str(theirs.fileno()), what],
                pass_fds=[theirs.fileno()],
                stdin=DEVNULL,
                stdout=DEVNULL,
                stderr=DEVNULL,
                start_new_session=True,
                cwd=self._scratch,
                env=environment(self._scratch, os.environ),
            )

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    def is_usable(self) -> bool:
        """As :meth:`Forking.is_usable`; its end is known before its socket is closed."""
        return super().is_usable() and self._process.poll() is None

    def close(self) -> None:
        """End it with all below it."""
        super().close()
        if self._owner != os.getpid():
            return
        if self._process.poll() is None:
            end_tree(self._process.pid)
            self._process.wait()
        remove_folder(self._scratch)


def _is_open(control: socket.socket) -> bool:
    """Whether somebody is at the other end, from where nothing is said unasked."""
    poll = select.poll()
    poll.register(control, select.POLLIN)
    return not poll.poll(0)


def _give(writing: int, given: bytes) -> None:
    """Write all of it; a process that has ended takes no more, and that it ended is seen elsewhere."""
    rest = memoryview(given)
    with contextlib.suppress(BrokenPipeError):
        while rest:
            rest = rest[os.write(writing, rest) :]


@contextmanager
def _closing(*descriptors: int) -> Iterator[None]:
    try:
        yield
    finally:
        for descriptor in descriptors:
            os.close(descriptor)
