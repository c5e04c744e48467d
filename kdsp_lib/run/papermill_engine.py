"""`papermill --engine kdsp`: papermill's notebook, run in a fork of a warm process in the place of a kernel.

Every `import papermill` loads this module, so it imports nothing before the engine is used.
"""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    if name != "WarmEngine":
        raise AttributeError(name)
    return _engine()


def _engine() -> Any:
    from papermill.engines import Engine

    class WarmEngine(Engine):  # type: ignore[misc]
        """Runs a notebook's cells in a confined fork; what they show is stored when all have run."""

        @classmethod
        def execute_managed_notebook(cls, nb_man: Any, _kernel_name: str, **_options: Any) -> None:
            """Run every cell, or up to the first that raises. Raises CellFailed at a limit, or where the fork died."""
            _run(nb_man)

    return WarmEngine


def _run(nb_man: Any) -> None:
    import json
    import os

    from nbclient.exceptions import CellExecutionError
    from nbformat import from_dict

    from kdsp_lib.run.cell_failed import DIED, CellFailed
    from kdsp_lib.run.warm import run_cells
    from kdsp_lib.source.workspace import find_workspace

    workspace = find_workspace()
    cells = json.loads(json.dumps(nb_man.nb.cells))
    watch = run_cells(cells, workspace, os.environ.get("KDSP_RUN", ""))
    for place, cell in enumerate(nb_man.nb.cells):
        if place in watch.unanswered:
            break
        nb_man.cell_start(cell, place)
        if cell.cell_type == "code":
            cell.outputs = from_dict(cells[place]["outputs"])  # type: ignore[no-untyped-call]
            cell.execution_count = cells[place]["execution_count"]
        if place == watch.stopped_at:
            nb_man.cell_exception(cell, cell_index=place, exception=CellExecutionError("", "", ""))
        nb_man.cell_complete(cell, cell_index=place)
    if watch.unanswered and watch.stopped_at is None:
        raise CellFailed(DIED, workspace.limits)
