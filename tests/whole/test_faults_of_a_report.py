"""However a notebook's process ends, the run says so in a line, nothing is half written, and no process is left."""

from __future__ import annotations

import os
import re
import signal

import pytest
from light_notebooks import light_notebooks
from processes import (
    WAITS,
    check_whole,
    descendants,
    ended,
    go_on,
    gone,
    held,
    kernel_of,
    parent_of,
    started,
    wait_until,
)
from project_paths import PARAMETERS

from kdsp_lib.run.notebook import PAPERMILL, WARM

CENTRAL = PARAMETERS / "area_profile" / "central.yaml"
KERNEL_ENDED = "its kernel ended"
ENDS = {
    "a cell that raises": ("raise ValueError('nobody sees this')", "ValueError"),
    "a cell that exits": ("import os; os._exit(0)", KERNEL_ENDED),
    "a segmentation fault": ("import ctypes; ctypes.string_at(0)", KERNEL_ENDED),
    "a kill -9 of itself": ("import os; os.kill(os.getpid(), 9)", KERNEL_ENDED),
    "a program's end before the last cell": ("raise SystemExit", KERNEL_ENDED),
}
BY_PAPERMILL = ("a cell that exits", "a kill -9 of itself")
CASES = [*((WARM, what) for what in ENDS), *((PAPERMILL, what) for what in BY_PAPERMILL)]
SWALLOWS = """
while True:
    try:
        while True:
            pass
    except BaseException:
        continue
"""
HOLDS_THE_PIPE = """
import os, time
if os.fork() == 0:
    os.setsid()
    while True:
        time.sleep(1)
"""


def check_failed(run, reason, workspace):
    exit_code, said = ended(run)
    assert exit_code == 70, said
    lines = re.sub(r"(?m)^  reference .*\n", "", said).splitlines()
    assert lines[:2] == [f"failed     {CENTRAL}", f"KDSP-500  The notebook stopped: {reason}."]
    assert "nobody sees this" not in said
    check_whole(workspace, releases_there=0)


def limited(workspace, seconds):
    with (workspace.root / "kdsp.toml").open("a") as settings:
        settings.write(f"\n[limits]\nseconds = {seconds}\n")


@pytest.mark.parametrize(("engine", "what"), CASES, indirect=["engine"])
def test_a_notebook_that_fails_is_told_in_a_line(what, engine, workspace, notebooks):
    code, reason = ENDS[what]
    more = "\nprint('further')" if "last" in what else ""
    folder = notebooks(f"{code}{more}", first=True)
    check_failed(started(workspace, "--notebooks", folder, CENTRAL), reason, workspace)


def test_a_cell_that_swallows_interrupts_ends_at_its_time(engine, workspace, notebooks):
    limited(workspace, 4)
    folder = notebooks(SWALLOWS, alone=True)
    check_failed(started(workspace, "--notebooks", folder, CENTRAL), "it took longer than 4 seconds", workspace)


@pytest.mark.parametrize("code", ["os._exit(1)", "raise ValueError"], ids=["its parent ends", "its parent fails"])
def test_a_process_that_holds_the_pipe_delays_nothing_and_is_ended(code, workspace, notebooks):
    """One forked by a cell, in a session of its own, whose parent ends: it has all that its parent had open."""
    limited(workspace, 600)
    run = started(workspace, "--notebooks", notebooks(HOLDS_THE_PIPE + WAITS + code, alone=True), CENTRAL)
    scratch = held(run)
    below = descendants(run.pid)  # the one that was forked is among them
    go_on(scratch)
    check_failed(run, KERNEL_ENDED if "exit" in code else "ValueError", workspace)
    gone(below)


def test_a_report_comes_to_its_end_without_the_process_that_forked_it(workspace, tmp_path):
    run = started(workspace, "--notebooks", light_notebooks(tmp_path / "light", first=WAITS), CENTRAL)
    scratch = held(run)
    kernel = kernel_of(run)
    warm = parent_of(kernel)
    os.kill(warm, signal.SIGKILL)
    gone([warm])
    go_on(scratch)
    code, said = ended(run)
    assert code == 0, said
    gone([kernel])
    check_whole(workspace, releases_there=1)


def test_a_report_whose_process_and_its_parent_are_killed_fails_alone(workspace, tmp_path):
    """The next report of the same run gets a warm process of its own."""
    folder = light_notebooks(tmp_path / "light", first="if group.endswith('central'):\n    while True: pass")
    run = started(workspace, "-j", "1", "--notebooks", folder, CENTRAL, CENTRAL.with_name("east.yaml"))
    kernel = wait_until(lambda: kernel_of(run), "the report's process")
    os.kill(parent_of(kernel), signal.SIGKILL)
    os.kill(kernel, signal.SIGKILL)
    code, said = ended(run)
    assert code == 70
    assert f"failed     {CENTRAL}" in said
    assert "released" in said
    check_whole(workspace, releases_there=1)
