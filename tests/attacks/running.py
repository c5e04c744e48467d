"""How a test runs cells, and what it has every kernel inherit."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

RunCells = Callable[..., list[str]]
"""Cells, ``kernel=`` and ``root=`` to what each cell printed: see ``run_cells`` in `conftest.py`."""


def leave_open(patch: pytest.MonkeyPatch, descriptor: int) -> None:
    """Have every kernel, and every process that forks kernels, inherit a descriptor."""

    def start(*arguments: Any, pass_fds: Iterable[int] = (), **options: Any) -> subprocess.Popen[bytes]:
        return subprocess.Popen(*arguments, pass_fds=(*pass_fds, descriptor), **options)

    patch.setattr("jupyter_client.launcher.Popen", start)
    patch.setattr("kdsp_lib.run.warm.Popen", start)


@contextmanager
def by_engine(name: str) -> Iterator[pytest.MonkeyPatch]:
    """`kdsp run` by this engine, with nothing warmed up before."""
    from kdsp_lib.run.notebook import ENGINE
    from kdsp_lib.run.warm import end_warm_process

    end_warm_process()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(ENGINE, name)
        yield patch
    end_warm_process()
