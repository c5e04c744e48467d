"""A notebook made ready to run: its parameters put in as papermill puts them, and nothing left of an earlier run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kdsp_lib.errors import BadParameters

_ERROR_MARK = "papermill-error-cell-tag"


def prepared(notebook: Path, parameters: Mapping[str, str | None]) -> dict[str, Any]:
    """The notebook as a mapping, with a cell of these parameters and no outputs. BadParameters where it is none."""
    try:
        found: dict[str, Any] = json.loads(notebook.read_text("utf-8"))
        if found["nbformat"] != 4:
            raise ValueError("an older format")
        cells = [_clean(cell) for cell in found["cells"] if _ERROR_MARK not in tags_of(cell)]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadParameters(
            f"{notebook.name} is no notebook of format 4.", remedy="restore it, or save it from JupyterLab"
        ) from error
    return {**found, "cells": _with_parameters(cells, parameters) if parameters else cells}


def tags_of(cell: Mapping[str, Any]) -> tuple[str, ...]:
    """A cell's tags."""
    return tuple(cell.get("metadata", {}).get("tags", ()))


def parameters_source(parameters: Mapping[str, str | None]) -> str:
    """The source of a cell that assigns these parameters, character for character as papermill writes it."""
    return "".join(["# Parameters\n", *(f"{name} = {_literal(value)}\n" for name, value in parameters.items())])


def _literal(value: str | None) -> str:
    if value is None:
        return "None"
    escaped = value.encode("unicode_escape").decode("ascii").replace('"', r"\"")
    return f'"{escaped}"'


def _clean(cell: Mapping[str, Any]) -> dict[str, Any]:
    source = cell["source"]
    clean = {**cell, "source": source if isinstance(source, str) else "".join(source)}
    return {**clean, "outputs": [], "execution_count": None} if cell["cell_type"] == "code" else clean


def _with_parameters(cells: list[dict[str, Any]], parameters: Mapping[str, str | None]) -> list[dict[str, Any]]:
    """In the place of the cell that a run put in before; else after the cell of parameters; else first."""
    put_in: dict[str, Any] = {
        "cell_type": "code",
        "id": "parameters",
        "metadata": {"tags": ["injected-parameters"]},
        "source": parameters_source(parameters),
        "outputs": [],
        "execution_count": None,
    }
    injected, own = _first(cells, "injected-parameters"), _first(cells, "parameters")
    if injected is not None:
        return [*cells[:injected], put_in, *cells[injected + 1 :]]
    after = 0 if own is None else own + 1
    return [*cells[:after], put_in, *cells[after:]]


def _first(cells: list[dict[str, Any]], tag: str) -> int | None:
    return next((place for place, cell in enumerate(cells) if tag in tags_of(cell)), None)
