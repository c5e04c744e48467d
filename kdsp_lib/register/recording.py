"""How an act is recorded: checked against the register it would make, then appended. A correction is a new event.

What is given badly is a mistake, all faults at once, before anybody asks whether this person may record it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

from kdsp_lib.errors import BadParameters, BadSource, Fault, NotAuthorised
from kdsp_lib.protocol.vocabulary import months_later, read_day
from kdsp_lib.register.chain import moment_now
from kdsp_lib.register.confidential import View, is_confidential, view_of
from kdsp_lib.register.hands import hands_of
from kdsp_lib.register.history import Held, held_entries, register_of
from kdsp_lib.register.journal import Event, Journal, Turn
from kdsp_lib.register.layout import LAYOUT
from kdsp_lib.register.permission import BY_TWO, Role, check_may_record, roles_of
from kdsp_lib.register.reading import faults_of_entry, read_register
from kdsp_lib.register.register import Register, plain_entry

ENDS_WITHIN_MONTHS: Final = 24
RENEWED: Final = ("duties", "stakeholders", "appointments", "consents", "heads_agreements")
"""What somebody is asked for again: recorded one by one, it ends within 24 months."""
LATEST: Final = "9999-12-31"


@dataclass(frozen=True, slots=True)
class Paper:
    """Who records, and the paper that it rests on."""

    recorder: str
    reference: str
    """Where the paper is kept: a file number, a minute."""
    sha256: str = ""
    credential: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """By what the recorder showed who they are: an account, a token, or a key's signature over the act."""

    @classmethod
    def of(cls, recorder: str, reference: str, file: Path | None, credential: Mapping[str, Any] | None = None) -> Paper:
        """With the hash of the paper itself, where there is a file of it."""
        if not reference.strip():
            fault = Fault("--reference", "say where the paper is kept, such as a file number")
            raise BadParameters("An act is recorded with its paper.", faults=[fault])
        try:
            digest = hashlib.sha256(file.read_bytes()).hexdigest() if file else ""
        except OSError as error:
            raise BadParameters(f"{file} cannot be read: {error.strerror}.") from None
        return cls(recorder, reference, digest, credential or {})

    @property
    def hands(self) -> frozenset[str]:
        """Whoever may have acted so: the recorder, and who made or enrolled what they show."""
        return frozenset({self.recorder, *self.credential.get("rests_on", ())})

    def to_json(self) -> dict[str, Any]:
        shown = {"credential": dict(self.credential)} if self.credential else {}
        return {"reference": self.reference} | ({"paper": self.sha256} if self.sha256 else {}) | shown


def import_register(journal: Journal, file: Path, paper: Paper) -> Register:
    """Begin a journal with all entries of a file, in their order. A journal that has begun takes no second file.

    Where there is no file of the paper, the register's own file is the paper that its entries rest on.
    """
    register = read_register(file)
    digest = hash_of(file)
    rests_on = {"paper": digest, **paper.to_json()}
    with journal.turn() as turn:
        if turn.events:
            raise BadParameters(
                "The journal has begun: a file is imported into an empty one only.",
                remedy="record what has changed, each act with its own command: kdsp register --help",
            )
        number = len(register.sections) + sum(map(len, register.sections.values()))
        turn.append(paper.recorder, "begin", {"file": file.name, "sha256": digest, "entries": number, **rests_on})
        for section, entries in register.sections.items():
            turn.append(paper.recorder, "section", {"section": section, **rests_on})
            for entry in entries:
                turn.append(paper.recorder, "enter", {"section": section, "entry": plain_entry(entry), **rests_on})
        if register_of(turn.events) != register:
            raise BadSource(f"{file} would not come back from the journal as it is.", remedy="nothing was recorded")
    return register


def enter(journal: Journal, section: str, fields: Mapping[str, str], paper: Paper) -> Event:
    """Record a new entry of a section."""
    with journal.turn() as turn:
        _check_begun(turn)
        entry = _split(section, fields)
        _check_entry(turn, section, entry)
        return _acted(turn, paper, section, "enter", {"section": section, "entry": entry})


def correct(journal: Journal, name: int | str, fields: Mapping[str, str], paper: Paper) -> Event:
    """Put an entry right: the fields given, the others as they were; a field given as nothing is taken away."""
    with journal.turn() as turn:
        held = _held(turn, paper, name)
        given = _split(held.section, {key: value for key, value in fields.items() if value})
        entry = {key: value for key, value in {**held.entry, **given}.items() if fields.get(key) != ""}
        layout = LAYOUT[held.section]
        faults = [Fault("", f"is not a field of {held.section}", key) for key in fields if key not in layout]
        if is_confidential(held.section, held.entry) != is_confidential(held.section, entry):
            text = "does not become or cease to be ksip: strike the entry, and record it anew"
            faults.append(Fault("", text, "item"))
        _check_entry(turn, held.section, {key: value for key, value in entry.items() if key in layout}, faults)
        return _acted(turn, paper, held.section, "correct", {"of": held.number, "entry": entry}, held)


def strike(journal: Journal, name: int | str, paper: Paper) -> Event:
    """Take out an entry that should never have been there."""
    with journal.turn() as turn:
        held = _held(turn, paper, name)
        return _acted(turn, paper, held.section, "correct", {"of": held.number, "entry": None}, held)


def revoke(journal: Journal, name: int | str, day: date, paper: Paper) -> Event:
    """Let an entry end on a day: the first on which it no longer holds, and no later than it would end anyway."""
    with journal.turn() as turn:
        held = _held(turn, paper, name)
        if "to" not in LAYOUT[held.section]:
            fault = Fault(f"entry {name}", f"{held.section} have no end; an establishment leaves by withdrawing")
            raise BadParameters("That entry cannot be revoked.", faults=[fault])
        if day.isoformat() >= str(held.entry.get("to") or LATEST):
            fault = Fault("--on", f"it ends on {held.entry.get('to')} anyway; to let it hold longer, record it anew")
            raise BadParameters("To revoke lets an entry end earlier.", faults=[fault])
        entry = {**held.entry, "to": day.isoformat()}
        return _acted(turn, paper, held.section, "correct", {"of": held.number, "entry": entry}, held)


def hash_of(file: Path) -> str:
    """The hash of a register's file, by which the journal remembers what it began from."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def permit(journal: Journal, fields: Mapping[str, str], paper: Paper) -> Event:
    """Give somebody else the permission to record, or end one by giving it until a day that has come.

    By a registrar, and never to themselves.
    """
    with journal.turn() as turn:
        _check_begun(turn)
        role = Role.read(fields, {str(entry["id"]) for entry in register_of(turn.events).entries("people")})
        if "registrar" not in roles_of(paper.recorder, turn.events, _today()):
            rule, remedy = "permissions to record are given by a registrar", "a registrar gives it"
            raise NotAuthorised(f"{paper.recorder} may not permit anybody to record.", rule=rule, remedy=remedy)
        if role.person in paper.hands and role.end > _today():
            rule, remedy = "nobody gives a permission to record to themselves", "another registrar gives it"
            raise NotAuthorised("You may not permit yourself.", rule=rule, remedy=remedy)
        return turn.append(paper.recorder, "permit", {**role.to_json(), **paper.to_json()})


def proposals(events: Sequence[Event]) -> list[Event]:
    """The acts that wait for a second person."""
    seconded = {event.body["seconds"] for event in events if "seconds" in event.body}
    return [event for event in events if event.act == "propose" and event.number not in seconded]


def second(journal: Journal, name: int | str, paper: Paper) -> Event:
    """Second an act that somebody else proposed: only then is it part of the register."""
    with journal.turn() as turn:
        number = _view(turn, paper).number(str(name))
        event = next((event for event in proposals(turn.events) if event.number == number), None)
        if event is None:
            fault = Fault(f"event {name}", "is no proposal that waits for a second person: kdsp register proposals")
            raise BadParameters("There is nothing to second.", faults=[fault])
        section, act = event.body["section"], event.body["act"]
        body = {key: event.body[key] for key in ("section", "of", "entry") if key in event.body}
        _check_may(turn, paper, section, (body["entry"],))
        if paper.hands & hands_of(event):
            raise NotAuthorised(
                "Nobody seconds their own proposal, nor by a token or key from the same hands.",
                rule=f"{section} are recorded by two people, each by a credential of their own",
                remedy="somebody else seconds it, from their own account or by their own token or key",
            )
        return _appended(turn, paper, act, {**body, "seconds": event.number})


def _acted(
    turn: Turn, paper: Paper, section: str, act: str, body: Mapping[str, Any], before: Held | None = None
) -> Event:
    """Record an act where this person may, upon what was there and what will be; where it takes two, propose it."""
    _check_may(turn, paper, section, (body["entry"], before.entry if before else None))
    if section not in BY_TWO:
        return _appended(turn, paper, act, body)
    trial = [*turn.events, Event(len(turn.events) + 1, moment_now(), paper.recorder, act, body, "")]
    _check_register(trial, paper)
    return turn.append(paper.recorder, "propose", {"act": act, "section": section, **body, **paper.to_json()})


def _check_may(turn: Turn, paper: Paper, section: str, entries: Iterable[Mapping[str, Any] | None]) -> None:
    register = register_of(turn.events)
    for entry in (entry for entry in entries if entry is not None):
        check_may_record(paper.recorder, section, entry, turn.events, register, _today())


def _today() -> date:
    return date.fromisoformat(moment_now()[:10])


def _appended(turn: Turn, paper: Paper, act: str, body: Mapping[str, Any]) -> Event:
    event = turn.append(paper.recorder, act, {**body, **paper.to_json()})
    _check_register(turn.events, paper)
    return event


def _check_register(events: Sequence[Event], paper: Paper) -> None:
    """The register that the events come to must have no fault; one is told in what this person may see of it."""
    view = view_of(events, paper.recorder, roles_of(paper.recorder, events, _today()))
    try:
        register_of(view.events, view.names)
    except BadSource as error:
        remedy = "mend the fields named, or what stands in their way; nothing was recorded"
        raise BadParameters(
            "That does not go with the rest of the register.", faults=error.faults, remedy=remedy
        ) from None
    register_of(events)


def _view(turn: Turn, paper: Paper) -> View:
    return view_of(turn.events, paper.recorder, roles_of(paper.recorder, turn.events, _today()))


def _check_begun(turn: Turn) -> None:
    if not turn.events:
        raise BadParameters("The journal is empty.", remedy="begin it with: kdsp register import REGISTER.yaml")


def _held(turn: Turn, paper: Paper, name: int | str) -> Held:
    view = _view(turn, paper)
    number = view.number(str(name))
    for entries in held_entries(view.events).values():
        for held in entries:
            if held.number == number:
                return held
    fault = Fault(f"entry {name}", "is no entry of the register now: kdsp register entries shows them")
    raise BadParameters("There is nothing to put right.", faults=[fault])


def _split(section: str, fields: Mapping[str, str]) -> dict[str, Any]:
    """An entry from the words of a command line; a list's words stand between commas."""
    layout = LAYOUT[section]
    return {
        key: [word.strip() for word in value.split(",") if word.strip()]
        if key in layout and layout[key].many
        else value
        for key, value in fields.items()
    }


def _check_entry(turn: Turn, section: str, entry: Mapping[str, Any], more: Iterable[Fault] = ()) -> None:
    """Every fault of one entry, by its fields, beside those known already."""
    faults = [*more, *faults_of_entry(section, entry, register_of(turn.events))]
    if not any(fault.field in ("from", "to") for fault in faults):
        faults += _faults_of_end(section, entry)
    if faults:
        faults = list(dict.fromkeys(faults))
        raise BadParameters(f"That is no entry of {section}.", faults=faults, remedy="nothing was recorded")


def _faults_of_end(section: str, entry: Mapping[str, Any]) -> Iterable[Fault]:
    start, end = read_day(entry.get("from")), read_day(entry.get("to"))
    if section in RENEWED and start and (end is None or end > months_later(start, ENDS_WITHIN_MONTHS)):
        yield Fault("", f"is needed, at most {ENDS_WITHIN_MONTHS} months after from: it is then asked for again", "to")
