"""How much one run of a notebook may take, and one answer of the custodian's: ``[limits]`` in ``kdsp.toml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kdsp_lib.errors import Fault

MIB = 1024 * 1024
_BOUNDS: Mapping[str, tuple[int, int]] = {
    "seconds": (1, 24 * 3600),
    "memory_mib": (512, 1024 * 1024),
    "output_mib": (1, 1024),
    "answer_seconds": (10, 600),
    "answer_memory_mib": (1024, 1024 * 1024),
    "answer_cells": (600, 100_000),
    "questions_an_hour": (100, 5000),
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run, and an answer, is stopped at. They keep a slip in a notebook from taking the machine.

    Whether there is an answer hangs on them, and never which: of what is stopped nothing is told.
    """

    seconds: int = 900
    """For all of a run's cells together."""
    memory_mib: int = 2048
    """Of private memory, for the kernel, and for each process that a cell starts."""
    output_mib: int = 32
    """For all that a run's cells show."""
    answer_seconds: int = 300
    """For one answer, once the custodian has begun it."""
    answer_memory_mib: int = 3072
    """For one answer: of all memory that the process holds that makes it."""
    answer_cells: int = 4000
    """For all tables of one report together, as many as their breakdowns have levels and totals for."""
    questions_an_hour: int = 600
    """Tables that one person may be told, and not release."""


def limits_of(table: Mapping[str, int]) -> Limits:
    """The limits that a checked table sets; what it does not name is as by default."""
    return Limits(**table)


def faults_of(table: object) -> list[Fault]:
    """All that is wrong with the table of a file."""
    if not isinstance(table, dict):
        return [Fault("", "must be a table", "[limits]")]
    faults = []
    for key, value in table.items():
        if key not in _BOUNDS:
            faults.append(Fault("[limits]", f"is not a limit; these are: {', '.join(_BOUNDS)}", key))
            continue
        least, most = _BOUNDS[key]
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            faults.append(Fault("[limits]", f"must be a whole number from {least} to {most}", key))
    return faults
