"""A table that was asked, beside the same of other periods as they were released.

Nothing new is told: every figure of an earlier period stands in a release that each reader of this report could see,
and is repeated as it was printed there. Where there is no such release, or it has expired, its period is not available.
A series of terms and one of years are both made of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kdsp_lib.analyse.symbol import NOT_AVAILABLE
from kdsp_lib.custodian import words
from kdsp_lib.errors import BadParameters
from kdsp_lib.model.table import Cell, Dimension, Level, Table

if TYPE_CHECKING:
    from kdsp_lib.custodian.ledger import Ledger
    from kdsp_lib.custodian.ledger_entry import Entry
    from kdsp_lib.custodian.open_report import OpenReport
    from kdsp_lib.custodian.opening import Opened

OTHERS: Final = (
    "The figures of the {period} are of other establishments than the last ones here: those that belonged then, and "
    "had signed. A difference may be due to that."
)
_RETAIN: Final = "retain-until:"
_OF_ANOTHER: Final = ("period", "on")
Cells = Mapping[tuple[str, ...], tuple[str, ...]]


class Released(NamedTuple):
    """A table of an earlier period, the snapshots it was made from, and the establishments that were in it."""

    table: Table
    snapshots: Mapping[str, str]
    subjects: frozenset[str]


def others_then(before: Mapping[str, Released], opened: Opened) -> Iterator[str]:
    """A note on each period whose figures are of other establishments than those of the report."""
    for period in sorted(before):
        if before[period].subjects != opened.establishments:
            yield OTHERS.format(period=words.period(period))


def asked_table(report: OpenReport, name: object) -> Table:
    """The table of that name; BadParameters where it was not asked."""
    table = next((each for answer in report.answers for each in answer.tables if each.name == name), None)
    if table is None:
        raise BadParameters("That table was not asked.", remedy="ask it first: report.tables(absence=...)")
    return table


def released_before(
    ledger: Ledger, report: OpenReport, table: Table, periods: Collection[str], was: Sequence[str] = ()
) -> dict[str, Released]:
    """By period: the same table as it was released last to the same readers.

    ``was``: the URNs that the establishment had before, the latest first; a period of which nothing was released about
    itself is taken from a report about one of these.
    """
    names = [{}, *({"school": urn} for urn in was)]
    found: dict[str, Released] = {}
    for renamed in reversed(names):
        found |= _released(ledger, report.opened, table, periods, {**report.opened.parameters, **renamed})
    return found


def _released(
    ledger: Ledger, opened: Opened, table: Table, periods: Collection[str], parameters: Mapping[str, Any]
) -> dict[str, Released]:
    """By period the table as it was released last in a report with these parameters, but for period and day."""
    found: dict[str, Released] = {}
    for outline in ledger.outlines():
        period = outline.period
        if period not in periods or period == opened.period:
            continue
        entry = ledger.release(outline.position)
        if _is_the_same(entry, opened, parameters):
            for each in _tables(entry):
                if each.question == table.question and _columns(each) == _columns(table):
                    found[period] = Released(each, entry.body["snapshots"], frozenset(entry.body["subjects"]))
    return found


def stitched(table: Table, by_period: Mapping[str, Table | None], dim: Dimension, notes: Iterable[str]) -> Table:
    """A table with one dimension more, that of the periods: a row of ``[x]`` for each of which none was released.

    ``dim``: that dimension. Its name, title and scope are still those of the ``table``.
    """
    told = [each for each in by_period.values() if each is not None]
    dims = [replace(own, levels=_levels(told, place)) for place, own in enumerate(table.dims)]
    cells = {period: {} if each is None else _cells(each) for period, each in by_period.items()}
    codes = list(product(*(_codes(cells.values(), place) for place in range(len(dims)))))
    nothing = (NOT_AVAILABLE,) * len(table.statistics)
    return replace(
        table,
        dims=(dim, *dims),
        cells=tuple(Cell((period, *code), cells[period].get(code, nothing)) for period in by_period for code in codes),
        notes=tuple(dict.fromkeys([*notes, *(note for each in told for note in each.notes)])),
        left_out={},
    )


def _is_the_same(entry: Entry, opened: Opened, parameters: Mapping[str, Any]) -> bool:
    """Whether a release is of this very report but for its period, in force, and all who read this could see it."""
    body = entry.body
    if body["name"] != opened.name or _but_period(body["parameters"]) != _but_period(parameters):
        return False
    ends = [text.removeprefix(_RETAIN).strip() for text in body["decision"]["obligations"] if text.startswith(_RETAIN)]
    if any(end <= opened.today.day.isoformat() for end in ends):
        return False
    readers = opened.readers
    parties = body["could_see"]
    return parties is None or (readers is not None and set(readers) <= set(parties))


def _but_period(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in parameters.items() if key not in _OF_ANOTHER}


def _tables(entry: Entry) -> Iterator[Table]:
    return (Table.from_json(table) for answer in entry.body["answers"] for table in answer["tables"])


def _columns(table: Table) -> list[tuple[str, ...]]:
    """What has to be alike for figures to stand under one heading."""
    return [*((dim.name,) for dim in table.dims), *((s.name, s.label) for s in table.statistics)]


def _cells(table: Table) -> Cells:
    return {cell.codes: cell.values for cell in table.cells}


def _levels(tables: Iterable[Table], place: int) -> tuple[Level, ...]:
    """The levels that any of the periods has: the order is that of whichever has them first."""
    found = {level.code: level for table in tables for level in table.dims[place].levels}
    return tuple(found.values())


def _codes(cells: Iterable[Cells], place: int) -> list[str]:
    return list(dict.fromkeys(codes[place] for each in cells for codes in each))
