"""Ways to change or leave something outside the scratch folder."""

from __future__ import annotations

from ways import Way

TO_WRITE = (
    Way("write a new file into the outputs", "open(T.target + '/new.html', 'w').write('forged')"),
    Way("overwrite a report", "open(T.target + '/report.html', 'w').write('forged')"),
    Way("append to a report", "open(T.target + '/report.html', 'a').write('forged')"),
    Way("write into it without emptying it", "os.pwrite(os.open(T.target + '/report.html', os.O_RDWR), b'X', 0)"),
    Way("cut a report off by its path", "os.truncate(T.target + '/report.html', 0)"),
    Way("empty a report by opening it for reading", "os.open(T.target + '/report.html', os.O_RDONLY | os.O_TRUNC)"),
    Way("delete a report", "os.unlink(T.target + '/report.html')"),
    Way("delete a folder", "import shutil; shutil.rmtree(T.target)"),
    Way("rename a report", "os.rename(T.target + '/report.html', T.target + '/other.html')"),
    Way("move a report into the scratch", "os.rename(T.target + '/report.html', 'mine.html')"),
    Way(
        "move a file of the scratch over a report",
        "open('mine', 'w').close(); os.replace('mine', T.target + '/report.html')",
    ),
    Way("make a folder", "os.mkdir(T.target + '/folder')"),
    Way("plant a symbolic link", "os.symlink('/etc/passwd', T.target + '/link')"),
    Way("plant a hard link", "open('mine', 'w').write('x'); os.link('mine', T.target + '/hard')"),
    Way("plant a pipe", "os.mkfifo(T.target + '/pipe')"),
    Way("plant a socket", "import socket; socket.socket(socket.AF_UNIX).bind(T.target + '/s')"),
    Way("open a private report to everybody", "os.chmod(T.target + '/report.html', 0o666)"),
    Way("give a report to somebody else", "os.chown(T.target + '/report.html', 65534, 65534)", control="as root"),
    Way("make a report look older", "os.utime(T.target + '/report.html', (1, 1))"),
    Way(
        "hang a note on a report (extended attribute)", "os.setxattr(T.target + '/report.html', 'user.kdsp', b'forged')"
    ),
    Way("write by the C library", "libc.creat((T.target + '/c').encode(), 0o600)"),
    Way(
        "write through a symbolic link in the scratch",
        "os.symlink(T.target, 'out'); open('out/through', 'w').write('x')",
    ),
    Way("write with pandas", "import pandas; pandas.DataFrame({'a': [1]}).to_csv(T.target + '/pandas.csv')"),
    Way(
        "write with Arrow's Parquet writer",
        """
import pyarrow, pyarrow.parquet
pyarrow.parquet.write_table(pyarrow.table({"a": [1]}), T.target + "/arrow.parquet")
""",
    ),
    Way(
        "write with Arrow's own file system",
        """
import pyarrow.fs
pyarrow.fs.LocalFileSystem().open_output_stream(T.target + "/arrow.bin").write(b"x")
""",
    ),
    Way("make a database", "import sqlite3; sqlite3.connect(T.target + '/x.db').execute('create table t (a)')"),
    Way(
        "save a figure",
        """
import matplotlib.pyplot as plt
plt.figure().savefig(T.target + "/figure.png")
""",
    ),
    Way("use the %%writefile magic", "get_ipython().run_cell_magic('writefile', T.target + '/magic', 'x')"),
    Way("use the %logstart magic", "get_ipython().run_line_magic('logstart', T.target + '/log')"),
    Way("let a child write", "os.system(f'touch {T.target}/child')"),
    Way("write through the root of another process", "open(f'/proc/{T.pid}/root{T.target}/x', 'w').write('x')"),
    Way(
        "leave a file in /dev/shm",
        "open(f'/dev/shm/kdsp-attack-left-{T.pid}', 'w').write('x')",
        leaves="/dev/shm/kdsp-attack-left-{pid}",
    ),
    Way(
        "leave a file in /tmp",
        "open(f'/tmp/kdsp-attack-left-{T.pid}', 'w').write('x')",
        leaves="/tmp/kdsp-attack-left-{pid}",
    ),
    Way("leave a file beside its scratch", "open('../kdsp-attack', 'w').write('x') and claim()", control="not tried"),
    Way(
        "poison the installed packages",
        "open(T.site + '/kdsp-attack.pth', 'w').write('#')",
        control="not tried",
        leaves="{site}/kdsp-attack.pth",
    ),
    Way(
        "poison kdsp itself",
        "open(T.package + '/kdsp_attack.py', 'w').write('#')",
        control="not tried",
        leaves="{package}/kdsp_attack.py",
    ),
    Way(
        "poison the compiled form of kdsp",
        """
os.makedirs(T.package + "/__pycache__", exist_ok=True)
open(T.package + "/__pycache__/kdsp_attack.pyc", "w").write("x")
""",
        control="not tried",
        leaves="{package}/__pycache__/kdsp_attack.pyc",
    ),
    Way(
        "change what the kernel's name starts",
        "open(T.specification + '/kernel.json', 'a').write(' ')",
        control="not tried",
        leaves="{specification}/kernel.json longer",
    ),
    Way(
        "make another kernel's specification",
        """
os.makedirs(T.home + "/.local/share/jupyter/kernels/kdsp-attack")
""",
        control="not tried",
        leaves="{home}/.local/share/jupyter/kernels/kdsp-attack",
    ),
    Way(
        "leave a file that the shell runs",
        "open(T.home + '/.kdsp-attack', 'w').write('x')",
        control="not tried",
        leaves="{home}/.kdsp-attack",
    ),
    Way(
        "leave a file that IPython runs",
        """
os.makedirs(T.home + "/.ipython/profile_default/startup", exist_ok=True)
open(T.home + "/.ipython/profile_default/startup/kdsp-attack.py", "w").write("#")
""",
        control="not tried",
        leaves="{home}/.ipython/profile_default/startup/kdsp-attack.py",
    ),
    Way(
        "have a library loaded into every program",
        "os.open('/etc/ld.so.preload', os.O_WRONLY | os.O_CREAT); claim()",
        control="not tried",
        leaves="/etc/ld.so.preload",
    ),
    Way(
        "leave a job for cron",
        "open('/etc/cron.d/kdsp-attack', 'w').write('')",
        control="not tried",
        leaves="/etc/cron.d/kdsp-attack",
    ),
    Way(
        "send crashes to a program of its own",
        "os.open('/proc/sys/kernel/core_pattern', os.O_WRONLY); claim()",
        control="as root",
    ),
    Way(
        "dump core",
        """
import resource
resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
claim()
""",
        control="as root",
    ),
    Way(
        "rewrite its own connection file",
        """
import ipykernel.connect
open(ipykernel.connect.get_connection_file(), "a").write(" ")
claim()
""",
    ),
)
