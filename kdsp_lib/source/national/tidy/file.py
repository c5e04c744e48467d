"""Tidy files as they are downloaded, read into one row a figure: of which time, area and breakdown it is.

The newest period of a file says when it was made, and so what its symbols mean. A figure is never changed: what is
withheld, missing or does not apply stands as a symbol beside it, never as 0.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

from kdsp_lib.source.contract import SYMBOL, Column, Contract, arrow_schema
from kdsp_lib.source.national.tidy.deriving import Said, derived_metadata
from kdsp_lib.source.national.tidy.metadata import Metadata, metadata_path, read_metadata
from kdsp_lib.source.national.tidy.standard import (
    IDENTIFIERS,
    LEVEL,
    LEVELS,
    MANDATORY,
    NO_AREA,
    OLD_LA_CODE,
    STANDARD,
    TIME_IDENTIFIER,
    TIME_PERIOD,
    period_of,
)  # fmt: skip
from kdsp_lib.source.published import SYMBOLS
from kdsp_lib.source.published_reading import header_in, in_units, read_rows
from kdsp_lib.source.published_symbol import LAST_X_FOR_WITHHELD, symbols_of
from kdsp_lib.source.published_table import DECIMAL
from kdsp_lib.source.reading import Reading, opened

KIND = "explore-education-statistics"
NOTHING_SAID = Said()
PLACES = 4
"""Decimal places that figures are kept with."""
MOST_BYTES = 1 << 30
MOST_ROWS = 2_000_000
MOST_FIGURES = 3_000_000
LONGEST_BREAKDOWN = 2_000
NO_FILTER = "Total"
"""The breakdown of a file that divides nothing."""
_OF_ROWS = (TIME_PERIOD, TIME_IDENTIFIER, "level", "area", "area_name", "la", "breakdown")
_BATCH = 50_000
_LONGEST_FIGURE = 60
_X = "X"
"""Stands for a printed ``x`` until the newest period is known."""
_AGAINST_THE_STANDARD = frozenset({"", "NULL", "NA", "N/A", ".", "-"})
"""Nothing, and what people write for it: not available."""
_TEXT: Mapping[str, str] = {
    **dict.fromkeys(_AGAINST_THE_STANDARD, "x"),
    **{word: ours for word, ours in symbols_of(None).items() if word not in ("", "X")},
    "X": _X,
}

CONTRACT = Contract(
    KIND,
    "Explore education statistics",
    (
        Column(TIME_PERIOD, "text", pattern=r"[0-9]{4}(/[0-9]{2})?", expected="a period such as 2023/24 or 2023"),
        Column(TIME_IDENTIFIER, "text", codes=tuple(dict.fromkeys(word for word, _ in IDENTIFIERS.values()))),
        Column("level", "text", codes=tuple(dict.fromkeys(level.word for level in LEVELS.values()))),
        Column("area", "text"),
        Column("area_name", "text", nullable=True),
        Column("la", "text", nullable=True, pattern=r"[0-9]{3}", expected="an authority's number of three digits"),
        Column("breakdown", "text", longest=LONGEST_BREAKDOWN),
        Column("indicator", "text"),
        Column("label", "text", longest=400),
        Column("unit", "text", nullable=True, longest=40),
        Column("decimals", "whole", nullable=True, low=0, high=99),
        Column("value", "whole", nullable=True),
        Column(f"value{SYMBOL}", "text", nullable=True, codes=SYMBOLS),
    ),
    key=(TIME_PERIOD, TIME_IDENTIFIER, "level", "area", "breakdown", "indicator"),
    named=True,
    holds_pupils=False,
)


def read_tidy(path: Path, contract: Contract, _period: str | None, said: Said = NOTHING_SAID) -> Reading:
    """A tidy file with its metadata file beside it; without one, what its columns are is derived, or ``said``."""
    reading = Reading(path.name, first_row=2, places=array("q"))
    with opened(path, MOST_BYTES, MANDATORY) as file:
        reading.header = header_in(file)
        for column in MANDATORY:
            if column not in reading.header:
                reading.fault("is missing: add the column", column=column)
        beside = metadata_path(path)
        if beside is not None and said != NOTHING_SAID:
            reading.fault(f"{beside.name} says what its columns are: leave out --filter and --indicator")
        if reading.found:
            return reading
        metadata = _derived(file, said, reading) if beside is None else read_metadata(beside, reading)
        if metadata is None:
            return reading
        reader = _TidyReader(metadata, reading, contract)
        taken = STANDARD.union(metadata.columns)
        wanted = {column: (column,) for column in reading.header if column in taken}
        for number, texts in read_rows(file, reading, wanted, most=MOST_ROWS):
            reader.take(number, texts)
            if reader.figures > MOST_FIGURES:
                reading.fault(f"has more than {MOST_FIGURES:,} figures: load fewer levels, years or indicators at once")
                break
    return reader.finished()


def _derived(file: BinaryIO, said: Said, reading: Reading) -> Metadata | None:
    """What the columns are without a metadata file; the file stands at its start again."""
    once = Reading(reading.file, first_row=2)

    def rows() -> Iterator[Mapping[str, str]]:
        file.seek(0)
        once.found.clear()
        return (texts for _, texts in read_rows(file, once, {name: (name,) for name in reading.header}, most=MOST_ROWS))

    metadata = derived_metadata(rows, said, reading)
    file.seek(0)
    reading.found += once.found
    return None if reading.found else metadata


class _TidyReader:
    """Takes rows one by one, and keeps their figures column by column in pieces of bounded size."""

    def __init__(self, metadata: Metadata, reading: Reading, contract: Contract) -> None:
        self.metadata, self.reading, self.contract = metadata, reading, contract
        self.rows: list[Mapping[str, Any]] = []
        self.figure_rows: list[int] = []
        self.figure_indicators: list[int] = []
        self.values: list[int | None] = []
        self.value_symbols: list[str | None] = []
        self.parts: list[Any] = []
        assert reading.places is not None
        self.places = reading.places
        self.figures = 0
        self.periods: set[str] = set()
        self.levels: Counter[str] = Counter()
        self.symbols: Counter[str] = Counter()
        self.unfit = 0

    def take(self, number: int, texts: Mapping[str, str]) -> None:
        about = self._about(number, texts)
        if about is None:
            return
        self.levels[about["level"]] += 1
        self.periods.add(about[TIME_PERIOD])
        place = len(self.rows)
        self.rows.append(about)
        for which, indicator in enumerate(self.metadata.indicators):
            text = texts[indicator.column]
            value, symbol = _figure(text)
            if symbol is not None:
                self.symbols[symbol] += 1
                self.unfit += text.upper() in _AGAINST_THE_STANDARD
            elif value is None:
                self._fault("must be a number, or a symbol that says why there is none", number, indicator.column)
                continue
            self.figure_rows.append(place)
            self.figure_indicators.append(which)
            self.values.append(value)
            self.value_symbols.append(symbol)
            self.places.append(number)
            self.figures += 1
        if len(self.values) >= _BATCH:
            self._pack()

    def _pack(self) -> None:
        """Put what was taken into a table: what is of a row, or of an indicator, once for each figure."""
        import pyarrow as pa

        schema = pa.schema([field.with_nullable(True) for field in arrow_schema(self.contract)])
        of_indicators = {
            "indicator": [each.column for each in self.metadata.indicators],
            "label": [each.label for each in self.metadata.indicators],
            "unit": [each.unit for each in self.metadata.indicators],
            "decimals": [each.decimals for each in self.metadata.indicators],
        }
        made: dict[str, Any] = {"value": self.values, f"value{SYMBOL}": self.value_symbols}
        made = {name: pa.array(values, schema.field(name).type) for name, values in made.items()}
        rows, indicators = pa.array(self.figure_rows, pa.int32()), pa.array(self.figure_indicators, pa.int32())
        for name, values in of_indicators.items():
            made[name] = pa.array(values, schema.field(name).type).take(indicators)
        for name in _OF_ROWS:
            made[name] = pa.array([row[name] for row in self.rows], schema.field(name).type).take(rows)
        self.parts.append(pa.table({name: made[name] for name in schema.names}, schema=schema))
        for taken in (self.rows, self.figure_rows, self.figure_indicators, self.values, self.value_symbols):
            taken.clear()

    def _about(self, number: int, texts: Mapping[str, str]) -> dict[str, Any] | None:
        """What the figures of a row are of; None where that is a fault."""
        before = len(self.reading.found)
        word, digits = IDENTIFIERS.get(texts[TIME_IDENTIFIER], ("", 0))
        period = period_of(texts[TIME_PERIOD], digits) if digits else None
        level = LEVELS.get(texts[LEVEL])
        if not word:
            self._fault("must be a time identifier such as Academic year or Autumn term", number, TIME_IDENTIFIER)
        elif period is None:
            expected = "2023" if digits == 4 else "202324"
            self._fault(f"must be {digits} digits such as {expected}, as its identifier asks for", number, TIME_PERIOD)
        if level is None:
            self._fault(f"must be one of {', '.join(LEVELS)}", number, LEVEL)
        filters = {name: texts[name] for name in self.metadata.filters}
        for name, value in filters.items():
            if not value:
                self._fault("is empty: a filter says Total where it divides nothing", number, name)
        said = () if level is None else (texts.get(name, "") for name in level.codes)
        codes = [code for code in said if code not in NO_AREA]
        if level is not None and not codes:
            self._fault("is empty: a row of this level needs its area's code", number, level.codes[0])
        breakdown = "; ".join(f"{name}={value}" for name, value in filters.items())
        if len(breakdown) > LONGEST_BREAKDOWN or max(map(len, texts.values())) > LONGEST_BREAKDOWN:
            self._fault(f"has texts of more than {LONGEST_BREAKDOWN:,} characters", number, "")
        if len(self.reading.found) > before or level is None:
            return None
        la = texts.get(OLD_LA_CODE, "")
        return {
            TIME_PERIOD: period, TIME_IDENTIFIER: word, "level": level.word, "area": codes[0],
            "area_name": texts.get(level.name) or None, "la": None if la in NO_AREA else la,
            "breakdown": breakdown or NO_FILTER,
        }  # fmt: skip

    def _fault(self, text: str, number: int, column: str) -> None:
        self.reading.fault(text, row=number, column=column)

    def finished(self) -> Reading:
        """The reading with its table, and what a person should know of the file."""
        import pyarrow as pa
        import pyarrow.compute as pc

        self._pack()
        table = pa.concat_tables(self.parts)
        place = table.schema.get_field_index(f"value{SYMBOL}")
        means = "c" if max(self.periods, default="9") <= LAST_X_FOR_WITHHELD else "x"
        column = table.column(place)
        table = table.set_column(place, table.schema.field(place), pc.if_else(pc.equal(column, _X), means, column))
        self.reading.table = table
        if not self.figures:
            self.reading.fault("has a header but no figure")
        self._tell(means)
        return self.reading

    def _tell(self, means: str) -> None:
        notes = self.reading.notes
        if self.periods:
            notes.append(
                f"periods {min(self.periods)} to {max(self.periods)}; {len(self.metadata.indicators)} indicators"
            )
        notes.append(
            f"rows by level: {', '.join(f'{level} {count:,}' for level, count in sorted(self.levels.items()))}"
        )
        if "national" not in self.levels:
            notes.append("no row of the nation: this is a part of the published file, or was cut off")
        if self.symbols[_X]:
            meaning = "withheld" if means == "c" else "not available"
            notes.append(f"x is read as {meaning}: the newest period of the file is {max(self.periods)}")
            self.symbols[means] += self.symbols.pop(_X)
        if self.symbols:
            told = ", ".join(f"{count:,} [{symbol}]" for symbol, count in sorted(self.symbols.items()))
            notes.append(f"figures that the source does not give, none of them taken for 0: {told}")
        if self.unfit:
            notes.append(f"{self.unfit:,} figures are empty or NA, which the standard does not allow: taken for [x]")


def _figure(text: str) -> tuple[int | None, str | None]:
    """A figure in units of its last place, or its symbol; neither where the text is no figure."""
    return _short_figure(text) if len(text) <= _LONGEST_FIGURE else (None, None)


@lru_cache(maxsize=1 << 16)
def _short_figure(text: str) -> tuple[int | None, str | None]:
    symbol = _TEXT.get(text.upper())
    if symbol is not None:
        return None, symbol
    if DECIMAL.fullmatch(text):
        return in_units(Decimal(text), PLACES), None
    return None, None
