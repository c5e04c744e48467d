"""A full disk, and folders that may not be written: said, with the way out; nothing half written; then all is well."""

from __future__ import annotations

import json
import os
import resource
import subprocess
from contextlib import suppress

import pytest
from batch_texts import pupils_of
from light_notebooks import light_notebooks
from processes import check_whole, ended, entries, started, wait_until
from project_paths import PARAMETERS

from kdsp_lib.custodian.address import private_folder, socket_folder
from kdsp_lib.custodian.start import ensure_running, stop

CENTRAL, EAST = (PARAMETERS / "area_profile" / f"{area}.yaml" for area in ("central", "east"))


@pytest.fixture
def mount(workspace):
    """Put a small disk of its own in the place of a folder, until its test ends."""
    mounted = []

    def mount(folder, options):
        if os.geteuid() != 0:
            pytest.skip("only root can mount a small disk")
        command = ["mount", "-t", "tmpfs", "-o", f"mode=0700,{options}", "tmpfs", str(folder)]
        if subprocess.run(command, capture_output=True, check=False).returncode != 0:
            pytest.skip("this machine lets nobody mount a disk")
        mounted.append(folder)

    yield mount
    stop(workspace)
    for folder in mounted:
        unmount(folder)


@pytest.fixture(scope="module")
def light(tmp_path_factory):
    """Notebooks with little in them: what is written is what a run writes."""
    return "--notebooks", light_notebooks(tmp_path_factory.mktemp("light") / "notebooks")


def unmount(folder):
    subprocess.run(["umount", "--lazy", str(folder)], capture_output=True, check=False)


def remounted(folder, option):
    command = ["mount", "-o", f"remount,{option}", str(folder)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def fill(folder):
    """Leave no room at all."""
    ballast = folder / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 1024)
    return ballast


def test_outputs_without_room(workspace, mount, light):
    mount(workspace.outputs, "size=16k")
    code, said = ended(started(workspace, *light, CENTRAL))
    assert code == 70
    assert "could not be written: No space left on device" in said
    assert "make room" in said
    check_whole(workspace, releases_there=0)

    unmount(workspace.outputs)
    assert ended(started(workspace, *light, CENTRAL))[0] == 0
    check_whole(workspace, releases_there=1)
    assert len(entries(workspace, "release")) == 1


def test_outputs_that_may_not_be_written_are_noticed_before_anything_is_asked(workspace, mount, light):
    mount(workspace.outputs, "ro")
    code, said = ended(started(workspace, *light, CENTRAL))
    assert code == 70
    assert "could not be written: Read-only file system" in said
    assert "allow writing" in said
    assert check_whole(workspace, releases_there=0) == 0

    unmount(workspace.outputs)
    assert ended(started(workspace, *light, CENTRAL))[0] == 0


def test_outputs_whose_files_may_not_grow(workspace, light):
    """As a quota does it, and without needing root."""
    ensure_running(workspace)
    small = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))}
    code, said = ended(started(workspace, *light, CENTRAL, **small))
    assert code == 70
    assert "could not be written: File too large" in said
    check_whole(workspace, releases_there=0)

    assert ended(started(workspace, *light, CENTRAL))[0] == 0
    check_whole(workspace, releases_there=1)


@pytest.fixture
def batch(tmp_path, light):
    """Four reports of about the same size, and their first alone."""
    files = []
    for name, schools in (("four", ["990005", "990010", "990001", "990002"]), ("first", ["990005"])):
        files.append(tmp_path / "parameters" / "batch" / f"{name}.yaml")
        files[-1].parent.mkdir(parents=True, exist_ok=True)
        files[-1].write_text(pupils_of(*schools))
    return [*files, light[1]]


def test_outputs_that_run_out_of_room_in_the_middle_of_a_batch(workspace, mount, batch):
    """What has room is released, the rest has failed and says why; with room again, `--resume` makes the rest."""
    four, first, notebooks = batch
    mount(workspace.outputs, "size=64m")
    assert ended(started(workspace, "--notebooks", notebooks, first))[0] == 0
    size = 1024 * int(subprocess.check_output(["du", "-sk", str(workspace.outputs)]).split()[0])
    ballast = fill(workspace.outputs)
    os.truncate(ballast, ballast.stat().st_size - 5 * size // 2)

    code, said = ended(started(workspace, "-j", 2, "--json", "--notebooks", notebooks, four))
    assert code == 70, said
    outcomes = json.loads(said)
    assert [outcome["status"] for outcome in outcomes].count("unchanged") == 1
    released, failed = ([each for each in outcomes if each["status"] == how] for how in ("released", "failed"))
    assert released
    assert failed
    assert all("could not be written: No space left on device" in each["error"]["message"] for each in failed)
    assert all("make room" in each["error"]["remedy"] for each in failed)

    ballast.unlink()
    check_whole(workspace, releases_there=1 + len(released))
    code, said = ended(started(workspace, "--resume", "--json"))
    assert code == 0, said
    assert [each["status"] for each in json.loads(said)].count("released") == len(failed)
    check_whole(workspace, releases_there=4)


def test_a_state_that_runs_out_of_room_in_the_middle_of_a_batch(workspace, mount, batch):
    four, _first, notebooks = batch
    mount(workspace.state, "size=64m")
    ensure_running(workspace)
    runner = started(workspace, "-j", 2, "--json", "--notebooks", notebooks, four)
    wait_until(lambda: (workspace.state / "unfinished-batch.json").exists(), "the batch to begin")
    ballast = fill(workspace.state)
    code, said = ended(runner)
    assert code == 70, said
    failed = [each for each in json.loads(said) if each["status"] == "failed"]
    assert failed
    assert all("make room" in each["error"]["remedy"] for each in failed), said

    ballast.unlink()
    check_whole(workspace, releases_there=4 - len(failed))
    code, said = ended(started(workspace, "--resume"))
    assert code == 0, said
    check_whole(workspace, releases_there=4)


def test_a_state_without_room_from_the_start(workspace, mount, light):
    mount(workspace.state, "size=4k")
    code, said = ended(started(workspace, *light, CENTRAL))
    assert code == 70
    assert "KDSP-500" in said
    assert f"make room on the disk, {workspace.state}" in said or "No space left on device" in said
    assert list(workspace.outputs.iterdir()) == []

    unmount(workspace.state)
    assert ended(started(workspace, *light, CENTRAL))[0] == 0
    check_whole(workspace, releases_there=1)


def test_a_state_that_runs_out_of_room_under_a_custodian(workspace, mount, light):
    """The very custodian that could not write goes on once there is room."""
    mount(workspace.state, "size=64m")
    assert ended(started(workspace, *light, CENTRAL))[0] == 0
    before = check_whole(workspace, releases_there=1)
    ballast = fill(workspace.state)
    code, said = ended(started(workspace, *light, EAST))
    assert code == 70
    assert "The state database could not be written, so nothing is recorded or released." in said
    assert "make room on the disk" in said

    ballast.unlink()
    assert check_whole(workspace, releases_there=1) >= before
    assert ended(started(workspace, *light, EAST))[0] == 0
    check_whole(workspace, releases_there=2)


def test_a_state_that_may_not_be_written(workspace, mount, light):
    mount(workspace.state, "size=64m")
    assert ended(started(workspace, *light, CENTRAL))[0] == 0
    stop(workspace)
    wait_until(lambda: remounted(workspace.state, "ro"), "nobody to hold a file open for writing")
    code, said = ended(started(workspace, *light, EAST))
    assert code == 70
    assert "allow writing" in said
    assert str(workspace.state) in said

    assert remounted(workspace.state, "rw")
    assert ended(started(workspace, *light, EAST))[0] == 0
    check_whole(workspace, releases_there=2)


def test_no_place_for_a_kernel(workspace, mount, light):
    scratch = private_folder(socket_folder(workspace.root) / "scratch")
    mount(scratch, "ro")
    code, said = ended(started(workspace, *light, CENTRAL))
    assert code == 70
    assert f"{scratch}" in said
    assert "Read-only file system" in said
    check_whole(workspace, releases_there=0)

    unmount(scratch)
    assert ended(started(workspace, *light, CENTRAL))[0] == 0
