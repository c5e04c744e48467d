"""The workers of a batch, as the process that runs it has them: started, given reports, heard, ended."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Self

from kdsp_lib.custodian.children import end_tree
from kdsp_lib.errors import Broken
from kdsp_lib.run.notebook import lent
from kdsp_lib.run.outcome import Outcome
from kdsp_lib.run.parameters import ParameterFile
from kdsp_lib.run.worker import job_of, outcome_told
from kdsp_lib.source.code import code_hash
from kdsp_lib.source.workspace import Workspace

PATIENCE: Final = 15.0
"""Seconds in which a worker that is asked to end may tidy away what it is at."""
MOST_REPORTS: Final = 256
"""So many reports a worker runs before another takes its place: what libraries keep of each is then let go."""
_STARTS: Final = 3
"""So many workers, one after the other, may end before they are ready; then the batch does."""
_READ: Final = 1 << 16


@dataclass(slots=True, eq=False)
class Worker:
    """One worker: what it is at, and what it has said of a line so far."""

    process: subprocess.Popen[bytes]
    number: int | None = None
    """The report that it is at, by its place in the batch."""
    is_ready: bool = False
    done: int = 0
    said: bytearray = field(default_factory=bytearray)


@dataclass(frozen=True, slots=True)
class Heard:
    """The end of a report, or (``outcome`` is None) of the worker that was at it."""

    number: int
    outcome: Outcome | None


class Workers:
    """So many processes at most, each at one report. One that ends in the middle of one is replaced when next needed.

    Leaving the block ends them all, with whatever they started.
    """

    def __init__(self, workspace: Workspace, most: int) -> None:
        self._workspace, self.most = workspace, most
        self._all: list[Worker] = []
        self._retired: list[Worker] = []
        self._in_vain = 0
        self._selector = selectors.DefaultSelector()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        self._end(at_once=kind is not None)
        self._selector.close()

    @property
    def has_room(self) -> bool:
        """Whether another report can be given out."""
        return sum(worker.number is not None for worker in self._all) < self.most

    def give(self, number: int, report: ParameterFile) -> None:
        """Let a worker that has nothing to do run a report."""
        worker = next((each for each in self._all if each.number is None), None) or self._start()
        worker.number = number
        assert worker.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it has ended: that is heard next
            worker.process.stdin.write(json.dumps(job_of(report)).encode() + b"\n")
            worker.process.stdin.flush()

    def heard(self) -> Iterator[Heard]:
        """Wait until something ends, and say what. Broken where workers do not even begin."""
        for key, _ in self._selector.select():
            worker: Worker = key.data
            said = os.read(key.fd, _READ)
            if not said:
                yield from self._lost(worker)
                continue
            worker.said += said
            *lines, rest = worker.said.split(b"\n")
            worker.said = bytearray(rest)
            for line in lines:
                yield from _told(worker, json.loads(line))
            if worker.number is None and worker.done >= MOST_REPORTS:
                self._forget(worker)
                self._retired.append(worker)

    def _start(self) -> Worker:
        program = [sys.executable, "-m", "kdsp_lib.run.worker", str(self._workspace.root), str(os.getpid())]
        with lent(self._workspace) as warm:
            process = subprocess.Popen(
                [*program, *map(str, warm)],
                pass_fds=warm,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is heard by the batch alone
            )
        worker = Worker(process)
        self._all.append(worker)
        assert process.stdout is not None
        self._selector.register(process.stdout, selectors.EVENT_READ, worker)
        return worker

    def _lost(self, worker: Worker) -> Iterator[Heard]:
        self._forget(worker)
        end_tree(worker.process.pid)
        worker.process.wait()
        self._in_vain = 0 if worker.is_ready else self._in_vain + 1
        if self._in_vain == _STARTS:
            raise Broken(
                f"Workers of the batch do not start (the last ended with {worker.process.returncode}).",
                remedy="make room (memory, processes), or use fewer: -j 1; then run it again",
            )
        if worker.number is not None:
            yield Heard(worker.number, None)

    def _forget(self, worker: Worker) -> None:
        self._all.remove(worker)
        for pipe in (worker.process.stdin, worker.process.stdout):
            assert pipe is not None
            if pipe is worker.process.stdout:
                self._selector.unregister(pipe)
            with contextlib.suppress(OSError):
                pipe.close()

    def _end(self, *, at_once: bool) -> None:
        """Let them end, each with what it is at; ``at_once``: in the middle of it, tidying it away."""
        workers = [*self._all, *self._retired]
        for worker in list(self._all):
            if at_once:
                with contextlib.suppress(ProcessLookupError):
                    worker.process.send_signal(signal.SIGTERM)
            self._forget(worker)
        end = time.monotonic() + PATIENCE
        for worker in workers:
            try:
                worker.process.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                end_tree(worker.process.pid)
                worker.process.wait()


def _told(worker: Worker, said: dict[str, Any]) -> Iterator[Heard]:
    if not worker.is_ready:
        worker.is_ready = True
        if said["code"] != code_hash():
            raise Broken("kdsp was changed while this ran, so nothing more is done.", remedy="run it again")
        return
    assert worker.number is not None
    number, worker.number, worker.done = worker.number, None, worker.done + 1
    yield Heard(number, outcome_told(said))
