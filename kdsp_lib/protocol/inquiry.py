"""What the register says about a request: standing, audience, coverage by instruments, as facts for the policies.

Nothing here is a rule. Whatever concerns the report alone is found once and shared by every recipient of a group.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from kdsp_lib.protocol.community import Community
from kdsp_lib.protocol.facts import AskingFacts, Facts, RecipientFacts, ReportFacts, RequesterFacts
from kdsp_lib.protocol.instrument import ConfidentialityAgreement, Duty, HeadsAgreement
from kdsp_lib.protocol.request import Request
from kdsp_lib.protocol.vocabulary import kind_of

_IN_DUTY = ("officer", "partner")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A recipient as it is decided: a member of a group alone, an appointee for one establishment that it acts for."""

    party: str
    urn: str | None = None
    """The establishment that receives, or that the appointee acts for."""
    names: frozenset[str] = frozenset()
    """Every name by which a list covers it."""


class Inquiry:
    """One request put to the community of its day."""

    def __init__(self, request: Request, community: Community) -> None:
        self.request = request
        self.community = community
        self.receiving = request.receiving if request.detail == "individual" else frozenset[str]()
        """Establishments that the pupils are transferring to: without effect at other details than individual."""
        self.one_subject = next(iter(request.subjects)) if len(request.subjects) == 1 else None
        self.members = frozenset(community.members(request.group)) if request.group else frozenset[str]()

    def candidate(self, party: str, acting_for: str | None = None) -> Candidate:
        """A recipient that is no group."""
        urn = acting_for
        if urn is None and kind_of(party) == "establishment":
            urn = party.removeprefix("establishment:")
        names = self.community.named_as(urn) if urn else frozenset[str]()
        return Candidate(party, urn, names if party in names else names | {party})

    def facts(self, candidate: Candidate) -> Facts:
        """All facts about one recipient."""
        return Facts(self._recipient(candidate), self.report, self._asking(candidate))

    @cached_property
    def report(self) -> ReportFacts:
        request, community = self.request, self.community
        subjects = request.subjects
        purpose = request.purpose
        return ReportFacts(
            level=request.level,
            detail=request.detail,
            item=request.item or "none",
            categories=tuple(sorted(request.categories)),
            subjects="one" if self.one_subject else "several" if subjects else "none",
            subjects_are_in_group=request.group is None or subjects <= self.members,
            is_commissioned=any(purpose in community.commissions.get(urn, ()) for urn in subjects),
            is_promotional=request.is_promotional,
            is_current=request.is_current,
            is_signed_off=request.is_signed_off,
            some_subject_is_no_signatory=any(not community.is_signatory(urn) for urn in subjects),
        )

    @cached_property
    def requester(self) -> RequesterFacts:
        party = self.request.requester
        kind, person = kind_of(party), self.community.people.get(party)
        return RequesterFacts(
            kind=kind,
            has_signed=person is None or person.has_signed,
            is_in_post=person is None or person.is_in_post,
            has_duty=any(self.covering_duties(party)),
            is_one_subject=self.one_subject is not None and party == f"establishment:{self.one_subject}",
            acts_for_one_subject=any(
                appointment.establishment == self.one_subject
                for appointment in self.community.appointments.get(party, ())
            ),
        )

    def _recipient(self, candidate: Candidate) -> RecipientFacts:
        community, party, urn = self.community, candidate.party, candidate.urn
        person = community.people.get(party)
        agreed = {agreement.detail for agreement in self.inclusive_agreements(candidate)}
        return RecipientFacts(
            kind=kind_of(party),
            standing=community.standings[urn] if urn else "none",
            has_signed=person is None or person.has_signed,
            is_in_post=person is None or person.is_in_post,
            is_one_subject=urn is not None and urn == self.one_subject,
            is_receiving=urn in self.receiving,
            is_member=urn in self.members,
            is_stakeholder=any(self.stakeholder_ends(candidate)),
            has_duty=any(self.covering_duties(party)),
            has_agreement=any(self.confidentiality_agreements(party)),
            is_in_cluster_agreement=any(self.cluster_agreement_ends(candidate)),
            has_heads_agreement=bool(agreed),
            has_individual_heads_agreement="individual" in agreed,
        )

    def _asking(self, candidate: Candidate) -> AskingFacts:
        others = self.others(candidate)
        standings = {self.community.standings[urn] for urn in others}
        agrees, by_consent, by_agreement = self._identification(candidate)
        return AskingFacts(
            purpose=self.request.purpose,
            requester=self.requester,
            another_is_a_subject=bool(others),
            another_is_withdrawn="withdrawn" in standings,
            another_is_unsigned="unsigned" in standings,
            heads_consent_to_item=all(any(self.item_consent_ends(urn, candidate)) for urn in others),
            everyone_agrees_to_be_identified=agrees,
            some_agree_by_consent=by_consent,
            some_agree_by_heads_agreement=by_agreement,
            suppresses_when_required=self.request.suppression == "when-required",
        )

    def others(self, candidate: Candidate) -> frozenset[str]:
        """The subjects that are not the recipient."""
        return self.request.subjects - {candidate.urn} if candidate.urn else self.request.subjects

    def covering_duties(self, party: str) -> Iterator[Duty]:
        """Live duties of an officer or partner that each need all categories for the purpose."""
        if kind_of(party) in _IN_DUTY:
            for duty in self.community.duties.get(party, ()):
                if self.request.purpose in duty.purposes and self.request.categories <= duty.categories:
                    yield duty

    def confidentiality_agreements(self, party: str) -> Iterator[ConfidentialityAgreement]:
        """Live agreements of an external that clause 2 accepts for this request."""
        request, community = self.request, self.community
        for agreement in community.agreements.get(party, ()):
            if (
                agreement.purpose == request.purpose
                and agreement.signed_on is not None
                and agreement.signed_on <= request.on
                and agreement.issued_by_area_lead
                and request.subjects <= set(community.members(agreement.collaborative))
            ):
                yield agreement

    def stakeholder_ends(self, candidate: Candidate) -> Iterator[date]:
        """Until when the one subject names the recipient as a stakeholder."""
        if self.one_subject:
            named = self.community.stakeholders.get(self.one_subject, {})
            yield from (named[name] for name in candidate.names if name in named)

    def cluster_agreement_ends(self, candidate: Candidate) -> Iterator[date]:
        """Until when every member of the cluster agrees to the recipient. An empty cluster agrees to nothing."""
        for agreement in self.community.cluster_agreements.get(self.request.group or "", ()):
            if self.members and self.members <= agreement.agreed_by and candidate.names & agreement.recipients:
                yield agreement.until

    def inclusive_agreements(self, candidate: Candidate) -> Iterator[HeadsAgreement]:
        """Heads' agreements for all categories that name the recipient and each include every subject."""
        for agreement in self._heads_agreements(candidate):
            if self.request.subjects <= agreement.establishments:
                yield agreement

    def item_consent_ends(self, urn: str, candidate: Candidate) -> Iterator[date]:
        """Until when a head consents to the item (bespoke where none is set) for the recipient."""
        consents = self.community.consents.get((urn, self.request.item or "bespoke"), {})
        yield from (consents[name] for name in candidate.names if name in consents)

    def identification_ends(self, candidate: Candidate) -> Iterator[tuple[tuple[date, ...], tuple[date, ...]]]:
        """For each establishment of the group and each subject: the ends of its consents, of its agreements."""
        agreements = [a for a in self._heads_agreements(candidate) if a.detail == "establishment"]
        for urn in sorted(self.members | self.request.subjects):
            consents = self.community.consents.get((urn, "identify"), {})
            yield (
                tuple(consents[name] for name in candidate.names if name in consents),
                tuple(agreement.until for agreement in agreements if urn in agreement.establishments),
            )

    def _identification(self, candidate: Candidate) -> tuple[bool, bool, bool]:
        if self.request.detail != "establishment" or not self.members:
            return False, False, False
        by_consent = by_agreement = False
        for consents, agreements in self.identification_ends(candidate):
            if consents:
                by_consent = True
            elif agreements:
                by_agreement = True
            else:
                return False, False, False
        return True, by_consent, by_agreement

    def _heads_agreements(self, candidate: Candidate) -> Iterator[HeadsAgreement]:
        for name in candidate.names:
            for agreement in self.community.heads_agreements.get(name, ()):
                if self.request.categories <= agreement.categories:
                    yield agreement
