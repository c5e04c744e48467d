"""A workbook (.xlsx) as rows of text: one sheet, values alone, read in pieces of bounded size.

A workbook is a packed folder of XML. What it unpacks to is counted while it is read, never believed; formulas, errors,
macros, passwords and further sheets are refused, since what they would show is not what stands there.
"""

from __future__ import annotations

import contextlib
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from typing import BinaryIO, cast
from xml.etree.ElementTree import Element

from kdsp_lib.errors import BadSource
from kdsp_lib.source.contract import Column, Contract
from kdsp_lib.source.reading import Reading
from kdsp_lib.source.xml_reading import Record, XmlFile, all_at, first_at, records_in, said_at, text_of

MOST_UNPACKED = 256 << 20
MOST_FILES = 200
MOST_LISTED = 1 << 20
"""Bytes of the archive's list of members."""
_LONGEST_END = 22 + (1 << 16) + 20
MOST_ROWS = 1_048_576
"""As many as a sheet has."""
MOST_TEXTS = 2_000_000
_HEADER_WITHIN = 10
_WORKBOOK, _TEXTS = "xl/workbook.xml", "xl/sharedStrings.xml"
_SHEET = re.compile(r"xl/worksheets/[A-Za-z0-9]+\.xml")
_PACKINGS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_MACROS = "xl/vbaProject.bin"
_CELL = re.compile(r"([A-Z]{1,3})[0-9]{1,7}", re.ASCII)
_ROW = re.compile(r"[1-9][0-9]{0,6}", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,20})?([Ee][+-]?\d{1,2})?", re.ASCII)
_FIRST_SERIAL, _LAST_SERIAL = 61, 2_958_465
"""Days from 1 March 1900 to the end of 9999: before, workbooks reckon with a day that never was."""
_DAMAGES = (
    zipfile.BadZipFile, zlib.error, struct.error, OSError, NotImplementedError, RuntimeError, EOFError,
)  # fmt: skip
_DAY_0 = date(1899, 12, 30)
_DAY_0_OF_1904 = date(1904, 1, 1)


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a cell: a text, or a number that its column gives a meaning."""

    text: str
    is_number: bool = False


class _Bounded(io.RawIOBase):
    """A member of the archive, of which no more is read than all members together may have."""

    def __init__(self, source: BinaryIO, left: list[int]) -> None:
        self.source, self.left = source, left

    def read(self, size: int = -1) -> bytes:
        found = self.source.read(min(size if size >= 0 else 1 << 16, 1 << 16))
        self.left[0] -= len(found)
        if self.left[0] < 0:
            raise BadSource(f"The workbook unpacks to more than {MOST_UNPACKED >> 20} MiB.", remedy="load it as CSV")
        return found


def is_workbook(path: Path) -> bool:
    """Whether a packed file is a workbook, and one whose list of members is no longer than any workbook's."""
    try:
        if not _has_short_list(path):
            return False
        with zipfile.ZipFile(path) as archive:
            return _WORKBOOK in archive.namelist()
    except (ValueError, *_DAMAGES):
        return False


def _has_short_list(path: Path) -> bool:
    """By the record at its end, which says how long the list is; the list of a very large archive is not told there."""
    with path.open("rb") as file:
        size = file.seek(0, io.SEEK_END)
        file.seek(max(0, size - _LONGEST_END))
        end = file.read()
    at = end.rfind(b"PK\x05\x06")
    if at < 0 or len(end) < at + 16 or b"PK\x06\x07" in end[max(0, at - 20) : at]:
        return False
    return int(struct.unpack_from("<L", end, at + 12)[0]) <= MOST_LISTED


def read_sheet(path: Path, contract: Contract, reading: Reading) -> tuple[list[str], list[list[str | None]]]:
    """The header and the rows below it, each value as the text that its column of ``contract`` takes.

    Faults go to ``reading``; a workbook that cannot be read at all is :class:`BadSource`.
    """
    left = [MOST_UNPACKED]
    try:
        with zipfile.ZipFile(path) as archive:
            sheet = _only_sheet(archive, path.name)
            told = XmlFile(path.name)
            is_1904 = any(
                each.element.get("date1904") in ("1", "true")
                for each in _members(archive, _WORKBOOK, ("workbookPr",), told, left)
            )
            texts = _texts(archive, told, left)
            rows = _members(archive, sheet, ("row",), told, left, MOST_ROWS)
            header, found = _rows(rows, texts, contract, reading, _DAY_0_OF_1904 if is_1904 else _DAY_0)
    except _DAMAGES:
        raise _unreadable(path.name) from None
    for fault in told.faults:
        reading.fault(fault.text)
    return header, found


def header_of_sheet(path: Path) -> tuple[str, ...]:
    """The texts of the first row of a workbook's only sheet; nothing where it cannot be read."""
    return next((tuple(filter(None, row)) for _, row in _first_rows(path)), ())


def headers_of_sheet(path: Path) -> list[tuple[str, ...]]:
    """The texts of its first rows, of which one below the first may be the header."""
    return [tuple(row) for _, row in islice(_first_rows(path), _HEADER_WITHIN)]


def _first_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    with contextlib.suppress(BadSource):
        yield from loose_sheet(path, Reading(path.name, first_row=2))


def loose_sheet(path: Path, reading: Reading) -> Iterator[tuple[int, list[str]]]:
    """The rows of a workbook's only sheet as trimmed texts, whole numbers without decimals, whatever its header is."""
    left = [MOST_UNPACKED]
    told = XmlFile(path.name)
    try:
        with zipfile.ZipFile(path) as archive:
            sheet = _only_sheet(archive, path.name)
            texts = _texts(archive, told, left)
            for last, row in enumerate(_members(archive, sheet, ("row",), told, left, MOST_ROWS), start=1):
                said = row.element.get("r", "")
                number = int(said) if _ROW.fullmatch(said) else last
                cells = _cells(row, texts, number, reading)
                known = (cells.get(place) for place in range(max(cells, default=-1) + 1))
                yield number - 2, ["" if cell is None else _loose(cell) for cell in known]
    except _DAMAGES:
        raise _unreadable(path.name) from None
    for fault in told.faults:
        reading.fault(fault.text)


def _loose(cell: Cell) -> str:
    if cell.is_number and float(cell.text).is_integer():
        return str(int(float(cell.text)))
    return cell.text.strip()


def _unreadable(name: str) -> BadSource:
    return BadSource(
        f"{name} is cut off, damaged or has a password: it cannot be read as a workbook.",
        remedy="save it again, or save it as CSV UTF-8",
    )


def _only_sheet(archive: zipfile.ZipFile, name: str) -> str:
    names = archive.namelist()
    sheets = [each for each in names if _SHEET.fullmatch(each)]
    packings = {each.compress_type for each in archive.infolist()}
    if len(names) > MOST_FILES or len(set(names)) != len(names) or not packings <= _PACKINGS:
        raise BadSource(f"{name} is no workbook as people save them.", remedy="save it as CSV UTF-8")
    if _MACROS in names:
        raise BadSource(f"{name} has macros.", remedy="save it as .xlsx without macros, or as CSV UTF-8")
    if len(sheets) != 1:
        raise BadSource(
            f"{name} has {len(sheets)} sheets.", remedy="keep the one with the data, or save it as CSV UTF-8"
        )
    return sheets[0]


def _members(
    archive: zipfile.ZipFile, member: str, wanted: Sequence[str], told: XmlFile, left: list[int], most: int = MOST_TEXTS
) -> Iterator[Record]:
    if member in archive.namelist():
        with archive.open(member) as source:
            yield from records_in(cast("BinaryIO", _Bounded(cast("BinaryIO", source), left)), wanted, told, most)


def _texts(archive: zipfile.ZipFile, told: XmlFile, left: list[int]) -> list[str]:
    """The texts that cells refer to by number, each put together of its differently set parts."""
    return [_joined(each.element) for each in _members(archive, _TEXTS, ("si",), told, left)]


def _joined(element: Element) -> str:
    return "".join(text_of(part) for path in ("t", "r/t") for part in all_at(element, path))


def _rows(
    rows: Iterator[Record], texts: Sequence[str], contract: Contract, reading: Reading, day_0: date
) -> tuple[list[str], list[list[str | None]]]:
    header: list[str] = []
    columns: list[Column | None] = []
    found: list[list[str | None]] = []
    last = 0
    for row in rows:
        said = row.element.get("r", "")
        number = int(said) if _ROW.fullmatch(said) else last + 1
        cells = _cells(row, texts, number, reading)
        if not cells:
            continue
        if number != last + 1:
            reading.fault("is empty: remove the row", row=last - 1)
            reading.is_cut_short = True
            return header, found
        last = number
        if number == 1:
            header = [cells[place].text if place in cells else "" for place in range(max(cells) + 1)]
            known = {column.name: column for column in contract.columns}
            columns = [known.get(name) for name in header]
            if len(header) != len(known) or None in columns:
                return header, []
            continue
        if max(cells) >= len(header):
            reading.fault("has a value beyond the last column of the header", row=number - 2)
        found.append([_as_text(cells.get(place), column, day_0) for place, column in enumerate(columns)])
    return header, found


def _cells(row: Record, texts: Sequence[str], number: int, reading: Reading) -> dict[int, Cell]:
    """The cells of a row that hold something, by their place."""
    cells: dict[int, Cell] = {}
    for place, each in enumerate(row.all("c")):
        where = _CELL.fullmatch(each.get("r", ""))
        at = place if where is None else _place(where[1])
        if first_at(each, "f") is not None:
            reading.fault("holds a formula: paste its value", row=number - 2)
            reading.broken.add(number - 2)
            continue
        kind, value = each.get("t", "n"), said_at(each, "v")
        if kind == "s" and value.isdigit() and int(value) < len(texts):
            cell = Cell(texts[int(value)])
        elif kind == "inlineStr":
            cell = Cell("".join(map(_joined, all_at(each, "is"))))
        elif kind == "b" and value in ("0", "1"):
            cell = Cell("true" if value == "1" else "false")
        elif kind == "str":
            cell = Cell(value)
        elif kind == "n" and (not value or _NUMBER.fullmatch(value)):
            cell = Cell(value, is_number=True)
        else:
            reading.fault("holds an error, or what no cell holds", row=number - 2)
            reading.broken.add(number - 2)
            continue
        if cell.text:
            cells[at] = cell
    return cells


def _as_text(cell: Cell | None, column: Column | None, day_0: date) -> str | None:
    """A cell as its column takes it: a whole number without its decimals, a day as 2026-03-02."""
    if cell is None:
        return None
    if not cell.is_number or column is None:
        return cell.text
    number = float(cell.text)
    if not number.is_integer():
        return cell.text
    if column.type == "date" and _FIRST_SERIAL <= number <= _LAST_SERIAL:
        return (day_0 + timedelta(days=int(number))).isoformat()
    return str(int(number))


def _place(letters: str) -> int:
    place = 0
    for letter in letters:
        place = 26 * place + ord(letter) - 64
    return place - 1
