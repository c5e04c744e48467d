"""What the register would be had somebody recorded nothing in it: nobody asks for a report that rests on their acts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from kdsp_lib.errors import BadSource
from kdsp_lib.register.history import register_of
from kdsp_lib.register.journal import Event
from kdsp_lib.register.register import Register

_ENTRY: Final = re.compile(r"entry (\d+)")


def register_without(events: Sequence[Event], person: str) -> Register | None:
    """The register without somebody's acts, and without what no longer stands without them. None where there are none.

    An act that took two is that of both. What a journal began from is nobody's: it was kept before, in the file whose
    hash the journal holds.
    """
    own = _own(events, person)
    if not own:
        return None
    kept = list(events)
    while True:
        kept = [event for event in kept if event.number not in own and event.body.get("of") not in own]
        try:
            return register_of(kept)
        except BadSource as error:
            own = {int(match[1]) for fault in error.faults if (match := _ENTRY.search(fault.place))}
            if not own:
                raise


def _own(events: Sequence[Event], person: str) -> set[int]:
    begun = int(events[0].body.get("entries", 0)) + 1 if events else 0
    acts = {event.number for event in events if event.recorder == person and event.number > begun}
    own = {event.number for event in events if event.number in acts or event.body.get("seconds") in acts}
    return {event.number for event in events if event.number in own and event.act in ("enter", "correct")}
