"""Work in processes of its own, so that it can be ended: a thread cannot be.

Each worker is a fork of a nursery, which the custodian forks from itself before it has a thread, an open file of its
state or a pupil's record: the modules are there already, and nothing else is. A worker does one thing, gives it back
and ends. It ends before that where its time or memory is used up, where whoever asked has left, where the custodian
stops, and with the custodian however that ends.
"""

from __future__ import annotations

import contextlib
import copyreg
import ctypes
import importlib
import logging
import os
import pickle
import resource
import select
import signal
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NoReturn, TypeVar

from kdsp_lib.errors import Broken, CustodianLost, Disclosive, KdspError, traceback_without_figures

AT_ONCE: Final = 2
"""So many work at once; more wait. What is light is answered meanwhile, in the custodian itself."""
_LOOK_SECONDS: Final = 0.1
_HEAD: Final = struct.Struct("<Q")
_PR_SET_PDEATHSIG: Final = 1
_MIB: Final = 1024 * 1024

T = TypeVar("T")
log = logging.getLogger("kdsp.custodian")

_has_left: ContextVar[Callable[[], bool]] = ContextVar("_has_left")


@contextmanager
def asked_by(has_left: Callable[[], bool]) -> Iterator[None]:
    """What is worked at from here on is ended once ``has_left`` says that whoever asked does not want it any more."""
    before = _has_left.set(has_left)
    try:
        yield
    finally:
        _has_left.reset(before)


def refuse_unwanted() -> None:
    """CustodianLost where whoever asked has left."""
    if _has_left.get(_never)():
        raise CustodianLost("Whoever asked has left, so the work was ended.", remedy="ask again")


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Budget:
    """What one piece of work may take. It decides whether there is an answer, never which."""

    seconds: float
    memory_mib: int


@dataclass(eq=False)
class _Worker:
    pid: int
    socket: socket.socket
    handle: int | None

    def kill(self) -> None:
        """End it, and no other process: its number may have been given to another since."""
        with contextlib.suppress(ProcessLookupError):
            if self.handle is not None:
                signal.pidfd_send_signal(self.handle, signal.SIGKILL)
            else:
                os.kill(self.pid, signal.SIGKILL)

    def memory_mib(self) -> float:
        """What it holds in memory; 0 where the machine does not say."""
        try:
            pages = int(Path(f"/proc/{self.pid}/statm").read_text("ascii").split()[1])
        except (OSError, IndexError, ValueError):
            return 0.0
        return pages * resource.getpagesize() / _MIB

    def close(self) -> None:
        self.socket.close()
        if self.handle is not None:
            os.close(self.handle)


class Workers:
    """The workers of one custodian. Make it before the process has a second thread."""

    def __init__(self, modules: Iterable[str] = ()) -> None:
        mine, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            mine.close()
            _nurse(theirs, tuple(modules))
        theirs.close()
        self._nursery, self.nursery = mine, pid
        self._free = threading.BoundedSemaphore(AT_ONCE)
        self._lock = threading.Lock()
        self._working: set[_Worker] = set()
        self._is_over = False

    def run(self, do: Callable[..., T], *given: Any, budget: Budget) -> T:
        """What ``do(*given)`` gives, or raises, in a worker.

        Disclosive where the budget does not do; CustodianLost where nobody waits for it any more or all work is ended.
        """
        while not self._free.acquire(timeout=_LOOK_SECONDS):
            self._refuse_unwanted()
        try:
            worker = self._begin()
            try:
                self._refuse_unwanted()
                _send(worker.socket, pickle.dumps((do, given, budget), pickle.HIGHEST_PROTOCOL))
                found: T = _result(self._waited_for(worker, budget))
                return found
            except (OSError, EOFError) as error:
                self._refuse_unwanted()
                raise Broken("The work on this answer broke off.", remedy="ask again, or report it") from error
            finally:
                with self._lock:
                    self._working.discard(worker)
                    worker.kill()
                    worker.close()
        finally:
            self._free.release()

    def end_all(self) -> int:
        """End all work there is, and begin none any more. How much was ended; whoever waits for it is told so."""
        with self._lock:
            self._is_over = True
            for worker in self._working:
                worker.kill()
            return len(self._working)

    def close(self) -> None:
        """End all, the nursery too."""
        self.end_all()
        self._nursery.close()
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.nursery, 0)

    def __len__(self) -> int:
        """How many are at work."""
        return len(self._working)

    def _begin(self) -> _Worker:
        mine, theirs = socket.socketpair()
        with self._lock, theirs:
            socket.send_fds(self._nursery, [b"w"], [theirs.fileno()])
        (pid,) = _HEAD.unpack(_read(mine, _HEAD.size))
        worker = _Worker(pid, mine, _handle(pid))
        with self._lock:
            self._working.add(worker)
        return worker

    def _waited_for(self, worker: _Worker, budget: Budget) -> bytes:
        end = time.monotonic() + budget.seconds
        looked_at = select.poll()
        looked_at.register(worker.socket, select.POLLIN)
        while not looked_at.poll(_LOOK_SECONDS * 1000):
            self._refuse_unwanted()
            if time.monotonic() > end:
                raise _too_much(f"longer than {budget.seconds:g} seconds", "answer_seconds")
            if worker.memory_mib() > budget.memory_mib:
                raise _too_much(f"more memory than {budget.memory_mib} MiB", "answer_memory_mib")
        return _received(worker.socket)

    def _refuse_unwanted(self) -> None:
        if self._is_over:
            raise _ended()
        refuse_unwanted()


def _handle(pid: int) -> int | None:
    """What stands for this very process, where the machine has such."""
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return None


def _ended() -> CustodianLost:
    return CustodianLost("The custodian is stopping, so the work was ended.", remedy="ask again once it runs")


def _too_much(what: str, limit: str) -> Disclosive:
    return Disclosive(
        f"This answer takes {what}.",
        rule=f"what one answer may take: {limit} under [limits] in kdsp.toml",
        remedy="ask for fewer tables together, for coarser groups or for fewer breakdowns in one table",
    )


# In the nursery and its workers


def _nurse(asked: socket.socket, modules: tuple[str, ...]) -> NoReturn:
    """Fork a worker for each socket that comes, until the custodian is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them
    try:
        while True:
            _, found, _, _ = socket.recv_fds(asked, 1, 1)
            if not found:
                break
            for name in modules:  # at the first alone: most custodians never have anything heavy to do
                importlib.import_module(name)
            with socket.socket(fileno=found[0]) as own:
                if os.fork() == 0:
                    asked.close()
                    _work(own)
    finally:
        os._exit(0)  # the workers end with it


def _work(own: socket.socket) -> NoReturn:
    """Do the one thing that is asked for, give it back, end."""
    try:
        _end_with_parent()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        own.sendall(_HEAD.pack(os.getpid()))
        do, given, budget = pickle.loads(_received(own))  # noqa: S301 - from the custodian itself
        with contextlib.suppress(ValueError, OSError):
            most = int(budget.memory_mib * _MIB * 1.25)  # so that it does not outgrow the custodian's looking
            resource.setrlimit(resource.RLIMIT_DATA, (most, most))
        _send(own, pickle.dumps(_done(do, given, budget), pickle.HIGHEST_PROTOCOL))
    finally:
        os._exit(0)


def _end_with_parent() -> None:
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _done(do: Callable[..., Any], given: tuple[Any, ...], budget: Budget) -> tuple[str, Any]:
    try:
        return "done", do(*given)
    except KdspError as error:
        return "error", error.to_json()
    except MemoryError:
        return "error", _too_much(f"more memory than {budget.memory_mib} MiB", "answer_memory_mib").to_json()
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is told in the custodian's log
        return "broken", traceback_without_figures(error)


def _result(text: bytes) -> Any:
    how, what = pickle.loads(text)  # noqa: S301 - from a worker of its own
    if how == "error":
        raise KdspError.from_json(what)
    if how == "broken":
        log.error("in a worker\n%s", what)
        raise Broken("The work on this answer failed.", remedy="read the custodian's log, or report it")
    return what


def _send(to: socket.socket, text: bytes) -> None:
    to.sendall(_HEAD.pack(len(text)))
    to.sendall(text)


def _received(own: socket.socket) -> bytes:
    (size,) = _HEAD.unpack(_read(own, _HEAD.size))
    return _read(own, size)


def _read(own: socket.socket, size: int) -> bytes:
    found = bytearray()
    while len(found) < size:
        more = own.recv(min(size - len(found), _MIB))
        if not more:
            raise EOFError
        found += more
    return bytes(found)


def _view(of: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    """What stands for a frozen mapping on its way: pickle knows it by no name of its own."""
    return MappingProxyType(of)


copyreg.pickle(MappingProxyType, lambda view: (_view, (dict(view),)))
