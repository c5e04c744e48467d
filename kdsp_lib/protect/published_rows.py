"""Which rows of a published table are the sum of which others, and which row has the base of a share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kdsp_lib.errors import Fault
from kdsp_lib.protect.published_spec import Condition, RowSum, Spec
from kdsp_lib.protect.system import Ints

Table = Mapping[str, Sequence[str]]
"""A published table as printed: its columns of texts, by their names."""
FILE = "file"
"""The column with the name of each row's file, where a table is of several."""
NO_COLUMN = "\0"
"""The text of a column that one of several files does not have."""


@dataclass(frozen=True, slots=True)
class SumsOfRows:
    """What one rule says: totals as rows, and the rows that are parts ``of`` each, by the place of the total."""

    totals: Ints
    parts: Ints
    of: Ints
    texts: tuple[str, ...]
    doubts: tuple[str, ...]


class Rows:
    """The rows of a table by their texts, each text stripped once."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._size = len(next(iter(table.values())))
        self._known: dict[str, tuple[dict[str, int], Ints]] = {}

    def that(self, condition: Condition) -> Ints:
        """The rows that have the texts of a condition."""
        found = np.ones(self._size, bool)
        for column, wanted in condition.items():
            numbers, of_row = self._numbered(column)
            found &= np.isin(of_row, [numbers[text] for text in wanted if text in numbers])
        return np.flatnonzero(found)

    def group(self, columns: Sequence[str]) -> Ints:
        """A number for each row, the same for those that agree in all these columns."""
        number = np.zeros(self._size, np.int64)
        for column in columns:
            numbers, of_row = self._numbered(column)
            number = np.unique(number * max(len(numbers), 1) + of_row, return_inverse=True)[1].ravel()
        return number

    def told(self, row: int, columns: Sequence[str]) -> str:
        """The texts of a row in some columns."""
        return ", ".join(f"{column} {self._table[column][row].strip()}" for column in columns)

    def _numbered(self, column: str) -> tuple[dict[str, int], Ints]:
        if column not in self._known:
            numbers: dict[str, int] = {}
            of_row = [numbers.setdefault(text.strip(), len(numbers)) for text in self._table[column]]
            self._known[column] = numbers, np.asarray(of_row, dtype=np.int64)
        return self._known[column]


def sums_of_rows(spec: Spec, rows: Rows, place: str) -> tuple[list[SumsOfRows], list[Fault]]:
    """For each rule on rows the totals and what they are over, themselves left out."""
    found, faults = [], []
    for position, rule in enumerate(spec.rows, 1):
        where = f"{place} rule {position}"
        totals, parts, group = rows.that(rule.total), rows.that(rule.over), rows.group(rule.within)
        wrong = _wrong_with_totals(rule.total, rule.within, totals, group, rows)
        if wrong:
            faults.append(Fault(where, wrong, "rows"))
            continue
        total_of = np.full(group.max(initial=-1) + 1, -1)
        total_of[group[totals]] = np.arange(len(totals))
        of = total_of[group[parts]]
        is_part = (of >= 0) & (parts != totals[of])
        lone = len(set(group[parts[of < 0]].tolist()))
        parts, of = parts[is_part], of[is_part]
        kept = np.unique(of)
        if not len(kept):
            faults.append(Fault(where, f"rows other than the total's are expected for {_words(rule.over)}", "rows"))
            continue
        doubts = [
            f"rule {position}: {number} {text}; left out"
            for number, text in (
                (len(totals) - len(kept), f"totals without rows of {_words(rule.over)}"),
                (lone, f"groups of rows of {_words(rule.over)} without a total"),
            )
            if number
        ]
        texts = (_text(rule, rows, int(totals[k])) for k in kept)
        found.append(SumsOfRows(totals[kept], parts, np.searchsorted(kept, of), tuple(texts), tuple(doubts)))
    return found, faults


def _text(rule: RowSum, rows: Rows, total: int) -> str:
    each = f", {rows.told(total, rule.within)}" if rule.within else ""
    return f"{_words(rule.total)}{each} = sum of {_words(rule.over)}"


def _wrong_with_totals(total: Condition, within: Sequence[str], rows_of: Ints, group: Ints, rows: Rows) -> str:
    """What is wrong with the rows of totals, one for each group of rows; empty where nothing is."""
    several = np.flatnonzero(np.bincount(group[rows_of]) > 1)
    if len(several):
        first = rows_of[group[rows_of] == several[0]]
        each = f" and {rows.told(int(first[0]), within)}" if within else ""
        return f"one row for the total {_words(total)}{each} is expected, not {len(first)}"
    return "" if len(rows_of) else f"one row for the total {_words(total)} is expected, not 0"


def bases_of(spec: Spec, rows: Rows, place: str) -> tuple[list[Ints], list[Fault]]:
    """For each rate the row that its base is in, row by row; -1 where there is none."""
    found, faults = [], []
    for position, rate in enumerate(spec.rates, 1):
        group = rows.group(rate.within)
        if not rate.of:
            found.append(np.arange(len(group)))
            continue
        bases = rows.that(rate.of)
        wrong = _wrong_with_totals(rate.of, rate.within, bases, group, rows)
        if wrong:
            faults.append(Fault(f"{place} rate {position}", wrong, "rates"))
        row_of = np.full(group.max(initial=-1) + 1, -1)
        row_of[group[bases]] = bases
        found.append(row_of[group])
    return found, faults


def _words(condition: Condition) -> str:
    return ", ".join(f"{column} {' or '.join(sorted(wanted))}" for column, wanted in condition.items())


def line_of(table: Table, row: int, place: str) -> str:
    """Where a row is: the file and the line, the first of which has the columns."""
    if FILE not in table:
        return f"{place} line {row + 2}"
    files = table[FILE]
    return f"{files[row]} line {row - files.index(files[row]) + 2}"
