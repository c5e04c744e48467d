"""The register that a workspace decides by: its journal where it has begun one, else its file."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from kdsp_lib.errors import BadSource
from kdsp_lib.register.confidential import seen_by, view_of
from kdsp_lib.register.database import Database
from kdsp_lib.register.history import known_by, register_of
from kdsp_lib.register.journal import Event, Journal
from kdsp_lib.register.own_acts import registers_without
from kdsp_lib.register.permission import roles_of
from kdsp_lib.register.reading import read_register
from kdsp_lib.register.register import Register


@dataclass(frozen=True, slots=True)
class Holding:
    """The register of a workspace, with the journal that it comes from, where one has begun."""

    register: Register
    """All of it."""
    events: tuple[Event, ...]
    """Of the journal; none where it has not begun."""
    file_hash: str

    def roles(self, person: str, day: date) -> frozenset[str]:
        """What somebody may do by the journal on a day."""
        return roles_of(person, self.events, day)

    def seen_by(self, person: str, day: date) -> Register:
        """The register as somebody may see it on a day: as though what they may not see had never been recorded."""
        roles = self.roles(person, day)
        if not self.events:
            return seen_by(self.register, person, roles)
        return register_of(view_of(self.events, person, roles).events)

    def decides_for(self, person: str, day: date) -> Register:
        """The register that somebody's requests are decided by: a decision would tell what it was hidden from.

        Where no journal has begun, whoever asks can read the whole in its file.
        """
        return seen_by(self.register, person, self.roles(person, day)) if self.events else self.register

    def without_acts_of(self, person: str, day: date) -> tuple[Register, ...]:
        """The register without what somebody had a hand in, as they may see it; none where nothing was."""
        roles = self.roles(person, day)
        return tuple(seen_by(found, person, roles) for found in registers_without(self.events, person))

    def pins_for(self, person: str, day: date) -> dict[str, str]:
        """What a release keeps of the register that somebody's request was decided by: its hash, since when known."""
        if not self.events:
            return {"register": self.file_hash, "known_at": ""}
        view = view_of(self.events, person, self.roles(person, day))
        return {"register": view.hashes[-1], "known_at": view.events[-1].recorded}


def holding(file: Path, database: Database, known_at: str = "") -> Holding:
    """The register of a workspace with its journal, or both as they were known at a moment.

    A file that was changed after its journal began is a BadSource: what was written there is not in the journal, and
    nobody should believe that it counts.
    """
    events = _events(file, database)
    if events is None:
        if known_at:
            raise BadSource(
                "There is no journal yet, so nobody knows what was known then.",
                remedy="begin one with: kdsp register import REGISTER.yaml",
            )
        return Holding(read_register(file), (), _hash_of(file))
    if known_at:
        events = tuple(known_by(events, known_at))
    return Holding(register_of(events), events, _hash_of(file))


def held_register(file: Path, database: Database, known_at: str = "") -> Register:
    """The register alone of :func:`holding`."""
    return holding(file, database, known_at).register


def held_then(file: Path, database: Database, known_at: str, register: str) -> Holding:
    """The register that a decision was made by: as the journal knew it at a moment, or by a file of this hash.

    BadSource where the journal's moment cannot be had, or the file is another now, or gone.
    """
    if known_at:
        return holding(file, database, known_at)
    if _hash_of(file) != register:
        raise BadSource("The file that the register was read from is no longer there as it was.")
    return Holding(read_register(file), (), register)


def held_hash(file: Path, database: Database) -> str:
    """What tells one register from another: the journal's last hash and the file's; empty where there is neither.

    Quick, and checks nothing: whoever sees it change reads the register again, which does.
    """
    of_file, of_journal = _hash_of(file), Journal(database).last_hash()
    return f"{of_journal} {of_file}" if of_journal else of_file


def _hash_of(file: Path) -> str:
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError:
        return ""


def _events(file: Path, database: Database) -> tuple[Event, ...] | None:
    events = Journal(database).events()
    if not events:
        return None
    if file.is_file() and _hash_of(file) != events[0].body.get("sha256"):
        raise BadSource(
            f"{file} was changed after its journal began: the register is now kept in the journal.",
            remedy="record the change with its command (kdsp register --help), and move the file away",
        )
    return events
