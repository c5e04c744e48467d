"""A table or view of a PostgreSQL server as rows of a contract: read only, in pieces, every value bound.

Columns that are not needed stay where they are. Nothing is written: the session is read-only before the first question.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from kdsp_lib.errors import BadParameters, BadSource, Fault
from kdsp_lib.source.contract import Contract
from kdsp_lib.source.reading import MOST_ROWS, Reading, typed

SCHEME = "postgresql"
DEFAULT_SCHEMA = "public"
_SETTINGS = {
    "default_transaction_read_only": "on",
    "statement_timeout": "600000",
    "datestyle": "ISO",
    "timezone": "UTC",
    "client_encoding": "UTF8",
}
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}", re.ASCII)
_BATCH = 20_000


@dataclass(frozen=True, slots=True)
class SqlTable:
    """A table by the URL of its server, its name, and what some columns must hold for a row to be read.

    Names are only such as need no quoting, and are quoted all the same.
    """

    url: str
    table: str
    where: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The table, as faults and vintages name it: without the server's address."""
        return self.table

    @property
    def parts(self) -> tuple[str, str]:
        """Schema and table."""
        schema, _, table = self.table.rpartition(".")
        return schema or DEFAULT_SCHEMA, table

    def checked(self) -> SqlTable:
        """This, or :class:`BadParameters` with all that is wrong with it."""
        faults = []
        try:
            said = urlsplit(self.url)
            _ = said.port
        except ValueError:
            said = urlsplit("")
        keys = {key.lower() for key, _ in parse_qsl(said.query, keep_blank_values=True)}
        if said.scheme != SCHEME or not said.path.strip("/"):
            faults.append(Fault("", "must be written as postgresql://USER@HOST/DATABASE", "URL"))
        elif said.password is not None or any("password" in key for key in keys):
            faults.append(Fault("", "holds a password: give it in PGPASSWORD or ~/.pgpass", "URL"))
        if not all(_NAME.fullmatch(part) for part in self.parts):
            faults.append(Fault("", "must be a table or SCHEMA.TABLE", "--table"))
        faults += [Fault("", "must be COLUMN=VALUE", "--where") for column in self.where if not _NAME.fullmatch(column)]
        if faults:
            raise BadParameters("That is no table of a database.", faults=faults)
        return self


def is_url(text: str) -> bool:
    """Whether a source is a server's URL, and no file."""
    return "://" in text


@contextlib.contextmanager
def read_only(source: SqlTable) -> Iterator[Any]:
    """A session that can only read, and sees one moment; what goes wrong in it is told without the server's address."""
    import psycopg

    options = " ".join(f"-c {name}={value}" for name, value in _SETTINGS.items())
    try:
        with psycopg.connect(source.url, options=options, connect_timeout=15) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            yield connection
    except psycopg.Error as error:
        raise BadSource(
            f"{source.name} cannot be read from the database{_reason(error)}.",
            remedy="see that the server runs, that the URL names the database and table, that the password is in "
            "PGPASSWORD or ~/.pgpass, and that you may read it",
        ) from None


def read_sql(source: SqlTable, contract: Contract) -> Reading:
    """The rows of a table that has the columns of ``contract`` under their own names; in the order of its key."""
    reading = Reading(source.name, first_row=1)
    with read_only(source) as connection:
        reading.header = columns_of(connection, source)
        for column in (*contract.names, *source.where):
            if column not in reading.header:
                reading.fault("is missing: add the column to the table or view", column=column)
        return reading if reading.found else _read(connection, source, contract, reading)


def columns_of(connection: Any, source: SqlTable) -> tuple[str, ...]:
    """The columns of a table; :class:`BadSource` where there is none that may be read."""
    asked = "SELECT column_name FROM information_schema.columns WHERE table_schema = %s AND table_name = %s"
    found = tuple(row[0] for row in connection.execute(asked, source.parts))
    if not found:
        raise BadSource(f"The database has no table {source.name} that you may read.", remedy="name it as SCHEMA.TABLE")
    return found


def _read(connection: Any, source: SqlTable, contract: Contract, reading: Reading) -> Reading:
    import pyarrow as pa

    batches: list[list[Any]] = [[] for _ in contract.names]
    count = 0
    for rows in _batches(connection, question(source, contract), list(source.where.values())):
        count += len(rows)
        if count > MOST_ROWS:
            reading.fault(f"has more than {MOST_ROWS:,} rows")
            return reading
        for place, values in enumerate(zip(*rows, strict=True)):
            batches[place].append(pa.array(values, pa.string()))
    texts = {name: pa.chunked_array(found, pa.string()) for name, found in zip(contract.names, batches, strict=True)}
    return typed(texts, contract, reading)


def question(source: SqlTable, contract: Contract) -> Any:
    """The SQL that is asked: the columns needed, as text, in the order of the key wherever the server stands."""
    from psycopg import sql

    def text(column: str) -> sql.Composed:
        return sql.SQL("CAST({} AS TEXT)").format(sql.Identifier(column))

    asked = sql.SQL("SELECT {} FROM {}").format(
        sql.SQL(", ").join(map(text, contract.names)), sql.Identifier(*source.parts)
    )
    if source.where:
        wanted = (sql.SQL("{} = {}").format(text(column), sql.Placeholder()) for column in source.where)
        asked += sql.SQL(" WHERE ") + sql.SQL(" AND ").join(wanted)
    order = (sql.SQL('{} COLLATE "C"').format(text(column)) for column in contract.key)
    return asked + sql.SQL(" ORDER BY ") + sql.SQL(", ").join(order)


def _batches(connection: Any, asked: Any, values: Sequence[str]) -> Iterator[list[tuple[Any, ...]]]:
    """The answer in pieces, held by the server and not here."""
    with connection.cursor(name="kdsp") as cursor:
        cursor.execute(asked, values or None)
        while rows := cursor.fetchmany(_BATCH):
            yield rows


_REASONS = {
    "25": ": to read it would write", "28": ": who asks is not let in", "42": ": it may not be read",
    "57": ": it took too long",
}  # fmt: skip


def _reason(error: Any) -> str:
    return _REASONS.get((getattr(error, "sqlstate", None) or "")[:2], "")
