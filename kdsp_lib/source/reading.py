"""Files as people send them, read into typed columns: CSV in UTF-8, Parquet, or a workbook. Every fault is gathered.

What a file *is* decides, not what it is called. A compressed file is refused unread (a workbook is unpacked under a
count), and so is anything whose lines, values or rows are more than any school data has. Faults never repeat a value.
"""

from __future__ import annotations

import contextlib
import csv
from collections import Counter
from collections.abc import Iterable, Iterator, MutableSequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from kdsp_lib.errors import BadSource, Fault
from kdsp_lib.source.column_type import read_type
from kdsp_lib.source.contract import Contract, arrow_schema

MOST_ROWS = 5_000_000
MOST_BYTES = 4 << 30
LONGEST_LINE = 100_000
MOST_FAULTS = 200
BAD_QUOTES = "a quotation mark is opened and not closed, or closed too early: the file may be cut off"
LONE_RETURNS = "its lines end as those of old computers did: save it as CSV UTF-8"
_BATCH = 20_000
_PACKED = {
    b"\x1f\x8b": "gzip",
    b"PK": "zip (or Excel workbook)",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\xfd7zXZ": "xz",
    b"BZh": "bzip2",
    b"7z\xbc\xaf": "7-zip",
    b"\xd0\xcf\x11\xe0": "Excel workbook",
}


@dataclass(slots=True)
class Reading:
    """What was read of a file: its rows in the types of the contract, and what was wrong with it.

    A value that could not be read is null in ``table``, and its place is noted, so that it is not called missing as
    well; so is a row that has not the values of the header.
    """

    file: str
    first_row: int
    """The number that a person sees on the first row: 2 in a CSV file, whose header is row 1."""
    table: Any = None
    found: list[tuple[int, Fault]] = field(default_factory=list)
    unread: set[tuple[int, str]] = field(default_factory=set)
    broken: set[int] = field(default_factory=set)
    header: tuple[str, ...] = ()
    """The columns as the file names them."""
    places: MutableSequence[int] | None = None
    """For each row of ``table`` its row of the file, where rows of the file are left out of it."""
    notes: list[str] = field(default_factory=list)
    """What a person should know of what was read."""
    is_cut_short: bool = False
    """Whether it was read no further than a row with a fault, so that nobody knows what follows."""

    @property
    def faults(self) -> list[Fault]:
        """What is wrong, the file first and then row by row."""
        return [fault for _, fault in sorted(self.found, key=lambda entry: entry[0])]

    @property
    def is_wrong_as_a_whole(self) -> bool:
        """Whether a fault is of the file, and not of single rows."""
        return self.table is None or self.is_cut_short or any(row < 0 for row, _ in self.found)

    def place_of(self, row: int) -> int:
        """The row of the file behind a row of ``table``."""
        return row if self.places is None else self.places[row]

    def was_read(self, row: int, column: str) -> bool:
        """Whether the value there could be read, so that it can be held to the contract."""
        return row not in self.broken and (row, column) not in self.unread

    def fault(self, text: str, *, row: int | None = None, column: str = "") -> None:
        """Note what is wrong with a row (counted from 0), a column, or the file."""
        place = self.file if row is None else f"{self.file} row {row + self.first_row}"
        self.found.append((-1 if row is None else row, Fault(place, text, column)))


def read_canonical(path: Path, contract: Contract) -> Reading:
    """A CSV or Parquet file, or a workbook, with the columns of ``contract`` under their own names, in any order."""
    from kdsp_lib.source.workbook import is_workbook

    if path.is_file() and is_workbook(path):
        return _read_workbook(path, contract)
    with opened(path, MOST_BYTES, contract.names) as file:
        is_parquet = file.read(4) == b"PAR1"
        file.seek(0)
        if is_parquet:
            return _read_parquet(path, contract)
        if path.suffix.lower() in (".parquet", ".pq"):
            raise BadSource(f"{path.name} is not a Parquet file, whatever its name says.", remedy="export it again")
        return _read_csv(file, path.name, contract)


@contextlib.contextmanager
def opened(path: Path, most_bytes: int, wanted: Iterable[str]) -> Iterator[BinaryIO]:
    """A file, opened at its start; :class:`BadSource` where it is none, is packed, is empty or is too large."""
    if not path.is_file():
        raise BadSource(f"{path} is not a file.", remedy="give the path of a CSV, Parquet, XLSX or XML file")
    with path.open("rb") as file:
        start = file.read(8)
        packed = next((name for magic, name in _PACKED.items() if start.startswith(magic)), None)
        if packed is not None:
            raise BadSource(
                f"{path.name} is packed as {packed}.", remedy="unpack it, or save it as CSV UTF-8, and load that"
            )
        if path.stat().st_size > most_bytes:
            size = f"{most_bytes >> 30} GiB" if most_bytes >= 1 << 30 else f"{most_bytes >> 20} MiB"
            raise BadSource(f"{path.name} is larger than {size}.", remedy="load it in parts")
        if not start:
            raise BadSource(f"{path.name} is empty.", remedy=f"it needs a header and rows: {', '.join(wanted)}")
        file.seek(0)
        yield file


def _read_csv(file: BinaryIO, name: str, contract: Contract) -> Reading:
    import pyarrow as pa

    reading = Reading(name, first_row=2)
    rows = csv.reader(lines(file, reading), strict=True)
    batches: list[list[Any]] = []
    try:
        header = next(rows, [])
        reading.header = tuple(header)
        if not _accept_columns(header, contract, reading):
            return reading
        count = 0
        while batch := list(islice(_whole_rows(rows, len(header), reading, count), _BATCH)):
            batches.append([pa.array(column, pa.string()) for column in zip(*batch, strict=True)])
            count += len(batch)
            if count > MOST_ROWS or len(reading.found) > MOST_FAULTS:
                reading.fault(f"has more than {MOST_ROWS:,} rows" if count > MOST_ROWS else "was read no further")
                return reading
    except csv.Error as error:
        reading.fault(LONE_RETURNS if "new-line" in str(error) else BAD_QUOTES)
        return reading
    texts = {
        column: pa.chunked_array([batch[place] for batch in batches], pa.string())
        for place, column in enumerate(header)
    }
    return typed(texts, contract, reading)


def lines(file: BinaryIO, reading: Reading, encoding: str = "utf-8") -> Iterator[str]:
    """The lines of a text file, none longer than the longest allowed; what is no such text ends it, with a fault."""
    number = 0
    while line := file.readline(LONGEST_LINE + 1):
        if len(line) > LONGEST_LINE:
            reading.fault(f"has a line of more than {LONGEST_LINE:,} bytes", row=number - 1)
            reading.is_cut_short = True
            return
        try:
            text = line.decode("utf-8-sig" if number == 0 and encoding == "utf-8" else encoding)
        except UnicodeDecodeError:
            text = "\0"
        if "\0" in text:
            reading.fault("is not UTF-8 text: save it as CSV UTF-8", row=number - 1)
            reading.is_cut_short = True
            return
        yield text
        number += 1


def _whole_rows(rows: Iterator[list[str]], width: int, reading: Reading, start: int) -> Iterator[list[str]]:
    for number, row in enumerate(rows, start=start):
        if len(row) == width:
            yield row
            continue
        text = f"has {len(row)} values; the header has {width}: it may be cut off or not quoted"
        reading.fault(text if row else "is empty: remove the row", row=number)
        reading.broken.add(number)
        yield [""] * width


def _accept_columns(names: list[str], contract: Contract, reading: Reading) -> bool:
    """Whether the columns are the contract's, each once. More is a fault too: what is not needed is not taken in."""
    wanted = set(contract.names)
    if not names and reading.found:
        return False
    if len(names) == 1 and any(mark in names[0] for mark in ";\t|"):
        reading.fault("its values must be separated by commas")
        return False
    there = Counter(names)
    lacking = wanted - there.keys()
    meant = {name: plain for name in names if name not in wanted and (plain := _plain(name)) in lacking}
    if lacking == wanted and not meant:
        reading.fault(f"its first row must name the columns: {', '.join(contract.names)}")
        return False
    for column in contract.names:
        if column not in (*names, *meant.values()):
            reading.fault("is missing: add the column", column=column)
        elif there[column] > 1:
            reading.fault("stands in the header more than once", column=column)
    for column in dict.fromkeys(name for name in names if name not in wanted):
        if column in meant:
            reading.fault(f"must be written as {meant[column]}, without capitals or spaces", column=column[:60])
        elif column:
            reading.fault(f"is not a column of {contract.table}: remove it", column=column[:60])
        else:
            reading.fault("has a column without a name: remove it, or the comma at the end of each line")
    return not reading.found


def _plain(name: str) -> str:
    """The name of a column as kdsp writes it."""
    return name.strip().lower().replace(" ", "_")


def _read_workbook(path: Path, contract: Contract) -> Reading:
    import pyarrow as pa

    from kdsp_lib.source.workbook import read_sheet

    if path.stat().st_size > MOST_BYTES:
        raise BadSource(f"{path.name} is larger than {MOST_BYTES >> 30} GiB.", remedy="load it in parts")
    reading = Reading(path.name, first_row=2)
    header, rows = read_sheet(path, contract, reading)
    reading.header = tuple(header)
    before = len(reading.found)
    if not _accept_columns(header, contract, reading) and (not header or len(reading.found) > before):
        return reading
    columns = zip(*rows, strict=True) if rows else [[] for _ in header]
    texts = {name: pa.chunked_array([values], pa.string()) for name, values in zip(header, columns, strict=True)}
    return typed(texts, contract, reading)


def _read_parquet(path: Path, contract: Contract) -> Reading:
    import pyarrow as pa
    import pyarrow.parquet as pq

    reading = Reading(path.name, first_row=1)
    try:
        file = pq.ParquetFile(path)
        reading.header = tuple(file.schema_arrow.names)
        if not _accept_columns(list(reading.header), contract, reading):
            return reading
        if file.metadata.num_rows > MOST_ROWS:
            reading.fault(f"has more than {MOST_ROWS:,} rows")
            return reading
        if sum(file.metadata.row_group(n).total_byte_size for n in range(file.metadata.num_row_groups)) > MOST_BYTES:
            reading.fault(f"unpacks to more than {MOST_BYTES >> 30} GiB")
            return reading
        texts = [column.name for column in contract.columns if column.type == "text"]
        table = pq.read_table(path, read_dictionary=texts, columns=list(contract.names))
        table.validate(full=True)
    except (pa.ArrowException, OSError, ValueError):
        raise BadSource(
            f"{path.name} is cut off or damaged: it cannot be read as Parquet.", remedy="export it again"
        ) from None
    return typed({name: table.column(name) for name in contract.names}, contract, reading)


def typed(columns: dict[str, Any], contract: Contract, reading: Reading) -> Reading:
    """The reading with its table: columns as they came, read into the types of the contract."""
    import pyarrow as pa

    arrays = []
    for column in contract.columns:
        read = read_type(columns[column.name], column)
        if read.fault:
            reading.fault(read.fault, column=column.name)
        for row in read.bad_rows:
            reading.fault(f"must be {column.expectation}", row=row, column=column.name)
            reading.unread.add((row, column.name))
        arrays.append(read.array)
    if all(array is not None for array in arrays):
        schema = arrow_schema(contract)
        loose = pa.schema([field.with_nullable(True) for field in schema])
        reading.table = pa.Table.from_arrays(arrays, schema=loose)
        if reading.table.num_rows == 0 and not reading.found:
            reading.fault("has a header but no rows")
    return reading
