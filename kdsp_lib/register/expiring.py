"""What a registrar has to see to: what ends soon, who has not signed, where nobody leads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, cast

from kdsp_lib.protocol.vocabulary import FOREVER, kind_of
from kdsp_lib.register.checking import Entry
from kdsp_lib.register.register import Register
from kdsp_lib.register.standing import is_live

LONGEST: Final = 5
"""How many digits of days one may look ahead."""
_TO_SIGN: Final = ("officer", "partner", "appointee")


@dataclass(frozen=True, slots=True)
class Due:
    """One thing to see to: on which day at the latest, and what it is."""

    day: date
    section: str
    text: str


def expiring(register: Register, on: date, within: timedelta) -> list[Due]:
    """Everything due from a day on, the earliest first; equal ones once."""
    last = on + within if within < FOREVER - on else FOREVER
    due = {*_ends(register, on, last), *_unsigned(register, on), *_vacancies(register, on, last)}
    return sorted(due, key=lambda one: (one.day, one.section, one.text))


def _ends(register: Register, on: date, last: date) -> Iterator[Due]:
    """Entries that hold now and end by then, unless an equal one follows without a gap."""
    for section, entries in register.sections.items():
        for entry in entries:
            end = _end(entry)
            if is_live(entry, on) and end <= last and not any(_renews(other, entry, end) for other in entries):
                yield Due(end, section, f"ends: {_told(entry)}")


def _renews(other: Entry, entry: Entry, end: date) -> bool:
    """Whether another entry says the same and holds on the day that this one no longer does."""
    said = [{key: value for key, value in one.items() if key not in ("from", "to")} for one in (other, entry)]
    return said[0] == said[1] and is_live(other, end)


def _unsigned(register: Register, on: date) -> Iterator[Due]:
    community = register.on(on)
    for urn, standing in community.standings.items():
        if standing != "signatory":
            yield Due(on, "signatures", f"{standing}: establishment:{urn}")
    for party, person in community.people.items():
        if kind_of(party) in _TO_SIGN and person.is_in_post and not person.has_signed:
            yield Due(on, "signatures", f"unsigned: {party}")


def _vacancies(register: Register, on: date, last: date) -> Iterator[Due]:
    """A collaborative without an area lead now, or from a day on that comes by then."""
    leads = register.entries("area_leads")
    for group in register.entries("groups"):
        if kind_of(str(group["id"])) != "collaborative":
            continue
        terms = [lead for lead in leads if lead["collaborative"] == group["id"]]
        for day in sorted({on, *(end for end in map(_end, terms) if on < end <= last)}):
            if not any(is_live(lead, day) for lead in terms):
                yield Due(day, "area_leads", f"nobody leads: {group['id']}")
                break


def _end(entry: Entry) -> date:
    return cast(date, entry.get("to", FOREVER))


def _told(entry: Entry) -> str:
    words = (", ".join(value) if isinstance(value, tuple) else str(value) for value in _but_dates(entry))
    return " · ".join(words)


def _but_dates(entry: Entry) -> Iterator[object]:
    return (value for key, value in entry.items() if key not in ("from", "to"))
