"""The notebook of a release: the executed one, with nothing of the run in it and every figure from the custodian.

Kept: the cells' sources (of text: without pictures and HTML), the tags of the parameters, and the outputs that show a
table, a chart or the report. Those are filled anew. Everything else that a kernel printed is left out, and counted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kdsp_lib.errors import BadParameters
from kdsp_lib.release.story import WORKING, Item, ShownReport, check_finished, counted, look_up, shown_in, text_of
from kdsp_lib.report.canonical import readable_json
from kdsp_lib.report.inert import inert_source

_TAGS = ("parameters", "injected-parameters", WORKING)
FRONT_MATTER = "nbval-ignore-output"
"""What a release says of its report goes beyond what a notebook is told when it opens it: nbval lets it be."""
_CELLS = ("markdown", "code", "raw")
_LONGEST_LINE = 60


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A cell that shows something of its own, which is not in the release: what no custodian vouches for."""

    cell: int
    """Which of the cells, counted from the top as JupyterLab lists them, text and code alike."""
    line: str
    """Its first line, cut to a length that fits a line, without what a terminal would obey."""
    outputs: int
    """How many of its outputs."""

    def to_json(self) -> dict[str, Any]:
        return {"cell": self.cell, "line": self.line, "outputs": self.outputs}


def normalise(
    notebook: Mapping[str, Any],
    *,
    release: str,
    parameters: Mapping[str, Any],
    shown: Mapping[Item, Mapping[str, Any]],
    head: str,
    foot: str,
) -> tuple[str, tuple[LeftOut, ...]]:
    """The notebook's text, and what was left out of it, cell by cell; the same run gives the same text.

    ``head`` and ``foot`` are the texts of a first and a last cell more, and a cell of code says which ``release`` it is
    of, so that nbval runs it as it stands (see :func:`kdsp_lib.as_released`); ``shown`` holds what stands in the place
    of each table, each chart and the report. BadParameters where the notebook shows another: what the custodian does
    not vouch for is not released.
    """
    check_finished(notebook)
    own = [_cell(index, cell, shown) for index, cell in enumerate(notebook["cells"])]
    around = {"metadata": {}, "cell_type": "markdown"}
    cells = [{**around, "id": "marking", "source": head}, _says_which(release), *own]
    for number, cell in enumerate((cell for cell in cells if cell["cell_type"] == "code"), start=1):
        cell["execution_count"] = number
    written = {
        "cells": [*cells, {**around, "id": "conditions", "source": foot}],
        "metadata": {
            "kernelspec": {"display_name": "kdsp", "language": "python", "name": "kdsp"},
            "language_info": {"name": "python"},
            "parameters": dict(parameters),
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return readable_json(written), tuple(_left_out(notebook["cells"]))


def _left_out(cells: Sequence[Mapping[str, Any]]) -> Iterator[LeftOut]:
    for number, cell in counted(cells):
        outputs = sum(shown_in(output) is None for output in cell.get("outputs", ()))
        if outputs:
            lines = map(_plain, text_of(cell["source"]).splitlines())
            yield LeftOut(number, next(filter(None, lines), "")[:_LONGEST_LINE], outputs)


def _plain(line: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in line).strip()


def _says_which(release: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "id": "released",
        "metadata": {},
        "outputs": [],
        "source": f'from kdsp_lib import as_released\n\nas_released("{release}")',
    }


def _cell(index: int, cell: Mapping[str, Any], shown: Mapping[Item, Mapping[str, Any]]) -> dict[str, Any]:
    kind, source = cell["cell_type"], text_of(cell["source"])
    if kind not in _CELLS:
        raise BadParameters(f"Cell {index + 1} is neither text nor code.")
    tags = [tag for tag in cell.get("metadata", {}).get("tags", ()) if tag in _TAGS]
    written: dict[str, Any] = {
        "cell_type": kind,
        "id": f"{index:03d}-{hashlib.sha256(source.encode()).hexdigest()[:12]}",
        "metadata": {"tags": tags} if tags else {},
        "source": source if kind == "code" else inert_source(source),
    }
    if kind == "code":
        items = [item for item in map(shown_in, cell.get("outputs", ())) if item is not None]
        if items == [ShownReport()]:
            written["metadata"] = {"tags": [*tags, FRONT_MATTER]}
        written["outputs"] = [
            {"data": dict(look_up(shown, item)), "metadata": {}, "output_type": "display_data"} for item in items
        ]
    return written
