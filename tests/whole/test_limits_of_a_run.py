"""Time, memory and output have limits: each ends a run with its own reason and way out, and leaves nothing behind."""

from __future__ import annotations

import re

import pytest
from processes import check_whole, command_of, ended, gone, running, started
from project_paths import PARAMETERS

from kdsp_lib.custodian.address import socket_folder
from kdsp_lib.run.notebook import PAPERMILL, WARM

CENTRAL = PARAMETERS / "area_profile" / "central.yaml"
CHILD = "import subprocess\nsubprocess.Popen(['sleep', '86399'], start_new_session=True)\n"
ENDS = {
    "an endless loop": ("while True: pass", "took longer than 4 seconds", "seconds"),
    "a flood of text": ("while True: print('x' * 10_000)", "showed more than 4 MiB", "output_mib"),
    "one great text": ("print('x' * 100_000_000)", "showed more than 4 MiB", "output_mib"),
    "many pictures": (
        "from IPython.display import display\nwhile True: display({'text/plain': 'x' * 10_000}, raw=True)",
        "showed more than 4 MiB",
        "output_mib",
    ),
    "3 GB of memory": ("held = bytearray(3 * 10**9)", "needed more than 2048 MiB of memory", "memory_mib"),
    "3 GB in an array": (
        "import numpy\nheld = numpy.ones(3 * 10**9 // 8)",
        "needed more than 2048 MiB of memory",
        "memory_mib",
    ),
}
BY_PAPERMILL = ("an endless loop", "a flood of text", "3 GB of memory")
CASES = [*((WARM, what) for what in ENDS), *((PAPERMILL, what) for what in BY_PAPERMILL)]


@pytest.mark.parametrize(("engine", "what"), CASES, indirect=["engine"])
def test_a_run_ends_at_its_limit(what, engine, workspace, notebooks):
    code, reason, limit = ENDS[what]
    # A busy machine must not meet the limit of time before the one that is tried.
    seconds = 4 if limit == "seconds" else 300
    with (workspace.root / "kdsp.toml").open("a") as settings:
        settings.write(f"\n[limits]\nseconds = {seconds}\noutput_mib = 4\n")
    exit_code, said = ended(started(workspace, "--notebooks", notebooks(CHILD + code, alone=True), CENTRAL))
    assert exit_code == 70
    shown = re.sub(r"(?m)^  reference .*\n", "", said).splitlines()
    assert shown[:2] == [f"failed     {CENTRAL}", f"KDSP-500  The notebook stopped: it {reason}."]
    assert f"allow more `{limit}` under [limits] in kdsp.toml" in shown[2]
    assert len(shown) == 3, said
    check_whole(workspace, releases_there=0)
    gone([pid for pid in running() if "sleep\x0086399" in command_of(pid)])
    scratch = socket_folder(workspace.root) / "scratch"
    assert [path for path in scratch.rglob("*") if not path.is_dir()] == []
