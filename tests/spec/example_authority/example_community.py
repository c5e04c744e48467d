"""One register, put to two protocols: the made-up Exampleshire's, and Knowsley's."""

from __future__ import annotations

from datetime import date
from typing import Any

import yaml

from kdsp_lib.protocol import mending
from kdsp_lib.protocol.community import Community
from kdsp_lib.protocol.decision import Decision, decide
from kdsp_lib.protocol.request import Request
from kdsp_lib.register import register_from_text

COMMUNITY = """
establishments:
- {urn: '990001', name: Ash Primary, phase: primary}
- {urn: '990002', name: Birch Primary, phase: primary}
- {urn: '990003', name: Cedar Academy, phase: secondary}
- {urn: '990005', name: Elder Primary, phase: primary}
- {urn: '990006', name: Fir Primary, phase: primary}
groups: [{id: 'cluster:north', name: North}, {id: 'collaborative:east', name: East}]
people:
- {id: 'officer:duty', name: An officer whose duty it is}
- {id: 'officer:none', name: An officer without a duty}
- {id: 'appointee:ash', name: Somebody whom the head of Ash appointed}
- {id: 'external:study', name: A university}
signatures:
- {establishment: '990001', from: 2025-09-01}
- {establishment: '990002', from: 2025-09-01}
- {establishment: '990003', from: 2025-09-01}
- {establishment: '990005', from: 2025-09-01}
- {person: 'officer:duty', from: 2025-09-01}
- {person: 'officer:none', from: 2025-09-01}
- {person: 'appointee:ash', from: 2025-09-01}
withdrawals: [{establishment: '990005', from: 2026-01-01}]
memberships:
- {establishment: '990001', group: 'cluster:north', from: 2025-09-01}
- {establishment: '990002', group: 'cluster:north', from: 2025-09-01}
- {establishment: '990001', group: 'collaborative:east', from: 2025-09-01}
- {establishment: '990002', group: 'collaborative:east', from: 2025-09-01}
area_leads: [{collaborative: 'collaborative:east', person: 'officer:none', from: 2025-09-01}]
appointments: [{establishment: '990001', person: 'appointee:ash', from: 2025-09-01}]
duties:
- person: officer:duty
  categories: [pupil-characteristics, attainment, attendance, exclusions, sen, safeguarding, inspection, floor-target]
  purposes: [setting-improvement, moving-on, early-help, place-planning, school-improvement-plan,
      commissioning-of-services, raising-attainment]
  from: 2025-09-01
  to: 2026-09-01
stakeholders: [{establishment: '990001', party: 'establishment:990003', from: 2025-09-01}]
agreements:
- {party: 'external:study', collaborative: 'collaborative:east', issued_by: 'officer:none', issued_on: 2025-09-02,
   signed_on: 2025-09-03, purpose: place-planning, activity: A study, from: 2025-09-03, to: 2026-09-01}
heads_agreements:
- {establishments: ['990001', '990002'], recipients: ['establishment:990003'], categories: [attendance, sen],
   detail: individual, from: 2025-09-01}
"""
REQUEST = {
    "report": "made-up",
    "level": "setting",
    "detail": "named-child",
    "item": None,
    "categories": ["attendance"],
    "subjects": ["990001"],
    "group": None,
    "recipient": "establishment:990001",
    "requester": "officer:duty",
    "purpose": "setting-improvement",
    "on": "2026-03-02",
    "promotional": False,
    "data": {"current": True, "signed_off": True},
}
LOCALITY = {"level": "locality", "detail": "coded-child", "group": "cluster:north", "purpose": "early-help"}
SUMMARY = {"level": "county", "detail": "summary", "purpose": "place-planning"}
_SAME = {
    "setting": "school", "locality": "cluster", "county": "authority", "named-child": "individual",
    "coded-child": "pseudonymous", "named-setting": "establishment", "summary": "aggregate",
    "setting-improvement": "school-improvement-plan", "early-help": "school-improvement-plan",
    "place-planning": "raising-attainment", "moving-on": "pupil-transfer",
}  # fmt: skip


def asked(protocol: str, also: str, **fields: Any) -> tuple[Request, Community]:
    """A request in a protocol's words, and the community of its day."""
    document = yaml.safe_load(COMMUNITY)
    for section, entries in (yaml.safe_load(also) or {}).items():
        document[section] = [*document.get(section, ()), *entries]
    mapping = {**REQUEST, **fields}
    community = register_from_text(yaml.safe_dump(document)).on(date.fromisoformat(mapping["on"]))
    return Request.from_mapping(mapping, community, protocol), community


def ask(protocol: str, also: str = "", **fields: Any) -> Decision:
    """A protocol's decision. ``also`` adds entries to the community's register."""
    return decide(*asked(protocol, also, **fields))


def ways_out(**fields: Any) -> tuple[str, ...]:
    """What Exampleshire's agreement would permit instead, in sentences."""
    request, community = asked("example_authority", "", **fields)
    return mending.in_words(mending.ways_to_permit(decide(request, community), request, community))


def in_words(decision: Decision) -> str:
    """``permit 5, 9`` or ``deny 3, levels``."""
    return f"{decision.decision} {', '.join(decision.clauses)}"


def answer(also: str = "", **fields: Any) -> str:
    """Exampleshire's decision in words."""
    return in_words(ask("example_authority", also, **fields))


def knowsleys(also: str = "", **fields: Any) -> str:
    """Knowsley's decision on the same, asked in Knowsley's words."""
    mapping = {**REQUEST, **fields}
    translated = {key: _SAME[mapping[key]] for key in ("level", "detail", "purpose")}
    return in_words(ask("knowsley", also, **mapping | translated))
