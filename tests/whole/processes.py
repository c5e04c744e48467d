"""Runs as processes of their own, and the processes below them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from project_paths import PROJECT

from kdsp_lib.custodian.ledger import Ledger
from kdsp_lib.register.database import Database
from kdsp_lib.release.batch_page import BATCH
from kdsp_lib.release.index import INDEX
from kdsp_lib.release.read import verify_release

KERNEL, WARM = "kdsp_lib.custodian.confined", "kdsp_lib.run.zygote"
_STARTED = []
PATIENCE = 300
"""Seconds after which a test stops waiting; a slow machine is no fault."""
WAITS = """
import time
from pathlib import Path
Path("here").write_text("")  # touch() does nothing here: no call sets times
while not Path("go").exists():
    time.sleep(0.05)
"""
"""A cell that waits until :func:`go_on`."""


def started(workspace, *arguments, **options):
    """`kdsp run` with these arguments, in the background."""
    runner = subprocess.Popen(
        [sys.executable, "-m", "kdsp_lib.cli.main", "run", *map(str, arguments)],
        **{
            "env": {**os.environ, "KDSP_WORKSPACE": str(workspace.root)},
            "cwd": PROJECT,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.STDOUT,
            "text": True,
            # In the background Ctrl-C is ignored, under nohup the end of the terminal too; a run would inherit that.
            "preexec_fn": _hear_signals,
            **options,
        },
    )
    _STARTED.append(runner)
    return runner


def _hear_signals():
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def end_started():
    """End what a test that failed left running."""
    while _STARTED:
        _STARTED.pop().terminate()


def ended(runner):
    """The exit code of a run, and what it said."""
    said, _ = runner.communicate(timeout=2 * PATIENCE)
    return runner.returncode, said


def wait_until(holds, what):
    end = time.monotonic() + PATIENCE
    while not (found := holds()):
        assert time.monotonic() < end, f"waited in vain: {what}"
        time.sleep(0.05)
    return found


def running():
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]


def command_of(pid):
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text()
    return ""


def parent_of(pid):
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return 0


def descendants(pid):
    """The processes below one."""
    parents = {other: parent_of(other) for other in running()}
    found, waiting = [], [pid]
    while waiting:
        parent = waiting.pop()
        below = [child for child, its in parents.items() if its == parent]
        found += below
        waiting += below
    return found


def is_running(pid):
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def kernel_of(runner):
    """The kernel of a run, once it is one: a confined program, or what the warm process forked."""
    return next(iter(kernels_of(runner)), None)


def held(runner, besides=None):
    """The scratch of the run's kernel, which it alone sees, once it waits in its first cell, or a further one's."""

    def there():
        kernel = kernel_of(runner)
        folder = Path(f"/proc/{kernel}/cwd")
        if kernel is None or not (folder / "here").exists():
            return None
        return None if folder == besides else folder

    return wait_until(there, "the kernel to reach its first cell")


def go_on(scratch):
    """Let it go on."""
    (scratch / "go").touch()


def kernels_of(runner):
    """All of them, where a batch has several."""
    return [pid for pid in descendants(runner.pid) if _is_kernel(pid)]


def _is_kernel(pid):
    return KERNEL in command_of(pid) or all(WARM in command_of(each) for each in (pid, parent_of(pid)))


def custodians_of(workspace):
    """Without what they forked to work for them."""
    found = [pid for pid in running() if f"kdsp_lib.custodian.server\0{workspace.root}\0" in command_of(pid)]
    return [pid for pid in found if parent_of(pid) not in found]


def gone(pids):
    wait_until(lambda: not any(map(is_running, pids)), f"the end of {pids}")


def standing(workspace):
    """All that stands in the folder of outputs, whole or not, but for the pages that list what does."""
    return sorted(path for path in workspace.outputs.iterdir() if path.name not in (INDEX, BATCH))


def releases(workspace):
    return [path for path in standing(workspace) if not path.name.startswith(".")]


def check_whole(workspace, *, releases_there):
    """Nothing is half written: every release is sound, nothing else stands beside them, and the ledger verifies."""
    there = standing(workspace)
    assert len(there) == releases_there, there
    for release in releases(workspace):
        assert not verify_release(release)
    with Database(workspace.database) as database:
        return Ledger(database).verify()


def entries(workspace, kind):
    with Database(workspace.database) as database:
        return Ledger(database).entries(kind=kind)
