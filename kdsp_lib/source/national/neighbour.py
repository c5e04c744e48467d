"""Statistical neighbours as the department publishes them: a row an authority, with ten neighbours in it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from kdsp_lib.source.contract import Column, Contract
from kdsp_lib.source.published_reading import MOST_BYTES, finished, loose_rows
from kdsp_lib.source.reading import Reading

KIND = "statistical-neighbours"
FIRST = "SN1"
_CLOSE = "SNP"
"""Beside each neighbour: how close it is."""
_LA, _NAME = ("LA NUMBER", "LA NUM"), ("LA NAME",)
_NEIGHBOUR = re.compile(r"SN([1-9][0-9]?)", re.ASCII)
_HEADER_WITHIN = 10
"""Rows in which the header is looked for: the published sheet numbers its columns above it."""
CLOSENESS = MappingProxyType(
    {word.replace("-", " "): word for word in ("extremely-close", "very-close", "close", "somewhat-close", "not-close")}
)
CONTRACT = Contract(
    KIND,
    "Statistical neighbours of authorities",
    (
        Column("la", "text", pattern=r"[0-9]{3}", expected="an authority's number of three digits"),
        Column("la_name", "text", nullable=True),
        Column("rank", "whole", low=1, high=99),
        Column("neighbour", "text", pattern=r"[0-9]{3}", expected="an authority's number of three digits"),
        Column("closeness", "text", nullable=True, codes=tuple(CLOSENESS.values())),
    ),
    key=("la", "rank"),
    holds_pupils=False,
)


def read_neighbours(path: Path, contract: Contract, _period: str | None) -> Reading:
    """The department's sheet, as a workbook or saved as CSV; its header need not be the first row."""
    reading = Reading(path.name, first_row=2, places=[])
    assert reading.places is not None
    values: dict[str, list[Any]] = {name: [] for name in contract.names}
    header: list[str] = []
    for number, row in loose_rows(path, reading, MOST_BYTES):
        if not header:
            names = [text.upper() for text in row]
            reading.header = reading.header or tuple(row)
            if FIRST in names:
                header, reading.header = names, tuple(row)
            elif number >= _HEADER_WITHIN:
                break
        elif any(row):
            _take(header, row, number, values, reading)
    if not header:
        reading.fault("is missing: the row that names the columns", column=FIRST)
    for wanted in (_LA, _NAME) if header else ():
        if not any(name in header for name in wanted):
            reading.fault("is missing: add the column", column=wanted[0])
    if not all(map(str.isprintable, header)):
        reading.fault("has a character in a column's name that nobody sees: save it as CSV UTF-8")
    for name in sorted(name for name, times in Counter(header).items() if name not in ("", _CLOSE) and times > 1):
        reading.fault("stands in the header more than once", column=name[:60])
    return finished(reading, values, contract)


def _take(
    header: Sequence[str], row: Sequence[str], number: int, values: dict[str, list[Any]], reading: Reading
) -> None:
    said = dict(zip(header, row, strict=False))
    la = next((said[name] for name in _LA if said.get(name)), "")
    name = next((said[each] for each in _NAME if said.get(each)), None)
    assert reading.places is not None
    for place, column in enumerate(header[: len(row)]):
        rank = _NEIGHBOUR.fullmatch(column)
        if rank is None or not row[place]:
            continue
        beside = row[place + 1].lower() if header[place + 1 : place + 2] == [_CLOSE] and len(row) > place + 1 else ""
        if beside and beside not in CLOSENESS:
            reading.fault(
                f"must be one of {', '.join(CLOSENESS)}, or nothing", row=number, column=f"{_CLOSE} of {column}"
            )
        reading.places.append(number)
        made = {
            "la": la, "la_name": name, "rank": int(rank[1]), "neighbour": row[place],
            "closeness": CLOSENESS.get(beside),
        }  # fmt: skip
        for key, value in made.items():
            values[key].append(value)
