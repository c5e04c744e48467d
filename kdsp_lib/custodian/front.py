"""The doors of the custodian, and of a relay: what stands between whoever connects and Flight.

Flight reads what it is sent without a bound, and knows nobody. So it listens where nobody finds it (its socket has no
name any longer), and is reached through here alone: here connections are counted and timed, TLS ends, messages are
bounded (:mod:`frames`), and it is known who each connection is of, as the system says it. Each has a connection to
Flight of its own, whose address here tells which it is: no caller can state or take one.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import socket
import ssl
import struct
import threading
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Final, TypeVar

from kdsp_lib.custodian.admission import Admission, Peer, network_peer
from kdsp_lib.custodian.certificate import Certificate
from kdsp_lib.custodian.frames import OutOfBounds
from kdsp_lib.errors import NotAuthorised

_PIECE: Final = 64 * 1024
_UNCOUNTED: Final = 64 * 1024
_HANDSHAKE_SECONDS: Final = 10.0
_PARTING_SECONDS: Final = 5.0
_WAITING: Final = 512
_CREDENTIALS: Final = struct.Struct("iII")

log = logging.getLogger("kdsp.custodian")
T = TypeVar("T")


class Front:
    """Doors that are opened one by one, before one service of Flight."""

    def __init__(self, folder: Path) -> None:
        """A service is to listen at the ``location``, and to call :meth:`begin` when it does."""
        self._name = folder / f".inner-{secrets.token_hex(8)}.sock"
        self.location = f"grpc+unix://{self._name}"
        self._inner = -1
        self._admission = Admission()
        self._named: dict[str, Peer] = {}
        self._ends: dict[Peer, asyncio.Task[None]] = {}
        self._doors: dict[Path | None, tuple[socket.socket, asyncio.Task[None]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()

    def begin(self) -> None:
        """From now on the service can be reached through here alone: its socket loses its name."""
        self._inner = os.open(self._name, os.O_PATH | os.O_CLOEXEC)
        self._name.unlink()
        threading.Thread(target=self._loop.run_forever, name="front", daemon=True).start()
        self._do(self._begin_to_watch())

    def open_here(self, path: Path) -> None:
        """Let in processes of this machine, at a socket of this name."""
        door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        path.unlink(missing_ok=True)
        door.bind(str(path))
        self._do(self._open_door(path, door, None))

    def open_to_others(self, host: str, port: int, certificate: Certificate) -> int:
        """Let in other machines, by TLS alone; the port. OSError where it cannot be listened to."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(certificate.chain, certificate.key)
        context.set_alpn_protocols(["h2"])
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        door = socket.create_server(address[:2], family=family, backlog=_WAITING)
        self._do(self._open_door(None, door, context))
        return int(door.getsockname()[1])

    def peer_of(self, context: Any) -> Peer:
        """Whose connection a call of Flight came by. NotAuthorised where it did not come through here."""
        peer = self._named.get(context.peer())
        if peer is None:
            raise NotAuthorised("This came by no door of the custodian.", remedy="ask through kdsp")
        return peer

    def shut(self) -> None:
        """Let nobody in any longer. Who is connected stays, to be answered."""
        self._do(self._shut())

    # On the loop, which is one thread

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _begin_to_watch(self) -> None:
        self._start(self._watch())

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            for peer in self._admission.overdue(time.monotonic()):
                self._end(peer)

    async def _open_door(self, path: Path | None, door: socket.socket, context: ssl.SSLContext | None) -> None:
        door.setblocking(False)
        door.listen(_WAITING)
        self._doors[path] = (door, self._start(self._stand_at(door, context)))

    async def _shut(self) -> None:
        for path, (door, standing) in self._doors.items():
            standing.cancel()
            door.close()
            if path is not None:
                path.unlink(missing_ok=True)
        self._doors.clear()

    async def _stand_at(self, door: socket.socket, context: ssl.SSLContext | None) -> None:
        while True:
            try:
                caller, address = await self._loop.sock_accept(door)
            except OSError as error:
                log.warning("nobody can be let in: %s", error.strerror)
                await asyncio.sleep(1.0)
                continue
            try:
                peer = _process_at(caller) if context is None else network_peer(address[0])
            except (OSError, ValueError):
                caller.close()
                continue
            self._start(self._let_in(caller, peer, context))

    async def _let_in(self, caller: socket.socket, peer: Peer, context: ssl.SSLContext | None) -> None:
        """Hold a connection until one of its ends is closed."""
        mine: asyncio.Task[None] | None = asyncio.current_task()
        assert mine is not None
        self._ends[peer] = mine
        leaves = self._admission.admit(peer)
        try:
            if leaves is not None:
                self._end(leaves)
            await self._between(caller, peer, context)
        except (OSError, EOFError, OutOfBounds, asyncio.CancelledError):
            pass
        finally:
            self._admission.leave(peer)
            del self._ends[peer]

    def _end(self, peer: Peer) -> None:
        """Close somebody's connection, if it is not closed yet."""
        if peer in self._ends:
            self._ends[peer].cancel()

    async def _between(self, caller: socket.socket, peer: Peer, context: ssl.SSLContext | None) -> None:
        outer = await self._streams(caller, context)
        inner = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        inner.bind("")  # the system gives it a name that nothing else has meanwhile
        name = f"unix-abstract:{inner.getsockname()[1:].decode('ascii')}"
        self._named[name] = peer
        try:
            inner.setblocking(False)
            await self._loop.sock_connect(inner, f"/proc/self/fd/{self._inner}")
            reader, writer = await asyncio.open_unix_connection(sock=inner)
            asking = asyncio.ensure_future(self._ask(peer, outer[0], writer))
            answering = asyncio.ensure_future(self._answer(peer, reader, outer[1]))
            try:
                done, _ = await asyncio.wait({asking, answering}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                asking.cancel()
                answering.cancel()
                await asyncio.gather(asking, answering, return_exceptions=True)
                writer.transport.abort()
            for each in done:
                each.result()
        finally:
            self._named.pop(name, None)
            inner.close()
            outer[1].close()  # what is on its way is sent first
            self._loop.call_later(_PARTING_SECONDS, outer[1].transport.abort)

    async def _streams(
        self, caller: socket.socket, context: ssl.SSLContext | None
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader = asyncio.StreamReader(limit=_PIECE)
        protocol = asyncio.StreamReaderProtocol(reader)
        caller.setblocking(False)
        if context is not None:
            caller.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        transport, _ = await self._loop.connect_accepted_socket(
            lambda: protocol,
            caller,
            ssl=context,
            ssl_handshake_timeout=_HANDSHAKE_SECONDS if context else None,
        )
        return reader, asyncio.StreamWriter(transport, protocol, reader, self._loop)

    async def _ask(self, peer: Peer, outer: asyncio.StreamReader, inner: asyncio.StreamWriter) -> None:
        while piece := await outer.read(_PIECE):
            peer.last_heard = time.monotonic()
            passed = peer.streams.ask(piece)
            if peer.streams.held > _UNCOUNTED and self._admission.is_too_much(peer):
                raise OutOfBounds("too much is asked at once")
            inner.write(passed)
            await inner.drain()

    async def _answer(self, peer: Peer, inner: asyncio.StreamReader, outer: asyncio.StreamWriter) -> None:
        while piece := await inner.read(_PIECE):
            outer.write(peer.streams.answer(piece))
            await outer.drain()


def _process_at(caller: socket.socket) -> Peer:
    """The process at the other end, as the system knows it."""
    _, uid, _ = _CREDENTIALS.unpack(caller.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size))
    return Peer(uid=uid)
