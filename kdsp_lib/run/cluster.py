"""The workers of a Dask cluster, as the process that runs a batch has them: given reports, heard.

Dask moves jobs and results, and gives those of a worker that was lost to another. The order of a batch, its outcomes
and the writing of releases stay here, as for workers of this machine.
"""

from __future__ import annotations

import ipaddress
import queue
import secrets
from collections.abc import Iterator
from concurrent.futures import CancelledError
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlsplit

from kdsp_lib.custodian.confinement import is_required
from kdsp_lib.errors import BadParameters, Broken
from kdsp_lib.run.far_report import job_of, made_of, make_reports
from kdsp_lib.run.one_report import finish, outcome_of, running, stands
from kdsp_lib.run.outcome import Outcome
from kdsp_lib.run.parameters import ParameterFile
from kdsp_lib.run.worker import outcome_told
from kdsp_lib.run.workers import Heard
from kdsp_lib.source.workspace import Workspace

CHUNK: Final = 8
"""So many reports at most are one task: few messages, and not much is made again where a worker is lost."""
_AHEAD: Final = 2
"""So many tasks a worker: it has the next one when it is done."""
_MOST_AHEAD: Final = 800
"""So many reports in all: the custodian keeps the runs that were begun last."""
_CONNECT_SECONDS, _LOOK_SECONDS, _WITHOUT_WORKERS = 30.0, 20.0, 6


def check_scheduler(address: str, workspace: Workspace) -> None:
    """BadParameters where this is no scheduler to run reports by.

    What a cluster sends back is unpickled, which lets its machines run what they like here. So a machine that holds
    pupils' data takes a scheduler of its own alone; one that holds none takes any.
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    if not host or not port or parts.scheme not in ("tcp", "tls"):
        raise BadParameters(
            f"{address[:80]!r} is no scheduler.", remedy="write it as tcp://HOST:8786, or tls://HOST:8786"
        )
    if workspace.custodian is None and not _is_here(host):
        raise BadParameters(
            "This machine holds the data, and the scheduler is on another.",
            rule="what a cluster sends back can run code where it arrives, so it arrives on no machine with data",
            remedy="run it from a workspace with [custodian] in its kdsp.toml, on a machine of the cluster",
        )


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class ClusterWorkers:
    """The workers of a cluster. What they make is written here. Leaving the block gives up what they are at."""

    def __init__(self, workspace: Workspace, address: str) -> None:
        check_scheduler(address, workspace)
        self._workspace, self._address = workspace, address
        with running(workspace, secrets.token_hex(8)) as runner:
            self._person = runner.connection.person
        self._client = _client(address)
        self._reports: dict[int, ParameterFile] = {}
        self._waiting: list[int] = []
        self._alone: set[int] = set()
        self._anew: set[int] = set()
        self._tasks: dict[Any, list[int]] = {}
        self._ended: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._number = self._count()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        if kind is not None and self._tasks:
            self._client.cancel(list(self._tasks), force=True)
        self._client.close()

    @property
    def has_room(self) -> bool:
        """Whether another report can be given out: there is always some work ahead."""
        return len(self._reports) < min(max(1, self._number) * _AHEAD * CHUNK, _MOST_AHEAD)

    def give(self, number: int, report: ParameterFile) -> None:
        """Let a worker run a report; one that is given again, after its worker was lost, by itself."""
        if number in self._reports:
            self._alone.add(number)
        self._reports[number] = report
        self._waiting.append(number)

    def heard(self) -> Iterator[Heard]:
        """Wait until some reports end, and say how. Broken where the cluster is lost."""
        self._hand_out()
        task = self._next()
        numbers = self._tasks.pop(task)
        for number, said in zip(numbers, self._said(task, len(numbers)), strict=True):
            heard = self._heard(number, said)
            if heard is not None:
                if heard.outcome is not None:
                    del self._reports[number]
                yield heard

    def _heard(self, number: int, said: Any) -> Heard | None:
        report = self._reports[number]
        if said is None:
            return Heard(number, None)
        if "outcome" in said:
            return Heard(number, outcome_told(said))

        def finishing() -> Outcome | None:
            made = made_of(said["made"])
            if made.built is None and not stands(made, self._workspace):
                return None
            with running(self._workspace, made.run) as runner:
                ended = finish(report, made, self._workspace, runner)
                runner.connection.ask("end", {})
                return ended

        outcome = outcome_of(report.path, report.which, finishing)
        if outcome is None:
            self._anew.add(number)
            self._waiting.append(number)
            return None
        return Heard(number, outcome)

    def _hand_out(self) -> None:
        """Put what waits into tasks: small ones, so that all workers have some."""
        self._number = self._count()
        size = max(1, min(CHUNK, len(self._waiting) // (_AHEAD * max(1, self._number))))
        alone = [[number] for number in self._waiting if number in self._alone]
        others = [number for number in self._waiting if number not in self._alone]
        for numbers in (*alone, *(others[at : at + size] for at in range(0, len(others), size))):
            jobs = [
                job_of(self._reports[number], self._person, anew=number in self._anew, required=is_required())
                for number in numbers
            ]
            task = self._client.submit(make_reports, jobs, pure=False, key=f"kdsp-reports-{secrets.token_hex(8)}")
            self._tasks[task] = numbers
            task.add_done_callback(self._ended.put)
        self._waiting = []

    def _next(self) -> Any:
        """The next task that has ended; Broken where no worker has been there for minutes."""
        without = 0
        while True:
            try:
                return self._ended.get(timeout=_LOOK_SECONDS)
            except queue.Empty:
                without = 0 if self._count() else without + 1
            if without >= _WITHOUT_WORKERS:
                raise Broken(
                    "The cluster has no workers left.", remedy="start some, then run it again: it does what is left"
                )

    def _said(self, task: Any, length: int) -> list[Any]:
        """What a task gave back, a report each; None for each where its worker was lost again and again."""
        from distributed.scheduler import KilledWorker

        try:
            found = task.result()
        except KilledWorker:
            return [None] * length
        except CancelledError as error:
            raise self._lost() from error
        except Exception as error:
            raise Broken(
                f"A worker of the cluster could not run reports: {type(error).__name__}.",
                remedy="install the same version of kdsp, with distributed, on the scheduler and on each worker",
            ) from error
        if not isinstance(found, list) or len(found) != length or not all(isinstance(each, dict) for each in found):
            raise Broken("A worker of the cluster sent back what is no report.", remedy="run it again")
        return found

    def _count(self) -> int:
        try:
            return len(self._client.nthreads())
        except Exception as error:
            raise self._lost() from error

    def _lost(self) -> Broken:
        return Broken(f"The scheduler at {self._address} was lost.", remedy="run it again: it does what is left")


def _client(address: str) -> Any:
    try:
        from distributed import Client
    except ImportError:
        raise BadParameters(
            "Dask's distributed is not installed.", remedy="pip install 'kdsp[cluster]', here and on the workers"
        ) from None
    try:
        client: Any = Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, TypeError) as error:
        raise BadParameters(
            f"There is no scheduler at {address}.",
            remedy="start one (`dask scheduler`); for tls://, give Dask its certificates",
        ) from error
    try:
        client.wait_for_workers(1, timeout=_CONNECT_SECONDS)
    except TimeoutError:
        client.close()
        raise BadParameters(f"The scheduler at {address} has no workers.", remedy="start some: `dask worker`") from None
    return client
