"""A list: rows as texts, of pupils or of what a report of its own kind tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

NAME = "pupils"


@dataclass(frozen=True, slots=True)
class Listing:
    """Rows as texts, on their way to the one recipient who may have them. The ledger never sees them."""

    title: str
    scope: str
    columns: Mapping[str, str]
    """The words of each column by its name."""
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]
    name: str = NAME
    of_pupils: bool = True
    """Whether a row is a pupil: then it leaves only encrypted, and nothing else says so."""

    def __repr__(self) -> str:
        return f"Listing({', '.join(self.columns)})"

    def to_json(self) -> dict[str, Any]:
        """The list in its wire form."""
        return {
            "name": self.name,
            "title": self.title,
            "scope": self.scope,
            "columns": [{"name": name, "label": label} for name, label in self.columns.items()],
            "rows": [list(row) for row in self.rows],
            "notes": list(self.notes),
            **({} if self.of_pupils else {"of_pupils": False}),
        }
