"""Ctrl-C, and being asked to end, in the middle of a run: what was begun is tidied away, and it says so."""

from __future__ import annotations

import signal

import pytest
from light_notebooks import light_notebooks
from processes import check_whole, descendants, ended, gone, held, kernel_of, releases, started, wait_until
from project_paths import PARAMETERS

from kdsp_lib.custodian.address import socket_folder
from kdsp_lib.run.notebook import PAPERMILL, WARM

CENTRAL, EAST = (PARAMETERS / "area_profile" / f"{area}.yaml" for area in ("central", "east"))
WITHOUT_END = "open('here', 'w').close()\nwhile True: pass"
WAYS = {
    "Ctrl-C as the kernel starts": (signal.SIGINT, 130, kernel_of),
    "Ctrl-C in a cell": (signal.SIGINT, 130, held),
    "asked as the kernel starts": (signal.SIGTERM, 143, kernel_of),
    "terminal closed in a cell": (signal.SIGHUP, 129, held),
}
BY_PAPERMILL = ("Ctrl-C as the kernel starts", "Ctrl-C in a cell")
"""A signal of each kind ends the runner by the same lines; each engine has its own to end a kernel."""
CASES = [*((WARM, way) for way in WAYS), *((PAPERMILL, way) for way in BY_PAPERMILL)]


@pytest.mark.parametrize(("engine", "way"), CASES, indirect=["engine"])
def test_a_run_that_is_stopped_leaves_nothing(way, engine, workspace, notebooks, tmp_path):
    number, code, reached = WAYS[way]
    runner = started(workspace, "--notebooks", notebooks(WITHOUT_END, first=True), CENTRAL)
    wait_until(lambda: reached(runner), way)
    below = descendants(runner.pid)
    runner.send_signal(number)
    assert ended(runner) == (code, "Stopped. Nothing is half written; to go on, run it again.\n")
    gone(below)
    check_whole(workspace, releases_there=0)

    light = light_notebooks(tmp_path / "light")
    assert ended(started(workspace, "--notebooks", light, CENTRAL))[0] == 0
    check_whole(workspace, releases_there=1)
    assert [path for path in (socket_folder(workspace.root) / "scratch").rglob("*") if path.is_file()] == []


def test_what_was_released_before_it_was_stopped_stands_and_is_named(workspace, tmp_path):
    folder = light_notebooks(tmp_path / "light", first="if group.endswith('east'):\n    while True: pass")
    runner = started(workspace, "-j", 1, "--notebooks", folder, CENTRAL, EAST)
    wait_until(lambda: releases(workspace), "the first release")
    wait_until(lambda: kernel_of(runner), "the second kernel")  # the first has ended before its release is written
    runner.send_signal(signal.SIGINT)
    code, said = ended(runner)
    assert code == 130
    assert f"released   {CENTRAL}" in said
    assert str(EAST) not in said
    check_whole(workspace, releases_there=1)
