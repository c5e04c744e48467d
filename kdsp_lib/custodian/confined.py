"""The confined part of the `kdsp` kernel: gives up what it may do, then runs cells.

Order matters. Listening sockets are made first, by this one thread; then files and TCP are given up; then the
custodian's connection is opened; then every further socket is given up; then ipykernel starts its threads.
"""

from __future__ import annotations

import atexit
import json
import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kdsp_lib.custodian import confinement, own_disk, session
from kdsp_lib.custodian.children import adopt
from kdsp_lib.custodian.client import connect
from kdsp_lib.custodian.removal import empty_folder
from kdsp_lib.errors import BadParameters, KdspError

CHANNELS = ("shell", "iopub", "stdin", "control", "hb")
_BACKLOG = 100


def main(arguments: list[str]) -> int:
    """Confine this process and run a kernel until its client ends it."""
    given = _take_over(int(arguments[0]))
    connection_file, scratch = Path(given["connection_file"]), Path(given["scratch"])
    try:
        listeners = listen(json.loads(connection_file.read_text("utf-8")))
        has_own_disk = give_up(given, scratch, connection_file)
    except KdspError as error:
        print(error.shown(), file=sys.stderr)
        return error.exit_code
    del given
    if not has_own_disk:
        empty_at_exit(scratch)

    from kdsp_lib.custodian.kernel_app import run

    run(connection_file, listeners)
    return 0


def give_up(given: Mapping[str, Any], scratch: Path, connection_file: Path | None) -> bool:
    """Give up, for good, what this process may do: all but its scratch and the session that it opens meanwhile.

    It has one thread, and no descriptor that it may not keep. BadParameters where data lies in what it may read.
    Returns whether its scratch is a disk of its own, which is gone when it ends.
    """
    allowed = confinement.grants(scratch, connection_file)
    confinement.check_apart(allowed, map(Path, given["private"]))
    has_own_disk = own_disk.put_on(scratch)
    own_disk.limit_files()
    os.chdir(scratch)
    adopt()
    confinement.limit_memory(int(given["memory_mib"]))
    confinement.confine_files(allowed)
    _open_session(given)
    confinement.confine_calls()
    return has_own_disk


def listen(connection: Mapping[str, Any]) -> dict[int, int]:
    """Listening sockets for the kernel's five channels: descriptors by the port that the connection file names."""
    ports = [int(connection[f"{channel}_port"]) for channel in CHANNELS]
    if min(ports) <= 0:
        raise BadParameters("The connection file names no ports.", remedy="start the kernel from a Jupyter client")
    return {port: _listener(str(connection["transport"]), str(connection["ip"]), port).detach() for port in ports}


def _listener(transport: str, ip: str, port: int) -> socket.socket:
    if transport == "ipc":
        listener = socket.socket(socket.AF_UNIX)
        path = Path(f"{ip}-{port}")
        path.unlink(missing_ok=True)
        listener.bind(str(path))
        path.chmod(0o600)
    else:
        host = None if ip == "*" else ip
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    listener.listen(_BACKLOG)
    return listener


def _take_over(descriptor: int) -> dict[str, Any]:
    """Read what the launcher passed on, and close all that it or its caller left open but the standard error.

    What cells print goes to their client as messages; written to the standard output it would reach a log besides.
    """
    with os.fdopen(descriptor, "rb") as pipe:
        given: dict[str, Any] = json.loads(pipe.read())
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    os.close(nothing)
    return given


def _open_session(given: Mapping[str, Any]) -> None:
    if "problem" in given:
        session.hold_problem(KdspError.from_json(given["problem"]))
        return
    try:
        session.hold(connect(Path(given["socket"]), given["ticket"]))
    except KdspError as error:
        session.hold_problem(error)


def empty_at_exit(scratch: Path) -> None:
    """Empty the kernel's scratch when it ends; a process that it forked leaves it alone."""
    kernel = os.getpid()

    def tidy() -> None:
        if os.getpid() == kernel:
            empty_folder(scratch)

    atexit.register(tidy)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
