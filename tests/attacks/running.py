"""How a test runs cells, and what it has every kernel inherit."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from functools import partial

import pytest

RunCells = Callable[..., list[str]]
"""Cells, ``kernel=`` and ``root=`` to what each cell printed: see ``run_cells`` in `conftest.py`."""


def leave_open(patch: pytest.MonkeyPatch, descriptor: int) -> None:
    """Have every kernel that is started inherit a descriptor."""
    patch.setattr("jupyter_client.launcher.Popen", partial(subprocess.Popen, pass_fds=(descriptor,)))
