"""Scratch folders: the one place where a confined kernel may write. Emptied when it ends, or by the next one."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from kdsp_lib.custodian.address import private_folder, socket_folder
from kdsp_lib.custodian.removal import remove_folder

_STARTED = 19
"""Which field of /proc/PID/stat, after the name in brackets, says when the process started."""


def make_scratch(workspace_root: Path) -> Path:
    """A new private folder, named after this process, beside the custodian's socket. Abandoned ones are removed."""
    home = private_folder(socket_folder(workspace_root) / "scratch")
    remove_abandoned(home)
    pid = os.getpid()
    scratch = home / f"{pid}-{_started(pid)}-{secrets.token_hex(4)}"
    scratch.mkdir(mode=0o700)
    return scratch


def remove_abandoned(home: Path) -> None:
    """Remove the folders whose process has ended. What a link in them points at stays."""
    for folder in home.iterdir():
        pid, _, rest = folder.name.partition("-")
        started, _, _ = rest.partition("-")
        if pid.isdecimal() and _started(int(pid)) != started:
            remove_folder(folder)


def _started(pid: int) -> str:
    """When a process started, so that a number used again is not taken for the same process; empty if it ended."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text("utf-8", errors="replace")
    except OSError:
        return _started_without_proc(pid)
    return text.rpartition(")")[2].split()[_STARTED]


def _started_without_proc(pid: int) -> str:
    if Path("/proc/self/stat").exists():
        return ""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except PermissionError:
        pass
    return "0"
