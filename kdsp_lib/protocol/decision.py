"""The decision: permit or deny, with the clauses that settled it, what it obliges, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple

from kdsp_lib.protocol.community import Community
from kdsp_lib.protocol.engine import Answer, Engine, engine_for
from kdsp_lib.protocol.facts import AddresseeFacts, Facts, LawFacts
from kdsp_lib.protocol.inquiry import Candidate, Inquiry
from kdsp_lib.protocol.law import citations, law_facts
from kdsp_lib.protocol.policy import Rule
from kdsp_lib.protocol.request import Request
from kdsp_lib.protocol.retention import permit_end
from kdsp_lib.protocol.vocabulary import FOREVER, is_group, kind_of, sort_clauses

_REMEMBERED: Final = 4096
RETAIN_UNTIL: Final = "retain-until: "
_LEVELS: Final = ("levels",)
"""The table of levels, which says who the audience is: here of one that is no longer, or was not yet, of the group."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A rule that spoke: its clause, its id, and its words."""

    clause: str
    rule: str
    text: str


class Settled(NamedTuple):
    """One recipient's answer and the facts it rests on, kept so that they can be shown."""

    candidate: Candidate
    facts: Facts | None
    answer: Answer
    until: date = FOREVER
    addressed: LawFacts | AddresseeFacts | None = None
    """What the law or the rules on recipients were asked about, where they settled it."""
    notes: tuple[str, ...] = ()
    """What a person should see beside the facts: the citation of a legal order."""

    @property
    def party(self) -> str:
        return self.candidate.party


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to a request. Whatever is not a permit is a denial."""

    decision: Literal["permit", "deny"]
    clauses: tuple[str, ...]
    obligations: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    permitted: tuple[str, ...] = ()
    """Parties that may receive. Of a denied group, those that could, were they asked for alone."""
    refused: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    settled: tuple[Settled, ...] = ()

    @property
    def is_permit(self) -> bool:
        return self.decision == "permit"

    @property
    def retain_until(self) -> date | None:
        """The day on which the output expires; ``None`` where nothing ends it."""
        if not self.is_permit:
            return None
        end = min((one.until for one in self.settled if one.answer.permits), default=FOREVER)
        return None if end == FOREVER else end

    def to_json(self) -> dict[str, Any]:
        """The decision as the protocol's page spells it."""
        return {
            "decision": self.decision,
            "clauses": list(self.clauses),
            "obligations": list(self.obligations),
            "reasons": [{"clause": r.clause, "rule": r.rule, "text": r.text} for r in self.reasons],
            "recipients": {
                "permitted": list(self.permitted),
                "refused": {party: list(clauses) for party, clauses in self.refused.items()},
            },
        }


def decide(request: Request, community: Community) -> Decision:
    """Whether the recipient may have the report: a pure function of the request and the community of its day."""
    engine = engine_for(request.protocol)
    inquiry = Inquiry(request, community)
    facts = law_facts(inquiry)
    by_law = engine.law(facts)
    if by_law is not None:
        return _settled_by_law(facts, by_law, inquiry, engine)
    kind = kind_of(request.recipient)
    if is_group(request.recipient):
        return _for_a_group(inquiry, engine, kind)
    if kind == "appointee":
        return _for_an_appointee(inquiry, engine)
    return _for_one(_settle(inquiry.candidate(request.recipient), inquiry, engine))


def holding_on_both(then: Decision, now: Decision) -> Decision:
    """A permit that holds on two days: it binds to what either binds to, and goes to those whom both permit.

    It ends with whichever ends first. A denial where nobody is permitted on both days.
    """
    permitted = tuple(party for party in then.permitted if party in now.permitted)
    no_longer = {party: now.refused.get(party, _LEVELS) for party in then.permitted if party not in now.permitted}
    refused = MappingProxyType({**then.refused, **no_longer})
    if not permitted:
        return Decision("deny", _LEVELS, refused=refused)
    ends = [end for end in (then.retain_until, now.retain_until) if end is not None]
    bound = {each for one in (then, now) for each in one.obligations if not each.startswith(RETAIN_UNTIL)}
    until = min(ends, default=FOREVER)
    return replace(
        then,
        clauses=sort_clauses({*then.clauses, *now.clauses}),
        obligations=tuple(sorted({*bound, *(RETAIN_UNTIL + end.isoformat() for end in ends if end == until)})),
        reasons=tuple(dict.fromkeys((*then.reasons, *now.reasons))),
        permitted=permitted,
        refused=refused,
        settled=tuple(one._replace(until=min(one.until, until)) for one in then.settled),
    )


def _settle(candidate: Candidate, inquiry: Inquiry, engine: Engine) -> Settled:
    facts = inquiry.facts(candidate)
    answer = engine.decide(facts)
    until = permit_end(inquiry, candidate, answer) if answer.permits else FOREVER
    return Settled(candidate, facts, answer, until)


def _settled_by_law(asked: LawFacts, by_law: Answer, inquiry: Inquiry, engine: Engine) -> Decision:
    party = inquiry.request.recipient
    candidate = Candidate(party) if is_group(party) else inquiry.candidate(party)
    if not by_law.permits:
        return _for_one(Settled(candidate, None, by_law, addressed=asked, notes=citations(inquiry, "prohibit")))
    facts = inquiry.facts(candidate)
    bound = engine.obligations(facts)
    answer = Answer(bound.permits, by_law.rules, bound.errors, (), bound.obligations, bound.needs)
    until = permit_end(inquiry, candidate, answer)
    return _for_one(Settled(candidate, facts, answer, until, asked, citations(inquiry, "require")))


def _for_one(settled: Settled) -> Decision:
    if settled.answer.permits:
        return _permit((settled,), (settled.party,), {})
    return _deny((settled,), (), {settled.party: settled.answer.clauses})


def _for_an_appointee(inquiry: Inquiry, engine: Engine) -> Decision:
    """Decided for each establishment it acts for, as if that one received; the first permit decides."""
    party = inquiry.request.recipient
    appointments = inquiry.community.appointments.get(party, ())
    addressee = AddresseeFacts("appointee", inquiry.detail, bool(appointments), False, False, "none")
    nobody = engine.recipients(addressee)
    if nobody is not None:
        return _for_one(Settled(inquiry.candidate(party), None, nobody, addressed=addressee))
    tried: list[Settled] = []
    for appointment in appointments:
        settled = _settle(inquiry.candidate(party, appointment.establishment), inquiry, engine)
        if settled.answer.permits:
            return _for_one(settled)
        tried.append(settled)
    return _deny(tuple(tried), (), {party: _clauses(tuple(one.answer for one in tried))})


def _for_a_group(inquiry: Inquiry, engine: Engine, kind: str) -> Decision:
    """Member by member: signatories are decided one by one, other members receive nothing."""
    community, detail = inquiry.community, inquiry.detail
    settled: list[Settled] = []
    refused: dict[str, tuple[str, ...]] = {}
    members = community.members(inquiry.request.recipient)
    by_standing = {
        standing: engine.recipients(AddresseeFacts("establishment", detail, False, False, True, standing))
        for standing in dict.fromkeys(community.standings[urn] for urn in members)
    }
    for urn in members:
        party = f"establishment:{urn}"
        left_out = by_standing[community.standings[urn]]
        if left_out is not None:
            refused[party] = left_out.clauses
            continue
        one = _settle(inquiry.candidate(party), inquiry, engine)
        settled.append(one)
        if not one.answer.permits:
            refused[party] = one.answer.clauses
    has_signatory = any(map(community.is_signatory, members))
    addressee = AddresseeFacts(kind, detail, False, has_signatory, False, "none")
    nobody = engine.recipients(addressee)
    if nobody is not None:
        group = Candidate(inquiry.request.recipient)
        return _deny((Settled(group, None, nobody, addressed=addressee),), (), refused)
    permitted = tuple(one.party for one in settled if one.answer.permits)
    if settled and len(permitted) == len(settled):
        return _permit(tuple(settled), permitted, refused)
    return _deny(tuple(settled), permitted, refused)


def _permit(settled: tuple[Settled, ...], permitted: tuple[str, ...], refused: dict[str, tuple[str, ...]]) -> Decision:
    answers = tuple(dict.fromkeys(one.answer for one in settled))
    obligations = {obligation for answer in answers for obligation in answer.obligations}
    end = min(one.until for one in settled)
    if end != FOREVER:
        obligations.add(RETAIN_UNTIL + end.isoformat())
    return Decision(
        "permit",
        _clauses(answers),
        tuple(sorted(obligations)),
        _reasons(answers),
        permitted,
        MappingProxyType(refused),
        settled,
    )


def _deny(settled: tuple[Settled, ...], permitted: tuple[str, ...], refused: dict[str, tuple[str, ...]]) -> Decision:
    answers = tuple(dict.fromkeys(one.answer for one in settled if not one.answer.permits))
    return Decision(
        "deny",
        _clauses(answers),
        (),
        _reasons(answers),
        permitted,
        MappingProxyType(refused),
        settled,
    )


def _clauses(answers: tuple[Answer, ...]) -> tuple[str, ...]:
    if len(answers) == 1:
        return answers[0].clauses
    return sort_clauses(clause for answer in answers for clause in answer.clauses)


def _reasons(answers: tuple[Answer, ...]) -> tuple[Reason, ...]:
    reasons = _in_words(tuple(dict.fromkeys(rule for answer in answers for rule in answer.rules)))
    errors = dict.fromkeys(error for answer in answers for error in answer.errors)
    text = "A rule could not be evaluated, so nothing is permitted: {}"
    return (*reasons, *(Reason("", "engine", text.format(error)) for error in errors))


@lru_cache(maxsize=_REMEMBERED)
def _in_words(rules: tuple[Rule, ...]) -> tuple[Reason, ...]:
    """The rules by clause and id."""
    order = {clause: place for place, clause in enumerate(sort_clauses(rule.clause for rule in rules))}
    ordered = sorted(rules, key=lambda rule: (order[rule.clause], rule.id))
    return tuple(Reason(rule.clause, rule.id, rule.prose) for rule in ordered)
