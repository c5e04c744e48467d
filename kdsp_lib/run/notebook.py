"""One notebook with its parameters, executed in a confined process: by the warm engine, or by papermill."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from kdsp_lib.errors import BadParameters
from kdsp_lib.run.cell_failed import CellFailed
from kdsp_lib.source.workspace import Workspace

__all__ = ["CellFailed", "choose_engine", "execute", "lent", "prepare"]

ENGINE = "KDSP_ENGINE"
WARM, PAPERMILL = "warm", "papermill"


def choose_engine(name: str) -> None:
    """From now on, run notebooks so: this process, and those that it starts."""
    if name not in (WARM, PAPERMILL):
        raise BadParameters(f"There is no engine {name[:40]!r}.", remedy=f"{WARM} or {PAPERMILL}")
    os.environ[ENGINE] = name


def is_warm() -> bool:
    """Whether notebooks run in forks of a warm process. Papermill starts a kernel for each, which works anywhere."""
    return sys.platform.startswith("linux") and os.environ.get(ENGINE, WARM) != PAPERMILL


def prepare(workspace: Workspace, lent: int | None = None) -> None:
    """Begin to warm the engine up, if it is to be warm: called early, it imports while other things are done.

    ``lent``: the descriptor by which that of another process is to be used instead. What the machine does not allow is
    told of the report that needs it.
    """
    if is_warm():
        from kdsp_lib.run.warm import use_lent, warm_process

        if lent is not None:
            use_lent(lent)
        with contextlib.suppress(OSError):
            warm_process(workspace.root)


@contextlib.contextmanager
def lent(workspace: Workspace) -> Iterator[tuple[int, ...]]:
    """The descriptor, if any, by which a worker that is started in this block uses the engine of this process."""
    with contextlib.ExitStack() as stack:
        controls = []
        if is_warm():
            from kdsp_lib.run.warm import lent_process

            with contextlib.suppress(OSError):
                controls.append(stack.enter_context(lent_process(workspace.root)))
        yield tuple(control.fileno() for control in controls)


def execute(notebook: Path, parameters: Mapping[str, str | None], workspace: Workspace, run: str) -> dict[str, Any]:
    """Execute a notebook and return it as nbformat's mapping. What its cells raise is raised as CellFailed.

    Both ways confine it alike and give the same outputs.
    """
    if is_warm():
        from kdsp_lib.run.warm import execute_warm

        return execute_warm(notebook, parameters, workspace, run)
    from kdsp_lib.run.by_papermill import execute_by_papermill

    return execute_by_papermill(notebook, parameters, workspace, run)
