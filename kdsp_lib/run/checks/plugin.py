"""The pytest plug-in: ``pytest --kdsp-notebooks FOLDER`` puts the notebooks of a folder under the checks of ours.

Beside it, ``pytest --nbval`` starts the kdsp kernel of one notebook after the other in forks of one warm process. Where
either is to run notebooks, no Python beside them is run. pytest loads this wherever kdsp is installed, so it imports
nothing of kdsp, and does nothing unless it is asked.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest


def pytest_addoption(parser: Any) -> None:
    """The one option."""
    parser.getgroup("kdsp", "kdsp").addoption(
        "--kdsp-notebooks",
        action="store_true",
        help="Check notebooks: thin, confined, reproducible, audited, accessible; in the workspace of KDSP_WORKSPACE.",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: Any) -> None:
    """UsageError, before any conftest.py is loaded, where Python lies beside the notebooks that are to be run."""
    asked = early_config.known_args_namespace
    if not any(getattr(asked, name, False) for name in ("nbval", "nbval_lax", "kdsp_notebooks")):
        return
    from kdsp_lib.run.checks.beside import code_beside, told

    named = [Path(str(each).split("::", 1)[0]) for each in getattr(asked, "file_or_dir", ()) or (".",)]
    if getattr(asked, "noconftest", False):
        named = [path for path in named if path.is_dir()]
    if found := code_beside(named):
        raise pytest.UsageError(told(found))


def pytest_configure(config: Any) -> None:
    """Kernels that name no provisioner get ours, where nbval is to start some and nobody chose another.

    In a workspace notebooks run in the kdsp kernel, whichever they name: unless whoever runs them names another.
    """
    if not (config.getoption("nbval", False) or config.getoption("nbval_lax", False)):
        return
    os.environ.setdefault("JUPYTER_DEFAULT_PROVISIONER_NAME", "kdsp")
    chosen = config.getoption("nbval_kernel_name", None) or config.getoption("nbval_current_env", False)
    if not chosen and _is_in_workspace([*config.args, "."]):
        config.option.nbval_kernel_name = "kdsp"


def pytest_collect_file(file_path: Path, parent: Any) -> Any:
    """A notebook, where checks of notebooks are asked for; JupyterLab's own copies are none."""
    is_one = file_path.suffix == ".ipynb" and ".ipynb_checkpoints" not in file_path.parts
    if not is_one or not parent.config.getoption("kdsp_notebooks"):
        return None
    from kdsp_lib.run.checks.collecting import NotebookFile

    return NotebookFile.from_parent(parent, path=file_path)


def _is_in_workspace(named: list[str]) -> bool:
    folders = {folder for each in named for path in [Path(each).resolve()] for folder in (path, *path.parents)}
    return bool(os.environ.get("KDSP_WORKSPACE")) or any((folder / "kdsp.toml").is_file() for folder in folders)
