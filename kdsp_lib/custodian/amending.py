"""Amendments: a report that comes out again from corrected data says so, and which of its tables changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kdsp_lib.custodian.asked_days import in_words
from kdsp_lib.custodian.outline import asked_of
from kdsp_lib.model.answer import Answer
from kdsp_lib.model.table import Table

if TYPE_CHECKING:
    from kdsp_lib.custodian.ledger import Ledger
    from kdsp_lib.custodian.opening import Opened

REVISED = " (revised)"
"""After the title of an amendment."""


@dataclass(frozen=True, slots=True)
class Amendment:
    """What a release takes the place of, and where it differs."""

    released: dt.date
    """When that came out."""
    tables: tuple[Table, ...]
    """The tables that changed, as they are now."""

    @property
    def in_words(self) -> str:
        """As its readers are told."""
        titles = "; ".join(dict.fromkeys(table.title for table in self.tables))
        changed = f"These tables changed: {titles}." if titles else "No table changed."
        when = in_words(self.released)
        return f"It replaces the release of {when}, since its data were corrected or added to. {changed}"

    def to_json(self) -> dict[str, Any]:
        """As the manifest has it."""
        return {"released": self.released.isoformat(), "changed": [table.name for table in self.tables]}


def amendment(ledger: Ledger, opened: Opened, notebook: str, tables: Iterable[Table]) -> Amendment | None:
    """The amendment that a release of these tables would be; None where it is the first of this report and notebook.

    The same report of the same data, made once more, amends what it amended: what came out later is not looked at.
    """
    before = None
    for outline in ledger.outlines_of(asked_of(opened.name, opened.parameters)):
        entry = ledger.release(outline.position)
        if dict(entry.body["snapshots"]) == opened.snapshots:
            break
        if entry.body["notebook"] == notebook:
            before = entry
    if before is None:
        return None
    then = {table.name: table for data in before.body["answers"] for table in Answer.from_json(data).tables}
    changed = tuple(table for table in tables if table.name in then and _cells(table) != _cells(then[table.name]))
    return Amendment(dt.datetime.fromisoformat(before.recorded).date(), changed)


def _cells(table: Table) -> Mapping[tuple[str, ...], tuple[str, ...]]:
    return {cell.codes: cell.values for cell in table.cells}
