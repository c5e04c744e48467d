"""Snapshots: Parquet files that bear the SHA-256 of their own bytes as name, so that none can change unseen."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from kdsp_lib.errors import BadSource
from kdsp_lib.source.arrow_memory import read_into_arrow, reader_over
from kdsp_lib.source.files import GrowingFile, sha256_of, write_atomically

Name = TypeVar("Name")
FOLDER = "snapshots"
_SETTINGS: Mapping[str, Any] = {
    "version": "2.6", "data_page_version": "1.0", "compression": "zstd", "compression_level": 3,
    "use_dictionary": True, "write_statistics": True, "store_schema": True,
}  # fmt: skip
"""Of every Parquet file that is written, so that equal rows have equal bytes."""
_GROUP = 200_000
"""Rows that a growing snapshot waits for before it writes them."""
_PIECE = 250_000
"""Rows that a snapshot is streamed in."""
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One file of rows that never changes."""

    sha256: str
    rows: int

    def path(self, data: Path) -> Path:
        return snapshot_path(data, self.sha256)


def snapshot_path(data: Path, sha256: str) -> Path:
    """Where the snapshot of that hash lies. What is no hash is refused, so that no name leads out of the folder."""
    if not _HASH.fullmatch(sha256):
        raise BadSource("A snapshot is named by the 64 hexadecimal digits of its SHA-256; the catalogue names another.")
    return data / FOLDER / f"{sha256}.parquet"


def parquet_bytes(table: Any) -> bytes:
    """The Parquet file of an Arrow table: settings fixed and no metadata but the schema, so equal rows, equal bytes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    written = pa.BufferOutputStream()
    plain = table.replace_schema_metadata(None).combine_chunks()
    pq.write_table(plain, written, row_group_size=1_000_000, **_SETTINGS)
    content: bytes = written.getvalue().to_pybytes()
    return content


class GrowingSnapshot:
    """A snapshot that is made from one table after the other, whose rows need not all be in memory."""

    def __init__(self, schema: Any, data: Path) -> None:
        import pyarrow.parquet as pq

        self._data, self._schema, self._waiting, self._rows = data, schema, list[Any](), 0
        self._file = GrowingFile(data / FOLDER)
        self._writer = pq.ParquetWriter(self._file, schema, **_SETTINGS)

    def add(self, table: Any) -> None:
        """Add rows; they are written when there are enough for a group."""
        self._waiting.append(table.replace_schema_metadata(None))
        if sum(each.num_rows for each in self._waiting) >= _GROUP:
            self._write()

    def settle(self) -> Snapshot:
        """Keep it under its hash."""
        self._write()
        self._writer.close()
        snapshot = Snapshot(self._file.sha256, self._rows)
        self._file.settle(snapshot.path(self._data))
        return snapshot

    def drop(self) -> None:
        """Leave nothing of it, where it was not settled."""
        with contextlib.suppress(OSError):
            self._writer.close()
        self._file.drop()

    def _write(self) -> None:
        import pyarrow as pa

        if self._waiting:
            group = pa.concat_tables(self._waiting).combine_chunks()
            self._writer.write_table(group, row_group_size=group.num_rows)
            self._rows += group.num_rows
            self._waiting.clear()


def write_snapshot(table: Any, data: Path) -> Snapshot:
    """Keep an Arrow table as a snapshot under ``data``. One that is there already, unharmed, is left alone."""
    content = parquet_bytes(table)
    snapshot = Snapshot(sha256_of(content), table.num_rows)
    path = snapshot.path(data)
    if not (path.is_file() and sha256_of(path.read_bytes()) == snapshot.sha256):
        write_atomically(path, content, mode=0o600)
    return snapshot


@contextlib.contextmanager
def snapshots_kept(data: Path, tables: Mapping[Name, Any]) -> Iterator[dict[Name, Snapshot]]:
    """Keep several tables; whatever goes wrong before the block has ended, none that is new is left behind."""
    before = set((data / FOLDER).glob("*"))
    kept: dict[Name, Snapshot] = {}
    try:
        for name, table in tables.items():
            kept[name] = write_snapshot(table, data)
        yield kept
    except BaseException:
        for snapshot in kept.values():
            if snapshot.path(data) not in before:
                snapshot.path(data).unlink(missing_ok=True)
        raise


def read_snapshot(data: Path, sha256: str) -> Any:
    """The Arrow table of a snapshot. The bytes that are hashed are the bytes that are read; others are refused."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    content = verified_bytes(data, sha256)
    try:
        return pq.read_table(reader_over(content))
    except (pa.ArrowException, OSError):
        raise _no_parquet(sha256) from None


def stream_snapshot(data: Path, sha256: str, coded: Collection[str]) -> Any:
    """The rows of a snapshot in pieces, for one pass: with a few values again and again in the ``coded`` columns.

    So the whole is in memory once, packed, and not a second time spread out. The bytes are checked as for a table.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    content = verified_bytes(data, sha256)
    try:
        file = pq.ParquetFile(reader_over(content), read_dictionary=list(coded))
        return pa.RecordBatchReader.from_batches(file.schema_arrow, file.iter_batches(batch_size=_PIECE))
    except (pa.ArrowException, OSError):
        raise _no_parquet(sha256) from None


def _no_parquet(sha256: str) -> BadSource:
    return BadSource(
        f"Snapshot {sha256[:12]} is not a Parquet file, though its hash is right.",
        remedy="load the data set again with: kdsp data add",
    )


def verified_bytes(data: Path, sha256: str) -> Any:
    """The bytes of a snapshot, in Arrow's memory; :class:`BadSource` where it is missing or has been tampered with."""
    path = snapshot_path(data, sha256)
    try:
        content = read_into_arrow(path)
    except OSError:
        raise BadSource(
            f"Snapshot {sha256[:12]} is missing from {path.parent}.",
            remedy="restore it from your backup, or load the data set again with: kdsp data add",
        ) from None
    if sha256_of(content) != sha256:
        raise BadSource(
            f"Snapshot {sha256[:12]} has been changed since it was loaded: its bytes no longer have its hash.",
            remedy="restore it from your backup, or load the data set again with: kdsp data add",
        )
    return content
