"""What is refused before anybody has shown who they are: it costs next to nothing, and does not fill the access log.

Of each address the first few refusals within a while are kept one by one, the others in one entry when it is over.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from kdsp_lib.register.chain import moment_now

WINDOW_SECONDS: Final = 60.0
ONE_BY_ONE: Final = 5
MOST_ADDRESSES: Final = 1000
"""So many are counted apart; what comes from others is counted together."""
_OTHERS: Final = "other addresses"


@dataclass(slots=True)
class _Window:
    began: float
    since: str
    noted: int = 0
    until: str = ""
    beyond: int = 0


class Attempts:
    """Counts refused attempts by the address that they came from, and by their person where a token told it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._windows: dict[tuple[str, str], _Window] = {}
        self._lock = threading.Lock()

    def is_noted(self, address: str, person: str = "") -> bool:
        """Count one more; whether it is to be kept by an entry of its own."""
        with self._lock:
            key = (address, person)
            if key not in self._windows and len(self._windows) >= MOST_ADDRESSES:
                key = (_OTHERS, "")
            window = self._windows.setdefault(key, _Window(self._clock(), moment_now()))
            if window.noted < ONE_BY_ONE:
                window.noted += 1
                return True
            if not window.beyond:
                window.since = moment_now()
            window.beyond += 1
            window.until = moment_now()
            return False

    def summaries(self, *, all_of_them: bool = False) -> Iterator[tuple[str, str]]:
        """The person and the text of one entry for each address that was refused more, once its while is over."""
        now = self._clock()
        with self._lock:
            over = [key for key, window in self._windows.items() if all_of_them or now - window.began >= WINDOW_SECONDS]
            found = [(key, self._windows.pop(key)) for key in over]
        for (address, person), window in found:
            if window.beyond:
                between = f"between {window.since[:19]} and {window.until[:19]}"
                yield person, f"{window.beyond} refused attempts from {address} {between}"


class Rate:
    """So many at once, and so many a second in the long run, for each of many who ask."""

    def __init__(self, at_once: float, a_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._at_once, self._a_second, self._clock = at_once, a_second, clock
        self._left: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def allows(self, who: str) -> bool:
        """Whether there may be one more of theirs now; it is counted."""
        now = self._clock()
        with self._lock:
            if len(self._left) > MOST_ADDRESSES:
                self._left = {key: each for key, each in self._left.items() if self._now(each, now) < self._at_once}
            left = self._now(self._left.get(who, (self._at_once, now)), now)
            self._left[who] = (left - 1 if left >= 1 else left, now)
            return left >= 1

    def _now(self, each: tuple[float, float], now: float) -> float:
        left, then = each
        return min(self._at_once, left + (now - then) * self._a_second)
