"""Ways to read pupils' data, the state, or another report's output."""

from __future__ import annotations

from ways import Way

TO_READ = (
    Way("open a data file", "report(open(T.secret).read())"),
    Way("open the custodian's state", "report(open(T.state).read())"),
    Way("open another report's output", "report(open(T.other).read())"),
    Way("list the data folder", "report(os.listdir(T.data))"),
    Way("walk from the root down", "report([f for d, _, fs in os.walk(os.path.dirname(T.data)) for f in fs])"),
    Way("climb up by relative path", "report(open(os.path.relpath(T.secret)).read())"),
    Way("change into the data folder first", "os.chdir(T.data); report(open(os.path.basename(T.secret)).read())"),
    Way(
        "go through a descriptor of the folder",
        """
folder = os.open(T.data, os.O_PATH)
report(os.read(os.open(os.path.basename(T.secret), os.O_RDONLY, dir_fd=folder), 999))
""",
    ),
    Way(
        "name the file without opening it, then open it by /proc/self/fd",
        """
handle = os.open(T.secret, os.O_PATH)
report(open(f"/proc/self/fd/{handle}").read())
""",
    ),
    Way("go through /proc/self/root", "report(open('/proc/self/root' + T.secret).read())"),
    Way("go through the root of another process", "report(open(f'/proc/{T.pid}/root' + T.secret).read())"),
    Way("go through a file that another process holds open", "report(open(f'/proc/{T.pid}/fd/{T.descriptor}').read())"),
    Way("read a file that its caller left open", "report(os.pread(T.inherited, 999, 0))"),
    Way(
        "look through all that is open in it",
        """
import stat
for number in os.listdir("/proc/self/fd"):
    if stat.S_ISREG(os.fstat(int(number)).st_mode):
        report(os.pread(int(number), 999, 0))
""",
    ),
    Way(
        "make the custodian's key its own",
        """
import pathlib
from kdsp_lib.custodian.secret import read_secret
read_secret(pathlib.Path(T.state).parent)
claim()
""",
    ),
    Way("make a symbolic link in the scratch", "os.symlink(T.secret, 'link'); report(open('link').read())"),
    Way("make a hard link in the scratch", "os.link(T.secret, 'hard'); report(open('hard').read())"),
    Way(
        "exchange a file of the scratch for it",
        """
open("mine", "w").close()
path = T.target + "/report.html"
if libc.renameat2(-100, b"mine", -100, path.encode(), 2):
    raise OSError(ctypes.get_errno())
report(open("mine").read())
""",
    ),
    Way("map it into memory", "import mmap; f = os.open(T.secret, 0); report(mmap.mmap(f, 0, prot=mmap.PROT_READ)[:])"),
    Way("copy it with shutil", "import shutil; shutil.copy(T.secret, 'copy'); report(open('copy').read())"),
    Way(
        "call the C library",
        """
f = libc.open(T.secret.encode(), 0)
room = ctypes.create_string_buffer(999)
libc.read(f, room, 999)
report(room.value)
""",
    ),
    Way(
        "call the kernel by number (openat)",
        """
room = ctypes.create_string_buffer(999)
syscall(0, syscall(257, -100, ctypes.c_char_p(T.secret.encode()), 0, 0), room, 999)
report(room.value)
""",
    ),
    Way(
        "call the kernel by number (openat2)",
        """
how = (ctypes.c_uint64 * 3)()
room = ctypes.create_string_buffer(999)
syscall(0, syscall(437, -100, ctypes.c_char_p(T.secret.encode()), how, 24), room, 999)
report(room.value)
""",
    ),
    Way(
        "call the kernel through its 32-bit door",
        """
libc.mmap.restype = ctypes.c_void_p
where = libc.mmap(None, ctypes.c_size_t(4096), 7, 0x22 | 0x40, -1, ctypes.c_size_t(0))
path = T.secret.encode() + b"\\0"
ctypes.memmove(where + 256, path, len(path))
call = lambda *n: b"".join(bytes([op]) + v.to_bytes(4, "little") for op, v in zip((0xB8, 0xBB, 0xB9, 0xBA), n))
code = b"\\x53" + call(5, where + 256, 0, 0) + b"\\xcd\\x80\\x5b\\xc3"
ctypes.memmove(where, code, len(code))
file = ctypes.CFUNCTYPE(ctypes.c_int)(where)()
report(os.read(file, 999))
""",
    ),
    Way(
        "open it by its handle",
        """
handle = ctypes.create_string_buffer(136)
handle[0:4] = (128).to_bytes(4, "little")
mount = ctypes.c_int()
syscall(303, -100, ctypes.c_char_p(T.secret.encode()), handle, ctypes.byref(mount), 0)
root = os.open("/", os.O_PATH | os.O_DIRECTORY)
root = os.open(os.path.dirname(T.secret), os.O_RDONLY | os.O_DIRECTORY)
report(os.read(syscall(304, root, handle, 0), 999))
""",
        control="as root",
    ),
    Way(
        "queue the reading on a ring (io_uring)",
        """
setup = ctypes.create_string_buffer(120)
ring = syscall(425, 4, setup)
claim()
""",
    ),
    Way("import it as a module", "sys.path.insert(0, T.data); import canary_module; report(canary_module.VALUE)"),
    Way("run it with runpy", "import runpy; report(runpy.run_path(T.module))"),
    Way("look at its lines with linecache", "import linecache; report(linecache.getlines(T.secret))"),
    Way(
        "open it as a database",
        "import sqlite3; report(sqlite3.connect(T.database).execute('select * from t').fetchall())",
    ),
    Way("read it with pandas", "import pandas; report(pandas.read_csv(T.secret))"),
    Way("read it with numpy", "import numpy; report(numpy.fromfile(T.secret, dtype='uint8').tobytes())"),
    Way(
        "read it with Arrow's own file system",
        """
import pyarrow.fs
report(pyarrow.fs.LocalFileSystem().open_input_stream(T.secret).readall())
""",
    ),
    Way("map it with Arrow", "import pyarrow; report(pyarrow.memory_map(T.secret).read())"),
    Way("read it with Arrow's CSV reader", "import pyarrow.csv; report(pyarrow.csv.read_csv(T.secret))"),
    Way("read it with Arrow's Parquet reader", "import pyarrow.parquet; report(pyarrow.parquet.read_table(T.table))"),
    Way(
        "read it with Arrow's data sets", "import pyarrow.dataset; report(pyarrow.dataset.dataset(T.table).to_table())"
    ),
    Way("read it with DuckDB", "import duckdb; report(duckdb.sql(f\"select * from '{T.table}'\").fetchall())"),
    Way(
        "show it as a picture", "from IPython.display import Image; report(Image(filename=T.secret, format='png').data)"
    ),
    Way(
        "use the %%bash magic",
        "report(get_ipython().run_cell_magic('bash', '--out got', f'cat {T.secret}') or got)".replace(
            "or got", "or get_ipython().user_ns.get('got')"
        ),
    ),
    Way("use the ! escape", "report(get_ipython().getoutput(f'cat {T.secret}'))"),
    Way(
        "use the %load magic",
        "get_ipython().run_line_magic('load', T.module); report(get_ipython().payload_manager.read_payload())",
    ),
    Way("run cat", "import subprocess; report(subprocess.run(['cat', T.secret], capture_output=True).stdout)"),
    Way("let the shell read it", "report(os.popen(f'while read l; do echo $l; done < {T.secret}').read())"),
    Way(
        "start another Python",
        """
import subprocess
code = f"print(open({T.secret!r}).read())"
report(subprocess.run([sys.executable, "-I", "-c", code], capture_output=True).stdout)
""",
    ),
    Way(
        "start a program with a library loaded before it",
        """
import subprocess
library = next(line.split()[-1] for line in open("/proc/self/maps") if "libc.so" in line)
report(subprocess.run(["cat", T.secret], capture_output=True, env={**os.environ, "LD_PRELOAD": library}).stdout)
""",
    ),
    Way(
        "fork a child that reads",
        """
reading, writing = os.pipe()
if not (child := os.fork()):
    try:
        os.write(writing, open(T.secret, "rb").read())
    finally:
        os._exit(0)
os.close(writing)
report(os.read(reading, 999))
os.waitpid(child, 0)
""",
    ),
    Way(
        "spawn a child by posix_spawn",
        """
reading, writing = os.pipe()
os.posix_spawn("/bin/cat", ["cat", T.secret], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, writing, 1)])
os.close(writing)
report(os.read(reading, 999))
""",
    ),
    Way(
        "leave a child behind that reads later",
        """
import subprocess
where = os.path.join(os.getcwd(), "later")
script = f"sleep 0.3; cat {T.secret} > {where}.part; mv {where}.part {where}"
subprocess.Popen(["setsid", "sh", "-c", script], stderr=subprocess.DEVNULL)
for _ in range(10 * T.patience):
    if os.path.exists(where):
        break
    time.sleep(0.1)
report(open(where).read())
""",
    ),
    Way(
        "read in a new thread",
        """
def look():
    report(open(T.secret).read())
thread = threading.Thread(target=look)
thread.start()
thread.join()
""",
    ),
    Way(
        "read in the output thread of the kernel",
        """
done = threading.Event()
def look():
    try:
        report(open(T.secret).read())
    except OSError as error:
        report(error)
    done.set()
get_ipython().kernel.iopub_thread.schedule(look)
done.wait(max(5, T.patience))
""",
    ),
    Way(
        "read in the control thread of the kernel",
        """
done = threading.Event()
def look():
    try:
        report(open(T.secret).read())
    except OSError as error:
        report(error)
    done.set()
get_ipython().kernel.control_thread.io_loop.add_callback(look)
done.wait(max(5, T.patience))
""",
    ),
    Way(
        "read in the shell channel's thread",
        """
done = threading.Event()
def look():
    try:
        report(open(T.secret).read())
    except OSError as error:
        report(error)
    done.set()
get_ipython().kernel.shell_channel_thread.io_loop.add_callback(look)
done.wait(max(5, T.patience))
""",
    ),
    Way(
        "read in every thread by a profile hook",
        """
got = []
def look(*_):
    try:
        got.append(open(T.secret).read())
    except OSError:
        pass
set_profile = getattr(threading, "setprofile_all_threads", sys.setprofile)
set_profile(look)
print(end="")
for _ in range(10 * T.patience):
    if got:
        break
    time.sleep(0.1)
set_profile(None)
report(*got[:1])
""",
    ),
    Way(
        "read in a signal handler",
        """
signal.signal(signal.SIGUSR1, lambda *_: report(open(T.secret).read()))
signal.raise_signal(signal.SIGUSR1)
""",
    ),
    Way(
        "read in a Tornado executor",
        """
import concurrent.futures
report(concurrent.futures.ThreadPoolExecutor().submit(lambda: open(T.secret).read()).result())
""",
    ),
    Way(
        "read in Arrow's own threads",
        """
import pyarrow.dataset
report(pyarrow.dataset.dataset([T.table] * 8).to_table(use_threads=True).slice(0, 2))
""",
    ),
    Way(
        "lay a more generous Landlock over it",
        """
rules = (ctypes.c_uint64 * 1)(1)
ruleset = syscall(444, rules, 8, 0)
libc.prctl(38, 1, 0, 0, 0)
syscall(446, ruleset, 0)
report(open(T.secret).read())
""",
        control="not tried",
    ),
    Way(
        "load a more generous seccomp filter and open a socket",
        """
import socket
program = (ctypes.c_uint64 * 1)((0x7FFF0000 << 32) | 0x06)
header = (ctypes.c_uint64 * 2)(1, ctypes.addressof(program))
libc.prctl(38, 1, 0, 0, 0)
syscall(317, 1, 0, header)
socket.socket()
claim()
""",
        control="not tried",
    ),
    Way(
        "mount the data elsewhere, in a namespace of its own",
        """
import subprocess
os.mkdir("mounted")
shell = f"mount --bind {T.data} mounted && cat mounted/{os.path.basename(T.secret)}"
report(subprocess.run(["unshare", "-rm", "sh", "-c", shell], capture_output=True).stdout)
""",
    ),
    Way(
        "make a namespace where it is root",
        """
if (child := os.fork()) == 0:
    os._exit(0 if libc.unshare(0x10000000) == 0 else 1)
if os.waitpid(child, 0)[1] == 0:
    claim()
""",
    ),
    Way(
        "change the root",
        """
reading, writing = os.pipe()
if not (child := os.fork()):
    try:
        os.chroot(os.path.dirname(T.data))
        os.write(writing, open("/data/" + os.path.basename(T.secret), "rb").read())
    finally:
        os._exit(0)
os.close(writing)
report(os.read(reading, 999))
""",
        control="as root",
    ),
    Way(
        "read the disk below the files",
        """
for name in ("vda", "sda", "nvme0n1", "xvda"):
    if os.path.exists("/dev/" + name):
        os.open("/dev/" + name, os.O_RDONLY)
        claim()
""",
        control="not tried",
    ),
    Way(
        "make a device of the disk in the scratch",
        """
os.mknod("disk", 0o600 | 0o060000, os.makedev(1, 0))
claim()
""",
        control="as root",
    ),
    Way("read the machine's memory", "os.open('/proc/kcore', os.O_RDONLY); claim()", control="not tried"),
    Way(
        "watch a folder for the names of its files",
        """
watch = libc.inotify_init1(os.O_NONBLOCK)
if watch < 0 or libc.inotify_add_watch(watch, T.data.encode(), 0xFFF) < 0:
    raise OSError(ctypes.get_errno())
for _ in range(10 * max(3, T.patience)):
    time.sleep(0.1)
    try:
        got = os.read(watch, 9999)
    except BlockingIOError:
        continue
    report(got)
    break
""",
    ),
    Way("read the secrets of its caller's environment", "report(os.environ)"),
    Way("read the environment of another process", "report(open(f'/proc/{T.pid}/environ').read())"),
    Way("read the command line of another process", "open(f'/proc/{T.pid}/cmdline').read() and claim()"),
    Way("list what the custodian has open", "os.listdir(f'/proc/{T.custodian_pid}/fd') and claim()", control="as root"),
    Way("list the scratch folders of other kernels", "os.listdir('..') and claim()"),
    Way("read the accounts of the machine", "open('/etc/passwd').read() and claim()"),
    Way("read another kernel's connection file", "report(open(T.connection).read())"),
    Way("read the notebook's own folder", "report(os.listdir(T.notebooks))"),
)
