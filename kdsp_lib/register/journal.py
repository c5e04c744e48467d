"""The journal: every act upon the register as an event, appended and hash-chained, with who recorded it and when.

One SQLite table, one row an event; nothing is ever updated or deleted. Every event holds the hash of the one before
it, so that one that was changed, lost or swapped shows. Loss of the last ones shows against a hash that was noted.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from kdsp_lib.errors import BadSource, Broken

FILE_NAME: Final = "journal.db"
ACTS: Final = ("begin", "section", "enter", "correct", "permit", "propose")
_FIRST: Final = "0" * 64
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS events (
    number INTEGER PRIMARY KEY CHECK (number > 0),
    recorded TEXT NOT NULL,
    recorder TEXT NOT NULL,
    act TEXT NOT NULL,
    body TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE
) STRICT;
CREATE TRIGGER IF NOT EXISTS no_update BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'appended only'); END;
CREATE TRIGGER IF NOT EXISTS no_delete BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'appended only'); END;
"""


@dataclass(frozen=True, slots=True)
class Event:
    """One act.

    ``begin`` a journal from a file (its hash); open a ``section``; ``enter`` an entry; ``correct`` an earlier one, by
    another or, where the entry is ``None``, by striking it out; ``permit`` somebody to record; ``propose`` an act that
    needs a second person, whose own act then follows.
    """

    number: int
    recorded: str
    """The moment, in UTC, as ``2026-03-02T09:30:00.000+00:00``."""
    recorder: str
    act: str
    body: Mapping[str, Any]
    hash: str


class Journal:
    """One journal file. Safe for several processes: whoever writes waits for its turn."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._db = sqlite3.connect(path, timeout=30, isolation_level=None)
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.executescript(_SCHEMA)
        except sqlite3.Error as error:
            raise _unreadable(path) from error

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def events(self) -> tuple[Event, ...]:
        """All events in order. A chain that does not hold is a BadSource naming the first event that does not fit."""
        try:
            rows = self._db.execute("SELECT * FROM events ORDER BY number").fetchall()
        except sqlite3.Error as error:
            raise _unreadable(self.path) from error
        previous, moment, events = _FIRST, "", list[Event]()
        for expected, (number, recorded, recorder, act, body, before, digest) in enumerate(rows, start=1):
            fits = number == expected and before == previous and recorded >= moment and act in ACTS
            if not fits or digest != _hash(number, recorded, recorder, act, body, before):
                raise BadSource(
                    f"The journal was changed: entry {expected} is not what was recorded.",
                    remedy="restore the journal from a backup made before that; nothing is decided by it as it is",
                )
            events.append(Event(number, recorded, recorder, act, MappingProxyType(json.loads(body)), digest))
            previous, moment = digest, recorded
        return tuple(events)

    def last_hash(self) -> str:
        """The hash of the last event, which stands for all before it; empty where there is none. Checks nothing."""
        try:
            row = self._db.execute("SELECT hash FROM events ORDER BY number DESC LIMIT 1").fetchone()
        except sqlite3.Error as error:
            raise _unreadable(self.path) from error
        return str(row[0]) if row else ""

    def last_moment(self) -> str:
        """When the last event was recorded; empty where there is none. Checks nothing."""
        try:
            row = self._db.execute("SELECT recorded FROM events ORDER BY number DESC LIMIT 1").fetchone()
        except sqlite3.Error as error:
            raise _unreadable(self.path) from error
        return str(row[0]) if row else ""

    @contextlib.contextmanager
    def turn(self) -> Iterator[Turn]:
        """Hold the journal, so that what was read is still so when it is written to. All is appended, or nothing."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            raise Broken("The journal could not be written, so nothing was recorded.") from error
        try:
            yield Turn(self._db, self.events())
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")


class Turn:
    """The journal while it is held: what it says so far, and how to append."""

    def __init__(self, db: sqlite3.Connection, events: tuple[Event, ...]) -> None:
        self._db = db
        self.events = list(events)

    def append(self, recorder: str, act: str, body: Mapping[str, Any]) -> Event:
        """Append one event, never earlier than the one before it."""
        last = self.events[-1] if self.events else None
        now = moment_now()
        recorded = max(now, last.recorded) if last else now
        number, previous = (last.number + 1, last.hash) if last else (1, _FIRST)
        text = json.dumps(dict(body), ensure_ascii=False, separators=(",", ":"))
        digest = _hash(number, recorded, recorder, act, text, previous)
        row = (number, recorded, recorder, act, text, previous, digest)
        self._db.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        event = Event(number, recorded, recorder, act, MappingProxyType(json.loads(text)), digest)
        self.events.append(event)
        return event


def moment_now() -> str:
    """This moment, as events are dated."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")


def _hash(*parts: str | int) -> str:
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()


def _unreadable(path: Path) -> BadSource:
    return BadSource(f"The journal {path.name} cannot be read.", remedy="restore it from the last backup")
