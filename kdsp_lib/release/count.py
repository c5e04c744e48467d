"""Linked tables of counts, in the form an auditor of suppression reads.

``tables.json`` names dimensions with their hierarchies, the threshold, and what means withheld; each table is a CSV
with a row a cell. A dimension that a table does not use stands at its root, so a figure in two tables is one cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from kdsp_lib.errors import BadParameters, Broken, Fault
from kdsp_lib.model.policy import FLOOR
from kdsp_lib.release.tidy import csv_text, safe_text
from kdsp_lib.report.canonical import readable_json
from kdsp_lib.report.slug import check_slug
from kdsp_lib.report.symbol import SYMBOLS, is_number

VALUE = "n"
WITHHELD = ("c", "low", "u", "x")
"""A structural zero (z) is public and no cell: its row is left out."""


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """A dimension: its root, and the children of each code that is a sum."""

    name: str
    root: str
    children: Mapping[str, tuple[str, ...]]

    def codes(self) -> set[str]:
        """Every code."""
        return {self.root}.union(self.children, *self.children.values())


@dataclass(frozen=True, slots=True)
class CountTable:
    """Counts of pupils by codes; a value is a whole number or a bare symbol."""

    name: str
    dims: tuple[Hierarchy, ...]
    rows: tuple[tuple[tuple[str, ...], str], ...]
    round: int = 1
    """What its counts are multiples of."""
    rounding: str = "farther"
    """How far each may be from the true one: ``adjacent``, less than that; ``farther``, less than twice that."""

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """``{name, dims: [{name, root, children}], rows: [{codes, value}]}``; Broken where it is not of that form.

        ``round`` besides, where its counts are multiples of that, and ``rounding``.
        """
        name = check_slug(data.get("name"), "table of counts")
        try:
            dims = tuple(
                Hierarchy(dim["name"], dim["root"], {p: tuple(below) for p, below in dim["children"].items()})
                for dim in data["dims"]
            )
            rows = tuple((tuple(row["codes"]), row["value"]) for row in data["rows"])
            base, rounding = int(data.get("round", 1)), str(data.get("rounding", "farther"))
        except (KeyError, TypeError, AttributeError) as cause:
            raise Broken(f"Count table {name} is malformed.", remedy="report this: the custodian wrote it") from cause
        faults = _faults(dims, rows, base)
        if faults:
            raise Broken(
                f"Count table {name} is malformed.", faults=faults, remedy="report this: the custodian wrote it"
            )
        return cls(name, dims, rows, base, rounding)

    def to_csv(self) -> str:
        """A row a cell: a column a dimension, and the count or its bare symbol."""
        head = [*(dim.name for dim in self.dims), VALUE]
        return csv_text(head, ([*map(safe_text, codes), value] for codes, value in self.rows if value != "z"))


def _faults(dims: tuple[Hierarchy, ...], rows: tuple[tuple[tuple[str, ...], str], ...], base: int) -> list[Fault]:
    faults = [
        Fault("dims", "is no name in plain text, or is the name of the value", str(dim.name)[:60])
        for dim in dims
        if not isinstance(dim.name, str) or dim.name in ("", VALUE) or safe_text(dim.name) != dim.name
    ]
    codes = [dim.codes() for dim in dims]
    seen = set()
    for number, (key, value) in enumerate(rows, start=1):
        if len(key) != len(dims) or any(code not in known for code, known in zip(key, codes, strict=True)):
            faults.append(Fault(f"row {number}", "has a code that its dimension does not have"))
        elif key in seen:
            faults.append(Fault(f"row {number}", "stands twice"))
        elif not isinstance(value, str) or not (value in SYMBOLS or (is_number(value) and value.isdecimal())):
            faults.append(Fault(f"row {number}", "is neither a whole number nor a symbol"))
        elif value.isdecimal() and int(value) % base:
            faults.append(Fault(f"row {number}", f"is no multiple of {base}"))
        seen.add(key)
    return faults


def check_one_hierarchy(tables: Iterable[CountTable]) -> list[Fault]:
    """A dimension means the same in every table of a release."""
    known: dict[str, Hierarchy] = {}
    return [
        Fault("counts", "has two hierarchies", dim.name)
        for table in tables
        for dim in table.dims
        if known.setdefault(dim.name, dim) != dim
    ]


def threshold_of(policy: Mapping[str, Any]) -> int:
    """The smallest count that a policy shows, as a release states it."""
    return int(policy.get("threshold", FLOOR.threshold))


def check_small_counts(tables: Iterable[CountTable], threshold: int) -> None:
    """BadParameters where a table shows a count below the threshold, unless it is rounded."""
    shown = (value for table in tables if table.round == 1 for _, value in table.rows if value.isdecimal())
    if any(0 < int(value) < threshold for value in shown):
        raise BadParameters("A count below the threshold is not released.", rule=f"threshold {threshold}")


def tables_json(tables: tuple[CountTable, ...], policy: Mapping[str, Any]) -> str:
    """The description of all tables of counts of a release.

    ``policy``: the profile of the disclosure policy, its version and numbers, and whether zeros may be among the
    withheld figures; where that is not said, they may.
    """
    dims = {
        dim.name: {
            "root": safe_text(dim.root),
            "children": {safe_text(p): [safe_text(code) for code in below] for p, below in dim.children.items()},
        }
        for table in tables
        for dim in table.dims
    }
    return readable_json(
        {
            "threshold": threshold_of(policy),
            "integer": True,
            "zeros": policy.get("zeros", "hidden"),
            "policy": {name: value for name, value in policy.items() if name not in ("zeros", "in_full")},
            "dims": dims,
            "tables": [
                {
                    "file": f"tables/counts/{table.name}.csv",
                    "dims": [dim.name for dim in table.dims],
                    "value": VALUE,
                    "suppressed": list(WITHHELD),
                    **({"round": table.round, "rounding": table.rounding} if table.round > 1 else {}),
                }
                for table in tables
            ],
        }
    )
