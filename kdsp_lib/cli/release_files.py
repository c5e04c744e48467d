"""The count tables of a release folder, read as an auditor reads them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from kdsp_lib.cli.csv_columns import read_columns
from kdsp_lib.errors import BadSource, Fault
from kdsp_lib.protect.linked_tables import LinkedTables, read_linked_tables

DESCRIPTION = "tables.json"
OWN_FIGURES: Final[Mapping[str, str]] = {
    "school": "the school's own figures are whole, for the school alone; these tables count the others",
    "officers": "the school's own figures are whole, for the named officers alone; these tables count the others",
}
"""What is said of a release with figures that are told whole, by whom they are for."""


def identifiable(folder: Path) -> str:
    """Whom a release tells an establishment's own figures whole, as its manifest says; empty where to nobody."""
    try:
        found = json.loads((folder / "manifest.json").read_text("utf-8")).get("identifiable", {})
    except (OSError, ValueError, AttributeError):
        return ""
    return str(found.get("for", "")) if isinstance(found, dict) else ""


def read_release_tables(folder: Path) -> tuple[LinkedTables, dict[str, dict[str, list[str]]]]:
    """The tables of counts of a release, and their columns by file. Raises `BadSource` with every fault of any."""
    path = folder / DESCRIPTION
    try:
        given = json.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise BadSource(f"{path} cannot be read: {error.strerror}.", remedy="name the folder of a release") from None
    except ValueError as error:
        line = f" line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        fault = Fault(f"{DESCRIPTION}{line}", "is not JSON in UTF-8")
        raise BadSource(f"{path} cannot be read.", faults=[fault]) from None
    linked = read_linked_tables(given, DESCRIPTION)
    texts: dict[str, dict[str, list[str]]] = {}
    faults: list[Fault] = []
    for table in linked.tables:
        try:
            texts[table.file] = read_columns(folder / table.file, [*table.dims, table.value])
        except BadSource as error:
            faults += error.faults
    if faults:
        raise BadSource(f"The tables of {folder} cannot be read.", faults=faults)
    return linked, texts
