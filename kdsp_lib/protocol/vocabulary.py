"""The protocol's own words: what a register or a request may say, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import Final

# kdsp's own names of levels and details: what a report is about, and how much it tells. A protocol's are in table.py.
LEVELS: Final = ("school", "cluster", "collaborative", "authority")
DETAILS: Final = ("individual", "pseudonymous", "establishment", "aggregate")
ITEMS: Final = ("ksip", "bespoke")
CONSENT_ITEMS: Final = (*ITEMS, "identify")
CATEGORIES: Final = (
    "pupil-characteristics",
    "attainment",
    "attendance",
    "exclusions",
    "sen",
    "safeguarding",
    "inspection",
    "floor-target",
    "ksip",
    "transfer",
)
PHASES: Final = (
    "primary",
    "secondary",
    "all-through",
    "special",
    "nursery",
    "pru",
    "college",
    "childrens-centre",
    "independent",
    "non-maintained-special",
)
GROUP_KINDS: Final = ("cluster", "network", "collaborative")
PERSON_KINDS: Final = ("officer", "partner", "appointee", "external")
GROUP_KINDS_OF_LEVEL: Final = {"cluster": ("cluster",), "collaborative": ("collaborative", "network")}
"""Levels whose reports are about a group, with the kinds of group that each takes."""

_DECIDED_BY_MEMBER: Final = frozenset({*GROUP_KINDS, "authority"})
FOREVER: Final = date.max
"""The end of what has no end."""

_SLUG: Final = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
_URN: Final = re.compile(r"[1-9][0-9]{5}")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DAY_LENGTH: Final = len("2026-03-02")
_PARTY: Final = re.compile(r"([a-z]+):([A-Za-z0-9]+(?:[-_.][A-Za-z0-9]+)*)")


def is_slug(text: str) -> bool:
    """Lower-case words joined by hyphens, such as ``school-improvement-plan``."""
    return _SLUG.fullmatch(text) is not None


def is_urn(text: str) -> bool:
    """Six digits, the first of them not nought."""
    return _URN.fullmatch(text) is not None


@lru_cache(maxsize=4096)
def kind_of(party: str) -> str:
    """What kind of party this is: ``officer`` of ``officer:a1``, ``public`` of ``public``; empty where it is none."""
    if party in ("authority", "public"):
        return party
    match = _PARTY.fullmatch(party)
    return match.group(1) if match else ""


def is_group(party: str) -> bool:
    """A party that is decided member by member."""
    return kind_of(party) in _DECIDED_BY_MEMBER


def read_day(text: object) -> date | None:
    """The day that ``2026-03-02`` means; nothing where it is not a date written so."""
    return _day_of(text) if isinstance(text, str) and len(text) == _DAY_LENGTH else None


@lru_cache(maxsize=4096)
def _day_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def months_later(day: date, months: int) -> date:
    """The same day some months on; the 28th where that month has no such day."""
    year, month = divmod(day.month - 1 + months, 12)
    try:
        return day.replace(year=day.year + year, month=month + 1)
    except ValueError:
        return day.replace(year=day.year + year, month=month + 1, day=28)


def sort_clauses(clauses: Iterable[str]) -> tuple[str, ...]:
    """Each clause once, by number, parts without a number (the table of levels) last."""
    return _sorted(frozenset(clauses))


@lru_cache(maxsize=4096)
def _sorted(clauses: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted(clauses, key=_place_of))


def _place_of(clause: str) -> tuple[bool, int, str]:
    return (not clause.isdigit(), int(clause) if clause.isdigit() else 0, clause)
