"""Ways against other processes: their memory, their signals, and memory that is shared."""

from __future__ import annotations

from ways import Way

BESIDE = (
    Way(
        "read another process's memory",
        """
class Piece(ctypes.Structure):
    _fields_ = [("where", ctypes.c_void_p), ("length", ctypes.c_size_t)]
room = ctypes.create_string_buffer(T.length)
here, there = Piece(ctypes.addressof(room), T.length), Piece(T.address, T.length)
syscall(310, T.pid, ctypes.byref(here), 1, ctypes.byref(there), 1, 0)
report(room.raw)
""",
    ),
    Way(
        "read another process's memory as a file",
        """
with open(f"/proc/{T.pid}/mem", "rb") as memory:
    memory.seek(T.address)
    report(memory.read(T.length))
""",
    ),
    Way(
        "read its parent's memory",
        """
class Piece(ctypes.Structure):
    _fields_ = [("where", ctypes.c_void_p), ("length", ctypes.c_size_t)]
room = ctypes.create_string_buffer(T.length)
here, there = Piece(ctypes.addressof(room), T.length), Piece(T.parent_address, T.length)
syscall(310, os.getppid(), ctypes.byref(here), 1, ctypes.byref(there), 1, 0)
report(room.raw)
""",
    ),
    Way(
        "read its parent's memory as a file",
        """
with open(f"/proc/{os.getppid()}/mem", "rb") as memory:
    memory.seek(T.parent_address)
    report(memory.read(T.length))
""",
    ),
    Way(
        "read the custodian's memory as a file",
        "os.open(f'/proc/{T.custodian_pid}/mem', os.O_RDONLY); claim()",
        control="as root",
    ),
    Way(
        "read the custodian's memory",
        """
class Piece(ctypes.Structure):
    _fields_ = [("where", ctypes.c_void_p), ("length", ctypes.c_size_t)]
room = ctypes.create_string_buffer(8)
here, there = Piece(ctypes.addressof(room), 8), Piece(id(None), 8)
syscall(310, T.custodian_pid, ctypes.byref(here), 1, ctypes.byref(there), 1, 0)
claim()
""",
        control="not tried",
    ),
    Way("read its parent's memory map", "open(f'/proc/{os.getppid()}/maps').read() and claim()"),
    Way(
        "trace another process",
        """
syscall(101, 16, T.pid, 0, 0)
os.waitpid(T.pid, 0x40000000)
syscall(101, 17, T.pid, 0, 0)
claim()
""",
    ),
    Way(
        "trace its own child, and the child another",
        """
if (child := os.fork()) == 0:
    os._exit(0 if libc.ptrace(0, 0, 0, 0) == 0 else 1)
if os.waitpid(child, 0)[1] == 0:
    claim()
""",
    ),
    Way(
        "take a descriptor from another process",
        """
held = syscall(438, syscall(434, T.pid, 0), T.descriptor, 0)
report(os.pread(held, 999, 0))
""",
    ),
    Way("signal another process", "os.kill(T.pid, signal.SIGUSR1)", arrives="signal-10"),
    Way(
        "signal another process by its descriptor",
        """
signal.pidfd_send_signal(os.pidfd_open(T.pid), signal.SIGUSR2)
""",
        arrives="signal-12",
    ),
    Way("signal another process's thread", "syscall(234, T.pid, T.pid, int(signal.SIGWINCH))", arrives="signal-28"),
    Way(
        "queue a signal for another process",
        """
syscall(129, T.pid, int(signal.SIGCONT), (ctypes.c_int * 32)(int(signal.SIGCONT), 0, -1))
""",
        arrives="signal-18",
    ),
    Way(
        "have a pipe signal another process",
        """
import fcntl
reading, writing = os.pipe()
fcntl.fcntl(reading, 10, int(signal.SIGURG))
fcntl.fcntl(reading, fcntl.F_SETOWN, T.pid)
fcntl.fcntl(reading, fcntl.F_SETFL, os.O_ASYNC)
os.write(writing, b"x")
""",
        arrives="signal-23",
    ),
    Way("ask whether the custodian can be signalled", "os.kill(T.custodian_pid, 0); claim()", control="not tried"),
    Way(
        "take away another process's resources",
        """
import resource
resource.prlimit(T.pid, resource.RLIMIT_NOFILE, (77, 77))
if resource.prlimit(T.pid, resource.RLIMIT_NOFILE) == (77, 77):
    claim()
""",
    ),
    Way(
        "slow another process down",
        """
os.setpriority(os.PRIO_PROCESS, T.pid, 7)
if os.getpriority(os.PRIO_PROCESS, T.pid) == 7:
    claim()
""",
    ),
    Way(
        "pin another process to one processor",
        """
os.sched_setaffinity(T.pid, os.sched_getaffinity(T.pid))
claim()
""",
    ),
    Way("compare what two processes hold", "syscall(312, os.getpid(), T.pid, 2, 0, 0); claim()"),
    Way(
        "read a named shared memory",
        """
report(open("/dev/shm/" + T.shared, "rb").read())
""",
    ),
    Way(
        "attach a named shared memory",
        """
from multiprocessing import shared_memory, resource_tracker
there = shared_memory.SharedMemory(T.shared)
report(bytes(there.buf[: T.length]))
resource_tracker.unregister(there._name, "shared_memory")
""",
    ),
    Way(
        "attach a numbered shared memory",
        """
libc.shmat.restype = ctypes.c_void_p
where = libc.shmat(T.segment, None, 0o10000)
report(ctypes.string_at(where, T.length) if where and where != 2**64 - 1 else "")
""",
    ),
    Way(
        "read a message queue",
        """
mailbox = libc.mq_open(T.queue.encode(), os.O_RDONLY | os.O_NONBLOCK)
room = ctypes.create_string_buffer(8192)
got = libc.mq_receive(mailbox, room, 8192, None)
report(room.raw[: max(got, 0)])
""",
    ),
    Way(
        "put a key on the person's ring for the next report",
        """
syscall(248, ctypes.c_char_p(b"user"), ctypes.c_char_p(b"kdsp-attack"), ctypes.c_char_p(b"x"), 1, -4)
claim()
""",
    ),
    Way(
        "run a program that exists in memory alone",
        """
program = os.memfd_create("cat")
os.write(program, open("/bin/cat", "rb").read())
claim()
""",
    ),
    Way(
        "run a program written into the scratch",
        """
import shutil, subprocess
shutil.copyfile("/bin/cat", "cat")
os.chmod("cat", 0o700)
subprocess.run(["./cat", "/dev/null"], check=True)
claim()
""",
    ),
    Way(
        "gain rights by a set-user-id program",
        """
import subprocess
for line in subprocess.run(["su", "-c", "cat /proc/self/status"], capture_output=True, text=True).stdout.splitlines():
    if line.startswith("CapEff") and int(line.split()[1], 16):
        claim()
""",
        control="as root",
    ),
    Way(
        "keep the rights of root",
        """
for line in open("/proc/self/status"):
    if line.startswith(("CapEff", "CapPrm", "CapBnd")) and int(line.split()[1], 16):
        claim()
""",
        control="as root",
    ),
    Way(
        "become somebody else",
        """
if (child := os.fork()) == 0:
    os._exit(0 if libc.setuid(65534) == 0 else 1)
if os.waitpid(child, 0)[1] == 0:
    claim()
""",
        control="as root",
    ),
    Way("let others trace it", "libc.prctl(4, 1, 0, 0, 0) == 0 and claim()"),
    Way("stop page faults in user space", "syscall(323, 1); claim()"),
    Way(
        "load a program into the system (bpf)",
        """
what = (ctypes.c_uint32 * 32)(2, 4, 4, 1)
syscall(321, 0, what, 128)
claim()
""",
        control="as root",
    ),
    Way(
        "watch the machine's counters (perf)",
        """
what = (ctypes.c_uint32 * 32)(1, 128)
syscall(298, what, T.pid, -1, -1, 0)
claim()
""",
        control="not tried",
    ),
    Way(
        "type into the terminal of its caller",
        """
import fcntl
for stream in (0, 1, 2):
    try:
        fcntl.ioctl(stream, 0x5412, b"x")
        claim()
    except OSError as error:
        if error.errno != 38 and stream:
            report(error)
""",
        control="not tried",
    ),
    Way("open the terminal of its caller", "os.open('/dev/tty', os.O_RDWR); claim()", control="not tried"),
    Way("open another terminal", "os.open('/dev/ptmx', os.O_RDWR); claim()"),
)
