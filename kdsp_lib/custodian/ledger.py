"""The ledger: what was decided, answered, released and refused, appended and hash-chained.

An entry holds definitions and printed figures, never an unprotected one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from kdsp_lib.custodian.ledger_entry import Entry, canonical, entry_of
from kdsp_lib.custodian.outline import Outline, Outlines
from kdsp_lib.errors import Broken
from kdsp_lib.register.chains import chain_of
from kdsp_lib.register.database import Database

KINDS = ("decision", "refusal", "answer", "release", "written")


class Ledger:
    """Appends to and reads the ledger of one state database. Safe for several threads and several processes."""

    def __init__(self, database: Database, until: int | None = None) -> None:
        self._chain = chain_of(database, "ledger")
        self._outlines = Outlines(self._chain)
        self._until = until

    def as_of(self, position: int) -> Ledger:
        """The ledger as it was when that was its last entry: to read, for what is past takes no entry."""
        then = Ledger(self._chain.database, position)
        then._outlines = self._outlines
        return then

    def begin(self) -> None:
        """See that it can be written to: Broken or BadSource, before anything is asked."""
        with self._chain.turn():
            pass

    def append(self, kind: str, report: str, body: Mapping[str, Any]) -> Entry:
        """Append one entry and return it. It is on disk when this returns."""
        self._refuse_past()
        return entry_of(self._chain.append(*_of(kind, report, body)))

    @contextmanager
    def turn(self) -> Iterator[Callable[[str, str, Mapping[str, Any]], Entry]]:
        """Hold the ledger, so that what it says is still so when it is appended to. Gives what appends."""
        self._refuse_past()
        with self._chain.turn() as turn:
            yield lambda kind, report, body: entry_of(turn.append(*_of(kind, report, body)))

    def position(self) -> int:
        """The position of the last entry; 0 for an empty ledger."""
        return self._chain.end().number if self._until is None else self._until

    def entries(self, *, kind: str | None = None, report: str | None = None, after: int = 0) -> list[Entry]:
        """Entries ``after`` a position in order, of one kind or of one report if that is asked."""
        found = map(entry_of, self._chain.links(after, kind=kind, report=report))
        return [entry for entry in found if self._until is None or entry.position <= self._until]

    def released_as(self, report: str, content_hash: object) -> Entry | None:
        """The entry of the release that was written with this content; None where there is none."""
        written = self.entries(kind="written", report=report)
        numbers = {entry.body.get("entry") for entry in written if entry.body["content_hash"] == content_hash}
        found = [entry for entry in self.entries(kind="release", report=report) if entry.position in numbers]
        return found[-1] if found else None

    def outlines(self) -> list[Outline]:
        """Each release with figures in outline, in order."""
        return self._outlines.until(self._until)

    def outlines_of(self, asked: str) -> list[Outline]:
        """Those of one report alone, by `asked_of`, whoever asked for it and of whatever day."""
        return self._outlines.of(asked, self._until)

    def release(self, position: int) -> Entry:
        """The release at a position that an outline names."""
        return self._outlines.entry(position)

    def entry(self, position: int) -> Entry:
        """The entry at a position that something names; the last ones are at hand."""
        return self._outlines.entry(position)

    def verify(self) -> int:
        """Check the whole chain. Returns how many entries there are; BadSource names the first that does not fit."""
        return len(self._chain.whole())

    def _refuse_past(self) -> None:
        if self._until is not None:
            raise Broken("A ledger of the past takes no entry.")


def _of(kind: str, report: str, body: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, Any]]:
    if kind not in KINDS:
        raise Broken(f"The ledger knows no entry of kind {kind!r}.")
    return {"kind": kind, "report": report}, json.loads(canonical(body))
