"""The journal: every act upon the register as an event, appended and hash-chained, with who recorded it and when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from kdsp_lib.errors import NotAuthorised
from kdsp_lib.register import chain
from kdsp_lib.register.chain import Link
from kdsp_lib.register.chains import chain_of
from kdsp_lib.register.database import Database

ACTS: Final = ("begin", "section", "enter", "correct", "permit", "propose")


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
    """The journal of one state database. Safe for several processes: whoever writes waits for its turn."""

    def __init__(self, database: Database) -> None:
        self._chain = chain_of(database, "journal")

    def events(self) -> tuple[Event, ...]:
        """All events in order. A chain that does not hold is a BadSource naming the first event that does not fit."""
        return tuple(map(_event, self._chain.whole()))

    def last_hash(self) -> str:
        """The hash of the last event, which stands for all before it; empty where there is none. Checks nothing."""
        return self._chain.end().hash

    @contextmanager
    def turn(self) -> Iterator[Turn]:
        """Hold the journal, so that what was read is still so when it is written to. All is appended, or nothing."""
        with self._chain.turn() as turn:
            yield Turn(turn)


class Turn:
    """The journal while it is held: what it says so far, and how to append."""

    def __init__(self, turn: chain.Turn) -> None:
        self._turn = turn
        self.events = [_event(link) for link in turn.whole()]

    def append(self, recorder: str, act: str, body: Mapping[str, Any]) -> Event:
        """Append one event, never earlier than the one before it; what somebody signed, once."""
        signed = body.get("credential", {}).get("signed")
        if signed and any(event.body.get("credential", {}).get("signed") == signed for event in self.events):
            raise NotAuthorised(
                "This signed act has been recorded.",
                rule="what was signed once is recorded once",
                remedy="write it down again, and have it signed",
            )
        event = _event(self._turn.append({"recorder": recorder, "act": act}, body))
        self.events.append(event)
        return event


def _event(link: Link) -> Event:
    return Event(link.number, link.recorded, link.labels["recorder"], link.labels["act"], link.body, link.hash)
