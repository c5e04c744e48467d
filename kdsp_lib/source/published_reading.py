"""Published files as they are downloaded, read into the columns of their contract. Every fault is gathered, row by row.

The text is UTF-8, with or without a byte-order mark, or Windows-1252. Columns are found by name, whatever their order
and case; those that are not needed are left. Rows of an authority, a region or the nation are counted and left too.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from kdsp_lib.source.contract import SYMBOL, Contract, arrow_schema
from kdsp_lib.source.plain_csv import plain_columns
from kdsp_lib.source.published import LAYOUTS, Figure, Label, Layout
from kdsp_lib.source.published_symbol import NOT_GIVEN, symbols_of
from kdsp_lib.source.reading import BAD_QUOTES, Reading, lines, opened

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_BYTES = 256 << 20
MOST_ROWS = 500_000
MOST_FOUND = 10_000
"""So many faults are gathered; then the file is read no further."""
_MOST_DIGITS = 9
_NUMBER = re.compile(rf"-?\d{{1,{_MOST_DIGITS}}}(\.\d{{1,20}})?", re.ASCII)
_LONGEST_FIGURE = 60
_MOST_KNOWN = 1 << 16
RECORD_TYPE = "RECTYPE"
_CHUNK = 1 << 20


def read_figures(path: Path, contract: Contract, period: str | None) -> Reading:
    """A published file of schools' figures of the school year ``period``, which says what its symbols mean."""
    layout = LAYOUTS[contract.table]
    symbols = symbols_of(period)
    wanted: dict[str, Sequence[str]] = {part.column: part.headers for part in layout.parts}
    if layout.records:
        wanted["rectype"] = (RECORD_TYPE,)
    with opened(path, MOST_BYTES, headers_of(layout)) as file:
        whole = _read_whole(file, path.name, wanted, _FigureReader(layout, Reading("", 0), symbols), contract)
        if whole is not None:
            return whole
        reading = Reading(path.name, first_row=2)
        reader = _FigureReader(layout, reading, symbols)
        for row in read_rows(file, reading, wanted, lacking_of(layout)):
            reader.take(row)
        reader.tell()
    return finished(reading, reader.values, contract)


def _read_whole(
    file: BinaryIO, name: str, wanted: Mapping[str, Sequence[str]], reader: _FigureReader, contract: Contract
) -> Reading | None:
    """What was read of a file that has no fault; None where it may have one, and is to be read row by row."""
    import pyarrow as pa

    lacking = lacking_of(reader.layout)
    found = plain_columns(
        file.read(), lambda header: _columns(Reading("", 0, header=header), wanted, lacking), MOST_ROWS
    )
    file.seek(0)
    arrays = None if found is None else reader.take_whole(found[1])
    if found is None or arrays is None:
        return None
    reader.tell()
    schema = pa.schema([field.with_nullable(True) for field in arrow_schema(contract)])
    table = pa.table({field.name: arrays[field.name] for field in schema}, schema=schema)
    return Reading(name, first_row=2, table=table, header=found[0], places=reader.places, notes=reader.reading.notes)


def headers_of(layout: Layout) -> tuple[str, ...]:
    """The columns that a file of this layout has, as its source names them."""
    return tuple(part.headers[0] for part in layout.parts) + ((RECORD_TYPE,) if layout.records else ())


def lacking_of(layout: Layout) -> tuple[str, ...]:
    """The columns that a file of this layout may be without, by our names."""
    return tuple(figure.column for figure in layout.figures if figure.may_lack)


class _FigureReader:
    """Takes rows of one layout one by one, or all at once; keeps those of schools."""

    def __init__(self, layout: Layout, reading: Reading, symbols: Mapping[str, str]) -> None:
        self.layout, self.reading, self.symbols = layout, reading, symbols
        self.values: dict[str, list[Any]] = {label.column: [] for label in layout.labels}
        for figure in layout.figures:
            self.values |= {figure.column: [], f"{figure.column}{SYMBOL}": []}
        self.missing: Counter[str] = Counter()
        self.others = 0
        self.lacking: tuple[str, ...] = ()
        self.places: list[int] = []
        reading.places = self.places
        self.columns = [
            (figure, self.values[figure.column].append, self.values[f"{figure.column}{SYMBOL}"].append, _Known())
            for figure in layout.figures
        ]

    def take(self, row: tuple[int, Mapping[str, str]]) -> None:
        number, texts = row
        self._note_lacking(texts)
        kind = self._record(number, texts)
        if kind == "other":
            self.others += 1
        if kind != "school":
            return
        self.places.append(number)
        for label in self.layout.labels:
            self.values[label.column].append(self._label(number, label, texts[label.column]))
        for figure, add_value, add_symbol, known in self.columns:
            text = texts.get(figure.column, "")
            value, symbol = known.get(text) or known.kept(text, self._figure(number, figure, text))
            add_value(value)
            add_symbol(symbol)
            if symbol:
                self.missing[symbol] += 1

    def take_whole(self, texts: Mapping[str, Any]) -> dict[str, Any] | None:
        """All rows at once: the columns of those of schools, each different text read once. None where one is a fault.

        ``texts`` are Arrow arrays; what is a fault is not told here.
        """
        import numpy as np
        import pyarrow as pa

        self._note_lacking(texts)
        is_school = self._are_schools(texts)
        rows = is_school.nonzero()[0]
        self.others, self.places = len(is_school) - len(rows), rows.tolist()
        arrays: dict[str, Any] = {}
        for label in self.layout.labels:
            different, places = _different(texts[label.column].take(rows))
            read = [self._label(0, label, text) for text in different]
            arrays[label.column] = pa.array(read, pa.string()).take(places)
        for figure in self.layout.figures:
            is_there = figure.column in texts
            different, places = (
                _different(texts[figure.column].take(rows)) if is_there else ([""], np.zeros(len(rows), np.int32))
            )
            pairs = [self._figure(0, figure, text) for text in different]
            arrays[figure.column] = pa.array([value for value, _ in pairs], pa.int64()).take(places)
            arrays[f"{figure.column}{SYMBOL}"] = pa.array([why for _, why in pairs], pa.string()).take(places)
            for (_, why), count in zip(pairs, np.bincount(places, minlength=len(pairs)).tolist(), strict=True):
                if why:
                    self.missing[why] += count
        return None if self.reading.found or not self.places else arrays

    def _are_schools(self, texts: Mapping[str, Any]) -> NDArray[np.bool_]:
        """Which rows are a school's: as :meth:`_record`, of all rows at once."""
        if self.layout.records:
            return _where(texts["rectype"], lambda text: self._record(0, {"rectype": text}) == "school")
        is_named = _where(texts["urn"], bool) | _where(texts["estab"], bool)
        return is_named & ~_where(texts["urn"], _is_area) & ~_where(texts["la"], _is_area)

    def _record(self, number: int, texts: Mapping[str, str]) -> str:
        """``school``, ``other`` for a row of an authority, a region or the nation, or nothing where it is a fault."""
        if self.layout.records:
            kind = self.layout.records.get(texts["rectype"])
            if kind is None:
                allowed = ", ".join(self.layout.records)
                self.reading.fault(f"must be a record type of this file: {allowed}", row=number, column=RECORD_TYPE)
            return kind or ""
        is_named = bool(texts["urn"] or texts["estab"])
        return "school" if is_named and not _is_area(texts["urn"]) and not _is_area(texts["la"]) else "other"

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

    def _note_lacking(self, texts: Mapping[str, Any]) -> None:
        if len(texts) < len(self.layout.parts) + bool(self.layout.records):
            self.lacking = tuple(each.headers[0] for each in self.layout.figures if each.column not in texts)

    def tell(self) -> None:
        """Note what was left out, and why figures are missing."""
        if self.others:
            self.reading.notes.append(f"{self.others:,} rows of an authority, a region or the nation were left out")
        else:
            self.reading.notes.append("no row of the nation: this is a part of the published file, or was cut off")
        if self.lacking:
            self.reading.notes.append(f"the file has no {', '.join(self.lacking)}: these figures are not available")
        if self.missing:
            told = ", ".join(f"{count:,} [{symbol}]" for symbol, count in sorted(self.missing.items()))
            self.reading.notes.append(f"figures that the source does not give, none of them taken for 0: {told}")


def _is_area(text: str) -> bool:
    """Whether a number stands for the nation or a region."""
    return text.upper() in ("NAT", "REG")


def _different(texts: Any) -> tuple[list[str], NDArray[np.int32]]:
    """The different texts of an Arrow array, trimmed, and for each row which one it has."""
    encoded = texts.dictionary_encode().unify_dictionaries().combine_chunks()
    return [text.strip() for text in encoded.dictionary.to_pylist()], encoded.indices.to_numpy()


def _where(texts: Any, is_so: Callable[[str], bool]) -> NDArray[np.bool_]:
    """The rows whose text is so."""
    import numpy as np

    different, places = _different(texts)
    return np.array([is_so(text) for text in different], bool)[places]


class _Known(dict[str, tuple[int | None, str | None]]):
    """What the texts of a column were read as: the same few come again and again. One that is a fault is not kept."""

    def kept(self, text: str, found: tuple[int | None, str | None]) -> tuple[int | None, str | None]:
        if found != (None, None) and len(self) < _MOST_KNOWN:
            self[text] = found
        return found


def _number(text: str, places: int) -> int | None:
    """A figure in units of its last place; None where the text is no such number."""
    if places == 0 and text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS:
        return int(text)
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


def loose_rows(path: Path, reading: Reading, most_bytes: int) -> Iterator[tuple[int, list[str]]]:
    """Every row of a workbook or a CSV file as trimmed texts, the first too, counted as rows below a header are."""
    from kdsp_lib.source.workbook import is_workbook, loose_sheet

    if path.is_file() and is_workbook(path):
        yield from loose_sheet(path, reading)
        return
    with opened(path, most_bytes, ()) as file:
        rows = csv.reader(lines(file, reading, _encoding(file)), strict=True)
        try:
            for number, row in enumerate(rows, start=-1):
                if number >= MOST_ROWS:
                    reading.fault(f"has more than {MOST_ROWS:,} rows")
                    return
                yield number, [text.strip() for text in row]
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


def _plain(header: str) -> str:
    """A column's name whatever its case, and however many blanks stand between its words."""
    return " ".join(header.upper().split())


def _columns(reading: Reading, wanted: Mapping[str, Sequence[str]], lacking: Collection[str]) -> dict[str, int] | None:
    """Where each wanted column stands, by the first of its names that is there.

    None with a fault for each that is missing or stands twice.
    """
    standing: dict[str, list[int]] = defaultdict(list)
    for place, name in enumerate(reading.header):
        standing[_plain(name)].append(place)
    found: dict[str, int] = {}
    for column, headers in wanted.items():
        places = next((standing[name] for name in map(_plain, headers) if name in standing), [])
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
