"""A warm process that forks others: `python -P -s -m kdsp_lib.run.zygote DESCRIPTOR reports|kernels`.

It has imported what notebooks use and drawn a chart once. For each fork it is sent two ends of pipes, which it does
not read: what the fork is given passes it by. It opens no connection and starts no thread; where a library did, it
forks nothing. It adopts what its forks leave behind, and ends with whoever started it, who may lend it to others, each
by a socket of its own: what it forked for one of them ends with that socket. Of reports each has one at a time; kernels
live beside each other.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
import sys
from collections.abc import Callable, Mapping, Set
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from kdsp_lib.custodian.children import adopt, children_of, end_tree, let_nobody_look_in

FORK, END, SERVE, DONE = b"f", b"e", b"s", b"d"
REPORTS, KERNELS = "reports", "kernels"
_Become = Callable[[int, int], NoReturn]
"""What a fork does with the ends of its pipes."""


@dataclass(frozen=True, slots=True, eq=False)
class _Served:
    """Somebody for whom this process forks, and what it forked for them that has not been waited for."""

    control: socket.socket
    forks: set[int] = field(default_factory=set)


_All = dict[int, _Served]
"""By the descriptors of their sockets."""


def main(arguments: list[str]) -> int:
    """Serve until whoever started this is gone."""
    control = socket.socket(fileno=int(arguments[0]))
    control.set_inheritable(False)
    let_nobody_look_in()
    adopt()
    become = warm_up(arguments[1])
    everybody: _All = {control.fileno(): _Served(control)}
    waiting = select.poll()
    waiting.register(control, select.POLLIN)
    while control.fileno() in everybody:
        for descriptor, _ in waiting.poll():
            if not _obey(everybody, everybody[descriptor], waiting, become):
                waiting.unregister(descriptor)
                everybody.pop(descriptor).control.close()
    end_children()
    return 0


def _obey(everybody: _All, served: _Served, waiting: select.poll, become: _Become) -> bool:
    """Do as one of them says; False where they are gone, and what was forked for them ended."""
    try:
        order, descriptors, _, _ = socket.recv_fds(served.control, 1, 2)
    except ConnectionError:
        order, descriptors = b"", []
    if order == FORK:
        _reap(everybody)
        _fork(everybody, served, descriptors, become)
    elif order == SERVE:
        other = socket.socket(fileno=descriptors[0])
        everybody[other.fileno()] = _Served(other)
        waiting.register(other, select.POLLIN)
    else:
        served.forks.clear()
        end_children(of_others={pid for each in everybody.values() for pid in each.forks})
        _say(served, DONE)
    return bool(order)


def warm_up(what: str) -> _Become:
    """Import what notebooks use, draw once what they draw, and let no collection of garbage copy these pages."""
    from kdsp_lib.run import warm_up

    gc.disable()
    become = warm_up.for_reports() if what == REPORTS else warm_up.for_kernels()
    gc.collect()
    gc.freeze()
    gc.enable()
    return become


def _reap(everybody: Mapping[int, _Served]) -> None:
    """Take note of what has ended since: its number may become another's."""
    with suppress(ChildProcessError):
        while pid := os.waitpid(-1, os.WNOHANG)[0]:
            for served in everybody.values():
                served.forks.discard(pid)


def _fork(everybody: Mapping[int, _Served], served: _Served, descriptors: list[int], become: _Become) -> None:
    """Fork a process, and answer with a descriptor of it, or with none where this process has threads."""
    if sum(1 for _ in Path("/proc/self/task").iterdir()) != 1:
        _say(served, DONE)
        return
    child = os.fork()
    if not child:
        for each in everybody.values():
            each.control.close()
        become(*descriptors)
    served.forks.add(child)
    for descriptor in descriptors:
        os.close(descriptor)
    process = os.pidfd_open(child)
    _say(served, FORK + str(child).encode(), process)
    os.close(process)


def _say(served: _Served, what: bytes, *descriptors: int) -> None:
    with suppress(OSError):  # who asked may be gone: that is heard next
        socket.send_fds(served.control, [what], descriptors)


def end_children(*, of_others: Set[int] = frozenset()) -> None:
    """End what was forked with all that it started, whether or not that left it; but not what was ``of_others``."""
    while children := children_of(os.getpid()) - of_others:
        for pid in children:
            end_tree(pid)
            os.waitpid(pid, 0)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise SystemExit(main(sys.argv[1:]))
