"""The kdsp kernel as Jupyter starts it where many start one after the other: forked from a warm process.

JupyterLab (`kdsp lab`) and `pytest --nbval` name this as the provisioner of kernels that name none, by the variable
JUPYTER_DEFAULT_PROVISIONER_NAME. It starts the `kdsp` kernel so on Linux; every other kernel, and this one elsewhere,
as ever. The kernel is given what its launcher gives it, and confines itself alike (``give_up``).
"""

from __future__ import annotations

import asyncio
import json
import os
import select
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from concurrent.futures import wait as wait_for
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from kdsp_lib.custodian.kernel import KEPT_VARIABLES, prepare
from kdsp_lib.custodian.removal import remove_folder
from kdsp_lib.errors import Broken, KdspError
from kdsp_lib.run.frames import PROBLEM, READY, BadFrame, Unpacking
from kdsp_lib.run.warm import Fork, warm_process
from kdsp_lib.run.zygote import KERNELS

_LAUNCHER: Final = "kdsp_lib.custodian.kernel"
_OURS: Final = "KDSP_"
_SECONDS, _MOST_TOLD, _PIECE = 60.0, 65536, 4096

_lock = threading.Lock()


class ForkedKernel:
    """What Jupyter asks of a kernel's process, for one that begins meanwhile, and is no child of this process.

    A client has its kernel at once, and what is run in it waits until it listens, as with a kernel's launcher.
    """

    stdin = stdout = stderr = None

    def __init__(self, begin: Callable[[], Fork]) -> None:
        self._begun: Future[Fork] = Future()
        self._ended: int | None = None
        threading.Thread(target=self._begin, args=(begin,), daemon=True).start()

    def _begin(self, begin: Callable[[], Fork]) -> None:
        try:
            self._begun.set_result(begin())
        except KdspError as error:
            print(error.shown(), file=sys.stderr)
            self._begun.set_exception(error)
        except BaseException as error:  # noqa: BLE001 - whoever asks for the kernel learns it
            self._begun.set_exception(error)

    @property
    def pid(self) -> int:
        """Its number, once it has begun. Raises what kept it from that."""
        return self._begun.result().pid

    def poll(self) -> int | None:
        """None while it runs, or is to. How it ended only its parent learns: then 0."""
        if self._ended is None and self._begun.done():
            error = self._begun.exception()
            if error is not None:
                self._ended = getattr(error, "exit_code", 1)
            elif select.select([self._begun.result().process], [], [], 0)[0]:
                os.close(self._begun.result().process)
                self._ended = 0
        return self._ended

    def wait(self) -> int:
        """Wait for its end."""
        wait_for([self._begun])
        if self.poll() is None:
            select.select([self._begun.result().process], [], [])
        return self.poll() or 0

    def send_signal(self, number: int) -> None:
        """Send a signal to it and what it started, once it has begun, if it still runs."""
        wait_for([self._begun])
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, number)

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
        """Start the kernel that this command starts."""
        is_ours = _LAUNCHER in cmd and _is_as_here(options.get("env", os.environ))
        if not (is_ours and sys.platform.startswith("linux")):
            return await super().launch_kernel(cmd, **options)
        self.cwd = options.get("cwd", Path.cwd())
        self.process = ForkedKernel(lambda: self._begin(Path(cmd[-1]), options))  # type: ignore[assignment]
        return self.connection_info

    def _begin(self, connection_file: Path, options: Mapping[str, Any]) -> Fork:
        warm_up()
        given = _given(connection_file, options)
        self._scratch = Path(given["scratch"])
        fork = _begun(given)
        self.pid = self.pgid = fork.pid
        return fork

    async def send_signal(self, signum: int) -> None:
        """Send a signal to the kernel and what it started."""
        process: Any = self.process
        if isinstance(process, ForkedKernel):
            await asyncio.to_thread(process.send_signal, signum)
        else:
            await super().send_signal(signum)

    async def cleanup(self, restart: bool = False) -> None:
        """Remove what the kernel could not remove from within."""
        if self._scratch is not None:
            remove_folder(self._scratch)
            self._scratch = None
        await super().cleanup(restart=restart)


def warm_up() -> None:
    """Begin to import what kernels use, if it has not begun."""
    with _lock:
        warm_process(Path("/"), KERNELS)


def _is_as_here(environment: Mapping[str, str]) -> bool:
    """Whether the kernel is to find the same workspace and run as this process does."""
    named = {*environment, *os.environ}
    return all(environment.get(name) == os.environ.get(name) for name in named if name.startswith(_OURS))


def _given(connection_file: Path, options: Mapping[str, Any]) -> dict[str, Any]:
    environment, folder = options.get("env", os.environ), Path(options.get("cwd") or Path.cwd())
    variables = {name: environment[name] for name in KEPT_VARIABLES if name in environment}
    return {**prepare(connection_file.resolve(), folder), "variables": variables, "folder": str(folder)}


def _begun(given: Mapping[str, Any]) -> Fork:
    """A kernel that is confined and listens. Raises what kept it from that."""
    with _lock:
        fork = warm_process(Path("/"), KERNELS).begin(json.dumps(given).encode())
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
