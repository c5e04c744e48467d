"""What a person was told and has not released: it binds what the same person is told next.

A release binds by its readers. What came to none (a draft, a run that was not released) was told to whoever asked all
the same, and two answers that were each safe alone may be subtracted. So what somebody asks is made safe beside what
they were told before of the same data, too, where one of the two has a filter: by filters a few pupils are singled out
at will. Equal questions have the answer that they had.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from kdsp_lib.custodian.earlier import EarlierReleases, View
from kdsp_lib.custodian.ledger_entry import canonical
from kdsp_lib.custodian.outline import digest_of
from kdsp_lib.errors import Disclosive
from kdsp_lib.model.answer import Answer
from kdsp_lib.model.question import Question
from kdsp_lib.model.table import Table
from kdsp_lib.source.code import engine_hash, rules_hash
from kdsp_lib.source.files import sha256_of

if TYPE_CHECKING:
    from kdsp_lib.custodian.ledger import Ledger
    from kdsp_lib.custodian.ledger_entry import Entry
    from kdsp_lib.custodian.opening import Opened

MOST_TABLES: Final = 200
"""Beside so many tables that were told before a further one is made safe."""
MOST_TRIES: Final = 3
"""So often an answer is made anew beside what the same person was told while it was made."""
ASKER: Final = "asker"
_HOUR: Final = dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Told:
    """An answer in outline."""

    position: int
    report: str
    recorded: dt.datetime
    person: str
    period: str
    snapshots: tuple[tuple[str, str], ...]
    establishments: frozenset[str]
    tables: int
    digest: str


@dataclass(frozen=True, slots=True)
class Own:
    """What binds one question: the entries that it was told in, and the tables that matter."""

    positions: tuple[int, ...] = ()
    answers: tuple[Answer, ...] = ()
    told: frozenset[str] = frozenset()


def asker_of(opened: Opened, beside: str) -> dict[str, Any]:
    """What the entry of an answer says of who asked, and for what."""
    return {
        "person": opened.requester,
        "period": opened.period,
        "establishments": sorted(opened.establishments),
        "told": sorted(opened.told),
        "beside": beside,
    }


class OwnAnswers:
    """Those of each person, of one ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._read_to = self._released = 0
        self._open: dict[str, dict[tuple[str, str], Told]] = defaultdict(dict)
        self._lock = threading.Lock()

    def of(self, person: str) -> list[Told]:
        """All that a person was told and has not released, in order."""
        with self._lock:
            for entry in self._ledger.entries(kind="answer", after=self._read_to):
                self._read_to = entry.position
                if ASKER in entry.body:
                    told = _outline(entry)
                    self._open[told.person][told.report, told.digest] = told
            for outline in self._ledger.outlines()[self._released :]:
                self._released += 1
                for digest in outline.answered:
                    self._open[outline.person].pop((outline.report, digest), None)
            return list(self._open[person].values())

    def stored(self, opened: Opened, asked: Mapping[str, Question], beside: str, most: int) -> Answer | None:
        """What the same person was answered to equal questions of this very report, beside the same.

        Where that is nothing: Disclosive where they would be told more than ``most`` tables within an hour.
        """
        written = {name: question.to_json() for name, question in asked.items()}
        for told in self.of(opened.requester):
            if told.report == opened.id and told.snapshots == _snapshots(opened):
                body = self._ledger.entry(told.position).body
                if body["questions"] == written and body[ASKER]["beside"] == beside:
                    return Answer.from_json(body)
        self.refuse_too_many(opened.requester, len(asked), most, dt.datetime.now(dt.UTC))
        return None

    def beside(self, opened: Opened, asked: Mapping[str, Question], known: Sequence[Answer]) -> Own:
        """What binds these questions, but for what is ``known`` to bind them anyway."""
        return self.at([each.position for each in self._linked(opened)], opened, asked, known)

    def at(
        self, positions: Sequence[int], opened: Opened, asked: Mapping[str, Question], known: Sequence[Answer]
    ) -> Own:
        """The same of what was told in these entries; figures told whole neither bind nor are bound."""
        if not opened.is_beside_others:
            return Own()
        seen = [_marked(answer, table) for answer in known for table in answer.tables]
        found: list[Answer] = []
        kept: list[int] = []
        told = set[str]()
        for position in positions:
            body = self._ledger.entry(position).body
            answer = Answer.from_json(body)
            if answer.is_aggregate or answer.whole_for:
                continue
            is_of_others = not set(answer.subjects) & set(opened.subjects)
            tables = []
            for table in answer.tables:
                is_asked_of_others = is_of_others and table.asked in asked.values()
                is_filtered = any(question.where for question in (table.asked, *asked.values()))
                if is_filtered and not is_asked_of_others and _marked(answer, table) not in seen:
                    seen.append(_marked(answer, table))
                    tables.append(table)
            if tables:
                kept.append(position)
                found.append(replace(answer, tables=tuple(tables)))
                told |= set(body[ASKER]["told"])
        if sum(len(answer.tables) for answer in found) > MOST_TABLES:
            raise Disclosive(
                "You were told too many tables about some of the same pupils that you have not released.",
                rule=f"what one person is told is made safe together, up to {MOST_TABLES} tables of one period's data",
                remedy="ask again what you asked before (it has the same answer), or release what you need: "
                "what is released is no draft any more",
            )
        return Own(tuple(kept), tuple(found), frozenset(told))

    def refuse_too_many(self, person: str, more: int, most: int, now: dt.datetime) -> None:
        """Disclosive where a person asks for more than so ``many`` tables an hour that came to no release."""
        lately = sorted((each.recorded, each.tables) for each in self.of(person) if each.recorded > now - _HOUR)
        left = sum(tables for _, tables in lately) + more - most
        if left <= 0 or not lately:
            return
        again = lately[-1][0]
        for recorded, tables in lately:
            left -= tables
            if left <= 0:
                again = recorded
                break
        raise Disclosive(
            "You have asked for too many new tables within an hour.",
            rule=f"at most {most} tables an hour that are not released: questions_an_hour under [limits] in kdsp.toml",
            remedy=f"ask again after {(again + _HOUR).strftime('%H:%M')} UTC; what you asked before is shown at once, "
            "and what is released does not count",
        )

    def _linked(self, opened: Opened) -> list[Told]:
        """What was told of the same data about overlapping establishments, and about what overlaps with these."""
        left = [
            each
            for each in self.of(opened.requester)
            if (each.period, each.snapshots) == (opened.period, _snapshots(opened))
        ]
        reached, found = set(opened.establishments), list[Told]()
        while more := [each for each in left if not reached.isdisjoint(each.establishments)]:
            found += more
            left = [each for each in left if each not in more]
            reached.update(*(each.establishments for each in more))
        return sorted(found, key=lambda each: each.position)


def made_beside(views: Sequence[View], told: Sequence[Answer], *rest: Any) -> str:
    """Of all that an answer hangs on but for what whoever asks was told elsewhere: with the same it would be the same.

    ``told``: what its report was told first.
    """
    seen = sorted(canonical(view.to_json()) for view in views)
    first = [digest_of(answer.to_json()) for answer in told]
    return sha256_of(canonical([seen, first, *rest, engine_hash(), rules_hash()]).encode())


def known_in(views: Sequence[View], opened: Opened, told: Sequence[Answer]) -> list[Answer]:
    """What binds a report anyway: what everybody holds of the same data, and what it was ``told`` itself."""
    groups = [each for view in views[:1] for each in view.releases if _is_of(each, opened)]
    return [*(answer for group in groups for answer in group.answers), *told]


def with_own(views: Sequence[View], opened: Opened, own: Own) -> tuple[View, ...]:
    """The views of the readers, with that of the person who asks, who holds what everybody does and their own."""
    if not own.answers or not views:
        return tuple(views)
    everybodys = views[0].releases
    same = [each for each in everybodys if _is_of(each, opened)]
    others = tuple(each for each in everybodys if each not in same)
    first = same[0] if same else EarlierReleases(opened.period, opened.snapshots, (), (), ())
    mine = replace(first, answers=(*first.answers, *own.answers))
    told = views[0].told | own.told
    cells = sum(len(table.cells) for answer in own.answers for table in answer.tables)
    return (*views, View((*others, mine), told, own=cells))


def _is_of(group: EarlierReleases, opened: Opened) -> bool:
    return (group.period, dict(group.snapshots)) == (opened.period, opened.snapshots)


def _snapshots(opened: Opened) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(opened.snapshots.items()))


def _marked(answer: Answer, table: Table) -> tuple[Any, ...]:
    """What tells a table and what it shows from all others, whatever it is called."""
    return table.asked, answer.subjects, table.cells, table.left_out


def _outline(entry: Entry) -> Told:
    body, asker = entry.body, entry.body[ASKER]
    return Told(
        entry.position,
        entry.report,
        dt.datetime.fromisoformat(entry.recorded),
        asker["person"],
        asker["period"],
        tuple(sorted(body["snapshots"].items())),
        frozenset(asker["establishments"]),
        len(body["tables"]),
        digest_of(body),
    )
