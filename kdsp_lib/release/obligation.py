"""What a permit obliges a release to do, in words for its reader.

A permit with an obligation that is not here is not released: what is unknown is not carried out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

OBLIGATIONS: Mapping[str, str] = {
    "suppress-small-counts": "No figure here, and nothing that follows from the figures, tells of one to five pupils.",
    "protect-establishments": "Figures that would let one establishment be recognised are withheld.",
    "pseudonymise": "Pupils stand under pseudonyms that change each term and differ for each recipient.",
    "minimise-columns": "Only what the purpose needs is included.",
    "no-ranking": "Establishments are in alphabetical order: this is no league table and may not be made into one.",
    "own-data-only": "Only the recipient's own data is included, without comparison with others.",
    "mark-confidential": "It is confidential to those named at its head.",
    "coverage-note": "Some establishments are not in the figures: see the note on coverage.",
    "terms-of-use": "It may be used under the terms of use alone.",
    "encrypt-delivery": "It may leave the authority only encrypted to its recipient.",
}
RETAIN = "retain-until:"
ENCRYPTED = "encrypt-delivery"
_MONTHS = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)


def retain_until(obligations: Iterable[str]) -> str | None:
    """The day on which a permit says the output expires, or None."""
    days = [text.removeprefix(RETAIN).strip() for text in obligations if text.startswith(RETAIN)]
    return min(days) if days else None


def in_words(obligations: Iterable[str]) -> tuple[str, ...]:
    """The sentences of the obligations, in the table's order; the day of expiry has a place of its own."""
    held = set(obligations)
    return tuple(text for name, text in OBLIGATIONS.items() if name in held)


def day_in_words(day: str) -> str:
    """``31 August 2026``."""
    date = dt.date.fromisoformat(day)
    return f"{date.day} {_MONTHS[date.month - 1]} {date.year}"


def expiry_in_words(day: str) -> str:
    """The day of expiry, as whoever reads it on or after that day has to take it."""
    words = day_in_words(day)
    return (
        f"Expires on {words}. On that day and after, it has expired: do not use it, keep it or pass it on; destroy it."
    )


def clauses_in_words(clauses: Iterable[str], protocol: str) -> str:
    """``Clause 4 of the protocol``, ``Clauses 3 and 4 of the protocol``; the protocol by its title."""
    clauses = list(clauses)
    if not clauses:
        return f"The {protocol}"
    some = " and ".join(filter(None, (", ".join(clauses[:-1]), clauses[-1])))
    return f"{'Clauses' if len(clauses) > 1 else 'Clause'} {some} of the {protocol}"
