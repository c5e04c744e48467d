"""Mistakes that files from schools and departments have, put where one knows them, so that one can see them found."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kdsp_lib.source.demo.csv_file import csv_bytes
from kdsp_lib.source.files import write_atomically

FOLDER = "with-faults"
LIST = "faults.csv"
_FIRST_ROW = 2
"""The number of the row after the header."""


@dataclass(frozen=True, slots=True)
class CellFault:
    """A wrong value in a column of a file, in the first row that says this in another column, or in the first row."""

    kind: str
    period: str | None
    file: str
    column: str
    value: str
    what: str
    where: tuple[str, str] | None = None


_YEAR, _TERM = "2025/26", "2025/26-autumn"
KNOWN_CELL_FAULTS = (
    CellFault(
        "results", _YEAR, "results-2025-26.csv", "result", "26", "more marks than there are", ("component", "MTC")
    ),
    CellFault("results", "2024/25", "results-2024-25.csv", "upn", "A001200025001", "another check letter"),
    CellFault(
        "attendance", _TERM, "attendance-2025-26-autumn.csv", "possible", "0", "more sessions missed than there were",
        ("authorised", "5"),
    ),
    CellFault("attendance-reasons", _TERM, "attendance-reasons-2025-26-autumn.csv", "code", "ILL", "no such code"),
    CellFault("suspensions", _TERM, "suspensions-2025-26-autumn.csv", "start_date", "2025-11-31", "no such day"),
    CellFault(
        "ofsted-inspections", None, "management_information_state-funded_schools.csv",
        "Latest OEIF overall effectiveness", "5", "no such grade",
    ),
    CellFault("gias-establishments", None, "edubasealldata20260302.csv", "OpenDate", "1 September", "no such day"),
    CellFault("gias-links", None, "links_edubasealldata20260302.csv", "LinkEstablishedDate", "2026", "no such day"),
    CellFault("performance-tables-ks2", _YEAR, "england_ks2final.csv", "PTRWM_EXP", "most", "a word for a figure"),
    CellFault("performance-tables-ks4", _YEAR, "england_ks4final.csv", "ATT8SCR", "95.1", "more points than there are"),
    CellFault("performance-tables-census", _YEAR, "england_census.csv", "NOR", "1", "fewer than girls and boys"),
    CellFault("performance-tables-absence", _YEAR, "england_abs.csv", "PERCTOT", "101", "more than all sessions"),
    CellFault(
        "pupil-premium", _YEAR, "pupil-premium-2025-26.csv", "LookedAfterPremium", "Y", "a letter for 1 or 0"
    ),
    CellFault("lait-indicators", None, "lait.csv", "Values", "many", "a word for a figure"),
    CellFault(
        "explore-education-statistics", None, "absence-by-school.csv", "geographic_level", "Ward of ours",
        "a level that the standard does not have",
    ),
    CellFault(
        "performance-tables-destinations", _YEAR, "england_ks4-pupdest.csv", "COHORT", "many", "a word for a number"
    ),
)  # fmt: skip


def write_cell_faults(folder: Path, faults: Sequence[CellFault] = KNOWN_CELL_FAULTS) -> int:
    """Write a copy of each file with its mistake, and a list of where they are; how many there are."""
    listed: list[Mapping[str, object]] = []
    originals = {path.name: path for path in folder.rglob("*.csv") if FOLDER not in path.parts}
    for fault in faults:
        content = originals[fault.file].read_bytes()
        rows = list(csv.reader(io.StringIO(_decoded(content), newline="")))
        header, place = rows[0], rows[0].index(fault.column)
        number = next(
            number
            for number, row in enumerate(rows[1:])
            if fault.where is None or row[header.index(fault.where[0])] == fault.where[1]
        )
        rows[number + 1][place] = fault.value
        beside = fault.file.replace(".csv", ".meta.csv")
        if beside in originals:
            write_atomically(folder / FOLDER / beside, originals[beside].read_bytes())
        write_atomically(folder / FOLDER / fault.file, csv_bytes(rows), mode=0o600)
        listed.append(
            {"kind": fault.kind, "period": fault.period or "", "file": fault.file, "row": number + _FIRST_ROW,
             "field": fault.column, "what": fault.what}
        )  # fmt: skip
    write_atomically(folder / FOLDER / LIST, csv_bytes([list(listed[0]), *(each.values() for each in listed)]))
    return len(listed)


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("cp1252")
