"""Gaps and ranks: made of figures that are shown and of nothing else, so they tell no more than those do.

Where a rate is withheld, so is every gap to it, and it has no rank. Both are between the levels of a table's last
breakdown, for each row of the others. No row changes its place.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from kdsp_lib.analyse.attribute import ROOT, UNKNOWN
from kdsp_lib.analyse.breakdown import BREAKDOWNS
from kdsp_lib.analyse.measure import Measure
from kdsp_lib.analyse.rounding import divided
from kdsp_lib.analyse.symbol import HIDDEN, NOT_APPLICABLE, UNRELIABLE
from kdsp_lib.model.question import Question
from kdsp_lib.model.table import Statistic

DERIVED: Mapping[str, str] = {
    "gap": ": gap", "rank": ": rank", "bands": " in bands", "median": ": median", "quartiles": ": quartiles",
}  # fmt: skip
"""Kinds of table that show what follows from others, with what their titles say of it."""
_OTHERS: Mapping[str, str] = {"no": "the others"}
"""Levels whose label says nothing without that of its breakdown."""
_SYMBOLS = frozenset({HIDDEN, NOT_APPLICABLE, UNRELIABLE})


@dataclass(frozen=True, slots=True)
class Ratio:
    """A rate or mean in full: ``above / below * times``, which may claim so many decimal places."""

    above: int
    below: int
    places: int
    times: int = 1

    @property
    def printed(self) -> str:
        return divided(self.above, self.below, self.places, times=self.times)

    def less(self, other: Ratio) -> str:
        """The difference of both in full, rounded once, to no more places than either may claim."""
        above = self.above * other.below - other.above * self.below
        return divided(above, self.below * other.below, min(self.places, other.places), times=self.times)


@dataclass(frozen=True, slots=True)
class Shown:
    """One row as a reader sees it; ``ratio`` where its rate or mean, the first of its values, is shown."""

    codes: tuple[str, ...]
    values: tuple[str, ...]
    ratio: Ratio | None


def derived_statistics(question: Question, measure: Measure) -> list[Statistic]:
    """What stands after the rate or mean."""
    if question.kind == "gap":
        level = _OTHERS.get(str(question.to)) or dict(BREAKDOWNS[question.by[-1]].levels)[str(question.to)]
        unit = "" if "mean" in measure.kinds else " (percentage points)"
        return [Statistic("gap", f"Gap to {level}{unit}", 1)]
    if question.kind == "rank":
        return [Statistic("rank", "Rank among those shown, the highest first", 0)]
    return []


def with_derived(question: Question, rows: Sequence[Shown]) -> list[Shown]:
    """The rows, each with what follows from it and the other rows, after its first value."""
    if question.kind not in ("gap", "rank"):
        return list(rows)
    beside: Mapping[tuple[str, ...], list[Shown]] = defaultdict(list)
    for row in rows:
        beside[row.codes[:-1]].append(row)
    derive = _gap if question.kind == "gap" else _rank
    return [
        replace(row, values=(row.values[0], derive(row, beside[row.codes[:-1]], question), *row.values[1:]))
        for row in rows
    ]


def _gap(row: Shown, beside: Sequence[Shown], question: Question) -> str:
    """How much higher the row's rate or mean is than that of those it is compared with."""
    if row.codes[-1] in (ROOT, question.to):
        return NOT_APPLICABLE
    other = next((each for each in beside if each.codes[-1] == question.to), None)
    if other is None or NOT_APPLICABLE in (row.values[0], other.values[0]):
        return NOT_APPLICABLE
    if row.ratio is None or other.ratio is None:
        return HIDDEN if HIDDEN in (row.values[0], other.values[0]) else UNRELIABLE
    return row.ratio.less(other.ratio)


def _rank(row: Shown, beside: Sequence[Shown], _question: Question) -> str:
    """One more than how many of those shown print a higher figure: who prints the same has the same rank."""
    if row.codes[-1] in (ROOT, UNKNOWN):
        return NOT_APPLICABLE
    if row.values[0] in _SYMBOLS:
        return row.values[0]
    others = [each.values[0] for each in beside if each.codes[-1] not in (ROOT, UNKNOWN)]
    higher = sum(Decimal(other) > Decimal(row.values[0]) for other in others if other not in _SYMBOLS)
    return str(1 + higher)
