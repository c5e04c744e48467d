"""How a figure follows from others, in words: "All pupils, 43, minus Other, 40, gives FSM, 3"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from kdsp_lib.protect.deduction import EPSILON, Deduction, Ties
from kdsp_lib.protect.system import Bools, Floats, Ints

FEW = 4
"""So many figures of a sum are named; of more, how many there are and what they come to."""
STEPS = 3
"""So many sums are told one after the other; of more, only the last ones."""
SEVERAL = "several sums together"


class Words(Protocol):
    """What figures and sums are called."""

    def row(self, figure: int) -> str:
        """Where a figure stands."""

    def column(self, figure: int) -> str:
        """Which figure it is of those that stand there."""

    def of_tie(self, tie: int) -> str:
        """A tie in words: ``NOR = NORG + NORB``."""

    def of_figure(self, tie: int, figure: int) -> str:
        """A figure as it is called in a tie."""


@dataclass(frozen=True, slots=True, eq=False)
class Telling:
    """What tells how a figure follows: ties, what was deduced, what is withheld, all else as printed."""

    words: Words
    ties: Ties
    found: Deduction
    hidden: Bools
    printed: Floats

    def how(self, figure: int) -> str:
        """The sums by which a figure is worked out, the earlier ones first."""
        found = self.found
        if found.by[figure] < 0:
            return SEVERAL
        steps: list[str] = []
        waiting, seen = [figure], {figure}
        while waiting and len(steps) < STEPS:
            here = waiting.pop(0)
            steps.append(self._step(here))
            for other in self._of(int(found.by[here]))[0].tolist():
                if self.hidden[other] and other not in seen and 0 < found.round[other] < found.round[here]:
                    seen.add(other)
                    waiting.append(other)
        return ("after other sums, " if waiting else "") + "; so ".join(reversed(steps))

    def _of(self, tie: int) -> tuple[Ints, Floats]:
        here = slice(self.ties.rows.indptr[tie], self.ties.rows.indptr[tie + 1])
        return self.ties.rows.indices[here].astype(np.int64), self.ties.rows.data[here]

    def _step(self, figure: int) -> str:
        tie = int(self.found.by[figure])
        figures, signs = self._of(tie)
        name = self.words.of_figure(tie, figure)
        others = figures != figure
        if not (self.found.settled[figures].all() and (np.abs(signs) == 1).all()):
            beside = self._terms(tie, figures[others], "") if others.sum() <= FEW else []
            between = f", with {', and '.join(beside)}," if beside else ""
            return f"{self.words.of_tie(tie)}{between} leaves {name} {self._value(figure)}"
        own = float(signs[figures == figure][0])
        terms = self._terms(tie, figures[others & (signs != own)], "plus ")
        terms += self._terms(tie, figures[others & (signs == own)], "minus ")
        return f"{', '.join(terms).removeprefix('plus ')}, gives {name}, {self._value(figure)}"

    def _terms(self, tie: int, figures: Ints, joint: str) -> list[str]:
        if len(figures) > FEW:
            return [f"{joint}{len(figures)} figures, {_number(float(self.found.low[figures].sum()))} in all"]
        return [f"{joint}{self.words.of_figure(tie, int(f))}, {self._value(int(f))}" for f in figures]

    def _value(self, figure: int) -> str:
        low, high = float(self.found.low[figure]), float(self.found.high[figure])
        if not self.hidden[figure] and np.isfinite(self.printed[figure]):
            return _number(float(self.printed[figure]))
        if high - low <= EPSILON:
            return _number(low)
        return f"{_number(low)} to {_number(high)}" if np.isfinite(high) else f"{_number(low)} or more"


def _number(figure: float) -> str:
    return f"{round(figure)}" if abs(figure - round(figure)) < EPSILON else f"{figure:.6g}"
