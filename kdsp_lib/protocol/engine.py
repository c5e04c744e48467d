"""Cedar, asked stage by stage and rule by rule about facts; equal facts reuse an answer.

What a rule says hangs on nothing but the facts that it reads, and of a word on nothing but which of the rule's own
words that is. So Cedar is asked once for each rule and each such set of facts, and what it said is put together as
Cedar does it: a ``forbid`` that speaks denies; else a ``permit`` that speaks allows; else nothing is allowed. A
property test holds this to Cedar's own answers on whole stages.

Cedar skips a rule whose evaluation fails, a ``forbid`` too, and may then allow. So an answer with any error in it is
no answer: the request is refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from operator import attrgetter, itemgetter
from typing import Any, Final

import cedarpy

from kdsp_lib.protocol.facts import (
    RECIPIENT_PATHS,
    AddresseeFacts,
    Facts,
    LawFacts,
    as_attributes,
    in_a_row,
    paths_of_the_request,
)
from kdsp_lib.protocol.policy import GROUNDS, Protocol, Rule, Stage, protocol_named
from kdsp_lib.protocol.vocabulary import sort_clauses

_OF_THE_REQUEST: Final = ("Addressee", "Matter")
_OF_A_RECIPIENT: Final = ("Recipient", "Report")
_TYPES: Final = {
    "obey": _OF_THE_REQUEST,
    "address": _OF_THE_REQUEST,
    "find-grounds": _OF_A_RECIPIENT,
    "share": _OF_A_RECIPIENT,
    "oblige": _OF_A_RECIPIENT,
}
_PATHS: Final = {
    "law": paths_of_the_request(LawFacts),
    "recipients": paths_of_the_request(AddresseeFacts),
}
_REMEMBERED: Final = 65_536
_ANOTHER: Final = None
"""Stands for every word that a rule has not in it."""
_FACTS_OF_A_CHOIR: Final = 5
"""The most that a choir reads: the fewer, the oftener all was heard before; the more, the fewer choirs there are."""

Row = tuple[Any, ...]
Attributes = Callable[[], Mapping[str, Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What the rules say of facts: whether they permit, the rules that settled it, and what a permit binds to."""

    permits: bool
    rules: tuple[Rule, ...] = ()
    errors: tuple[str, ...] = ()
    """Failures of the engine: never with a permit."""
    grounds: tuple[tuple[str, str], ...] = ()
    """The grounds that were found, as ``("audience", "community")``."""
    obligations: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()

    clauses: tuple[str, ...] = field(init=False, default=())
    """Those of its rules, in their order."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "clauses", sort_clauses(rule.clause for rule in self.rules))

    def grounds_for(self, what: str) -> frozenset[str]:
        return frozenset(by for ground, by in self.grounds if ground == what)


@dataclass(frozen=True, slots=True, eq=False)
class _Heard:
    """One rule and what it has said, by the facts that it reads: True where it spoke, or the errors."""

    rule: Rule
    places: tuple[int, ...]
    said: dict[Row, bool | tuple[str, ...]] = field(default_factory=dict)

    def hear(self, row: Row, question: _Question) -> bool | tuple[str, ...]:
        facts = tuple(self._as_heard(row[place]) for place in self.places)
        said = self.said.get(facts)
        if said is None:
            said = self.said[facts] = question.put_to(self.rule)
        return said

    def _as_heard(self, value: Any) -> Any:
        """A fact as the rule tells it from others: a word that is none of its own is like any other such."""
        if isinstance(value, str):
            return value if value in self.rule.words else _ANOTHER
        if isinstance(value, tuple):
            return frozenset(map(self._as_heard, value))
        return value


@dataclass(frozen=True, slots=True, eq=False)
class _Choir:
    """A few rules that read much the same, and what they have said together: who spoke, and what went wrong."""

    rules: tuple[_Heard, ...]
    facts: Callable[[Row], Any]
    said: dict[Any, tuple[tuple[Rule, ...], tuple[str, ...]]] = field(default_factory=dict)

    def hear(self, row: Row, question: _Question) -> tuple[tuple[Rule, ...], tuple[str, ...]]:
        """What they say of facts that they have not heard together yet."""
        answers = [(heard.rule, heard.hear(row, question)) for heard in self.rules]
        errors = [error for _, answer in answers if isinstance(answer, tuple) for error in answer]
        said = tuple(rule for rule, answer in answers if answer is True), tuple(errors)
        self.said[self.facts(row)] = said
        return said


class Engine:
    """One protocol, ready to be asked. Holds nothing but answers to facts that it has seen."""

    def __init__(self, protocol: Protocol) -> None:
        self.protocol = protocol
        self._heard = {name: _listen(stage) for name, stage in protocol.stages.items()}
        self.law = lru_cache(maxsize=_REMEMBERED)(self._law)
        self.recipients = lru_cache(maxsize=_REMEMBERED)(self._recipients)
        self.decide = lru_cache(maxsize=_REMEMBERED)(self._decide)
        self.obligations = lru_cache(maxsize=_REMEMBERED)(self._obligations)

    def _law(self, facts: LawFacts) -> Answer | None:
        """What the law says; ``None`` where it is silent and the other rules are to be asked."""
        return self._if_it_speaks("law", facts)

    def _recipients(self, facts: AddresseeFacts) -> Answer | None:
        """Why the request cannot be decided for this addressee; ``None`` where it can."""
        return self._if_it_speaks("recipients", facts)

    def _if_it_speaks(self, stage: str, facts: LawFacts | AddresseeFacts) -> Answer | None:
        permits, rules, errors = self._ask(stage, facts, facts.to_json)
        return Answer(permits, rules, errors) if rules or errors else None

    def _decide(self, facts: Facts) -> Answer:
        """The decision upon facts, with grounds, obligations and needs."""
        _, rules, errors = self._ask("grounds", in_a_row(facts, _NONE_FOUND), facts.to_json)
        grounds = tuple((rule.marks["ground"], rule.marks["by"]) for rule in rules)
        if errors:
            return Answer(permits=False, errors=errors)
        found = _found(grounds)
        permits, rules, errors = self._ask("rules", in_a_row(facts, found), lambda: _with_grounds(facts, found))
        if not permits:
            return Answer(permits=False, rules=rules, errors=errors, grounds=grounds)
        return self._bound(facts, rules, grounds, by_law=False)

    def _obligations(self, facts: Facts) -> Answer:
        """What a permit by law binds to: the obligations still hold, and it needs the order alone."""
        return self._bound(facts, (), (), by_law=True)

    def _bound(
        self, facts: Facts, rules: tuple[Rule, ...], grounds: tuple[tuple[str, str], ...], *, by_law: bool
    ) -> Answer:
        found = _found(grounds)
        row = in_a_row(facts, found, is_by_law=by_law)
        _, bound, errors = self._ask("obligations", row, lambda: _with_grounds(facts, found, isByLaw=by_law))
        if errors:
            return Answer(permits=False, rules=(), errors=errors, grounds=grounds)
        obligations = sorted({rule.marks["obligation"] for rule in bound if "obligation" in rule.marks})
        needs = tuple(rule.marks["need"] for rule in bound if "need" in rule.marks)
        return Answer(permits=True, rules=rules, grounds=grounds, obligations=tuple(obligations), needs=needs)

    def _ask(self, stage: str, row: Row, attributes: Attributes) -> tuple[bool, tuple[Rule, ...], tuple[str, ...]]:
        """Whether a stage permits, the rules that settled it, and what went wrong: put together as Cedar does it.

        Where a rule forbids, none can permit; where something went wrong, nothing is permitted.
        """
        forbids, permits = self._heard[stage]
        question = _Question(self.protocol, stage, attributes)
        spoke, errors = _hear(forbids, row, question)
        if spoke or errors:
            return False, spoke, errors
        spoke, errors = _hear(permits, row, question)
        return (False, (), errors) if errors else (bool(spoke), spoke, ())


class _Question:
    """Facts put to Cedar, made only where a rule has not yet heard them."""

    def __init__(self, protocol: Protocol, stage: str, attributes: Attributes) -> None:
        self._protocol, self._stage, self._attributes = protocol, stage, attributes

    @cached_property
    def _asked(self) -> tuple[dict[str, Any], cedarpy.Entities]:
        attributes, action = self._attributes(), self._protocol.stages[self._stage].action
        who, what = ({"type": f"KDSP::{kind}", "id": "it"} for kind in _TYPES[action])
        entities = [
            {"uid": who, "attrs": attributes["principal"], "parents": []},
            {"uid": what, "attrs": attributes["resource"], "parents": []},
        ]
        asked = {
            "principal": who,
            "action": {"type": "KDSP::Action", "id": action},
            "resource": what,
            "context": json.dumps(attributes["context"]),
        }
        return asked, cedarpy.Entities.from_json_str(json.dumps(entities), self._protocol.schema)

    def put_to(self, rule: Rule) -> bool | tuple[str, ...]:
        """Whether the rule speaks of these facts, or why Cedar could not say."""
        try:
            asked, entities = self._asked
        except ValueError as error:
            return (str(error),)
        result = cedarpy.is_authorized(asked, rule.policy, entities, self._protocol.schema)
        if result.diagnostics.errors:
            return tuple(str(error) for error in result.diagnostics.errors)
        if result.decision not in (cedarpy.Decision.Allow, cedarpy.Decision.Deny):
            return (f"Cedar gave no decision on {rule.id}",)
        return bool(result.diagnostics.reasons)


def _hear(choirs: Iterable[_Choir], row: Row, question: _Question) -> tuple[tuple[Rule, ...], tuple[str, ...]]:
    """The rules that speak, by id, and what went wrong."""
    spoke: list[Rule] = []
    errors: list[str] = []
    for choir in choirs:
        rules, faults = choir.said.get(choir.facts(row)) or choir.hear(row, question)
        spoke += rules
        errors += faults
    spoke.sort(key=_ID)
    return tuple(spoke), tuple(dict.fromkeys(errors))


def _listen(stage: Stage) -> tuple[tuple[_Choir, ...], tuple[_Choir, ...]]:
    """The rules that forbid and those that permit, ready to be heard."""
    places = {path: place for place, path in enumerate(_PATHS.get(stage.name, RECIPIENT_PATHS))}
    heard = [_Heard(rule, tuple(places[path] for path in rule.reads)) for rule in stage.rules.values()]
    return (
        _choirs(one for one in heard if one.rule.effect == "forbid"),
        _choirs(one for one in heard if one.rule.effect == "permit"),
    )


def _choirs(rules: Iterable[_Heard]) -> tuple[_Choir, ...]:
    """The rules in a few choirs, the one that reads most first, each where it adds least to what is read."""
    choirs: list[tuple[set[int], list[_Heard]]] = []
    for heard in sorted(rules, key=lambda one: (-len(one.places), one.rule.id)):
        fitting = [(len(read | set(heard.places)) - len(read), read, ones) for read, ones in choirs]
        fitting = [one for one in fitting if len(one[1]) + one[0] <= _FACTS_OF_A_CHOIR]
        if fitting:
            _, read, ones = min(fitting, key=lambda one: one[0])
            read.update(heard.places)
            ones.append(heard)
        else:
            choirs.append((set(heard.places), [heard]))
    return tuple(_Choir(tuple(ones), _picking(sorted(read))) for read, ones in choirs)


def _picking(places: list[int]) -> Callable[[Row], Any]:
    return itemgetter(*places) if places else lambda _: ()


_ID: Final = attrgetter("id")
_NONE_FOUND: Final = ((),) * len(GROUNDS)


@lru_cache(maxsize=1024)
def _found(grounds: tuple[tuple[str, str], ...]) -> tuple[tuple[str, ...], ...]:
    """By what each of audience, remit and need is met, in this order."""
    return tuple(tuple(sorted({by for what, by in grounds if what == ground})) for ground in GROUNDS)


def _with_grounds(facts: Facts, found: tuple[tuple[str, ...], ...], **more: bool) -> Mapping[str, Any]:
    context = {"asking": as_attributes(facts.asking), **dict(zip(GROUNDS, map(list, found), strict=True)), **more}
    return {
        "principal": as_attributes(facts.recipient),
        "resource": as_attributes(facts.report),
        "context": context,
    }


@lru_cache(maxsize=8)
def engine_for(protocol: str) -> Engine:
    """The engine of a protocol, made when first asked for."""
    return Engine(protocol_named(protocol))
