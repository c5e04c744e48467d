"""A process beside the kernel, as the custodian is: it holds a canary, listens in many ways, and notes what arrives."""

from __future__ import annotations

import ctypes
import json
import os
import selectors
import signal
import socket
import sys
from contextlib import suppress
from multiprocessing import shared_memory
from pathlib import Path

MASK = 0x5A


def unmask(masked: str) -> bytes:
    return bytes(byte ^ MASK for byte in bytes.fromhex(masked))


def main(folder: Path, masked: str) -> None:
    canary = unmask(masked)
    arrivals = (folder / "arrivals").open("ab", buffering=0)
    held = ctypes.create_string_buffer(canary + b"\0" * 32)
    shared = shared_memory.SharedMemory(create=True, size=len(canary), name=f"kdsp-attack-{os.getpid()}")
    shared.buf[: len(canary)] = canary
    libc = ctypes.CDLL(None, use_errno=True)
    libc.shmat.restype = ctypes.c_void_p
    segment = libc.shmget(0, 4096, 0o600 | 0o1000)
    where = libc.shmat(segment, None, 0)
    ctypes.memmove(where, canary, len(canary))
    queue = b"/kdsp-attack-%d" % os.getpid()
    mailbox = libc.mq_open(queue, os.O_RDWR | os.O_CREAT, 0o600, None)
    libc.mq_send(mailbox, canary, len(canary), 0)
    secret = (folder / "held-open.txt").open("w+b", buffering=0)
    secret.write(canary)

    watched = selectors.DefaultSelector()
    addresses: dict[str, object] = {}
    for name, family, kind, address in (
        ("tcp", socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0)),
        ("udp", socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0)),
        ("unix", socket.AF_UNIX, socket.SOCK_STREAM, str(folder / "stream.sock")),
        ("unix_datagram", socket.AF_UNIX, socket.SOCK_DGRAM, str(folder / "datagram.sock")),
        ("abstract", socket.AF_UNIX, socket.SOCK_STREAM, f"\0kdsp-attack-{os.getpid()}"),
    ):
        listener = socket.socket(family, kind)
        listener.bind(address)
        if kind == socket.SOCK_STREAM:
            listener.listen()
        watched.register(listener, selectors.EVENT_READ, kind == socket.SOCK_STREAM)
        addresses[name] = listener.getsockname()[1] if family == socket.AF_INET else address

    for number in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGURG, signal.SIGWINCH, signal.SIGCONT):
        signal.signal(number, lambda got, _frame: arrivals.write(b"signal-%d\n" % got))

    facts = {
        "pid": os.getpid(),
        "address": ctypes.addressof(held),
        "length": len(canary),
        "segment": segment,
        "queue": queue.decode(),
        "shared": shared.name,
        "descriptor": secret.fileno(),
        **addresses,
    }
    print(json.dumps(facts), flush=True)
    watched.register(sys.stdin, selectors.EVENT_READ, None)
    beat = folder.parent / "data" / f"named-{canary.decode()}.txt"
    while True:
        beat.write_text("something happens here")
        for key, _ in watched.select(timeout=0.1):
            if key.fileobj is sys.stdin:
                shared.close()
                shared.unlink()
                libc.shmctl(segment, 0, None)
                libc.mq_unlink(queue)
                return
            if key.data:
                connection, _ = key.fileobj.accept()
                watched.register(connection, selectors.EVENT_READ, False)
                continue
            message = b""
            with suppress(ConnectionResetError):  # who sent and went does not read the answer
                message = key.fileobj.recv(65536)
            if message:
                arrivals.write(message + b"\n")
                if key.fileobj.type == socket.SOCK_STREAM:
                    with suppress(OSError):
                        key.fileobj.send(b"heard\n")
            elif key.fileobj.type == socket.SOCK_STREAM:
                watched.unregister(key.fileobj)
                key.fileobj.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
