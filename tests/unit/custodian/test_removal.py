"""What a kernel left in its scratch is removed, whatever it is; nothing that a link leads to is."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from kdsp_lib.custodian import scratch
from kdsp_lib.custodian.address import socket_folder
from kdsp_lib.custodian.removal import empty_folder, remove_folder
from kdsp_lib.custodian.scratch import make_scratch

ABANDONED = "999999999-1-abandoned"


def nested(folder):
    """1,500 folders within each other: deeper than Python recurses, longer than a path may be."""
    inside = os.open(folder, os.O_RDONLY)
    for number in range(1500):
        name = f"folder-{number:04d}"
        os.mkdir(name, dir_fd=inside)
        deeper = os.open(name, os.O_RDONLY, dir_fd=inside)
        os.close(inside)
        inside = deeper
    os.close(os.open("file", os.O_WRONLY | os.O_CREAT, dir_fd=inside))
    os.close(inside)


def unreadable(folder):
    for mode in (0o000, 0o400, 0o500, 0o600):
        within = folder / f"mode-{mode:o}" / "within"
        within.mkdir(parents=True)
        (within / "file").touch()
        within.chmod(mode)
        within.parent.chmod(mode)


def long_names(folder):
    (folder / ("x" * 255)).mkdir()
    (folder / ("x" * 255) / ("y" * 255)).touch()
    (folder / os.fsdecode(b"no \xff text")).touch()


def many(folder):
    for number in range(50):
        (folder / f"{number}").mkdir()
        for name in range(10):
            (folder / f"{number}" / f"{name}").touch()


def strange(folder):
    os.mkfifo(folder / "pipe")
    (folder / "to nowhere").symlink_to("nowhere")
    (folder / "to itself").symlink_to("to itself")
    (folder / "read only").touch(0o400)


@pytest.mark.parametrize("left", [nested, unreadable, long_names, many, strange])
def test_whatever_was_left_a_later_kernel_has_its_scratch(left, tmp_path):
    first = make_scratch(tmp_path)
    abandoned = first.rename(first.with_name(ABANDONED))
    left(abandoned)
    second = make_scratch(tmp_path)
    assert second.exists()
    assert not abandoned.exists()
    assert remove_folder(socket_folder(tmp_path))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody whom modes bind")
def test_modes_do_not_keep_it_from_whoever_they_bind():
    """Root reads whatever the mode. Where others may go: pytest's own folders are closed to them."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "folder"
        folder.mkdir()
        unreadable(folder)
        for path in [Path(place), *Path(place).rglob("*")]:
            os.chown(path, 65534, 65534)
        if not (child := os.fork()):
            removed = False
            try:
                os.setresgid(65534, 65534, 65534)
                os.setresuid(65534, 65534, 65534)
                removed = remove_folder(folder)
            finally:
                os._exit(0 if removed else 1)
        assert os.waitpid(child, 0)[1] == 0
        assert not folder.exists()


def test_a_kernel_empties_its_own(tmp_path):
    for left in (unreadable, long_names, strange):
        left(tmp_path)
    empty_folder(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_links_lead_to_stays(tmp_path):
    kept = tmp_path / "kept"
    (kept / "folder").mkdir(parents=True)
    (kept / "folder" / "file").write_text("kept")
    left = tmp_path / "left"
    (left / "deeper").mkdir(parents=True)
    (left / "to a folder").symlink_to(kept)
    (left / "deeper" / "to a folder").symlink_to(kept / "folder")
    os.link(kept / "folder" / "file", left / "hard")
    (tmp_path / "link").symlink_to(kept)
    assert remove_folder(left)
    assert not remove_folder(tmp_path / "link")
    assert (kept / "folder" / "file").read_text() == "kept"


def test_what_cannot_be_removed_raises_nothing(tmp_path, monkeypatch):
    (tmp_path / "folder" / "within").mkdir(parents=True)

    def refuses(*_, **__):
        raise PermissionError

    for name in ("rmdir", "unlink", "rename"):
        monkeypatch.setattr(os, name, refuses)
    assert not remove_folder(tmp_path / "folder")
    assert remove_folder(tmp_path / "nowhere")
    scratch.remove_abandoned(tmp_path)
