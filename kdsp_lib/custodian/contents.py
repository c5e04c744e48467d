"""What a report of fixed contents tells: tables, lists and files, made whole by the custodian whoever asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kdsp_lib.model.table import Table

if TYPE_CHECKING:
    from kdsp_lib.custodian.opening import Opened
    from kdsp_lib.model.listing import Listing
    from kdsp_lib.source.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class Contents:
    """Tables, lists, and further files of the release by their names."""

    tables: tuple[Table, ...] = ()
    listings: tuple[Listing, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Contents({len(self.tables)} tables, {len(self.listings)} lists, {len(self.files)} files)"

    def to_json(self, *, draft: bool) -> dict[str, Any]:
        """As a notebook gets them: without the files, which go into a release alone."""
        return {
            "tables": [{**table.to_json(), "draft": draft} for table in self.tables],
            "lists": [{**listing.to_json(), "draft": draft} for listing in self.listings],
        }

    def for_ledger(self) -> dict[str, Any]:
        """What is kept of them: which tables, which columns, how many files; no row, no name of a file."""
        return {
            "contents": [table.name for table in self.tables],
            "listed": {listing.name: list(listing.columns) for listing in self.listings},
            "files": len(self.files),
        }


def rows_of(catalogue: Catalogue, opened: Opened, name: str, period: str | None = None) -> list[dict[str, Any]]:
    """The rows of the report's data sets of that kind (of one period), as they were loaded."""
    found: list[dict[str, Any]] = []
    for dataset in opened.datasets:
        if dataset.dataset == name and period in (None, dataset.period):
            found += catalogue.read(dataset).to_pylist()
    return found
