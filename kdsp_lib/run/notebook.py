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
from kdsp_lib.custodian.scratch import make_scratch, remove_abandoned
from kdsp_lib.errors import Broken
from kdsp_lib.source.limits import Limits
from kdsp_lib.source.workspace import Workspace

KERNEL = "kdsp"


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
        remove_abandoned(scratch.parent)  # a kernel that could not be asked to end left its own


def execute(notebook: Path, parameters: Mapping[str, str | None], workspace: Workspace, run: str) -> dict[str, Any]:
    """Execute a notebook and return it as nbformat's mapping. What its cells raise is raised as CellFailed.

    Kernel and client talk over sockets in a private folder: over TCP, anybody on the machine could listen to outputs.
    """
    import papermill
    from papermill.engines import papermill_engines
    from papermill.exceptions import PapermillException
    from traitlets.config import Config

    from kdsp_lib.run.engine import ENGINE, BoundedEngine

    papermill_engines.register(ENGINE, BoundedEngine)
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
                    engine_name=ENGINE,
                    kernel_name=KERNEL,
                    cwd=str(scratch),
                    progress_bar=False,
                    log_output=False,
                    limits=workspace.limits,
                    config=channels,
                )
            except PapermillException as error:
                raise CellFailed(
                    _kind(getattr(error, "ename", None) or type(error).__name__), workspace.limits
                ) from None
            except Exception as error:
                raise CellFailed(type(error).__name__, workspace.limits) from error
    found: dict[str, Any] = json.loads(json.dumps(executed))
    if unanswered(found):
        raise CellFailed("DeadKernelError", workspace.limits)
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
    """A cell raised, took too much, or the kernel died. The custodian may know a reason that a person can mend."""

    def __init__(self, kind: str, limits: Limits) -> None:
        what, remedy = _reasons(limits).get(kind, (kind, ""))
        super().__init__(f"The notebook stopped: {what}.", remedy=remedy or _TO_SEE)
        self.kind = kind


_TO_SEE = "run it in JupyterLab (`papermill` with the same parameters) to see the cell; nothing was released"


def _reasons(limits: Limits) -> dict[str, tuple[str, str]]:
    """What is said of an end that limits have to do with, and the way out; by the kind of the error."""
    return {
        "CellTimeoutError": (
            f"it took longer than {limits.seconds} seconds",
            "look for a cell that does not end, or allow more `seconds` under [limits] in kdsp.toml",
        ),
        "TooMuchShown": (
            f"it showed more than {limits.output_mib} MiB",
            "show less, or allow more `output_mib` under [limits] in kdsp.toml",
        ),
        "MemoryError": (
            f"it needed more than {limits.memory_mib} MiB of memory",
            "hold less at once, or allow more `memory_mib` under [limits] in kdsp.toml",
        ),
        "DeadKernelError": (
            "its kernel ended",
            f"it was killed, or needed more than {limits.memory_mib} MiB of memory (`memory_mib` in kdsp.toml); "
            "run it again",
        ),
    }
