"""What was asked of tables that nobody changes: the SQL that a question was put into, and the last answers."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Final

from kdsp_lib.source.latest import Latest

STATEMENTS: Final = 64
"""The SQL of so many questions is kept: to put one into SQL takes longer than to answer it."""
ANSWERS: Final = 8
LARGEST: Final = 2 << 20
"""So many answers are kept, of so many bytes at most: groups and their counts, no lists of an authority's pupils."""


class AskedBefore:
    """The questions of one database, by what they ask; the ones that were asked longest ago are let go first."""

    def __init__(self) -> None:
        self._statements: Latest[tuple[str, Any]] = Latest(STATEMENTS)
        self._answers: Latest[Any] = Latest(ANSWERS)

    def in_sql(self, asked: Hashable, put: Callable[[], tuple[str, Any]]) -> tuple[str, Any]:
        """The question in SQL, and the types that it promised; ``put`` into it where it was not asked lately."""
        return self._statements.get(asked) or self._statements.keep(asked, put())

    def answer(self, asked: Hashable) -> Any:
        """The Arrow table that answered it, or None."""
        return self._answers.get(asked)

    def keep(self, asked: Hashable, answer: Any) -> None:
        """Keep an answer, unless it is a large one."""
        if answer.nbytes <= LARGEST:
            self._answers.keep(asked, answer)
