"""A protected table, as the custodian answered it: what a notebook shows and a release prints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

from kdsp_lib.errors import BadParameters
from kdsp_lib.report.symbol import NOT_AVAILABLE, SYMBOLS, printed
from kdsp_lib.report.wire import ALL, check_wire

if TYPE_CHECKING:
    import pandas as pd

TABLE_MIME = "application/vnd.kdsp.table+json"
DRAFT = "Draft, not to be passed on"
NOTHING = "None of its figures is available."


@dataclass(frozen=True, slots=True)
class Level:
    """One value of a dimension."""

    code: str
    label: str


@dataclass(frozen=True, slots=True)
class Dimension:
    """What a table is split by. ``levels`` are in the order to print, the total last where it is printed."""

    name: str
    label: str
    levels: tuple[Level, ...]

    def label_of(self, code: str) -> str:
        """The words for a code."""
        return next(level.label for level in self.levels if level.code == code)


@dataclass(frozen=True, slots=True)
class Statistic:
    """What each cell tells: a rate, a count, a mean."""

    name: str
    label: str
    decimals: int


@dataclass(frozen=True, slots=True)
class Break:
    """Before the value ``code`` of the dimension ``dim``, figures are not to be compared with those from it on."""

    dim: str
    code: str
    why: str


@dataclass(frozen=True, slots=True)
class Table:
    """One protected table. There is no way back from it to what is withheld."""

    name: str
    title: str
    scope: str
    dims: tuple[Dimension, ...]
    statistics: tuple[Statistic, ...]
    cells: Mapping[tuple[str, ...], tuple[str, ...]]
    notes: tuple[str, ...]
    symbols: Mapping[str, str]
    source: str
    draft: bool
    breaks: tuple[Break, ...]
    wire: Mapping[str, Any]

    @classmethod
    def from_wire(cls, data: Mapping[str, Any]) -> Self:
        """The table of the custodian's answer; Broken with all that is wrong in it."""
        check_wire(data)
        used = [{cell["codes"][k] for cell in data["cells"]} for k in range(len(data["dims"]))]
        return cls(
            name=data["name"],
            title=data["title"],
            scope=data["scope"],
            dims=tuple(_dimension(dim, codes) for dim, codes in zip(data["dims"], used, strict=True)),
            statistics=tuple(Statistic(s["name"], s["label"], s["decimals"]) for s in data["statistics"]),
            cells=MappingProxyType({tuple(cell["codes"]): tuple(cell["values"]) for cell in data["cells"]}),
            notes=tuple(data.get("notes", ())),
            symbols=MappingProxyType(_symbols_shown(data)),
            source=data.get("source", ""),
            draft=data.get("draft", False),
            breaks=tuple(Break(each["dim"], each["code"], each["why"]) for each in data.get("breaks", ())),
            wire=MappingProxyType({"draft": False, **data}),
        )

    def values(self, *codes: str) -> tuple[str, ...]:
        """The values of one cell, bare, in the order of the statistics."""
        return self.cells[codes]

    def printed(self, statistic: str, **codes: str) -> str:
        """One value as the table prints it; a dimension that is not named is at its total.

        So a sentence can quote the table: ``table.printed("rate", phase="secondary", year_group="7")``.
        """
        index = self.statistic_index(statistic)
        given = {name.replace("_", "-"): code for name, code in codes.items()}
        unknown = set(given) - {dim.name for dim in self.dims}
        key = tuple(given.get(dim.name, ALL) for dim in self.dims)
        if unknown or key not in self.cells:
            there = "; ".join(f"{dim.name}: {', '.join(level.code for level in dim.levels)}" for dim in self.dims)
            raise BadParameters(f"Table {self.name} has no such cell.", remedy=there or "it has one cell, and no level")
        return printed(self.cells[key][index])

    @property
    def has_nothing(self) -> bool:
        """Whether no figure of it is available: then its notes are shown, which say why, and no grid of symbols."""
        return all(value == NOT_AVAILABLE for values in self.cells.values() for value in values)

    def statistic_index(self, name: str) -> int:
        """Where a statistic stands in each cell; BadParameters naming those there are."""
        for index, statistic in enumerate(self.statistics):
            if statistic.name == name:
                return index
        names = ", ".join(statistic.name for statistic in self.statistics)
        raise BadParameters(f"Table {self.name} has no statistic {name!r}.", remedy=f"one of {names}")

    def dim(self, name: str) -> Dimension:
        """A dimension by its name; BadParameters naming those there are."""
        for dim in self.dims:
            if dim.name == name:
                return dim
        raise BadParameters(f"Table {self.name} is not split by {name!r}.", remedy=f"one of {self._dim_names()}")

    def _dim_names(self) -> str:
        return ", ".join(dim.name for dim in self.dims) or "nothing: it has one cell"

    def frame(self) -> pd.DataFrame:
        """The table in pandas: a row a cell, with labels, numbers, and beside each number its symbol.

        A withheld number is <NA>, never zero; ``<statistic>_symbol`` says why. A sum over such a column is no total.
        """
        from kdsp_lib.report.frame import frame_of

        return frame_of(self)

    def bundle(self) -> dict[str, Any]:
        """What a notebook stores: the table itself, its page and its plain text."""
        from kdsp_lib.report.html import notebook_html
        from kdsp_lib.report.plain import plain_table

        return {
            TABLE_MIME: self.to_wire(),
            "text/html": notebook_html(self),
            "text/plain": plain_table(self),
        }

    def is_looked_at(self) -> bool:
        """Whether somebody looks at what its notebook shows; on the way to a release, it alone is laid out."""
        from kdsp_lib.report.session import is_of_a_release

        return self.draft or is_of_a_release()

    def _repr_mimebundle_(self, **_options: Any) -> dict[str, Any]:
        return self.bundle() if self.is_looked_at() else {TABLE_MIME: self.to_wire(), "text/plain": self.title}

    def to_wire(self) -> dict[str, Any]:
        """The table as it crossed from the custodian, with its keys in canonical order."""
        import json

        from kdsp_lib.report.canonical import canonical_json

        back: dict[str, Any] = json.loads(canonical_json(dict(self.wire)))
        return back

    def __repr__(self) -> str:
        from kdsp_lib.report.plain import plain_table

        return plain_table(self)


def _dimension(data: Mapping[str, Any], used: set[str]) -> Dimension:
    levels = [Level(level["code"], level["label"]) for level in data["levels"] if level["code"] in used]
    if ALL in used:
        levels.append(Level(ALL, data["total"]))
    return Dimension(data["name"], data["label"], tuple(levels))


def _symbols_shown(data: Mapping[str, Any]) -> dict[str, str]:
    """The legend of those symbols alone that some cell shows: one that is not there needs no words."""
    shown = {value for cell in data["cells"] for value in cell["values"] if value in SYMBOLS}
    given = data.get("symbols", {})
    return {symbol: given.get(symbol, SYMBOLS[symbol]) for symbol in SYMBOLS if symbol in shown}
