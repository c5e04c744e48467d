"""The questions that are being answered: whoever stops the custodian waits for them, and says which it ended."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from kdsp_lib.errors import CustodianLost

if TYPE_CHECKING:
    from kdsp_lib.custodian.sessions import Session

_RELEASING: Final = ("release", "written")


@dataclass(eq=False, slots=True)
class Asking:
    """One question: what it is, and whose, as soon as that is known."""

    kind: str
    session: Session | None = None
    by_token: str = ""
    """The token's person, where there is no session yet."""
    question: Mapping[str, Any] = field(default_factory=dict)

    @property
    def person(self) -> str:
        """Whose it is; empty where nobody has shown who they are."""
        return self.session.person if self.session else self.by_token


class InHand:
    """Those that were taken and are not answered yet."""

    def __init__(self) -> None:
        self._asked: dict[Asking, None] = {}
        self._is_shut = False
        self._lock = threading.Lock()

    def __iter__(self) -> Iterator[Asking]:
        with self._lock:
            return iter(tuple(self._asked))

    def __len__(self) -> int:
        return len(self._asked)

    def shut(self) -> None:
        """Take none from now on."""
        with self._lock:
            self._is_shut = True

    @contextmanager
    def taken(self, kind: str) -> Iterator[Asking]:
        """Take a question until it is answered. CustodianLost where none is taken any more."""
        asking = Asking(kind)
        with self._lock:
            if self._is_shut:
                raise CustodianLost(
                    "The custodian is stopping and takes no question any more; it is no answer to what was asked.",
                    remedy="when it has ended, restart the kernel and run the notebook again, or `kdsp run` again",
                )
            self._asked[asking] = None
        try:
            yield asking
        finally:
            with self._lock:
                self._asked.pop(asking, None)

    def told(self) -> dict[str, Any]:
        """How many are of whom, and how many of them are about a release."""
        asked = tuple(self)
        persons = Counter(each.person for each in asked)
        return {
            "questions": {person: persons[person] for person in sorted(persons)},
            "releases": sum(each.kind in _RELEASING for each in asked),
        }
