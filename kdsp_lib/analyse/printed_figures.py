"""What a reader sees of a table of an edition: from printed figures alone, which are rounded, and from nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

from kdsp_lib.analyse.attribute import ROOT, UNKNOWN, Attribute
from kdsp_lib.analyse.axes import UNKNOWN_LABEL
from kdsp_lib.analyse.derived import Ratio, Shown, with_derived
from kdsp_lib.analyse.distribution import distributions
from kdsp_lib.analyse.figures import Figures, statistics, title
from kdsp_lib.analyse.measure import MEASURES, Measure
from kdsp_lib.analyse.spread import divides
from kdsp_lib.analyse.sum import SUMS
from kdsp_lib.analyse.symbol import NOT_APPLICABLE, UNRELIABLE
from kdsp_lib.model.question import DISTRIBUTIONS, Question
from kdsp_lib.model.table import Cell, Dimension, Level
from kdsp_lib.sdc.printed import Figure, PrintedRow, PrintedTable
from kdsp_lib.sdc.rules import Rules

Codes = tuple[str, ...]
Totals = Mapping[str, Mapping[Codes, Figure]]
"""Of each sum the printed totals of a table, by the codes of its rows."""


def figures_of_printed(question: Question, table: PrintedTable, totals: Totals, rules: Rules) -> Figures:
    """The table of a question. ``totals``: of the sums that its rates or means are made of."""
    measure = MEASURES[question.measure]
    is_distribution = question.kind in DISTRIBUTIONS
    dims = tuple(
        _dimension(name, table, place)
        for place, name in enumerate(table.breakdowns[:-1] if is_distribution else table.breakdowns)
    )
    shown = [_shown(question, measure, row, totals, rules) for row in table.rows]
    if is_distribution:
        shown = distributions(question, measure, shown, rules.policy)
    there = {row.codes: row for row in with_derived(question, shown)}
    told = tuple(statistics(question))
    nothing = (NOT_APPLICABLE,) * len(told)
    levels = [[*(level.code for level in dim.levels), ROOT] for dim in dims]
    cells = tuple(Cell(codes, there[codes].values if codes in there else nothing) for codes in product(*levels))
    return Figures(title(question), dims, told, cells, measure.source)


def _dimension(name: str, table: PrintedTable, place: int) -> Dimension:
    """The levels in the order of the breakdown, each group of them where its first member would stand."""
    attribute, labels = divides(name), table.labels or {}
    codes = dict.fromkeys(row.codes[place] for row in table.rows)
    order = [*(leaf for leaf, _ in attribute.leaves), UNKNOWN]
    leaves = sorted((code for code in codes if code in order), key=order.index)
    groups = [code for code in codes if code not in order and code != ROOT]
    return Dimension(
        name,
        attribute.label,
        tuple(Level(code, labels.get(code) or _label(attribute, code)) for code in [*leaves, *groups]),
    )


def _label(attribute: Attribute, code: str) -> str:
    return UNKNOWN_LABEL if code == UNKNOWN else dict(attribute.leaves)[code]


def _shown(question: Question, measure: Measure, row: PrintedRow, totals: Totals, rules: Rules) -> Shown:
    if question.kind == "count" or question.kind in DISTRIBUTIONS:
        return Shown(row.codes, (str(row.base),), None)
    ratio = _of_sums(measure, row, totals, rules) if measure.sums else _of_counts(row, rules)
    value = ratio.printed if isinstance(ratio, Ratio) else ratio
    counted = () if measure.sums else (str(_counted(row)),)
    return Shown(row.codes, (value, *counted, str(row.base)), ratio if isinstance(ratio, Ratio) else None)


def _counted(row: PrintedRow) -> Figure:
    """What is counted of the base: none where nobody can be, and no more than the base, though both are rounded."""
    if isinstance(row.base, str):
        return row.base
    counted = 0 if row.counted in (None, NOT_APPLICABLE) else row.counted
    return counted if isinstance(counted, str) or counted is None else min(counted, row.base)


def _of_counts(row: PrintedRow, rules: Rules) -> Ratio | str:
    symbol = _too_few(row, rules)
    counted = _counted(row)
    if symbol or isinstance(counted, str) or isinstance(row.base, str):
        return symbol or str(counted)
    return Ratio(int(counted), row.base, places=rules.policy.places_of(row.base), times=100)


def _of_sums(measure: Measure, row: PrintedRow, totals: Totals, rules: Rules) -> Ratio | str:
    symbol = _too_few(row, rules)
    if symbol or isinstance(row.base, str):
        return symbol
    parts = [totals[name].get(row.codes, UNRELIABLE) for name in measure.sums]
    over: Figure = totals[measure.over].get(row.codes, UNRELIABLE) if measure.over else row.base * measure.scale
    for figure in (*parts, over):
        if isinstance(figure, str):
            return figure
    least = sum(SUMS[name].least for name in measure.sums) * row.base
    above, below = sum(int(part) for part in parts) + least, int(over)
    if not below:
        return NOT_APPLICABLE
    if "mean" in measure.kinds:
        return Ratio(above, below, places=measure.places)
    return Ratio(above, below, places=rules.policy.places_of(row.base), times=100)


def _too_few(row: PrintedRow, rules: Rules) -> str:
    """The symbol in the place of what would be divided by the base; nothing where it may be."""
    if isinstance(row.base, str):
        return row.base
    if row.base == 0:
        return NOT_APPLICABLE if row.counted in (None, 0, NOT_APPLICABLE) else UNRELIABLE
    return UNRELIABLE if row.base < rules.rounding.smallest_base else ""
