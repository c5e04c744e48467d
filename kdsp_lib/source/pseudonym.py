"""The unique pupil number (UPN): the one module that knows what it looks like.

A UPN is thirteen characters: a check letter, the three digits of the authority and the four of the establishment
that gave it, two of the year, and a serial number of three digits. A *temporary* UPN has a letter as its last
character. Its authority must be one that there is or was, never the one that holds the pupil's record: a pupil first
schooled elsewhere brings that number along.

A UPN is never shown and never hashed without a key: twelve digits are tried out in seconds.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from operator import mul
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
"""The check letters in order of value: I, O and S are left out."""
_LETTER = 10
"""What is added to a letter's value in a row of values, to tell it from a digit."""
_VALUES = {**{str(digit): digit for digit in range(10)}, **{letter: place for place, letter in enumerate(LETTERS)}}
_FORM = re.compile(f"[{LETTERS}][0-9]{{11}}[0-9{LETTERS}]")
_RANGES = (
    (1, 5), (201, 213), (301, 320), (330, 336), (340, 344), (350, 359), (370, 373), (380, 384), (390, 394), (420, 420),
    (660, 681), (701, 708), (800, 803), (805, 808), (810, 813), (815, 816), (820, 823), (825, 826), (830, 831),
    (835, 841), (845, 846), (850, 852), (855, 857), (860, 861), (865, 896), (908, 909), (916, 916), (919, 919),
    (921, 921), (925, 926), (928, 929), (931, 931), (933, 933), (935, 938), (940, 943),
)  # fmt: skip
AUTHORITIES = frozenset(f"{number:03d}" for first, last in _RANGES for number in range(first, last + 1))
"""The numbers a UPN may hold: authorities of England since 1999 and of Wales, and numbers that stand for none."""


def check_letter(body: str) -> str:
    """The letter that goes before ``body``, the last twelve characters: the sum of position times value, modulo 23."""
    return LETTERS[sum(map(mul, range(2, 2 + len(body)), map(_VALUES.__getitem__, body))) % len(LETTERS)]


def upns_of(bodies: NDArray[np.int64]) -> list[str]:
    """Whole UPNs from a row of twelve values each: digits, and in the last place also 10 plus a letter's value."""
    import numpy as np

    values = bodies.copy()
    is_letter = values[:, -1] >= _LETTER
    values[is_letter, -1] -= _LETTER
    alphabet = np.frombuffer(LETTERS.encode(), dtype=np.uint8)
    signs = np.empty((len(bodies), 13), dtype=np.uint8)
    signs[:, 0] = alphabet[values @ np.arange(2, 14) % len(LETTERS)]
    signs[:, 1:] = values + ord("0")
    signs[is_letter, -1] = alphabet[values[is_letter, -1]]
    found: list[str] = signs.view("S13").ravel().astype(str).tolist()
    return found


def upn_fault(upn: str) -> str | None:
    """What is wrong with a UPN, in plain English and without repeating it; ``None`` where nothing is."""
    if not _FORM.fullmatch(upn):
        return "is not a UPN: a capital letter (not I, O or S), eleven digits, then a digit or such a letter"
    if check_letter(upn[1:]) != upn[0]:
        return "has the wrong check letter: a character of it was mistyped"
    if upn[1:4] not in AUTHORITIES:
        return "has a number in it that no authority has: a character of it was mistyped"
    return None


def is_upn(upn: str) -> bool:
    """Whether ``upn`` has the form of a UPN, the right check letter, and an authority that there is or was."""
    return upn_fault(upn) is None


def is_temporary(upn: str) -> bool:
    """Whether a UPN is one of those that a school gives until it learns the permanent one."""
    return upn[-1:] in LETTERS and upn[-1:] != ""


def pseudonym(pupil_key: str, *, secret: bytes, family: str) -> str:
    """The stand-in for a pupil in one family of releases: keyed, so that nobody without the secret can try it out.

    Another family (another recipient, another term) gives the same pupil another pseudonym.
    """
    if len(secret) < 32:
        raise ValueError("a secret of 32 bytes or more is needed")
    message = b"kdsp pseudonym\0" + family.encode() + b"\0" + pupil_key.encode()
    digest = hmac.new(secret, message, hashlib.sha256).digest()
    return base64.b32encode(digest[:10]).decode().rstrip("=")
