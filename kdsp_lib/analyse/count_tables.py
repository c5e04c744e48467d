"""The counts of a report as an auditor takes them: tidy tables whose dimensions say what adds up to what.

The measure is a dimension, so that different things never share a cell; every filter is one too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kdsp_lib.analyse.attribute import ROOT
from kdsp_lib.analyse.axis import Axis
from kdsp_lib.analyse.cube import NONE, Cube, CubeTable, Flags
from kdsp_lib.analyse.figures import HIDDEN
from kdsp_lib.analyse.layout import WHERE, Asked

MEASURE = "measure"
PUPILS = "pupils"
ENROLMENTS = "enrolments"
VALUE = "n"


@dataclass(frozen=True, slots=True)
class CountTable:
    """One table's counts: its dimensions, and a row a cell (the codes of the dimensions, then the count or ``c``)."""

    name: str
    dims: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def header(self) -> tuple[str, ...]:
        return (*self.dims, VALUE)


@dataclass(frozen=True, slots=True)
class CountTables:
    """All tables of a report and their dimensions with the hierarchy of each."""

    dims: Mapping[str, Mapping[str, Any]]
    tables: tuple[CountTable, ...]

    def to_json(self, files: Mapping[str, str], threshold: int) -> dict[str, Any]:
        """What an auditor needs beside the tables, whose files are named in ``files``."""
        return {
            "threshold": threshold,
            "integer": True,
            "dims": {name: dict(dim) for name, dim in self.dims.items()},
            "tables": [
                {"file": files[table.name], "dims": list(table.dims), "value": VALUE, "suppressed": [HIDDEN]}
                for table in self.tables
            ],
        }


def whole_rows(cube: Cube, hidden: Flags) -> Flags:
    """``hidden`` with what no reader sees beside it: nothing of a withheld base; neither part without the other.

    A cell that stands in two tables is so withheld in both.
    """
    settled = hidden.copy()
    rows = [row for table in cube.tables.values() for row in table.rows if row.base != NONE and row.counted != NONE]
    while True:
        before = int(settled.sum())
        for row in rows:
            parts = [cell for cell in (row.counted, row.rest) if cell != NONE]
            if settled[row.base] or settled[parts].any():
                settled[parts] = True
        if int(settled.sum()) == before:
            return settled


def count_tables(cube: Cube, hidden: Flags) -> CountTables:
    """Numerators, bases and complements of every table asked now, with ``hidden`` cells withheld.

    Structural zeros are left out: an auditor knows them to be 0.
    """
    settled = whole_rows(cube, hidden)
    dims: dict[str, Mapping[str, Any]] = {MEASURE: _measure_dim([t.asked for t in cube.tables.values()])}
    tables = []
    for name, table in cube.tables.items():
        for axis in table.dims:
            dims[axis.name] = _dim(axis)
        where = table.asked.where
        if where is not None:
            dims[f"{WHERE}{where}"] = {"root": ROOT, "children": {ROOT: ["in", "out"]}}
        tables.append(_table(cube, name, table, settled))
    return CountTables(dims, tuple(tables))


def _dim(axis: Axis) -> Mapping[str, Any]:
    return {"root": ROOT, "children": {ROOT: list(axis.leaves)}}


def measure_codes(one: Asked) -> tuple[str, str, str]:
    """The codes, on the measure dimension, of the base, of what is counted, and of the rest."""
    measure = one.measure
    base = PUPILS if measure.of == ROOT else ENROLMENTS
    if not measure.attribute:
        return base, PUPILS, ""
    return base, measure.name, f"not {measure.name}"


def _measure_dim(asked: list[Asked]) -> Mapping[str, Any]:
    children: dict[str, list[str]] = {PUPILS: []}
    for one in asked:
        base, counted, rest = measure_codes(one)
        if base == ENROLMENTS and ENROLMENTS not in children:
            children[PUPILS].append(ENROLMENTS)
            children[ENROLMENTS] = []
        if not one.measure.sums and counted != PUPILS and counted not in children[base]:
            children[base] += [counted, rest]
    return {"root": PUPILS, "children": {parent: parts for parent, parts in children.items() if parts}}


def _table(cube: Cube, name: str, table: CubeTable, hidden: Flags) -> CountTable:
    one = table.asked
    filters = () if one.where is None else (f"{WHERE}{one.where}",)
    dims = (MEASURE, *filters, *(axis.name for axis in table.dims))
    rows = []
    for row in table.rows:
        for code, cell in zip(measure_codes(one), (row.base, row.counted, row.rest), strict=True):
            if cell != NONE and not cube.structural[cell]:
                shown = HIDDEN if hidden[cell] else str(cube.count[cell])
                rows.append((code, *("in" for _ in filters), *row.codes, shown))
    return CountTable(name, dims, tuple(rows))
