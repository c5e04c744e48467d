"""No process that a cell started outlives its kernel, not even one that left its parent and its session.

A kernel ends its own when it is asked to end (:func:`end_all`). Where it cannot be asked, whoever started it ends it
with all of them (:func:`end_tree`).
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import time
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_DUMPABLE = 4
_ROUNDS, _PAUSE = 100, 0.01


def adopt() -> None:
    """From now on, a descendant whose parent ends becomes this process's own child."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_tree(pid: int) -> None:
    """Kill a process and all its descendants; held still first, so that none starts another meanwhile."""
    found: set[int] = set()
    new = {pid}
    while new:
        for each in new:
            _signal(each, signal.SIGSTOP)
        found |= new
        new = set().union(*map(children_of, found)) - found
    for each in found:
        _signal(each, signal.SIGKILL)


def end_all() -> None:
    """Kill the children, then those that this makes children, until there is none."""
    for _ in range(_ROUNDS):
        children = children_of(os.getpid())
        if not children:
            return
        for pid in children:
            _signal(pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
        time.sleep(_PAUSE)


def let_nobody_look_in() -> None:
    """No other process of the same person may look into this one's memory."""
    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def is_running(pid: int) -> bool:
    """Whether there is such a process, whosoever it is."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def children_of(pid: int) -> set[int]:
    """The processes that a process started, or adopted, and that nobody waited for yet."""
    found: set[int] = set()
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found.update(map(int, thread.read_text("ascii").split()))
    return found
