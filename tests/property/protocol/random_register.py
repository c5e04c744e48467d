"""Made-up registers around the clauses' edges: few establishments, few days, and instruments of every section."""

from __future__ import annotations

from random import Random
from typing import Any

Mapping = dict[str, Any]

URNS = [f"99000{number}" for number in range(1, 9)]
CLUSTERS = ["cluster:north", "cluster:south", "cluster:empty"]
AREAS = ["collaborative:east", "collaborative:west", "network:stem"]
OFFICERS = ["officer:a1", "officer:a2", "partner:college"]
APPOINTEES = ["appointee:p1", "appointee:p2"]
EXTERNALS = ["external:x1", "external:x2"]
PEOPLE = [*OFFICERS, *APPOINTEES, *EXTERNALS]
DAYS = ["2025-09-01", "2026-01-01", "2026-02-01", "2026-03-01", "2026-03-02", "2026-03-03", "2026-06-01"]
ON = DAYS[2:]
CATEGORIES = ["pupil-characteristics", "attainment", "attendance", "exclusions", "sen", "safeguarding"]
CATEGORIES += ["inspection", "floor-target", "ksip", "transfer"]
PURPOSES = ["school-improvement-plan", "school-development", "pupil-transfer", "commissioning-of-services"]
PURPOSES += ["raising-attainment", "removing-concern", "attendance-review"]
PARTIES = [*(f"establishment:{urn}" for urn in URNS), *CLUSTERS, *AREAS, *PEOPLE, "authority", "public"]
ALL_DUTIES = {"person": "officer:a1", "categories": CATEGORIES, "purposes": PURPOSES, "from": DAYS[0]}


def random_register(random: Random) -> Mapping:
    """Eight establishments with dated acts and instruments of every section; ``officer:a1`` has every duty."""
    members = [(urn, group) for group in [*CLUSTERS[:2], *AREAS] for urn in URNS if random.random() < 0.5]
    leads = [("collaborative:east", OFFICERS[0], DAYS[0], DAYS[2]), ("collaborative:east", OFFICERS[1], DAYS[2], "")]
    leads += [("collaborative:west", random.choice(OFFICERS), DAYS[1], "")]
    return {
        "establishments": [{"urn": urn, "name": f"Establishment {urn}", "phase": "primary"} for urn in URNS],
        "groups": [{"id": group, "name": group} for group in [*CLUSTERS, *AREAS]],
        "people": [{"id": person, "name": person, **(_span(random) if _rarely(random) else {})} for person in PEOPLE]
        + [{"id": "officer:a2", "name": "officer:a2", "from": DAYS[5], "to": DAYS[6]}],
        "signatures": [{"establishment": urn, "from": _early(random)} for urn in URNS if random.random() < 0.85]
        + [{"person": person, "from": _early(random)} for person in PEOPLE[:5] if not _rarely(random)],
        "withdrawals": [{"establishment": random.choice(URNS), "from": random.choice(DAYS)} for _ in _few(random, 2)],
        "memberships": [
            {"establishment": urn, "group": group, **(_span(random) if _rarely(random) else {"from": DAYS[0]})}
            for urn, group in members
        ],
        "area_leads": [
            {"collaborative": area, "person": person, "from": start} | ({"to": end} if end else {})
            for area, person, start, end in leads
        ],
        "appointments": [
            {"establishment": random.choice(URNS), "person": random.choice(APPOINTEES), **_span(random)}
            for _ in range(5)
        ],
        "duties": [
            {
                "person": random.choice(OFFICERS),
                "categories": some(random, CATEGORIES, 3),
                "purposes": some(random, PURPOSES, 2),
                **_span(random),
            }
            for _ in range(5)
        ]
        + [dict(ALL_DUTIES)],
        "commissions": [
            {"establishment": random.choice(URNS), "purpose": random.choice(PURPOSES), **_span(random)}
            for _ in range(4)
        ],
        "stakeholders": [
            {"establishment": random.choice(URNS), "party": random.choice(PARTIES), **_span(random)} for _ in range(20)
        ],
        "agreements": [_agreement(random) for _ in range(6)],
        "consents": [
            {"establishment": urn, "item": item, "recipient": random.choice([*PARTIES, "authority"]), **_span(random)}
            for urn in URNS
            for item in ("identify", "ksip", "bespoke")
            for _ in _few(random, 3)
        ]
        + _consents_of_all(random),
        "heads_agreements": [
            {
                "establishments": some(random, URNS, 2),
                "recipients": some(random, ["authority", *PARTIES], 1, 3),
                "categories": some(random, CATEGORIES, 4),
                "detail": random.choice(["individual", "establishment"]),
                **_span(random),
            }
            for _ in range(8)
        ],
        "cluster_agreements": [
            {
                "cluster": random.choice(CLUSTERS),
                "recipients": some(random, PARTIES, 1, 3),
                "agreed_by": random.choice([URNS, some(random, URNS, 2)]),
                **_span(random),
            }
            for _ in range(4)
        ],
        "legal_orders": [_order(random) for _ in _few(random, 3)],
    }


def _agreement(random: Random) -> Mapping:
    issued_on = random.choice(DAYS[:4])
    area = random.choice(AREAS[:2])
    lead = OFFICERS[0] if issued_on < DAYS[2] else OFFICERS[1]
    signed = {"signed_on": random.choice(DAYS)} if random.random() < 0.8 else {}
    return {
        "party": random.choice(EXTERNALS),
        "collaborative": area,
        "issued_by": lead if random.random() < 0.7 else random.choice(OFFICERS),
        "issued_on": issued_on,
        **signed,
        "purpose": random.choice(PURPOSES),
        "activity": "A study",
        "from": random.choice(DAYS[:3]),
        "to": random.choice(DAYS[3:]),
    }


def _consents_of_all(random: Random) -> list[Mapping]:
    """Now and then every head consents to the same recipient, so that area figures may name establishments."""
    recipients = some(random, PARTIES, 1, 2)
    return [
        {"establishment": urn, "item": item, "recipient": recipient, **_span(random)}
        for item, recipient in zip(("identify", "identify", "bespoke"), [*recipients, "authority"], strict=False)
        for urn in URNS
        if random.random() < 0.97
    ]


def _order(random: Random) -> Mapping:
    effect = random.choice(["require", "prohibit"])
    order: Mapping = {"effect": effect, "citation": "An order"}
    if effect == "require" or random.random() < 0.7:
        order["report"] = "r1"
        order["recipient"] = random.choice([*PARTIES, "authority", "receiving", "receiving"])
    if random.random() < 0.5:
        order["categories"] = some(random, CATEGORIES, 1, 3)
    if "categories" not in order or random.random() < 0.4:
        order["subject"] = random.choice(URNS)
    return order | _span(random)


def _span(random: Random) -> Mapping:
    """From a day, often an early one, and half of the time to a later one."""
    start = random.choice([0, 0, *range(len(DAYS) - 1)])
    end = random.choice(DAYS[start + 1 :])
    return {"from": DAYS[start]} | ({"to": end} if random.random() < 0.5 else {})


def _early(random: Random) -> str:
    return DAYS[0] if random.random() < 0.7 else random.choice(DAYS)


def _rarely(random: Random) -> bool:
    return random.random() < 0.12


def _few(random: Random, most: int) -> range:
    return range(random.randint(0, most))


def some(random: Random, choices: list[str], least: int, most: int | None = None) -> list[str]:
    distinct = list(dict.fromkeys(choices))
    top = min(most or len(distinct), len(distinct))
    return random.sample(distinct, random.randint(min(least, top), top))
