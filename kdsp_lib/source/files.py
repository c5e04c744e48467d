"""How kdsp writes and reads files: whole or not at all.

:func:`write_atomically` is the only place that puts bytes on a disk under their final name. Whoever reads a file
of a workspace sees either the old bytes or the new ones, also after a power cut.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

TEMPORARY_PREFIX = ".kdsp-"


def write_atomically(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Put ``content`` at ``path``: a temporary file in the same folder, flushed, then renamed over it.

    The folder is made if need be. Whatever goes wrong, the temporary file is gone afterwards and a file that stood
    at ``path`` is unharmed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.parent / f"{TEMPORARY_PREFIX}{secrets.token_hex(8)}"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _flush_folder(path.parent)


def write_new(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """As :func:`write_atomically`, but never over a file that is there: then :class:`FileExistsError`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.parent / f"{TEMPORARY_PREFIX}{secrets.token_hex(8)}"
    write_atomically(temporary, content, mode=mode)
    try:
        path.hardlink_to(temporary)
    finally:
        temporary.unlink(missing_ok=True)
    _flush_folder(path.parent)


@contextlib.contextmanager
def one_writer(folder: Path) -> Iterator[None]:
    """Hold a folder's lock, so that two processes that read, change and write it do not lose each other's work."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def sha256_of(content: bytes) -> str:
    """The hash by which kdsp names bytes: SHA-256, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
