"""A full disk, and folders that may not be written: said, with the way out; nothing half written; then all is well."""

from __future__ import annotations

import os
import resource
import subprocess
from contextlib import suppress

import pytest
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


def test_outputs_without_room(workspace, mount):
    mount(workspace.outputs, "size=16k")
    code, said = ended(started(workspace, CENTRAL))
    assert code == 70
    assert "could not be written: No space left on device" in said
    assert "make room" in said
    check_whole(workspace, releases_there=0)

    unmount(workspace.outputs)
    assert ended(started(workspace, CENTRAL))[0] == 0
    check_whole(workspace, releases_there=1)
    assert len(entries(workspace, "release")) == 1


def test_outputs_that_may_not_be_written_are_noticed_before_anything_is_asked(workspace, mount):
    mount(workspace.outputs, "ro")
    code, said = ended(started(workspace, CENTRAL))
    assert code == 70
    assert "could not be written: Read-only file system" in said
    assert "allow writing" in said
    assert check_whole(workspace, releases_there=0) == 0

    unmount(workspace.outputs)
    assert ended(started(workspace, CENTRAL))[0] == 0


def test_outputs_whose_files_may_not_grow(workspace):
    """As a quota does it, and without needing root."""
    ensure_running(workspace)
    small = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))}
    code, said = ended(started(workspace, CENTRAL, **small))
    assert code == 70
    assert "could not be written: File too large" in said
    check_whole(workspace, releases_there=0)

    assert ended(started(workspace, CENTRAL))[0] == 0
    check_whole(workspace, releases_there=1)


def test_a_state_without_room_from_the_start(workspace, mount):
    mount(workspace.state, "size=4k")
    code, said = ended(started(workspace, CENTRAL))
    assert code == 70
    assert "KDSP-500" in said
    assert f"make room on the disk, {workspace.state}" in said or "No space left on device" in said
    assert list(workspace.outputs.iterdir()) == []

    unmount(workspace.state)
    assert ended(started(workspace, CENTRAL))[0] == 0
    check_whole(workspace, releases_there=1)


def test_a_state_that_runs_out_of_room_under_a_custodian(workspace, mount):
    """The very custodian that could not write goes on once there is room."""
    mount(workspace.state, "size=64m")
    assert ended(started(workspace, CENTRAL))[0] == 0
    before = check_whole(workspace, releases_there=1)
    ballast = fill(workspace.state)
    code, said = ended(started(workspace, EAST))
    assert code == 70
    assert "The state database could not be written, so nothing is recorded or released." in said
    assert "make room on the disk" in said

    ballast.unlink()
    assert check_whole(workspace, releases_there=1) >= before
    assert ended(started(workspace, EAST))[0] == 0
    check_whole(workspace, releases_there=2)


def test_a_state_that_may_not_be_written(workspace, mount):
    mount(workspace.state, "size=64m")
    assert ended(started(workspace, CENTRAL))[0] == 0
    stop(workspace)
    wait_until(lambda: remounted(workspace.state, "ro"), "nobody to hold a file open for writing")
    code, said = ended(started(workspace, EAST))
    assert code == 70
    assert "allow writing" in said
    assert str(workspace.state) in said

    assert remounted(workspace.state, "rw")
    assert ended(started(workspace, EAST))[0] == 0
    check_whole(workspace, releases_there=2)


def test_no_place_for_a_kernel(workspace, mount):
    scratch = private_folder(socket_folder(workspace.root) / "scratch")
    mount(scratch, "ro")
    code, said = ended(started(workspace, CENTRAL))
    assert code == 70
    assert f"{scratch}" in said
    assert "Read-only file system" in said
    check_whole(workspace, releases_there=0)

    unmount(scratch)
    assert ended(started(workspace, CENTRAL))[0] == 0
