"""A table as an attacker sees it, whatever it was read from, and what can be worked out of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from kdsp_lib.protect.deduction import Ties, deduce
from kdsp_lib.protect.intervals import Ring, rings
from kdsp_lib.protect.system import Bools, Floats
from kdsp_lib.protect.telling import Telling, Words
from kdsp_lib.protect.wide_ring import WideRing


@dataclass(frozen=True, slots=True, eq=False)
class Printed:
    """Figures with the bounds that are known of each: printed ones to their last digit, withheld ones hardly.

    ``unit`` is one of the last digit printed: what is known more finely is as good as printed. ``whole``: counts.
    ``threshold``: the smallest count that may be shown.
    """

    low: Floats
    high: Floats
    whole: Bools
    hidden: Bools
    unit: Floats
    ties: Ties
    words: Words
    threshold: int
    is_secret: bool = False
    """Whether nobody may know that a withheld count is below the threshold: elsewhere a symbol says as much."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """A withheld figure that follows from the printed ones, and how."""

    id: str
    column: str
    low: float
    high: float
    how: str

    @property
    def between(self) -> str:
        """Between which figures it lies, in words."""
        low, high = _plain(self.low), _plain(self.high)
        if high is None:
            return f"is {low} or more"
        return f"is {low}" if low == high else f"is {low} to {high}"

    def to_json(self) -> dict[str, Any]:
        """The figure between which it lies, without digits that say nothing."""
        return {**asdict(self), "low": _plain(self.low), "high": _plain(self.high)}


@dataclass(frozen=True, slots=True)
class Result:
    """How many figures are withheld, which of them follow from the rest, and what the audit could not look at.

    ``small``: further counts of which it follows that they are below the threshold (where a symbol says that anyway,
    and within fewer values); rounded ones among them, where some small counts are out of the question.
    """

    hidden: int
    recovered: tuple[Recovered, ...]
    small: tuple[Recovered, ...]
    doubts: tuple[str, ...]
    threshold: int

    def to_json(self) -> dict[str, Any]:
        """As ``kdsp audit --json`` prints it."""
        return {
            "hidden": self.hidden,
            "recoverable": len(self.recovered),
            "cells": [cell.to_json() for cell in self.recovered],
            "narrow": [cell.to_json() for cell in self.small],
        }


def attack_printed(printed: Printed, doubts: Sequence[str] = ()) -> Result:
    """Work out what can be of every withheld figure.

    It counts as recovered where one value is left: one whole number; of other figures, no more than the last digit
    would show. Of rounded counts those are found that sums tell to be small. A sum that cannot hold is left out, and
    said.
    """
    rounded = printed.whole & ~printed.hidden & (printed.low < printed.high) & (printed.low < printed.threshold)
    low, high, telling, failed = _attacked(printed, printed.hidden | rounded)
    recovered, small = [], []
    for figure in np.nonzero(printed.hidden)[0].tolist():
        if _is_one_value(printed, figure, low[figure], high[figure]):
            recovered.append(_recovered(printed, telling, figure, low[figure], high[figure]))
        elif _is_small(printed, low[figure], high[figure]) and printed.whole[figure]:
            small.append(_recovered(printed, telling, figure, low[figure], high[figure]))
    for figure in np.nonzero(rounded)[0].tolist():
        if _is_told_small(printed, low[figure], high[figure]):
            small.append(_recovered(printed, telling, figure, low[figure], high[figure]))
    return Result(
        int(printed.hidden.sum()),
        tuple(recovered),
        tuple(small),
        (*doubts, *_doubts(printed, np.nonzero(telling.found.broken)[0].tolist(), failed)),
        printed.threshold,
    )


def interval_of(printed: Printed, figures: Bools) -> tuple[Recovered, ...]:
    """What stays possible of each of some withheld figures, and how it follows."""
    low, high, telling, _ = _attacked(printed, figures & printed.hidden)
    named = np.nonzero(figures & printed.hidden)[0].tolist()
    return tuple(_recovered(printed, telling, figure, low[figure], high[figure]) for figure in named)


def _attacked(printed: Printed, wanted: Bools) -> tuple[Floats, Floats, Telling, list[int]]:
    """Bounds of all figures, as narrow as they get for those wanted; and one figure of each ring that cannot be."""
    found = deduce(printed.ties, printed.low, printed.high, printed.whole)
    low, high = found.low.copy(), found.high.copy()
    failed: list[int] = []
    for ring in rings(printed.ties, found, printed.whole):
        mine = ring.figures
        here, width = wanted[mine], _least_open(printed, ring)
        if not here.any():
            continue
        told = ring.draw(here, width)
        failed += mine[here & ~told][:1].tolist()
        for figure in mine[here & told & ~ring.is_open(width)].tolist():
            low[figure], high[figure] = ring.ends(figure, float(printed.threshold))
    narrower = deduce(printed.ties, low, high, printed.whole)
    low, high = narrower.low, narrower.high
    with np.errstate(invalid="ignore"):
        middle = (printed.low + printed.high) / 2
    return low, high, Telling(printed.words, printed.ties, found, printed.hidden, middle), failed


def _recovered(printed: Printed, telling: Telling, figure: int, low: float, high: float) -> Recovered:
    words = printed.words
    return Recovered(words.row(figure), words.column(figure), float(low) + 0.0, float(high) + 0.0, telling.how(figure))


def _least_open(printed: Printed, ring: Ring | WideRing) -> Floats:
    """How far apart two values are that leave a figure open; a count has to be able to reach the threshold.

    In a ring of very many a second value is enough, unless it is secret that a count is small.
    """
    counts = 1.0 if isinstance(ring, WideRing) and not printed.is_secret else float(printed.threshold)
    return np.where(printed.whole[ring.figures], counts, 2 * printed.unit[ring.figures])


def _is_one_value(printed: Printed, figure: int, low: float, high: float) -> bool:
    if printed.whole[figure]:
        return high - low < 1 - 1e-5
    return bool(high - low < printed.unit[figure] + 1e-5)


def _is_small(printed: Printed, low: float, high: float) -> bool:
    return high < printed.threshold and (printed.is_secret or high - low < printed.threshold - 2)


def _is_told_small(printed: Printed, low: float, high: float) -> bool:
    """Whether a rounded count is one of few small ones: nobody, or the threshold, are out of the question."""
    return low >= 1 and high < printed.threshold and high - low < printed.threshold - 2


def _doubts(printed: Printed, lost: Sequence[int], impossible: Sequence[int]) -> list[str]:
    doubts = []
    if lost:
        more = f", and {len(lost) - 1} more sums" if len(lost) > 1 else ""
        doubts.append(f"{printed.words.of_tie(lost[0])}: the printed figures do not add up{more}; left out")
    if impossible:
        more = f", and in {len(impossible) - 1} places more" if len(impossible) > 1 else ""
        where = f"{printed.words.row(impossible[0])} {printed.words.column(impossible[0])}"
        doubts.append(f"around {where}: the printed figures do not add up{more}; not looked at")
    return doubts


def _plain(figure: float) -> float | int | None:
    if not np.isfinite(figure):
        return None
    return int(figure) if figure == int(figure) else round(figure, 6)
