"""The symbols of official statistics, and how a value is printed for a reader.

In files a symbol stands bare (``c``); before a reader it stands in square brackets (``[c]``), so that nobody takes it
for a word or a number.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

SYMBOLS: Mapping[str, str] = {
    "c": "confidential: withheld so that no pupil or establishment can be recognised",
    "low": "rounds to zero, but is not zero",
    "u": "too few pupils for a reliable figure",
    "x": "not available",
    "z": "not applicable",
}

NOT_AVAILABLE = "x"
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")


def is_number(value: str) -> bool:
    """Whether a value is a decimal in its one spelling: no separator, no plus, no exponent."""
    return _NUMBER.fullmatch(value) is not None


def printed(value: str) -> str:
    """A value as a reader sees it: ``3794`` is ``3,794``, ``-1.5`` is ``−1.5``, ``c`` is ``[c]``."""
    if value in SYMBOLS:
        return f"[{value}]"
    sign, digits = ("\N{MINUS SIGN}", value[1:]) if value.startswith("-") else ("", value)
    whole, dot, decimals = digits.partition(".")
    return f"{sign}{int(whole):,}{dot}{decimals}"
