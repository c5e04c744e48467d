"""The count tables of a release folder, read as an auditor reads them."""

from __future__ import annotations

import json
from pathlib import Path

from kdsp_lib.cli.csv_columns import read_columns
from kdsp_lib.errors import BadSource, Fault
from kdsp_lib.protect.linked_tables import LinkedTables, read_linked_tables

DESCRIPTION = "tables.json"


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
