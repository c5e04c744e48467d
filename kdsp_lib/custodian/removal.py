"""Removing folders that a kernel could write: whatever is in them, however deep, and without ever raising.

No path is followed down: each folder within is opened by its own name beside the top, to which what it holds is moved
up. So neither the depth of folders nor the length of their paths matters, and a few descriptors suffice.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_ROUNDS: Final = 3
"""How often a folder is gone through anew where something is left: it may be written to meanwhile."""


def remove_folder(folder: Path) -> bool:
    """Remove a folder with all that is in it, and no more than that: links in it are removed, not followed.

    Returns whether it is gone.
    """
    if not folder.is_symlink():
        empty_folder(folder)
        with suppress(OSError):
            folder.rmdir()
    return not os.path.lexists(folder)


def empty_folder(folder: Path) -> None:
    """Remove all that is in a folder, as far as it can be removed."""
    with suppress(OSError), _opened(os.fspath(folder), None) as top:
        for _ in range(_ROUNDS):
            if not _emptied(top):
                return


def _emptied(top: int) -> bool:
    """Go once through what a folder holds, and what that holds in turn; whether there was anything."""
    waiting = _without_files(top)
    is_changed = bool(waiting)
    while waiting:
        name = waiting.pop()
        with suppress(OSError):
            with _opened(name, top) as within:
                for inner in _without_files(within):
                    new = secrets.token_hex(16)
                    if _moved(inner, within, new, top):
                        waiting.append(new)
            os.rmdir(name, dir_fd=top)
    return is_changed


def _without_files(folder: int) -> list[str]:
    """Remove the files and links of a folder; the names of the folders in it."""
    folders = []
    with os.scandir(folder) as entries:
        found = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
    for name, is_folder in found:
        if is_folder:
            folders.append(name)
        else:
            with suppress(OSError):
                os.unlink(name, dir_fd=folder)
    return folders


def _moved(name: str, folder: int, new: str, top: int) -> bool:
    """Move a folder up to the top. One that nobody may write cannot be moved before its mode is changed."""
    for _ in range(2):
        try:
            os.rename(name, new, src_dir_fd=folder, dst_dir_fd=top)
        except OSError:
            with suppress(OSError), _opened(name, folder):
                continue
            return False
        return True
    return False


@contextmanager
def _opened(name: str, parent: int | None) -> Iterator[int]:
    """A folder to read and write in, whatever its mode was; never where a link leads."""
    handle = os.open(name, os.O_PATH | _FOLDER, dir_fd=parent)
    try:
        if stat.S_IMODE(os.fstat(handle).st_mode) & 0o700 != 0o700:
            os.chmod(f"/proc/self/fd/{handle}", 0o700)  # noqa: PTH101 - the folder itself, which a name might not be
        reading = os.open(".", _FOLDER, dir_fd=handle)
    finally:
        os.close(handle)
    try:
        yield reading
    finally:
        os.close(reading)
