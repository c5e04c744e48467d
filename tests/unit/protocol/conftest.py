"""A register of three schools and one officer, for tests of what surrounds a decision."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from kdsp_lib.protocol.community import Community
from kdsp_lib.register import Register, register_from_text

SMALL = """
establishments:
- {urn: '990001', name: Ash Primary, phase: primary}
- {urn: '990002', name: Birch Primary, phase: primary}
groups: [{id: 'collaborative:east', name: East}, {id: 'cluster:north', name: North}]
people: [{id: 'officer:a1', name: An officer}]
signatures:
- {establishment: '990001', from: 2025-09-01}
- {establishment: '990002', from: 2025-09-01}
- {person: 'officer:a1', from: 2025-09-01}
memberships: [{establishment: '990001', group: 'collaborative:east', from: 2025-09-01}]
duties: [{person: 'officer:a1', categories: [attendance, attainment],
  purposes: [school-improvement-plan, attendance-review], from: 2025-09-01}]
legal_orders: [{effect: prohibit, citation: Order 7, report: forbidden-report, from: 2025-09-01}]
"""


@pytest.fixture
def small_register() -> Register:
    return register_from_text(SMALL)


@pytest.fixture
def small_community(small_register: Register) -> Community:
    return small_register.on(date(2026, 3, 2))


@pytest.fixture
def well_formed() -> dict[str, Any]:
    """A request that is permitted."""
    return {
        "report": "made-up",
        "level": "school",
        "detail": "individual",
        "item": None,
        "categories": ["attendance"],
        "subjects": ["990001"],
        "group": None,
        "recipient": "establishment:990001",
        "requester": "officer:a1",
        "purpose": "school-improvement-plan",
        "on": "2026-03-02",
        "receiving": [],
        "promotional": False,
        "data": {"current": True, "signed_off": True},
    }
