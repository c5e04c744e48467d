"""Published files as they are downloaded, read into the columns of their contract. Every fault is gathered, row by row.

The text is UTF-8, with or without a byte-order mark, or Windows-1252. Columns are found by name, whatever their order
and case; those that are not needed are left. Rows of an authority, a region or the nation are counted and left too.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

from kdsp_lib.source.contract import SYMBOL, Contract, arrow_schema
from kdsp_lib.source.published import LAYOUTS, Figure, Label, Layout
from kdsp_lib.source.published_symbol import NOT_GIVEN, symbols_of
from kdsp_lib.source.reading import BAD_QUOTES, Reading, lines, opened

MOST_BYTES = 256 << 20
MOST_ROWS = 500_000
MOST_FOUND = 10_000
"""So many faults are gathered; then the file is read no further."""
_NUMBER = re.compile(r"-?\d{1,9}(\.\d{1,20})?", re.ASCII)
_LONGEST_FIGURE = 60
_MOST_KNOWN = 1 << 16
RECORD_TYPE = "RECTYPE"
_CHUNK = 1 << 20


def read_figures(path: Path, contract: Contract, period: str | None) -> Reading:
    """A published file of schools' figures of the school year ``period``, which says what its symbols mean."""
    layout = LAYOUTS[contract.table]
    reading = Reading(path.name, first_row=2)
    with opened(path, MOST_BYTES, headers_of(layout)) as file:
        values: dict[str, list[Any]] = {name: [] for name in contract.names}
        reader = _FigureReader(layout, reading, symbols_of(period), values)
        wanted: dict[str, Sequence[str]] = {part.column: part.headers for part in layout.parts}
        if layout.records:
            wanted["rectype"] = (RECORD_TYPE,)
        for row in read_rows(file, reading, wanted):
            reader.take(row)
        reader.tell()
    return finished(reading, values, contract)


def headers_of(layout: Layout) -> tuple[str, ...]:
    """The columns that a file of this layout has, as its source names them."""
    return tuple(part.headers[0] for part in layout.parts) + ((RECORD_TYPE,) if layout.records else ())


class _FigureReader:
    """Takes rows of one layout one by one; keeps those of schools."""

    def __init__(
        self, layout: Layout, reading: Reading, symbols: Mapping[str, str], values: dict[str, list[Any]]
    ) -> None:
        self.layout, self.reading, self.symbols, self.values = layout, reading, symbols, values
        self.missing: Counter[str] = Counter()
        self.others = 0
        self.places: list[int] = []
        reading.places = self.places
        self.columns = [
            (figure, values[figure.column].append, values[f"{figure.column}{SYMBOL}"].append, _Known())
            for figure in layout.figures
        ]

    def take(self, row: tuple[int, Mapping[str, str]]) -> None:
        number, texts = row
        kind = self._record(number, texts)
        if kind == "other":
            self.others += 1
        if kind != "school":
            return
        self.places.append(number)
        for label in self.layout.labels:
            self.values[label.column].append(self._label(number, label, texts[label.column]))
        for figure, add_value, add_symbol, known in self.columns:
            text = texts[figure.column]
            value, symbol = known.get(text) or known.kept(text, self._figure(number, figure, text))
            add_value(value)
            add_symbol(symbol)
            if symbol:
                self.missing[symbol] += 1

    def _record(self, number: int, texts: Mapping[str, str]) -> str:
        """``school``, ``other`` for a row of an authority, a region or the nation, or nothing where it is a fault."""
        if self.layout.records:
            kind = self.layout.records.get(texts["rectype"])
            if kind is None:
                allowed = ", ".join(self.layout.records)
                self.reading.fault(f"must be a record type of this file: {allowed}", row=number, column=RECORD_TYPE)
            return kind or ""
        is_aggregate = {texts["urn"].upper(), texts["la"].upper()} & {"NAT", "REG"} or not (
            texts["urn"] or texts["estab"]
        )
        return "other" if is_aggregate else "school"

    def _label(self, number: int, label: Label, text: str) -> str | None:
        if label.words and text not in label.words:
            self.reading.fault(f"must be one of {', '.join(label.words)}", row=number, column=label.headers[0])
            self.reading.unread.add((number, label.column))
            return None
        return label.words.get(text, text) or None

    def _figure(self, number: int, figure: Figure, text: str) -> tuple[int | None, str | None]:
        symbol = figure.missing if text.upper() == NOT_GIVEN else self.symbols.get(text.upper())
        if symbol is not None:
            return None, symbol
        value = _number(text, figure.places) if len(text) <= _LONGEST_FIGURE else None
        if value is None:
            what = "a whole number" if figure.places == 0 else "a number or percentage"
            known = ", ".join([NOT_GIVEN, *(text for text in self.symbols if text)])
            self.reading.fault(f"must be {what}, or one of {known}", row=number, column=figure.headers[0])
            self.reading.unread.update({(number, figure.column), (number, f"{figure.column}{SYMBOL}")})
        return value, None

    def tell(self) -> None:
        """Note what was left out, and why figures are missing."""
        if self.others:
            self.reading.notes.append(f"{self.others:,} rows of an authority, a region or the nation were left out")
        else:
            self.reading.notes.append("no row of the nation: this is a part of the published file, or was cut off")
        if self.missing:
            told = ", ".join(f"{count:,} [{symbol}]" for symbol, count in sorted(self.missing.items()))
            self.reading.notes.append(f"figures that the source does not give, none of them taken for 0: {told}")


class _Known(dict[str, tuple[int | None, str | None]]):
    """What the texts of a column were read as: the same few come again and again. One that is a fault is not kept."""

    def kept(self, text: str, found: tuple[int | None, str | None]) -> tuple[int | None, str | None]:
        if found != (None, None) and len(self) < _MOST_KNOWN:
            self[text] = found
        return found


def _number(text: str, places: int) -> int | None:
    """A figure in units of its last place; None where the text is no such number."""
    digits = text.removesuffix("%").rstrip() if places else text
    if not _NUMBER.fullmatch(digits):
        return None
    value = Decimal(digits)
    if places == 0 and value != value.to_integral_value():
        return None
    return in_units(value, places)


def in_units(value: Decimal, places: int) -> int:
    """A decimal in units of its last place that is kept, half away from zero."""
    return int(value.scaleb(places).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def header_in(file: BinaryIO) -> tuple[str, ...]:
    """The columns that an opened file names; it stands at its start again. Nothing where the line is no header."""
    reading = Reading("", first_row=2)
    try:
        header = next(csv.reader(lines(file, reading, _encoding(file)), strict=True), [])
    except csv.Error:
        header = []
    file.seek(0)
    return tuple(name.strip() for name in header)


def read_rows(
    file: BinaryIO,
    reading: Reading,
    wanted: Mapping[str, Sequence[str]],
    lacking: Collection[str] = (),
    most: int | None = None,
) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows with the wanted columns by our names, their texts trimmed; nothing where the header has a fault.

    A column of ``lacking`` may be missing from the file: then it is from the rows. More than ``most`` rows (by default
    ``MOST_ROWS``) are a fault.

    A row whose length is not the header's is a fault; one without any text is passed over.
    """
    rows = csv.reader(lines(file, reading, _encoding(file)), strict=True)
    most = MOST_ROWS if most is None else most
    try:
        header = next(rows, [])
        reading.header = tuple(name.strip() for name in header)
        columns = _columns(reading, wanted, lacking)
        if columns is None:
            return
        for number, row in enumerate(rows):
            if number >= most or len(reading.found) >= MOST_FOUND:
                what = f"has more than {most:,} rows" if number >= most else "was read no further"
                reading.fault(what)
                return
            if not any(map(str.strip, row)):
                continue
            if len(row) != len(header):
                reading.fault(
                    f"has {len(row)} values; the header has {len(header)}: it may be cut off or not quoted", row=number
                )
                continue
            yield number, {name: row[place].strip() for name, place in columns.items()}
    except csv.Error:
        reading.fault(BAD_QUOTES)


def finished(reading: Reading, values: Mapping[str, Sequence[Any]], contract: Contract) -> Reading:
    """The reading with its table, in the types of the contract."""
    import pyarrow as pa

    if not reading.found and not reading.places:
        reading.fault("has a header but no row of a school")
    schema = arrow_schema(contract)
    loose = pa.schema([field.with_nullable(True) for field in schema])
    reading.table = pa.table({field.name: pa.array(values[field.name], field.type) for field in loose}, schema=loose)
    return reading


def _columns(reading: Reading, wanted: Mapping[str, Sequence[str]], lacking: Collection[str]) -> dict[str, int] | None:
    """Where each wanted column stands; None with a fault for each that is missing or stands twice."""
    standing: dict[str, list[int]] = defaultdict(list)
    for place, name in enumerate(reading.header):
        standing[name.upper()].append(place)
    found: dict[str, int] = {}
    for column, headers in wanted.items():
        places = [place for name in dict.fromkeys(map(str.upper, headers)) for place in standing.get(name, ())]
        if not places and column in lacking:
            continue
        if not places:
            reading.fault("is missing: add the column", column=headers[0])
        elif len(places) > 1:
            reading.fault("stands in the header more than once", column=headers[0])
        else:
            found[column] = places[0]
    if len(reading.header) == 1 and any(mark in reading.header[0] for mark in ";\t|"):
        reading.fault("its values must be separated by commas")
    return None if reading.found else found


def _encoding(file: BinaryIO) -> str:
    """UTF-8 where the whole file is, else Windows-1252, in which the departments' systems write. Read in pieces."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for chunk in chain(iter(lambda: file.read(_CHUNK), b""), [b""]):
            decoder.decode(chunk, final=not chunk)
        encoding = "utf-8"
    except UnicodeDecodeError:
        encoding = "cp1252"
    file.seek(0)
    return encoding
