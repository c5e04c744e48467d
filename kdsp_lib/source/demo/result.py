"""Results of the made-up year: phonics in year 1, the multiplication tables check in year 4, key stage 2 in year 6."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kdsp_lib.source.demo.census import Traits
from kdsp_lib.source.demo.dice import Dice, Ints
from kdsp_lib.source.demo.enrolment import TERMS, Enrolments
from kdsp_lib.source.demo.pupil import Pupils

Columns = dict[str, Any]
_SCALED = (("ENG", "REA", 3), ("MAT", "MAT", 0), ("ENG", "GPS", 1))
"""Subject, component, and by how many points the average lies higher."""


def results_of(seed: int, authority: int, enrolments: Enrolments, pupils: Pupils, traits: Traits) -> Iterator[Columns]:
    """The results, an assessment at a time: pupils by their number, and the columns of the contract."""
    dice = Dice(seed, authority, 24)
    counted = enrolments.among(
        (enrolments.entry <= TERMS[2].census)
        & (enrolments.leave > TERMS[2].census)
        & np.isin(enrolments.status, ["C", "M"])
    )
    need = traits.sen[2]
    hardship = 8 * pupils.is_poor.astype(np.int64) + np.where(need == "E", 26, np.where(need == "K", 12, 0))
    able = dice.below(40, len(hardship)) + dice.below(41, len(hardship)) - hardship
    """From about -34 to 79, 32 in the middle."""
    for year, assessments in ((1, _phonics), (4, _tables), (6, _key_stage_2)):
        who = np.unique(counted.pupil[counted.year == year])
        yield from assessments(dice, who, able[who])


def _phonics(dice: Dice, who: Ints, able: Ints) -> Iterator[Columns]:
    marks = np.clip(able * 3 // 4 + 11 + dice.below(9, len(who)), 0, 40)
    yield _column(who, "KS1", "ENG", "TT", "PHO", "PM", _or_code(dice, marks, {"A": 6, "D": 14}))


def _tables(dice: Dice, who: Ints, able: Ints) -> Iterator[Columns]:
    marks = np.clip(able * 3 // 5 + 2 + dice.below(7, len(who)), 0, 25)
    yield _column(who, "KS2", "MAT", "TT", "MTC", "MT", _or_code(dice, marks, {"A": 12, "B": 20, "J": 3}))


def _key_stage_2(dice: Dice, who: Ints, able: Ints) -> Iterator[Columns]:
    for subject, component, easier in _SCALED:
        scores = np.clip(86 + able // 2 + easier + dice.below(7, len(who)) - 3, 80, 120)
        yield _column(who, "KS2", subject, "TT", component, "NS", _or_code(dice, scores, {"A": 5, "B": 45, "T": 4}))
    level = able + dice.below(13, len(who)) - 6
    words = np.where(level > 52, "GDS", np.where(level > 20, "EXS", np.where(level > -4, "WTS", "PK6"))).astype(object)
    yield _column(who, "KS2", "ENG", "TA", "WRI", "NL", words)


def _column(who: Ints, stage: str, subject: str, method: str, component: str, qualifier: str, result: Any) -> Columns:
    return {
        "pupil": who, "stage": stage, "subject": subject, "method": method, "component": component,
        "qualifier": qualifier, "result": result,
    }  # fmt: skip


def _or_code(dice: Dice, marks: Ints, codes: dict[str, int]) -> NDArray[np.object_]:
    """The marks as text; for so many in a thousand pupils a code in place of one."""
    text = np.array([str(mark) for mark in marks.tolist()], dtype=object)
    names = np.array([*codes, ""], dtype=object)
    drawn = names[dice.pick([*codes.values(), 1000 - sum(codes.values())], len(marks))]
    return np.where(drawn == "", text, drawn).astype(object)
