"""Suspensions and exclusions of the made-up year, and the temporary UPNs that some pupils had before."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kdsp_lib.source.demo.dice import Dice, Ints
from kdsp_lib.source.demo.enrolment import Enrolments, Term
from kdsp_lib.source.demo.place import Place
from kdsp_lib.source.demo.pupil import Pupils
from kdsp_lib.source.pseudonym import LETTERS, check_letter

_IN_TEN_THOUSAND = {"primary": 30, "secondary": 500, "special": 200, "pru": 1800}
_WEIGHTS = {"DB": 45, "PP": 18, "VA": 14, "PA": 6, "VP": 5, "DA": 4, "DM": 3, "OW": 2, "BU": 1, "RA": 1, "TH": 1}
_NOTHING = np.array(None, dtype=object)
_MORE_POOR = 170
"""How often pupils from poor homes are suspended, where others are 60 times."""


def suspensions_of(
    seed: int,
    authority: int,
    number: int,
    places: tuple[Place, ...],
    term: Term,
    enrolments: Enrolments,
    pupils: Pupils,
) -> tuple[Enrolments, dict[str, Any]]:
    """Who was suspended in a term, one enrolment at most once, and how."""
    dice = Dice(seed, authority, 20 + number)
    phase = np.array([place.phase for place in places], dtype=object)[enrolments.place]
    first = np.maximum(enrolments.entry, term.first)
    days = np.minimum(enrolments.leave - 1, term.last) - first + 1
    chance = np.array([_IN_TEN_THOUSAND.get(name, 0) for name in phase], dtype=np.int64)
    chance = chance * np.where(pupils.is_poor[enrolments.pupil], _MORE_POOR, 60) // 100
    chance = np.where((enrolments.year < 1) | (enrolments.year > 11), 0, chance)
    held = np.isin(enrolments.status, ["C", "M", "S"]) & (days > 0)
    chosen = held & (dice.below(10_000, len(chance)) < chance)
    suspended = enrolments.among(chosen)
    size = len(suspended.pupil)
    is_excluded = dice.permille(size) < 6
    start = first[chosen] + dice.below(1 << 30, size) % days[chosen]
    reasons = _reasons(dice, size)
    return suspended, {
        "category": np.where(is_excluded, "PERM", "SUSP").astype(object),
        "start_date": _weekday(start, first[chosen]),
        "sessions": np.where(is_excluded, _NOTHING, 1 + dice.below(10, size)),
        **{f"reason_{place + 1}": reasons[place] for place in range(3)},
    }


def _weekday(day: Ints, first: Ints) -> Ints:
    """The day, or the Friday before a weekend; never before the first."""
    weekend = np.maximum((day - 1) % 7 - 4, 0)
    return np.maximum(day - weekend, first)


def _reasons(dice: Dice, size: int) -> tuple[NDArray[np.object_], ...]:
    """One reason, for some a second and for few a third; no reason twice."""
    codes = np.array(list(_WEIGHTS), dtype=object)
    drawn = [dice.pick(list(_WEIGHTS.values()), size) for _ in range(3)]
    many = dice.permille(size)
    second = (many < 180) & (drawn[1] != drawn[0])
    third = (many < 30) & second & (drawn[2] != drawn[0]) & (drawn[2] != drawn[1])
    return (
        codes[drawn[0]],
        np.where(second, codes[drawn[1]], _NOTHING),
        np.where(third, codes[drawn[2]], _NOTHING),
    )


def former_upns_of(seed: int, authority: int, places: tuple[Place, ...], pupils: Pupils) -> dict[str, Any]:
    """Pupils who came with a temporary UPN and have a permanent one now: about four in a thousand."""
    dice = Dice(seed, authority, 23)
    drawn = np.flatnonzero((dice.permille(len(pupils.upn)) < 4) & ~pupils.temporary)
    letter = dice.below(len(LETTERS), len(drawn))
    home = places[0].laestab[:3]
    upns = []
    for number, end in enumerate(letter.tolist()):
        body = f"{home}{6000 + number // 100 + 20 * authority:04d}25{number % 100:02d}{LETTERS[end]}"
        upns.append(check_letter(body) + body)
    return {"pupil": drawn, "upn": upns}
