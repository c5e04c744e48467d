"""A small report of the made-up authority: few questions, but every kind of file that a release has."""

from __future__ import annotations

import json
from pathlib import Path

SENTENCE = "Girls and boys on roll in the area."
PARAMETERS = """group: collaborative:east
recipient: collaborative:east
purpose: commissioning-of-services
period: 2025/26-autumn
"on": "2026-03-02"
"""
CELLS = [
    ("markdown", [], f"# A small profile\n\n{SENTENCE}"),
    ("code", ["parameters"], "group = None\nrecipient = ''\npurpose = ''\nperiod = ''\non = ''"),
    (
        "code",
        [],
        "from kdsp_lib import open_report\nreport = open_report('area-profile', group=group, recipient=recipient, "
        "purpose=purpose, period=period, on=on)\nreport",
    ),
    (
        "code",
        [],
        "tables = report.tables(\n    sexes=report.count('pupils', by=['sex']),\n    "
        "absence=report.rate('persistent-absence', by=['phase'], beside='england'),\n)",
    ),
    ("code", [], "tables['sexes']"),
    ("code", [], "tables['absence']"),
    ("code", [], "report.bar(tables['sexes'], alt='Pupils on roll by sex.')"),
]


def notebook(change=lambda source: source) -> str:
    """Its text, with every cell's source changed."""
    made = [
        {
            "cell_type": kind,
            "id": f"cell-{number}",
            "metadata": {"tags": tags} if tags else {},
            "source": change(source),
            **({"outputs": [], "execution_count": None} if kind == "code" else {}),
        }
        for number, (kind, tags, source) in enumerate(CELLS)
    ]
    spec = {"kernelspec": {"display_name": "kdsp", "language": "python", "name": "kdsp"}}
    return json.dumps({"cells": made, "metadata": spec, "nbformat": 4, "nbformat_minor": 5})


def put_into(root: Path) -> Path:
    """Put the notebook and its parameter file into a workspace; the parameter file."""
    (root / "notebooks").mkdir(exist_ok=True)
    (root / "notebooks" / "small_profile.ipynb").write_text(notebook(), "utf-8")
    folder = root / "parameters" / "small_profile"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "east.yaml").write_text(PARAMETERS, "utf-8")
    return folder / "east.yaml"
