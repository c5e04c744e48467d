"""What the columns of a tidy file are, where no metadata file says it: by what stands in them, or by who loads it.

Words make a filter. Figures and symbols make an indicator, unless rows are alike in time, area and filters: then whole
numbers that come again (years of age) may be what divides them, and that is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from kdsp_lib.source.national.tidy.metadata import Indicator, Metadata
from kdsp_lib.source.national.tidy.standard import STANDARD
from kdsp_lib.source.published_symbol import symbols_of
from kdsp_lib.source.published_table import DECIMAL
from kdsp_lib.source.reading import Reading

_SYMBOLS: Final = {*symbols_of(None), "NA", "N/A", "NULL", ".", "-"}
_FEW: Final = 40
"""A column of whole numbers with no more different ones may be a filter."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a person says of columns that a file does not tell of."""

    filters: tuple[str, ...] = ()
    indicators: tuple[str, ...] = ()


@dataclass(slots=True)
class _Seen:
    """What stands in one column."""

    figures: set[str] = field(default_factory=set)
    places: int = 0
    is_words: bool = False

    def take(self, text: str) -> None:
        if self.is_words or text.upper() in _SYMBOLS:
            return
        if not DECIMAL.fullmatch(text):
            self.is_words = True
            return
        self.places = max(self.places, len(text.partition(".")[2]))
        if len(self.figures) <= _FEW:
            self.figures.add(text)

    @property
    def may_divide(self) -> bool:
        """Whether it may be a filter though figures stand in it."""
        return 1 < len(self.figures) <= _FEW and self.places == 0


def derived_metadata(rows: Callable[[], Iterable[Mapping[str, str]]], said: Said, reading: Reading) -> Metadata | None:
    """Filters and indicators by what stands in the rows; None with a fault for each column that has to be asked for.

    ``rows`` gives them anew each time: a second time only where a column may divide them.
    """
    own = [column for column in reading.header if column not in STANDARD]
    _check_said(own, said, reading)
    seen = {column: _Seen() for column in own}
    for row in rows():
        for column, each in seen.items():
            each.take(row[column])
    told = {column for column, each in seen.items() if column not in said.indicators and each.is_words}
    told |= set(said.filters) & set(own)
    open_ones = {column for column, each in seen.items() if each.may_divide and column not in said.indicators} - told
    if open_ones and _are_told_apart(rows(), [column for column in reading.header if column in STANDARD | told]):
        open_ones.clear()
    filters: list[str] = []
    indicators: list[Indicator] = []
    for column in own:
        if column in told:
            filters.append(column)
        elif column not in open_ones:
            indicators.append(Indicator(column, column.replace("_", " "), None, None))
        else:
            reading.fault(
                "may divide the rows or be a figure, and there is no metadata file: say which with "
                f"--filter {column} or --indicator {column}",
                column=column,
            )
    if not reading.found and not indicators:
        reading.fault("has no column of figures: name one with --indicator COLUMN")
    if reading.found:
        return None
    reading.notes.append(
        f"no metadata file: taken for filters {', '.join(filters) or 'none'}; for indicators "
        f"{', '.join(each.column for each in indicators)}; units and decimal places are not known"
    )
    return Metadata(tuple(filters), tuple(indicators), ())


def _are_told_apart(rows: Iterable[Mapping[str, str]], columns: Sequence[str]) -> bool:
    """Whether no two rows have the same in all these columns."""
    seen: set[int] = set()
    for row in rows:
        key = hash(tuple(row[column] for column in columns))
        if key in seen:
            return False
        seen.add(key)
    return True


def _check_said(own: Collection[str], said: Said, reading: Reading) -> None:
    for option, columns in (("--filter", said.filters), ("--indicator", said.indicators)):
        for column in columns:
            if column not in own:
                reading.fault(f"{option} names no column of the file that the standard leaves open", column=column[:60])
    for column in {*said.filters} & {*said.indicators}:
        reading.fault("cannot be a filter and an indicator", column=column[:60])
