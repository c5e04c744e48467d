"""Where a workspace's custodian listens: one private folder a workspace and a person, the same from everywhere."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import tempfile
from pathlib import Path

from kdsp_lib.errors import Broken

_SHARED_TEMPORARY = Path("/tmp")  # noqa: S108 - the folder made in it is checked for owner, kind and mode


def socket_folder(workspace_root: Path) -> Path:
    """The folder of mode 0700 that holds the custodian's socket and the kernels' scratch; made where there is none.

    It depends on the person and the workspace alone, never on the environment: a scheduled run and a notebook must
    find the same custodian, for two of them would write one ledger. Raises Broken where somebody else made it first.
    """
    mark = hashlib.sha256(os.fsencode(Path(workspace_root).resolve())).hexdigest()[:16]
    shared = _SHARED_TEMPORARY if _SHARED_TEMPORARY.is_dir() else Path(tempfile.gettempdir())
    return private_folder(shared / f"kdsp-{os.getuid()}-{mark}")


def private_folder(folder: Path) -> Path:
    """Make a folder that only this person can enter, or check that the one there is such a folder."""
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise Broken(f"{folder} is not a folder.", remedy="remove it, after asking who made it and why")
    if found.st_uid != os.getuid():
        raise Broken(f"{folder} belongs to somebody else.", remedy="have it removed, and ask who made it and why")
    if stat.S_IMODE(found.st_mode) & 0o077:
        raise Broken(f"Others can enter {folder}.", remedy=f"look at what is in it, then `chmod 700 {folder}`")
    return folder
