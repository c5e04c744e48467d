"""In whose hands an act lay: one person alone where one made all by which two would seem to have acted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from kdsp_lib.register.journal import Event
from kdsp_lib.register.permission import recorder_of


def hands_of(event: Event) -> frozenset[str]:
    """Whoever recorded an act, and who made the token or enrolled the key that it was recorded by."""
    return frozenset({event.recorder, *event.body.get("credential", {}).get("rests_on", ())})


class Hands:
    """The hands behind each act of a journal: its own, with those of all that it rests on."""

    def __init__(self, events: Iterable[Event]) -> None:
        self._proposals = dict[int, Event]()
        self._permits: dict[tuple[str, str], list[Event]] = defaultdict(list)
        for event in events:
            if event.act == "propose":
                self._proposals[event.number] = event
            elif event.act == "permit":
                self._permits[event.body["person"], event.body["role"]].append(event)

    def behind(self, event: Event, section: str) -> frozenset[str]:
        """The hands of an act, of the proposal that it seconds, and of who permitted either's recorder to record it."""
        proposed = self._proposals.get(event.body.get("seconds", 0))
        acts = [event] if proposed is None else [event, proposed]
        permits = [self._permit(act, section) for act in acts]
        return frozenset().union(*(hands_of(act) for act in (*acts, *permits) if act is not None))

    def _permit(self, act: Event, section: str) -> Event | None:
        """The permission by which somebody recorded: of several, the last before the act."""
        given = self._permits.get((act.recorder, recorder_of(section)), ())
        return next((permit for permit in reversed(given) if permit.number < act.number), None)
