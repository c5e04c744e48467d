# mypy: disable-error-code="no-untyped-call"
"""ipykernel's application on sockets that were opened before the confinement, quiet and the same for everybody."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import zmq
from ipykernel.control import ControlThread
from ipykernel.heartbeat import Heartbeat
from ipykernel.iostream import IOPubThread
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from ipykernel.shellchannel import ShellChannelThread
from traitlets.config import Config

from kdsp_lib.custodian.children import end_all


class _ListeningHeartbeat(Heartbeat):
    """A heartbeat on a socket that listens already."""

    listener = -1

    def _try_bind_socket(self) -> None:
        self.socket.setsockopt(zmq.USE_FD, self.listener)
        super()._try_bind_socket()


class ConfinedKernel(IPythonKernel):
    """Ends all its children with itself; ipykernel would look for them among everybody's processes."""

    def _process_children(self) -> list[Any]:
        return []

    async def _at_shutdown(self) -> None:
        end_all()
        await super()._at_shutdown()


class ConfinedKernelApp(IPKernelApp):
    """Differs from IPKernelApp in this: it opens no socket, has no debugger, and reads nobody's settings."""

    name = "kdsp-kernel"
    listeners: Mapping[int, int] = {}

    def load_config_file(self, *_names: Any, **_options: Any) -> None:
        """Nothing: neither the person's profile nor the machine's changes what a notebook shows."""

    def _ip_default(self) -> str:
        """Always overridden by the connection file; ipykernel would look at the machine's network to guess it."""
        return "127.0.0.1"

    def _try_bind_socket(self, s: Any, port: int) -> int:
        s.setsockopt(zmq.USE_FD, self.listeners[port])
        bound: int = super()._try_bind_socket(s, port)
        return bound

    def init_control(self, context: Any) -> None:
        """The control channel; the sockets of the debugger are made, for ipykernel asks for them, but lead nowhere."""
        self.control_socket = self._socket(context, zmq.ROUTER)
        self._apply_curve_server_options(self.control_socket)
        self.control_port = self._bind_socket(self.control_socket, self.control_port)
        self.control_socket.router_handover = 1
        self.debugpy_socket = self._socket(context, zmq.STREAM)
        self.debug_shell_socket = self._socket(context, zmq.DEALER)
        self.control_thread = ControlThread(daemon=True)
        self.shell_channel_thread = ShellChannelThread(context, daemon=True)

    def init_iopub(self, context: Any) -> None:
        """The output channel, without the TCP port on which ipykernel listens for what forked children print."""
        self.iopub_socket = self._socket(context, zmq.XPUB)
        self._apply_curve_server_options(self.iopub_socket)
        self.iopub_port = self._bind_socket(self.iopub_socket, self.iopub_port)
        self.configure_tornado_logger()
        self.iopub_thread = IOPubThread(self.iopub_socket, pipe=False, session=self.session)
        self.iopub_thread.start()
        self.iopub_socket = self.iopub_thread.background_socket

    def init_heartbeat(self) -> None:
        """The heartbeat, in a context of its own as in ipykernel."""
        self.heartbeat = _ListeningHeartbeat(
            zmq.Context(),
            (self.transport, self.ip, self.hb_port),
            curve_publickey=self.curve_publickey,
            curve_secretkey=self.curve_secretkey,
        )
        self.heartbeat.listener = self.listeners[self.hb_port]
        self.heartbeat.start()

    def init_shell(self) -> None:
        """Commands after ``!`` without the terminal device that IPython would open for them."""
        super().init_shell()
        if self.shell is not None:
            self.shell.system = self.shell.system_raw

    @staticmethod
    def _socket(context: Any, kind: int) -> Any:
        made = context.socket(kind)
        made.linger = 1000
        return made


def run(connection_file: Path, listeners: Mapping[int, int]) -> None:
    """Run cells until the client ends the kernel."""
    sys.modules["debugpy"] = None  # type: ignore[assignment]  # ipykernel then says that it has no debugger
    settings = Config()
    settings.ConfinedKernelApp.exec_PYTHONSTARTUP = False
    settings.ConfinedKernelApp.log_level = logging.ERROR
    settings.ConfinedKernelApp.parent_handle = os.getppid()
    settings.ConfinedKernelApp.kernel_class = ConfinedKernel
    settings.HistoryManager.enabled = False
    app = ConfinedKernelApp.instance(config=settings)
    app.listeners = dict(listeners)
    app.initialize(["-f", str(connection_file)])
    app.log.addFilter(_is_news)
    app.start()


def _is_news(record: logging.LogRecord) -> bool:
    """Not that a client interrupts a kernel before it ends it: every client does, and a terminal would fill with it."""
    return "KeyboardInterrupt caught" not in record.getMessage()
