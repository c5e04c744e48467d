"""How an act is recorded: checked against the register it would make, then appended. A correction is a new event."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from kdsp_lib.errors import BadParameters, BadSource, Fault, NotAuthorised
from kdsp_lib.protocol.vocabulary import months_later, read_day
from kdsp_lib.register.chain import moment_now
from kdsp_lib.register.checking import did_you_mean
from kdsp_lib.register.history import Held, held_entries, register_of
from kdsp_lib.register.journal import Event, Journal, Turn
from kdsp_lib.register.layout import LAYOUT
from kdsp_lib.register.permission import BY_TWO, Role, check_may_record, roles_of
from kdsp_lib.register.reading import read_register
from kdsp_lib.register.register import Register, plain_entry

ENDS_WITHIN_MONTHS: Final = 24
RENEWED: Final = ("duties", "stakeholders", "appointments", "consents", "heads_agreements")
"""What somebody is asked for again: recorded one by one, it ends within 24 months."""


@dataclass(frozen=True, slots=True)
class Paper:
    """Who records, and the paper that it rests on."""

    recorder: str
    reference: str
    """Where the paper is kept: a file number, a minute."""
    sha256: str = ""

    @classmethod
    def of(cls, recorder: str, reference: str, file: Path | None) -> Paper:
        """With the hash of the paper itself, where there is a file of it."""
        if not reference.strip():
            fault = Fault("--reference", "say where the paper is kept, such as a file number")
            raise BadParameters("An act is recorded with its paper.", faults=[fault])
        try:
            digest = hashlib.sha256(file.read_bytes()).hexdigest() if file else ""
        except OSError as error:
            raise BadParameters(f"{file} cannot be read: {error.strerror}.") from None
        return cls(recorder, reference, digest)

    def to_json(self) -> dict[str, str]:
        return {"reference": self.reference} | ({"sha256": self.sha256} if self.sha256 else {})


def import_register(journal: Journal, file: Path, paper: Paper) -> Register:
    """Begin a journal with all entries of a file, in their order. A journal that has begun takes no second file."""
    register = read_register(file)
    with journal.turn() as turn:
        if turn.events:
            raise BadParameters(
                "The journal has begun: a file is imported into an empty one only.",
                remedy="record what has changed, each act with its own command: kdsp register --help",
            )
        turn.append(paper.recorder, "begin", {"file": file.name, "sha256": hash_of(file), **paper.to_json()})
        for section, entries in register.sections.items():
            turn.append(paper.recorder, "section", {"section": section})
            for entry in entries:
                turn.append(paper.recorder, "enter", {"section": section, "entry": plain_entry(entry)})
        if register_of(turn.events) != register:
            raise BadSource(f"{file} would not come back from the journal as it is.", remedy="nothing was recorded")
    return register


def enter(journal: Journal, section: str, fields: Mapping[str, str], paper: Paper) -> Event:
    """Record a new entry of a section."""
    entry = read_fields(section, fields)
    _check_end(section, entry)
    with journal.turn() as turn:
        _check_begun(turn)
        return _acted(turn, paper, section, "enter", {"section": section, "entry": entry})


def correct(journal: Journal, number: int, fields: Mapping[str, str], paper: Paper) -> Event:
    """Put an entry right: the fields given, the others as they were; a field given as nothing is taken away."""
    with journal.turn() as turn:
        held = _held(turn, number)
        known = read_fields(held.section, {key: value for key, value in fields.items() if value})
        entry = {key: value for key, value in {**held.entry, **known}.items() if fields.get(key) != ""}
        if not fields.keys().isdisjoint(("from", "to")):
            _check_end(held.section, entry)
        return _acted(turn, paper, held.section, "correct", {"of": number, "entry": entry})


def strike(journal: Journal, number: int, paper: Paper) -> Event:
    """Take out an entry that should never have been there."""
    with journal.turn() as turn:
        held = _held(turn, number)
        return _acted(turn, paper, held.section, "correct", {"of": number, "entry": None})


def revoke(journal: Journal, number: int, day: date, paper: Paper) -> Event:
    """Let an entry end on a day: the first on which it no longer holds."""
    with journal.turn() as turn:
        held = _held(turn, number)
        if "to" not in LAYOUT[held.section]:
            fault = Fault(f"entry {number}", f"{held.section} have no end; an establishment leaves by withdrawing")
            raise BadParameters("That entry cannot be revoked.", faults=[fault])
        entry = {**held.entry, "to": day.isoformat()}
        return _acted(turn, paper, held.section, "correct", {"of": number, "entry": entry})


def read_fields(section: str, fields: Mapping[str, str]) -> dict[str, Any]:
    """An entry from the words of a command line; a list's words stand between commas. Checked by the register."""
    layout = LAYOUT[section]
    unknown = [Fault("", f"is not a field of {section}{did_you_mean(f, layout)}", f) for f in fields if f not in layout]
    if unknown:
        raise BadParameters(f"The fields of {section} are {', '.join(layout)}.", faults=unknown)
    return {
        key: [word.strip() for word in value.split(",") if word.strip()] if layout[key].many else value
        for key, value in fields.items()
    }


def hash_of(file: Path) -> str:
    """The hash of a register's file, by which the journal remembers what it began from."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def permit(journal: Journal, fields: Mapping[str, str], paper: Paper) -> Event:
    """Give somebody the permission to record, or end it by giving it until a day that has come. By a registrar."""
    role = Role.read(fields)
    with journal.turn() as turn:
        _check_begun(turn)
        if "registrar" not in roles_of(paper.recorder, turn.events, _today()):
            rule, remedy = "permissions to record are given by a registrar", "a registrar gives it"
            raise NotAuthorised(f"{paper.recorder} may not permit anybody to record.", rule=rule, remedy=remedy)
        return turn.append(paper.recorder, "permit", {**role.to_json(), **paper.to_json()})


def second(journal: Journal, number: int, paper: Paper) -> Event:
    """Second an act that somebody else proposed: only then is it part of the register."""
    with journal.turn() as turn:
        seconded = {event.body["seconds"] for event in turn.events if "seconds" in event.body}
        proposed = {event.number: event for event in turn.events if event.act == "propose"}
        if number not in proposed or number in seconded:
            fault = Fault(f"event {number}", "is no proposal that waits for a second person")
            raise BadParameters("There is nothing to second.", faults=[fault])
        event = proposed[number]
        section, act = event.body["section"], event.body["act"]
        if paper.recorder == event.recorder:
            rule = f"{section} are recorded by two people"
            raise NotAuthorised("Nobody seconds their own proposal.", rule=rule, remedy="somebody else seconds it")
        _check_may(turn, paper, section, event.body["entry"] or {})
        body = {key: event.body[key] for key in ("section", "of", "entry") if key in event.body}
        return _appended(turn, paper, act, {**body, "seconds": number})


def _acted(turn: Turn, paper: Paper, section: str, act: str, body: Mapping[str, Any]) -> Event:
    """Record an act where this person may; where it takes two, propose it."""
    _check_may(turn, paper, section, body["entry"] or {})
    if section not in BY_TWO:
        return _appended(turn, paper, act, body)
    trial = [*turn.events, Event(len(turn.events) + 1, moment_now(), paper.recorder, act, body, "")]
    register_of(trial)
    return turn.append(paper.recorder, "propose", {"act": act, "section": section, **body, **paper.to_json()})


def _check_may(turn: Turn, paper: Paper, section: str, entry: Mapping[str, Any]) -> None:
    check_may_record(paper.recorder, section, entry, turn.events, register_of(turn.events), _today())


def _today() -> date:
    return date.fromisoformat(moment_now()[:10])


def _appended(turn: Turn, paper: Paper, act: str, body: Mapping[str, Any]) -> Event:
    event = turn.append(paper.recorder, act, {**body, **paper.to_json()})
    register_of(turn.events)
    return event


def _check_begun(turn: Turn) -> None:
    if not turn.events:
        raise BadParameters("The journal is empty.", remedy="begin it with: kdsp register import REGISTER.yaml")


def _held(turn: Turn, number: int) -> Held:
    for entries in held_entries(turn.events).values():
        for held in entries:
            if held.number == number:
                return held
    fault = Fault(f"entry {number}", "is no entry of the register now: kdsp register entries shows them")
    raise BadParameters("There is nothing to put right.", faults=[fault])


def _check_end(section: str, entry: Mapping[str, Any]) -> None:
    if section not in RENEWED:
        return
    start, end = read_day(entry.get("from")), read_day(entry.get("to"))
    if start and (end is None or end > months_later(start, ENDS_WITHIN_MONTHS)):
        text = f"is needed, at most {ENDS_WITHIN_MONTHS} months after from: it is then asked for again"
        raise BadParameters("What is recorded here ends.", faults=[Fault("", text, "to")])
