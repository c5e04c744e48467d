"""A small community and the questions put to it: Ash and Birch in a cluster, an officer with every duty, and others."""

from __future__ import annotations

import json
from datetime import date
from functools import lru_cache
from typing import Any

import yaml

from kdsp_lib.protocol.community import Community
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


def ask(also: str = "", **fields: Any) -> Decision:
    """The decision on ``REQUEST`` with some fields otherwise. ``also`` adds entries to the community's register."""
    return decide(*_asked(also, json.dumps({**REQUEST, **fields})))


def answer(also: str = "", **fields: Any) -> str:
    """The decision in words: ``permit 3, 9`` or ``deny 2, levels``."""
    decision = ask(also, **fields)
    return f"{decision.decision} {', '.join(decision.clauses)}"


def obligations(also: str = "", **fields: Any) -> tuple[str, ...]:
    """What a permit obliges to; a denial fails the test."""
    decision = ask(also, **fields)
    assert decision.is_permit, decision.reasons
    return decision.obligations


def retained(also: str = "", **fields: Any) -> str:
    """Until when a permit holds: ``ever`` where nothing ends it."""
    decision = ask(also, **fields)
    assert decision.is_permit, decision.reasons
    return decision.retain_until.isoformat() if decision.retain_until else "ever"


@lru_cache(maxsize=1024)
def _asked(also: str, request: str) -> tuple[Request, Community]:
    mapping = json.loads(request)
    community = _community(also, mapping["on"])
    return Request.from_mapping(mapping, community), community


@lru_cache(maxsize=256)
def _community(also: str, on: str) -> Community:
    document = yaml.safe_load(COMMUNITY)
    for section, entries in (yaml.safe_load(also) or {}).items():
        document[section] = [*document.get(section, ()), *entries]
    return register_from_text(yaml.safe_dump(document, sort_keys=False)).on(date.fromisoformat(on))
