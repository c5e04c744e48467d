"""Ctrl-C, and being asked to end, in the middle of a run: what was begun is tidied away, and it says so."""

from __future__ import annotations

import signal
import time

import pytest
from processes import check_whole, descendants, ended, gone, kernel_of, releases, started, wait_until
from project_paths import PARAMETERS

from kdsp_lib.custodian.address import socket_folder

CENTRAL, EAST = (PARAMETERS / "area_profile" / f"{area}.yaml" for area in ("central", "east"))
WITHOUT_END = "while True: pass"


@pytest.mark.parametrize(
    ("number", "code", "seconds"),
    [(signal.SIGINT, 130, 0.0), (signal.SIGINT, 130, 3.0), (signal.SIGTERM, 143, 0.0), (signal.SIGHUP, 129, 3.0)],
    ids=["Ctrl-C as the kernel starts", "Ctrl-C in a cell", "asked as the kernel starts", "terminal closed in a cell"],
)
def test_a_run_that_is_stopped_leaves_nothing(number, code, seconds, engine, workspace, notebooks):
    runner = started(workspace, "--notebooks", notebooks(WITHOUT_END, first=True), CENTRAL)
    wait_until(lambda: kernel_of(runner), "the kernel")
    time.sleep(seconds)
    below = descendants(runner.pid)
    runner.send_signal(number)
    assert ended(runner) == (code, "Stopped. Nothing is half written; to go on, run it again.\n")
    gone(below)
    check_whole(workspace, releases_there=0)

    assert ended(started(workspace, CENTRAL))[0] == 0
    check_whole(workspace, releases_there=1)
    assert [path for path in (socket_folder(workspace.root) / "scratch").rglob("*") if path.is_file()] == []


def test_what_was_released_before_it_was_stopped_stands_and_is_named(engine, workspace, notebooks):
    folder = notebooks(f"if group.endswith('east'):\n    {WITHOUT_END}", first=True)
    runner = started(workspace, "-j", 1, "--notebooks", folder, CENTRAL, EAST)
    wait_until(lambda: releases(workspace), "the first release")
    wait_until(lambda: kernel_of(runner), "the second kernel")  # the first has ended before its release is written
    runner.send_signal(signal.SIGINT)
    code, said = ended(runner)
    assert code == 130
    assert f"released   {CENTRAL}" in said
    assert str(EAST) not in said
    check_whole(workspace, releases_there=1)
