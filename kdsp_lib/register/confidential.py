"""Entries on the School Improvement Partnership Framework: seen by that head and by its lead alone (12).

To everybody else the register and its journal look the same with and without them: entries, numbers, counts and hashes.
So the others are numbered, and chained for showing, as though these had never been recorded; these have numbers of
their own, ``k1`` and so on.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from kdsp_lib.register.journal import Event
from kdsp_lib.register.register import Register

SECTION: Final = "consents"
ITEM: Final = "ksip"
LEAD: Final = "ksip-lead"


def is_confidential(section: str, entry: Mapping[str, Any]) -> bool:
    """Whether an entry of the register tells that an establishment is identified within the framework."""
    return section == SECTION and entry.get("item") == ITEM


def may_see(section: str, entry: Mapping[str, Any], viewer: str, roles: Collection[str]) -> bool:
    """Whether somebody may see an entry of the register."""
    is_open = not is_confidential(section, entry) or LEAD in roles
    return is_open or viewer == f"establishment:{entry.get('establishment')}"


def seen_by(register: Register, viewer: str, roles: Collection[str]) -> Register:
    """The register as somebody sees it, and as what they ask for is decided: these entries only ever permit."""
    if LEAD in roles:
        return register
    sections = {
        section: tuple(entry for entry in entries if may_see(section, entry, viewer, roles))
        for section, entries in register.sections.items()
    }
    return Register({section: entries for section, entries in sections.items() if entries or section != SECTION})


@dataclass(frozen=True, slots=True)
class View:
    """The journal as somebody sees it."""

    events: tuple[Event, ...]
    """Those that they may see, numbered as the journal has them."""
    names: Mapping[int, str]
    """What each is called when it is shown: never a number that would tell how many others there are."""
    hashes: tuple[str, ...]
    """Of the chain of those that everybody may see, in order."""
    sees_all: bool

    def number(self, name: str) -> int | None:
        """The journal's number of the event that is called so."""
        return next((number for number, called in self.names.items() if called == name), None)


def view_of(events: Sequence[Event], viewer: str, roles: Collection[str]) -> View:
    """The journal as somebody sees it who may do these things."""
    confidential, empty = _confidential(events), frozenset(_opening_nothing(events))
    names, hashes, previous, own = dict[int, str](), list[str](), "", 0
    shown = list[Event]()
    for event in events:
        if event.number not in confidential and event.number not in empty:
            names[event.number] = str(len(hashes) + 1)
            previous = _open_hash(previous, event, names, events[0])
            hashes.append(previous)
            shown.append(event)
        elif LEAD in roles or viewer == f"establishment:{confidential.get(event.number)}":
            if event.number in confidential:
                own += 1
                names[event.number] = f"k{own}"
            shown.append(event)
    return View(tuple(shown), names, tuple(hashes), LEAD in roles)


def _confidential(events: Sequence[Event]) -> dict[int, str]:
    """The numbers of the events about confidential entries, each with its establishment."""
    found: dict[int, str] = {}
    for event in events:
        if event.act == "enter" and is_confidential(event.body["section"], event.body["entry"]):
            found[event.number] = str(event.body["entry"].get("establishment"))
        elif event.act == "correct" and event.body["of"] in found:
            found[event.number] = found[event.body["of"]]
    return found


def _opening_nothing(events: Sequence[Event]) -> Iterator[int]:
    """Openings of the section in which nothing that everybody may see was then imported."""
    imported = events[: int(events[0].body.get("entries", 0)) + 1] if events else ()
    entered = [e.body["entry"] for e in imported if e.act == "enter" and e.body["section"] == SECTION]
    if all(is_confidential(SECTION, entry) for entry in entered):
        yield from (e.number for e in imported if e.act == "section" and e.body["section"] == SECTION)


def _open_hash(previous: str, event: Event, names: Mapping[int, str], begun: Event) -> str:
    """The hash of an event in the chain for all to see, of which the imported file and its length are no part."""
    body = {key: value for key, value in event.body.items() if value is None or value != begun.body.get("sha256")}
    body.pop("entries", None)
    body |= {key: names.get(body[key]) for key in ("of", "seconds") if key in body}
    said = [previous, names[event.number], event.recorded, event.recorder, event.act, body]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()
