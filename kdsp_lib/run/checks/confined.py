"""Confined: a notebook names the kernel that is confined from its first cell, and ran in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kdsp_lib.run.by_papermill import KERNEL
from kdsp_lib.run.checks.draft import Drafted
from kdsp_lib.run.checks.finding import Finding


def kernel_findings(notebook: Mapping[str, Any]) -> list[Finding]:
    """Whether the notebook, as it is stored, asks for another kernel than the confined one."""
    named = notebook.get("metadata", {}).get("kernelspec", {}).get("name")
    if named == KERNEL:
        return []
    said = f"names the kernel {named}" if named else "names no kernel"
    return [
        Finding(0, f"{said}, which is not confined", "in JupyterLab, choose Kernel, Change Kernel, kdsp, and save it")
    ]


def confined_findings(drafted: Drafted) -> list[Finding]:
    """Whether the kernel that it ran in was confined in full, as the custodian knows it."""
    confinement = "none" if drafted.answer is None else drafted.answer["facts"]["confinement"]
    if drafted.answer is None or confinement == "full":
        return []
    return [
        Finding(0, f"its kernel was confined: {confinement}", "Linux with Landlock and libseccomp confines it in full")
    ]
