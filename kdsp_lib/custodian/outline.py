"""The outline of each release with figures: all that says whom it binds, without what it printed.

A batch of thousands looks at all earlier releases for each of its reports. So each entry of the ledger is read for its
outline once, and its figures only for those reports that they bind.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from kdsp_lib.source.files import sha256_of

if TYPE_CHECKING:
    from kdsp_lib.custodian.ledger_entry import Entry
    from kdsp_lib.register.chain import Chain

_KEPT: Final = 128
"""So many releases are kept with their figures: those beside which the reports of a batch are made."""


@dataclass(frozen=True, slots=True)
class Outline:
    """One release in outline."""

    position: int
    report: str
    request: str
    """What it is of, in one spelling: its report, parameters and requester, whenever it came out."""
    asked: str
    """The same whoever asked for it, and of whatever day."""
    period: str
    snapshots: tuple[tuple[str, str], ...]
    subjects: frozenset[str]
    told: frozenset[str]
    could_see: frozenset[str] | None
    """Who could see it; None is everybody."""
    person: str
    """Who asked for it."""
    answered: frozenset[str]
    """The digests of its answers."""
    whole: frozenset[str]
    """The establishment whose own figures it told whole."""
    binds: bool
    """Whether it tells anything besides."""


def asked_of(name: str, parameters: Mapping[str, Any]) -> str:
    """Tells one report about somebody and a period from all others, whoever asks for it, and of whatever day."""
    from kdsp_lib.custodian.ledger_entry import canonical

    return canonical([name, {key: value for key, value in parameters.items() if key != "on"}])


def digest_of(answer: Mapping[str, Any]) -> str:
    """Tells an answer, as an entry has it, from all others: what was asked and what it shows."""
    from kdsp_lib.custodian.ledger_entry import canonical

    return sha256_of(canonical([answer["questions"], answer["tables"]]).encode())


def _binds(answer: Mapping[str, Any]) -> bool:
    is_aggregate = answer.get("edition") and not answer["comparators"]
    return not (is_aggregate or answer.get("whole_for"))


class Outlines:
    """Those of one ledger, in order; further ones are read when they are asked for."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self._read_to = 0
        self._found: list[Outline] = []
        self._by_asked: dict[str, list[Outline]] = {}
        self._same: dict[Any, Any] = {}
        self._lock = threading.Lock()
        self.entry = lru_cache(maxsize=_KEPT)(self._entry)
        """The release at a position, with all that it printed."""

    def until(self, position: int | None) -> list[Outline]:
        """The outlines of what was released up to a position; of all where it is None."""
        return _until(self._read(), position)

    def of(self, asked: str, position: int | None) -> list[Outline]:
        """Those of one report alone, whoever asked for it and of whatever day."""
        self._read()
        return _until(self._by_asked.get(asked, []), position)

    def _read(self) -> list[Outline]:
        with self._lock:
            for link in self._chain.links(after=self._read_to, kind="release"):
                self._read_to = link.number
                if link.body["answers"]:
                    outline = self._outline(link.number, link.labels["report"], link.body)
                    self._found.append(outline)
                    self._by_asked.setdefault(outline.asked, []).append(outline)
            return list(self._found)

    def _outline(self, position: int, report: str, body: Mapping[str, Any]) -> Outline:
        from kdsp_lib.custodian.ledger_entry import canonical

        could_see = body.get("could_see")
        return Outline(
            position,
            report,
            canonical([body[name] for name in ("name", "parameters", "requester")]),
            asked_of(str(body["name"]), body["parameters"]),
            self._one(str(body["period"])),
            self._one(tuple(sorted(body["snapshots"].items()))),
            self._set(body["subjects"]),
            self._set(body.get("told", ())),
            None if could_see is None else self._set(could_see),
            self._one(str(body["requester"])),
            frozenset(map(digest_of, body["answers"])),
            self._set(urn for each in body["answers"] if each.get("whole_for") for urn in each["subjects"]),
            any(map(_binds, body["answers"])),
        )

    def _set(self, items: Iterable[str]) -> frozenset[str]:
        found: frozenset[str] = self._one(frozenset(map(self._one, items)))
        return found

    def _one(self, value: Any) -> Any:
        """The one of all that are equal: thousands of releases are about the same establishments."""
        return self._same.setdefault(value, value)

    def _entry(self, position: int) -> Entry:
        from kdsp_lib.custodian.ledger_entry import entry_of

        return entry_of(self._chain.link(position))


def _until(found: Iterable[Outline], position: int | None) -> list[Outline]:
    return [each for each in found if position is None or each.position <= position]
