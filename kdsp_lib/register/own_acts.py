"""What the register would be without what somebody recorded: nobody asks for a report that rests on their acts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from kdsp_lib.errors import BadSource
from kdsp_lib.register.hands import Hands
from kdsp_lib.register.history import register_of
from kdsp_lib.register.journal import Event
from kdsp_lib.register.register import Register

_ENTRY: Final = re.compile(r"entry (\d+)")
_NAMING: Final = ("establishments", "groups")
"""Entries that permit nothing by themselves: they say what something is called."""
_FORBIDDING: Final = ("withdrawals", "release_calendar")


def registers_without(events: Sequence[Event], person: str) -> tuple[Register, ...]:
    """The register without somebody's acts, and without every entry that they had a hand in. None where they had none.

    An entry is of all whose hands are in its chain: who entered, corrected, revoked, proposed or seconded it, permitted
    one of these to record, or made the token or key that was used. So nobody ends what others gave and gives it to
    themselves. Where they had a hand in what forbids, it is as it was without them. What a journal began from is
    nobody's: it was kept before, in the file whose hash the journal holds.
    """
    entered = {event.number: event.body for event in events if event.act == "enter"}
    hands = Hands(events)
    acts = {
        event.number
        for event in _acts(events)
        if person in hands.behind(event, entered[event.body.get("of", event.number)]["section"])
    }
    if not acts:
        return ()
    touched = {event.body.get("of", event.number) for event in events if event.number in acts}
    gone = {number for number in touched if _permits(entered[number])}
    return _without(events, acts), _without(events, acts | gone)


def _acts(events: Sequence[Event]) -> Iterable[Event]:
    begun = int(events[0].body.get("entries", 0)) + 1 if events else 0
    return (event for event in events if event.number > begun and event.act in ("enter", "correct"))


def _permits(entered: Mapping[str, Any]) -> bool:
    section = entered["section"]
    return section not in (*_NAMING, *_FORBIDDING) and entered["entry"].get("effect") != "prohibit"


def _without(events: Sequence[Event], gone: set[int]) -> Register:
    """The register without some events, and without what no longer stands without them."""
    kept = list(events)
    while True:
        kept = [event for event in kept if event.number not in gone and event.body.get("of") not in gone]
        try:
            return register_of(kept)
        except BadSource as error:
            gone = {int(match[1]) for fault in error.faults if (match := _ENTRY.search(fault.place))}
            if not gone:
                raise
