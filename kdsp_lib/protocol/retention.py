"""Until when a permit holds: for each need the longest-lived instrument that meets it, and the earliest of these."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from kdsp_lib.protocol.engine import Answer
from kdsp_lib.protocol.inquiry import Candidate, Inquiry
from kdsp_lib.protocol.law import requirement_ends
from kdsp_lib.protocol.vocabulary import FOREVER


def permit_end(inquiry: Inquiry, candidate: Candidate, answer: Answer) -> date:
    """The first day on which some need of this permit is no longer met; ``FOREVER`` where that never comes."""
    return min((end for need in answer.needs for end in _ends(need, inquiry, candidate, answer)), default=FOREVER)


def _ends(need: str, inquiry: Inquiry, candidate: Candidate, answer: Answer) -> Iterator[date]:
    """The end of one need; several where it must be met for each of several establishments."""
    party = candidate.party
    match need:
        case "legal-order":
            yield _longest(requirement_ends(inquiry))
        case "agreement":
            yield _longest(agreement.until for agreement in inquiry.confidentiality_agreements(party))
        case "appointment":
            appointments = inquiry.community.appointments.get(party, ())
            yield _longest(a.until for a in appointments if a.establishment == candidate.urn)
        case "audience" | "need":
            yield _longest(_ends_of_grounds(answer.grounds_for(need), inquiry, candidate))
        case "purpose" | "duty":
            yield _longest(duty.until for duty in inquiry.covering_duties(party))
        case "identification":
            agreements = [a for a in inquiry.heads_agreements(candidate) if a.detail == "establishment"]
            for urn in inquiry.identified:
                agreed = (a.until for a in agreements if urn in a.establishments)
                yield _longest((*inquiry.identify_consent_ends(urn, candidate), *agreed))
        case "item":
            yield from (_longest(inquiry.item_consent_ends(urn, candidate)) for urn in inquiry.others(candidate))
        case _:
            yield inquiry.request.on


def _ends_of_grounds(grounds: Iterable[str], inquiry: Inquiry, candidate: Candidate) -> Iterator[date]:
    for ground in grounds:
        match ground:
            case "stakeholder":
                yield from inquiry.stakeholder_ends(candidate)
            case "duty":
                yield from (duty.until for duty in inquiry.covering_duties(candidate.party))
            case "cluster-agreement":
                yield from inquiry.cluster_agreement_ends(candidate)
            case "heads-agreement":
                only_individual = inquiry.request.detail in ("individual", "pseudonymous")
                for agreement in inquiry.heads_agreements(candidate):
                    includes_all = inquiry.request.subjects <= agreement.establishments
                    if includes_all and (agreement.detail == "individual" or not only_individual):
                        yield agreement.until


def _longest(ends: Iterable[date]) -> date:
    """The latest end. A need that nothing meets ends at once: it is never kept for ever by mistake."""
    return max(ends, default=date.min)
