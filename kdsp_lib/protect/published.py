"""What can be worked out of any published table, from its printed figures and the sums they form."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from kdsp_lib.errors import BadSource, Fault
from kdsp_lib.protect.attack import EPSILON, Part, parts_of
from kdsp_lib.protect.published_spec import Condition, Spec
from kdsp_lib.protect.system import Bools, Ints

Table = Mapping[str, Sequence[str]]
"""A published table as printed: its columns of texts, by their names."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """A withheld figure that follows from the printed ones, and from which sum."""

    id: str
    column: str
    low: float
    high: float
    how: str

    def to_json(self) -> dict[str, Any]:
        """The figure between which it lies, without digits that say nothing."""
        return {**asdict(self), "low": _plain(self.low), "high": _plain(self.high)}


@dataclass(frozen=True, slots=True)
class Result:
    """How many figures are withheld, which of them follow from the rest, and what the audit could not look at."""

    hidden: int
    recovered: tuple[Recovered, ...]
    small: int
    """Further counts of which it follows that they are below the threshold, and more than that."""
    doubts: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """As ``kdsp audit --json`` prints it."""
        return {
            "hidden": self.hidden,
            "recoverable": len(self.recovered),
            "cells": [cell.to_json() for cell in self.recovered],
        }


def _plain(figure: float) -> float | int:
    return int(figure) if figure == int(figure) else round(figure, 6)


@dataclass(frozen=True, slots=True, eq=False)
class _Sum:
    total: int
    parts: tuple[int, ...]
    text: str


class _Figures:
    """The figures of a table, one after the other: column by column, row by row."""

    def __init__(self, spec: Spec, table: Table) -> None:
        self.spec, self._table = spec, table
        self.rows = len(table[spec.id[0]])
        self.columns = list(spec.values)
        size = self.rows * len(self.columns)
        self.low, self.high, self.unit = np.full(size, np.nan), np.full(size, np.nan), np.ones(size)
        self.is_hidden = np.zeros(size, bool)
        self.strange: Counter[tuple[str, str]] = Counter()
        for number, column in enumerate(self.columns):
            self._read(column, slice(number * self.rows, (number + 1) * self.rows))

    def _read(self, column: str, place: slice) -> None:
        """A count is what is printed; a percentage stands for all that round to it."""
        is_percent = self.spec.values[column] == "percent"
        texts = [text.strip() for text in self._table[column]]
        low, high = self.low[place], self.high[place]
        finest = 0
        for row, text in enumerate(texts):
            if text in self.spec.hidden:
                self.is_hidden[place.start + row] = True
                low[row], high[row] = 0.0, 100.0 if is_percent else np.inf
                continue
            number = text.replace(",", "").removesuffix("%")
            try:
                low[row] = high[row] = float(number)
            except ValueError:
                self.strange[column, text] += 1
                continue
            digits = len(number.partition(".")[2])
            finest = max(finest, digits)
            if is_percent:
                low[row], high[row] = low[row] - 0.5 * 0.1**digits, high[row] + 0.5 * 0.1**digits
        self.unit[place] = 0.1**finest

    def label(self, figure: int) -> tuple[str, str]:
        row = figure % self.rows
        return " ".join(self._table[column][row].strip() for column in self.spec.id), self.columns[figure // self.rows]

    def is_integer(self, figure: int) -> bool:
        return self.spec.integer and self.spec.values[self.columns[figure // self.rows]] == "count"

    def is_percent(self, figure: int) -> bool:
        return self.spec.values[self.columns[figure // self.rows]] == "percent"

    def sums(self, matching: Sequence[tuple[int, Ints]]) -> Iterator[_Sum]:
        """The sums all of whose figures are there."""
        place = {column: number * self.rows for number, column in enumerate(self.columns)}
        for total, parts in self.spec.sums:
            text = f"{total} = {' + '.join(parts)}"
            for row in range(self.rows):
                yield _Sum(place[total] + row, tuple(place[part] + row for part in parts), text)
        for (total_row, over), (condition, of_rows) in zip(matching, self.spec.rows, strict=True):
            text = f"{_words(condition)} = sum of {_words(of_rows)}"
            for column, kind in self.spec.values.items():
                if kind == "count":
                    yield _Sum(place[column] + total_row, tuple((place[column] + over).tolist()), text)


def attack_published(spec: Spec, table: Table, place: str) -> Result:
    """Attack a table of printed texts. Raises `BadSource` with every fault where it is not what the spec says.

    A figure counts as recovered where one value is left for it: one whole number; of other figures, no more than one
    unit of the last digit printed in the column; of percentages, which are printed rounded, two. A text that is
    neither a number nor stands for a withheld figure is no figure: a sum that wants it says nothing.
    """
    missing = sorted(spec.columns - set(table))
    if missing:
        faults = [Fault(place, "the spec names a column that is not there", name) for name in missing]
        raise BadSource(f"{place} is not what the spec says.", faults=faults)
    matching = _matching(spec, table, place)
    figures = _Figures(spec, table)
    there = ~np.isnan(figures.low)
    sums = [each for each in figures.sums(matching) if there[[each.total, *each.parts]].all()]
    recovered: list[tuple[int, Recovered]] = []
    small = 0
    strange = sorted(figures.strange.items())
    doubts = [f"{column}: {text!r} ({times} times) is taken for no figure" for (column, text), times in strange]
    for part in _parts(figures, sums):
        if not figures.is_hidden[part.cells].any():
            continue
        found = _attack(figures, part)
        if found is None:
            doubts.append(f"around {' '.join(figures.label(int(part.cells[0])))}: the printed figures do not add up")
            continue
        for figure, low, high in found:
            if _is_one_value(figures, figure, low, high):
                recovered.append((figure, Recovered(*figures.label(figure), low, high, _how(figures, sums, figure))))
            elif figures.is_integer(figure) and high < spec.threshold and high - low < spec.threshold - 2:
                small += 1
    recovered.sort(key=lambda each: (each[0] % figures.rows, each[0]))
    return Result(int(figures.is_hidden.sum()), tuple(cell for _, cell in recovered), small, tuple(doubts))


def _matching(spec: Spec, table: Table, place: str) -> list[tuple[int, Ints]]:
    """For each rule on rows: the row of the total, and the rows it is over."""
    found, faults = [], []
    for position, (total, over) in enumerate(spec.rows, 1):
        totals, parts = _rows_that(table, total), _rows_that(table, over)
        if len(totals) != 1:
            faults.append(
                Fault(f"{place} rule {position}", f"one row for the total is expected, not {len(totals)}", "rows")
            )
        elif totals[0] in parts or not len(parts):
            faults.append(Fault(f"{place} rule {position}", "rows other than the total's are expected", "rows"))
        else:
            found.append((int(totals[0]), parts))
    if faults:
        raise BadSource(f"{place} is not what the spec says.", faults=faults)
    return found


def _rows_that(table: Table, condition: Condition) -> Ints:
    matches = [[text.strip() in wanted for text in table[column]] for column, wanted in condition.items()]
    return np.nonzero(np.all(matches, axis=0))[0].astype(np.int64)


def _words(condition: Condition) -> str:
    return ", ".join(f"{column} {' or '.join(sorted(wanted))}" for column, wanted in condition.items())


def _parts(figures: _Figures, sums: Sequence[_Sum]) -> Iterator[Part]:
    """The figures that are not known to the last digit, as far as sums tie them to each other."""
    unknown: Bools = figures.is_hidden | (figures.high > figures.low)
    row = np.repeat(np.arange(len(sums)), [len(each.parts) + 1 for each in sums])
    column = np.array([figure for each in sums for figure in (each.total, *each.parts)], dtype=np.int64)
    sign = np.array([sign for each in sums for sign in (1.0, *(-1.0 for _ in each.parts))])
    ties = sp.csr_matrix((sign, (row, column)), shape=(len(sums), len(unknown)))
    known = ties @ np.where(unknown, 0.0, np.nan_to_num(figures.low))
    return parts_of(ties, -known, -known, unknown)


def _attack(figures: _Figures, part: Part) -> list[tuple[int, float, float]] | None:
    """The interval of each withheld figure, counted up to the threshold above its least; None where no table fits."""
    found = []
    least, most = figures.low[part.cells], figures.high[part.cells]
    for here in np.nonzero(figures.is_hidden[part.cells])[0].tolist():
        figure = int(part.cells[here])
        whole = figures.is_integer(figure)
        low = part.furthest(here, -1, float(least[here]), least, most, whole)
        if low is None:
            return None
        high = part.furthest(here, 1, min(low + figures.spec.threshold, float(most[here])), least, most, whole)
        if high is None:
            return None
        found.append((figure, low, high))
    return found


def _is_one_value(figures: _Figures, figure: int, low: float, high: float) -> bool:
    if figures.is_integer(figure):
        return high - low < 1 - EPSILON
    units = 2 if figures.is_percent(figure) else 1
    return high - low < units * float(figures.unit[figure]) + EPSILON


def _how(figures: _Figures, sums: Sequence[_Sum], figure: int) -> str:
    """The sum in which this figure alone is withheld."""
    for each in sums:
        if figure in (each.total, *each.parts) and figures.is_hidden[[each.total, *each.parts]].sum() == 1:
            return each.text
    return "several sums together"
