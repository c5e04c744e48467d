"""Results of the made-up year, a stage at a time, by how able a pupil is and how hard school is for them.

Early years in Reception, phonics in year 1, the multiplication tables check in year 4, key stage 2 in year 6; key
stage 4 in :mod:`.key_stage_4`, what pupils had achieved in earlier years in :mod:`.earlier_result`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kdsp_lib.source.demo.census import Traits
from kdsp_lib.source.demo.dice import Dice, Ints
from kdsp_lib.source.demo.enrolment import TERMS, Enrolments
from kdsp_lib.source.demo.key_stage_4 import key_stage_4
from kdsp_lib.source.demo.pupil import Pupils

Columns = Mapping[str, Any]
_SCALED = (("ENG", "REA", 3), ("MAT", "MAT", 0), ("ENG", "GPS", 1))
"""Subject, component, and by how many points the average lies higher."""
GOALS: Mapping[str, tuple[str, ...]] = {
    "COM": ("G01", "G02"),
    "PSE": ("G03", "G04", "G05"),
    "PHY": ("G06", "G07"),
    "LIT": ("G08", "G09", "G10"),
    "MAT": ("G11", "G12"),
    "UTW": ("G13", "G14", "G15"),
    "EXP": ("G16", "G17"),
}
"""The early learning goals by area; the first five areas make a good level of development."""
_HARDER = {"G10": 9, "G09": 5, "G11": 3, "G08": 2, "G06": -8, "G14": 7, "G16": -5, "G17": -5}
"""By how much a goal asks for more than the others."""


@dataclass(frozen=True, slots=True)
class Assessed:
    """Who is assessed: every pupil with where and how able they are; and who of them sits the year's assessments."""

    able: Ints
    """From about -34 to 79, 32 in the middle."""
    year: Ints
    """The year group at the end of the year; -9 for who is not on roll then."""
    phase: NDArray[np.object_]
    """Of the establishment where the pupil counts."""

    def of_year(self, year: int) -> Ints:
        """The pupils of a year group, by number."""
        return np.flatnonzero(self.year == year)


def assessed_of(
    seed: int, authority: int, phases: NDArray[np.object_], enrolments: Enrolments, pupils: Pupils, traits: Traits
) -> tuple[Dice, Assessed]:
    """Everybody's ability, and the dice that the year's first assessments go on with."""
    dice = Dice(seed, authority, 24)
    counted = enrolments.among(
        (enrolments.entry <= TERMS[2].census)
        & (enrolments.leave > TERMS[2].census)
        & np.isin(enrolments.status, ["C", "M"])
    )
    need = traits.sen[2]
    hardship = 8 * pupils.is_poor.astype(np.int64) + np.where(need == "E", 26, np.where(need == "K", 12, 0))
    able = dice.below(40, len(hardship)) + dice.below(41, len(hardship)) - hardship
    year = np.full(len(able), -9, dtype=np.int64)
    year[counted.pupil] = counted.year
    phase = np.full(len(able), "", dtype=object)
    phase[counted.pupil] = phases[counted.place]
    return dice, Assessed(able, year, phase)


def results_of(seed: int, authority: int, dice: Dice, assessed: Assessed) -> Iterator[Columns]:
    """The year's results, an assessment at a time: pupils by their number, and the columns of the contract."""
    for year, assessments in ((1, phonics), (4, tables_check), (6, key_stage_2)):
        who = assessed.of_year(year)
        yield from assessments(dice, who, assessed.able[who])
    later = Dice(seed, authority, 25)
    who = assessed.of_year(0)
    yield from early_years(later, who, assessed.able[who])
    who = assessed.of_year(11)
    yield from key_stage_4(later, who, assessed.able[who], assessed.phase[who])


def early_years(dice: Dice, who: Ints, able: Ints) -> Iterator[Columns]:
    """The profile at the end of Reception: 2 as expected, 1 not yet, A exempt, of each of the 17 goals."""
    size = len(who)
    child = able + dice.below(15, size) - 7
    is_exempt = dice.permille(size) < 3
    for area, goals in GOALS.items():
        for goal in goals:
            level = child + dice.below(21, size) - 10 - _HARDER.get(goal, 0)
            result = np.where(is_exempt, "A", np.where(level > 13, "2", "1")).astype(object)
            yield column(who, "FSP", area, "TA", goal, "FS", result)


def phonics(dice: Dice, who: Ints, able: Ints) -> Iterator[Columns]:
    """The screening check in year 1: a mark of 40, or a code."""
    marks = np.clip(able * 3 // 4 + 11 + dice.below(9, len(who)), 0, 40)
    yield column(who, "KS1", "ENG", "TT", "PHO", "PM", _or_code(dice, marks, {"A": 6, "D": 14}))


def key_stage_1(dice: Dice, who: Ints, able: Ints) -> Iterator[Columns]:
    """Teachers' assessments in year 2, as they were until 2023."""
    for subject, component, harder in (("ENG", "REA", 0), ("ENG", "WRI", 6), ("MAT", "MAT", 1)):
        level = able + dice.below(13, len(who)) - 6 - harder
        words = np.where(level > 54, "GDS", np.where(level > 22, "EXS", np.where(level > -2, "WTS", "PK4")))
        yield column(who, "KS1", subject, "TA", component, "NL", words.astype(object))


def tables_check(dice: Dice, who: Ints, able: Ints) -> Iterator[Columns]:
    """The multiplication tables check in year 4: a mark of 25, or a code."""
    marks = np.clip(able * 3 // 5 + 2 + dice.below(7, len(who)), 0, 25)
    yield column(who, "KS2", "MAT", "TT", "MTC", "MT", _or_code(dice, marks, {"A": 12, "B": 20, "J": 3}))


def key_stage_2(dice: Dice, who: Ints, able: Ints) -> Iterator[Columns]:
    """Scaled scores of the tests, and the teacher's assessment of writing."""
    for subject, component, easier in _SCALED:
        scores = np.clip(86 + able // 2 + easier + dice.below(7, len(who)) - 3, 80, 120)
        yield column(who, "KS2", subject, "TT", component, "NS", _or_code(dice, scores, {"A": 5, "B": 45, "T": 4}))
    level = able + dice.below(13, len(who)) - 6
    words = np.where(level > 52, "GDS", np.where(level > 20, "EXS", np.where(level > -4, "WTS", "PK6"))).astype(object)
    yield column(who, "KS2", "ENG", "TA", "WRI", "NL", words)


def column(who: Ints, stage: str, subject: str, method: str, component: str, qualifier: str, result: Any) -> Columns:
    """One assessment of several pupils."""
    return {
        "pupil": who, "stage": stage, "subject": subject, "method": method, "component": component,
        "qualifier": qualifier, "result": result,
    }  # fmt: skip


def _or_code(dice: Dice, marks: Ints, codes: Mapping[str, int]) -> NDArray[np.object_]:
    """The marks as text; for so many in a thousand pupils a code in place of one."""
    text = np.array([str(mark) for mark in marks.tolist()], dtype=object)
    names = np.array([*codes, ""], dtype=object)
    drawn = names[dice.pick([*codes.values(), 1000 - sum(codes.values())], len(marks))]
    return np.where(drawn == "", text, drawn).astype(object)
