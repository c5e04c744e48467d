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
PRIVATE = 0o700
"""The mode of a folder that nobody but its owner looks into."""


def make_folder(folder: Path, *, mode: int = PRIVATE) -> None:
    """Make a folder where there is none, and each that it stands in, all with this mode; one that is there stays so.

    ``Path.mkdir`` gives a mode to the last alone: whoever came first made ``state`` so that everybody could look in.
    """
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(mode=mode, exist_ok=True)
    if not missing:
        folder.mkdir(exist_ok=True)  # FileExistsError where it is a file


def _folder_for(path: Path, mode: int) -> None:
    """The folder of a file with this mode: for the owner alone where the file is."""
    make_folder(path.parent, mode=PRIVATE if not mode & 0o077 else 0o755)


def write_atomically(path: Path, content: bytes, *, mode: int = 0o644, flushed: bool = True) -> None:
    """Put ``content`` at ``path``: a temporary file in the same folder, flushed, then renamed over it.

    The folder is made if need be. Whatever goes wrong, the temporary file is gone afterwards and a file that stood
    at ``path`` is unharmed. What is not ``flushed`` may be the earlier bytes, or none, after a power cut.
    """
    _folder_for(path, mode)
    temporary = path.parent / f"{TEMPORARY_PREFIX}{secrets.token_hex(8)}"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            if flushed:
                os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    if flushed:
        _flush_folder(path.parent)


class GrowingFile:
    """A file too large for the memory: written piece by piece under a temporary name, until it is given its own.

    Its hash is known without reading it again. Whoever does not :meth:`settle` it must :meth:`drop` it.
    """

    closed = False

    def __init__(self, folder: Path, *, mode: int = 0o600) -> None:
        make_folder(folder)
        self._path = folder / f"{TEMPORARY_PREFIX}{secrets.token_hex(8)}"
        self._file = os.fdopen(os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode), "wb")
        self._hash = hashlib.sha256()
        self._size = 0

    def write(self, content: bytes) -> int:
        """Add to its end; how many bytes."""
        self._hash.update(content)
        size = self._file.write(content)
        self._size += size
        return size

    def tell(self) -> int:
        """How many bytes it has."""
        return self._size

    def flush(self) -> None:
        """Hand over to the system what is held back."""
        self._file.flush()

    @property
    def sha256(self) -> str:
        """The hash of all that was written."""
        return self._hash.hexdigest()

    def settle(self, path: Path) -> None:
        """Give it its own name, when all of it is on the disk."""
        with self._file:
            self._file.flush()
            os.fsync(self._file.fileno())
        self._path.replace(path)
        _flush_folder(path.parent)

    def drop(self) -> None:
        """Leave nothing of it, where it was not settled."""
        self._file.close()
        self._path.unlink(missing_ok=True)


def write_new(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """As :func:`write_atomically`, but never over a file that is there: then :class:`FileExistsError`."""
    _folder_for(path, mode)
    temporary = path.parent / f"{TEMPORARY_PREFIX}{secrets.token_hex(8)}"
    write_atomically(temporary, content, mode=mode)
    try:
        path.hardlink_to(temporary)
    finally:
        temporary.unlink(missing_ok=True)
    _flush_folder(path.parent)


def append_line(path: Path, line: bytes, *, mode: int = 0o600) -> None:
    """Add a line to a file that only grows, so that it may lie where nothing but that is allowed."""
    _folder_for(path, mode)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, mode)
    with os.fdopen(descriptor, "ab") as file:
        file.write(line + b"\n")
        file.flush()
        os.fsync(file.fileno())


@contextlib.contextmanager
def one_writer(folder: Path) -> Iterator[None]:
    """Hold a folder's lock, so that two processes that read, change and write it do not lose each other's work."""
    make_folder(folder)
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
