"""Notebooks of the demo with little in them, so that a batch of them is soon done."""

from __future__ import annotations

import json

from project_paths import NOTEBOOKS

OPENING = "from kdsp_lib import open_report\nreport = open_report({})"
ASKING = {
    "area_profile": 'report.tables(fsm=report.count("pupils", by=["fsm6", "sex"]))["fsm"]',
    "bespoke_school": 'report.tables(sen=report.rate("sen", compare="authority"))["sen"]',
    "pupil_report": 'report.pupils(columns=["year-group", "surname"])',
}


def light_notebooks(into, first=""):
    """A notebook for each of three reports in ``into``, with ``first`` to run before it opens its report."""
    into.mkdir(exist_ok=True)
    for name, asking in ASKING.items():
        notebook = json.loads((NOTEBOOKS / f"{name}.ipynb").read_text("utf-8"))
        given = next(cell for cell in notebook["cells"] if "parameters" in cell["metadata"].get("tags", ()))
        names = [line.partition(" = ")[0] for line in given["source"] if " = " in line]
        opened = f'"{name.replace("_", "-")}", ' + ", ".join(f"{each}={each}" for each in names)
        more = [
            cell(f"more{number}", code) for number, code in enumerate((first, OPENING.format(opened), asking)) if code
        ]
        notebook["cells"] = [given, *more]
        (into / f"{name}.ipynb").write_text(json.dumps(notebook), "utf-8")
    return into


def cell(name, code):
    return {
        "cell_type": "code", "id": name, "metadata": {}, "source": code, "outputs": [], "execution_count": None,
    }  # fmt: skip
