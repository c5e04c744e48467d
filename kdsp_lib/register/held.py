"""The register that a workspace decides by: its journal where it has begun one, else its file."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

from kdsp_lib.errors import BadSource
from kdsp_lib.register.database import Database
from kdsp_lib.register.history import known_by, register_of
from kdsp_lib.register.journal import Event, Journal
from kdsp_lib.register.permission import roles_of
from kdsp_lib.register.reading import read_register
from kdsp_lib.register.register import Register


def held_register(file: Path, database: Database, known_at: str = "") -> Register:
    """The register of a workspace, or as it was known at a moment.

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
        return read_register(file)
    return register_of(known_by(events, known_at) if known_at else events)


def held_roles(person: str, database: Database, day: date) -> frozenset[str]:
    """What somebody may do by a workspace's journal on a day; nothing where none has begun."""
    return roles_of(person, Journal(database).events(), day)


def held_hash(file: Path, database: Database) -> str:
    """What tells one register from another: the journal's last hash and the file's; empty where there is neither.

    Quick, and checks nothing: whoever sees it change reads the register again, which does.
    """
    try:
        of_file = hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError:
        of_file = ""
    of_journal = Journal(database).last_hash()
    return f"{of_journal} {of_file}" if of_journal else of_file


def held_moment(database: Database) -> str:
    """The moment from which the register is known as it is now: that of the journal's last event; empty without one."""
    return Journal(database).last_moment()


def _events(file: Path, database: Database) -> tuple[Event, ...] | None:
    events = Journal(database).events()
    if not events:
        return None
    if file.is_file() and hashlib.sha256(file.read_bytes()).hexdigest() != events[0].body.get("sha256"):
        raise BadSource(
            f"{file} was changed after its journal began: the register is now kept in the journal.",
            remedy="record the change with its command (kdsp register --help), and move the file away",
        )
    return events
