"""Seccomp: which calls a process may make of the system, given up for good, in all its threads and children.

Landlock guards paths. This guards what has no path or what Landlock does not look at: sockets, other processes'
memory, shared memory, modes and times of files, watching a folder for names. A call that is on no list here, such as
one that a later kernel brings, fails as if the kernel did not know it.
"""

from __future__ import annotations

import errno
import os
from functools import lru_cache
from typing import Any

FILES = """
    access chdir close close_range copy_file_range creat dup dup2 dup3 faccessat faccessat2 fadvise64 fallocate fchdir
    fdatasync flock fstat fstatfs fsync ftruncate getcwd getdents getdents64 link linkat lseek lstat mkdir mkdirat
    newfstatat open openat pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv
    rename renameat renameat2 rmdir sendfile splice stat statfs statx symlink symlinkat sync_file_range tee truncate
    umask unlink unlinkat write writev
"""
MEMORY = """
    brk get_mempolicy madvise mbind membarrier mincore mlock mlock2 mmap mprotect mremap mseal msync munlock munmap
    pkey_alloc pkey_free pkey_mprotect set_mempolicy
"""
PROCESSES = """
    arch_prctl capget execve execveat exit exit_group fork futex futex_requeue futex_wait futex_waitv futex_wake
    get_robust_list getegid geteuid getgid getgroups getpgid getpgrp getpid getppid getpriority getresgid getresuid
    getsid gettid getuid pidfd_open restart_syscall rseq set_robust_list set_tid_address setpgid setsid vfork wait4
    waitid
"""
SIGNALS = "kill pidfd_send_signal rt_sigqueueinfo rt_tgsigqueueinfo tgkill tkill"
MACHINE = """
    alarm clock_getres clock_gettime clock_nanosleep epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait
    epoll_pwait2 epoll_wait epoll_wait_old eventfd eventfd2 getcpu getitimer getrandom getrlimit getrusage gettimeofday
    nanosleep pause pipe pipe2 poll ppoll pselect6 rt_sigaction rt_sigpending rt_sigprocmask rt_sigreturn
    rt_sigsuspend rt_sigtimedwait sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr
    sched_getparam sched_getscheduler sched_rr_get_interval sched_yield select setitimer setrlimit sigaltstack signalfd
    signalfd4 sysinfo time timer_create timer_delete timer_getoverrun timer_gettime timer_settime timerfd_create
    timerfd_gettime timerfd_settime times uname
"""
OPEN_CONNECTIONS = """
    accept accept4 getpeername getsockname getsockopt recvfrom recvmmsg recvmsg setsockopt shutdown
"""

REFUSED = """
    add_key bind bpf chown connect fanotify_init fanotify_mark fchown fchownat file_setattr inotify_add_watch
    inotify_init inotify_init1 io_uring_enter io_uring_register io_uring_setup kcmp keyctl lchown listen memfd_create
    memfd_secret mount mount_setattr move_mount msgget mq_open name_to_handle_at open_by_handle_at open_tree
    perf_event_open pidfd_getfd pivot_root process_madvise process_mrelease process_vm_readv process_vm_writev ptrace
    request_key semget setns shmat shmget socket umount2 unshare userfaultfd
"""
PASSED_OVER = "chmod fchmod fchmodat fchmodat2 futimesat utime utimensat utimes"
"""Answered as if done, and not done: copying a file in the scratch must work, whose mode and time matter to nobody."""
NOT_SUPPORTED = """
    fgetxattr flistxattr fremovexattr fsetxattr getxattr getxattrat lgetxattr listxattr listxattrat llistxattr
    lremovexattr lsetxattr removexattr removexattrat setxattr setxattrat
"""

_NEW_NAMESPACES = 0x7E020080
_FAST_OPEN = 0x20000000
_UNIX, _STREAM, _KIND_OF_SOCKET = 1, 1, 0xF
_TRUNCATE_WHILE_READING, _MODE_AND_TRUNCATE = os.O_TRUNC, os.O_TRUNC | os.O_ACCMODE
_ORDINARY_SCHEDULING = 0
_LOW = 0xFFFF_FFFF

_FILE_COMMANDS = (0, 1, 2, 3, 4, 5, 6, 7, 9, 36, 37, 38, 1027, 1030, 1031, 1032, 1033, 1034)
"""Of fcntl: duplicate, flags, locks, pipe sizes, seals. Not: who gets a signal (8, 15, 10), leases, folder watching."""
_DEVICE_COMMANDS = (0x5401, 0x540F, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451, 0x802C542A)
"""Of ioctl: is it a terminal and how wide, bytes waiting, blocking, close on exec. Not: typing into the terminal."""
_PROCESS_COMMANDS = (1, 2, 3, 15, 16, 21, 23, 27, 29, 30, 38, 39, 40, 41, 42, 0x53564D41)
"""Of prctl: names, time slack, what is read. Not: dumpable (4), who may trace (0x59616d61), memory maps (35)."""
_ANY_PERSONALITY = (0, _LOW)


def is_available() -> bool:
    """Whether libseccomp is here. Where it is not, confinement is partial."""
    try:
        import pyseccomp  # noqa: F401
    except (ImportError, RuntimeError, OSError):
        return False
    return True


def restrict(*, signals_are_scoped: bool, truncation_is_guarded: bool) -> None:
    """Load the filter into every thread of this process, now and later, and into its children.

    An old Landlock leaves two gaps that are filled here: signals to other processes (before ABI 6; a process may then
    signal only itself), and truncating a file that may only be read (before ABI 3).
    """
    built(None if signals_are_scoped else os.getpid(), truncation_is_guarded=truncation_is_guarded).load()


@lru_cache(maxsize=1)
def built(only_signals: int | None, *, truncation_is_guarded: bool) -> Any:
    """The filter, which does nothing before it is loaded; where signals are not scoped, of the one process to signal.

    Made before a process forks it serves all forks: its hundreds of rules take longer than all else that confines.
    """
    import pyseccomp as lib

    filter_ = lib.SyscallFilter(lib.ERRNO(errno.ENOSYS))
    filter_.set_attr(lib.Attr.CTL_TSYNC, 1)
    filter_.set_attr(lib.Attr.ACT_BADARCH, lib.ERRNO(errno.ENOSYS))
    for names, number in ((REFUSED, errno.EPERM), (NOT_SUPPORTED, errno.ENOTSUP), (PASSED_OVER, 0)):
        for name in names.split():
            _add(lib, filter_, lib.ERRNO(number), name)
    _allow_by_argument(lib, filter_)
    allowed = f"{FILES} {MEMORY} {PROCESSES} {MACHINE} {OPEN_CONNECTIONS}".split()
    if not truncation_is_guarded:
        allowed = [name for name in allowed if name not in {"open", "openat", "creat", "truncate"}]
        _allow_opening_without_truncation(lib, filter_)
    for name in allowed:
        _add(lib, filter_, lib.ALLOW, name)
    if only_signals is None:
        for name in SIGNALS.split():
            _add(lib, filter_, lib.ALLOW, name)
    else:
        for name in ("kill", "tgkill"):
            _add(lib, filter_, lib.ALLOW, name, lib.Arg(0, lib.EQ, only_signals))
    return filter_


def _allow_by_argument(lib: Any, filter_: Any) -> None:
    def allow(name: str, *conditions: Any) -> None:
        _add(lib, filter_, lib.ALLOW, name, *conditions)

    def is_one_of(name: str, argument: int, values: tuple[int, ...]) -> None:
        for value in values:
            allow(name, lib.Arg(argument, lib.MASKED_EQ, _LOW, value))

    def has_none_of(argument: int, bits: int) -> Any:
        return lib.Arg(argument, lib.MASKED_EQ, bits, 0)

    allow("clone", has_none_of(0, _NEW_NAMESPACES))
    allow("sendto", has_none_of(3, _FAST_OPEN), lib.Arg(4, lib.EQ, 0))
    allow("sendmsg", has_none_of(2, _FAST_OPEN))
    allow("sendmmsg", has_none_of(3, _FAST_OPEN))
    allow("socketpair", lib.Arg(0, lib.MASKED_EQ, _LOW, _UNIX), lib.Arg(1, lib.MASKED_EQ, _KIND_OF_SOCKET, _STREAM))
    is_one_of("prlimit64", 0, (0,))
    is_one_of("sched_setscheduler", 1, (_ORDINARY_SCHEDULING,))
    is_one_of("sched_setaffinity", 0, (0,))
    is_one_of("fcntl", 1, _FILE_COMMANDS)
    is_one_of("ioctl", 1, _DEVICE_COMMANDS)
    is_one_of("prctl", 0, _PROCESS_COMMANDS)
    is_one_of("personality", 0, _ANY_PERSONALITY)


def _allow_opening_without_truncation(lib: Any, filter_: Any) -> None:
    for name, flags in (("open", 1), ("openat", 2)):
        _add(lib, filter_, lib.ALLOW, name, lib.Arg(flags, lib.MASKED_EQ, os.O_TRUNC, 0))
        for mode in (os.O_WRONLY, os.O_RDWR):
            wanted = _TRUNCATE_WHILE_READING | mode
            _add(lib, filter_, lib.ALLOW, name, lib.Arg(flags, lib.MASKED_EQ, _MODE_AND_TRUNCATE, wanted))


def _add(lib: Any, filter_: Any, action: int, name: str, *conditions: Any) -> None:
    try:
        number = lib.resolve_syscall(lib.Arch.NATIVE, name)
    except (ValueError, OSError):
        return
    if number < 0:
        return
    filter_.add_rule(action, number, *conditions)
