"""`kill -9` of the kernel, the custodian or the runner at any moment: nothing half written, and the next run clean."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest
from project_paths import PARAMETERS, PROJECT

from kdsp_lib.custodian.address import socket_folder
from kdsp_lib.custodian.ledger import Ledger
from kdsp_lib.custodian.start import stop
from kdsp_lib.release.read import verify_release
from kdsp_lib.source.workspace import read_workspace

KILLS = 50
VICTIMS = ("runner", "kernel", "custodian")


@pytest.fixture(scope="module")
def workspace(authority, tmp_path_factory):
    """The made-up authority again, without what others released from it."""
    root = tmp_path_factory.mktemp("killed") / "authority"
    shutil.copytree(authority.root, root, ignore=shutil.ignore_patterns(authority.state.name, authority.outputs.name))
    found = read_workspace(root)
    found.state.mkdir(mode=0o700)
    found.outputs.mkdir()
    yield found
    stop(found)


def started(workspace, *parameters):
    command = [sys.executable, "-m", "kdsp_lib.cli.main", "run", *map(str, parameters)]
    return subprocess.Popen(
        command,
        env={**os.environ, "KDSP_WORKSPACE": str(workspace.root)},
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


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


def kill(victim, runner, workspace):
    """Kill it, if it is there; the processes that must end with the runner."""
    custodians = [pid for pid in running() if f"kdsp_lib.custodian.server\0{workspace.root}" in command_of(pid)]
    kernels = [pid for pid in descendants(runner.pid) if pid not in custodians]
    victims = {"runner": [runner.pid], "kernel": kernels, "custodian": custodians}[victim]
    for pid in victims:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return kernels


def releases(workspace):
    return [path for path in workspace.outputs.iterdir() if not path.name.startswith(".")]


def test_fifty_kills(workspace):
    draw = random.Random(20100)
    parameters = PARAMETERS / "area_profile" / "central.yaml"
    began = time.monotonic()
    assert started(workspace, parameters).wait(timeout=300) == 0
    one_run = time.monotonic() - began
    for number in range(KILLS):
        for release in releases(workspace):
            shutil.rmtree(release)
        victim = VICTIMS[number % len(VICTIMS)]
        runner = started(workspace, parameters)
        time.sleep(draw.uniform(0.05, 1) * one_run)
        kernels = kill(victim, runner, workspace)
        said, _ = runner.communicate(timeout=300)
        assert runner.returncode in ((-signal.SIGKILL, 0) if victim == "runner" else (0, 11, 12, 70)), (victim, said)
        for release in releases(workspace):
            assert not verify_release(release), (victim, number)
        if runner.returncode == 0:
            assert len(releases(workspace)) == 1
        with closing(Ledger(workspace.state / "ledger.db")) as ledger:
            ledger.verify()
        end = time.monotonic() + 20
        while any(map(is_running, kernels)) and time.monotonic() < end:
            time.sleep(0.05)
        assert not any(map(is_running, kernels)), (victim, number)

    last = started(workspace, parameters)
    said, _ = last.communicate(timeout=300)
    assert last.returncode == 0, said
    [release] = workspace.outputs.iterdir()
    assert not verify_release(release)
    scratch = socket_folder(workspace.root) / "scratch"
    assert [path for path in scratch.rglob("*") if not path.is_dir()] == []
