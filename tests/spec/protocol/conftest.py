"""A small community, and a way to ask it: each test of this folder is a paragraph of the protocol's manual.

``answer(...)`` is the decision in words: ``permit 3, 9`` or ``deny 2, levels``. Whatever a test does not say is as in
``REQUEST``: the attendance of school 990001's pupils, for that school, made by an officer whose duty it is.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import yaml

from kdsp_lib.protocol.decision import Decision, decide
from kdsp_lib.protocol.request import Request
from kdsp_lib.register import register_from_text

COMMUNITY = """
establishments:
- {urn: '990001', name: Ash Primary, phase: primary}
- {urn: '990002', name: Birch Primary, phase: primary}
- {urn: '990003', name: Cedar Centre for Learning, phase: secondary}
- {urn: '990004', name: Damson College, phase: college}
- {urn: '990005', name: Elder Primary, phase: primary}
- {urn: '990006', name: Fir Primary, phase: primary}
groups:
- {id: 'cluster:north', name: North cluster}
- {id: 'cluster:empty', name: A cluster nobody joined}
- {id: 'network:stem', name: Science network}
- {id: 'collaborative:east', name: East collaborative}
people:
- {id: 'officer:duty', name: An officer whose duty it is}
- {id: 'officer:none', name: An officer without a duty}
- {id: 'partner:health', name: A partner without a duty}
- {id: 'appointee:ash', name: Somebody whom the head of Ash appointed}
- {id: 'appointee:nobody', name: Somebody whom no head appointed}
- {id: 'external:study', name: A university}
signatures:
- {establishment: '990001', from: 2025-09-01}
- {establishment: '990002', from: 2025-09-01}
- {establishment: '990003', from: 2025-09-01}
- {establishment: '990004', from: 2025-09-01}
- {establishment: '990005', from: 2025-09-01}
- {person: 'officer:duty', from: 2025-09-01}
- {person: 'officer:none', from: 2025-09-01}
- {person: 'partner:health', from: 2025-09-01}
- {person: 'appointee:ash', from: 2025-09-01}
- {person: 'appointee:nobody', from: 2025-09-01}
withdrawals:
- {establishment: '990005', from: 2026-01-01}
memberships:
- {establishment: '990001', group: 'cluster:north', from: 2025-09-01}
- {establishment: '990002', group: 'cluster:north', from: 2025-09-01}
- {establishment: '990001', group: 'collaborative:east', from: 2025-09-01}
- {establishment: '990002', group: 'collaborative:east', from: 2025-09-01}
- {establishment: '990003', group: 'collaborative:east', from: 2025-09-01}
area_leads:
- {collaborative: 'collaborative:east', person: 'officer:none', from: 2025-09-01}
appointments:
- {establishment: '990001', person: 'appointee:ash', from: 2025-09-01}
duties:
- person: officer:duty
  categories: [pupil-characteristics, attainment, attendance, exclusions, sen, safeguarding, inspection,
      floor-target, ksip, transfer]
  purposes: [school-improvement-plan, school-development, pupil-transfer, commissioning-of-services,
      raising-attainment, removing-concern, attendance-review]
  from: 2025-09-01
"""
REQUEST = {
    "report": "made-up",
    "level": "school",
    "detail": "individual",
    "item": None,
    "categories": ["attendance"],
    "subjects": ["990001"],
    "group": None,
    "recipient": "establishment:990001",
    "requester": "officer:duty",
    "purpose": "school-improvement-plan",
    "on": "2026-03-02",
    "receiving": [],
    "promotional": False,
    "data": {"current": True, "signed_off": True},
}

Ask = Callable[..., Decision]


@pytest.fixture
def ask() -> Ask:
    """The decision on a request. ``also`` adds entries to the community's register."""

    def decided(also: str = "", **fields: Any) -> Decision:
        document = yaml.safe_load(COMMUNITY)
        for section, entries in (yaml.safe_load(also) or {}).items():
            document[section] = [*document.get(section, ()), *entries]
        register = register_from_text(yaml.safe_dump(document, sort_keys=False))
        mapping = {**REQUEST, **fields}
        community = register.on(date.fromisoformat(mapping["on"]))
        return decide(Request.from_mapping(mapping, community), community)

    return decided


@pytest.fixture
def answer(ask: Ask) -> Callable[..., str]:
    """The decision in words."""

    def in_words(also: str = "", **fields: Any) -> str:
        decision = ask(also, **fields)
        return f"{decision.decision} {', '.join(decision.clauses)}"

    return in_words


@pytest.fixture
def obligations(ask: Ask) -> Callable[..., tuple[str, ...]]:
    """What a permit obliges to; a denial fails the test."""

    def bound(also: str = "", **fields: Any) -> tuple[str, ...]:
        decision = ask(also, **fields)
        assert decision.is_permit, decision.reasons
        return decision.obligations

    return bound


@pytest.fixture
def retained(ask: Ask) -> Callable[..., str]:
    """Until when a permit holds: ``ever`` where nothing ends it."""

    def until(also: str = "", **fields: Any) -> str:
        decision = ask(also, **fields)
        assert decision.is_permit, decision.reasons
        return decision.retain_until.isoformat() if decision.retain_until else "ever"

    return until
