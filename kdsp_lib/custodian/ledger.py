"""The ledger: what was decided, answered, released and refused, appended and hash-chained.

One SQLite table, one row an entry; nothing is ever updated. Every entry holds the hash of the one before it, so that
a changed, lost or swapped entry shows. An entry holds definitions and printed figures, never an unprotected one.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kdsp_lib.errors import Broken

KINDS = ("decision", "refusal", "answer", "release", "written")
_FIRST = "0" * 64
_SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
    position INTEGER PRIMARY KEY CHECK (position > 0),
    kind TEXT NOT NULL,
    report TEXT NOT NULL,
    recorded TEXT NOT NULL,
    body TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE
) STRICT;
CREATE INDEX IF NOT EXISTS entries_of_report ON entries (report, kind);
CREATE TRIGGER IF NOT EXISTS no_update BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'appended only'); END;
CREATE TRIGGER IF NOT EXISTS no_delete BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'appended only'); END;
"""


def canonical(value: Any) -> str:
    """JSON with one spelling: sorted keys, no spaces, no floats that are not numbers."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the ledger."""

    position: int
    kind: str
    report: str
    recorded: str
    body: Mapping[str, Any]
    previous: str
    hash: str


def _hash(position: int, kind: str, report: str, recorded: str, body: str, previous: str) -> str:
    return hashlib.sha256(canonical([position, kind, report, recorded, body, previous]).encode()).hexdigest()


def _remedy(error: sqlite3.Error, path: Path) -> str:
    """What a person can do, by the name that SQLite gives the reason."""
    reason = getattr(error, "sqlite_errorname", "")
    for kinds, remedy in (
        (("SQLITE_FULL", "SQLITE_IOERR"), "make room on the disk"),
        (("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM"), "allow writing to its folder"),
        (("SQLITE_BUSY", "SQLITE_LOCKED"), "wait for whoever holds it"),
    ):
        if reason.startswith(kinds):
            return f"{remedy}, {path.parent}"
    return f"restore {path} from the last backup"


class Ledger:
    """Appends to and reads one ledger file. Safe for several threads and several processes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        try:
            self._db = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.executescript(_SCHEMA)
        except sqlite3.Error as error:
            raise Broken(
                f"The ledger {path.name} cannot be opened.", remedy=f"{_remedy(error, path)}; nothing was written"
            ) from error

    def append(self, kind: str, report: str, body: Mapping[str, Any]) -> Entry:
        """Append one entry and return it. It is on disk when this returns."""
        if kind not in KINDS:
            raise Broken(f"The ledger knows no entry of kind {kind!r}.")
        text = canonical(body)
        recorded = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
        with self._lock:
            try:
                self._db.execute("BEGIN IMMEDIATE")
                try:
                    last = self._db.execute(
                        "SELECT position, hash FROM entries ORDER BY position DESC LIMIT 1"
                    ).fetchone()
                    position, previous = (last[0] + 1, last[1]) if last else (1, _FIRST)
                    digest = _hash(position, kind, report, recorded, text, previous)
                    self._db.execute(
                        "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?)",
                        (position, kind, report, recorded, text, previous, digest),
                    )
                    self._db.execute("COMMIT")
                except BaseException:
                    if self._db.in_transaction:
                        self._db.execute("ROLLBACK")
                    raise
            except sqlite3.Error as error:
                raise Broken(
                    "The ledger could not be written, so nothing is released.",
                    remedy=f"{_remedy(error, self.path)}; then run it again",
                ) from error
        return Entry(position, kind, report, recorded, json.loads(text), previous, digest)

    def position(self) -> int:
        """The position of the last entry; 0 for an empty ledger."""
        with self._lock:
            row = self._db.execute("SELECT max(position) FROM entries").fetchone()
        return int(row[0] or 0)

    def entries(self, *, kind: str | None = None, report: str | None = None) -> Iterator[Entry]:
        """Entries in order, of one kind or of one report if that is asked."""
        query, given = "SELECT * FROM entries", []
        wanted = [(column, value) for column, value in (("kind", kind), ("report", report)) if value is not None]
        if wanted:
            query += " WHERE " + " AND ".join(f"{column} = ?" for column, _ in wanted)
            given = [value for _, value in wanted]
        with self._lock:
            rows = self._db.execute(query + " ORDER BY position", given).fetchall()
        for position, kind_, report_, recorded, body, previous, digest in rows:
            yield Entry(position, kind_, report_, recorded, json.loads(body), previous, digest)

    def verify(self) -> int:
        """Check the whole chain. Returns how many entries there are; Broken names the first that does not fit."""
        previous, expected = _FIRST, 1
        with self._lock:
            rows = self._db.execute("SELECT * FROM entries ORDER BY position").fetchall()
        for position, kind, report, recorded, body, before, digest in rows:
            if (
                position != expected
                or before != previous
                or digest != _hash(position, kind, report, recorded, body, before)
            ):
                raise Broken(
                    f"The ledger was changed: entry {expected} does not fit the one before it.",
                    remedy="restore the ledger from a backup made before that entry",
                )
            previous, expected = digest, expected + 1
        return expected - 1

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()
