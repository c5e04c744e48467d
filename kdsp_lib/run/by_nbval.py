"""A release's notebook under `pytest --nbval`, as a reviewer would run it, within a rerun: which cells it fails."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any, Final

from kdsp_lib.errors import BadParameters, Broken
from kdsp_lib.run.scratch_folder import scratch_of
from kdsp_lib.source.files import write_atomically
from kdsp_lib.source.workspace import Workspace

_NAME: Final = "report.ipynb"
_FAILED: Final = re.compile(r"^(?:FAILED|ERROR) .*?report\.ipynb::Cell (\d+)", re.MULTILINE)
_PASSED, _SOME_FAILED = 0, 1


def refuse_without_nbval() -> None:
    """BadParameters where nbval is not installed: it comes with what the tests need."""
    if find_spec("nbval") is None or find_spec("pytest") is None:
        raise BadParameters("nbval is not installed here.", remedy="pip install pytest nbval, or rerun without --nbval")


def failed_cells(notebook: Mapping[str, Any], workspace: Workspace, run: str) -> tuple[int, ...]:
    """The cells, counted from 1 with those of text, whose outputs nbval does not find as they are stored.

    Its kernel is the confined one whatever the notebook names, and asks within ``run``. Nothing of the folder that the
    release lies in, nor any other plug-in, has a part in it. Broken where nbval ends otherwise than by its cells.
    """
    with scratch_of(workspace) as scratch:
        write_atomically(scratch / _NAME, json.dumps(notebook).encode(), mode=0o600)
        write_atomically(scratch / "pytest.ini", b"[pytest]\n", mode=0o600)
        command = [
            sys.executable, "-m", "pytest", "-p", "nbval.plugin", "-p", "no:cacheprovider", "--noconftest", "--nbval",
            "--nbval-kernel-name=kdsp", "-q", "-rfE", "--color=no", "--tb=no", _NAME,
        ]  # fmt: skip
        environment = {
            **{name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"},
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "KDSP_WORKSPACE": str(workspace.root),
            "KDSP_RUN": run,
            "JUPYTER_PLATFORM_DIRS": "1",
        }
        ended = subprocess.run(command, cwd=scratch, env=environment, capture_output=True, text=True, check=False)
    code = [at for at, cell in enumerate(notebook["cells"], start=1) if cell["cell_type"] == "code"]
    failed = tuple(code[int(number)] for number in _FAILED.findall(ended.stdout))
    if ended.returncode not in (_PASSED, _SOME_FAILED) or bool(failed) != (ended.returncode == _SOME_FAILED):
        raise Broken(f"nbval ended with {ended.returncode} and no word of a cell.", remedy="run pytest --nbval on it")
    return failed
