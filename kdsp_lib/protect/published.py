"""Any published table as an attacker reads it: its printed figures, and the sums and shares that its spec tells of."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import scipy.sparse as sp

from kdsp_lib.errors import BadSource, Fault
from kdsp_lib.protect.deduction import Ties
from kdsp_lib.protect.printed import Printed, Result, attack_printed
from kdsp_lib.protect.published_spec import Condition, Spec
from kdsp_lib.protect.system import Bools, Floats, Ints

Table = Mapping[str, Sequence[str]]
"""A published table as printed: its columns of texts, by their names."""
FIGURE = re.compile(r"-?[0-9][0-9,]*(\.[0-9]+)?%?")


def attack_published(spec: Spec, table: Table, place: str) -> Result:
    """Attack a table of printed texts. Raises `BadSource` with every fault where it is not what the spec says.

    A text that is neither a number nor stands for a withheld figure is no figure: a sum that wants it says nothing.
    """
    missing = sorted(spec.columns - set(table))
    if missing:
        faults = [Fault(place, "the spec names a column that is not there", name) for name in missing]
        raise BadSource(f"{place} is not what the spec says.", faults=faults)
    figures = _Figures(spec, table, place)
    matching, faults = _matching(spec, table, place)
    faults = [*figures.faults, *faults]
    if faults:
        raise BadSource(f"{place} is not what the spec says.", faults=faults)
    ties = _Collected()
    _sums(figures, ties)
    _rows(figures, matching, ties)
    _rates(figures, ties)
    printed = Printed(
        low=figures.low,
        high=figures.high,
        whole=figures.whole,
        hidden=figures.hidden,
        unit=figures.unit,
        ties=ties.together(figures),
        words=_Words(figures, ties),
        threshold=spec.threshold,
    )
    result = attack_printed(printed, figures.doubts)
    place_of = {figures.row(row): row for row in reversed(range(figures.rows))}
    return replace(result, recovered=tuple(sorted(result.recovered, key=lambda cell: place_of[cell.id])))


class _Figures:
    """The figures of a table, one after the other: column by column, row by row; then counts that only shares tell of.

    A count is what is printed; a percentage stands for all that round to it.
    """

    def __init__(self, spec: Spec, table: Table, place: str) -> None:
        self.spec, self._table, self._place = spec, table, place
        self.rows = len(table[spec.id[0]])
        self.columns = [*spec.values, *spec.implied]
        size = self.rows * len(self.columns)
        self.low, self.high, self.unit = np.full(size, np.nan), np.full(size, np.nan), np.ones(size)
        self.hidden = np.zeros(size, bool)
        self.whole = np.zeros(size, bool)
        self.faults: list[Fault] = []
        self._strange: Counter[tuple[str, str]] = Counter()
        for column in spec.values:
            self._read(column, self.place(column))
        for column in spec.implied:
            here = self.place(column)
            self.low[here], self.high[here], self.whole[here] = 0.0, np.inf, spec.integer

    def place(self, column: str) -> slice:
        """Where the figures of a column are."""
        number = self.columns.index(column)
        return slice(number * self.rows, (number + 1) * self.rows)

    @property
    def there(self) -> Bools:
        """Which figures are known, or withheld: the others are no figures."""
        return np.asarray(~np.isnan(self.low))

    @property
    def doubts(self) -> list[str]:
        """Texts that are taken for no figure."""
        told = sorted(self._strange.items())
        return [f"{column}: {text!r} ({times} times) is taken for no figure" for (column, text), times in told]

    def row(self, figure: int) -> str:
        row = figure % self.rows
        return " ".join(text for column in self.spec.id if (text := self._table[column][row].strip()))

    def _read(self, column: str, place: slice) -> None:
        is_percent = self.spec.values[column] == "percent"
        self.whole[place] = self.spec.integer and not is_percent
        low, high, hidden = self.low[place], self.high[place], self.hidden[place]
        finest = 0
        for row, text in enumerate(map(str.strip, self._table[column])):
            if text in self.spec.hidden:
                hidden[row] = True
                low[row], high[row] = 0.0, 100.0 if is_percent else np.inf
                continue
            if text in self.spec.absent:
                low[row] = high[row] = 0.0
                continue
            if not FIGURE.fullmatch(text):
                self._strange[column, text] += 1
                continue
            number = text.replace(",", "").removesuffix("%")
            digits = len(number.partition(".")[2])
            low[row] = high[row] = float(number)
            if not is_percent:
                self._check_count(column, row, low[row])
                continue
            finest = max(finest, digits)
            low[row], high[row] = low[row] - 0.5 * 0.1**digits, high[row] + 0.5 * 0.1**digits
        if is_percent or not self.spec.integer:
            self.unit[place] = 0.1**finest

    def _check_count(self, column: str, row: int, figure: float) -> None:
        if figure < 0 or (self.spec.integer and figure != round(figure)):
            kind = "a whole number" if self.spec.integer else "a number"
            self.faults.append(
                Fault(f"{self._place} line {row + 2}", f"{kind} that is not below 0 is expected", column)
            )


@dataclass(slots=True)
class _Collected:
    """Ties as they are gathered, and what each is called."""

    row: list[Ints] = field(default_factory=list)
    column: list[Ints] = field(default_factory=list)
    value: list[Floats] = field(default_factory=list)
    left: list[Floats] = field(default_factory=list)
    right: list[Floats] = field(default_factory=list)
    texts: list[tuple[int, str]] = field(default_factory=list)
    """The first tie of each rule, and the rule."""
    size: int = 0

    def add(
        self, text: str, figures: Ints, signs: Floats, left: float | Floats = 0.0, right: float | Floats = 0.0
    ) -> None:
        """One tie for each row of ``figures``."""
        number, width = figures.shape
        self.texts.append((self.size, text))
        self.row.append(np.repeat(np.arange(self.size, self.size + number), width))
        self.column.append(figures.ravel())
        self.value.append(np.broadcast_to(signs, figures.shape).ravel().astype(float))
        self.left.append(np.broadcast_to(left, number).astype(float))
        self.right.append(np.broadcast_to(right, number).astype(float))
        self.size += number

    def together(self, figures: _Figures) -> Ties:
        """All ties whose figures are there, each figure with a value or a bound."""
        empty = np.zeros(0, np.int64)
        row, column = np.concatenate([empty, *self.row]), np.concatenate([empty, *self.column])
        value = np.concatenate([empty, *self.value]).astype(float)
        usable = np.bincount(row, ~figures.there[column], minlength=self.size) == 0
        matrix = sp.csr_matrix((value * usable[row], (row, column)), shape=(self.size, len(figures.low)))
        matrix.eliminate_zeros()
        figures.low[~figures.there], figures.high[np.isnan(figures.high)] = 0.0, 0.0
        left = np.where(usable, np.concatenate([empty, *self.left]), 0.0)
        return Ties(matrix, left, np.where(usable, np.concatenate([empty, *self.right]), 0.0))


@dataclass(frozen=True, slots=True)
class _Words:
    figures: _Figures
    ties: _Collected

    def row(self, figure: int) -> str:
        return self.figures.row(figure)

    def column(self, figure: int) -> str:
        return self.figures.columns[figure // self.figures.rows]

    def of_tie(self, tie: int) -> str:
        starts = [start for start, _ in self.ties.texts]
        return self.ties.texts[int(np.searchsorted(starts, tie, side="right")) - 1][1]

    def of_figure(self, tie: int, figure: int) -> str:
        """The column alone where a rule is about columns."""
        text = self.of_tie(tie)
        return self.column(figure) if "sum of" not in text else f"{self.row(figure)} {self.column(figure)}"


def _sums(figures: _Figures, ties: _Collected) -> None:
    here = np.arange(figures.rows)
    for total, parts in figures.spec.sums:
        columns = [figures.place(column).start + here for column in (total, *parts)]
        signs = np.array([1.0, *(-1.0 for _ in parts)])
        ties.add(f"{total} = {' + '.join(parts)}", np.stack(columns, axis=1), signs)


def _rows(figures: _Figures, matching: Sequence[tuple[int, Ints]], ties: _Collected) -> None:
    counted = [column for column in figures.columns if figures.spec.values.get(column) != "percent"]
    for (total, over), (condition, of_rows) in zip(matching, figures.spec.rows, strict=True):
        text = f"{_words(condition)} = sum of {_words(of_rows)}"
        signs = np.concatenate([[1.0], -np.ones(len(over))])
        for column in counted:
            start = figures.place(column).start
            ties.add(f"{text}, {column}", np.concatenate([[start + total], start + over])[None, :], signs)


def _rates(figures: _Figures, ties: _Collected) -> None:
    """A share in per cent: of a printed base, part - base / 100 x share = 0; of a withheld one, part lies within the
    shares that are printed so."""
    here = np.arange(figures.rows)
    for rate, part, base in figures.spec.rates:
        shares, parts, bases = (figures.place(column).start + here for column in (rate, part, base))
        text = f"{rate} = {part} / {base}"
        known = figures.low[bases] == figures.high[bases]
        usable = known & (figures.low[bases] > 0)
        factor = figures.low[bases] / 100
        ties.add(
            text, np.stack([parts, shares], axis=1)[usable], np.stack([np.ones(usable.sum()), -factor[usable]], axis=1)
        )
        beside = ~known & figures.there[bases] & figures.there[shares] & ~figures.hidden[shares]
        pairs = np.stack([parts, bases], axis=1)[beside]
        for bound, left, right in ((figures.low, 0.0, np.inf), (figures.high, -np.inf, 0.0)):
            signs = np.stack([np.ones(len(pairs)), -np.clip(bound[shares[beside]], 0, 100) / 100], axis=1)
            ties.add(text, pairs, signs, left, right)
        ties.add(text, np.stack([parts, bases], axis=1), np.array([1.0, -1.0]), -np.inf, 0.0)


def _matching(spec: Spec, table: Table, place: str) -> tuple[list[tuple[int, Ints]], list[Fault]]:
    """For each rule on rows: the row of the total, and the rows it is over, itself left out."""
    found, faults = [], []
    for position, (total, over) in enumerate(spec.rows, 1):
        totals, parts = _rows_that(table, total), _rows_that(table, over)
        where = f"{place} rule {position}"
        if len(totals) != 1:
            text = f"one row for the total {_words(total)} is expected, not {len(totals)}"
            faults.append(Fault(where, text, "rows"))
            continue
        parts = parts[parts != totals[0]]
        if not len(parts):
            faults.append(Fault(where, f"rows other than the total's are expected for {_words(over)}", "rows"))
        found.append((int(totals[0]), parts))
    return found, faults


def _rows_that(table: Table, condition: Condition) -> Ints:
    matches = [[text.strip() in wanted for text in table[column]] for column, wanted in condition.items()]
    return np.nonzero(np.all(matches, axis=0))[0].astype(np.int64)


def _words(condition: Condition) -> str:
    return ", ".join(f"{column} {' or '.join(sorted(wanted))}" for column, wanted in condition.items())
