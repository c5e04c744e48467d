"""What the pupils of the made-up year achieved before it: the assessments of each year that they were of an age for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from kdsp_lib.source.demo.dice import Dice
from kdsp_lib.source.demo.result import (
    Assessed,
    early_years,
    key_stage_1,
    key_stage_2,
    phonics,
    tables_check,
)
from kdsp_lib.source.period import school_year

Columns = Mapping[str, Any]
_STAGES: tuple[tuple[int, Callable[..., Iterator[Columns]]], ...] = (
    (0, early_years),
    (1, phonics),
    (2, key_stage_1),
    (4, tables_check),
    (6, key_stage_2),
)
FIRST, LAST = 2021, 2024
"""School years by the year they begin in: before, there was no key stage 2, and another early years' profile."""
_LAST_OF_KEY_STAGE_1 = 2022
_THIS = 2025


def earlier_results_of(seed: int, authority: int, assessed: Assessed) -> Iterator[tuple[str, list[Columns]]]:
    """By school year, the results that pupils bring along; three in a hundred come from where there were none."""
    for began in range(FIRST, LAST + 1):
        dice = Dice(seed, authority, 40 + began - FIRST)
        is_known = (dice.permille(len(assessed.able)) >= 30) & (assessed.year >= 0)
        found: list[Columns] = []
        for year, assessments in _STAGES:
            if assessments is key_stage_1 and began > _LAST_OF_KEY_STAGE_1:
                continue
            who = np.flatnonzero(is_known & (assessed.year == year + _THIS - began))
            found += assessments(dice, who, assessed.able[who])
        yield school_year(began), found
