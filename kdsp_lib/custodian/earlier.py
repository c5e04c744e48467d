"""What was released before to anyone who could also see this: it stays as it was, and binds what comes after.

At aggregate detail everything is shared with the whole community, so every earlier release about overlapping
establishments counts, and whatever made from the same data overlaps with those in turn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kdsp_lib.custodian.answering import Answer
from kdsp_lib.custodian.ledger import Entry, Ledger
from kdsp_lib.custodian.opening import Opened


@dataclass(frozen=True, slots=True)
class EarlierReleases:
    """Releases made from the same snapshots, by their names, with what they answered, oldest first, each once."""

    period: str
    snapshots: Mapping[str, str]
    names: tuple[str, ...]
    answers: tuple[Answer, ...]

    @property
    def key(self) -> tuple[object, ...]:
        """Tells these releases, and the data they were made from, from all others."""
        return (self.period, tuple(sorted(self.snapshots.items())), self.names, len(self.answers))


def earlier_releases(ledger: Ledger, opened: Opened) -> tuple[EarlierReleases, ...]:
    """The releases that somebody could hold beside this report, data set by data set, oldest first."""
    groups: dict[tuple[object, ...], list[Entry]] = {}
    for entry in ledger.entries(kind="release"):
        key = (entry.body["period"], tuple(sorted(entry.body["snapshots"].items())))
        groups.setdefault(key, []).append(entry)
    linked = (_linked(entries, frozenset(opened.subjects)) for entries in groups.values())
    return tuple(_together(entries) for entries in linked if entries)


def stored_answer(ledger: Ledger, opened: Opened, asked: Mapping[str, object]) -> Answer | None:
    """The answer to equal questions in an earlier release of this very report on the same data, if there is one."""
    for entry in ledger.entries(kind="release", report=opened.id):
        if dict(entry.body["snapshots"]) == opened.snapshots:
            for data in entry.body["answers"]:
                if data["questions"] == asked:
                    return Answer.from_json(data)
    return None


def _together(entries: list[Entry]) -> EarlierReleases:
    answers: list[Answer] = []
    for entry in entries:
        for data in entry.body["answers"]:
            answer = Answer.from_json(data)
            if answer not in answers:
                answers.append(answer)
    names = tuple(dict.fromkeys(entry.report for entry in entries))
    body = entries[0].body
    return EarlierReleases(str(body["period"]), dict(body["snapshots"]), names, tuple(answers))


def _linked(entries: list[Entry], subjects: frozenset[str]) -> list[Entry]:
    """The releases whose establishments overlap with these, or with those of such a release, and so on."""
    reached, linked = set(subjects), set[int]()
    while True:
        found = {e.position for e in entries if e.position not in linked and not reached.isdisjoint(e.body["subjects"])}
        if not found:
            return [entry for entry in entries if entry.position in linked]
        linked |= found
        for entry in entries:
            if entry.position in found:
                reached.update(entry.body["subjects"])
