"""Tables that name pupils by UPN, as a school's or an authority's system exports them: read, and the UPNs left behind.

UPNs live in one place, the data sets ``pupils`` and ``former-upns``. Every other table holds pupils' keys; a file with
a column ``upn`` where the key should be is joined to them, by a present number or a former one.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from kdsp_lib.source.catalogue import Catalogue
from kdsp_lib.source.checking import check_table
from kdsp_lib.source.contract import CONTRACTS, PUPIL_KEY, Contract, arrow_schema
from kdsp_lib.source.file_kind import header_of
from kdsp_lib.source.premium_list import KIND, is_premium_list, read_premium_list
from kdsp_lib.source.reading import Reading, read_canonical

_BIRTH = "dob"
UPN = CONTRACTS["pupils"].column("upn")
_PUPILS, _FORMER = _HOMES = ("pupils", "former-upns")
_OF_OTHERS_TOO: Mapping[str, str] = {
    KIND: "left out",
    **dict.fromkeys(("results", "attendance", "attendance-reasons", "suspensions"), "set aside"),
}
"""Tables whose files may have rows of pupils who are not loaded, and what becomes of these. A roll must be complete."""
_NOBODYS = "no pupil's who is loaded"
_LOAD_BEFORE = "load the pupils, or a census with them, before"
_MOST_NAMED = 20


def names_by_upn(path: Path, contract: Contract) -> bool:
    """Whether a file of this table names its pupils by UPN in place of their keys."""
    if contract.table == _FORMER or PUPIL_KEY not in contract.columns or not path.is_file():
        return False
    header = header_of(path)
    return (UPN.name in header and PUPIL_KEY.name not in header) or _is_list(header, contract)


def _is_list(header: Collection[str], contract: Contract) -> bool:
    return contract.table == KIND and is_premium_list(header)


def read_by_upn(path: Path, contract: Contract, catalogue: Catalogue) -> Reading:
    """The rows with the pupils' keys. A UPN that is none is a fault; so, in a roll, is one that no loaded pupil has."""
    import pyarrow as pa

    given = _with_upn(contract)
    read = read_premium_list if _is_list(header_of(path), contract) else read_canonical
    reading = read(path, given)
    if reading.table is None:
        return reading
    for found in check_table(reading.table, given):
        place = reading.place_of(found.row)
        if found.column in given.names and reading.was_read(place, found.column):
            reading.fault(found.text, row=place, column=found.column)
            reading.unread.add((place, found.column))
    keys = keys_by_upn(catalogue)
    if contract.table in _OF_OTHERS_TOO and not reading.is_wrong_as_a_whole:
        _set_strangers_aside(reading, keys, _OF_OTHERS_TOO[contract.table])
    upns = reading.table.column(UPN.name).to_pylist()
    if contract.table == _PUPILS:
        _check_births(reading, keys, catalogue)
        keys = {**{upn: secrets.token_hex(8) for upn in upns}, **keys}
    elif not reading.is_wrong_as_a_whole:
        for row, upn in enumerate(upns):
            if upn not in keys and reading.was_read(reading.place_of(row), UPN.name):
                reading.fault(f"is {_NOBODYS}: {_LOAD_BEFORE}", row=reading.place_of(row), column=UPN.name)
    reading.unread.update((reading.place_of(row), PUPIL_KEY.name) for row, upn in enumerate(upns) if upn not in keys)
    column = pa.array([keys.get(upn) for upn in upns], pa.string())
    place = reading.table.column_names.index(UPN.name)
    named = (
        reading.table.append_column(PUPIL_KEY.name, column)
        if contract.table == _PUPILS
        else reading.table.set_column(place, PUPIL_KEY.name, column)
    )
    reading.table = named.select(arrow_schema(contract).names)
    return reading


def _set_strangers_aside(reading: Reading, keys: Mapping[str, str], way: str) -> None:
    """Keep the rows of those who are loaded, and say which others there are; a fault where that is all of them."""
    import pyarrow as pa

    upns = reading.table.column(UPN.name).to_pylist()
    known = [
        row for row, upn in enumerate(upns) if upn in keys or not reading.was_read(reading.place_of(row), UPN.name)
    ]
    if count := len(upns) - len(known):
        if not any(upn in keys for upn in upns):
            reading.fault(f"has no pupil who is loaded: {_LOAD_BEFORE}")
        strangers = sorted({*range(len(upns))} - {*known})
        numbers = [f"{reading.place_of(row) + reading.first_row}" for row in islice(strangers, _MOST_NAMED)]
        rest = f" and {count - len(numbers):,} more" if count > len(numbers) else ""
        which = f"row{'' if count == 1 else 's'} {', '.join(numbers)}{rest}"
        reading.notes.append(f"{count:,} of {len(upns):,} rows {way}, whose UPN is {_NOBODYS}: {which}")
    reading.places = [reading.place_of(row) for row in known]
    reading.table = reading.table.take(pa.array(known, pa.int64()))


def keys_by_upn(catalogue: Catalogue) -> Mapping[str, str]:
    """Each pupil's key by the UPN of now and by former ones."""
    keys: dict[str, str] = {}
    for home in reversed(_HOMES):
        for entry in catalogue.current:
            if entry.dataset == home:
                keys |= {row[UPN.name]: row[PUPIL_KEY.name] for row in catalogue.read(entry).to_pylist()}
    return keys


def _check_births(reading: Reading, keys: Mapping[str, str], catalogue: Catalogue) -> None:
    """A fault where a UPN is known with another date of birth: it would name two pupils."""
    known = next((catalogue.read(entry) for entry in catalogue.current if entry.dataset == _PUPILS), None)
    births = {} if known is None else {row[PUPIL_KEY.name]: row[_BIRTH] for row in known.to_pylist()}
    given = zip(reading.table.column(UPN.name).to_pylist(), reading.table.column(_BIRTH).to_pylist(), strict=True)
    for row, (upn, born) in enumerate(given):
        if born is not None and births.get(keys.get(upn, ""), born) != born:
            text = "the UPN belongs to a pupil with another date of birth: ask the schools whose it is"
            reading.fault(text, row=row, column=_BIRTH)


def _with_upn(contract: Contract) -> Contract:
    """The table with UPNs for keys. What its rows keep between them is asked of the keys, afterwards."""
    if contract.table == _PUPILS:
        kept = tuple(column for column in contract.columns if column != PUPIL_KEY)
        return replace(contract, columns=kept, key=(UPN.name,), unique=())
    return replace(
        contract,
        columns=tuple(UPN if column == PUPIL_KEY else column for column in contract.columns),
        key=tuple(UPN.name if name == PUPIL_KEY.name else name for name in contract.key),
        rules=tuple(rule for rule in CONTRACTS["pupils"].rules if rule.name == "upn-valid"),
    )


def as_given(table: Any, catalogue: Catalogue) -> Any:
    """A table with UPNs where it has keys: the other way, for whom the pupils are whose numbers these are."""
    import pyarrow as pa

    upns = {row["pupil_key"]: row["upn"] for row in catalogue.read(catalogue.dataset("pupils")).to_pylist()}
    column = pa.array([upns[key] for key in table.column(PUPIL_KEY.name).to_pylist()], pa.string())
    return table.set_column(table.column_names.index(PUPIL_KEY.name), UPN.name, column)
