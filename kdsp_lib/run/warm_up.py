"""What a warm process has done once before it forks: imports, and one of everything that reports show."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any, NoReturn

_MODULES = (
    "asyncio",
    "ipywidgets",
    "kdsp_lib.custodian.client",
    "kdsp_lib.report.pupil_list",
    "kdsp_lib.report.session",
    "numpy",
    "pandas",
    "pyarrow.flight",
)
_TABLE: dict[str, Any] = {
    "name": "sample",
    "title": "Sample",
    "question": "How many?",
    "scope": "Made up",
    "dims": [
        {
            "name": name,
            "label": name,
            "total": "All",
            "levels": [{"code": code, "label": code} for code in "ab"],
        }
        for name in ("first", "second")
    ],
    "statistics": [{"name": "count", "label": "Number", "decimals": 0}],
    "cells": [{"codes": [one, other], "values": ["10"]} for one in ("a", "b", "All") for other in ("a", "b", "All")],
}


def for_reports() -> Callable[[int, int], NoReturn]:
    """Warm up the shell that reports run in; what a fork does."""
    from kdsp_lib.run.forked import become_report
    from kdsp_lib.run.shell import make_shell

    shell = make_shell()
    _use_once()
    _plot()
    shell.run_cell("pass", silent=True)  # type: ignore[no-untyped-call]
    return partial(become_report, shell=shell)


def for_kernels() -> Callable[[int, int], NoReturn]:
    """Warm up all but a shell, for a kernel makes its own, and sets up for it how plots are drawn; what a fork does."""
    from kdsp_lib.run.forked_kernel import become_kernel

    import_module("kdsp_lib.custodian.kernel_app")
    _use_once()
    return become_kernel


def _use_once() -> None:
    from kdsp_lib.custodian.confinement import prepare_to_confine_calls

    for module in _MODULES:
        import_module(module)
    prepare_to_confine_calls()
    _show_a_table()


def _show_a_table() -> None:
    from kdsp_lib.report.chart import chart
    from kdsp_lib.report.table import Table

    table = Table.from_wire(_TABLE)
    table.bundle()
    table.frame()
    for kind in ("bar", "line", "stack", "heat"):
        drawn = chart(kind, table, alt="A chart of a table that is made up.")
        drawn.bundle(drawn.svg())


def _plot() -> None:
    """What a notebook's own plots need: the inline drawing is set up for the shell that is there."""
    import matplotlib.pyplot as plt

    plt.figure().canvas.draw()
    plt.close("all")
