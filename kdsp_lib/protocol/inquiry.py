"""What the register says about a request: standing, audience, coverage by instruments, as facts for the policies.

Nothing here is a rule. Whatever concerns the report alone is found once and shared by every recipient of a group.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import NamedTuple

from kdsp_lib.protocol.community import Community
from kdsp_lib.protocol.facts import AskingFacts, Facts, RecipientFacts, ReportFacts, RequesterFacts
from kdsp_lib.protocol.instrument import ConfidentialityAgreement, Duty, HeadsAgreement
from kdsp_lib.protocol.request import Request
from kdsp_lib.protocol.vocabulary import kind_of

_IN_DUTY = ("officer", "partner")


class Candidate(NamedTuple):
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
        self.level, self.detail = request.level_word, request.detail_word
        """As the protocol calls them, for its rules."""
        self.receiving = request.receiving if request.detail == "individual" else frozenset[str]()
        """Whom the protocol's own rules know as receiving: at other details than individual nobody (the law does)."""
        self.one_subject = next(iter(request.subjects)) if len(request.subjects) == 1 else None
        self.members = frozenset(community.members(request.group)) if request.group else frozenset[str]()
        standings = [(urn, community.standings[urn]) for urn in request.subjects]
        self._withdrawn = frozenset(urn for urn, standing in standings if standing == "withdrawn")
        self._unsigned = frozenset(urn for urn, standing in standings if standing == "unsigned")

    def candidate(self, party: str, acting_for: str | None = None) -> Candidate:
        """A recipient that is no group."""
        urn = acting_for
        if urn is None and kind_of(party) == "establishment":
            urn = party.removeprefix("establishment:")
        names = self.community.named_as(urn) if urn else frozenset[str]()
        return Candidate(party, urn, names if party in names else names | {party})

    def facts(self, candidate: Candidate) -> Facts:
        """All facts about one recipient."""
        agreements = self.heads_agreements(candidate)
        return Facts(self._recipient(candidate, agreements), self.report, self._asking(candidate, agreements))

    @cached_property
    def report(self) -> ReportFacts:
        request, commissions = self.request, self.community.commissions
        subjects, purpose = request.subjects, request.purpose
        return ReportFacts(
            level=self.level,
            detail=self.detail,
            item=request.item or "none",
            categories=tuple(sorted(request.categories)),
            subjects="one" if self.one_subject else "several" if subjects else "none",
            subjects_are_in_group=request.group is None or subjects <= self.members,
            is_commissioned=any(purpose in commissions[urn] for urn in subjects & commissions.keys()),
            is_promotional=request.is_promotional,
            is_current=request.is_current,
            is_signed_off=request.is_signed_off,
            some_subject_is_no_signatory=bool(self._withdrawn or self._unsigned),
        )

    @cached_property
    def requester(self) -> RequesterFacts:
        party = self.request.requester
        kind, person = kind_of(party), self.community.people.get(party)
        return RequesterFacts(
            kind=kind,
            has_signed=person is None or person.has_signed,
            is_in_post=person is None or person.is_in_post,
            has_duty=bool(self.covering_duties(party)),
            is_one_subject=self.one_subject is not None and party == f"establishment:{self.one_subject}",
            acts_for_one_subject=any(
                appointment.establishment == self.one_subject
                for appointment in self.community.appointments.get(party, ())
            ),
        )

    def _recipient(self, candidate: Candidate, agreements: Sequence[HeadsAgreement]) -> RecipientFacts:
        community, party, urn = self.community, candidate.party, candidate.urn
        person = community.people.get(party)
        agreed = {agreement.detail for agreement in agreements if self.request.subjects <= agreement.establishments}
        return RecipientFacts(
            kind=kind_of(party),
            standing=community.standings[urn] if urn else "none",
            has_signed=person is None or person.has_signed,
            is_in_post=person is None or person.is_in_post,
            is_one_subject=urn is not None and urn == self.one_subject,
            is_receiving=urn in self.receiving,
            is_member=urn in self.members,
            is_stakeholder=bool(self.stakeholder_ends(candidate)),
            has_duty=bool(self.covering_duties(party)),
            has_agreement=bool(self.confidentiality_agreements(party)),
            is_in_cluster_agreement=bool(self.cluster_agreement_ends(candidate)),
            has_heads_agreement=bool(agreed),
            has_individual_heads_agreement="individual" in agreed,
        )

    def _asking(self, candidate: Candidate, agreements: Sequence[HeadsAgreement]) -> AskingFacts:
        agrees, by_consent, by_agreement = self._identification(candidate, agreements)
        urn, subjects = candidate.urn, self.request.subjects
        return AskingFacts(
            purpose=self.request.purpose,
            requester=self.requester,
            another_is_a_subject=_another(subjects, urn),
            another_is_withdrawn=_another(self._withdrawn, urn),
            another_is_unsigned=_another(self._unsigned, urn),
            heads_consent_to_item=self._heads_consent_to_item(candidate),
            everyone_agrees_to_be_identified=agrees,
            some_agree_by_consent=by_consent,
            some_agree_by_heads_agreement=by_agreement,
            suppresses_when_required=self.request.suppression == "when-required",
        )

    def _heads_consent_to_item(self, candidate: Candidate) -> bool:
        for urn in self.request.subjects:
            if urn != candidate.urn and not self.item_consent_ends(urn, candidate):
                return False
        return True

    def others(self, candidate: Candidate) -> frozenset[str]:
        """The subjects that are not the recipient."""
        return self.request.subjects - {candidate.urn} if candidate.urn else self.request.subjects

    def covering_duties(self, party: str) -> Sequence[Duty]:
        """Live duties of an officer or partner that each need all categories for the purpose."""
        if kind_of(party) not in _IN_DUTY:
            return ()
        request = self.request
        return [
            duty
            for duty in self.community.duties.get(party, ())
            if request.purpose in duty.purposes and request.categories <= duty.categories
        ]

    def confidentiality_agreements(self, party: str) -> Sequence[ConfidentialityAgreement]:
        """Live agreements of an external that clause 2 accepts for this request."""
        request, community = self.request, self.community
        return [
            agreement
            for agreement in community.agreements.get(party, ())
            if agreement.purpose == request.purpose
            and agreement.signed_on is not None
            and agreement.signed_on <= request.on
            and agreement.issued_by_area_lead
            and request.subjects.issubset(community.members(agreement.collaborative))
        ]

    def stakeholder_ends(self, candidate: Candidate) -> Sequence[date]:
        """Until when the one subject names the recipient as a stakeholder."""
        return _ends_for(candidate, self.community.stakeholders.get(self.one_subject or ""))

    def cluster_agreement_ends(self, candidate: Candidate) -> Sequence[date]:
        """Until when every member of the cluster agrees to the recipient. An empty cluster agrees to nothing."""
        return [
            agreement.until
            for agreement in self.community.cluster_agreements.get(self.request.group or "", ())
            if self.members and self.members <= agreement.agreed_by and candidate.names & agreement.recipients
        ]

    def heads_agreements(self, candidate: Candidate) -> Sequence[HeadsAgreement]:
        """Heads' agreements for all categories that name the recipient, whomever they include."""
        by_name = self.community.heads_agreements
        named = candidate.names & by_name.keys()
        return [agreement for name in named for agreement in by_name[name] if self._is_about(agreement)]

    def _is_about(self, agreement: HeadsAgreement) -> bool:
        return self.request.categories <= agreement.categories

    def item_consent_ends(self, urn: str, candidate: Candidate) -> Sequence[date]:
        """Until when a head consents to the item (bespoke where none is set) for the recipient."""
        return _ends_for(candidate, self.community.consents.get((urn, self.request.item or "bespoke")))

    @cached_property
    def identified(self) -> tuple[str, ...]:
        """Whom figures of named establishments could identify: all of the group, and every subject."""
        return tuple(sorted(self.members | self.request.subjects))

    def identify_consent_ends(self, urn: str, candidate: Candidate) -> Sequence[date]:
        """Until when a head consents to be identified to the recipient."""
        return _ends_for(candidate, self.community.consents.get((urn, "identify")))

    def _identification(self, candidate: Candidate, agreements: Sequence[HeadsAgreement]) -> tuple[bool, bool, bool]:
        """Whether everyone agrees to be identified, some by consent, some by a heads' agreement."""
        if self.request.detail != "establishment" or not self.members:
            return False, False, False
        agreed = frozenset[str]().union(*(a.establishments for a in agreements if a.detail == "establishment"))
        by_consent = by_agreement = False
        for urn in self.identified:
            if self.identify_consent_ends(urn, candidate):
                by_consent = True
            elif urn in agreed:
                by_agreement = True
            else:
                return False, False, False
        return True, by_consent, by_agreement


def _another(urns: frozenset[str], urn: str | None) -> bool:
    """Whether somebody else is among them."""
    return len(urns) > (urn in urns)


def _ends_for(candidate: Candidate, ends: Mapping[str, date] | None) -> Sequence[date]:
    """Of ends by party, those of whatever covers the recipient."""
    return [ends[name] for name in candidate.names & ends.keys()] if ends else ()
