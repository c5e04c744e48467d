"""Linked tables of counts as an attacker reads them: what a release's ``tables.json`` describes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy.sparse as sp

from kdsp_lib.errors import BadSource, Fault
from kdsp_lib.protect.deduction import Ties
from kdsp_lib.protect.hierarchy import Dimension, equations_of
from kdsp_lib.protect.printed import Printed, Recovered, Result, attack_printed
from kdsp_lib.protect.system import Ints

Codes = tuple[str, ...]
ROUNDED = ("adjacent", "nearest", "farther")


@dataclass(frozen=True, slots=True)
class LinkedTable:
    """One table: the file it is in, its dimensions, the column of figures, what stands for a withheld one.

    ``base``: figures are rounded to multiples of it (1: not at all); an ``adjacent`` one is less than the base away, a
    ``farther`` one less than twice the base.
    """

    file: str
    dims: tuple[str, ...]
    value: str
    suppressed: frozenset[str]
    base: int = 1
    rounding: str = "adjacent"


@dataclass(frozen=True, slots=True)
class LinkedTables:
    """What ``tables.json`` says. ``zeros_hidden``: readers must reckon with zeros among the withheld figures."""

    threshold: int
    dims: Mapping[str, Dimension]
    tables: tuple[LinkedTable, ...]
    zeros_hidden: bool = True


def read_linked_tables(given: Any, place: str) -> LinkedTables:
    """The description as read from JSON. Raises `BadSource` with every fault of it."""
    faults: list[Fault] = []
    if not isinstance(given, Mapping):
        raise BadSource(f"{place} is no description of tables.", faults=[Fault(place, "one JSON object is expected")])
    threshold = given.get("threshold")
    if isinstance(threshold, bool) or not isinstance(threshold, int) or threshold < 1:
        faults.append(Fault(place, "the smallest count that may be shown is expected, a whole number", "threshold"))
        threshold = 1
    if given.get("integer") is not True:
        faults.append(Fault(place, "true is expected: the tables are of counts", "integer"))
    dims: dict[str, Dimension] = {}
    described = given.get("dims")
    if not isinstance(described, Mapping):
        faults.append(Fault(place, "an object of dimensions is expected, each with root and children", "dims"))
        described = {}
    for name, dim in described.items():
        dimension, wrong = _dimension(str(name), dim, place)
        faults += wrong
        dims[str(name)] = dimension
    tables: list[LinkedTable] = []
    listed = given.get("tables")
    if not isinstance(listed, Sequence) or isinstance(listed, str):
        faults.append(
            Fault(place, "a list of tables is expected, each with file, dims, value and suppressed", "tables")
        )
        listed = []
    for position, table in enumerate(listed, 1):
        read, wrong = _table(table, dims, f"{place} table {position}")
        faults += wrong
        tables += [read] if read is not None else []
    if faults:
        raise BadSource(f"{place} is no description of tables.", faults=faults)
    return LinkedTables(threshold, dims, tuple(tables), given.get("zeros") != "printed")


def attack_linked(linked: LinkedTables, texts: Mapping[str, Mapping[str, Sequence[str]]]) -> Result:
    """Attack tables whose columns of texts are given by their files. Raises `BadSource` with every fault of them.

    Recovered is also a count below the threshold that is printed, and one that is printed here and withheld there. A
    part that has no row in a table in which its total has one is a structural zero.
    """
    cells, faults = _Cells(linked), []
    for table in linked.tables:
        faults += cells.read(table, texts[table.file])
    if faults:
        raise BadSource("The tables are not what their description says.", faults=faults)
    ties, names = cells.ties()
    low, high = np.array(cells.low), np.array(cells.high)
    hidden = np.array(cells.hidden, dtype=bool)
    low[hidden] = 0.0 if linked.zeros_hidden else 1.0
    whole = np.ones(len(low), bool)
    words = _Words(cells, names)
    printed = Printed(low, high, whole, hidden, np.ones(len(low)), ties, words, linked.threshold, is_secret=True)
    result = attack_printed(printed)
    return replace(result, recovered=(*cells.told_otherwise(words), *result.recovered))


class _Cells:
    """The cells of all tables, each once: a dimension that a table does not use stands at its root."""

    def __init__(self, linked: LinkedTables) -> None:
        self.linked = linked
        self.names = list(linked.dims)
        self.place: dict[Codes, int] = {}
        self.low: list[float] = []
        self.high: list[float] = []
        self.hidden: list[bool] = []
        self._shown_in: list[dict[bool, str]] = []
        self._in: list[set[int]] = []
        """The cells of each table."""

    @property
    def codes(self) -> list[Codes]:
        return list(self.place)

    def read(self, table: LinkedTable, columns: Mapping[str, Sequence[str]]) -> list[Fault]:
        """Add a table's cells; what is wrong with it."""
        faults, here = [], []
        known = {name: set(self.linked.dims[name].codes) for name in table.dims}
        seen: dict[Codes, int] = {}
        for row, text in enumerate(map(str.strip, columns[table.value])):
            line = f"{table.file} line {row + 2}"
            own = {name: columns[name][row] for name in table.dims}
            strange = [name for name, code in own.items() if code not in known[name]]
            faults += [Fault(line, "a code of this dimension's hierarchy is expected", name) for name in strange]
            is_hidden = text in table.suppressed
            if not (is_hidden or (text.isascii() and text.isdigit())):
                faults.append(Fault(line, "a whole number or a symbol for a withheld one is expected", table.value))
            elif not strange:
                codes = tuple(own.get(name, str(self.linked.dims[name].root)) for name in self.names)
                if seen.setdefault(codes, row) != row:
                    faults.append(Fault(line, f"is the same cell as line {seen[codes] + 2}"))
                    continue
                wrong = self._see(codes, table, text, is_hidden=is_hidden)
                faults += [Fault(line, wrong, table.value)] if wrong else []
                here.append(self.place[codes])
        self._in.append(set(here))
        return faults

    def _see(self, codes: Codes, table: LinkedTable, text: str, *, is_hidden: bool) -> str:
        cell = self.place.setdefault(codes, len(self.place))
        if cell == len(self.low):
            self.low.append(0.0)
            self.high.append(np.inf)
            self.hidden.append(True)
            self._shown_in.append({})
        self._shown_in[cell].setdefault(is_hidden, table.file)
        if is_hidden:
            return ""
        figure, doubt = float(text), 0
        if table.base > 1:
            doubt = {"adjacent": table.base - 1, "farther": 2 * table.base - 1}.get(table.rounding, table.base // 2)
            if figure % table.base:
                return f"a multiple of {table.base} is expected"
        low, high = max(0.0, figure - doubt), figure + doubt
        if not self.hidden[cell] and (low > self.high[cell] or high < self.low[cell]):
            return f"is another figure than in {self._shown_in[cell][False]}"
        if self.hidden[cell]:
            self.low[cell], self.high[cell] = low, high
        else:
            self.low[cell], self.high[cell] = max(low, self.low[cell]), min(high, self.high[cell])
        self.hidden[cell] = False
        return ""

    def told_otherwise(self, words: _Words) -> Iterator[Recovered]:
        """Figures that need no attack: small counts printed, and withheld ones that another table prints."""
        for cell in range(len(self.low)):
            low, high = self.low[cell], self.high[cell]
            if self.hidden[cell]:
                continue
            if len(self._shown_in[cell]) == 2:
                where = f"withheld in {self._shown_in[cell][True]}, printed in {self._shown_in[cell][False]}"
                yield Recovered(words.row(cell), words.column(cell), low, high, where)
            elif low == high and 0 < high < self.linked.threshold:
                yield Recovered(words.row(cell), words.column(cell), low, high, "is printed, and below the threshold")

    def ties(self) -> tuple[Ties, list[int]]:
        """All sums, and the dimension that each is split up in.

        Where no table has both a total and a part of it, and some parts have no cell at all, the parts come to no more
        than the total.
        """
        every = self._positions()
        dimensions = [self.linked.dims[name] for name in self.names]
        if not self.low or not dimensions:
            return Ties(sp.csr_matrix((0, len(self.low))), np.zeros(0), np.zeros(0)), []
        rows, totals = equations_of(dimensions, every)
        splits, right = [], np.zeros(len(totals))
        for row, total in enumerate(totals.tolist()):
            cells = rows.indices[rows.indptr[row] : rows.indptr[row + 1]]
            split = next(number for number, codes in enumerate(every) if len(np.unique(codes[cells])) > 1)
            codes = dimensions[split].codes
            parts = dimensions[split].children[codes[every[split][total]]]
            together = any(total in here and not here.isdisjoint(set(cells.tolist()) - {total}) for here in self._in)
            right[row] = 0.0 if together or len(cells) == len(parts) + 1 else np.inf
            splits.append(split)
        return Ties(rows, np.zeros(len(totals)), right), splits

    def _positions(self) -> list[Ints]:
        places = [{code: k for k, code in enumerate(self.linked.dims[name].codes)} for name in self.names]
        return [np.array([place[codes[n]] for codes in self.place], dtype=np.int64) for n, place in enumerate(places)]


class _Words:
    """Cells called by the codes that are no totals; in a sum, by the code of the dimension that it splits."""

    def __init__(self, cells: _Cells, splits: Sequence[int]) -> None:
        self._cells, self._codes, self._splits = cells, cells.codes, splits

    def row(self, figure: int) -> str:
        roots = [self._cells.linked.dims[name].root for name in self._cells.names]
        named = zip(self._cells.names, self._codes[figure], roots, strict=True)
        return ", ".join(f"{name} {code}" for name, code, root in named if code != root) or "all"

    def column(self, figure: int) -> str:  # noqa: ARG002  (there is one)
        return "n"

    def of_tie(self, tie: int) -> str:
        return f"the sum by {self._cells.names[self._splits[tie]]}"

    def of_figure(self, tie: int, figure: int) -> str:  # noqa: ARG002  (a cell has one name)
        return self.row(figure)


def _dimension(name: str, dim: Any, place: str) -> tuple[Dimension, list[Fault]]:
    root = dim.get("root") if isinstance(dim, Mapping) else None
    children = dim.get("children", {}) if isinstance(dim, Mapping) else None
    is_tree = isinstance(children, Mapping) and all(
        isinstance(parts, Sequence) and not isinstance(parts, str) and all(isinstance(part, str) for part in parts)
        for parts in children.values()
    )
    if not isinstance(root, str) or not is_tree or not isinstance(children, Mapping):
        text = "root (a code) and children (a code: its parts, a list) are expected"
        return Dimension(name, "", {}), [Fault(place, text, name)]
    dimension = Dimension(name, root, {code: tuple(parts) for code, parts in children.items()})
    return dimension, dimension.faults(place)


def _table(table: Any, dims: Mapping[str, Dimension], place: str) -> tuple[LinkedTable | None, list[Fault]]:
    keys = ("file", "dims", "value", "suppressed")
    if not isinstance(table, Mapping) or not set(keys) <= set(table):
        return None, [Fault(place, "file, dims, value and suppressed are expected")]
    faults = []
    file, value, base = table["file"], table["value"], table.get("round", 1)
    lists = {}
    for key in ("dims", "suppressed"):
        is_list = isinstance(table[key], Sequence) and not isinstance(table[key], str)
        lists[key] = [str(each) for each in table[key]] if is_list else []
        if not is_list:
            faults.append(Fault(place, "a list is expected", key))
    faults += [Fault(place, "there is no such dimension", name) for name in lists["dims"] if name not in dims]
    if not isinstance(file, str) or file.startswith("/") or ".." in file.split("/"):
        faults.append(Fault(place, "the place of a file in this folder is expected", "file"))
    if not isinstance(value, str) or value in lists["dims"]:
        faults.append(Fault(place, "the name of the column of figures is expected", "value"))
    if isinstance(base, bool) or not isinstance(base, int) or base < 1:
        faults.append(Fault(place, "the base that figures are rounded to is expected, a whole number", "round"))
    rounding = table.get("rounding", "adjacent")
    if rounding not in ROUNDED:
        faults.append(Fault(place, f"one of {', '.join(ROUNDED)} is expected", "rounding"))
    if faults:
        return None, faults
    return LinkedTable(file, tuple(lists["dims"]), value, frozenset(lists["suppressed"]), base, rounding), []
