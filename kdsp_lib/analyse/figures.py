"""What a reader sees of a table once it is settled which cells are hidden. All numbers are decimal strings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kdsp_lib.analyse.attribute import UNKNOWN
from kdsp_lib.analyse.axes import UNKNOWN_LABEL
from kdsp_lib.analyse.breakdown import BREAKDOWNS
from kdsp_lib.analyse.cube import Cube, CubeRow, CubeTable, Flags, sum_name
from kdsp_lib.analyse.derived import DERIVED, Ratio, Shown, derived_statistics, with_derived
from kdsp_lib.analyse.distribution import band_by_band, distribution_statistics, distributions
from kdsp_lib.analyse.layout import Asked
from kdsp_lib.analyse.measure import MEASURES
from kdsp_lib.analyse.membership import NONE
from kdsp_lib.analyse.spread import divides, spread_name
from kdsp_lib.analyse.symbol import HIDDEN, NOT_APPLICABLE, NOT_AVAILABLE, SYMBOLS, UNRELIABLE
from kdsp_lib.analyse.where_reading import read_where
from kdsp_lib.model.question import AREAS, DISTRIBUTIONS, Question
from kdsp_lib.model.table import Cell, Dimension, Grouping, Level, Statistic, Table


@dataclass(frozen=True, slots=True)
class Figures:
    """The parts of a table that come from its cells."""

    title: str
    dims: tuple[Dimension, ...]
    statistics: tuple[Statistic, ...]
    cells: tuple[Cell, ...]
    source: str

    @property
    def symbols(self) -> dict[str, str]:
        """The symbols that occur, with what they mean."""
        seen = {value for cell in self.cells for value in cell.values}
        return {
            symbol: SYMBOLS[symbol] for symbol in (HIDDEN, UNRELIABLE, NOT_AVAILABLE, NOT_APPLICABLE) if symbol in seen
        }

    def as_table(
        self,
        name: str,
        question: Question,
        scope: str,
        notes: Iterable[str],
        left_out: Mapping[str, frozenset[Grouping]] | None = None,
    ) -> Table:
        """The table that they are the figures of."""
        return Table(
            name,
            question,
            self.cells,
            self.title,
            scope,
            self.dims,
            self.statistics,
            tuple(notes),
            self.symbols,
            self.source,
            left_out=left_out or {},
        )


def figures(cube: Cube, name: str, hidden: Flags) -> Figures:
    """The table ``name`` with every ``hidden`` cell withheld, from each statistic that would give it back."""
    table = cube.tables[name]
    question, measure = table.asked.question, table.asked.measure
    shown = [
        Shown(row.codes, tuple(_values(cube, table, row, hidden)), _ratio_shown(cube, table, row, hidden))
        for row in table.rows
    ]
    if table.asked.is_distribution:
        shown = distributions(question, measure, shown, cube.policy)
    cells = tuple(Cell(row.codes, row.values) for row in with_derived(question, shown))
    return Figures(title(question), _dims(table), tuple(statistics(question)), cells, measure.source)


def title(question: Question) -> str:
    """What a table shows, in words: ``Persistent absence by phase and sex``."""
    text = f"{MEASURES[question.measure].label}{DERIVED.get(question.kind, '')}"
    text = divides(spread_name(question.measure)).label if question.kind == "spread" else text
    if question.by:
        *first, last = (BREAKDOWNS[name].label for name in question.by)
        names = [label[:1].lower() + label[1:] if not label[:2].isupper() else label for label in (*first, last)]
        text += " by " + (f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0])
    if question.beside is not None:
        text += f", beside {AREAS[question.beside]}"
    return text if question.where is None else f"{text} ({read_where(question.where).in_words()})"


def statistics(question: Question) -> list[Statistic]:
    """The statistics a table of this question shows in each cell, in order."""
    measure = MEASURES[question.measure]
    base = Statistic("base", measure.base_label, 0)
    if question.kind == "count":
        return [Statistic("count", measure.counted, 0)]
    if question.kind == "spread":
        return [Statistic("establishments", "Establishments", 0)]
    if question.kind in DISTRIBUTIONS:
        return distribution_statistics(question, measure)
    if "mean" in measure.kinds:
        shown = [Statistic("mean", f"{measure.label}: mean", measure.places), base]
    else:
        rate = Statistic("rate", "Rate (%)", 1)
        numerator = Statistic("numerator", measure.counted, 0)
        shown = [rate, base] if measure.sums else [rate, numerator, base]
    return [shown[0], *derived_statistics(question, measure), *shown[1:]]


def _dims(table: CubeTable) -> tuple[Dimension, ...]:
    return tuple(
        Dimension(name, axis.label, tuple(Level(code, _level_label(axis.name, code)) for code in levels))
        for name, axis, levels in zip(_dim_names(table.asked), table.dims, table.levels, strict=False)
    )


def _dim_names(one: Asked) -> tuple[str, ...]:
    return ("band",) if one.is_spread else one.question.by


def _level_label(attribute: str, code: str) -> str:
    return UNKNOWN_LABEL if code == UNKNOWN else dict(divides(attribute).leaves)[code]


def _values(cube: Cube, table: CubeTable, row: CubeRow, hidden: Flags) -> list[str]:
    question, measure = table.asked.question, table.asked.measure
    is_count = question.kind in ("count", "spread") or table.asked.is_distribution
    wide = 1 if is_count else 2 if measure.sums else 3
    if row.left_out:
        return [HIDDEN] * wide
    if all(cube.structural[cell] for cell in row.cells):
        return [NOT_APPLICABLE] * wide
    if is_count:
        shown = cube.schools if table.asked.is_spread and cube.schools is not None else cube.printed
        return [HIDDEN if hidden[row.counted] else str(shown[row.counted])]
    if hidden[row.base]:
        return [HIDDEN] * wide
    base = int(cube.printed[row.base])
    if any(hidden[cell] for cell in row.cells):
        return [*[HIDDEN] * (wide - 1), str(base)]
    ratio = _ratio_shown(cube, table, row, hidden)
    counted = 0 if row.counted == NONE else int(cube.printed[row.counted])
    return [NOT_APPLICABLE if ratio is None else ratio.printed, *([] if measure.sums else [str(counted)]), str(base)]


def _ratio_shown(cube: Cube, table: CubeTable, row: CubeRow, hidden: Flags) -> Ratio | None:
    """The rate or mean of a row in full, where it is shown; the proof takes what is shown for known exactly.

    A rate of pupils is of the counts as they are printed; a sum is of the pupils that there are.
    """
    measure = table.asked.measure
    if row.base == NONE or any(hidden[cell] for cell in row.cells):
        return None
    base = below = int(cube.printed[row.base])
    if not measure.sums:
        above = 0 if row.counted == NONE else int(cube.printed[row.counted])
    else:
        summed = row.counted if measure.sums_are_counted else row.base
        above = 0 if summed == NONE else int(cube.magnitudes[sum_name(measure.sums)].values[summed])
        there = int(cube.count[row.base]) * measure.scale
        below = int(cube.magnitudes[measure.over].values[row.base]) if measure.over else there
    if not below:
        return None
    if "mean" in measure.kinds:
        return Ratio(above, below, places=measure.places)
    return Ratio(above, below, places=cube.policy.places_of(base), times=100)


@dataclass(frozen=True, slots=True)
class ReadBack:
    """What an answer shows of the cells of a cube: those printed, and those withheld."""

    printed: tuple[int, ...]
    hidden: tuple[int, ...]


def values_by_row(table: CubeTable, cells: Sequence[Cell]) -> Mapping[tuple[str, ...], Sequence[str]]:
    """The values of an answered table by the codes of the rows of its cells."""
    known = {cell.codes: cell.values for cell in cells}
    if not table.asked.is_distribution:
        return known
    return band_by_band(table.asked.question, table.asked.measure, known)


def read_back(table: CubeTable, cells: Sequence[Cell]) -> ReadBack:
    """Which cells an answered table printed and which it withheld.

    Of a rate withheld beside a printed base, what is counted and the rest of the base are both withheld.
    """
    known = values_by_row(table, cells)
    printed: set[int] = set()
    hidden: set[int] = set()
    for row in table.rows:
        values = known.get(row.codes)
        if values is None or row.left_out:
            continue
        if row.base == NONE:
            (hidden if values[-1] == HIDDEN else printed).add(row.counted)
            continue
        (hidden if values[-1] == HIDDEN else printed).add(row.base)
        parts = {cell for cell in (row.counted, row.rest) if cell != NONE}
        (hidden if values[0] == HIDDEN else printed).update(parts)
    return ReadBack(tuple(sorted(printed)), tuple(sorted(hidden)))
