"""Key stage 4 of the made-up year: each pupil's GCSEs by subject, and the points that fill the slots of Attainment 8.

There is no Progress 8: pupils of these years have no key stage 2 to be measured against.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kdsp_lib.source.demo.dice import Dice, Ints

STAGE, EXAMINED, GCSE, GRADE = "KS4", "EX", "GCSE", "GR"
SCORE, DERIVED, POINTS = "ATT8", "DV", "PTS"
"""Subject, method and qualifier of the points of Attainment 8."""
LANGUAGE, LITERATURE, MATHS, DOUBLE = "ENL", "LIT", "MAT", "DSC"
SCIENCES, COMPUTING = ("BIO", "CHE", "PHY"), "CSC"
_BACCALAUREATE = ("HIS", "GEO", "FRE", "SPA", COMPUTING)
_OPEN = ("ART", "BUS", "DRA", "MUS", "PED", "RST", "DAT")
_ENTERED: Mapping[str, int] = {
    "HIS": 430, "GEO": 380, "FRE": 270, "SPA": 230, "CSC": 120,
    "ART": 270, "BUS": 210, "DRA": 130, "MUS": 70, "PED": 240, "RST": 520, "DAT": 260,
}  # fmt: skip
"""How many in a thousand are entered for a subject that is chosen."""
_HARDER = {"MAT": 3, "HIS": 3, "GEO": 2, "FRE": 4, "SPA": 4, "LIT": -2, "ART": -6, "DRA": -6, "PED": -3, "MUS": -6}

Columns = Mapping[str, Any]
_NOT_ENTERED = -1


def key_stage_4(dice: Dice, who: Ints, able: Ints, phase: NDArray[np.object_]) -> Iterator[Columns]:
    """The grades of each subject, and then the points by slot, which everybody has: who is not entered has none."""
    halves = _halves(dice, able, phase)
    for subject, drawn in halves.items():
        entered = np.flatnonzero(drawn != _NOT_ENTERED)
        grades = _double if subject == DOUBLE else _single
        yield {
            "pupil": who[entered], "stage": STAGE, "subject": subject, "method": EXAMINED, "component": GCSE,
            "qualifier": GRADE, "result": grades(drawn[entered]),
        }  # fmt: skip
    for slot, points in slots_of(halves).items():
        text = np.array([f"{n // 2}.{'50'[n % 2 == 0]}" for n in points.tolist()], dtype=object)
        yield {
            "pupil": who, "stage": STAGE, "subject": SCORE, "method": DERIVED, "component": slot,
            "qualifier": POINTS, "result": text,
        }  # fmt: skip


def slots_of(halves: Mapping[str, Ints]) -> Mapping[str, Ints]:
    """Attainment 8 in half points by slot, from each subject's: -1 where it was not entered.

    English counts twice where language and literature were both entered; maths always. A double award is two entries.
    """
    points = {subject: np.maximum(drawn, 0) for subject, drawn in halves.items()}
    both = (halves[LANGUAGE] >= 0) & (halves[LITERATURE] >= 0)
    better = np.maximum(points[LANGUAGE], points[LITERATURE])
    english = np.where(both, 2 * better, better)
    maths = 2 * points[MATHS]
    pillars = np.stack([points[DOUBLE], points[DOUBLE], *(points[subject] for subject in (*SCIENCES, *_BACCALAUREATE))])
    ranked = -np.sort(-pillars, axis=0)
    other = np.stack([np.where(both, np.minimum(points[LANGUAGE], points[LITERATURE]), 0), *(points[s] for s in _OPEN)])
    rest = -np.sort(-np.concatenate([ranked[3:], other]), axis=0)
    found = {"ENG": english, "MAT": maths, "EBC": ranked[:3].sum(axis=0), "OPN": rest[:3].sum(axis=0)}
    return {**found, "TOT": sum(found.values(), np.zeros_like(english))}


def _halves(dice: Dice, able: Ints, phase: NDArray[np.object_]) -> Mapping[str, Ints]:
    """Twice the points of each subject: 0 is ungraded, -1 is not entered."""
    size = len(able)
    mainstream = phase == "secondary"
    sits = np.where(mainstream, 985, np.where(phase == "special", 90, 700))
    is_candidate = dice.permille(size) < sits
    is_triple = (able > 40) & (dice.permille(size) < 600) & mainstream
    chances = {LANGUAGE: np.full(size, 990), LITERATURE: np.where(mainstream, 960, 250), MATHS: np.full(size, 995)}
    chances[DOUBLE] = np.where(is_triple, 0, np.where(mainstream, 960, 400))
    chances |= {subject: np.where(is_triple, 1000, 0) for subject in SCIENCES}
    chances |= {subject: np.where(mainstream, share, share // 4) for subject, share in _ENTERED.items()}
    found = {}
    for subject, chance in chances.items():
        is_entered = is_candidate & (dice.permille(size) < chance)
        level = able + dice.below(21, size) - 10 - _HARDER.get(subject, 0)
        grade = np.clip(level // 4, 0, 18)
        grade = np.maximum(grade, 2 * (grade > 0)) if subject == DOUBLE else grade // 2 * 2
        found[subject] = np.where(is_entered, grade, _NOT_ENTERED)
    return found


def _single(halves: Ints) -> NDArray[np.object_]:
    return np.array([*"U123456789"], dtype=object)[halves // 2]


def _double(halves: Ints) -> NDArray[np.object_]:
    """Two grades side by side, the better first: 9 and 9 to 1 and 1."""
    words = ["U", "U", *(f"{-(-n // 2)}{n // 2}" for n in range(2, 19))]
    return np.array(words, dtype=object)[halves]
