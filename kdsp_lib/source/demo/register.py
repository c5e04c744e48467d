"""The register of the made-up authority: who signed, who leads, who may ask, and what heads agreed to.

A permission holds on the day of a report and on the day that it is. What the authority's own reports rest on has no end
here, or a far one where it must have one, so that they are permitted in any later year. What has ended is here to be
refused.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date

from kdsp_lib.source.demo.place import AREAS, CLUSTERS, Place

Entry = Mapping[str, object]
Document = Mapping[str, list[Entry]]

_START = date(2024, 9, 1)
_THIS_YEAR = date(2025, 9, 1)
_NEXT_YEAR = date(2026, 9, 1)
_FAR = date(2099, 9, 1)
_WITHDRAWN, _UNSIGNED = 45, 46
_HEAD = 4
_NETWORK = (4, 9, 14, 22, 27, 36, 48, 51)
_PURPOSES = (
    "commissioning-of-services",
    "raising-attainment",
    "removing-concern",
    "school-improvement-plan",
    "school-development",
    "pupil-transfer",
    "phonics-project",
    "attendance-project",
)
_PUPILS = ("pupil-characteristics", "attainment", "attendance", "exclusions", "sen")
_EVERYDAY = (*_PUPILS, "inspection", "floor-target", "transfer")


def register_text(authorities: Sequence[tuple[Place, ...]]) -> str:
    """The register of those authorities as YAML, one entry a line."""
    document: dict[str, list[Entry]] = {}
    for number, places in enumerate(authorities):
        for section, entries in _document(number, places).items():
            document.setdefault(section, []).extend(entries)
    lines = ["# The register of a made-up authority. Nobody in it is real."]
    for section, entries in document.items():
        lines.append(f"{section}:")
        lines += [
            f"- {{{', '.join(f'{key}: {_written(value)}' for key, value in entry.items())}}}" for entry in entries
        ]
    return "\n".join(lines) + "\n"


def _document(number: int, places: tuple[Place, ...]) -> Document:
    end = "" if number == 0 else f"-{number + 1}"
    urn = [place.urn for place in places]
    people = _people(end)
    return {
        "establishments": [{"urn": p.urn, "name": p.name, "phase": p.phase} for p in places],
        "controllers": [
            {"establishment": p.urn, "controller": _slug(p.trust), "from": _START} for p in places if p.trust
        ],
        "groups": [
            *({"id": f"collaborative:{area}{end}", "name": f"{area.title()} collaborative"} for area in AREAS),
            *({"id": f"cluster:{name}{end}", "name": f"{name.title()} cluster"} for name in CLUSTERS),
            {"id": f"network:phonics{end}", "name": "Phonics network"},
        ],
        "people": people,
        "signatures": [
            *({"establishment": p.urn, "from": _START} for p in places if p.number != _UNSIGNED),
            *(
                {"person": str(person["id"]), "from": _START}
                for person in people
                if not str(person["id"]).startswith(("external:", "officer:unsigned"))
            ),
        ],
        "withdrawals": [{"establishment": urn[_WITHDRAWN], "from": date(2025, 11, 1)}],
        "memberships": [
            *(
                {"establishment": p.urn, "group": f"collaborative:{p.area}{end}", "from": _START}
                for p in places
                if p.area
            ),
            *(
                {"establishment": p.urn, "group": f"cluster:{p.cluster}{end}", "from": _START}
                for p in places
                if p.cluster
            ),
            *({"establishment": urn[n], "group": f"network:phonics{end}", "from": _THIS_YEAR} for n in _NETWORK),
        ],
        "area_leads": [
            {
                "collaborative": f"collaborative:east{end}",
                "person": f"officer:lead-before{end}",
                "from": _START,
                "to": _THIS_YEAR,
            },
            {"collaborative": f"collaborative:east{end}", "person": f"officer:lead-east{end}", "from": _THIS_YEAR},
            {"collaborative": f"collaborative:west{end}", "person": f"officer:lead-west{end}", "from": _START},
            {"collaborative": f"collaborative:central{end}", "person": f"officer:lead-central{end}", "from": _START},
        ],
        "appointments": [
            {"establishment": urn[0], "person": f"appointee:data-manager{end}", "from": _START},
            {"establishment": urn[1], "person": f"appointee:data-manager{end}", "from": _THIS_YEAR, "to": _NEXT_YEAR},
            {"establishment": urn[2], "person": f"appointee:adviser{end}", "from": _START, "to": date(2026, 1, 1)},
        ],
        "duties": _duties(end),
        "commissions": [
            {"establishment": urn[4], "purpose": "phonics-project", "from": _THIS_YEAR},
            {"establishment": urn[9], "purpose": "phonics-project", "from": _THIS_YEAR},
            {"establishment": urn[47], "purpose": "attendance-project", "from": _THIS_YEAR, "to": _NEXT_YEAR},
        ],
        "stakeholders": [
            {"establishment": urn[5], "party": f"partner:health{end}", "from": _THIS_YEAR, "to": _NEXT_YEAR},
        ],
        "agreements": _agreements(end),
        "consents": _consents(end, places),
        "heads_agreements": _heads_agreements(urn),
        "cluster_agreements": [
            {
                "cluster": f"cluster:mill{end}",
                "recipients": [f"officer:lead-central{end}"],
                "agreed_by": [p.urn for p in places if p.cluster == "mill"],
                "from": _THIS_YEAR,
                "to": _NEXT_YEAR,
            }
        ],
        "legal_orders": [
            {
                "effect": "prohibit",
                "citation": "made-up order 7 of 2025",
                "categories": ["safeguarding"],
                "subject": urn[40],
                "recipient": f"partner:health{end}",
                "from": _THIS_YEAR,
            }
        ],
        **({} if number else {"keys": [{"party": f"establishment:{urn[_HEAD]}", "key": _public(), "from": _START}]}),
    }


def head_key() -> bytes:
    """The private key of a made-up head, who would keep it on her own machine. It is no secret: always the same."""
    from kdsp_lib.register.key import private_text

    return private_text(hashlib.sha256(b"the key of a made-up head, which everybody may know").digest())


def _public() -> str:
    from kdsp_lib.register.key import public_key

    return public_key(head_key())


def _people(end: str) -> list[Entry]:
    called: tuple[tuple[str, str], ...] = (
        ("officer:a1", "Avery Ashdown, data analyst"),
        ("officer:checker", "Casey Birch, data analyst"),
        ("officer:attendance", "Bailey Booth, attendance officer"),
        ("officer:sen", "Drew Dalton, SEN officer"),
        ("officer:lead-east", "Emery Ellis, area lead"),
        ("officer:lead-west", "Frankie Foster, area lead"),
        ("officer:lead-central", "Gray Gibson, area lead"),
        ("officer:unsigned", "Harley Harper, newly appointed"),
        ("partner:health", "School health partnership"),
        ("partner:college", "Further education partnership"),
        ("appointee:data-manager", "Indigo Jenkins, shared data manager"),
        ("appointee:adviser", "Jules King, adviser"),
        ("external:university", "A university's research team"),
        ("external:consultancy", "A consultancy"),
    )
    left = {"id": f"officer:lead-before{end}", "name": "Kit Lawson, area lead until 2025", "to": _THIS_YEAR}
    return [*({"id": f"{person}{end}", "name": name} for person, name in called), left]


def _duties(end: str) -> list[Entry]:
    ksip = ("ksip", "attainment", "attendance")
    return [
        {"person": f"officer:a1{end}", "categories": _EVERYDAY, "purposes": _PURPOSES, "from": _START},
        {"person": f"officer:a1{end}", "categories": ksip, "purposes": ["school-improvement-plan"], "from": _START},
        {"person": f"officer:checker{end}", "categories": _EVERYDAY, "purposes": _PURPOSES, "from": _START},
        {
            "person": f"officer:attendance{end}",
            "categories": ["attendance", "pupil-characteristics"],
            "purposes": ["school-improvement-plan", "raising-attainment", "commissioning-of-services"],
            "from": _START,
        },
        {
            "person": f"officer:sen{end}",
            "categories": ["sen", "pupil-characteristics"],
            "purposes": ["school-improvement-plan"],
            "from": _START,
            "to": date(2026, 1, 1),
        },
    ]


def _agreements(end: str) -> list[Entry]:
    return [
        {
            "party": f"external:university{end}",
            "collaborative": f"collaborative:east{end}",
            "issued_by": f"officer:lead-east{end}",
            "issued_on": date(2025, 10, 1),
            "signed_on": date(2025, 10, 8),
            "purpose": "commissioning-of-services",
            "activity": "evaluation of the attendance strategy",
            "from": date(2025, 10, 8),
            "to": _FAR,
        },
        {
            "party": f"external:consultancy{end}",
            "collaborative": f"collaborative:east{end}",
            "issued_by": f"officer:lead-before{end}",
            "issued_on": date(2025, 1, 6),
            "signed_on": date(2025, 1, 13),
            "purpose": "commissioning-of-services",
            "activity": "a review of school places",
            "from": date(2025, 1, 13),
            "to": date(2026, 1, 13),
        },
    ]


def _consents(end: str, places: tuple[Place, ...]) -> list[Entry]:
    urn = [place.urn for place in places]
    has_no_end = [
        (urn[4], "bespoke", f"officer:a1{end}"),
        (urn[9], "bespoke", f"officer:a1{end}"),
        (urn[47], "bespoke", f"officer:a1{end}"),
        (urn[6], "ksip", f"officer:a1{end}"),
    ]
    has_ended = [
        (urn[5], "bespoke", f"partner:health{end}"),
        *((place.urn, "identify", f"cluster:orchard{end}") for place in places if place.cluster == "orchard"),
    ]
    return [
        {"establishment": establishment, "item": item, "recipient": recipient, "from": _THIS_YEAR, **ends}
        for given, ends in ((has_no_end, {}), (has_ended, {"to": _NEXT_YEAR}))
        for establishment, item, recipient in given
    ]


def _heads_agreements(urn: Sequence[str]) -> list[Entry]:
    """Two primaries that tell their secondary of the pupils who will come, and a trust's two that compare figures."""
    return [
        {
            "establishments": [urn[3], urn[4], urn[48]],
            "recipients": [f"establishment:{urn[48]}"],
            "categories": _PUPILS,
            "detail": "individual",
            "from": _THIS_YEAR,
            "to": _NEXT_YEAR,
        },
        {
            "establishments": [urn[22], urn[23]],
            "recipients": [f"establishment:{urn[22]}", f"establishment:{urn[23]}"],
            "categories": ["attendance"],
            "detail": "establishment",
            "from": _THIS_YEAR,
            "to": _NEXT_YEAR,
        },
    ]


def _slug(name: str) -> str:
    return name.lower().replace(" ", "-")


def _written(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list | tuple):
        return f"[{', '.join(_written(item) for item in value)}]"
    raise TypeError(f"a register holds no {type(value).__name__}")
