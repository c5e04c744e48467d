"""A warm process that forks a report's: `python -P -s -m kdsp_lib.run.zygote DESCRIPTOR`.

It has imported what reports use and drawn a chart once. For each report it is sent two ends of pipes, which it does
not read: what the report is given passes it by. It opens no connection and starts no thread; where a library did, it
forks nothing. It serves one report at a time, adopts what that leaves behind, and ends with whoever started it.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from kdsp_lib.custodian.children import adopt, children_of, end_tree, let_nobody_look_in

if TYPE_CHECKING:
    from kdsp_lib.run.shell import PipedZMQShell

FORK, END, DONE = b"f", b"e", b"d"


def main(arguments: list[str]) -> int:
    """Serve until whoever started this is gone."""
    control = socket.socket(fileno=int(arguments[0]))
    control.set_inheritable(False)
    let_nobody_look_in()
    adopt()
    shell = warm_up()
    while True:
        try:
            order, descriptors, _, _ = socket.recv_fds(control, 1, 2)
        except ConnectionError:
            order, descriptors = b"", []
        if order == FORK:
            _fork(control, descriptors, shell)
        elif order == END:
            end_children()
            control.send(DONE)
        else:
            end_children()
            return 0


def warm_up() -> PipedZMQShell:
    """Import what reports use, draw once what they draw, and let no collection of garbage copy these pages."""
    from kdsp_lib.run.warm_up import use_once

    gc.disable()
    shell = use_once()
    gc.collect()
    gc.freeze()
    gc.enable()
    return shell


def _fork(control: socket.socket, descriptors: list[int], shell: PipedZMQShell) -> None:
    """Fork a report's process, and answer with a descriptor of it, or with none where this process has threads."""
    if sum(1 for _ in Path("/proc/self/task").iterdir()) != 1:
        control.send(DONE)
        return
    child = os.fork()
    if not child:
        from kdsp_lib.run.forked import become_report

        control.detach()
        reading, writing = descriptors
        become_report(reading, writing, shell)
    for descriptor in descriptors:
        os.close(descriptor)
    process = os.pidfd_open(child)
    socket.send_fds(control, [FORK + str(child).encode()], [process])
    os.close(process)


def end_children() -> None:
    """End the report's process with all that it started, whether or not that left it."""
    while children := children_of(os.getpid()):
        for pid in children:
            end_tree(pid)
            os.waitpid(pid, 0)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise SystemExit(main(sys.argv[1:]))
