"""A release looked at again by the custodian alone, for its review: what moved, and where; nothing is made of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kdsp_lib.custodian.ledger_entry import Entry
from kdsp_lib.custodian.moved import Change, Moved
from kdsp_lib.custodian.rerunning import RerunDesk, refuse_reviewer, refuse_unpinned
from kdsp_lib.custodian.reruns import changes_of
from kdsp_lib.errors import KdspError, Refusal
from kdsp_lib.source.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Remade:
    """What came of it. ``changes``: what of its data and register cannot be had as it was, or why there is none."""

    changes: tuple[Change, ...]
    decision: Mapping[str, Any] | None = None
    is_otherwise: bool = False
    """Whether figures came out otherwise."""
    moved: tuple[Moved, ...] = ()
    """Where, without them, as far as that is told."""
    marking: str = ""
    """That the permission of the release ended, where it did."""

    @property
    def is_stopped(self) -> bool:
        """Whether it cannot be made again."""
        return any(change.stops for change in self.changes)


def remade_for(workspace: Workspace, entry: Entry, person: str, today: dt.date) -> Remade:
    """Ask again all that a release asked, from what it rests on. NotAuthorised where the person may not have it made.

    Where it cannot be made again the reason is the last of the changes.
    """
    refuse_unpinned(entry)
    marking = refuse_reviewer(workspace, entry, person, today)
    desk = RerunDesk(workspace, entry)
    try:
        changes = tuple(changes_of(desk, entry))
        if any(change.stops for change in changes):
            return Remade(changes, marking=marking)
        try:
            changes = (*changes, *desk.changes_since(desk.decided()))
            return Remade(changes, desk.again(), desk.is_otherwise, tuple(desk.moved), marking)
        except KdspError as error:
            why = f"{error.message} kdsp rerun says why."  # what it names beside it may be for whoever asks alone
            stopped = Change("register" if isinstance(error, Refusal) else "code", why, stops=True)
            return Remade((*changes, stopped), marking=marking)
    finally:
        desk.close()
