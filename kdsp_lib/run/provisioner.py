"""The kdsp kernel as Jupyter starts it where many start one after the other: forked from a warm process.

JupyterLab (`kdsp lab`) and `pytest --nbval` name this as the provisioner of kernels that name none, by the variable
JUPYTER_DEFAULT_PROVISIONER_NAME. It starts the `kdsp` kernel so on Linux; every other kernel, and this one elsewhere,
as ever. The kernel is given what its launcher gives it, and confines itself alike (``give_up``).
"""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import select
import shutil
import signal
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from kdsp_lib.custodian.kernel import KEPT_VARIABLES, prepare
from kdsp_lib.errors import Broken, KdspError
from kdsp_lib.run.frames import PROBLEM, READY, BadFrame, Unpacking
from kdsp_lib.run.warm import Fork, WarmProcess
from kdsp_lib.run.zygote import KERNELS

_LAUNCHER: Final = "kdsp_lib.custodian.kernel"
_OURS: Final = "KDSP_"
_SECONDS, _MOST_TOLD, _PIECE = 60.0, 65536, 4096

_lock = threading.Lock()
_warm: WarmProcess | None = None


class ForkedKernel:
    """What Jupyter asks of a kernel's process, for one that is no child of this process."""

    stdin = stdout = stderr = None

    def __init__(self, fork: Fork) -> None:
        self.pid, self._process = fork.pid, fork.process

    def poll(self) -> int | None:
        """None while it runs. How it ended only its parent learns: then 0."""
        if self._process >= 0:
            ended, _, _ = select.select([self._process], [], [], 0)
            if not ended:
                return None
            os.close(self._process)
            self._process = -1
        return 0

    def wait(self) -> int:
        """Wait for its end."""
        if self._process >= 0:
            select.select([self._process], [], [])
        return self.poll() or 0

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it still runs."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._process, number)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)


class WarmProvisioner(LocalProvisioner):
    """Starts the kdsp kernel in a fork, and every other kernel as a program."""

    _scratch: Path | None = None

    async def launch_kernel(self, cmd: list[str], **options: Any) -> KernelConnectionInfo:
        """Start the kernel that this command starts; KdspError where it would refuse to."""
        is_ours = _LAUNCHER in cmd and _is_as_here(options.get("env", os.environ))
        if not (is_ours and sys.platform.startswith("linux")):
            return await super().launch_kernel(cmd, **options)
        given = await asyncio.to_thread(_given, Path(cmd[-1]), options)
        self._scratch = Path(given["scratch"])
        fork = await asyncio.to_thread(_begun, given)
        self.process = ForkedKernel(fork)  # type: ignore[assignment]
        self.pid = self.pgid = fork.pid
        self.cwd = options.get("cwd", Path.cwd())
        return self.connection_info

    async def cleanup(self, restart: bool = False) -> None:
        """Remove what the kernel could not remove from within."""
        if self._scratch is not None:
            shutil.rmtree(self._scratch, ignore_errors=True)
            self._scratch = None
        await super().cleanup(restart=restart)


def _is_as_here(environment: Mapping[str, str]) -> bool:
    """Whether the kernel is to find the same workspace and run as this process does."""
    named = {*environment, *os.environ}
    return all(environment.get(name) == os.environ.get(name) for name in named if name.startswith(_OURS))


def _given(connection_file: Path, options: Mapping[str, Any]) -> dict[str, Any]:
    _warm_process()
    environment = options.get("env", os.environ)
    variables = {name: environment[name] for name in KEPT_VARIABLES if name in environment}
    return {**prepare(connection_file.resolve(), Path(options.get("cwd") or Path.cwd())), "variables": variables}


def _warm_process() -> WarmProcess:
    """The process that forks this one's kernels."""
    global _warm
    if _warm is None or not _warm.is_usable():
        _end_warm_process()
        _warm = WarmProcess(Path("/"), KERNELS)
    return _warm


@atexit.register
def _end_warm_process() -> None:
    global _warm
    if _warm is not None:
        _warm.close()
        _warm = None


def _begun(given: Mapping[str, Any]) -> Fork:
    """A kernel that is confined and listens. Raises what kept it from that."""
    with _lock:
        fork = _warm_process().begin(json.dumps(given).encode())
    try:
        kind, content = _told(fork)
    finally:
        os.close(fork.reading)
    if kind != READY:
        os.close(fork.process)
        raise (
            KdspError.from_json(content)
            if kind == PROBLEM
            else Broken("The kernel ended before it began.", remedy="start it again")
        )
    return fork


def _told(fork: Fork) -> tuple[str, Mapping[str, Any]]:
    """What the kernel tells of its beginning, before any cell runs in it."""
    unpacking, poll = Unpacking(_MOST_TOLD), select.poll()
    poll.register(fork.reading, select.POLLIN)
    with suppress(BadFrame, KeyError):
        while poll.poll(1000 * _SECONDS) and (piece := os.read(fork.reading, _PIECE)):
            for message in unpacking.add(piece):
                return message["kind"], message["content"]
    return "", {}
