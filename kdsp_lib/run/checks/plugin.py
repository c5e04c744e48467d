"""The pytest plug-in: ``pytest --kdsp-notebooks FOLDER`` puts the notebooks of a folder under the checks of ours.

Beside it, ``pytest --nbval`` starts the kdsp kernel of one notebook after the other in forks of one warm process.
pytest loads this wherever kdsp is installed, so it imports nothing, and does nothing unless it is asked.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any


def pytest_addoption(parser: Any) -> None:
    """The one option."""
    parser.getgroup("kdsp", "kdsp").addoption(
        "--kdsp-notebooks",
        action="store_true",
        help="Check notebooks: thin, confined, reproducible, audited, accessible; in the workspace of KDSP_WORKSPACE.",
    )


def pytest_configure(config: Any) -> None:
    """Kernels that name no provisioner get ours, where nbval is to start some and nobody chose another."""
    if config.getoption("nbval", False) or config.getoption("nbval_lax", False):
        os.environ.setdefault("JUPYTER_DEFAULT_PROVISIONER_NAME", "kdsp")


def pytest_collect_file(file_path: Path, parent: Any) -> Any:
    """A notebook, where checks of notebooks are asked for; JupyterLab's own copies are none."""
    is_one = file_path.suffix == ".ipynb" and ".ipynb_checkpoints" not in file_path.parts
    if not is_one or not parent.config.getoption("kdsp_notebooks"):
        return None
    from kdsp_lib.run.checks.collecting import NotebookFile

    return NotebookFile.from_parent(parent, path=file_path)
