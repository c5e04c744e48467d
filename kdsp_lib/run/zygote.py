"""A warm process that forks others: `python -P -s -m kdsp_lib.run.zygote DESCRIPTOR reports|kernels`.

It has imported what notebooks use and drawn a chart once. For each fork it is sent two ends of pipes, which it does
not read: what the fork is given passes it by. It opens no connection and starts no thread; where a library did, it
forks nothing. It adopts what its forks leave behind, and ends with whoever started it. Of reports it serves one at a
time; kernels live beside each other.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from kdsp_lib.custodian.children import adopt, children_of, end_tree, let_nobody_look_in

FORK, END, DONE = b"f", b"e", b"d"
REPORTS, KERNELS = "reports", "kernels"
_Become = Callable[[int, int], NoReturn]
"""What a fork does with the ends of its pipes."""


def main(arguments: list[str]) -> int:
    """Serve until whoever started this is gone."""
    control = socket.socket(fileno=int(arguments[0]))
    control.set_inheritable(False)
    let_nobody_look_in()
    adopt()
    become = warm_up(arguments[1])
    while True:
        try:
            order, descriptors, _, _ = socket.recv_fds(control, 1, 2)
        except ConnectionError:
            order, descriptors = b"", []
        if order == FORK:
            _reap()
            _fork(control, descriptors, become)
        elif order == END:
            end_children()
            control.send(DONE)
        else:
            end_children()
            return 0


def warm_up(what: str) -> _Become:
    """Import what notebooks use, draw once what they draw, and let no collection of garbage copy these pages."""
    from kdsp_lib.run import warm_up

    gc.disable()
    become = warm_up.for_reports() if what == REPORTS else warm_up.for_kernels()
    gc.collect()
    gc.freeze()
    gc.enable()
    return become


def _reap() -> None:
    """Take note of kernels that have ended since."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _fork(control: socket.socket, descriptors: list[int], become: _Become) -> None:
    """Fork a process, and answer with a descriptor of it, or with none where this process has threads."""
    if sum(1 for _ in Path("/proc/self/task").iterdir()) != 1:
        control.send(DONE)
        return
    child = os.fork()
    if not child:
        control.detach()
        become(*descriptors)
    for descriptor in descriptors:
        os.close(descriptor)
    process = os.pidfd_open(child)
    socket.send_fds(control, [FORK + str(child).encode()], [process])
    os.close(process)


def end_children() -> None:
    """End what was forked with all that it started, whether or not that left it."""
    while children := children_of(os.getpid()):
        for pid in children:
            end_tree(pid)
            os.waitpid(pid, 0)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise SystemExit(main(sys.argv[1:]))
