"""Which reports of a batch wait for which, so that the number of workers changes no byte.

A report is answered beside what its readers could see of linked establishments. Two whose readers overlap about such
are answered in the order of the parameter files; all others may run at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from kdsp_lib.custodian.together import Together


@dataclass(frozen=True, slots=True)
class Place:
    """What a report of a batch hangs on."""

    release: str
    """Its id; empty where it will be refused before anything is asked."""
    subjects: frozenset[str] = frozenset()
    """Whom it is about."""
    linked: frozenset[str] = frozenset()
    """The establishments that its figures may be about, as far as they bind what others are told."""
    readers: frozenset[str] | None = frozenset()
    """Who could see it; None is everybody."""
    alone: bool = False
    """Whether it tells of whatever is out, so that nothing may come out beside it."""


@dataclass(slots=True)
class _Linked:
    """The last reports about establishments that hang together, by who could see them."""

    everybody: set[int] = field(default_factory=set)
    others: set[int] = field(default_factory=set)
    """Those that only some could see, since."""
    by_reader: dict[str, set[int]] = field(default_factory=dict)

    def take(self, other: _Linked) -> None:
        """Hang together with another from now on."""
        self.everybody |= other.everybody
        self.others |= other.others
        for reader, last in other.by_reader.items():
            self.by_reader.setdefault(reader, set()).update(last)

    def before(self, readers: frozenset[str] | None) -> set[int]:
        """What a report for these readers waits for."""
        if readers is None:
            return self.everybody | self.others
        return self.everybody.union(*(self.by_reader.get(reader, ()) for reader in readers))

    def add(self, number: int, readers: frozenset[str] | None) -> None:
        """Let later ones wait for this, and through it for all that it waits for."""
        if readers is None:
            self.everybody, self.others, self.by_reader = {number}, set(), {}
        else:
            self.others.add(number)
            self.by_reader |= {reader: {number} for reader in readers}


def waits(places: Sequence[Place]) -> list[frozenset[int]]:
    """For each report, the earlier ones that have to be done before it is begun: by their numbers, from 0."""
    together, linked = Together(), dict[str, _Linked]()
    about, same = dict[str, int](), dict[str, int]()
    found: list[frozenset[int]] = []
    barrier, since = None, list[int]()
    for number, place in enumerate(places):
        before = {last for last in _last_of(place, about, same) if last is not None}
        before |= set() if barrier is None else {barrier}
        if place.alone:
            before |= set(since)
            barrier, since = number, []
        else:
            since.append(number)
        if place.linked:
            before |= _linked_before(number, place, together, linked)
        about |= dict.fromkeys(place.subjects, number)
        same[place.release] = number
        found.append(frozenset(before))
    return found


def _last_of(place: Place, about: dict[str, int], same: dict[str, int]) -> Iterable[int | None]:
    """The last ones about some of the same, whoever could see them, and the last of this very release.

    What is refused of a text depends on how many others about the same were.
    """
    yield from (about.get(urn) for urn in place.subjects)
    yield same.get(place.release) if place.release else None


def _linked_before(number: int, place: Place, together: Together, linked: dict[str, _Linked]) -> set[int]:
    roots = {together.of(urn) for urn in place.linked}
    parts = [linked.pop(root) for root in sorted(roots) if root in linked]
    whole = max(parts, key=lambda part: len(part.by_reader), default=_Linked())
    for part in parts:
        if part is not whole:
            whole.take(part)
    linked[together.join(sorted(roots))] = whole
    before = whole.before(place.readers)
    whole.add(number, place.readers)
    return before
