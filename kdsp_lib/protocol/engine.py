"""Cedar, asked stage by stage about facts; equal facts reuse an answer.

Cedar skips a rule whose evaluation fails, a ``forbid`` too, and may then allow. So an answer with any error in it is
no answer: the request is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import cedarpy

from kdsp_lib.protocol.facts import AddresseeFacts, Facts, LawFacts, as_attributes
from kdsp_lib.protocol.policy import GROUNDS, Protocol, Rule, protocol_named

_OF_THE_REQUEST: Final = ("Addressee", "Matter")
_OF_A_RECIPIENT: Final = ("Recipient", "Report")
_TYPES: Final = {
    "obey": _OF_THE_REQUEST,
    "address": _OF_THE_REQUEST,
    "find-grounds": _OF_A_RECIPIENT,
    "share": _OF_A_RECIPIENT,
    "oblige": _OF_A_RECIPIENT,
}
_REMEMBERED: Final = 65_536


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


class Engine:
    """One protocol, ready to be asked. Holds nothing but answers to facts that it has seen."""

    def __init__(self, protocol: Protocol) -> None:
        self.protocol = protocol
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
        asked = facts.to_json()
        answer = self._ask(stage, asked["principal"], asked["resource"], asked["context"])
        return answer if answer.rules or answer.errors else None

    def _decide(self, facts: Facts) -> Answer:
        """The decision upon facts, with grounds, obligations and needs."""
        asked = self._ask("grounds", *self._attributes(facts), {"asking": as_attributes(facts.asking)})
        grounds = tuple((rule.marks["ground"], rule.marks["by"]) for rule in asked.rules)
        if asked.errors:
            return Answer(permits=False, errors=asked.errors)
        context = self._context(facts, grounds)
        answer = self._ask("rules", *self._attributes(facts), context)
        if not answer.permits:
            return Answer(permits=False, rules=answer.rules, errors=answer.errors, grounds=grounds)
        return self._bound(facts, answer.rules, grounds, by_law=False)

    def _obligations(self, facts: Facts) -> Answer:
        """What a permit by law binds to: the obligations still hold, and it needs the order alone."""
        return self._bound(facts, (), (), by_law=True)

    def _bound(
        self, facts: Facts, rules: tuple[Rule, ...], grounds: tuple[tuple[str, str], ...], *, by_law: bool
    ) -> Answer:
        context = {**self._context(facts, grounds), "isByLaw": by_law}
        bound = self._ask("obligations", *self._attributes(facts), context)
        if bound.errors:
            return Answer(permits=False, rules=(), errors=bound.errors, grounds=grounds)
        obligations = sorted({rule.marks["obligation"] for rule in bound.rules if "obligation" in rule.marks})
        needs = tuple(rule.marks["need"] for rule in bound.rules if "need" in rule.marks)
        return Answer(permits=True, rules=rules, grounds=grounds, obligations=tuple(obligations), needs=needs)

    @staticmethod
    def _attributes(facts: Facts) -> tuple[dict[str, Any], dict[str, Any]]:
        return as_attributes(facts.recipient), as_attributes(facts.report)

    @staticmethod
    def _context(facts: Facts, grounds: tuple[tuple[str, str], ...]) -> dict[str, Any]:
        found = {ground: sorted({by for what, by in grounds if what == ground}) for ground in GROUNDS}
        return {"asking": as_attributes(facts.asking), **found}

    def _ask(
        self, stage_name: str, principal: Mapping[str, Any], resource: Mapping[str, Any], context: Mapping[str, Any]
    ) -> Answer:
        stage = self.protocol.stages[stage_name]
        principal_type, resource_type = _TYPES[stage.action]
        who = {"type": f"KDSP::{principal_type}", "id": "the recipient"}
        what = {"type": f"KDSP::{resource_type}", "id": "the report"}
        result = cedarpy.is_authorized(
            {
                "principal": who,
                "action": {"type": "KDSP::Action", "id": stage.action},
                "resource": what,
                "context": dict(context),
            },
            stage.policies,
            [
                {"uid": who, "attrs": dict(principal), "parents": []},
                {"uid": what, "attrs": dict(resource), "parents": []},
            ],
            self.protocol.schema,
        )
        errors = tuple(str(error) for error in result.diagnostics.errors)
        known = result.diagnostics.id_annotations_by_reason.values()
        rules = tuple(sorted((stage.rules[rule_id] for rule_id in known), key=lambda rule: rule.id))
        allowed = result.decision is cedarpy.Decision.Allow
        if result.decision not in (cedarpy.Decision.Allow, cedarpy.Decision.Deny) and not errors:
            errors = (f"Cedar gave no decision in {stage_name}/",)
        return Answer(permits=allowed and not errors, rules=() if allowed and errors else rules, errors=errors)


@lru_cache(maxsize=8)
def engine_for(protocol: str) -> Engine:
    """The engine of a protocol, made when first asked for."""
    return Engine(protocol_named(protocol))
