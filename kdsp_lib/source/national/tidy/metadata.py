"""The metadata file beside a tidy file: which of its columns are filters, and which indicators, in what unit."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from kdsp_lib.errors import Fault
from kdsp_lib.source.national.tidy.standard import STANDARD
from kdsp_lib.source.published_reading import read_rows
from kdsp_lib.source.reading import Reading, opened

ENDINGS = (".meta.csv", "_meta.csv", "-meta.csv")
MOST_BYTES = 4 << 20
_WANTED = {
    "col_name": ("col_name",),
    "col_type": ("col_type",),
    "label": ("label",),
    "unit": ("indicator_unit",),
    "decimals": ("indicator_dp",),
    "group": ("filter_grouping_column",),
}
_MAY_LACK = ("unit", "decimals", "group")


@dataclass(frozen=True, slots=True)
class Indicator:
    """A column of figures: its name in the file and in words, its unit, and its decimal places where they are said."""

    column: str
    label: str
    unit: str | None
    decimals: int | None


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the columns of a tidy file are. ``groups`` are columns that put the values of filters together."""

    filters: tuple[str, ...]
    indicators: tuple[Indicator, ...]
    groups: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.filters, *(indicator.column for indicator in self.indicators))


def metadata_path(path: Path) -> Path | None:
    """The metadata file beside a tidy file: ``absence.meta.csv`` of ``absence.csv``."""
    beside = (path.with_name(f"{path.stem}{ending}") for ending in ENDINGS)
    return next((each for each in beside if each.is_file()), None)


def read_metadata(path: Path, data: Reading) -> Metadata | None:
    """What the metadata file says of the columns of ``data``; None with its faults noted there."""
    told = Reading(path.name, first_row=2)
    filters: list[str] = []
    indicators: list[Indicator] = []
    groups: list[str] = []
    seen: set[str] = set()
    with opened(path, MOST_BYTES, _WANTED) as file:
        for number, row in read_rows(file, told, _WANTED, _MAY_LACK):
            column, kind, decimals = row["col_name"], row["col_type"].lower(), row.get("decimals", "")
            if column in seen:
                told.fault("is there already in an earlier row", row=number, column="col_name")
            elif kind == "filter":
                filters.append(column)
                groups += [row["group"]] if row.get("group") else []
            elif kind != "indicator":
                told.fault("must be Filter or Indicator", row=number, column="col_type")
            elif decimals and not (decimals.isascii() and decimals.isdigit() and len(decimals) < 3):
                told.fault("must be a number of decimal places, or nothing", row=number, column="indicator_dp")
            else:
                places = int(decimals) if decimals else None
                indicators.append(Indicator(column, row["label"] or column, row.get("unit") or None, places))
            seen.add(column)
    if not told.found and not indicators:
        told.fault("has no indicator")
    data.found += told.found
    made = Metadata(tuple(filters), tuple(indicators), tuple(dict.fromkeys(groups)))
    if not told.found:
        _compare(made, path.name, data)
    return None if data.found else made


def _compare(metadata: Metadata, name: str, data: Reading) -> None:
    """Both files must speak of the same columns, and none may be both of the standard and of the metadata."""
    said = {*metadata.columns, *metadata.groups}
    for column in sorted(said - set(data.header)):
        data.fault(f"is in {name}, but is no column of the file", column=column)
    for column in sorted(set(metadata.columns) & STANDARD):
        data.found.append((-1, Fault(name, "is a column of the standard, no filter or indicator", column)))
    for column in _unsaid(data.header, said):
        data.fault(f"is neither in {name} nor a column of the standard", column=column[:60])


def _unsaid(header: Collection[str], said: Collection[str]) -> list[str]:
    return [column for column in dict.fromkeys(header) if column not in said and column not in STANDARD]
