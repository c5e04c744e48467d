"""A disk in memory for a kernel's scratch: of a limited size, and gone with the kernel, whatever was made on it.

The process moves into a user and a mount namespace of its own, which needs no privileges where the system allows it
(Linux; some distributions and containers forbid it). Nobody else sees the disk, and nothing of it has to be deleted.
"""

from __future__ import annotations

import ctypes
import os
import resource
import sys
from pathlib import Path
from typing import Final

from kdsp_lib.custodian.children import let_nobody_look_in
from kdsp_lib.source.limits import MIB

DISK_MIB: Final = 512
DISK_FILES: Final = 16_384
"""Files and folders together; so folders are nested no deeper than that."""

_NEW_USER, _NEW_MOUNT = 0x1000_0000, 0x0002_0000
_NO_SETUID, _NO_DEVICES, _RECURSIVE, _PRIVATE = 0x2, 0x4, 0x4000, 0x4_0000
_PR_SET_DUMPABLE: Final = 4


def limit_files() -> None:
    """No file larger than the disk: what holds too where a disk of its own cannot be had."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    most = DISK_MIB * MIB if hard == resource.RLIM_INFINITY else min(DISK_MIB * MIB, hard)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))


def put_on(folder: Path) -> bool:
    """Put a new disk on an empty folder, for this process and its children; whether that could be done.

    The caller has one thread. Its account and its rights on files stay what they were.
    """
    if not sys.platform.startswith("linux"):
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    user, group = os.getuid(), os.getgid()
    if libc.unshare(_NEW_USER | _NEW_MOUNT):
        return False
    libc.prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0)  # else the maps in /proc would be root's
    try:
        for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
            Path(f"/proc/self/{name}").write_text(text, "ascii")
    except OSError:
        return False
    finally:
        let_nobody_look_in()
    size = f"size={DISK_MIB}m,nr_inodes={DISK_FILES},mode=700".encode()
    return not (
        libc.mount(b"none", b"/", None, _RECURSIVE | _PRIVATE, None)
        or libc.mount(b"tmpfs", os.fsencode(folder), b"tmpfs", _NO_SETUID | _NO_DEVICES, size)
    )
