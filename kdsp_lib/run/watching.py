"""Watching a report's process from outside: what it shows, how long it takes, and how it ends."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Mapping
from typing import Any

from kdsp_lib.errors import KdspError
from kdsp_lib.run.cell_failed import DIED, TOO_LONG, TOO_MUCH_SHOWN, CellFailed, kind_of
from kdsp_lib.run.frames import PROBLEM, READY, REPLY, BadFrame, TooLong, Unpacking
from kdsp_lib.run.prepared import tags_of
from kdsp_lib.run.shown import Shown, weight
from kdsp_lib.source.limits import MIB, Limits

_START_SECONDS = 60.0
_PIECE = 1024 * 1024
_LARGER_IN_JSON = 2
_SKIPPED, _MAY_RAISE = "skip-execution", "raises-exception"


def cells_to_run(cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The cells that are run, by their place; the others are passed over as Jupyter's clients pass them over."""
    return [
        {"place": place, "source": cell["source"], "may_raise": _MAY_RAISE in tags_of(cell)}
        for place, cell in enumerate(cells)
        if cell["cell_type"] == "code" and cell["source"].strip() and _SKIPPED not in tags_of(cell)
    ]


class Watch:
    """One run: its cells, in which what they show is kept, within its limits."""

    def __init__(self, cells: list[dict[str, Any]], limits: Limits) -> None:
        self._cells, self._limits = cells, limits
        self._shown = Shown(cells)
        self.to_run = cells_to_run(cells)
        """The cells that the process is to run."""
        self._waiting = list(self.to_run)
        self._places = {cell["place"] for cell in self.to_run}
        self._may_show = limits.output_mib * MIB
        self._unpacking = Unpacking(_LARGER_IN_JSON * self._may_show + MIB)
        self._has_begun = False
        self.stopped_at: int | None = None
        """The place of the cell that raised and so ended the run."""
        self._end = time.monotonic() + _START_SECONDS

    def until_it_ends(self, reading: int, process: int) -> None:
        """Keep what comes, until every cell has answered, one raised, or the process died. CellFailed at a limit.

        ``process``: its descriptor. A process that a cell started may hold the pipe open when that has long ended.
        """
        poll = select.poll()
        poll.register(reading, select.POLLIN)
        poll.register(process, select.POLLIN)
        while self._waiting and self.stopped_at is None:
            left = self._end - time.monotonic()
            if left <= 0:
                raise CellFailed(TOO_LONG, self._limits)
            events = dict(poll.poll(1000 * left))
            if events.get(reading, 0) & select.POLLIN:
                self._take(os.read(reading, _PIECE))
            elif events:
                return

    @property
    def unanswered(self) -> set[int]:
        """The places of the cells that were to run and have not answered."""
        return {cell["place"] for cell in self._waiting}

    def check(self) -> None:
        """Nothing, or CellFailed where the run did not come to its end."""
        raised = [out["ename"] for cell in self._cells for out in cell.get("outputs", ()) if _stops(out)]
        if raised and (self.stopped_at is not None or not self._waiting):
            raise CellFailed(kind_of(raised[-1]), self._limits)
        if self._waiting:
            raise CellFailed(DIED, self._limits)

    def _take(self, piece: bytes) -> None:
        try:
            for message in self._unpacking.add(piece):
                self._keep(message["cell"], message["kind"], message["content"])
        except TooLong:
            raise CellFailed(TOO_MUCH_SHOWN, self._limits) from None
        except (BadFrame, KeyError, TypeError, ValueError):
            raise CellFailed(DIED, self._limits) from None

    def _keep(self, place: int, kind: str, content: Mapping[str, Any]) -> None:
        if kind == PROBLEM and not self._has_begun:
            raise KdspError.from_json(content)
        if kind == READY and not self._has_begun:
            self._has_begun = True
            self._end = time.monotonic() + self._limits.seconds
        elif not self._has_begun or place not in self._places:
            raise BadFrame
        elif kind == REPLY:
            self._answered(place, content)
        else:
            self._may_show -= weight(content)
            if self._may_show < 0:
                raise CellFailed(TOO_MUCH_SHOWN, self._limits)
            self._shown.add(place, kind, content)

    def _answered(self, place: int, content: Mapping[str, Any]) -> None:
        if not self._waiting or self._waiting[0]["place"] != place:
            raise BadFrame
        may_raise = self._waiting.pop(0)["may_raise"]
        self._cells[place]["execution_count"] = int(content["count"])
        if content["error"] and not may_raise:
            self.stopped_at = place


def _stops(output: Mapping[str, Any]) -> bool:
    """Whether an output says that the run failed: every error, but a program's orderly end."""
    return output["output_type"] == "error" and not (output["ename"] == "SystemExit" and output["evalue"] in ("", "0"))
