"""The codes of a School Census, with ours; and from which school year on a code means what."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

TERMS: Mapping[str, str] = MappingProxyType({"AUT": "autumn", "SPR": "spring", "SUM": "summer"})

SEN_PROVISION: Mapping[str, str] = MappingProxyType({"N": "N", "K": "K", "E": "E", "S": "E", "A": "K", "P": "K"})
"""Statements (S), School Action (A) and School Action Plus (P) are what plans and support were called until 2014/15."""

YES_NO_UNKNOWN: Mapping[str, bool | None] = MappingProxyType(
    {
        "Y": True, "N": False, "true": True, "false": False, "1": True, "0": False, "U": None, "R": None, "": None,
    }
)  # fmt: skip
"""Unknown and refused are neither yes nor no; nor is what a return does not say."""
YOUNG_CARER: Mapping[str, bool | None] = MappingProxyType({**YES_NO_UNKNOWN, "P": True, "S": True})
"""Told by a parent (P) or by the school (S)."""

_LANGUAGES: Mapping[str, str] = MappingProxyType(
    {
        "ENG": "english", "ENB": "english", "OTH": "eal", "OTB": "eal",
        "NOT": "unclassified", "REF": "unclassified", "ZZZ": "unclassified", "": "unclassified",
    }
)  # fmt: skip
_LANGUAGE = re.compile(r"[A-Z]{3,4}", re.ASCII)


def language_of(code: str) -> str | None:
    """The group of a first language: any code that is not English or unclassified is another language's."""
    if code in _LANGUAGES:
        return _LANGUAGES[code]
    return "eal" if _LANGUAGE.fullmatch(code) else None


NOT_BY_YEAR = "X"
"""The year group of a pupil who does not follow one: not known to us."""

CATEGORIES: Mapping[str, str] = MappingProxyType({"SUSP": "SUSP", "FIXD": "SUSP", "PERM": "PERM", "LNCH": "LNCH"})
"""What an exclusion is: a suspension (until 2020/21 called fixed-period), permanent, or of lunchtimes."""

AUTHORISED, UNAUTHORISED, PRESENT, LATE, NOT_POSSIBLE = "authorised", "unauthorised", "present", "late", "not possible"
_SESSIONS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("C", "C1", "C2", "E", "I", "J1", "M", "R", "S", "T"), AUTHORISED),
        **dict.fromkeys(("G", "N", "O", "U"), UNAUTHORISED),
        **dict.fromkeys(("/", "\\", "B", "K", "P", "V", "W"), PRESENT),
        "L": LATE,
        **dict.fromkeys(("D", "X", "Q", "Y1", "Y2", "Y3", "Y4", "Y5", "Y6", "Y7", "Z", "#"), NOT_POSSIBLE),
    }
)
"""Attendance codes since 19 August 2024."""
_WITHDRAWN: Mapping[str, str] = MappingProxyType(
    {**dict.fromkeys(("H", "F"), AUTHORISED), "J": PRESENT, "Y": NOT_POSSIBLE}
)
LAST_YEAR_BEFORE = "2023/24"


def sessions_of(code: str, year: str) -> str | None:
    """What a session with that attendance code counts as in a school year; None where there was no such code."""
    known = _SESSIONS.get(code)
    return known if known is not None or year > LAST_YEAR_BEFORE else _WITHDRAWN.get(code)
