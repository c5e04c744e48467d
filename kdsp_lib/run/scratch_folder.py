"""A scratch folder for one run of a notebook, gone afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kdsp_lib.custodian.removal import remove_folder
from kdsp_lib.custodian.scratch import make_scratch, remove_abandoned
from kdsp_lib.source.workspace import Workspace


@contextmanager
def scratch_of(workspace: Workspace) -> Iterator[Path]:
    """A private folder; where this process is killed, the next to make one removes it."""
    scratch = make_scratch(workspace.root)
    try:
        yield scratch
    finally:
        remove_folder(scratch)
        remove_abandoned(scratch.parent)  # a kernel that could not be asked to end left its own
