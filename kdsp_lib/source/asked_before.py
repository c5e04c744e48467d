"""What was asked of tables that nobody changes: the SQL that a question was put into, and the last answers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Any, Final

STATEMENTS: Final = 64
"""The SQL of so many questions is kept: to put one into SQL takes longer than to answer it."""
ANSWERS: Final = 8
LARGEST: Final = 2 << 20
"""So many answers are kept, of so many bytes at most: groups and their counts, no lists of an authority's pupils."""


class AskedBefore:
    """The questions of one database, by what they ask; the ones that were asked longest ago are let go first."""

    def __init__(self) -> None:
        self._statements: dict[Hashable, tuple[str, Any]] = {}
        self._answers: dict[Hashable, Any] = {}
        self._lock = threading.Lock()

    def in_sql(self, asked: Hashable, put: Callable[[], tuple[str, Any]]) -> tuple[str, Any]:
        """The question in SQL, and the types that it promised; ``put`` into it where it was not asked lately."""
        found = self._statements.get(asked) or put()
        self._last(self._statements, asked, found, STATEMENTS)
        return found

    def answer(self, asked: Hashable) -> Any:
        """The Arrow table that answered it, or None."""
        found = self._answers.get(asked)
        if found is not None:
            self._last(self._answers, asked, found, ANSWERS)
        return found

    def keep(self, asked: Hashable, answer: Any) -> None:
        """Keep an answer, unless it is a large one."""
        if answer.nbytes <= LARGEST:
            self._last(self._answers, asked, answer, ANSWERS)

    def _last(self, kept: dict[Hashable, Any], asked: Hashable, what: Any, most: int) -> None:
        with self._lock:
            kept.pop(asked, None)
            kept[asked] = what
            for old in list(kept)[: max(0, len(kept) - most)]:
                del kept[old]
