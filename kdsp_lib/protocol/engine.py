"""Cedar, asked stage by stage and rule by rule about facts; equal facts reuse an answer.

What a rule says hangs on nothing but the facts that it reads, so Cedar is asked once for each rule and each set of
values of those facts, and what it said is put together as Cedar does it: a ``forbid`` that speaks denies; else a
``permit`` that speaks allows; else nothing is allowed. A property test holds this to Cedar's own answers on whole
stages.

Cedar skips a rule whose evaluation fails, a ``forbid`` too, and may then allow. So an answer with any error in it is
no answer: the request is refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from operator import itemgetter
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

Row = tuple[Any, ...]
Attributes = Callable[[], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
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

    @property
    def clauses(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(rule.clause for rule in self.rules))

    def grounds_for(self, what: str) -> frozenset[str]:
        return frozenset(by for ground, by in self.grounds if ground == what)


@dataclass(frozen=True, slots=True, eq=False)
class _Heard:
    """One rule and what it has said, by the values of the facts that it reads: True where it spoke, or the errors."""

    rule: Rule
    values: Callable[[Row], Any]
    said: dict[Any, bool | tuple[str, ...]] = field(default_factory=dict)


class Engine:
    """One protocol, ready to be asked. Holds nothing but answers to facts that it has seen."""

    def __init__(self, protocol: Protocol) -> None:
        self.protocol = protocol
        self._heard = {name: _listen(stage) for name, stage in protocol.stages.items()}
        rules = (rule for stage in protocol.stages.values() for rule in stage.rules.values())
        self._listed = frozenset[str]().union(*(rule.lists for rule in rules))
        self._told_apart = lru_cache(maxsize=1024)(self._tell_apart)
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
        answer = self._ask(stage, facts, facts.to_json)
        return answer if answer.rules or answer.errors else None

    def _decide(self, facts: Facts) -> Answer:
        """The decision upon facts, with grounds, obligations and needs."""
        asked = self._ask("grounds", self._row(facts, _NONE_FOUND), facts.to_json)
        grounds = tuple((rule.marks["ground"], rule.marks["by"]) for rule in asked.rules)
        if asked.errors:
            return Answer(permits=False, errors=asked.errors)
        found = _found(grounds)
        answer = self._ask("rules", self._row(facts, found), lambda: _with_grounds(facts, found))
        if not answer.permits:
            return Answer(permits=False, rules=answer.rules, errors=answer.errors, grounds=grounds)
        return self._bound(facts, answer.rules, grounds, by_law=False)

    def _obligations(self, facts: Facts) -> Answer:
        """What a permit by law binds to: the obligations still hold, and it needs the order alone."""
        return self._bound(facts, (), (), by_law=True)

    def _bound(
        self, facts: Facts, rules: tuple[Rule, ...], grounds: tuple[tuple[str, str], ...], *, by_law: bool
    ) -> Answer:
        found = _found(grounds)
        row = self._row(facts, found, is_by_law=by_law)
        bound = self._ask("obligations", row, lambda: _with_grounds(facts, found, isByLaw=by_law))
        if bound.errors:
            return Answer(permits=False, rules=(), errors=bound.errors, grounds=grounds)
        obligations = sorted({rule.marks["obligation"] for rule in bound.rules if "obligation" in rule.marks})
        needs = tuple(rule.marks["need"] for rule in bound.rules if "need" in rule.marks)
        return Answer(permits=True, rules=rules, grounds=grounds, obligations=tuple(obligations), needs=needs)

    def _row(self, facts: Facts, found: tuple[tuple[str, ...], ...], *, is_by_law: bool = False) -> Row:
        """The facts to remember by. A category that no rule lists is to every rule like any other such."""
        return in_a_row(facts, self._told_apart(facts.report.categories), found, is_by_law=is_by_law)

    def _tell_apart(self, categories: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(sorted({category if category in self._listed else "another" for category in categories}))

    def _ask(self, stage: str, row: Row, attributes: Attributes) -> Answer:
        """What a stage says of facts, put together as Cedar does it. Where a rule forbids, none can permit."""
        forbids, permits = self._heard[stage]
        question = _Question(self.protocol, stage, attributes)
        spoke, errors = _hear(forbids, row, question)
        if not spoke and not errors:
            spoke, errors = _hear(permits, row, question)
            return Answer(permits=bool(spoke) and not errors, rules=() if errors else spoke, errors=errors)
        return Answer(permits=False, rules=spoke, errors=errors)


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


def _hear(rules: tuple[_Heard, ...], row: Row, question: _Question) -> tuple[tuple[Rule, ...], tuple[str, ...]]:
    """The rules that speak, and what went wrong."""
    spoke: list[Rule] = []
    errors: list[str] = []
    for heard in rules:
        values = heard.values(row)
        said = heard.said.get(values)
        if said is None:
            said = heard.said[values] = question.put_to(heard.rule)
        if said is True:
            spoke.append(heard.rule)
        elif said:
            errors += said
    return tuple(spoke), tuple(dict.fromkeys(errors))


def _listen(stage: Stage) -> tuple[tuple[_Heard, ...], tuple[_Heard, ...]]:
    """The rules that forbid and those that permit, ready to be heard."""
    places = {path: place for place, path in enumerate(_PATHS.get(stage.name, RECIPIENT_PATHS))}
    rules = sorted(stage.rules.values(), key=lambda rule: rule.id)
    heard = [_Heard(rule, _picking([places[path] for path in rule.reads])) for rule in rules]
    return (
        tuple(one for one in heard if one.rule.effect == "forbid"),
        tuple(one for one in heard if one.rule.effect == "permit"),
    )


def _picking(places: list[int]) -> Callable[[Row], Any]:
    return itemgetter(*places) if places else lambda _: ()


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
