"""What would have to change for a permit: the fewest changes with which the policies, asked again, would permit.

A change is of the request (another purpose, less detail) or of how things stand (somebody signs, a head consents). Each
is made to the request or to the facts as the rules see them, and the rules are asked: nothing is said to be a way that
they would not permit. What no change can mend (an order of law, the public) has no way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, Final, NamedTuple

from kdsp_lib.protocol.catalogue import catalogue_of
from kdsp_lib.protocol.community import Community
from kdsp_lib.protocol.decision import Decision
from kdsp_lib.protocol.engine import engine_for
from kdsp_lib.protocol.facts import Facts
from kdsp_lib.protocol.inquiry import Candidate, Inquiry
from kdsp_lib.protocol.request import Request
from kdsp_lib.protocol.vocabulary import DETAILS, is_group, kind_of

MOST: Final = 5
"""More changes than these are another question."""
_WAYS: Final = 6
"""How many ways are told to a person."""
_MAY_HAVE_DUTY: Final = ("officer", "partner")
_BY_SUBJECTS: Final = ("withdrawn-subjects-sign", "unsigned-subjects-sign")
_SIGN: Final = ("officer", "partner", "appointee")


class Change(NamedTuple):
    """One thing that would have to be otherwise."""

    name: str
    text: str
    value: str = ""
    """What to ask for instead, where the request changes."""


@dataclass(frozen=True, slots=True)
class _OfFacts:
    """A change of how things stand, where it makes sense: what it makes of the facts."""

    change: Change
    is_possible: Callable[[Facts, Inquiry], bool]
    recipient: tuple[tuple[str, Any], ...] = ()
    report: tuple[tuple[str, Any], ...] = ()
    requester: tuple[tuple[str, Any], ...] = ()
    asking: tuple[tuple[str, Any], ...] = ()

    def made(self, facts: Facts, inquiry: Inquiry) -> Facts:
        requester = dict(self.requester)
        if inquiry.request.recipient == inquiry.request.requester:
            requester |= {field: value for field, value in self.recipient if field in facts.asking.requester._fields}
        asking = facts.asking._replace(requester=facts.asking.requester._replace(**requester), **dict(self.asking))
        recipient, report = facts.recipient._replace(**dict(self.recipient)), facts.report._replace(**dict(self.report))
        return Facts(recipient, report, asking)


def _one_collaborative_has_all(_: Facts, inquiry: Inquiry) -> bool:
    areas = (group for group in inquiry.community.groups if kind_of(group) == "collaborative")
    return any(inquiry.request.subjects.issubset(inquiry.community.members(area)) for area in areas)


_CHANGES: Final = (
    _OfFacts(
        Change("recipient-signs", "the establishment that would receive signs the protocol, or signs it again"),
        lambda facts, _: facts.recipient.standing in ("unsigned", "withdrawn"),
        recipient=(("standing", "signatory"),),
    ),
    _OfFacts(
        Change("recipient-adheres", "the recipient, as a person, signs to adhere to the protocol"),
        lambda facts, _: facts.recipient.kind in _SIGN and not facts.recipient.has_signed,
        recipient=(("has_signed", True),),
    ),
    _OfFacts(
        Change("recipient-in-post", "the register shows the recipient in post on the day"),
        lambda facts, _: not facts.recipient.is_in_post,
        recipient=(("is_in_post", True),),
    ),
    _OfFacts(
        Change("stakeholder", "the head of the subject names the recipient as a stakeholder"),
        lambda facts, inquiry: inquiry.request.level == "school" and facts.report.subjects == "one",
        recipient=(("is_stakeholder", True),),
    ),
    _OfFacts(
        Change("recipient-duty", "the recipient has a duty that needs all these categories for this purpose"),
        lambda facts, _: facts.recipient.kind in _MAY_HAVE_DUTY,
        recipient=(("has_duty", True),),
    ),
    _OfFacts(
        Change(
            "confidentiality-agreement",
            "the area lead of the subjects' collaborative issues a confidentiality agreement for this purpose, and the "
            "recipient signs it",
        ),
        lambda facts, inquiry: facts.recipient.kind == "external" and _one_collaborative_has_all(facts, inquiry),
        recipient=(("has_agreement", True),),
    ),
    _OfFacts(
        Change("cluster-agreement", "every member of the cluster agrees to the recipient"),
        lambda _, inquiry: inquiry.request.level == "cluster" and bool(inquiry.members),
        recipient=(("is_in_cluster_agreement", True),),
    ),
    _OfFacts(
        Change("heads-agreement", "the heads of all subjects agree to share this with the recipient"),
        lambda facts, _: facts.report.subjects != "none",
        recipient=(("has_heads_agreement", True), ("has_individual_heads_agreement", True)),
    ),
    _OfFacts(
        Change(
            "identify-consents",
            "every establishment of the group, and each subject, agrees by its head to be identified to it",
        ),
        lambda _, inquiry: inquiry.request.detail == "establishment" and bool(inquiry.members),
        asking=(("everyone_agrees_to_be_identified", True), ("some_agree_by_consent", True)),
    ),
    _OfFacts(
        Change(
            "item-consents",
            "the agreement of the establishment, by the head of each subject, to it for the recipient",
        ),
        lambda facts, _: facts.asking.another_is_a_subject and not facts.asking.heads_consent_to_item,
        asking=(("heads_consent_to_item", True),),
    ),
    _OfFacts(
        Change("withdrawn-subjects-sign", "every subject that has withdrawn signs the protocol again"),
        lambda facts, _: facts.asking.another_is_withdrawn,
        asking=(("another_is_withdrawn", False),),
    ),
    _OfFacts(
        Change("unsigned-subjects-sign", "every subject that has not signed signs the protocol"),
        lambda facts, _: facts.asking.another_is_unsigned,
        asking=(("another_is_unsigned", False),),
    ),
    _OfFacts(
        Change("commission", "a subject commissions the work for this purpose"),
        lambda facts, _: facts.report.subjects != "none",
        report=(("is_commissioned", True),),
    ),
    _OfFacts(
        Change("not-promotional", "it is not meant to promote one establishment over another"),
        lambda facts, _: facts.report.is_promotional,
        report=(("is_promotional", False),),
    ),
    _OfFacts(
        Change("current-data", "the current data is used"),
        lambda facts, _: not facts.report.is_current,
        report=(("is_current", True),),
    ),
    _OfFacts(
        Change("signed-off", "the owner of the data signs it off"),
        lambda facts, _: not facts.report.is_signed_off,
        report=(("is_signed_off", True),),
    ),
    _OfFacts(
        Change("requester-adheres", "the requester signs to adhere to the protocol"),
        lambda facts, _: facts.asking.requester.kind in _SIGN and not facts.asking.requester.has_signed,
        requester=(("has_signed", True),),
    ),
    _OfFacts(
        Change("requester-in-post", "the register shows the requester in post on the day"),
        lambda facts, _: facts.asking.requester.kind in _SIGN and not facts.asking.requester.is_in_post,
        requester=(("is_in_post", True),),
    ),
    _OfFacts(
        Change("requester-duty", "the requester has a duty that needs all these categories for this purpose"),
        lambda facts, _: facts.asking.requester.kind in _MAY_HAVE_DUTY,
        requester=(("has_duty", True),),
    ),
    _OfFacts(
        Change("another-asks", "somebody asks who has signed, is in post and has such a duty"),
        lambda facts, _: facts.asking.requester.kind not in _MAY_HAVE_DUTY,
        requester=(("kind", "officer"), ("has_signed", True), ("is_in_post", True), ("has_duty", True)),
    ),
)


def ways_to_permit(decision: Decision, request: Request, community: Community) -> tuple[tuple[Change, ...], ...]:
    """The ways of the fewest changes, each with all its changes; none on a permit, or where none would do."""
    if decision.is_permit or not decision.settled or any(one.facts is None for one in decision.settled):
        return ()
    variants = [(told, _Asked(other, decision, community)) for told, other in _requests(request, community)]
    for number in range(1, MOST + 1):
        found: list[tuple[Change, ...]] = []
        for told, asked in variants:
            if len(told) <= number:
                found += [(*told, *ways) for ways in asked.permitted_by(number - len(told))]
        if found:
            return tuple(found)
    return ()


def in_words(ways: Sequence[Sequence[Change]]) -> tuple[str, ...]:
    """The ways as sentences, some of them; those that differ by what to ask for alone are one."""
    alike: dict[tuple[str, ...], list[Sequence[Change]]] = {}
    for way in ways:
        alike.setdefault(tuple(change.name for change in way), []).append(way)
    return tuple("; and ".join(map(_either, zip(*together, strict=True))) for together in alike.values())[:_WAYS]


def _either(changes: Sequence[Change]) -> str:
    return " or ".join(dict.fromkeys(change.text for change in changes))


class _Asked:
    """One request, ready to be asked again with changed facts."""

    def __init__(self, request: Request, decision: Decision, community: Community) -> None:
        self._inquiry = Inquiry(request, community)
        candidates = [one.candidate for one in decision.settled]
        self._facts = tuple(dict.fromkeys(map(self._inquiry.facts, candidates)))
        self._if_signed = tuple(dict.fromkeys(map(self._facts_if_signed, candidates)))
        self._joining = tuple(self._facts_of_those_joining())
        self._together = any if kind_of(request.recipient) == "appointee" else all
        self._decide = engine_for(request.protocol).decide
        self._possible = [
            change for change in _CHANGES if any(change.is_possible(facts, self._inquiry) for facts in self._facts)
        ]

    def permitted_by(self, number: int) -> Iterator[tuple[Change, ...]]:
        """Every so many changes of facts with which it is permitted."""
        for changes in combinations(self._possible, number):
            joining = self._joining if any(change.change.name in _BY_SUBJECTS for change in changes) else ()
            signs = any(change.change.name == "recipient-signs" for change in changes)
            receiving = (*(self._if_signed if signs else self._facts), *joining)
            asked = (self._changed(facts, changes) for facts in receiving)
            if self._together(self._decide(facts).permits for facts in asked):
                yield tuple(change.change for change in changes)

    def _facts_if_signed(self, candidate: Candidate) -> Facts:
        """Facts of a recipient whose establishment has signed: what is meant for every signatory is for it too."""
        if candidate.urn is None:
            return self._inquiry.facts(candidate)
        facts = self._inquiry.facts(candidate._replace(names=candidate.names | {"authority"}))
        return facts._replace(recipient=facts.recipient._replace(standing="signatory"))

    def _facts_of_those_joining(self) -> Iterator[Facts]:
        """Subjects that are no signatories yet: once they sign, they receive as members of the group do."""
        request, community = self._inquiry.request, self._inquiry.community
        if is_group(request.recipient):
            is_everybody = request.recipient == "authority"
            members = (
                request.subjects
                if is_everybody
                else request.subjects.intersection(community.members(request.recipient))
            )
            for urn in sorted(members):
                if not community.is_signatory(urn):
                    yield self._facts_if_signed(self._inquiry.candidate(f"establishment:{urn}"))

    def _changed(self, facts: Facts, changes: Sequence[_OfFacts]) -> Facts:
        for change in changes:
            if change.is_possible(facts, self._inquiry):
                facts = change.made(facts, self._inquiry)
        return facts


def _requests(request: Request, community: Community) -> Iterator[tuple[tuple[Change, ...], Request]]:
    """The request as it is, and with changes of what it asks for: purpose, detail, whom it is about."""
    for purpose in ("", *_purposes(request)):
        for detail in ("", *_details(request)):
            for subjects, told in _subjects(request, community):
                changes = [Change("purpose", f"the purpose is {purpose}", purpose)] if purpose else []
                if detail:
                    word = request.table.detail(detail)
                    changes.append(Change("detail", f"{word} detail is asked for", word))
                changes += [told] if told else []
                other = replace(request, purpose=purpose or request.purpose, detail=detail or request.detail)
                yield tuple(changes), replace(other, subjects=subjects)


def _details(request: Request) -> list[str]:
    """The details that tell less, of those that the report may have."""
    catalogued = catalogue_of(request.protocol).get(request.report)
    less = [kind for kind in DETAILS[DETAILS.index(request.detail) + 1 :] if kind in request.table.details.values()]
    return [detail for detail in less if catalogued is None or detail in catalogued.details]


def _purposes(request: Request) -> list[str]:
    """The other purposes in the remit of the level."""
    return sorted(request.table.levels[request.level_word].purposes - {request.purpose})


def _subjects(request: Request, community: Community) -> Iterator[tuple[frozenset[str], Change | None]]:
    """Whom the report is about, and fewer of them where some are left."""
    yield request.subjects, None
    for whom, kept in (
        ("members of the group", community.members(request.group or "")),
        ("signatories", community.members("authority")),
    ):
        fewer = request.subjects.intersection(kept)
        if fewer and fewer != request.subjects:
            yield fewer, Change("fewer-subjects", f"the subjects that are not {whom} are left out", whom)
