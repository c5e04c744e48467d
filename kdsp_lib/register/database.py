"""The state database, by its URL: SQLite in the workspace's state folder, or a PostgreSQL server.

The one place that knows which of the two it is. A writer holds a chain while it reads its end and appends, so that of
several at once, on one machine or on several, each waits for its turn. SQLAlchemy is loaded when it is needed.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, unquote, urlsplit

from kdsp_lib.errors import BadSource, Broken, KdspError

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

SQLITE: Final = "sqlite"
SCHEMES: Final = (SQLITE, "postgresql")
_WAIT_SECONDS: Final = 30
_AGAIN_SECONDS: Final = 0.01
_TABLE: Final = """
CREATE TABLE {name} (
    number {integer} PRIMARY KEY CHECK (number > 0),
    recorded TEXT NOT NULL,
    {labels},
    body TEXT NOT NULL,
    previous TEXT NOT NULL UNIQUE,
    hash TEXT NOT NULL UNIQUE
)"""
_HELD: Final = {
    "sqlite": "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = :name",
    "postgresql": "SELECT 1 WHERE to_regclass(:name) IS NOT NULL",
}
_GUARDS: Final = {
    "sqlite": (
        "CREATE TRIGGER {name}_no_update BEFORE UPDATE ON {name} BEGIN SELECT RAISE(ABORT, 'appended only'); END",
        "CREATE TRIGGER {name}_no_delete BEFORE DELETE ON {name} BEGIN SELECT RAISE(ABORT, 'appended only'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION {name}_appended_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'appended only'; END $$",
        "CREATE TRIGGER {name}_appended_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {name} "
        "FOR EACH STATEMENT EXECUTE FUNCTION {name}_appended_only()",
    ),
}


def sqlite_url(path: Path) -> str:
    """The URL of a SQLite file."""
    return f"sqlite:///{quote(str(path))}"


def _execute_when_free(cursor: Any, setting: str) -> None:
    """SQLite waits for whoever holds the file, but not where two at once are the first to open it in WAL mode."""
    import sqlite3

    end = time.monotonic() + _WAIT_SECONDS
    while True:
        try:
            cursor.execute(setting)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname != "SQLITE_BUSY" or time.monotonic() > end:
                raise
            time.sleep(_AGAIN_SECONDS)
        else:
            return


class Database:
    """One database, for several threads and processes at once. Nothing is opened before it is used."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._is_sqlite = urlsplit(url).scheme == SQLITE

    def __enter__(self) -> Database:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close what is open; it opens again when it is used again."""
        if "_engine" in self.__dict__:
            self._engine.dispose()

    @property
    def is_there(self) -> bool:
        """Whether there is anything to read: SQLite's file is made by whoever writes first."""
        return not self._is_sqlite or self._path.is_file()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection to read by. It sees what was appended until it asks."""
        with self._telling("read"), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self, chain: str) -> Iterator[Connection]:
        """Hold a chain and append to it: all that was appended stays, or after an error nothing."""
        if self._is_sqlite:
            for folder in reversed(self._path.parents):
                folder.mkdir(mode=0o700, exist_ok=True)  # each that is missing: parents=True gives it to the last alone
        with self._telling("written"), self._engine.connect() as connection:
            if self._is_sqlite:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_WAIT_SECONDS}s'")
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock(hashtextextended('kdsp {chain}', 0))")
            yield connection
            connection.commit()

    def holds(self, connection: Connection, chain: str) -> bool:
        """Whether a chain's table has been made."""
        from sqlalchemy import text

        return connection.execute(text(_HELD[connection.dialect.name]), {"name": chain}).first() is not None

    def make(self, connection: Connection, chain: str, labels: tuple[str, ...]) -> None:
        """Make a chain's table, which lets nothing be changed or taken away, nor two entries follow the same one."""
        table = _TABLE.format(
            name=chain,
            integer="INTEGER" if self._is_sqlite else "BIGINT",
            labels=",\n    ".join(f"{label} TEXT NOT NULL" for label in labels),
        )
        connection.exec_driver_sql(f"{table} STRICT" if self._is_sqlite else table)
        for label in labels:
            connection.exec_driver_sql(f"CREATE INDEX {chain}_by_{label} ON {chain} ({label})")
        for guard in _GUARDS[connection.dialect.name]:
            connection.exec_driver_sql(guard.format(name=chain))

    @property
    def _path(self) -> Path:
        """SQLite's file."""
        return Path(unquote(urlsplit(self.url).path).removeprefix("/"))

    @cached_property
    def _engine(self) -> Engine:
        from sqlalchemy import URL, create_engine, event, make_url

        if self._is_sqlite:
            url = URL.create("sqlite", database=str(self._path))
            given: dict[str, Any] = {"timeout": _WAIT_SECONDS, "isolation_level": None}
            settings = ["PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL"]
        else:
            url = make_url(self.url).set(drivername="postgresql+psycopg")
            given = {"client_encoding": "utf8", "connect_timeout": _WAIT_SECONDS, "application_name": "kdsp"}
            # What is recorded is on the disk, whatever the server is set to.
            settings = [
                "SELECT set_config('synchronous_commit', 'local', false) "
                "WHERE current_setting('synchronous_commit') = 'off'"
            ]
        engine = create_engine(
            url,
            connect_args=given,
            pool_pre_ping=not self._is_sqlite,
            max_overflow=-1,  # who holds a chain also reads: those who wait for it never keep it from a connection
            hide_parameters=True,
        )

        @event.listens_for(engine, "connect")
        def set_up(connection: Any, _record: object) -> None:
            cursor = connection.cursor()
            for setting in settings:
                _execute_when_free(cursor, setting)
            cursor.close()
            connection.commit()

        return engine

    @contextmanager
    def _telling(self, done: str) -> Iterator[None]:
        from sqlalchemy.exc import DBAPIError

        try:
            yield
        except DBAPIError as error:
            raise self._told(error.orig, done) from error

    def _told(self, error: BaseException | None, done: str) -> KdspError:
        """What a person can do, by the name that the database gives the reason. Never a password."""
        remedy = "see that the database server runs and is of version 11 or later; its log says more"
        reason = getattr(error, "sqlite_errorname", None) or getattr(error, "sqlstate", None) or ""
        if self._is_sqlite:
            path = self._path
            if reason.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
                return BadSource(f"{path} is no whole database.", remedy="restore it from the last backup")
            remedy = next((f"{text}, {path.parent}" for kinds, text in _REMEDIES if reason.startswith(kinds)), "")
            remedy = remedy or f"restore {path} from the last backup"
        elif not reason:
            remedy = (
                "see that its server runs, that [state] in kdsp.toml names it, and that the password is in "
                "PGPASSWORD or ~/.pgpass"
            )
        else:
            remedy = next((text for kinds, text in _REMEDIES if reason.startswith(kinds)), remedy)
        return Broken(f"The state database could not be {done}, so nothing is recorded or released.", remedy=remedy)


_REMEDIES: Final = (
    (("SQLITE_FULL", "SQLITE_IOERR", "53"), "make room on the disk"),
    (("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM", "42501", "25006"), "allow writing to it"),
    (("SQLITE_BUSY", "SQLITE_LOCKED", "55P03", "57014"), "wait for whoever holds it, then again"),
    (("28", "3D000"), "see that [state] in kdsp.toml names it, and that the password is in PGPASSWORD or ~/.pgpass"),
)
"""By the beginning of what SQLite or PostgreSQL calls the reason."""
