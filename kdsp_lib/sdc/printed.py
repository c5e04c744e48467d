"""What is printed, and nothing else: a table of rounded figures, from which there is no way back to counts.

Rates, means, gaps and comparisons take these tables alone (`computed`), so they tell nothing more and need no proof.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kdsp_lib.errors import Broken

HIDDEN, UNRELIABLE, NOT_APPLICABLE = "c", "u", "z"
"""In the place of a figure: withheld; too few pupils to divide by; nobody can be there."""

Figure = int | str
"""A rounded figure, or a symbol in its place."""

ROUNDED = "Counts are rounded to {unit}; totals may differ from the sum of their parts; rates are of rounded counts."


@dataclass(frozen=True, slots=True)
class PrintedRow:
    """A row by its codes: the pupils in it, how many of them are counted, and what is summed over them."""

    codes: tuple[str, ...]
    base: Figure
    counted: Figure | None = None
    total: Figure | None = None


@dataclass(frozen=True, slots=True)
class PrintedTable:
    """A table as readers have it. ``unit``: what counts are rounded to; ``sum_unit``: sums, where there are any."""

    name: str
    place: str
    breakdowns: tuple[str, ...]
    rows: tuple[PrintedRow, ...]
    unit: int
    sum_unit: int = 1
    labels: Mapping[str, str] | None = None
    """Of recoded rows, by their codes."""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for row in self.rows:
            for figure, unit in ((row.base, self.unit), (row.counted, self.unit), (row.total, self.sum_unit)):
                if isinstance(figure, int) and (figure < 0 or figure % unit):
                    raise Broken("A figure was about to be printed that is not rounded.", remedy="please report this")
                if isinstance(figure, str) and figure not in (HIDDEN, UNRELIABLE, NOT_APPLICABLE):
                    raise Broken("A symbol was about to be printed that has no meaning.", remedy="please report this")

    def row(self, *codes: str) -> PrintedRow:
        """The row of these codes. ``KeyError`` where there is none."""
        for row in self.rows:
            if row.codes == codes:
                return row
        raise KeyError(codes)
