"""Whether a denial is for who asks: whoever may ask is told why others may not have it, and may look at what was."""

from __future__ import annotations

from kdsp_lib.protocol.community import Community
from kdsp_lib.protocol.decision import Decision
from kdsp_lib.protocol.engine import engine_for
from kdsp_lib.protocol.facts import LawFacts
from kdsp_lib.protocol.inquiry import Inquiry
from kdsp_lib.protocol.request import Request


def is_denied_to_requester(decision: Decision, request: Request, community: Community) -> bool:
    """Whether it says more than it would to somebody who has signed, is in post and whose duty covers the request.

    A denial by law is for everybody.
    """
    engine, inquiry = engine_for(request.protocol), Inquiry(request, community)
    if any(isinstance(one.addressed, LawFacts) for one in decision.settled):
        return True
    for candidate in [one.candidate for one in decision.settled] or [inquiry.candidate(request.recipient)]:
        facts = inquiry.facts(candidate)
        fit = facts.asking.requester._replace(has_signed=True, is_in_post=True, has_duty=True)
        of_somebody_fit = facts._replace(asking=facts.asking._replace(requester=fit))
        if engine.decide(facts).rules != engine.decide(of_somebody_fit).rules:
            return True
    return False
