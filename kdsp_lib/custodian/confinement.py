"""Confinement: what a kernel gives up, for good, before its first cell.

In order: core dumps, privileges, files and TCP (Landlock), then the custodian's connection is opened, then new sockets,
other processes and all else that is not named (seccomp). Landlock binds no thread that already runs, so it goes first;
seccomp takes in all threads at once.
"""

from __future__ import annotations

import ctypes
import os
import resource
import site
import sys
from collections.abc import Iterable
from pathlib import Path

from kdsp_lib.custodian import landlock, seccomp
from kdsp_lib.custodian.children import let_nobody_look_in
from kdsp_lib.custodian.landlock import READ, RUN, USE_DEVICE, WRITE, Grant
from kdsp_lib.custodian.ticket import Level
from kdsp_lib.errors import BadParameters
from kdsp_lib.source.limits import MIB

_SHARED_MEMORY_MIB = 4096
"""What libraries take that are shared or only reserved, beyond a kernel's own memory; little of it is ever used."""

REQUIRE = "KDSP_REQUIRE_CONFINEMENT"

_PROGRAMS = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64")
_SETTINGS = ("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/localtime", "/etc/mime.types", "/etc/fonts")
_MACHINE = (
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/stat",
    "/proc/sys/vm/overcommit_memory",
    "/sys/devices/system/cpu",
    "/sys/devices/system/node",
)
_OF_ITSELF = ("fd", "maps", "stat", "statm", "status", "task")
_DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random", "/dev/full")

_PR_CAPBSET_DROP, _LAST_CAPABILITY = 24, 63
_CAPABILITIES_VERSION_3 = 0x20080522


def obtainable(*, late: bool = False) -> Level:
    """What confinement this machine gives a kernel: ``full``, ``partial``, or ``none`` without Landlock.

    One that confines itself ``late``, after cells have run in it, is confined in part at best: threads that it started
    keep their files.
    """
    if not landlock.version():
        return "none"
    return "full" if seccomp.is_available() and not late else "partial"


def require() -> None:
    """From now on, run confined or not at all: this process, and the kernels that it starts."""
    os.environ[REQUIRE] = "1"


def is_required() -> bool:
    """Whether the person asked to run confined or not at all."""
    return os.environ.get(REQUIRE, "") not in {"", "0"}


def refuse_unless_enough(level: Level, *, required: bool) -> None:
    """Raise BadParameters where full confinement is required and this is less."""
    if required and level != "full":
        raise BadParameters(
            f"The kernel's confinement is {level}, and full confinement is required: nothing is run or released.",
            rule=f"--require-confinement, or {REQUIRE}=1",
            remedy="use the kernel named kdsp (`kdsp kernel install`), on Linux 5.13 or later with Landlock and "
            "libseccomp; or run without requiring it, and the page says how it was confined",
        )


def grants(scratch: Path, connection_file: Path | None) -> tuple[Grant, ...]:
    """All that a confined kernel may touch: programs and libraries, a little of the machine, and its scratch."""
    package = Path(__file__).resolve().parents[1]
    libraries = {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix, *site.getsitepackages(), package}
    own = [f"/proc/{os.getpid()}/{name}" for name in _OF_ITSELF]
    return (
        *(Grant(Path(path), RUN) for path in sorted({*_PROGRAMS, *map(str, libraries)})),
        *(Grant(Path(path), READ) for path in (*_SETTINGS, *_MACHINE, *own)),
        *(Grant(Path(path), USE_DEVICE) for path in _DEVICES),
        *([Grant(connection_file, landlock.Access.READ_FILE)] if connection_file else []),
        Grant(scratch, WRITE),
    )


def check_apart(allowed: Iterable[Grant], private: Iterable[Path]) -> None:
    """Raise BadParameters where data, state or outputs lie inside what a kernel may read."""
    trees = [grant.path.resolve() for grant in allowed]
    for folder in private:
        real = folder.resolve()
        for tree in trees:
            if tree in (real, *real.parents):
                raise BadParameters(
                    f"{folder} lies inside {tree}, which every notebook may read.",
                    remedy="move the workspace elsewhere, such as a folder below your home",
                )


def limit_memory(mib: int) -> None:
    """At most so much private memory for this process, and for each that it starts. What asks for more gets none."""
    for kind, most in ((resource.RLIMIT_DATA, mib), (resource.RLIMIT_AS, mib + _SHARED_MEMORY_MIB)):
        _, hard = resource.getrlimit(kind)
        wanted = most * MIB
        limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(kind, (limit, limit))


def confine_files(allowed: Iterable[Grant]) -> None:
    """First step. The caller must be single-threaded for it to hold everywhere. No effect without Landlock."""
    abi = landlock.version()
    if not abi:
        return
    _forbid_core_dumps()
    landlock.forbid_new_privileges()
    _drop_capabilities()
    landlock.restrict(allowed, abi)


def confine_calls() -> None:
    """Second step, once the custodian's connection is open: no new sockets, nothing of other processes.

    Where it fails the error is raised, and the kernel must not start. No effect without Landlock or libseccomp.
    """
    if (abi := landlock.version()) and seccomp.is_available():
        seccomp.restrict(signals_are_scoped=abi >= 6, truncation_is_guarded=abi >= 3)


def prepare_to_confine_calls() -> None:
    """What of that can be done before a process forks, for all its forks."""
    if landlock.version() >= 6 and seccomp.is_available():
        seccomp.built(None, truncation_is_guarded=True)


def _forbid_core_dumps() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    let_nobody_look_in()


def _drop_capabilities() -> None:
    """Even root keeps none: with no_new_privs, no program that it runs gets them back."""
    libc = ctypes.CDLL(None, use_errno=True)
    for number in range(_LAST_CAPABILITY + 1):
        libc.prctl(_PR_CAPBSET_DROP, number, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(_CAPABILITIES_VERSION_3, 0)
    if libc.capset(ctypes.byref(header), ctypes.byref((ctypes.c_uint32 * 6)())):
        raise OSError(ctypes.get_errno(), "capset")
