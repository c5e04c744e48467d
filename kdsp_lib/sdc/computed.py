"""What is worked out from printed figures alone: rates, means, gaps, comparisons.

A rate of a base printed as fewer than `Rounding.smallest_base` pupils is `UNRELIABLE`. What is withheld stays so.
"""

from __future__ import annotations

from collections.abc import Sequence

from kdsp_lib.sdc.printed import HIDDEN, NOT_APPLICABLE, UNRELIABLE, Figure, PrintedRow
from kdsp_lib.sdc.rules import Rules

Result = float | str
"""A rate in per cent, a mean or a gap; or the symbol in its place."""


def rate(row: PrintedRow, rules: Rules, *, places: int = 1) -> Result:
    """How many in a hundred of the base are counted, not above 100, though both are rounded by themselves."""
    found = _divided(row.base, row.counted, rules)
    return found if isinstance(found, str) else round(min(100.0 * found, 100.0), places)


def mean(row: PrintedRow, rules: Rules, *, scale: int = 1, places: int = 1) -> Result:
    """What comes to one pupil of the base of what was summed, ``scale`` of which make one of what is told."""
    found = _divided(row.base, row.total, rules)
    return found if isinstance(found, str) else round(found / scale, places)


def gap(one: Result, other: Result, *, places: int = 1) -> Result:
    """By how much one rate or mean is above another, be that of a row or of England; a symbol where either is one."""
    for each in (one, other):
        if isinstance(each, str):
            return each
    return round(float(one) - float(other), places)


def compared(results: Sequence[Result], with_: Result, *, places: int = 1) -> list[Result]:
    """Each result's gap to the same one."""
    return [gap(result, with_, places=places) for result in results]


def _divided(base: Figure, part: Figure | None, rules: Rules) -> Result:
    if isinstance(base, str):
        return base
    if part is None:
        raise ValueError("there is nothing in this row to divide")
    if base == 0 and part == 0:
        return NOT_APPLICABLE
    if base < rules.rounding.smallest_base:
        return UNRELIABLE
    return HIDDEN if isinstance(part, str) and part == HIDDEN else part if isinstance(part, str) else part / base
