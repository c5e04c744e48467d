"""Which schools a standard catches, exactly: yes, no, or why that is not to be said.

A figure that is not there leaves it open: what then stands is ``x``, never no.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kdsp_lib.analyse.measures.standard import UNIT, Condition, Standard
from kdsp_lib.analyse.symbol import NOT_APPLICABLE, NOT_AVAILABLE

YES, NO = "yes", "no"
Flags = npt.NDArray[np.bool_]
Answers = npt.NDArray[np.object_]
"""``yes``, ``no``, ``x`` (a figure is missing) or ``z`` (too few pupils for the standard) of each school."""


@dataclass(frozen=True, slots=True)
class Known:
    """A figure of each school, in ten-thousandths, and of which schools there is one."""

    values: npt.NDArray[np.int64]
    there: Flags


def caught(standard: Standard, figures: Mapping[str, Known], schools: int) -> Answers:
    """Whether each of so many schools is caught, by one year's figures."""
    holds, may_hold = np.zeros(schools, dtype=bool), np.zeros(schools, dtype=bool)
    for rule in standard.rules:
        sure, open_to = np.ones(schools, dtype=bool), np.ones(schools, dtype=bool)
        for condition in rule:
            known = figures.get(condition.measure, _nothing(schools))
            met = known.there & _met(condition, known.values)
            sure, open_to = sure & met, open_to & (met | ~known.there)
        holds, may_hold = holds | sure, may_hold | open_to
    answers = np.where(holds, YES, np.where(may_hold, NOT_AVAILABLE, NO)).astype(object)
    for name in standard.fewest:
        answers[~figures.get(name, _nothing(schools)).there] = NOT_AVAILABLE
    for name, fewest in standard.fewest.items():
        counted = figures.get(name, _nothing(schools))
        answers[counted.there & (counted.values < fewest * UNIT)] = NOT_APPLICABLE
    return answers


def in_every_year(years: Sequence[Answers]) -> Answers:
    """Caught in each of several years, as coasting is.

    One year that is no settles it; else one in which it does not apply; else one that is open leaves it open.
    """
    found = np.stack(years)
    answers = np.where((found == NOT_APPLICABLE).any(axis=0), NOT_APPLICABLE, NOT_AVAILABLE)
    answers = np.where((found == YES).all(axis=0), YES, answers)
    return np.where((found == NO).any(axis=0), NO, answers).astype(object)


def _met(condition: Condition, values: npt.NDArray[np.int64]) -> Flags:
    found: Mapping[str, Any] = {
        "below": values < condition.value,
        "at-most": values <= condition.value,
        "at-least": values >= condition.value,
        "above": values > condition.value,
    }
    return np.asarray(found[condition.comparison], dtype=bool)


def _nothing(schools: int) -> Known:
    return Known(np.zeros(schools, dtype=np.int64), np.zeros(schools, dtype=bool))
