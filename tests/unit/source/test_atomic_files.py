"""Files are put in place whole or not at all."""

from __future__ import annotations

import os
import stat
import threading

import pytest

from kdsp_lib.source.files import make_folder, one_writer, write_atomically, write_new


def test_it_makes_the_folder_and_the_file(tmp_path):
    write_atomically(tmp_path / "a" / "b.txt", b"text")
    assert (tmp_path / "a" / "b.txt").read_bytes() == b"text"


def test_it_replaces_what_was_there(tmp_path):
    (tmp_path / "b.txt").write_bytes(b"old")
    write_atomically(tmp_path / "b.txt", b"new")
    assert (tmp_path / "b.txt").read_bytes() == b"new"


@pytest.mark.parametrize("call", ["fsync", "fdopen"])
def test_where_it_fails_the_old_file_stands_and_no_temporary_one(tmp_path, monkeypatch, call):
    (tmp_path / "b.txt").write_bytes(b"old")

    def fail(*arguments, **named):
        raise OSError("the disk is full")

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(OSError, match="full"):
        write_atomically(tmp_path / "b.txt", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["b.txt"]
    assert (tmp_path / "b.txt").read_bytes() == b"old"


def test_private_files_are_private_from_their_first_byte(tmp_path):
    write_atomically(tmp_path / "secret", b"x", mode=0o600)
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600


def test_a_new_file_never_replaces_one(tmp_path):
    write_new(tmp_path / "b.txt", b"first")
    with pytest.raises(FileExistsError):
        write_new(tmp_path / "b.txt", b"second")
    assert (tmp_path / "b.txt").read_bytes() == b"first"
    assert [path.name for path in tmp_path.iterdir()] == ["b.txt"]


def test_two_writers_do_not_lose_each_others_work(tmp_path):
    counter = tmp_path / "counter"
    counter.write_text("0")

    def count() -> None:
        for _ in range(20):
            with one_writer(tmp_path):
                write_atomically(counter, str(int(counter.read_text()) + 1).encode())

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counter.read_text() == "80"


@pytest.mark.parametrize(("mode", "folders"), [(0o600, 0o700), (0o644, 0o755)])
def test_folders_are_as_private_as_the_file_that_they_are_made_for(tmp_path, mode, folders):
    """Each of them, whoever comes first: ``state`` was open to everybody where its log was made before it."""
    path = tmp_path / "state" / "log" / "one.txt"
    write_atomically(path, b"x", mode=mode)
    for folder in (tmp_path / "state", tmp_path / "state" / "log"):
        assert stat.S_IMODE(folder.stat().st_mode) == folders
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_a_folder_that_is_there_keeps_its_mode(tmp_path):
    there = tmp_path / "state"
    there.mkdir(mode=0o750)
    make_folder(there / "log")
    assert stat.S_IMODE(there.stat().st_mode) == 0o750
    assert stat.S_IMODE((there / "log").stat().st_mode) == 0o700
