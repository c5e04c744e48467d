"""Free school meals by their dates: eligible on the census day, and on any census day of the last six years."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import lru_cache

from kdsp_lib.source.period import CENSUSES, usual_census_day

YEARS_BACK = 6
WIDER_FROM = date(2026, 9, 1)
"""From then on every household with Universal Credit is eligible; who is so by that alone draws no pupil premium."""
WIDER_FROM_TERM = "2026/27-autumn"
BY_OLDER_RULES = ("targeted", "protected")
"""The bases of eligibility that count for the premium, whenever they are."""

Spell = tuple[date, date | None]
"""First and last day of being eligible; without a last day it goes on."""


def is_eligible(spells: Iterable[Spell], on: date) -> bool:
    """Whether some spell holds that day: both its days count."""
    return any(first <= on and (last is None or last >= on) for first, last in spells)


def was_eligible(spells: Iterable[Spell], on: date) -> bool | None:
    """Whether some spell holds a census day of the six years up to ``on``, by the rules until September 2026.

    None where all such days are later: a return does not say who is eligible by Universal Credit alone, and does not
    count.
    """
    known, was_later = list(spells), False
    for day in census_days(on) if known else ():
        if is_eligible(known, day):
            if day < WIDER_FROM:
                return True
            was_later = True
    return None if was_later else False


@lru_cache(maxsize=64)
def census_days(on: date) -> tuple[date, ...]:
    """``on``, and the usual census days of the six years before it."""
    years = range(on.year - YEARS_BACK, on.year + 1)
    days = (usual_census_day(term, year) for year in years for term in CENSUSES)
    first = date(on.year - YEARS_BACK, on.month, min(on.day, 28))
    return (on, *(day for day in days if first < day < on))
