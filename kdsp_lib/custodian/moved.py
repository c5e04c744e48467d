"""What moved: cells between two answers to the same questions, and what a release rests on. Pure: values in and out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from kdsp_lib.model.table import Table

Part = Literal["data", "code", "rules", "register", "environment", "notebook", "release"]
"""What can have moved: the last is the release itself, changed after it was written."""
NOT_TOLD: Final = ""
"""In the place of a figure that is not told: where it moved is, by which figure is not."""
NONE: Final = "-"
"""In the place of a figure where one of the two has no such cell."""


@dataclass(frozen=True, slots=True)
class Moved:
    """One printed cell that is not what it was. ``old`` and ``new`` are figures or symbols as they are printed."""

    table: str
    row: str
    """Its codes, as ``phase=primary, sex=F``; ``All`` for the whole."""
    column: str
    """The statistic: ``rate``."""
    old: str
    new: str

    def without_figures(self) -> Moved:
        """Where it moved, and nothing of what it is or was."""
        return Moved(self.table, self.row, self.column, NOT_TOLD, NOT_TOLD)

    def to_json(self) -> dict[str, str]:
        """As data."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Moved:
        """What :meth:`to_json` wrote."""
        return cls(*(str(data[name]) for name in ("table", "row", "column", "old", "new")))


@dataclass(frozen=True, slots=True)
class Change:
    """Something a release rests on that is not what it was, or cannot be had as it was."""

    part: Part
    text: str
    """What of it, in words, with the way to have what there was."""
    stops: bool = False
    """Whether nothing can be made again without it."""

    def to_json(self) -> dict[str, Any]:
        """As data."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Change:
        """What :meth:`to_json` wrote."""
        return cls(data["part"], str(data["text"]), bool(data["stops"]))


def moved_cells(old: Iterable[Table], new: Iterable[Table]) -> tuple[Moved, ...]:
    """The cells of tables that differ, table by table, in the order of the old and then the new."""
    before = {table.name: table for table in old}
    after = {table.name: table for table in new}
    return tuple(
        moved for name in dict.fromkeys((*before, *after)) for moved in _in(name, before.get(name), after.get(name))
    )


def _in(name: str, old: Table | None, new: Table | None) -> Iterator[Moved]:
    was, now = _cells(old), _cells(new)
    for row, column in dict.fromkeys((*was, *now)):
        pair = was.get((row, column), NONE), now.get((row, column), NONE)
        if pair[0] != pair[1]:
            yield Moved(name, row, column, *pair)


def _cells(table: Table | None) -> dict[tuple[str, str], str]:
    if table is None:
        return {}
    dims = [dim.name for dim in table.dims]
    columns = [statistic.name for statistic in table.statistics]
    return {
        (row_of(dims, cell.codes), column): value
        for cell in table.cells
        for column, value in zip(columns, cell.values, strict=True)
    }


def row_of(dims: Iterable[str], codes: Iterable[str]) -> str:
    """A row by its codes, as :attr:`Moved.row` names it."""
    return ", ".join(f"{dim}={code}" for dim, code in zip(dims, codes, strict=True)) or "All"
