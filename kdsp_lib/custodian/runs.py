"""The runs towards a release that a custodian knows of. Nobody reaches another person's, whatever they are called."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from kdsp_lib.errors import BadParameters

if TYPE_CHECKING:
    from kdsp_lib.custodian.open_report import Run
    from kdsp_lib.custodian.sessions import Session

KEPT: Final = 1000
"""So many are kept, those begun last: more than a cluster has in hand."""


class Runs:
    """By the person and the name of the run."""

    def __init__(self) -> None:
        self._runs: dict[tuple[str, str], Run] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._runs)

    def begin(self, session: Session, run: Run) -> None:
        """Keep a run that is begun, in the place of an earlier one of that name."""
        with self._lock:
            for old in list(self._runs)[: max(0, len(self._runs) - KEPT)]:
                del self._runs[old]
            self._runs[session.person, session.run] = run

    def find(self, session: Session | None) -> Run | None:
        """The run that a session is of, if it is of one that was begun."""
        return self._runs.get((session.person, session.run)) if session else None

    def of(self, session: Session) -> Run:
        """The run of a runner's session; BadParameters where it was not begun."""
        run = self.find(session)
        if run is None:
            raise BadParameters("This run was not begun.")
        return run

    def end(self, session: Session) -> None:
        """Forget a run that its runner is done with."""
        with self._lock:
            self._runs.pop((session.person, session.run), None)
