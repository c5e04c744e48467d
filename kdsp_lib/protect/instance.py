"""A table in the neutral format, as the engine takes it: cells, sums, what must be protected, and who knows what."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from kdsp_lib.errors import BadSource, Fault
from kdsp_lib.protect.hierarchy import Dimension, equations_of
from kdsp_lib.protect.system import BALANCE, Bools, Floats, Ints, Statistic, System, default_cost, make_system

KINDS = ("freq", "mag")
FINEST = 1e-3
"""No narrower interval can be asked for: a magnitude known more finely counts as known exactly."""
CELLS = "cells.csv"
REQUIRED = ("value", "primary", "lpl", "upl")
OPTIONAL = {"freq": math.nan, "cost": math.nan, "ncontrib": -1.0, "lb": 0.0, "ub": math.inf}
"""Columns of numbers that may be missing or have empty cells, and what stands for that."""


@dataclass(frozen=True, slots=True)
class Meta:
    """What an instance says of itself: counts (``freq``) or magnitudes (``mag``), and the dimensions of its cells."""

    name: str
    kind: Literal["freq", "mag"]
    dimensions: tuple[Dimension, ...]

    @property
    def has_hierarchies(self) -> bool:
        """Whether the sums follow from the dimensions."""
        return bool(self.dimensions) and all(dimension.root is not None for dimension in self.dimensions)


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """The rows of ``cells.csv``, in the order of their ids.

    ``codes`` holds, for each dimension, each cell's place in `Dimension.codes`; ``single`` the name of each cell's only
    contributor, empty where there are several or where it is not told.
    """

    codes: tuple[Ints, ...]
    numbers: Mapping[str, Floats]
    single: Sequence[str]
    labels: tuple[Sequence[str], ...] = ()
    """For each dimension, what stands for each place."""

    @property
    def size(self) -> int:
        return len(self.numbers["value"])

    @property
    def value(self) -> Floats:
        return self.numbers["value"]


@dataclass(frozen=True, slots=True, eq=False)
class Contributions:
    """The rows of ``contributions.csv``: who put how much into which cell."""

    cell: Ints
    owner: Sequence[str]
    value: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Instance:
    """A table, or several linked ones, ready to be protected or attacked."""

    meta: Meta
    system: System = field(repr=False)
    labels: tuple[Sequence[str], ...] = ()

    def name(self, cell: int) -> str:
        """A cell by the codes that are no totals."""
        if self.system.codes is None or not self.labels:
            return f"cell {cell}"
        codes = zip(self.meta.dimensions, self.labels, self.system.codes[cell].tolist(), strict=True)
        named = [(dim, labels[place]) for dim, labels, place in codes if labels[place] != dim.root]
        return ", ".join(f"{dim.name} {label}" for dim, label in named) or "all"


def read_meta(given: Any, place: str = "meta.json") -> tuple[Meta | None, list[Fault]]:
    """``meta.json`` as read: what it says, or every fault of it."""
    if not isinstance(given, Mapping):
        return None, [Fault(place, "one JSON object is expected, with kind and tables")]
    faults = []
    if given.get("kind") not in KINDS:
        faults.append(Fault(place, "freq (counts) or mag (magnitudes) is expected", "kind"))
    tables = given.get("tables")
    if not isinstance(tables, Sequence) or len(tables) != 1 or not isinstance(tables[0], Mapping):
        faults.append(Fault(place, 'a list of one table with dims is expected, as [{"dims": [...]}]', "tables"))
        return None, faults
    dims = tables[0].get("dims")
    if not isinstance(dims, Sequence) or not all(isinstance(dim, Mapping) for dim in dims):
        return None, [*faults, Fault(place, "a list of dimensions with name, root and children is expected", "dims")]
    dimensions = []
    for position, dim in enumerate(dims, 1):
        dimension, wrong = _dimension(dim, place, position)
        faults += wrong
        if dimension is not None:
            dimensions.append(dimension)
    names = [dimension.name for dimension in dimensions]
    if len(set(names)) < len(names):
        faults.append(Fault(place, "no two dimensions may have one name", "dims"))
    if faults:
        return None, faults
    return Meta(str(given.get("name", "")), given["kind"], tuple(dimensions)), []


def _dimension(dim: Mapping[str, Any], place: str, position: int) -> tuple[Dimension | None, list[Fault]]:
    name, root, children = dim.get("name"), dim.get("root"), dim.get("children", {})
    if not isinstance(name, str) or not name:
        return None, [Fault(place, f"dimension {position} needs a name", "dims")]
    if root is None:
        return Dimension(name, None, {}), []
    is_tree = isinstance(children, Mapping) and all(
        isinstance(parts, Sequence) and not isinstance(parts, str) and all(isinstance(part, str) for part in parts)
        for parts in children.values()
    )
    if not isinstance(root, str) or not is_tree:
        return None, [Fault(place, "root (a code) and children (a code: its parts, a list) are expected", name)]
    dimension = Dimension(name, root, {code: tuple(parts) for code, parts in children.items()})
    return dimension, dimension.faults(place)


def check_cells(meta: Meta, cells: Cells) -> list[Fault]:
    """Every row of the cells that says something impossible."""
    numbers, found = cells.numbers, []
    value, least, most = numbers["value"], numbers["lb"], numbers["ub"]
    stated = (least != 0) | np.isfinite(most)
    below = (value < least) & ~stated
    rules: list[tuple[str, Bools, str]] = [
        ("value", ~np.isfinite(value), "a number is expected"),
        ("value", below, "a number that is not below 0 is expected, unless lb states what it cannot be below"),
        ("value", stated & ((value < least) | (value > most)), "a number from lb to ub is expected"),
        ("lb", (meta.kind == "freq") & stated, "only magnitudes have other bounds than 0 and none"),
        ("primary", ~np.isin(numbers["primary"], (0, 1)), "1 (must be protected) or 0 is expected"),
        ("lpl", ~(numbers["lpl"] >= 0) | np.isinf(numbers["lpl"]), "a number that is not below 0 is expected"),
        ("upl", ~(numbers["upl"] >= 0) | np.isinf(numbers["upl"]), "a number that is not below 0 is expected"),
        ("cost", (numbers["cost"] < 0) & ~(value < 0) | np.isinf(numbers["cost"]), "a number not below 0 is expected"),
        ("freq", (numbers["freq"] < 0) | np.isinf(numbers["freq"]), "a number of pupils is expected"),
    ]
    if meta.kind == "freq":
        whole = numbers["value"] == np.round(numbers["value"])
        rules.append(("value", np.isfinite(numbers["value"]) & ~whole, "a count is a whole number"))
    else:
        asked = (numbers["lpl"] + numbers["upl"]) * (numbers["primary"] == 1)
        text = f"with lpl {FINEST} or more is expected, or neither: give figures as small as this in a smaller unit"
        rules.append(("upl", (asked > 0) & (asked < FINEST), text))
    for column, wrong, text in rules:
        found += [Fault(_line(cell), text, column) for cell in np.nonzero(wrong)[0].tolist()]
    found += _repeated(meta, cells)
    return found


def _repeated(meta: Meta, cells: Cells) -> list[Fault]:
    if not meta.has_hierarchies:
        return []
    _, first, which = np.unique(np.stack(cells.codes), axis=1, return_index=True, return_inverse=True)
    earlier = first[which.ravel()]
    known = np.logical_and.reduce([codes >= 0 for codes in cells.codes])
    again = np.nonzero((earlier != np.arange(cells.size)) & known)[0].tolist()
    return [Fault(_line(cell), f"is the same cell as line {_line_number(earlier[cell])}") for cell in again]


def make_instance(
    meta: Meta,
    cells: Cells,
    equations: sp.csr_matrix | None,
    contributions: Contributions | None,
    *,
    zeros: Literal["printed", "hidden"] = "printed",
) -> Instance:
    """The system of an instance. ``zeros``: whether an attacker knows that every hidden count is at least 1.

    Insiders are who is named in ``single`` or in the contributions, each with all it put in, and the one pupil of a
    cell that holds one. Raises `BadSource` with every sum that does not hold.
    """
    if equations is None:
        equations, totals = equations_of(meta.dimensions, cells.codes)
        _check_sums(meta, equations, cells.value, [_line(cell) for cell in totals.tolist()])
    else:
        _check_sums(meta, equations, cells.value, [f"equation {row}" for row in range(equations.shape[0])])
        equations = _in_order(equations)
    value, primary = cells.value, cells.numbers["primary"] == 1
    statistic = Statistic(
        name=meta.name or "value",
        values=value,
        integer=meta.kind == "freq",
        primary=primary,
        lower=np.where(primary, cells.numbers["lpl"], 0.0),
        upper=np.where(primary, cells.numbers["upl"], 0.0),
        contributions=_parts(cells, contributions),
        stated_least=None if meta.kind == "freq" else cells.numbers["lb"],
        stated_most=None if meta.kind == "freq" else cells.numbers["ub"],
    )
    cost = np.where(np.isnan(cells.numbers["cost"]), value, cells.numbers["cost"])
    system = make_system(
        equations,
        [statistic],
        cost=default_cost(cost),
        singles=_single_pupils(meta, cells, equations),
        zeros=zeros,
        codes=np.stack(cells.codes, axis=1) if cells.codes else None,
    )
    return Instance(meta, system, cells.labels)


def _check_sums(meta: Meta, equations: sp.csr_matrix, value: Floats, places: Sequence[str]) -> None:
    """Counts add up to the last one; magnitudes, and counts times what is not whole, as near as they can be written."""
    slack = BALANCE * np.maximum(1.0, abs(equations) @ np.abs(value))
    if meta.kind == "freq" and (equations.data == np.round(equations.data)).all():
        slack = np.minimum(slack, 0.5)
    off = np.abs(equations @ value) > slack
    astray = sorted({places[row] for row in np.nonzero(off)[0].tolist()})
    if astray:
        raise BadSource(
            "The cells of the instance do not add up.",
            faults=[Fault(place, "is not the sum of its parts") for place in astray],
            remedy="mend the values, the hierarchies or the sums",
        )


def _in_order(equations: sp.csr_matrix) -> sp.csr_matrix:
    """The same sums in one order, so that the order in a file settles nothing."""
    equations = sp.csr_matrix(equations, copy=True)
    equations.sum_duplicates()
    spans = list(zip(equations.indptr, equations.indptr[1:], strict=False))
    keys = [(equations.indices[start:end].tolist(), equations.data[start:end].tolist()) for start, end in spans]
    return equations[sorted(range(len(keys)), key=keys.__getitem__)]


def _parts(cells: Cells, contributions: Contributions | None) -> sp.csr_matrix | None:
    """Cells x owners: what each put in. The only contributor of a cell put in all of it."""
    named = [cell for cell, owner in enumerate(cells.single) if owner]
    cell = np.array(named, dtype=np.int64)
    owner = [cells.single[cell] for cell in named]
    value = cells.value[cell]
    if contributions is not None:
        told = set(zip(contributions.cell.tolist(), contributions.owner, strict=True))
        further = [place for place, pair in enumerate(zip(named, owner, strict=True)) if pair not in told]
        cell = np.concatenate([contributions.cell, cell[further]])
        owner = [*contributions.owner, *(owner[place] for place in further)]
        value = np.concatenate([contributions.value, value[further]])
    if not len(cell):
        return None
    names, number = np.unique(np.array(owner, dtype=object).astype(str), return_inverse=True)
    return sp.csr_matrix((value, (cell, number)), shape=(cells.size, len(names)))


def _single_pupils(meta: Meta, cells: Cells, equations: sp.csr_matrix) -> Ints:
    """The number of the one contributor of each cell that has only one and does not name it; -1 elsewhere.

    A total equal to its one part that is not empty holds the same contributor.
    """
    count = cells.value if meta.kind == "freq" else np.where(np.isnan(cells.numbers["freq"]), 0, cells.numbers["freq"])
    unnamed = np.array([not owner for owner in cells.single], dtype=bool)
    alone = (count == 1) | ((cells.numbers["ncontrib"] == 1) & unnamed & (cells.value != 0))
    filled = sp.csr_matrix(equations.multiply(((count > 0) | (cells.value != 0))[None, :]))
    filled.eliminate_zeros()
    pairs = np.nonzero(np.diff(filled.indptr) == 2)[0]
    first, second = filled.indices[filled.indptr[pairs]], filled.indices[filled.indptr[pairs] + 1]
    same = alone[first] & alone[second]
    graph = sp.csr_matrix((np.ones(int(same.sum())), (first[same], second[same])), shape=(cells.size, cells.size))
    return np.where(alone, connected_components(graph, directed=False)[1], -1).astype(np.int64)


def _line(cell: int) -> str:
    return f"{CELLS} line {_line_number(cell)}"


def _line_number(cell: int) -> int:
    """Where a cell stands in its file: below the line of names, ids from 0."""
    return int(cell) + 2
