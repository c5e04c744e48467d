"""The school year that a file says it is of, in its rows or its name: it must be the one it is loaded as."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any, Final

from kdsp_lib.errors import BadParameters, BadSource, Fault
from kdsp_lib.source.contract import Contract
from kdsp_lib.source.file_kind import header_of, is_text
from kdsp_lib.source.period import EXPECTED, is_period, is_school_year, is_term, school_year, year_of
from kdsp_lib.source.published_reading import MOST_BYTES, read_rows
from kdsp_lib.source.reading import Reading, opened

HEADERS: Final = frozenset(
    {"YEAR", "ACADYEAR", "ACADEMIC YEAR", "ACADEMIC_YEAR", "SCHOOL YEAR", "SCHOOL_YEAR", "TIME_PERIOD"}
)
"""Columns in which published files say their year, in capitals."""
_IN_ROWS: Final = ("period", "time_period")
_DATED: Final = "start_date"
_OF_TWO = re.compile(r"(?<!\d)(20\d\d)[-_/ ]?(?:20)?(\d\d)(?!\d)", re.ASCII)
_OF_ONE = re.compile(r"20\d\d", re.ASCII)
_FOLDER = re.compile(r"20\d\d[-_](?:20)?\d\d", re.ASCII)


def check_period(contract: Contract, period: str | None) -> None:
    """:class:`BadParameters` where a data set of that kind is of another period than the one given, or of none."""
    if contract.termly and contract.yearly:
        if period is None or not is_period(period):
            raise BadParameters(
                f"A data set of {contract.table} is of one school year, or of one term.",
                faults=[Fault("", EXPECTED, "period")],
            )
        return
    if contract.termly and (period is None or not is_term(period)):
        raise BadParameters(
            f"A data set of {contract.table} is of one term.",
            faults=[Fault("", EXPECTED.partition(", or")[0], "period")],
        )
    if contract.yearly and (period is None or not is_school_year(period)):
        raise BadParameters(
            f"A data set of {contract.table} is of one school year.",
            faults=[Fault("", "give the year that its figures are of: --period 2022/23", "period")],
        )
    if not (contract.termly or contract.yearly) and period is not None:
        raise BadParameters(
            f"A data set of {contract.table} has no period.", faults=[Fault("", "leave it out", "period")]
        )


def check_said_year(file: Path, contract: Contract, period: str | None) -> None:
    """:class:`BadSource` where a column of the file says another school year than the one it is loaded as."""
    if period is None or not (file.is_file() and is_text(file)):
        return
    named = [name for name in header_of(file) if name.strip().upper() in HEADERS]
    if len(named) != 1 or named[0].strip().lower() in contract.names:
        return
    reading, column = Reading(file.name, first_row=2), named[0].strip()
    with opened(file, MOST_BYTES, ()) as content:
        told = {texts["year"] for _, texts in read_rows(content, reading, {"year": (column,)})}
    refuse_other_years(file.name, [_could_be(text) for text in sorted(told)], period)


def check_dated_rows(name: str, table: Any, contract: Contract, period: str | None) -> None:
    """:class:`BadSource` where most rows of a term or year are of days in another school year."""
    if period is None or _DATED not in contract.names or not table.num_rows:
        return
    years = Counter(year_of(day) for day in table.column(_DATED).to_pylist() if day is not None)
    most = years.most_common(1)
    if most and 2 * most[0][1] > table.num_rows:
        refuse_other_years(name, [{most[0][0]}], period)


def refuse_other_years(name: str, told: Iterable[Collection[str]], period: str) -> None:
    """:class:`BadSource` where one of the years told, each by what it may mean, is not that of the period."""
    wanted = period.partition("-")[0]
    for years in told:
        if years and wanted not in years:
            said = min(years)
            raise BadSource(
                f"{name} says that it is of {said}, and not of {wanted}; nothing of it was loaded.",
                remedy=f"load it as what it is: --period {said}{period[len(wanted) :]}",
            )


def doubt_of_name(file: Path, period: str | None) -> tuple[str, ...]:
    """A doubt where the file's name, or that of its folder, speaks of another school year than the one given."""
    if period is None:
        return ()
    folder = file.absolute().parent.name
    said = _years_in(file.name) or (_years_in(folder) if _FOLDER.fullmatch(folder) else set())
    wanted = period.partition("-")[0]
    if not said or wanted in said:
        return ()
    return (f"its name says {', '.join(sorted(said))}, and it is loaded as {wanted}",)


def years_told(table: Any) -> tuple[str, ...]:
    """The years or periods that the rows of a table of several say, in order."""
    column = None if table is None else next((name for name in _IN_ROWS if name in table.column_names), None)
    return () if column is None else tuple(sorted(each for each in table.column(column).unique().to_pylist() if each))


def _years_in(text: str) -> set[str]:
    return {school_year(int(first)) for first, last in _OF_TWO.findall(text) if (int(first) + 1) % 100 == int(last)}


def _could_be(text: str) -> set[str]:
    """The school years that a text may mean: a single year may be the one it begins or the one it ends in."""
    if _OF_ONE.fullmatch(text):
        return {school_year(int(text) - 1), school_year(int(text))}
    return _years_in(text)
