"""A table that was answered: its cells, and what a reader needs to understand them. Nothing in it is unprotected.

Dicts stand on the wire and in the ledger alone: `Table.to_json` writes them and `Table.from_json` reads them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from kdsp_lib.errors import Broken
from kdsp_lib.model.question import Question

TOTAL = "All"
"""The code of a dimension's total."""
Grouping = frozenset[str]
"""Breakdowns: those rows of a table that are split by exactly these, the total where there are none."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A row: its codes, one for each dimension, and its values as they are printed, one for each statistic."""

    codes: tuple[str, ...]
    values: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {"codes": list(self.codes), "values": list(self.values)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(tuple(data["codes"]), tuple(data["values"]))


@dataclass(frozen=True, slots=True)
class Level:
    """A code of a dimension, and its words."""

    code: str
    label: str

    def to_json(self) -> dict[str, str]:
        return {"code": self.code, "label": self.label}


@dataclass(frozen=True, slots=True)
class Dimension:
    """What a table is split by; its total has a code of its own."""

    name: str
    label: str
    levels: tuple[Level, ...]
    total: str = TOTAL

    def to_json(self) -> dict[str, Any]:
        levels = [level.to_json() for level in self.levels]
        return {"name": self.name, "label": self.label, "total": self.total, "levels": levels}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        levels = tuple(Level(level["code"], level["label"]) for level in data["levels"])
        return cls(data["name"], data["label"], levels, data["total"])


@dataclass(frozen=True, slots=True)
class Statistic:
    """What a column shows, with so many decimal places at most."""

    name: str
    label: str
    decimals: int

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "label": self.label, "decimals": self.decimals}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(data["name"], data["label"], int(data["decimals"]))


@dataclass(frozen=True, slots=True)
class Break:
    """Before this code of a dimension stands what must not be compared with what comes after it."""

    dim: str
    code: str
    why: str

    def to_json(self) -> dict[str, str]:
        return {"dim": self.dim, "code": self.code, "why": self.why}


@dataclass(frozen=True, slots=True)
class Standing:
    """What a table answers that nobody words: of a report of fixed contents, or what is published of a measure."""

    kind: str
    measure: str | None = None
    years: int | None = None

    def to_json(self) -> dict[str, Any]:
        given = {"kind": self.kind, "measure": self.measure, "years": self.years}
        return {name: value for name, value in given.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Table:
    """One table. Where it has no statistics it is cells alone, which bind what is answered later: no reader sees it."""

    name: str
    question: Question | Standing
    cells: tuple[Cell, ...]
    title: str = ""
    scope: str = ""
    dims: tuple[Dimension, ...] = ()
    statistics: tuple[Statistic, ...] = ()
    notes: tuple[str, ...] = ()
    symbols: Mapping[str, str] | None = None
    """What the symbols among its values mean; None where each means what it means everywhere."""
    source: str | None = None
    breaks: tuple[Break, ...] | None = None
    """Of a series, even if there are none."""
    left_out: Mapping[str, frozenset[Grouping]] = field(default_factory=dict)
    """The rows withheld whole, by the part of the table."""

    @property
    def asked(self) -> Question:
        """The question that was asked in a report; Broken of a table that nobody asked."""
        if not isinstance(self.question, Question):
            raise Broken("This table answers no question.", remedy="report this: the custodian made it")
        return self.question

    @property
    def values(self) -> frozenset[str]:
        """Every value that stands in it."""
        return frozenset(value for cell in self.cells for value in cell.values)

    def to_json(self) -> dict[str, Any]:
        """As it goes to a notebook, and as the ledger keeps it."""
        whole: dict[str, Any] = {"name": self.name, "question": self.question.to_json()}
        if self.statistics:
            whole |= {
                "title": self.title,
                "scope": self.scope,
                "dims": [dim.to_json() for dim in self.dims],
                "statistics": [statistic.to_json() for statistic in self.statistics],
                "notes": list(self.notes),
            }
        whole["cells"] = [cell.to_json() for cell in self.cells]
        if self.left_out:
            whole["left_out"] = {part: sorted(map(sorted, rows)) for part, rows in self.left_out.items()}
        if self.breaks is not None:
            whole["breaks"] = [each.to_json() for each in self.breaks]
        more = {"symbols": None if self.symbols is None else dict(self.symbols), "source": self.source}
        return whole | {name: value for name, value in more.items() if value is not None}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """An answered table as :meth:`to_json` wrote it."""
        return cls(
            name=str(data["name"]),
            question=Question.from_json(data["question"]),
            cells=tuple(map(Cell.from_json, data["cells"])),
            title=data.get("title", ""),
            scope=data.get("scope", ""),
            dims=tuple(map(Dimension.from_json, data.get("dims", ()))),
            statistics=tuple(map(Statistic.from_json, data.get("statistics", ()))),
            notes=tuple(data.get("notes", ())),
            symbols=data.get("symbols"),
            source=data.get("source"),
            left_out={part: frozenset(map(frozenset, rows)) for part, rows in data.get("left_out", {}).items()},
        )
