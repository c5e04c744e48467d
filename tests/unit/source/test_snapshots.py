"""Snapshots bear their hash as name, and nothing else is read from them than what was put in."""

from __future__ import annotations

import re
import secrets
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from kdsp_lib.errors import BadSource
from kdsp_lib.source.catalogue import Catalogue
from kdsp_lib.source.snapshot import read_snapshot, snapshot_path, write_snapshot
from kdsp_lib.source.tables import open_tables

TABLE = pa.table({"a": [1, 2], "b": ["x", None]})


def test_equal_rows_are_one_snapshot(tmp_path):
    first = write_snapshot(TABLE, tmp_path)
    chunked = pa.concat_tables([TABLE.slice(0, 1), TABLE.slice(1)]).replace_schema_metadata({"made": "later"})
    assert write_snapshot(chunked, tmp_path) == first
    assert len(list(tmp_path.rglob("*.parquet"))) == 1
    assert read_snapshot(tmp_path, first.sha256).equals(TABLE)


def test_a_damaged_snapshot_is_mended_by_writing_it_again(tmp_path):
    snapshot = write_snapshot(TABLE, tmp_path)
    snapshot.path(tmp_path).write_bytes(b"")
    write_snapshot(TABLE, tmp_path)
    assert read_snapshot(tmp_path, snapshot.sha256).equals(TABLE)


def test_a_snapshot_can_be_read_by_its_owner_only(tmp_path):
    assert write_snapshot(TABLE, tmp_path).path(tmp_path).stat().st_mode & 0o077 == 0


def test_one_changed_byte_is_refused_before_anything_is_asked(spoilt):
    path = Catalogue.load(spoilt).path(Catalogue.load(spoilt).dataset("pupils"))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(BadSource, match="has been changed"):
        open_tables(spoilt, "2025/26-autumn")


def test_a_missing_one_is_refused(spoilt):
    Catalogue.load(spoilt).path(Catalogue.load(spoilt).dataset("pupils")).unlink()
    with pytest.raises(BadSource, match="is missing"):
        open_tables(spoilt, "2025/26-autumn")


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "A" * 64, "a" * 63])
def test_no_name_leads_out_of_the_folder(tmp_path, name):
    with pytest.raises(BadSource):
        snapshot_path(tmp_path, name)


def test_a_growing_snapshot_holds_what_was_added_and_waits_for_a_group(tmp_path, monkeypatch):
    """Its name is the hash of its bytes, which nobody read again."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from kdsp_lib.source.snapshot import GrowingSnapshot, read_snapshot

    monkeypatch.setattr("kdsp_lib.source.snapshot._GROUP", 4)
    parts = [pa.table({"a": [number, number + 1, number + 2]}) for number in range(0, 15, 3)]
    growing = GrowingSnapshot(parts[0].schema, tmp_path)
    for part in parts:
        growing.add(part)
    snapshot = growing.settle()
    growing.drop()
    assert read_snapshot(tmp_path, snapshot.sha256).column("a").to_pylist() == list(range(15))
    assert snapshot.rows == 15
    assert pq.ParquetFile(snapshot.path(tmp_path)).num_row_groups == 3
    assert [path.stem for path in (tmp_path / "snapshots").iterdir()] == [snapshot.sha256]


def test_a_growing_snapshot_that_is_dropped_was_never_there(tmp_path):
    import pyarrow as pa

    from kdsp_lib.source.snapshot import GrowingSnapshot

    growing = GrowingSnapshot(pa.schema({"a": pa.int64()}), tmp_path)
    growing.add(pa.table({"a": [1]}))
    growing.drop()
    assert list((tmp_path / "snapshots").iterdir()) == []


def test_what_arrow_reads_lies_in_its_own_memory(tmp_path):
    """Its threads let go of it as late as the end of the process, when Python may no longer be asked to."""
    from kdsp_lib.source.arrow_memory import reader_over
    from kdsp_lib.source.snapshot import verified_bytes

    size = 300_000
    snapshot = write_snapshot(pa.table({"a": [secrets.token_hex(size)]}), tmp_path)
    pool = pa.default_memory_pool()
    before = pool.bytes_allocated()
    content = verified_bytes(tmp_path, snapshot.sha256)
    assert pool.bytes_allocated() - before >= len(content) >= size
    assert reader_over(content).read() == snapshot.path(tmp_path).read_bytes()

    before = pool.bytes_allocated()
    reader = reader_over(bytes(size))
    assert pool.bytes_allocated() - before >= size
    assert reader.size() == size


def test_nobody_else_gives_arrow_bytes_to_read():
    """There is one way, so that no new reading is one of Python's bytes."""
    import kdsp_lib

    root = Path(kdsp_lib.__file__).parent
    given = [path.name for path in root.rglob("*.py") if re.search(r"BufferReader|py_buffer", path.read_text("utf-8"))]
    assert given == ["arrow_memory.py"]


def test_a_process_that_read_a_snapshot_ends_with_its_own_exit_code(tmp_path):
    table = pa.table({"a": list(range(200_000)), "b": [str(number) for number in range(200_000)]})
    snapshot = write_snapshot(table, tmp_path)
    code = (
        "import sys; from pathlib import Path; from kdsp_lib.source.snapshot import read_snapshot\n"
        f"[read_snapshot(Path({str(tmp_path)!r}), {snapshot.sha256!r}) for _ in range(5)]; sys.exit(7)"
    )
    assert [subprocess.run([sys.executable, "-c", code], check=False).returncode for _ in range(4)] == [7] * 4
