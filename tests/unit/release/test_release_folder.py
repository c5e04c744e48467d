"""All of a release is there or nothing of it, whatever fails, and the same release is written once."""

from __future__ import annotations

import json
import os
import resource
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from made_up_release import ABSENCE, DECISION, HIDDEN, ROLL, release

from kdsp_lib.errors import BadSource, Broken
from kdsp_lib.release import folder as room
from kdsp_lib.release import read_release, verify_release, write_release


def tree(path: Path) -> dict[str, bytes]:
    return {p.relative_to(path).as_posix(): p.read_bytes() for p in path.rglob("*") if p.is_file()}


def changed(value: str) -> dict:
    return HIDDEN | {"cells": [{"codes": ["eal"], "values": [value]}, {"codes": ["All"], "values": ["6512"]}]}


def test_the_folder_holds_what_it_says(tmp_path):
    written = write_release(release(), tmp_path)
    assert written.outcome == "written"
    assert set(tree(written.folder)) == {
        "report.html",
        "report.ipynb",
        "report.pdf",
        "report.xlsx",
        "tables.json",
        "manifest.json",
        "tables/absence.csv",
        "tables/roll.csv",
        "tables/language.csv",
        "tables/counts/roll.csv",
        "charts/absence-bar.svg",
        "charts/absence-bar.png",
        "charts/roll-line.svg",
        "charts/roll-line.png",
        "CONDITIONS.txt",
        "tables/CONDITIONS.txt",
        "charts/CONDITIONS.txt",
    }
    assert read_release(written.folder).content_hash == written.content_hash
    assert [p.name for p in tmp_path.iterdir()] == [written.folder.name]


def test_the_same_bytes_twice_but_for_times_and_hosts(tmp_path):
    one = write_release(release(), tmp_path / "one")
    other = write_release(release(transient={"started": "later", "host": "pc-2"}), tmp_path / "other")
    assert one.content_hash == other.content_hash
    first, second = tree(one.folder), tree(other.folder)
    manifests = [json.loads(files.pop("manifest.json")) for files in (first, second)]
    assert first == second
    assert manifests[0].pop("transient") != manifests[1].pop("transient")
    assert manifests[0] == manifests[1]


def test_the_same_bytes_in_another_process(tmp_path):
    here = Path(__file__).parent
    program = (
        "import sys; from pathlib import Path; from made_up_release import release;"
        "from kdsp_lib.release import write_release; print(write_release(release(), Path(sys.argv[1])).content_hash)"
    )
    env = os.environ | {
        "PYTHONHASHSEED": "11",
        "PYTHONPATH": f"{here}:{here.parents[2]}",
        "TZ": "Asia/Tokyo",
        "LANG": "C",
    }
    other = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], env=env, capture_output=True, text=True, check=True
    )
    assert other.stdout.strip() == write_release(release(), tmp_path / "here").content_hash


def test_an_equal_release_is_left_untouched(tmp_path):
    first = write_release(release(), tmp_path)
    before = {p: p.stat().st_mtime_ns for p in first.folder.rglob("*")}
    again = write_release(release(transient={"started": "later"}), tmp_path)
    assert again.outcome == "unchanged"
    assert {p: p.stat().st_mtime_ns for p in first.folder.rglob("*")} == before


@pytest.mark.parametrize("has_one_step", [True, False])
def test_another_release_takes_its_place_and_nothing_is_left(tmp_path, monkeypatch, has_one_step):
    if not has_one_step:
        monkeypatch.setattr(room.ctypes, "CDLL", lambda *a, **k: object())
    write_release(release(), tmp_path)
    written = write_release(release(tables=(ABSENCE, ROLL, changed("700"))), tmp_path)
    assert written.outcome == "replaced"
    assert b"700" in tree(written.folder)["tables/language.csv"]
    assert verify_release(written.folder) == ()
    assert [p.name for p in tmp_path.iterdir()] == [written.folder.name]


def test_a_harmed_release_is_made_good(tmp_path):
    written = write_release(release(), tmp_path)
    (written.folder / "report.html").write_text("harm")
    assert write_release(release(), tmp_path).outcome == "replaced"
    assert verify_release(written.folder) == ()


@pytest.mark.parametrize("after", [0, 1, 4, 9])
@pytest.mark.parametrize("there_is_an_old_one", [False, True])
def test_a_full_disk_leaves_nothing_behind(tmp_path, monkeypatch, after, there_is_an_old_one):
    if there_is_an_old_one:
        write_release(release(), tmp_path)
    before = tree(tmp_path)
    real, done = room.write_file, []

    def fails(path, content, *, mode):
        if len(done) == after:
            path.write_bytes(content[:10])
            raise OSError(28, "No space left on device")
        done.append(path)
        real(path, content, mode=mode)

    monkeypatch.setattr(room, "write_file", fails)
    with pytest.raises(Broken, match="No space left on device"):
        write_release(release(tables=(ABSENCE, ROLL, changed("700"))), tmp_path)
    assert tree(tmp_path) == before
    assert len(list(tmp_path.iterdir())) == int(there_is_an_old_one)


def test_a_limit_of_the_system_leaves_nothing_behind(tmp_path):
    """Not simulated: the system itself refuses a file beyond 20,000 bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
        with pytest.raises(Broken, match="could not be written"):
            write_release(release(), tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("step", ["_flush", "exchange"])
def test_a_failure_at_the_last_step_keeps_the_old_one(tmp_path, monkeypatch, step):
    write_release(release(), tmp_path)
    before = tree(tmp_path)

    def fails(*_paths):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(room, step, fails)
    with pytest.raises(Broken, match="Input/output error"):
        write_release(release(tables=(ABSENCE, ROLL, changed("700"))), tmp_path)
    assert tree(tmp_path) == before


def _put_release(outputs):
    write_release(release(), outputs)


def _put_page(outputs):
    room.put_page(outputs, "index.html", "<p>")


@pytest.mark.parametrize("writes", [_put_release, _put_page])
def test_what_a_killed_writer_left_is_cleared_away_by_the_next(tmp_path, writes):
    """Of whatever release, or page, it was; but nothing that another writer holds."""
    for name in (".r-7f3a9c21b4.0123456789abcdef.part", ".r-other.0123456789abcdef.part", ".0123456789abcdef.part"):
        (tmp_path / name / "tables").mkdir(parents=True)
    held = tmp_path / ".batch.html.0123456789abcdef.part"
    held.mkdir()
    with room._held(held):
        writes(tmp_path)
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".")] == [held.name]


def test_writers_of_one_release_do_not_disturb_each_other(tmp_path):
    def same(folder):
        return (folder / "a.txt").read_bytes() == b"x" * 100_000

    def write(_):
        return room.place({"a.txt": b"x" * 100_000}, tmp_path, "r-1", private=False, is_same=same)

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(write, range(240)))
    assert sorted(set(outcomes)) == ["unchanged", "written"]
    assert outcomes.count("written") == 1
    assert [p.name for p in tmp_path.iterdir()] == ["r-1"]


def test_a_part_is_never_there_without_being_held(tmp_path, monkeypatch):
    """A writer that settles meanwhile must wait, or it would take the new part for abandoned and sweep it away."""
    made, going = threading.Event(), threading.Event()
    mkdir = Path.mkdir

    def slow(path, *args, **options):
        mkdir(path, *args, **options)
        if path.name.endswith(".part") and not made.is_set():
            made.set()
            going.wait(0.3)

    monkeypatch.setattr(Path, "mkdir", slow)

    def write(text):
        return room.place({"a.txt": text}, tmp_path, "r-1", private=False, is_same=lambda _: False)

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(write, b"first")
        made.wait()
        second = pool.submit(write, b"second")
        assert {first.result(), second.result()} == {"written", "replaced"}
    assert [p.name for p in tmp_path.iterdir()] == ["r-1"]


def test_a_link_in_its_place_is_not_followed(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out/r-7f3a9c21b4").symlink_to(elsewhere)
    with pytest.raises(Broken, match="no folder"):
        write_release(release(), tmp_path / "out")
    assert list(elsewhere.iterdir()) == []


def test_what_must_leave_encrypted_is_for_the_owner_alone(tmp_path):
    decision = DECISION | {"obligations": [*DECISION["obligations"], "encrypt-delivery"]}
    written = write_release(release(decision=decision), tmp_path)
    modes = {stat.S_IMODE(p.stat().st_mode) for p in written.folder.rglob("*")}
    assert stat.S_IMODE(written.folder.stat().st_mode) == 0o700
    assert modes == {0o700, 0o600}
    assert written.manifest["delivery"].startswith("not yet possible")


def test_the_hash_tells_releases_apart(tmp_path):
    seen = {
        write_release(release(**change), tmp_path).content_hash
        for change in (
            {},
            {"tables": (ABSENCE, ROLL, changed("700"))},
            {"facts": {}},
            {"parameters": {"on": "2026-03-03"}},
        )
    }
    assert len(seen) == 4


def test_a_fact_cannot_stand_in_for_the_manifests_own(tmp_path):
    with pytest.raises(Broken, match="decision"):
        write_release(release(facts={"decision": "permit"}), tmp_path)


def test_harm_is_found_and_named(tmp_path):
    folder = write_release(release(), tmp_path).folder
    (folder / "report.html").write_text("x")
    (folder / "tables/roll.csv").unlink()
    (folder / "extra.txt").write_text("x")
    (folder / "charts/absence-bar.svg").unlink()
    (folder / "charts/absence-bar.svg").symlink_to("/etc/hostname")
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(
        json.dumps(manifest | {"marking": "none", "files": manifest["files"] | {"../x": "0"}})
    )
    found = {(fault.field, fault.text) for fault in verify_release(folder)}
    assert found == {
        ("manifest.json", "was changed"),
        ("report.html", "was changed"),
        ("tables/roll.csv", "is missing"),
        ("extra.txt", "was added"),
        ("charts/absence-bar.svg", "is missing"),
        ("../x", "leads out of the release"),
    }
    with pytest.raises(BadSource, match="not as it was written"):
        read_release(folder)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 9}'])
def test_a_folder_without_a_manifest_is_no_release(tmp_path, text):
    (tmp_path / "manifest.json").write_text(text)
    assert [fault.field for fault in verify_release(tmp_path)] == ["manifest.json"]
