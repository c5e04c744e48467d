"""The periods that data sets are of: a school year (``2025/26``) or one of its terms (``2025/26-autumn``)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from kdsp_lib.errors import BadParameters

TERMS = ("autumn", "spring", "summer")
CENSUSES: Final[Mapping[str, tuple[int, int]]] = {"spring": (1, 3), "summer": (5, 3), "autumn": (10, 1)}
"""The census of each term, in the order of a calendar year: the month, and which Thursday of it."""
_CENSUS_OF_A_YEAR: Final = "spring"
_THURSDAY: Final = 3
EXPECTED = "write it as 2025/26-autumn (or -spring, -summer), or 2025/26 for the whole year"
_PERIOD = re.compile(r"(20\d\d)/(\d\d)(?:-(autumn|spring|summer))?", re.ASCII)


def is_period(text: str) -> bool:
    """Whether ``text`` spells a period: the second year is the one after the first."""
    match = _PERIOD.fullmatch(text)
    return match is not None and (int(match[1]) + 1) % 100 == int(match[2])


def is_term(text: str) -> bool:
    """Whether ``text`` spells one term."""
    return is_period(text) and "-" in text


def is_school_year(text: str) -> bool:
    """Whether ``text`` spells a whole school year."""
    return is_period(text) and "-" not in text


def is_term_of(term: str, year: str) -> bool:
    """Whether a period is a term of another, which is a whole school year."""
    return is_term(term) and term.partition("-")[0] == year


def terms_of(period: str) -> tuple[str, ...]:
    """The terms that make up ``period``: itself, or the three of its year."""
    if not is_period(period):
        raise BadParameters(f"{period!r} is not a period: {EXPECTED}.")
    return (period,) if is_term(period) else tuple(f"{period}-{term}" for term in TERMS)


def usual_census_day(term: str, year: int) -> date:
    """The census day of a term that has it in that calendar year."""
    month, number = CENSUSES[term]
    first = date(year, month, 1)
    return first + timedelta(days=(_THURSDAY - first.weekday()) % 7 + 7 * (number - 1))


def census_day(period: str) -> date:
    """The day of a period's census; of a school year that of January."""
    year, _, term = period.partition("-")
    return usual_census_day(term or _CENSUS_OF_A_YEAR, int(year[:4]) + (term != "autumn"))


def first_day(period: str) -> date:
    """The first day of a period's school year."""
    return date(int(period[:4]), 9, 1)


@lru_cache(maxsize=256)
def term_before(period: str, terms: int = 1) -> str:
    """The term that lies so many terms before another."""
    year, _, term = period.partition("-")
    number = int(year[:4]) * len(TERMS) + TERMS.index(term) - terms
    first, place = divmod(number, len(TERMS))
    return f"{school_year(first)}-{TERMS[place]}"


def year_of(day: date) -> str:
    """The school year of a day: it begins on 1 September."""
    return school_year(day.year if day.month >= 9 else day.year - 1)


def year_before(period: str) -> str:
    """The school year before that of a period."""
    return school_year(int(period[:4]) - 1)


def school_year(first: int) -> str:
    """The school year that begins in that year: ``2025/26``."""
    return f"{first}/{(first + 1) % 100:02d}"
