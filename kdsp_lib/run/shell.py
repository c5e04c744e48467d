# mypy: disable-error-code="no-untyped-call"
"""The shell that a forked process runs cells in: ipykernel's own, whose messages go down a pipe."""

from __future__ import annotations

import builtins
import getpass
import io
import os
import sys
import threading
from typing import Any, NoReturn

from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.core.error import StdinNotImplementedError
from IPython.core.interactiveshell import InteractiveShellABC
from jupyter_client.jsonutil import json_default
from jupyter_client.session import Session
from traitlets.config import Config

from kdsp_lib.run.frames import packed

_PIECE = 64 * 1024
"""Characters of text that are kept before they are sent."""


class Pipe:
    """Where a forked process sends what its cells show. A process that a cell forks sends nothing."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor, self._lock, self._owner = descriptor, threading.RLock(), os.getpid()
        self.cell = 0

    def send(self, kind: str, content: Any) -> None:
        """Send one message of the cell that runs."""
        if os.getpid() != self._owner:
            return
        rest = memoryview(packed({"cell": self.cell, "kind": kind, "content": content}, json_default))
        with self._lock:
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]


class _PipeSession(Session):
    """Jupyter's session, with a pipe in the place of sockets."""

    pipe: Pipe | None = None

    def send(  # type: ignore[override]
        self, _stream: Any, msg_or_type: Any, content: Any = None, *_others: Any, **_options: Any
    ) -> None:
        """Send a message, or one of this type and content."""
        if isinstance(msg_or_type, dict):
            msg_or_type, content = msg_or_type["header"]["msg_type"], msg_or_type["content"]
        if self.pipe is not None:
            self.pipe.send(str(msg_or_type), content)


class _Stream(io.TextIOBase):
    """The standard output or error of cells."""

    encoding = "UTF-8"
    errors = "strict"

    def __init__(self, name: str, pipe: Pipe) -> None:
        super().__init__()
        self.name, self._pipe = name, pipe
        self._held: list[str] = []
        self._length, self._lock = 0, threading.RLock()

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, text: str) -> int:
        """Keep a text, until there is enough to send."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        with self._lock:
            self._held.append(text)
            self._length += len(text)
            if self._length > _PIECE:
                self.flush()
        return len(text)

    def flush(self) -> None:
        """Send what is kept."""
        with self._lock:
            text, self._held, self._length = "".join(self._held), [], 0
            for start in range(0, len(text), _PIECE):
                self._pipe.send("stream", {"name": self.name, "text": text[start : start + _PIECE]})


class PipedZMQShell(ZMQInteractiveShell):
    """ipykernel's shell without its kernel. Libraries look for ``zmq`` in its name: then they are in a notebook."""

    def enable_gui(self, gui: Any = None) -> None:
        """No windows: only the inline drawing of notebooks."""
        self.active_eventloop = gui


class _NoKernel:
    """What the shell asks of a kernel."""

    eventloop = None


InteractiveShellABC.register(PipedZMQShell)


def make_shell() -> PipedZMQShell:
    """The one shell of this process, made before it forks; it shows nothing before :func:`show_down`."""
    sys.modules["debugpy"] = None  # type: ignore[assignment]
    settings = Config()
    settings.HistoryManager.enabled = False
    session = _PipeSession(key=b"", check_pid=False)
    shell: PipedZMQShell = PipedZMQShell.instance(config=settings, kernel=_NoKernel())
    shell.system = shell.system_raw  # type: ignore[method-assign]
    shows: Any
    for shows in (shell.displayhook, shell.display_pub):
        shows.session = session
    return shell


def show_down(pipe: Pipe, shell: PipedZMQShell) -> None:
    """From now on, all that the shell shows goes down this pipe, and nobody is asked for input."""
    hook: Any = shell.displayhook
    hook.session.pipe = pipe
    sys.stdout, sys.stderr = _Stream("stdout", pipe), _Stream("stderr", pipe)
    builtins.input = _no_input
    getpass.getpass = _no_input


def _no_input(*_arguments: Any, **_options: Any) -> NoReturn:
    raise StdinNotImplementedError(
        "raw_input was called, but this frontend does not support input requests.",
    )


async def run_cell(shell: PipedZMQShell, source: str) -> str:
    """Run one cell as ipykernel runs it: the name of the error that it ended with, empty where it did not."""
    shell._last_traceback_during_displayhook = False
    raised = None
    try:
        transformed = shell.transform_cell(source)
    except Exception:  # noqa: BLE001 - the shell shows it
        transformed, raised = source, sys.exc_info()
    if shell.should_run_async(source, transformed_cell=transformed, preprocessing_exc_tuple=raised):
        result = None
        try:
            result = await shell.run_cell_async(
                source, store_history=True, transformed_cell=transformed, preprocessing_exc_tuple=raised
            )
        finally:
            shell.events.trigger("post_execute")
            shell.events.trigger("post_run_cell", result)
    else:
        result = shell.run_cell(source, store_history=True)
    sys.stdout.flush()
    sys.stderr.flush()
    payloads: Any = shell.payload_manager
    payloads.clear_payload()
    if result.success and not shell._last_traceback_during_displayhook:
        return ""
    return type(result.error_before_exec or result.error_in_exec).__name__
