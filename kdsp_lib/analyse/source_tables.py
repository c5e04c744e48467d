"""What analysis asks of the data: tables of one period, as the source room opens them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol


class SourceTables(Protocol):
    """The ibis tables that questions are answered from, of one period, and the way to ask them."""

    @property
    def establishments(self) -> Any: ...
    @property
    def pupils(self) -> Any: ...
    @property
    def census(self) -> Any: ...
    @property
    def attendance(self) -> Any: ...
    @property
    def period(self) -> str: ...
    @property
    def tables(self) -> Mapping[str, Any]:
        """All that were opened, by name."""

    def named(self, name: str) -> Any:
        """Another table by its name, of those that were opened."""

    def arrow(self, expression: Any) -> Any:
        """The answer to an ibis expression as an Arrow table."""

    def arrow_of(self, name: object, question: Callable[[str], Any], text: str) -> Any:
        """The answer to ``question(text)``, of which only the text differs from one time to the next."""

    def frame(self, expression: Any) -> Any:
        """The answer to an ibis expression as a pandas data frame."""
