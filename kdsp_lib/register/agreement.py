"""Faults between entries: ids that mean two things, two leads at once, memberships that overlap."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

from kdsp_lib.errors import Fault
from kdsp_lib.protocol.vocabulary import FOREVER
from kdsp_lib.register.checking import Entry


class Placed(NamedTuple):
    """An entry and its line, with the fields that were given, well or badly."""

    line: int
    entry: Entry
    given: frozenset[str]


@dataclass(frozen=True, slots=True)
class _OneAtATime:
    """Of entries equal in ``key``, no two may hold on the same day unless equal in ``told_by`` (all, where empty)."""

    section: str
    key: tuple[str, ...]
    told_by: tuple[str, ...]
    text: str


_ONE_AT_A_TIME: Final = (
    _OneAtATime("area_leads", ("collaborative",), ("person",), "{} already has an area lead then, from line {}"),
    _OneAtATime("controllers", ("establishment",), ("controller",), "{} already has a controller then, from line {}"),
    _OneAtATime("memberships", ("establishment", "group"), (), "{} is already a member then, from line {}"),
)
_TERMS: Final = ("from", "to")
_IDS: Final = {"establishments": "urn", "groups": "id", "people": "id"}


def disagreements(sections: dict[str, list[Placed]]) -> Iterator[Fault]:
    """Every fault that no entry has alone. Equal entries twice are no fault."""
    yield from _keys_of_two(sections.get("keys", ()))
    for section, key in _IDS.items():
        yield from _repeated_ids(key, sections.get(section, ()), _TERMS if section == "people" else ())
    for rule in _ONE_AT_A_TIME:
        yield from _overlaps(rule, sections.get(rule.section, ()))
    for placed in sections.get("signatures", ()):
        if ("establishment" in placed.given) == ("person" in placed.given):
            text = "a signature names either an establishment or a person"
            yield Fault(f"line {placed.line}", text, "establishment")
    for placed in sections.get("legal_orders", ()):
        if placed.entry.get("effect") == "require":
            yield from _unbounded_requirement(placed)


def _repeated_ids(key: str, entries: Iterable[Placed], may_differ: tuple[str, ...]) -> Iterator[Fault]:
    """One id that means two things. Somebody who comes back to a post stands there once for each term."""
    first: dict[str, tuple[int, Entry]] = {}
    for line, entry, _ in entries:
        name = entry.get(key)
        if isinstance(name, str):
            said = {field: value for field, value in entry.items() if field not in may_differ}
            earlier_line, earlier = first.setdefault(name, (line, said))
            if earlier != said:
                yield Fault(f"line {line}", f"{name} stands already on line {earlier_line}, and differs", key)


def _keys_of_two(entries: Iterable[Placed]) -> Iterator[Fault]:
    """One key that would be two people."""
    first: dict[object, Placed] = {}
    for placed in entries:
        before = first.setdefault(placed.entry.get("key"), placed)
        if "key" in placed.entry and before.entry.get("party") != placed.entry.get("party"):
            yield Fault(f"line {placed.line}", f"is another's key already, on line {before.line}", "key")


def _overlaps(rule: _OneAtATime, entries: Iterable[Placed]) -> Iterator[Fault]:
    by_key: dict[tuple[str, ...], list[tuple[date, date, int, Entry]]] = defaultdict(list)
    for line, entry, _ in entries:
        start, end = entry.get("from"), entry.get("to", FOREVER)
        if isinstance(start, date) and isinstance(end, date) and all(key in entry for key in rule.key):
            by_key[tuple(str(entry[key]) for key in rule.key)].append((start, end, line, entry))
    for key, spans in by_key.items():
        spans.sort(key=lambda span: span[:3])
        longest: list[tuple[date, date, int, Entry]] = []
        for span in spans:
            longest = [earlier for earlier in longest if span[0] < earlier[1]]
            clash = next((earlier for earlier in longest if not _same(rule, earlier[3], span[3])), None)
            if clash:
                lines = sorted((clash[2], span[2]))
                yield Fault(f"line {lines[1]}", rule.text.format(key[0], lines[0]), rule.key[-1])
            if not any(_same(rule, earlier[3], span[3]) and earlier[1] >= span[1] for earlier in longest):
                longest.append(span)


def _same(rule: _OneAtATime, one: Entry, other: Entry) -> bool:
    if rule.told_by:
        return all(one.get(key) == other.get(key) for key in rule.told_by)
    return dict(one) == dict(other)


def _unbounded_requirement(placed: Placed) -> Iterator[Fault]:
    for key in ("report", "recipient"):
        if key not in placed.given:
            yield Fault(f"line {placed.line}", "is needed where an order requires: no order opens everything", key)
    if placed.given.isdisjoint(("subject", "categories")):
        yield Fault(f"line {placed.line}", "a requirement names a subject or categories", "subject")
