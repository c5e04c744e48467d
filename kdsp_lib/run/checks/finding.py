"""What a check found in a notebook: where, what, and how to mend it; never a figure that is not printed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong in a notebook. ``cell`` counts all cells from 1; 0 stands for the notebook as a whole."""

    cell: int
    text: str
    remedy: str

    def __str__(self) -> str:
        place = f"cell {self.cell}" if self.cell else "the notebook"
        return f"{place}  {self.text}\n    to fix  {self.remedy}"


def told(findings: Iterable[Finding]) -> str:
    """Findings as text, one below the other."""
    return "\n".join(map(str, findings))


def cells_of(notebook: Mapping[str, Any], kind: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The notebook's cells of a kind, each with its number."""
    for number, cell in enumerate(notebook["cells"], start=1):
        if cell["cell_type"] == kind:
            yield number, cell
