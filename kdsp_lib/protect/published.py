"""Any published table as an attacker reads it: its printed figures, and the sums and shares that its spec tells of."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from operator import itemgetter

import numpy as np
import scipy.sparse as sp

from kdsp_lib.errors import BadSource, Fault
from kdsp_lib.protect.deduction import Ties
from kdsp_lib.protect.printed import Printed, Result, attack_printed
from kdsp_lib.protect.published_rows import NO_COLUMN, Rows, SumsOfRows, Table, bases_of, line_of, sums_of_rows
from kdsp_lib.protect.published_spec import Spec
from kdsp_lib.protect.system import Bools, Floats, Ints

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
    rows = Rows(table)
    sums, faults = sums_of_rows(spec, rows, place)
    bases, wrong = bases_of(spec, rows, place)
    faults = [*figures.faults, *faults, *wrong]
    if faults:
        raise BadSource(f"{place} is not what the spec says.", faults=faults)
    ties = _Collected()
    _sums(figures, ties)
    _rows(figures, sums, ties)
    _rates(figures, bases, ties)
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
    doubts = [doubt for of_rule in sums for doubt in of_rule.doubts]
    result = attack_printed(printed, [*figures.doubts, *doubts])
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
        self.whole, self.absent, self.rounds_to_zero = (np.zeros(size, bool) for _ in range(3))
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
        texts = (self._table[column][row].strip() for column in self.spec.id)
        return " ".join(text for text in texts if text and text != NO_COLUMN)

    def _read(self, column: str, place: slice) -> None:
        is_percent = self.spec.values[column] == "percent"
        self.whole[place] = self.spec.integer and not is_percent
        low, high, hidden = self.low[place], self.high[place], self.hidden[place]
        finest = 0
        rounds_to_zero, absent = self.rounds_to_zero[place], self.absent[place]
        for row, text in enumerate(map(str.strip, self._table[column])):
            if text in self.spec.hidden:
                hidden[row] = True
                low[row], high[row] = 0.0, 100.0 if is_percent else np.inf
                continue
            if text in self.spec.absent:
                low[row] = high[row] = 0.0
                absent[row] = True
                continue
            if text == NO_COLUMN:
                continue
            if text in self.spec.low and is_percent:
                rounds_to_zero[row] = True
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
        low[rounds_to_zero], high[rounds_to_zero] = -0.5 * 0.1**finest, 0.5 * 0.1**finest
        if is_percent or not self.spec.integer:
            self.unit[place] = 0.1**finest

    def _check_count(self, column: str, row: int, figure: float) -> None:
        if figure < 0 or (self.spec.integer and figure != round(figure)):
            kind = "a whole number" if self.spec.integer else "a number"
            self.faults.append(
                Fault(line_of(self._table, row, self._place), f"{kind} that is not below 0 is expected", column)
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
        self._add(number, np.repeat(np.arange(number), width), figures, np.broadcast_to(signs, figures.shape))
        self.left.append(np.broadcast_to(left, number).astype(float))
        self.right.append(np.broadcast_to(right, number).astype(float))

    def add_sums(self, texts: Sequence[str], totals: Ints, parts: Ints, of: Ints) -> None:
        """A tie for each of the totals: it is the sum of the parts that are ``of`` it, by its place."""
        number = len(totals)
        self.texts += [(self.size + k, text) for k, text in enumerate(texts)]
        signs = np.repeat([1.0, -1.0], [number, len(parts)])
        self._add(number, np.concatenate([np.arange(number), of]), np.concatenate([totals, parts]), signs)
        self.left.append(np.zeros(number))
        self.right.append(np.zeros(number))

    def _add(self, number: int, row: Ints, figures: Ints, signs: Floats) -> None:
        self.row.append(self.size + row)
        self.column.append(figures.ravel())
        self.value.append(signs.ravel().astype(float))
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
        return self.ties.texts[bisect_right(self.ties.texts, tie, key=itemgetter(0)) - 1][1]

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


def _rows(figures: _Figures, sums: Sequence[SumsOfRows], ties: _Collected) -> None:
    counted = [column for column in figures.columns if figures.spec.values.get(column) != "percent"]
    for one in sums:
        for column in counted:
            start = figures.place(column).start
            ties.add_sums([f"{text}, {column}" for text in one.texts], start + one.totals, start + one.parts, one.of)


def _rates(figures: _Figures, rows_of_bases: Sequence[Ints], ties: _Collected) -> None:
    """A share in per cent: of a printed base, part - base / 100 x share = 0; of a withheld one, part lies within the
    shares that are printed so."""
    for one, row_of_base in zip(figures.spec.rates, rows_of_bases, strict=True):
        here = np.flatnonzero((row_of_base >= 0) & ~figures.absent[figures.place(one.rate)])
        shares, parts = (figures.place(column).start + here for column in (one.rate, one.part))
        bases = figures.place(one.base).start + row_of_base[here]
        text = f"{one.rate} = {one.part} / {one.base}"
        some = parts[figures.rounds_to_zero[shares] & (figures.high[parts] >= 1) & figures.whole[parts]]
        figures.low[some] = np.maximum(figures.low[some], 1.0)
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
