"""What was made lately and may be wanted again: the few that were wanted last."""

from __future__ import annotations

import threading
from collections.abc import Hashable
from typing import Generic, TypeVar

Kept = TypeVar("Kept")


class Latest(Generic[Kept]):
    """So many things at ``most``, by what they were made for; the one that was wanted longest ago is let go first.

    Several threads may share it: of two that make the same thing at once the later one's stays.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: dict[Hashable, Kept] = {}
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Kept | None:
        """What is kept for it, or None."""
        with self._lock:
            if key in self._kept:
                self._kept[key] = self._kept.pop(key)
            return self._kept.get(key)

    def keep(self, key: Hashable, what: Kept) -> Kept:
        """Keep it, in the place of what was kept for the same; it is what is returned."""
        with self._lock:
            self._kept.pop(key, None)
            self._kept[key] = what
            if len(self._kept) > self._most:
                del self._kept[next(iter(self._kept))]
        return what
