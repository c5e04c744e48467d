"""Published figures of the nation, or of an authority's statistical neighbours, beside own rates and means.

They are public. What is made of them and an own figure is made where that is shown, and of nothing else: the gap, and
of rates of pupils the limits between which it lies. Where a figure is withheld, so is all of that. Nobody is ranked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal, localcontext

from kdsp_lib.analyse.attribute import ROOT
from kdsp_lib.analyse.comparison import WHOSE
from kdsp_lib.analyse.figures import Figures
from kdsp_lib.analyse.measure import MEASURES
from kdsp_lib.analyse.symbol import HIDDEN, NOT_APPLICABLE, NOT_AVAILABLE, UNRELIABLE
from kdsp_lib.model.question import AREAS, Question
from kdsp_lib.model.table import Cell, Statistic, Table

ALL_PUPILS = "all"
WILSON, POISSON = "wilson", "poisson"
_REST_ON: Mapping[str, str] = {WILSON: "numerator", POISSON: "base"}
"""The statistic of the own figures that limits are worked out from."""
_ADDED = ("reference", "gap", "low", "high")
_NORMAL = Decimal("1.959964")
"""Of a normal distribution, 95 in 100 lie within so many deviations."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What was published of an area: by whose pupils a value, or None where there is none; and where it stands."""

    area: str
    values: Mapping[str, Decimal | None]
    note: str
    snapshot: str = ""
    """The hash of the data that they are read from; empty where there are none."""


def reference_statistics(question: Question, own: Sequence[Statistic]) -> list[Statistic]:
    """What stands after the rate or mean, of these ``own`` statistics, where a published figure stands beside it."""
    measure, area = MEASURES[question.measure], in_front(str(question.beside))
    is_mean = "mean" in measure.kinds
    unit, points = ("", "") if is_mean else (" (%)", " (percentage points)")
    places = measure.places if is_mean else 1
    shown = [
        Statistic("reference", f"{area}{unit}", places),
        Statistic("gap", f"Gap to {AREAS[str(question.beside)]}{points}", places),
    ]
    if limits_of(question, own):
        shown += [
            Statistic("low", "Gap: lower limit", 1),
            Statistic("high", "Gap: upper limit", 1),
        ]
    return shown


def in_front(area: str) -> str:
    """The words for an area, where a line begins with them."""
    return AREAS[area][:1].upper() + AREAS[area][1:]


def limits_of(question: Question, own: Sequence[Statistic]) -> str:
    """How chance is told: of pupils, each counted or not, ``wilson``; of events for every 100 of them ``poisson``.

    Empty where it is not: the sessions of one pupil hang together, a mean has no such limits, and nor has a rate whose
    ``own`` statistics count nobody, as where it is put together from schools' percentages.
    """
    measure = MEASURES[question.measure]
    if question.kind != "rate" or measure.over:
        return ""
    by = POISSON if measure.sums else WILSON
    return by if any(statistic.name == _REST_ON[by] for statistic in own) else ""


def with_reference(figures: Figures, question: Question, reference: Reference | None) -> Figures:
    """The table with the published figure and what follows from it, after the rate or mean of each row."""
    if question.beside is None:
        return figures
    added = reference_statistics(question, figures.statistics)
    cells = tuple(
        replace(cell, values=(cell.values[0], *_beside(figures, cell, question, reference), *cell.values[1:]))
        for cell in figures.cells
    )
    return replace(figures, statistics=(figures.statistics[0], *added, *figures.statistics[1:]), cells=cells)


def own_cells(table: Table) -> tuple[Cell, ...]:
    """The cells of an answered table without what stands beside its own figures."""
    if table.asked.beside is None:
        return table.cells
    own = [k for k, statistic in enumerate(table.statistics) if statistic.name not in _ADDED]
    return tuple(replace(cell, values=tuple(cell.values[k] for k in own)) for cell in table.cells)


def _beside(figures: Figures, cell: Cell, question: Question, reference: Reference | None) -> Sequence[str]:
    value = None if reference is None else reference.values.get(_pupils(figures, cell.codes))
    by = limits_of(question, figures.statistics)
    more = 2 if by else 0
    if value is None:
        return [NOT_AVAILABLE] * (2 + more)
    own, places = cell.values[0], figures.statistics[0].decimals
    published = printed_figure(value, places)
    if own in (HIDDEN, NOT_APPLICABLE, NOT_AVAILABLE, UNRELIABLE):
        return [published, *[own] * (1 + more)]
    finest = len(own.partition(".")[2])
    if not any(statistic.name == "numerator" for statistic in figures.statistics):
        limits = poisson(Decimal(own), int(cell.values[1])) if by == POISSON else ()
        gap = printed_figure(Decimal(own) - value, finest)
        return [published, gap, *(printed_figure(limit - value, finest) for limit in limits)]
    counted, base = (int(text) for text in cell.values[1:3])
    gap = printed_figure(Decimal(100) * counted / base - value, finest)
    return [published, gap, *(printed_figure(limit - value, finest) for limit in wilson(counted, base))]


def _pupils(figures: Figures, codes: Sequence[str]) -> str:
    """Whose pupils a row speaks of, as published figures name them: ``all``, ``sex-f``; nothing where by several."""
    told = [
        (dim.name, code) for dim, code in zip(figures.dims, codes, strict=True) if code != ROOT and dim.name != WHOSE
    ]
    if not told:
        return ALL_PUPILS
    return "-".join(told[0]).lower() if len(told) == 1 else ""


def wilson(counted: int, base: int) -> tuple[Decimal, Decimal]:
    """Between which percentages a rate may lie by chance, 95 times in 100 (Wilson, 1927)."""
    with localcontext() as exact:
        exact.prec = 30
        n, rate, square = Decimal(base), Decimal(counted) / base, _NORMAL * _NORMAL
        middle = rate + square / (2 * n)
        reach = _NORMAL * (rate * (1 - rate) / n + square / (4 * n * n)).sqrt()
        whole = 1 + square / n
        return 100 * (middle - reach) / whole, 100 * (middle + reach) / whole


def poisson(rate: Decimal, base: int) -> tuple[Decimal, Decimal]:
    """Between which rates for every 100 so many events may lie by chance, 95 times in 100 (Byar's approximation).

    ``rate`` is the one that is printed: no more is told of how many events there were than it tells.
    """
    with localcontext() as exact:
        exact.prec = 30
        events = rate * base / 100

        def limit(number: Decimal, sign: int) -> Decimal:
            if not number:
                return Decimal(0)
            root = 1 - 1 / (9 * number) + sign * _NORMAL / (3 * number.sqrt())
            return max(number * root**3, Decimal(0)) * 100 / base

        return limit(events, -1), limit(events + 1, +1)


def printed_figure(value: Decimal, places: int) -> str:
    """A published figure with so many decimal places, half away from zero; no zero has a sign."""
    rounded = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return str(rounded if rounded else abs(rounded))
