"""A decision explained to a person: the answer, each rule that spoke, the facts it saw, and the way out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kdsp_lib.errors import Fault, NotAuthorised
from kdsp_lib.protocol.decision import Decision, Settled
from kdsp_lib.protocol.mending import Change, in_words
from kdsp_lib.protocol.policy import GROUNDS, Rule
from kdsp_lib.protocol.request import Request
from kdsp_lib.protocol.table import Table
from kdsp_lib.protocol.wording import say


@dataclass(frozen=True, slots=True)
class Spoken:
    """One rule that settled the decision, for the parties it was settled for."""

    clause: str
    rule: str
    text: str
    parties: tuple[str, ...]
    facts: tuple[str, ...]
    remedy: str
    """What would have to change for this rule to fall silent; empty for a rule that permits."""
    notes: tuple[str, ...] = ()
    """Which order it was: for the registrar alone."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision as it is shown to whoever asked."""

    answer: str
    spoken: tuple[Spoken, ...]
    obligations: tuple[str, ...]
    remedies: tuple[str, ...]
    """All that would have to change for a permit, together."""
    left_out: tuple[str, ...] = ()
    """Members of a permitted group that receive nothing, each with the clause."""
    ways: tuple[str, ...] = ()
    """The ways to a permit by the fewest changes, each enough; empty where there is none, or none was looked for."""

    def to_text(self, *, to_registrar: bool = False) -> str:
        """In sentences. Whose act or which order stood in the way, the registrar alone reads."""
        lines = [self.answer]
        for one in self.spoken:
            lines += ["", f"  {one.rule}", f"    {one.text}"]
            if to_registrar and (len(one.parties) > 1 or len({spoken.parties for spoken in self.spoken}) > 1):
                lines.append(f"    for      {', '.join(one.parties)}")
            facts = (*one.facts, *one.notes) if to_registrar else one.facts
            if facts:
                lines.append(f"    because  {'; '.join(facts)}")
            if one.remedy:
                lines.append(f"    to mend  {one.remedy}")
        if self.obligations:
            lines += ["", "  It obliges to", *(f"    {obligation}" for obligation in self.obligations)]
        if self.left_out and to_registrar:
            lines += ["", "  These members receive nothing", *(f"    {member}" for member in self.left_out)]
        elif self.left_out:
            lines += ["", f"  Members of the group that receive nothing: {len(self.left_out)}"]
        if self.ways:
            enough = "this is enough:" if len(self.ways) == 1 else "any one of these is enough:"
            lines += ["", f"  For a permit, {enough}", *(f"    - {way}" for way in self.ways)]
        elif len(self.remedies) > 1:
            lines += ["", "  For a permit, all of these:", *(f"    - {remedy}" for remedy in self.remedies)]
        return "\n".join(lines)


def explain(decision: Decision, request: Request, ways: Sequence[Sequence[Change]] = ()) -> Explanation:
    """Why the decision is as it is: on a denial each rule that forbids, on a permit each that permits.

    ``ways`` are those of :func:`kdsp_lib.protocol.mending.ways_to_permit`, to be shown with a denial.
    """
    rules: dict[Rule, list[Settled]] = {}
    for one in decision.settled:
        if one.answer.permits == decision.is_permit:
            for rule in one.answer.rules:
                rules.setdefault(rule, []).append(one)
    places = {reason.rule: place for place, reason in enumerate(decision.reasons)}
    spoken = [_spoken(rule, ones) for rule, ones in sorted(rules.items(), key=lambda item: places[item[0].id])]
    spoken += [Spoken("", r.rule, r.text, (), (), "report this fault") for r in decision.reasons if not r.clause]
    remedies = tuple(dict.fromkeys(one.remedy for one in spoken if one.remedy))
    left_out = (
        tuple(f"{party} (clause {', '.join(clauses)})" for party, clauses in decision.refused.items())
        if decision.is_permit
        else ()
    )
    return Explanation(
        _answer(decision, request), tuple(spoken), decision.obligations, remedies, left_out, in_words(ways)
    )


def refusal(decision: Decision, request: Request) -> NotAuthorised:
    """The error to raise for a denial: each rule with its clause, and what would have to change."""
    explanation = explain(decision, request)
    return NotAuthorised(
        explanation.answer,
        faults=[Fault(one.rule, one.text) for one in explanation.spoken],
        clauses=decision.clauses,
        rule="; ".join(one.rule for one in explanation.spoken),
        remedy="; and ".join(explanation.remedies),
    )


def _answer(decision: Decision, request: Request) -> str:
    verb = "permits" if decision.is_permit else "does not permit"
    return (
        f"The protocol {verb} {request.recipient} to have {request.report} ({request.detail_word} detail, "
        f"{request.level_word} level) for {request.purpose} on {request.on.isoformat()}"
        f"{_clauses(decision.clauses, request.table)}."
    )


def _clauses(clauses: tuple[str, ...], table: Table) -> str:
    """Clauses by their numbers, parts of the protocol without a number by their headings."""
    numbers = [clause for clause in clauses if clause.isdigit()]
    named = [f"clause{'s' if len(numbers) > 1 else ''} {', '.join(numbers)}"] if numbers else []
    named += [table.clauses[clause] for clause in clauses if not clause.isdigit()]
    return f" ({' and '.join(named)})" if named else ""


def _spoken(rule: Rule, ones: list[Settled]) -> Spoken:
    facts = dict.fromkeys(fact for one in ones for path in rule.reads if (fact := say(path, _attributes(one))))
    return Spoken(
        rule.clause,
        rule.id,
        rule.prose,
        tuple(one.party for one in ones),
        tuple(facts),
        rule.marks.get("remedy", "") if rule.effect == "forbid" else "",
        tuple(dict.fromkeys(note for one in ones for note in one.notes)),
    )


def _attributes(one: Settled) -> dict[str, object]:
    """The facts as the rules saw them, grounds among them."""
    if one.addressed is not None:
        return one.addressed.to_json()
    if one.facts is None:
        return {}
    attributes = one.facts.to_json()
    attributes["context"].update({ground: sorted(one.answer.grounds_for(ground)) for ground in GROUNDS})
    return attributes
