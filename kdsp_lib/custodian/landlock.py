"""Landlock: what files a process may touch, given up for good, by itself, without privileges.

It binds the calling thread, the threads it starts afterwards and their children; never threads that already run. The
numbers are the kernel's (`linux/landlock.h`); each of its versions ("ABI") handles a few rights more, and asking for
one that it does not know is an error, so all known to the running version are asked for.
"""

from __future__ import annotations

import ctypes
import os
import stat
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntFlag
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION = 1
_RULE_PATH_BENEATH = 1
_PR_SET_NO_NEW_PRIVS = 38


class Access(IntFlag):
    """What can be done to a file or folder. All of these are refused unless a grant allows them."""

    EXECUTE = 1 << 0
    WRITE_FILE = 1 << 1
    READ_FILE = 1 << 2
    READ_DIR = 1 << 3
    REMOVE_DIR = 1 << 4
    REMOVE_FILE = 1 << 5
    MAKE_CHAR = 1 << 6
    MAKE_DIR = 1 << 7
    MAKE_REG = 1 << 8
    MAKE_SOCK = 1 << 9
    MAKE_FIFO = 1 << 10
    MAKE_BLOCK = 1 << 11
    MAKE_SYM = 1 << 12
    REFER = 1 << 13
    TRUNCATE = 1 << 14
    IOCTL_DEV = 1 << 15


READ = Access.READ_FILE | Access.READ_DIR
RUN = READ | Access.EXECUTE
USE_DEVICE = Access.READ_FILE | Access.WRITE_FILE
WRITE = (
    READ
    | Access.WRITE_FILE
    | Access.TRUNCATE
    | Access.MAKE_DIR
    | Access.MAKE_REG
    | Access.MAKE_SYM
    | Access.REMOVE_DIR
    | Access.REMOVE_FILE
    | Access.REFER
)
_OF_A_FILE = Access.EXECUTE | Access.READ_FILE | Access.WRITE_FILE | Access.TRUNCATE | Access.IOCTL_DEV

_FIRST_RIGHTS = Access(2 * Access.MAKE_SYM - 1)
_RIGHTS_SINCE = {2: Access.REFER, 3: Access.TRUNCATE, 5: Access.IOCTL_DEV}
_BIND_AND_CONNECT_TCP = 0b11
_ABSTRACT_SOCKETS_AND_SIGNALS = 0b11
_NETWORK_SINCE, _SCOPES_SINCE = 4, 6


@dataclass(frozen=True, slots=True)
class Grant:
    """These rights on a file, or on a folder and all beneath it."""

    path: Path
    access: Access


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("access", ctypes.c_uint64), ("parent", ctypes.c_int32))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def version() -> int:
    """The running kernel's Landlock ABI; 0 where it has none, or it is switched off."""
    if not sys.platform.startswith("linux"):
        return 0
    found: int = _libc().syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_ASK_VERSION))
    return max(found, 0)


def handled(abi: int) -> Access:
    """All rights on files that this ABI can refuse."""
    rights = _FIRST_RIGHTS
    for since, right in _RIGHTS_SINCE.items():
        if abi >= since:
            rights |= right
    return rights


def forbid_new_privileges() -> None:
    """No set-user-id program gives this process or its children anything (needed by Landlock and seccomp)."""
    _checked(_libc().prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")


def restrict(grants: Iterable[Grant], abi: int) -> None:
    """Give up all but these grants: files, TCP, and from ABI 6 abstract sockets and signals to others.

    A path that does not exist is left out: what appears there later is refused.
    """
    rights = handled(abi)
    ruleset = _Ruleset(int(rights), _BIND_AND_CONNECT_TCP, _ABSTRACT_SOCKETS_AND_SIGNALS)
    size = 24 if abi >= _SCOPES_SINCE else 16 if abi >= _NETWORK_SINCE else 8
    libc = _libc()
    forbid_new_privileges()
    descriptor = _checked(
        libc.syscall(_CREATE_RULESET, ctypes.byref(ruleset), ctypes.c_size_t(size), ctypes.c_uint32(0)), "landlock"
    )
    try:
        for grant in grants:
            _allow(libc, descriptor, grant, rights)
        _checked(libc.syscall(_RESTRICT_SELF, descriptor, ctypes.c_uint32(0)), "landlock")
    finally:
        os.close(descriptor)


def _allow(libc: ctypes.CDLL, ruleset: int, grant: Grant, rights: Access) -> None:
    try:
        parent = os.open(grant.path, os.O_PATH | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return
    try:
        access = grant.access & rights
        if not stat.S_ISDIR(os.fstat(parent).st_mode):
            access &= _OF_A_FILE
        rule = _Beneath(int(access), parent)
        _checked(
            libc.syscall(_ADD_RULE, ruleset, _RULE_PATH_BENEATH, ctypes.byref(rule), ctypes.c_uint32(0)),
            f"landlock {grant.path}",
        )
    finally:
        os.close(parent)
