"""A folder of outputs as a whole: every release in it under its own name, and nothing beside them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kdsp_lib.errors import Fault, KdspError
from kdsp_lib.register.database import Database
from kdsp_lib.release.batch_page import BATCH
from kdsp_lib.release.folder import PART
from kdsp_lib.release.index import INDEX
from kdsp_lib.release.verification import State, Verified, verified
from kdsp_lib.source.workspace import Workspace

PAGES: Final = (INDEX, BATCH)
"""What kdsp writes there beside releases."""


@dataclass(frozen=True, slots=True)
class Checked:
    """One thing in a folder of outputs: what was found of a release, or why it does not hold."""

    name: str
    found: Verified | None
    error: KdspError | None

    def faults(self) -> Iterator[Fault]:
        """Why it does not hold, by its name."""
        if self.error is not None:
            for fault in self.error.faults or [Fault("", self.error.message)]:
                yield Fault(self.name, " ".join(part for part in (fault.place, fault.text) if part), fault.field)


def verify_all(workspace: Workspace, today: dt.date, also: Callable[[Path], object]) -> Iterator[Checked]:
    """Check each release in turn, with what else there is to check of its folder."""
    with Database(workspace.database) as database:
        state = State(workspace, database)
        for folder in _folders(workspace.outputs):
            try:
                found = verified(folder, state, today)
                also(folder)
                yield Checked(folder.name, found, None)
            except KdspError as error:
                yield Checked(folder.name, None, error)


def stray(outputs: Path) -> Iterator[Fault]:
    """What is in a folder of outputs and is no release."""
    for path in _there(outputs):
        is_page = path.name in PAGES and path.is_file() and not path.is_symlink()
        if not is_page and (path.is_symlink() or not path.is_dir()):
            what = "is a link" if path.is_symlink() else "is no release"
            yield Fault(path.name, f"{what}: take it away")


def _folders(outputs: Path) -> list[Path]:
    return [path for path in _there(outputs) if path.is_dir() and not path.is_symlink()]


def _there(outputs: Path) -> list[Path]:
    """All but what a writer is at: it takes its place, or is swept away by the next."""
    paths = sorted(outputs.iterdir()) if outputs.is_dir() else []
    return [path for path in paths if not (path.name.startswith(".") and path.name.endswith(PART))]
