"""The sections of a register and their fields, as data: what each holds and whether it is needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from kdsp_lib.protocol.vocabulary import CATEGORIES, CONSENT_ITEMS, GROUP_KINDS, PERSON_KINDS, PHASES


@dataclass(frozen=True, slots=True)
class Field:
    """What one field holds.

    ``sort`` is ``text``, ``day``, ``urn``, ``slug``, ``word`` (one of ``choices``), ``group`` or ``person`` (of one
    of the kinds in ``choices``), ``party`` (anybody, and the words in ``choices``), ``period`` (a school year or one of
    its terms), ``digest`` (a SHA-256), ``key`` (an Ed25519 public key). A new id is one that this entry
    brings into the register; every other one must be there already.
    """

    sort: str
    choices: tuple[str, ...] = ()
    optional: bool = False
    many: bool = False
    may_be_empty: bool = False
    new: bool = False


_FROM: Final = Field("day")
_TO: Final = Field("day", optional=True)
_URN: Final = Field("urn")
_PERSON: Final = Field("person", PERSON_KINDS)
_PARTY: Final = Field("party")
_PARTIES: Final = Field("party", many=True)
_CATEGORIES: Final = Field("word", CATEGORIES, many=True)
_DATES: Final = {"from": _FROM, "to": _TO}

LAYOUT: Final[Mapping[str, Mapping[str, Field]]] = {
    "establishments": {
        "urn": Field("urn", new=True),
        "name": Field("text"),
        "phase": Field("word", PHASES),
        "predecessors": Field("urn", optional=True, many=True, may_be_empty=True),
    },
    "controllers": {"establishment": _URN, "controller": Field("slug"), **_DATES},
    "groups": {"id": Field("group", GROUP_KINDS, new=True), "name": Field("text")},
    "people": {
        "id": Field("person", PERSON_KINDS, new=True),
        "name": Field("text"),
        "from": Field("day", optional=True),
        "to": _TO,
    },
    "signatures": {
        "establishment": Field("urn", optional=True),
        "person": Field("person", PERSON_KINDS, optional=True),
        "from": _FROM,
    },
    "withdrawals": {"establishment": _URN, "from": _FROM},
    "memberships": {"establishment": _URN, "group": Field("group", GROUP_KINDS), **_DATES},
    "area_leads": {"collaborative": Field("group", ("collaborative",)), "person": _PERSON, **_DATES},
    "appointments": {"establishment": _URN, "person": Field("person", ("appointee",)), **_DATES},
    "duties": {
        "person": _PERSON,
        "categories": _CATEGORIES,
        "purposes": Field("slug", many=True),
        **_DATES,
    },
    "commissions": {"establishment": _URN, "purpose": Field("slug"), **_DATES},
    "stakeholders": {"establishment": _URN, "party": _PARTY, **_DATES},
    "agreements": {
        "party": Field("person", ("external",)),
        "collaborative": Field("group", ("collaborative",)),
        "issued_by": _PERSON,
        "issued_on": Field("day"),
        "signed_on": Field("day", optional=True),
        "purpose": Field("slug"),
        "activity": Field("text"),
        "from": _FROM,
        "to": Field("day"),
    },
    "consents": {"establishment": _URN, "item": Field("word", CONSENT_ITEMS), "recipient": _PARTY, **_DATES},
    "heads_agreements": {
        "establishments": Field("urn", many=True),
        "recipients": _PARTIES,
        "categories": _CATEGORIES,
        "detail": Field("word", ("individual", "establishment")),
        **_DATES,
    },
    "cluster_agreements": {
        "cluster": Field("group", ("cluster",)),
        "recipients": _PARTIES,
        "agreed_by": Field("urn", many=True, may_be_empty=True),
        **_DATES,
    },
    "sign_offs": {
        "establishment": Field("urn", optional=True),
        "dataset": Field("slug"),
        "period": Field("period", optional=True),
        "rows": Field("digest"),
        **_DATES,
    },
    "release_calendar": {"dataset": Field("slug"), "period": Field("period", optional=True), **_DATES},
    "legal_orders": {
        "effect": Field("word", ("require", "prohibit")),
        "citation": Field("text"),
        "report": Field("slug", optional=True),
        "categories": Field("word", CATEGORIES, optional=True, many=True),
        "subject": Field("urn", optional=True),
        "recipient": Field("party", ("receiving",), optional=True),
        **_DATES,
    },
    "keys": {"party": _PARTY, "key": Field("key"), **_DATES},
}
"""Every section, in the order of the protocol's page."""
