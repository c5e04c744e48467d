"""From the journal's events to the register: as it is, or as it was known at an earlier moment."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from kdsp_lib.errors import BadParameters, BadSource, Fault
from kdsp_lib.protocol.vocabulary import read_day
from kdsp_lib.register.confidential import is_confidential
from kdsp_lib.register.journal import Event
from kdsp_lib.register.reading import register_from_text
from kdsp_lib.register.register import Register

_LINE: Final = re.compile(r"\bline (\d+)")


@dataclass(frozen=True, slots=True)
class Held:
    """An entry of the register as the journal holds it, by the number under which it was entered."""

    number: int
    section: str
    entry: Mapping[str, Any]


def held_entries(events: Iterable[Event]) -> dict[str, list[Held]]:
    """What the events come to, by section: corrected entries stay in their place, struck ones are gone."""
    sections: dict[str, dict[int, Held]] = {}
    places: dict[int, str] = {}
    for event in events:
        if event.act == "section":
            sections.setdefault(event.body["section"], {})
        elif event.act == "enter":
            section = places[event.number] = event.body["section"]
            sections.setdefault(section, {})[event.number] = Held(event.number, section, event.body["entry"])
        elif event.act == "correct":
            number = event.body["of"]
            section, entry = places[number], event.body["entry"]
            if entry is None:
                del sections[section][number]
            else:
                sections[section][number] = Held(number, section, entry)
    return {section: list(entries.values()) for section, entries in sections.items()}


def known_by(events: Sequence[Event], moment: str) -> list[Event]:
    """The events that had been recorded at a moment: a date (to its end) or a time, in UTC unless it says otherwise."""
    day = read_day(moment)
    if day is not None:
        end = dt.datetime.combine(day, dt.time.max, dt.UTC)
    else:
        try:
            end = dt.datetime.fromisoformat(moment)
        except ValueError:
            fault = Fault("--known-at", "write it as 2026-03-02, or as 2026-03-02T09:30")
            raise BadParameters("That is no moment.", faults=[fault]) from None
        end = end.astimezone(dt.UTC) if end.tzinfo else end.replace(tzinfo=dt.UTC)
    return [event for event in events if dt.datetime.fromisoformat(event.recorded) <= end]


def register_of(events: Iterable[Event], names: Mapping[int, str] | None = None) -> Register:
    """The checked register that the events come to. BadSource names every fault, by the number of its entry.

    ``names``: what entries are called to whoever reads the faults, where that is not their number.
    """
    sections = _resting(held_entries(events))
    lines = ["{"]
    numbers: dict[int, str] = {}
    for section, entries in sections.items():
        lines.append(f'"{section}": [')
        for held in entries:
            lines.append(json.dumps(dict(held.entry), ensure_ascii=False) + ",")
            numbers[len(lines)] = (names or {}).get(held.number, str(held.number))
        lines.append("],")
    try:
        return register_from_text("\n".join([*lines, "}"]), called="The register")
    except BadSource as error:
        faults = [Fault(_by_number(f.place, numbers), _by_number(f.text, numbers), f.field) for f in error.faults]
        raise BadSource(error.message, faults=faults, remedy="nothing was recorded") from None


def _resting(sections: dict[str, list[Held]]) -> dict[str, list[Held]]:
    """Without confidential entries of which the establishment or the recipient is no longer there: they go with it.

    Were they a fault, whoever strikes out an establishment would learn that there is such an entry.
    """
    there = {"authority", "public"}
    for section, key, kind in (("establishments", "urn", "establishment:"), ("groups", "id", ""), ("people", "id", "")):
        there |= {f"{kind}{held.entry.get(key)}" for held in sections.get(section, ())}

    def rests(held: Held) -> bool:
        needed = {f"establishment:{held.entry.get('establishment')}", held.entry.get("recipient")}
        return not is_confidential(held.section, held.entry) or needed <= there

    return {section: list(filter(rests, entries)) for section, entries in sections.items()}


def _by_number(text: str, numbers: Mapping[int, str]) -> str:
    """``line 7`` of the text that was checked as ``entry 5`` of the journal."""
    return _LINE.sub(lambda match: f"entry {numbers.get(int(match[1]), '?')}", text)
