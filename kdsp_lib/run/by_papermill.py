"""One notebook through papermill and a confined kernel of its own: the reference way, and the one without fork."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kdsp_lib.run.cell_failed import DIED, CellFailed, kind_of
from kdsp_lib.run.scratch_folder import scratch_of
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


def execute_by_papermill(
    notebook: Path, parameters: Mapping[str, str | None], workspace: Workspace, run: str
) -> dict[str, Any]:
    """Execute a notebook and return it as nbformat's mapping. What its cells raise is raised as CellFailed.

    Kernel and client talk over sockets in a private folder: over TCP, anybody on the machine could listen to outputs.
    """
    _without_a_slow_grammar()
    import papermill
    from papermill.engines import papermill_engines
    from papermill.exceptions import PapermillException
    from traitlets.config import Config

    from kdsp_lib.run.bounded_engine import ENGINE, BoundedEngine

    papermill_engines.register(ENGINE, BoundedEngine)
    for name in ("papermill", "traitlets", "nbclient"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with scratch_of(workspace) as scratch:
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
                    kind_of(getattr(error, "ename", None) or type(error).__name__), workspace.limits
                ) from None
            except Exception as error:
                raise CellFailed(type(error).__name__, workspace.limits) from error
    found: dict[str, Any] = json.loads(json.dumps(executed))
    if unanswered(found):
        raise CellFailed(DIED, workspace.limits)
    return found


def _without_a_slow_grammar() -> None:
    """Keep jsonschema from a library that it imports if it can, and which compiles a grammar of web addresses at once.

    That takes longer than all else that papermill imports, and no notebook's schema has an address to check.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # None: it is not to be imported


def unanswered(executed: Mapping[str, Any]) -> list[int]:
    """The code cells, by place, that no kernel answered for: a killed one may be taken for one that ended."""
    return [
        number
        for number, cell in enumerate(executed["cells"], start=1)
        if cell["cell_type"] == "code"
        and "".join(cell["source"]).strip()
        and "shell.execute_reply" not in cell["metadata"].get("execution", {})
    ]
