"""Progress scores as they are published: limits of confidence, bands, and whether enough pupils are behind them.

All is compared in whole numbers. A score's limits lie 1.96 times the national standard deviation of pupils' scores,
over the root of their number, on either side; whether a limit is above 0 is asked of squares, so that no root is taken.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

FAR = 50
"""How far from 0 a Progress 8 score is well above or below average, in hundredths."""
_WIDTH = Decimal("1.96")
_HUNDREDTHS = Decimal("0.01")
_DIGITS = 40
BANDS = ("well above average", "above average", "average", "below average", "well below average")
"""By their number in the performance tables, from 1."""


def bands(score: Ints, lower: Ints, upper: Ints) -> Ints:
    """The band of each Progress 8 score, 1 to 5, from the score and its limits in hundredths (or any unit of theirs).

    Limits that touch 0 hold it. Printed figures are rounded: see :func:`undecided`.
    """
    above, below = lower > 0, upper < 0
    return np.select([above & (score >= FAR), above, ~below, score >= -FAR], [1, 2, 3, 4], default=5)


def undecided(score: Ints, lower: Ints, upper: Ints) -> Flags:
    """Whether what rounding took away could give another band: a printed limit of 0.00, or a score of -0.50 or 0.50.

    A score that prints as 0.50 may be less, one that prints as -0.50 may be less or more.
    """
    near_edge = ((lower > 0) & (score == FAR)) | ((upper < 0) & (score == -FAR))
    return np.asarray(near_edge | (lower == 0) | (upper == 0), dtype=bool)


def bands_of_sums(total: Ints, pupils: Ints, deviation: int) -> Ints:
    """The band of each average, from the sum of pupils' scores and the national deviation, both in thousandths.

    Exact: the lower limit is above 0 where the sum is positive and its square more than 1.96 squared times the square
    of the deviation times the pupils.
    """
    sums, number = np.asarray(total, dtype=object), np.asarray(pupils, dtype=object)
    far = 10 * FAR * number
    is_significant = 100**2 * sums**2 > 196**2 * deviation**2 * number
    above, below = (sums > 0) & is_significant, (sums < 0) & is_significant
    conditions = [above & (sums >= far), above, ~below, sums >= -far]
    return np.select([np.asarray(each, dtype=bool) for each in conditions], [1, 2, 3, 4], default=5)


def limits(total: int, pupils: int, deviation: int) -> tuple[str, str]:
    """The limits of an average as they are printed: two decimal places, half away from zero, of unrounded figures.

    ``total``: the sum of pupils' scores, ``deviation``: the national standard deviation, both in thousandths.
    """
    with localcontext() as context:
        context.prec = _DIGITS
        average = Decimal(total) / (1000 * pupils)
        half = _WIDTH * Decimal(deviation) / 1000 / Decimal(pupils).sqrt()
        return _printed(average - half), _printed(average + half)


def is_low_coverage(with_prior: Ints, pupils: Ints) -> Flags:
    """Whether fewer than half of the pupils have results to be measured against (LOWCOV): the symbol is ``u``."""
    flags: Any = 2 * with_prior < pupils
    return np.asarray(flags, dtype=bool)


def _printed(value: Decimal) -> str:
    rounded = value.quantize(_HUNDREDTHS, ROUND_HALF_UP)
    return str(rounded) if rounded else "0.00"
