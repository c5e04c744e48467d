"""Reproducible: two runs show the same, and what is stored is what a run shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from kdsp_lib.run.checks.draft import Drafted
from kdsp_lib.run.checks.finding import Finding
from kdsp_lib.run.checks.outputs import differences, has_run, unrun

_SAME: Final = "take out what changes by itself: chance, the time, the order of a set"
_STORE: Final = (
    "run all its cells in JupyterLab and save it; where a figure should not have moved, look at the data first"
)


def reproducible_findings(notebook: Mapping[str, Any], first: Drafted, second: Drafted) -> list[Finding]:
    """What two runs show otherwise, and what is stored otherwise. One that never ran is held to its two runs alone."""
    found = [
        Finding(cell, f"{what}, from one run to the next", _SAME)
        for cell, what in differences(first.executed, second.executed)
    ]
    found += [Finding(cell, "was not run before it was stored", _STORE) for cell in unrun(notebook)]
    if found or not has_run(notebook):
        return found
    return [Finding(cell, what, _STORE) for cell, what in differences(notebook, first.executed)]
