"""One notebook through papermill, in a confined kernel, in a scratch folder that is gone afterwards."""

from __future__ import annotations

import builtins
import json
import logging
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kdsp_lib import errors
from kdsp_lib.custodian.scratch import make_scratch
from kdsp_lib.errors import Broken
from kdsp_lib.source.workspace import Workspace

KERNEL = "kdsp"
CELL_SECONDS = 600


@contextmanager
def _environment(changes: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in changes}
    os.environ.update(changes)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def _scratch(workspace: Workspace) -> Iterator[Path]:
    """A private folder; where this process is killed, the next to make one removes it."""
    scratch = make_scratch(workspace.root)
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def execute(notebook: Path, parameters: Mapping[str, str | None], workspace: Workspace, run: str) -> dict[str, Any]:
    """Execute a notebook and return it as nbformat's mapping. What its cells raise is raised as CellFailed.

    Kernel and client talk over sockets in a private folder: over TCP, anybody on the machine could listen to outputs.
    """
    import papermill
    from papermill.exceptions import PapermillException
    from traitlets.config import Config

    for name in ("papermill", "traitlets", "nbclient"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with _scratch(workspace) as scratch:
        channels = Config({"KernelManager": {"transport": "ipc", "ip": f"{scratch}/kernel"}})
        changes = {"KDSP_WORKSPACE": str(workspace.root), "KDSP_RUN": run, "JUPYTER_PLATFORM_DIRS": "1"}
        with _environment(changes):
            try:
                executed = papermill.execute_notebook(
                    str(notebook.resolve()),
                    None,
                    parameters=dict(parameters),
                    kernel_name=KERNEL,
                    cwd=str(scratch),
                    progress_bar=False,
                    log_output=False,
                    execution_timeout=CELL_SECONDS,
                    config=channels,
                )
            except PapermillException as error:
                raise CellFailed(_kind(getattr(error, "ename", None) or type(error).__name__)) from None
            except Exception as error:
                raise CellFailed(type(error).__name__) from error
    found: dict[str, Any] = json.loads(json.dumps(executed))
    if unanswered(found):
        raise CellFailed("DeadKernelError")
    return found


def unanswered(executed: Mapping[str, Any]) -> list[int]:
    """The code cells, by place, that no kernel answered for: a killed one may be taken for one that ended."""
    return [
        number
        for number, cell in enumerate(executed["cells"], start=1)
        if cell["cell_type"] == "code"
        and "".join(cell["source"]).strip()
        and "shell.execute_reply" not in cell["metadata"].get("execution", {})
    ]


def _kind(name: str) -> str:
    """The name of an error that everybody has; one made up in a cell may say anything."""
    known = getattr(builtins, name, None) or getattr(errors, name, None)
    return name if isinstance(known, type) and issubclass(known, BaseException) else "an error of the notebook's own"


class CellFailed(Broken):
    """A cell raised, the kernel died or took too long. The custodian may know a reason that a person can mend."""

    def __init__(self, kind: str) -> None:
        super().__init__(
            f"The notebook stopped: {kind}.",
            remedy="run it in JupyterLab (`papermill` with the same parameters) to see the cell; nothing was released",
        )
        self.kind = kind
