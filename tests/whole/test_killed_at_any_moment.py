"""`kill -9` of the kernel, the custodian or the runner at any moment: nothing half written, and the next run clean."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import hunting
import pytest
from processes import check_whole, custodians_of, descendants, ended, entries, gone, releases, standing, started
from project_paths import PARAMETERS

from kdsp_lib.custodian.address import socket_folder
from kdsp_lib.run.notebook import ENGINE, PAPERMILL, WARM

KILLS = 18 * hunting.TIMES or 6
"""Each victim under each engine, once; on a hunt again and again."""
SIDE_BY_SIDE = 2
"""Workspaces, each with runs of its own: while one waits for its disk, another works."""
VICTIMS = ("runner", "kernel", "custodian")
"""The kernel: all below the runner, so the warm process too, where there is one."""
ENGINES = (WARM, PAPERMILL)
CENTRAL = PARAMETERS / "area_profile" / "central.yaml"


def kill(victim, runner, workspace):
    """Kill it, if it is there; the processes that must end with the runner."""
    custodians = custodians_of(workspace)
    kernels = descendants(runner.pid)
    victims = {"runner": [runner.pid], "kernel": kernels, "custodian": custodians}[victim]
    for pid in victims:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return kernels


def clear(workspace):
    for release in releases(workspace):
        shutil.rmtree(release)


def killed(workspace, first):
    """Kill every second one of these runs, from the ``first``."""
    draw = random.Random(20100 + first)
    assert ended(started(workspace, CENTRAL))[0] == 0
    clear(workspace)
    begun = time.monotonic()
    assert ended(started(workspace, CENTRAL))[0] == 0
    seconds = time.monotonic() - begun
    for number in range(first, KILLS, SIDE_BY_SIDE):
        clear(workspace)
        victim = VICTIMS[number % len(VICTIMS)]
        engine = ENGINES[number // len(VICTIMS) % len(ENGINES)]
        runner = started(workspace, CENTRAL, env={**os.environ, "KDSP_WORKSPACE": str(workspace.root), ENGINE: engine})
        time.sleep(draw.uniform(0.1, seconds))
        kernels = kill(victim, runner, workspace)
        code, said = ended(runner)
        assert code in ((-signal.SIGKILL, 0) if victim == "runner" else (0, 70, 75)), (victim, code, said)
        gone(kernels)
        there = len(releases(workspace))
        assert there == 1 if code == 0 else there <= 1, (victim, number)
        check_whole_but_for_parts(workspace)


def check_whole_but_for_parts(workspace):
    """A killed runner may leave a part of a release, under a name with a dot, which the next one sweeps away."""
    check_whole(workspace, releases_there=len(standing(workspace)))


@pytest.fixture
def workspaces(new_workspace):
    return [new_workspace() for _ in range(SIDE_BY_SIDE)]


def test_what_is_killed_leaves_nothing_half_written(workspaces):
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        list(pool.map(killed, workspaces, range(SIDE_BY_SIDE)))
    for workspace in workspaces:
        clear(workspace)
        code, said = ended(started(workspace, CENTRAL))
        assert code == 0, said
        check_whole(workspace, releases_there=1)
        assert len(entries(workspace, "release")) == 1
        scratch = socket_folder(workspace.root) / "scratch"
        assert [path for path in scratch.rglob("*") if not path.is_dir()] == []
