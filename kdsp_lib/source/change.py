"""What a load, a removal or a restoration makes of a data set that is there: shown, and asked about, before it is done.

A wrong file most often shows in what goes: rows, establishments, years. Nothing is judged here, only counted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from kdsp_lib.errors import BadSource
from kdsp_lib.source.catalogue import Catalogue, DataSet
from kdsp_lib.source.said_year import years_told

_ONE_IN: Final = 10
"""More than a tenth of the rows, or of the establishments, that go are asked about."""
_WHO: Final = (("urn", "establishments"), ("area", "areas"), ("la", "authorities"))
_MOST_NAMED: Final = 8


@dataclass(frozen=True, slots=True)
class Change:
    """A data set before and after. ``after`` is None where it is removed; ``before`` where there was none."""

    dataset: str
    before: DataSet | None
    rows: int
    status: str | None = None
    who: str = ""
    """What is gained and lost, in words; nothing where the rows do not say of whom they are."""
    had: int = 0
    gained: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    years_before: tuple[str, ...] = ()
    years: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    """What else speaks against the file."""

    @property
    def lines(self) -> tuple[str, ...]:
        """What is there and what will be, for a person to read; nothing where nothing is replaced."""
        old = self.before
        if old is None:
            return ()
        said = [f"{self.dataset} is there already ({old.vintage}): this replaces it."]
        said.append(f"rows: {old.rows:,} before, {self.rows:,} after")
        if self.who:
            gone = f"{len(self.lost):,} lost{_named(self.lost)}, {len(self.gained):,} gained{_named(self.gained)}"
            said.append(f"{self.who}: {self.had:,} before, {gone}")
        if self.years_before or self.years:
            said.append(f"years: {_span(self.years_before)} before, {_span(self.years)} after")
        if old.status != self.status:
            said.append(f"figures: {old.status or 'of no status'} before, {self.status or 'of no status'} after")
        return tuple(said)

    @property
    def questions(self) -> tuple[str, ...]:
        """Why a person has to agree; nothing where the new rows may simply follow the old."""
        old, found = self.before, list(self.doubts)
        if old is None:
            return tuple(found)
        if _ONE_IN * (old.rows - self.rows) > old.rows:
            found.append(f"{self.dataset} shrinks by more than a tenth")
        if _ONE_IN * len(self.lost) > self.had:
            found.append(f"more than a tenth of the {self.who} of {self.dataset} are lost")
        if self.years_before and self.years and max(self.years) < max(self.years_before):
            found.append(f"the newest year of {self.dataset} goes back")
        if old.status == "final" and self.status not in (None, "final"):
            found.append(f"final figures of {self.dataset} become {self.status}")
        return tuple(found)


Agree = Callable[[Sequence[Change]], None]
"""Shows changes to whoever may stop them, by raising; called before anything is written."""


def agreed(_changes: Sequence[Change]) -> None:
    """Of a program that has asked already, or of files that it made itself."""


def change_to(
    catalogue: Catalogue,
    name: str,
    old: DataSet | None,
    table: Any,
    status: str | None = None,
    doubts: tuple[str, ...] = (),
) -> Change:
    """What becomes of a data set when ``table`` takes its place; None: when nothing does."""
    rows = 0 if table is None else table.num_rows
    if old is None:
        return Change(name, None, rows, status, doubts=doubts)
    try:
        before = catalogue.read(old)
    except BadSource:
        gone = f"what {name} held cannot be read any more, so nothing can be compared"
        return Change(name, old, rows, status, doubts=(*doubts, gone))
    column, who = next(((key, word) for key, word in _WHO if key in before.column_names), ("", ""))
    had, has = _held(before, column), _held(table, column)
    return Change(
        name, old, rows, status, who, len(had), tuple(sorted(has - had)), tuple(sorted(had - has)),
        years_told(before), years_told(table), doubts,
    )  # fmt: skip


def _held(table: Any, column: str) -> set[str]:
    if table is None or not column or column not in table.column_names:
        return set()
    return {str(each) for each in table.column(column).unique().to_pylist() if each is not None}


def _named(those: Sequence[str]) -> str:
    if not those:
        return ""
    more = f" and {len(those) - _MOST_NAMED:,} more" if len(those) > _MOST_NAMED else ""
    return f" ({', '.join(those[:_MOST_NAMED])}{more})"


def _span(years: Sequence[str]) -> str:
    if not years:
        return "none"
    return years[0] if len(years) == 1 else f"{years[0]} to {years[-1]}"
