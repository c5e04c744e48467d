"""The counts of a report as an auditor takes them: tidy tables whose dimensions say what adds up to what.

What is counted (pupils, enrolments) is a dimension, so that different things never share a cell; so are the pupils that
a rate of results is of (those who took it), every filter, and the share that a rate is of. A dimension has the same
hierarchy in every answer and every release.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kdsp_lib.analyse.attribute import ATTRIBUTES, ROOT, UNKNOWN
from kdsp_lib.analyse.cube import Cube, CubeTable, Flags
from kdsp_lib.analyse.layout import WHERE
from kdsp_lib.analyse.membership import NONE
from kdsp_lib.analyse.spread_bands import too_even
from kdsp_lib.analyse.symbol import HIDDEN

MEASURE = "measure"
PUPILS = "pupils"
ENROLMENTS = "enrolments"
WITHOUT = "without sessions"
SHARE = "share-"
BASE = "base-"
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

    A cell that stands in two tables is so withheld in both. Of spreads, all bands where they would tell too much.
    """
    settled = hidden | too_even(cube, hidden)
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
    """Numerators, bases and complements of every table asked now, without ``hidden`` cells.

    Structural zeros are left out: an auditor knows them to be 0. So are spreads, which tell no count of pupils.
    """
    settled = whole_rows(cube, hidden)
    dims: dict[str, Mapping[str, Any]] = {MEASURE: _divided(PUPILS, (ENROLMENTS, WITHOUT))}
    tables = []
    for name, table in cube.tables.items():
        if table.asked.is_spread:
            continue
        share = _share_of(cube, table)
        for axis, dim in zip(table.dims, _axes(table), strict=True):
            bands = tuple(ATTRIBUTES[axis.name].bands)
            dims[dim] = _dim(axis.name) if dim == axis.name else _divided(ROOT, bands)
        where = table.asked.where
        if where is not None:
            dims[f"{WHERE}{where}"] = _divided(ROOT, ("in", "out"))
        if share is not None:
            dims[share.dim] = share.hierarchy
        base = _base_of(table)
        if base is not None:
            dims[base] = _divided(ROOT, ("in", "out"))
        tables.append(CountTable(name, _dims(table, share), tuple(_rows(cube, table, share, settled))))
    return CountTables(dims, tuple(tables))


@dataclass(frozen=True, slots=True)
class _Share:
    """The dimension on which a rate's numerator and the rest of its base stand, and their codes."""

    dim: str
    counted: str
    rest: str
    hierarchy: Mapping[str, Any]


def _share_of(cube: Cube, table: CubeTable) -> _Share | None:
    """The attribute's own dimension where it has two leaves, so that breakdowns by it share these cells; else its own.

    None for plain counts of pupils and for sums of sessions, which have no numerator of pupils.
    """
    measure = table.asked.measure
    attribute = measure.divides
    if attribute is None or measure.sums_alone or table.asked.is_distribution:
        return None
    axis = next(axis for axis in cube.axes if axis.name == attribute.name)
    if axis.leaves == tuple(leaf for leaf, _ in attribute.leaves) and len(axis.leaves) == 2 and axis not in table.dims:
        rest = next(leaf for leaf in axis.leaves if leaf != measure.holds)
        return _Share(attribute.name, measure.holds, rest, _dim(attribute.name))
    return _Share(f"{SHARE}{measure.name}", "yes", "no", _divided(ROOT, ("yes", "no")))


def _base_of(table: CubeTable) -> str | None:
    """The dimension of the pupils that a measure of results is of; None where it is of all, or of enrolments."""
    measure = table.asked.measure
    if measure.of in (ROOT, ENROLMENTS):
        return None
    return f"{BASE}{measure.attribute}-{measure.of}"


def _dim(attribute: str) -> Mapping[str, Any]:
    """All leaves of an attribute, whether anybody has them here or not: one hierarchy in every release."""
    return _divided(ROOT, (*(leaf for leaf, _ in ATTRIBUTES[attribute].leaves), UNKNOWN))


def _divided(root: str, parts: tuple[str, ...]) -> Mapping[str, Any]:
    return {"root": root, "children": {root: list(parts)}}


def _dims(table: CubeTable, share: _Share | None) -> tuple[str, ...]:
    filters = () if table.asked.where is None else (f"{WHERE}{table.asked.where}",)
    shares = () if share is None else (share.dim,)
    base = _base_of(table)
    bases = () if base is None else (base,)
    return (MEASURE, *filters, *bases, *shares, *_axes(table))


def _axes(table: CubeTable) -> tuple[str, ...]:
    """The dimensions of a table's axes; bands are of a base of their own, so that they are a share."""
    names = tuple(axis.name for axis in table.dims)
    return (*names[:-1], f"{SHARE}{table.asked.measure.name}") if table.asked.is_distribution else names


def _rows(cube: Cube, table: CubeTable, share: _Share | None, hidden: Flags) -> Iterator[tuple[str, ...]]:
    one = table.asked
    base = _base_of(table)
    head = [PUPILS if one.measure.of == ROOT or base is not None else ENROLMENTS]
    head += [] if one.where is None else ["in"]
    head += [] if base is None else ["in"]
    for row in table.rows:
        parts = [(ROOT, row.base)]
        parts += [(ROOT, row.counted)] if share is None else [(share.counted, row.counted), (share.rest, row.rest)]
        for code, cell in parts:
            if cell != NONE and not cube.structural[cell]:
                shown = HIDDEN if hidden[cell] else str(cube.printed[cell])
                yield (*head, *(() if share is None else (code,)), *row.codes, shown)
