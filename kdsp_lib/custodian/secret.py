"""The custodian's secrets: whoever holds the first can mint tickets, so no kernel ever does; the second signs."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from pathlib import Path

from kdsp_lib.errors import Broken
from kdsp_lib.source.files import make_folder

SECRET_BYTES = 32
_REMEDY = "remove it: the next kernel makes a new one, and old tickets end"


def read_secret(state: Path) -> bytes:
    """The secret of the workspace whose state folder this is; made, once, where there is none."""
    return read_private(state / "custodian.key", _REMEDY)


def read_private(path: Path, remedy: str) -> bytes:
    """The random bytes of a file that nobody else may read; made, once, where there is none.

    Two processes that start at once get the same secret: it is written aside and linked into place, and whoever comes
    second reads what the first wrote.
    """
    if not path.exists():
        _make(path)
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(file.fileno())
        secret = file.read(SECRET_BYTES + 1)
    if found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise Broken(f"Others may read {path}.", remedy=remedy)
    if len(secret) != SECRET_BYTES:
        raise Broken(f"{path} is damaged.", remedy=remedy)
    return secret


def _make(path: Path) -> None:
    make_folder(path.parent)
    aside = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(SECRET_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(aside, path)
    finally:
        aside.unlink()
