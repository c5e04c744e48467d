"""What gives somebody a right on a day: a duty, an agreement, a legal order. Each says until when it holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal


@dataclass(frozen=True, slots=True)
class Duty:
    """Work that an officer or partner must do, and the data it needs (3)."""

    categories: frozenset[str]
    purposes: frozenset[str]
    until: date


@dataclass(frozen=True, slots=True)
class HeadsAgreement:
    """What heads have agreed among themselves (3, 6, 10)."""

    establishments: frozenset[str]
    recipients: frozenset[str]
    categories: frozenset[str]
    detail: str
    until: date


@dataclass(frozen=True, slots=True)
class ClusterAgreement:
    """Recipients whom the members of a cluster have agreed to add to its audience."""

    recipients: frozenset[str]
    agreed_by: frozenset[str]
    until: date


@dataclass(frozen=True, slots=True)
class ConfidentialityAgreement:
    """An external party's agreement (2), and whether the area lead of that day issued it."""

    collaborative: str
    purpose: str
    signed_on: date | None
    issued_by_area_lead: bool
    until: date


@dataclass(frozen=True, slots=True)
class LegalOrder:
    """A legal or governmental requirement (8). A field that it does not give matches everything."""

    effect: Literal["require", "prohibit"]
    citation: str
    report: str | None
    categories: frozenset[str] | None
    subject: str | None
    recipient: str | None
    until: date


@dataclass(frozen=True, slots=True)
class Appointment:
    """An establishment that an appointee acts for, and until when."""

    establishment: str
    until: date


@dataclass(frozen=True, slots=True)
class Person:
    """An officer, partner, appointee or external as they stand on the day."""

    has_signed: bool
    is_in_post: bool
