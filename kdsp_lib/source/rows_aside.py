"""Rows of a table of pupils that break a rule: set aside as the records of returns are, each with its school told.

A table is of many schools, and a row is of one of them: by its own URN, or else by where its pupil is on roll.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from kdsp_lib.source.catalogue import Catalogue, DataSet
from kdsp_lib.source.checking import TWICE, keys_of
from kdsp_lib.source.contract import CONTRACTS, PUPIL_KEY, URN, Contract
from kdsp_lib.source.quarantine import MAIN, TWO_MAINS, Kept, is_much

if TYPE_CHECKING:
    from kdsp_lib.source.checking import CellFault
    from kdsp_lib.source.reading import Reading

_ROLLS: Final = ("census", "registrations")
"""Tables in which a school has a row for each pupil: where it would lose too many of them, nothing is loaded."""
ITS_PUPIL: Final = "is of a pupil whose own record is set aside: it comes back when that is mended"


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """One thing that is wrong with one row, and whose row it is as far as can be read."""

    row: int
    """The row of the file, counted from 0."""
    column: str
    text: str
    urn: str | None
    pupil: str | None


def may_set_aside(contract: Contract) -> bool:
    """Whether a table has rows of pupils: any other is loaded whole or not at all."""
    return PUPIL_KEY in contract.columns


def broken_rows(reading: Reading, contract: Contract, found: Sequence[CellFault]) -> tuple[BrokenRow, ...]:
    """The rows that break a rule, each with what is wrong; of a duplicate all that share it.

    ``found``: what the rows of the reading do wrong by their contract, where it was not noted with the reading already.
    """
    if not reading.found or reading.table is None:
        return ()
    table, wrong = reading.table, {(row, fault.field, fault.text) for row, fault in reading.found if row >= 0}
    for column, text in {(fault.column, fault.text) for fault in found}:
        wrong |= {(reading.place_of(row), column, text) for row in _sharing(column, text, table, contract)}
    urns, pupils = (_by_row(reading, column.name) for column in (URN, PUPIL_KEY))
    return tuple(BrokenRow(row, column, text, urns.get(row), pupils.get(row)) for row, column, text in sorted(wrong))


def _by_row(reading: Reading, column: str) -> dict[int, str | None]:
    """What could be read of a column, by the row of the file."""
    said = reading.table.column(column).to_pylist() if column in reading.table.column_names else ()
    placed = ((reading.place_of(number), text) for number, text in enumerate(said))
    return {row: text for row, text in placed if reading.was_read(row, column)}


def without(table: Any, reading: Reading, broken: Sequence[BrokenRow]) -> Any:
    """The other rows."""
    import pyarrow as pa

    rows = {each.row for each in broken}
    kept = [row for row in range(table.num_rows) if reading.place_of(row) not in rows]
    return table.take(pa.array(kept, pa.int64()))


def too_many_rows(reading: Reading, contract: Contract, broken: Sequence[BrokenRow]) -> str:
    """Why so much is wrong that nothing may be loaded: of all rows, or of a roll those of one school."""
    rows = {each.row for each in broken}
    count, total = len(rows), len(rows | {reading.place_of(row) for row in range(reading.table.num_rows)})
    if count == total or is_much(count, total):
        return f"{count:,} of {total:,} rows break a rule"
    if contract.table in _ROLLS:
        wrong = Counter(urn for urn in {each.row: each.urn for each in broken}.values() if urn)
        held = Counter(reading.table.column(URN.name).to_pylist())
        for urn, number in sorted(wrong.items()):
            if number == held[urn] or is_much(number, held[urn]):
                return f"{number:,} of {held[urn]:,} rows of {urn} break a rule"
    return ""


def of_pupils_set_aside(reading: Reading, contract: Contract, catalogue: Catalogue) -> None:
    """Note the rows of pupils whose own record is set aside, so that nobody is counted of whom nothing is known."""
    import pyarrow.compute as pc

    pupils = next((each for each in catalogue.current if each.dataset == "pupils"), None)
    if pupils is None or not pupils.set_aside or contract.table == pupils.dataset or reading.table is None:
        return
    keys = reading.table.column(PUPIL_KEY.name)
    known = pc.is_in(keys, catalogue.read(pupils).column(PUPIL_KEY.name))
    for row in pc.indices_nonzero(pc.and_(pc.invert(known), keys.is_valid())).to_pylist():
        reading.fault(ITS_PUPIL, row=reading.place_of(row), column=PUPIL_KEY.name)


def named_again(catalogue: Catalogue, broken: Sequence[BrokenRow]) -> Iterator[str]:
    """Of pupils that are set aside: which data sets have rows of them, for these to be loaded again."""
    import pyarrow as pa
    import pyarrow.compute as pc

    keys = pa.array({each.pupil for each in broken if each.pupil}, pa.string())
    for dataset in catalogue.current if len(keys) else ():
        if dataset.dataset in CONTRACTS and dataset.dataset not in ("pupils", "establishments"):
            count = pc.sum(pc.is_in(catalogue.read(dataset).column(PUPIL_KEY.name), keys)).as_py()
            if count:
                yield f"{count:,} rows of {dataset} are of pupils who are set aside: load it again"


def kept_of(broken: Sequence[BrokenRow], reading: Reading, catalogue: Catalogue) -> frozenset[Kept]:
    """What is kept of such rows, by the number of the school; of none where it cannot be told."""
    numbers = {row["urn"]: row["laestab"] for row in _rows(catalogue, "establishments")} if broken else {}
    pupils = {each.pupil for each in broken if each.urn is None and each.pupil}
    homes = _homes(catalogue, pupils) if pupils else {}
    found = set()
    for each in broken:
        urn = each.urn or homes.get(each.pupil or "", "")
        line = each.row + reading.first_row
        found.add(Kept(numbers.get(urn, urn), reading.file, line, each.column, each.text, line))
    return frozenset(found)


def _homes(catalogue: Catalogue, pupils: Collection[str]) -> dict[str, str]:
    """Where pupils are on roll: by the latest census that has them, or else where they are registered."""
    homes: dict[str, str] = {}
    census = sorted((each for each in catalogue.current if each.dataset == "census"), key=lambda each: str(each.period))
    for dataset in [*(each for each in catalogue.current if each.dataset == "registrations"), *census]:
        homes |= {
            row["pupil_key"]: row["urn"]
            for row in _of(dataset, catalogue)
            if row["pupil_key"] in pupils and row["enrol_status"] in MAIN
        }
    return homes


def _of(dataset: DataSet, catalogue: Catalogue) -> list[Mapping[str, Any]]:
    rows: list[Mapping[str, Any]] = (
        catalogue.read(dataset).select([PUPIL_KEY.name, URN.name, "enrol_status"]).to_pylist()
    )
    return rows


def _rows(catalogue: Catalogue, name: str) -> list[Mapping[str, Any]]:
    return next((catalogue.read(each).to_pylist() for each in catalogue.current if each.dataset == name), [])


def _sharing(column: str, text: str, table: Any, contract: Contract) -> list[int]:
    """All rows that share a duplicate of a key, or of a pupil who counts once; of any other fault none more."""
    rule = next((rule for rule in contract.rules if rule.name == TWO_MAINS), None)
    if rule is not None and (column, text) == (rule.column, rule.text):
        rows = table.select([PUPIL_KEY.name, "enrol_status"]).to_pandas()
        rows = rows[rows["enrol_status"].isin(MAIN)].drop(columns="enrol_status")
    elif text == TWICE and (key := next((key for key in keys_of(contract) if column == " + ".join(key)), None)):
        rows = table.select(list(key)).to_pandas()
    else:
        return []
    shared: list[int] = rows.index[rows.duplicated(keep=False) & rows.notna().all(axis=1)].tolist()
    return shared
