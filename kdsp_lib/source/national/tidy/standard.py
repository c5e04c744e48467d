"""What the department's open data standard lets a tidy file say: of which time and area, and with which columns."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

TIME_PERIOD, TIME_IDENTIFIER, LEVEL = "time_period", "time_identifier", "geographic_level"
MANDATORY = (TIME_PERIOD, TIME_IDENTIFIER, LEVEL, "country_code", "country_name")
OLD_LA_CODE = "old_la_code"
NO_AREA = frozenset({"", "z", "x", "NA", "NULL"})
"""What stands in the column of a code where there is none."""


@dataclass(frozen=True, slots=True)
class Level:
    """A geographic level: our word, the columns of which one has the area's code, and the column of its name."""

    word: str
    codes: tuple[str, ...]
    name: str
    others: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.codes, self.name, *self.others)


def _coded(word: str, prefix: str, code: str = "code") -> Level:
    return Level(word, (f"{prefix}_{code}",), f"{prefix}_name")


LEVELS: Mapping[str, Level] = MappingProxyType(
    {
        "National": _coded("national", "country"),
        "Regional": _coded("regional", "region"),
        "Local authority": Level("local-authority", ("new_la_code", OLD_LA_CODE), "la_name"),
        "Local authority district": _coded("local-authority-district", "lad"),
        "Local enterprise partnership": _coded("local-enterprise-partnership", "local_enterprise_partnership"),
        "Local skills improvement plan area": _coded("local-skills-improvement-plan-area", "lsip"),
        "Mayoral combined authority": _coded("mayoral-combined-authority", "mayoral_combined_authority"),
        "English devolved area": _coded("english-devolved-area", "english_devolved_area"),
        "Opportunity area": _coded("opportunity-area", "opportunity_area"),
        "Parliamentary constituency": _coded("parliamentary-constituency", "pcon"),
        "Police force area": _coded("police-force-area", "pfa"),
        "Ward": _coded("ward", "ward"),
        "Planning area": _coded("planning-area", "planning_area"),
        "RSC region": Level("rsc-region", ("rsc_region_lead_name",), "rsc_region_lead_name"),
        "MAT": _coded("multi-academy-trust", "trust", "id"),
        "Multi-academy trust": _coded("multi-academy-trust", "trust", "id"),
        "Sponsor": _coded("sponsor", "sponsor", "id"),
        "Institution": _coded("institution", "institution", "id"),
        "Provider": Level("provider", ("provider_ukprn", "provider_urn"), "provider_name", ("provider_upin",)),
        "School": Level("school", ("school_urn", "school_laestab"), "school_name", ("school_estab", "school_postcode")),
    }
)
STANDARD = frozenset({*MANDATORY, *(column for level in LEVELS.values() for column in level.columns)})
"""Every column that needs no word in the metadata file."""

_TERMS = ("Autumn term", "Spring term", "Summer term", "Autumn and spring term", "Autumn and Spring Term")
_QUARTERS = tuple(f"{year} year Q{n}" for year in ("Academic", "Financial", "Calendar", "Tax") for n in range(1, 5))
_HALVES = ("Part 1 (April to September)", "Part 2 (October to March)")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_WEEKS = tuple(f"Week {n}" for n in range(1, 54))
_FOUR_DIGITS = ("Calendar year", "Reporting year", *_MONTHS, *_WEEKS, *(q for q in _QUARTERS if q[0] == "C"))
_SIX_DIGITS = (
    "Academic year", "Financial year", "Tax year", *_TERMS, *_HALVES, *(q for q in _QUARTERS if q[0] != "C"),
)  # fmt: skip


def slug_of(text: str) -> str:
    """Words in small letters joined by hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


IDENTIFIERS: Mapping[str, tuple[str, int]] = MappingProxyType(
    {
        identifier: (slug_of(identifier), digits)
        for digits, identifiers in ((4, _FOUR_DIGITS), (6, _SIX_DIGITS))
        for identifier in identifiers
    }
)
"""Of each time identifier our word, and how many digits its periods have: 2023 (calendar), 202324 (academic)."""
_DIGITS = re.compile(r"(19|20)\d{2}(\d{2})?", re.ASCII)


def period_of(text: str, digits: int) -> str | None:
    """A period as we write it, ``2023`` or ``2023/24``; None where it is none of so many digits."""
    if not _DIGITS.fullmatch(text) or len(text) != digits:
        return None
    if digits == 4:
        return text
    return f"{text[:4]}/{text[4:]}" if (int(text[:4]) + 1) % 100 == int(text[4:]) else None
