"""So many things at once for each person: whoever asks for more waits, and keeps nobody else waiting."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

_LOOK_SECONDS: Final = 0.1


class Turns:
    """``most``: how many things at once are done for one person."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._busy: Counter[str] = Counter()
        self._changed = threading.Condition()

    @contextmanager
    def of(self, person: str, refuse_unwanted: Callable[[], None]) -> Iterator[None]:
        """One's turn, once it comes. ``refuse_unwanted`` raises where nobody waits for it any more."""
        with self._changed:
            while self._busy[person] >= self._most:
                self._changed.wait(_LOOK_SECONDS)
                refuse_unwanted()
            self._busy[person] += 1
        try:
            yield
        finally:
            with self._changed:
                self._busy[person] -= 1
                self._changed.notify_all()
