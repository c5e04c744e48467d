"""What was released before to anyone who could also see this: it stays as it was, and binds what comes after.

What is shared with the whole community binds everything about overlapping establishments, and whatever made from the
same data overlaps with those in turn. What only some could see binds what they can see beside it: so there is one view
for each of the different sets of releases that readers may hold, and an answer has to be safe in every one of them.

Releases of another period bind nothing, unless they count the same census: that of a year is its spring's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kdsp_lib.custodian.audience import Parties
from kdsp_lib.custodian.ledger import Ledger
from kdsp_lib.custodian.ledger_entry import Entry, canonical
from kdsp_lib.custodian.opening import Opened
from kdsp_lib.custodian.outline import Outline, asked_of
from kdsp_lib.model.answer import Answer, is_of_list
from kdsp_lib.model.question import Question
from kdsp_lib.protocol.catalogue import report_name
from kdsp_lib.source.sample import is_later, is_school_level


@dataclass(frozen=True, slots=True)
class EarlierReleases:
    """Releases made from the same snapshots, by their names, with what they answered, each once."""

    period: str
    snapshots: Mapping[str, str]
    names: tuple[str, ...]
    open_names: tuple[str, ...]
    """Those that everybody could see."""
    answers: tuple[Answer, ...]

    @property
    def key(self) -> tuple[object, ...]:
        """Tells these releases, and the data they were made from, from all others."""
        return (self.period, tuple(sorted(self.snapshots.items())), self.names, len(self.answers))


@dataclass(frozen=True, slots=True)
class View:
    """What some reader could hold beside a report: releases, data set by data set.

    ``told``: the establishments whose own figures that reader was given, or is given now.
    """

    releases: tuple[EarlierReleases, ...]
    told: frozenset[str]
    own: int = 0
    """How many cells among it were told to whoever asks, and came to no release."""
    of_several: bool = False
    """Whether its reader was told figures whole of several bodies' establishments, and knows more than any of these."""

    @property
    def key(self) -> tuple[object, ...]:
        """Tells what is in it from all else."""
        return (tuple(group.key for group in self.releases), self.told)

    def to_json(self) -> list[Any]:
        """As :attr:`key`, with no order in it that anything hangs on: reports made at once come in any."""
        groups = [[g.period, dict(g.snapshots), sorted(g.names), len(g.answers)] for g in self.releases]
        return [sorted(groups, key=canonical), sorted(self.told)]


def views_of(ledger: Ledger, opened: Opened, always: frozenset[int] = frozenset()) -> tuple[View, ...]:
    """The different views of all who could see this report; what everybody holds first.

    Views, and what is in each, come in an order of their own, not in that of the ledger: releases that have nothing to
    do with each other come out in any, and this report is the same beside them. ``always``: the entries that whoever
    asks for this holds, whoever else could see them.
    """
    if not opened.is_beside_others:
        return ()
    released = sorted(
        (each for each in ledger.outlines() if _is_of_then(each, opened) and not is_school_level(dict(each.snapshots))),
        key=lambda each: (each.request, each.position),
    )
    place = {each.position: number for number, each in enumerate(released)}
    audience = opened.readers
    held: dict[str, set[int]] = {party: set() for party in audience or ()}
    for each in released:
        for party in each.could_see or ():
            if audience is None or party in held:
                held.setdefault(party, set()).add(each.position)
    holdings = {frozenset(each) for each in held.values()} | ({frozenset[int]()} if audience is None else set())
    found: dict[tuple[int, ...], View] = {}
    for holding in holdings:
        seen = [each for each in released if each.could_see is None or each.position in holding | always]
        whole = frozenset[str]().union(opened.subjects if opened.whole_for else (), *(each.whole for each in seen))
        of_several = len({opened.community.controller(urn) for urn in whole}) > 1
        seen = [each for each in seen if each.binds or of_several]
        groups = [group for group in _by_data(seen, opened.establishments) if group]
        told = opened.told.union(*(each.told for group in groups for each in group), whole if of_several else ())
        places = tuple(sorted(place[each.position] for group in groups for each in group))
        if places not in found:
            found[places] = View(tuple(_together(ledger, group) for group in groups), told, of_several=of_several)
    return tuple(view for _, view in sorted(found.items(), key=lambda each: (len(each[0]), each[0])))


def _is_of_then(released: Outline, opened: Opened) -> bool:
    """Whether a release tells of the pupils of the period or census that a report is of."""
    if released.period == opened.period:
        return True
    snapshots = [name for name, _ in released.snapshots]
    return not censuses(released.period, snapshots).isdisjoint(censuses(opened.period, opened.snapshots))


def censuses(period: str, snapshots: Iterable[str]) -> set[str]:
    """The censuses whose pupils something is about, of all data sets that it is made from."""
    return {name for name in snapshots if name.partition(" ")[0] == "census" and not is_later(name, period)}


def _of_this_report(ledger: Ledger, opened: Opened) -> Iterator[Entry]:
    """The releases of this very report to this very reader, whichever notebook they were made by."""
    asked = canonical([opened.name, dict(opened.parameters), opened.requester])
    for outline in ledger.outlines_of(asked_of(opened.name, opened.parameters)):
        if outline.request == asked:
            yield ledger.release(outline.position)


def stored_answer(ledger: Ledger, opened: Opened, asked: Mapping[str, Question]) -> Answer | None:
    """The answer to equal questions in an earlier release of this very report on the same data, if there is one."""
    written = {name: question.to_json() for name, question in asked.items()}
    for entry in _of_this_report(ledger, opened):
        if dict(entry.body["snapshots"]) == opened.snapshots:
            for data in entry.body["answers"]:
                if data["questions"] == written:
                    return Answer.from_json(data)
    return None


def lists_of(ledger: Ledger, opened: Opened) -> list[Answer]:
    """The cells of lists that this very report released from the same data."""
    return [
        Answer.from_json(data)
        for entry in _of_this_report(ledger, opened)
        if dict(entry.body["snapshots"]) == opened.snapshots
        for data in entry.body["answers"]
        if is_of_list(data)
    ]


def audited_release(ledger: Ledger, parameters: Mapping[str, str | None]) -> Entry | None:
    """The release that an audit names, as the ledger has it last: by its id, or the last of a report to this reader."""
    named = parameters.get("release")
    if named is None:
        return None
    found = ledger.entries(kind="release", report=named) or [
        entry
        for entry in ledger.entries(kind="release")
        if (entry.body["name"], entry.body["recipient"]) == (report_name(named), parameters["recipient"])
    ]
    return found[-1] if found else None


def seen_beside(ledger: Ledger, entry: Entry, opened: Opened) -> list[Entry]:
    """Other releases about some of the same establishments that whoever receives a report could see, each once.

    What only others could see is not told of: not even that there is such a release.
    """
    readers = opened.readers
    found = {}
    for other in ledger.entries(kind="release"):
        parties = _could_see(other)
        is_seen = parties is None or (readers is not None and set(readers) <= set(parties))
        if is_seen and other.report != entry.report and set(other.body["subjects"]) & set(entry.body["subjects"]):
            found[other.report] = other
    return list(found.values())


def _could_see(entry: Entry) -> Parties:
    parties: Parties = entry.body.get("could_see")
    return parties


def _by_data(released: Iterable[Outline], establishments: frozenset[str]) -> Iterable[list[Outline]]:
    """The releases that hang together with a report about these establishments, data set by data set."""
    groups: dict[tuple[object, ...], list[Outline]] = {}
    for each in released:
        groups.setdefault((each.period, each.snapshots), []).append(each)
    return (_linked(group, establishments) for group in groups.values())


def _together(ledger: Ledger, released: Sequence[Outline]) -> EarlierReleases:
    answers: list[Answer] = []
    for each in released:
        for data in ledger.release(each.position).body["answers"]:
            answer = Answer.from_json(data)
            if answer not in answers:
                answers.append(answer)
    names = tuple(dict.fromkeys(each.report for each in released))
    everybodys = tuple(dict.fromkeys(each.report for each in released if each.could_see is None))
    return EarlierReleases(released[0].period, dict(released[0].snapshots), names, everybodys, tuple(answers))


def _linked(released: list[Outline], subjects: frozenset[str]) -> list[Outline]:
    """The releases whose establishments overlap with these, or with those of such a release, and so on."""
    reached, linked = set(subjects), set[int]()
    while True:
        found = [e for e in released if e.position not in linked and not reached.isdisjoint(e.subjects)]
        if not found:
            return [each for each in released if each.position in linked]
        for each in found:
            linked.add(each.position)
            reached |= each.subjects
