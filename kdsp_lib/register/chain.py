"""An append-only, hash-chained table of the state database: the journal, the ledger and the access log each are one.

Nothing in it is ever updated or deleted. Every entry holds the hash of the one before it, so that one that was changed,
lost or swapped shows. Loss of the last ones shows against a hash that was noted elsewhere.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kdsp_lib.errors import BadSource, Broken
from kdsp_lib.register.database import Database

if TYPE_CHECKING:
    from sqlalchemy import Connection

_FIRST: Final = "0" * 64
_WORD: Final = re.compile(r"[a-z_]+")
_CALLED: Final = {
    "token": "record of tokens",
    "account": "record of accounts",
    "checkpoint": "record of checkpoints",
}
"""What a chain is called where its table's name does not say it."""


@dataclass(frozen=True, slots=True)
class Link:
    """One entry of a chain."""

    number: int
    """From 1, without a gap."""
    recorded: str
    """The moment, in UTC, as ``2026-03-02T09:30:00.000+00:00``; never earlier than that of the link before."""
    labels: Mapping[str, str]
    """What links are found by."""
    body: Mapping[str, Any]
    """JSON; its keys come back in their order."""
    hash: str


class End(NamedTuple):
    """The last link of a chain, which stands for all before it."""

    number: int = 0
    recorded: str = ""
    hash: str = ""


class Chain:
    """One chain, named as its table, with the labels that its links are found by. Whoever appends waits for a turn."""

    def __init__(self, database: Database, name: str, labels: tuple[str, ...]) -> None:
        if not all(map(_WORD.fullmatch, (name, *labels))):
            raise Broken(f"A chain is not called {name!r}, with {labels!r}.")
        self.database, self.name, self.labels = database, name, labels
        self._columns = ("number", "recorded", *labels, "body", "previous", "hash")
        self._is_made = False

    @contextmanager
    def turn(self) -> Iterator[Turn]:
        """Hold the chain, so that what was read is still so when it is appended to. All is appended, or nothing."""
        with self.database.writing(self.name) as connection:
            if not self._is_made and not self.database.holds(connection, self.name):
                self.database.make(connection, self.name, self.labels)
            yield Turn(self, connection)
        self._is_made = True

    def append(self, labels: Mapping[str, str], body: Mapping[str, Any]) -> Link:
        """Append one link. It is on disk when this returns."""
        with self.turn() as turn:
            return turn.append(labels, body)

    def whole(self) -> tuple[Link, ...]:
        """All links, in order. BadSource names the first that is not what was recorded."""
        with self._reading() as connection:
            return self._checked(connection) if connection else ()

    def links(self, after: int = 0, **labels: str | None) -> list[Link]:
        """The links ``after`` a number with these labels, in order; None: any. Checks nothing."""
        wanted = {label: value for label, value in labels.items() if value is not None}
        with self._reading() as connection:
            return [self._link(row) for row in self._rows(connection, wanted, after)] if connection else []

    def link(self, number: int) -> Link:
        """The link of a number, which must be there. Checks nothing."""
        with self._reading() as connection:
            for row in self._rows(connection, {}, number - 1, number) if connection else ():
                return self._link(row)
        raise Broken(f"The {self.name} has no entry {number}.")

    def last(self, beside: Turn | None = None) -> Link | None:
        """The last link; None where nothing was appended yet. Checks nothing."""
        with self._reading(beside) as connection:
            number = self._end(connection).number if connection else 0
            for row in self._rows(connection, {}, number - 1) if connection and number else ():
                return self._link(row)
        return None

    def holds(self, digest: str, beside: Turn | None = None) -> bool:
        """Whether a link has this hash. Checks nothing."""
        from sqlalchemy import text

        query = f"SELECT 1 FROM {self.name} WHERE hash = :hash"  # noqa: S608 - our own words
        with self._reading(beside) as connection:
            return connection is not None and connection.execute(text(query), {"hash": digest}).first() is not None

    def end(self) -> End:
        """Where the chain ends; number 0 where nothing was appended yet. Checks nothing."""
        with self._reading() as connection:
            return self._end(connection) if connection else End()

    def end_after(self, noted: End, beside: Turn | None = None) -> End:
        """Where the chain ends. BadSource names what is not as it was: the link noted, or one of those after it.

        ``beside``: the turn of another chain of the database, by whose connection it is quicker.
        """
        with self._reading(beside) as connection:
            end = End()
            for row in self._checked_rows(connection, noted if noted.number else None) if connection else ():
                end = End(row[0], row[1], row[-1])
            if end.number < noted.number:
                there = self._end(connection).number if connection else 0
                raise self.changed(f"cut short: it ends at entry {there}, and had {noted.number}")
            return end

    @contextmanager
    def _reading(self, beside: Turn | None = None) -> Iterator[Connection | None]:
        """A connection; None where there is nothing to read yet."""
        if not self.database.is_there:
            yield None
            return
        with nullcontext(beside._connection) if beside else self.database.reading() as connection:
            self._is_made = self._is_made or self.database.holds(connection, self.name)
            yield connection if self._is_made else None

    def _rows(
        self, connection: Connection, wanted: Mapping[str, str], after: int = 0, until: int | None = None
    ) -> Iterator[tuple[Any, ...]]:
        from sqlalchemy import text

        asked = ["number > :after", *(["number <= :until"] if until is not None else [])]
        where = " AND ".join([*asked, *(f"{label} = :{label}" for label in wanted)])
        query = f"SELECT {', '.join(self._columns)} FROM {self.name} WHERE {where} ORDER BY number"  # noqa: S608 - our own words
        given: dict[str, Any] = {**wanted, "after": after, **({} if until is None else {"until": until})}
        return (tuple(row) for row in connection.execute(text(query), given))

    def _link(self, row: tuple[Any, ...]) -> Link:
        number, recorded, *labels, body, _, digest = row
        named = MappingProxyType(dict(zip(self.labels, labels, strict=True)))
        return Link(number, recorded, named, MappingProxyType(json.loads(body)), digest)

    def _checked(self, connection: Connection) -> tuple[Link, ...]:
        return tuple(map(self._link, self._checked_rows(connection)))

    def _checked_rows(self, connection: Connection, noted: End | None = None) -> Iterator[tuple[Any, ...]]:
        """The rows from a link that was noted on, it among them, each as it was recorded; all where none was."""
        previous, moment, first = _FIRST, "", noted.number if noted else 1
        for expected, row in enumerate(self._rows(connection, {}, first - 1), start=first):
            number, recorded, *_, before, digest = row
            follows = digest == noted.hash if noted and expected == first else before == previous
            fits = number == expected and follows and recorded >= moment
            if not fits or digest != self._hash(*row[:-1]):
                raise self.changed(f"changed: entry {expected} is not what was recorded")
            yield row
            previous, moment = digest, recorded

    def changed(self, how: str) -> BadSource:
        """What is to be said where it is not what was recorded."""
        called = _CALLED.get(self.name, self.name.replace("_", " "))
        return BadSource(
            f"The {called} was {how}.",
            remedy=f"restore the {called} from a backup made before that; nothing is decided by it as it is",
        )

    def _end(self, connection: Connection) -> End:
        query = f"SELECT number, recorded, hash FROM {self.name} ORDER BY number DESC LIMIT 1"  # noqa: S608 - our own words
        row = connection.exec_driver_sql(query).fetchone()
        return End(*row) if row else End()

    def _hash(self, *said: str | int) -> str:
        text = json.dumps([self.name, *said], ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


class Turn:
    """A chain while it is held: what it says so far, and how to append."""

    def __init__(self, chain: Chain, connection: Connection) -> None:
        self._chain, self._connection = chain, connection

    def whole(self) -> tuple[Link, ...]:
        """All links, checked, as :meth:`Chain.whole`."""
        return self._chain._checked(self._connection)

    def append(self, labels: Mapping[str, str], body: Mapping[str, Any]) -> Link:
        """Append one link, never earlier than the one before it."""
        from sqlalchemy import text

        end = self._chain._end(self._connection)
        number, recorded, previous = end.number + 1, max(moment_now(), end.recorded), end.hash or _FIRST
        said = json.dumps(dict(body), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        named = {label: labels[label] for label in self._chain.labels}
        digest = self._chain._hash(number, recorded, *named.values(), said, previous)
        row = {"number": number, "recorded": recorded, **named, "body": said, "previous": previous, "hash": digest}
        places = ", ".join(f":{column}" for column in row)
        statement = f"INSERT INTO {self._chain.name} ({', '.join(row)}) VALUES ({places})"  # noqa: S608 - our own words
        self._connection.execute(text(statement), row)
        return Link(number, recorded, MappingProxyType(named), MappingProxyType(json.loads(said)), digest)


def moment_now() -> str:
    """This moment, as links are dated."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
