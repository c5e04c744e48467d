"""Published tables that are no school figures, by a dictionary of their columns: their names, and what they may be.

One reader serves them all. A column is found by name, read by its type, and a word that is not in its list is a fault.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from kdsp_lib.source.contract import Contract
from kdsp_lib.source.published_reading import MOST_BYTES, finished, in_units, read_rows
from kdsp_lib.source.reading import Reading, opened

ItemType = Literal["text", "whole", "date", "figure"]
"""A figure is read as a pair: a whole number of its last place, and the symbol in its stead. ``words`` are symbols."""
_DATE = re.compile(r"\d{2}[-/]\d{2}[-/]\d{4}", re.ASCII)
_DATES = ("%d-%m-%Y", "%d/%m/%Y")
DECIMAL = re.compile(r"-?\d{1,12}(\.\d{1,20})?([Ee][+-]?\d{1,2})?", re.ASCII)
_WHOLE = re.compile(r"-?\d{1,9}", re.ASCII)
_EMPTY = frozenset({"", "NULL"})


@dataclass(frozen=True, slots=True)
class Item:
    """A column of a published table: our name, the source's names for it, its type, and its words with ours."""

    column: str
    headers: tuple[str, ...]
    type: ItemType = "text"
    words: Mapping[str, str | None] = field(default_factory=lambda: MappingProxyType({}))
    """By the source's word in small letters. Where it is empty, any text goes."""
    places: int = 2
    """Decimal places that a figure is kept with."""
    may_lack: bool = False
    """Whether older or newer layouts have no such column: then nothing is known."""


def read_table(
    path: Path,
    contract: Contract,
    items: Sequence[Item],
    rows_of: Callable[[dict[str, Any]], list[dict[str, Any]]],
    one_of: Sequence[Item] = (),
) -> Reading:
    """The rows of a published table. ``rows_of`` makes rows of the contract from one row that was read, or none.

    Of ``one_of`` the file must have some column, though it may lack any.
    """
    reading = Reading(path.name, first_row=2, places=[])
    assert reading.places is not None
    values: dict[str, list[Any]] = {name: [] for name in contract.names}
    wanted = {item.column: item.headers for item in items}
    lacking = [item.column for item in items if item.may_lack]
    left = 0
    with opened(path, MOST_BYTES, (item.headers[0] for item in items if not item.may_lack)) as file:
        for number, texts in read_rows(file, reading, wanted, lacking):
            before = len(reading.found)
            row = {item.column: _value(item, texts.get(item.column, ""), number, reading) for item in items}
            if len(reading.found) > before:
                continue
            made = rows_of(row)
            left += not made
            for each in made:
                reading.places.append(number)
                for name in contract.names:
                    values[name].append(each[name])
    names = {name.upper() for name in reading.header}
    if one_of and not any(header.upper() in names for item in one_of for header in item.headers):
        reading.fault(f"has no column that says anything: {one_of[0].headers[0]} or one of {len(one_of) - 1} others")
    if left:
        reading.notes.append(f"{left:,} {'row has' if left == 1 else 'rows have'} nothing that is kept here")
    return finished(reading, values, contract)


def day(text: str) -> date | None:
    """The day that dd-mm-yyyy or dd/mm/yyyy spells; None for any other text."""
    if _DATE.fullmatch(text):
        for form in _DATES:
            try:
                return datetime.strptime(text, form).date()  # noqa: DTZ007
            except ValueError:
                continue
    return None


def _value(item: Item, text: str, number: int, reading: Reading) -> Any:
    if item.type == "figure":
        return _figure(item, text, number, reading)
    if text in _EMPTY and text.lower() not in item.words:
        return None
    if item.words:
        if text.lower() in item.words:
            return item.words[text.lower()]
        known = ", ".join(word for word in item.words if word)
        _fault(item, f"must be one of {known}", number, reading)
        return None
    if item.type == "text":
        return text
    is_whole = item.type == "whole"
    found = (int(text) if _WHOLE.fullmatch(text) else None) if is_whole else day(text)
    if found is None:
        what = "a whole number" if is_whole else "a date as dd-mm-yyyy, or nothing"
        _fault(item, f"must be {what}", number, reading)
    return found


def _figure(item: Item, text: str, number: int, reading: Reading) -> tuple[int | None, str | None]:
    if text.lower() in item.words:
        return None, item.words[text.lower()]
    if DECIMAL.fullmatch(text):
        return in_units(Decimal(text), item.places), None
    _fault(item, "must be a number, or a symbol that says why there is none", number, reading)
    return None, None


def _fault(item: Item, text: str, number: int, reading: Reading) -> None:
    reading.fault(text, row=number, column=item.headers[0])
