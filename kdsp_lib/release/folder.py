"""Putting a folder in its place: all of it or nothing, whatever fails.

It is written beside its place under a name with a dot, flushed to the disk, and then takes its place in one step. A
folder that is there already is exchanged in one step too, so a reader finds the old or the new one and never none.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath

from kdsp_lib.errors import Broken
from kdsp_lib.release.standing import mode_of
from kdsp_lib.source.files import make_folder

_AT_FDCWD = -100
_EXCHANGE = 2
PART = ".part"
_AT_ONCE = 8
"""So many files are put on the disk at once: it takes little longer for them than for one."""


def place(files: Mapping[str, bytes], into: Path, name: str, *, private: bool, is_same: Callable[[Path], bool]) -> str:
    """``written``, ``replaced``, or ``unchanged`` where the folder that is there ``is_same``.

    ``private``: nobody but the owner may look in. Broken, with nothing left behind, where it cannot be written.
    """
    final = into / name
    try:
        if final.is_symlink() or (final.exists() and not final.is_dir()):
            raise Broken(f"There is something in the place of release {name} that is no folder.")
        with _part_of(name, into, private=private) as part:
            _fill(part, files, private=private)
            with _held(into, wait=True):
                _sweep(into)
                return _settle(part, final, is_same)
    except OSError as cause:
        raise _unwritable(f"Release {name}", cause) from cause


def refuse_unless_writable(into: Path) -> None:
    """Broken where no folder can be made in ``into``: better said before a report is worked out than after."""
    probe = into / f".{secrets.token_hex(8)}{PART}"
    try:
        make_folder(into, mode=mode_of(is_folder=True, private=False))
        with _held(into, wait=True):
            probe.mkdir(mode=0o700)
            probe.rmdir()
    except OSError as cause:
        raise _unwritable("A release", cause) from cause


def put_page(into: Path, name: str, page: str) -> Path:
    """A page beside the releases, for their owner alone, over the one that is there. OSError where it cannot be."""
    with _part_of(name, into, private=True) as part:
        write_file(part / name, page.encode(), mode=mode_of(is_folder=False, private=True))
        with _held(into, wait=True):
            _sweep(into)
            (part / name).replace(into / name)
            _flush(into)
    return into / name


def _unwritable(what: str, cause: OSError) -> Broken:
    return Broken(
        f"{what} could not be written: {cause.strerror or 'the disk refused'}.",
        remedy="make room, or allow writing to the folder of outputs; nothing was left behind",
    )


@contextlib.contextmanager
def _part_of(name: str, into: Path, *, private: bool) -> Iterator[Path]:
    """A new part of what will be called ``name``, gone in the end where it took no place.

    It is held from its first moment: nobody sweeps while it is made, so none is taken for abandoned.
    """
    make_folder(into, mode=mode_of(is_folder=True, private=False))
    part = into / f".{name}.{secrets.token_hex(8)}{PART}"
    try:
        with contextlib.ExitStack() as holding:
            with _held(into, wait=True):
                part.mkdir(mode=mode_of(is_folder=True, private=private))
                holding.enter_context(_held(part))
            yield part
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _fill(part: Path, files: Mapping[str, bytes], *, private: bool) -> None:
    with ThreadPoolExecutor(_AT_ONCE) as writing:
        written = []
        for path, content in sorted(files.items()):
            _check_path(path)
            for folder in reversed(PurePosixPath(path).parents[:-1]):
                (part / folder).mkdir(mode=mode_of(is_folder=True, private=private), exist_ok=True)
            mode = mode_of(is_folder=False, private=private)
            written.append(writing.submit(write_file, part / path, content, mode=mode))
        for each in written:
            each.result()
    for root, _, _ in os.walk(part, topdown=False):
        _flush(Path(root))


def write_file(path: Path, content: bytes, *, mode: int) -> None:
    """One file, on the disk when this returns."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _check_path(path: str) -> None:
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or str(pure) != path:
        raise Broken("A file of the release would stand outside it.")


def _settle(part: Path, final: Path, is_same: Callable[[Path], bool]) -> str:
    if not final.exists():
        part.rename(final)
        _flush(final.parent)
        return "written"
    if is_same(final):
        return "unchanged"
    exchange(part, final)
    _flush(final.parent)
    return "replaced"


def exchange(one: Path, other: Path) -> None:
    """Two folders take each other's places in one step; where the system has no such step, in two with a way back."""
    libc = ctypes.CDLL(None, use_errno=True)
    renameat2 = getattr(libc, "renameat2", None)
    if renameat2 and renameat2(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _EXCHANGE) == 0:
        return
    aside = one.with_name(f"{one.name}.old{PART}")
    other.rename(aside)
    try:
        one.rename(other)
    except OSError:
        aside.rename(other)
        raise
    aside.rename(one)


def _sweep(into: Path) -> None:
    """Take away what writers that were killed left: parts that nobody holds. ``into`` is held meanwhile."""
    for part in into.glob(f".*{PART}"):
        with contextlib.suppress(OSError), _held(part):
            shutil.rmtree(part, ignore_errors=True)


@contextlib.contextmanager
def _held(folder: Path, *, wait: bool = False) -> Iterator[None]:
    """Hold a folder, so that no other writer takes it for abandoned."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
    finally:
        os.close(handle)


def _flush(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
