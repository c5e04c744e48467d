"""The periods that data sets are of: a school year (``2025/26``) or one of its terms (``2025/26-autumn``)."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

from kdsp_lib.errors import BadParameters

TERMS = ("autumn", "spring", "summer")
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
