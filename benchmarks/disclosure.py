"""How many cells are hidden and how long it takes: ``python benchmarks/disclosure.py FOLDER... [--effort normal]``.

Each folder is an instance in the neutral format (docs/formats.md). Prints a Markdown table, a row an instance.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from time import perf_counter

from kdsp_lib.cli.instance_files import read_instance
from kdsp_lib.protect.audit import audit_system
from kdsp_lib.protect.pattern import protect_system
from kdsp_lib.protect.system import System, Unprotectable

HEAD = ("instance", "cells", "primary", "secondary", "hidden zeros", "seconds", "leaks", "audit (s)")


def row(system: System, effort: str, audited: bool) -> tuple[object, ...]:
    """One instance, protected and, where asked, attacked by our own auditor."""
    started = perf_counter()
    try:
        pattern = protect_system(system, effort=effort)
    except Unprotectable as refusal:
        return (system.size, int(system.primary.sum()), "refused", len(refusal.cells), _since(started), "-", "-")
    took = _since(started)
    secondary = pattern.hidden & ~system.primary
    started = perf_counter()
    found = audit_system(system, pattern.hidden, zeros_hidden=pattern.zeros_hidden) if audited else None
    leaks = "-" if found is None else len({*found.exact, *found.narrow, *found.insider_exact})
    return (
        system.size,
        int(system.primary.sum()),
        int(secondary.sum()),
        int((secondary & system.sampling_zeros).sum()),
        took,
        leaks,
        _since(started) if audited else "-",
    )


def _since(started: float) -> float:
    return round(perf_counter() - started, 1)


def main() -> None:
    """Read the command line and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--effort", default="normal")
    parser.add_argument("--lower-bound", type=int, choices=(0, 1), default=1)
    parser.add_argument("--audit", action="store_true", help="attack each answer too: slow on large tables")
    given = parser.parse_args()
    print("| " + " | ".join(HEAD) + " |")
    print("|" + "---|" * len(HEAD))
    for folder in given.folders:
        system = read_instance(folder, zeros="printed" if given.lower_bound else "hidden").system
        figures = row(system, given.effort, given.audit)
        print("| " + " | ".join(map(str, (folder.name, *figures))) + " |", flush=True)


if __name__ == "__main__":
    main()
