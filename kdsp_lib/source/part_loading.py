"""Load files that are parts of several data sets: what is there is read, what the files make of it is checked and kept.

All data sets at once or none, while nobody else writes the catalogue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from kdsp_lib.errors import BadParameters, BadSource, Fault
from kdsp_lib.source.catalogue import Catalogue, DataSet
from kdsp_lib.source.change import Agree, agreed, change_to
from kdsp_lib.source.checking import check_table
from kdsp_lib.source.contract import CONTRACTS, arrow_schema
from kdsp_lib.source.file_kind import OTHER_XML, looks_like_xml, other_than_xml
from kdsp_lib.source.load import KINDS, NOT_FOR_REAL_PUPILS, Loaded, not_loaded
from kdsp_lib.source.national.establishment import KIND as EXTRACT
from kdsp_lib.source.national.establishment import is_open
from kdsp_lib.source.pupil_merging import Held, SetAside
from kdsp_lib.source.pupil_return import PupilReturn, Row
from kdsp_lib.source.quarantine import keep_aside, row_faults, set_broken_aside, too_many, whole_file_faults
from kdsp_lib.source.sign_off import keep_digests
from kdsp_lib.source.snapshot import Snapshot, snapshots_kept

_MOST_ROUNDS = 10
Part = tuple[str, str | None]
"""A data set's name and period."""


def read_files(source: Path, kind: str, read: Callable[[Path], PupilReturn]) -> list[PupilReturn]:
    """The file, or all XML files of the folder, each read with its faults; one that is of another kind is refused."""
    found = []
    for path in _xml_files(source):
        _check_kind(path, kind)
        found.append(read(path))
    return found


def _xml_files(source: Path) -> list[Path]:
    """The file, or the XML files of the folder in order of name."""
    if not source.is_dir():
        return [source]
    found = sorted(path for path in source.iterdir() if path.suffix.lower() == ".xml")
    if not found:
        raise BadSource(f"{source} has no file whose name ends in .xml.", remedy="name the folder with the files")
    return found


def _check_kind(path: Path, kind: str) -> None:
    """:class:`BadSource` that explains where a file plainly is of another kind than ``kind``."""
    if not path.is_file():
        return
    of_xml = looks_like_xml(path)
    other = of_xml or other_than_xml(path)
    if other not in (None, kind, OTHER_XML):
        is_read = of_xml or other in KINDS
        way = f"kdsp data add {other} {path.name}" if is_read else "kdsp does not read such files"
        raise BadSource(f"{path.name} is no file of {kind}: this looks like {other}.", remedy=way)


def rows_of(catalogue: Catalogue, part: Part) -> list[Row]:
    """The rows of a current data set; none where there is no such data set."""
    entry = entry_of(catalogue, part)
    return [] if entry is None else catalogue.read(entry).to_pylist()


def entry_of(catalogue: Catalogue, part: Part) -> DataSet | None:
    """The current data set of that name and period, if there is one."""
    return next((entry for entry in catalogue.current if (entry.dataset, entry.period) == part), None)


def urns_of(catalogue: Catalogue, returns: Iterable[PupilReturn], column: str) -> dict[str, str]:
    """The URN that each school of the files has on their day; one that is not there is a fault of its file.

    A number stays when a school becomes an academy: then the latest that was open on the day. Where the register of
    establishments is loaded, one that it calls closed by then is none.
    """
    rows = rows_of(catalogue, ("establishments", None))
    if not rows:
        raise BadParameters(
            "These files name schools by authority and number: their URNs are not known yet.",
            remedy="load the establishments first, from the register's extract (edubasealldata….csv) or a table: "
            "kdsp data add establishments FILE",
        )
    register = {row["urn"]: row for row in rows_of(catalogue, (EXTRACT, None))}
    urns: dict[str, str] = {}
    for made in returns:
        held = [
            row
            for row in rows
            if row["laestab"] == made.laestab
            and row["open_date"] <= made.on
            and (row["urn"] not in register or is_open(register[row["urn"]], made.on))
        ]
        if held:
            urns[made.laestab] = max(held, key=lambda row: row["open_date"])["urn"]
        elif made.laestab:
            made.file.fault("is of a school that no open establishment of this workspace is", column=column)
    return urns


def keep_parts(
    catalogue: Catalogue,
    parts: Mapping[Part, Held],
    returns: Sequence[PupilReturn],
    aside: Sequence[SetAside] = (),
    *,
    name: str,
    vintage: str,
    loaded_on: date,
    signed_off: bool,
    agree: Agree = agreed,
) -> tuple[DataSet, ...]:
    """Keep the tables as the current data sets, or refuse what ``name`` holds with all faults of its files.

    Records that break a rule are set aside by then, and counted with each data set; where these are too many, or a file
    is wrong as a whole, nothing is kept. A data set is signed off where every part of it is. The caller holds the lock
    of the catalogue's folder.
    """
    ordered, tables = _tables(parts)
    others = [fault for part in parts for fault in _broken(part[0], tables[part], ordered[part])]
    whole, why = [*whole_file_faults(returns), *others], too_many(returns)
    if whole or why:
        raise not_loaded(name, [*whole, *row_faults(returns)], why if not whole else "")
    wanted = {part: table for part, table in tables.items() if table.num_rows or entry_of(catalogue, part) is not None}
    agree([change_to(catalogue, _shown(part), entry_of(catalogue, part), table) for part, table in wanted.items()])
    numbers = {row["urn"]: row["laestab"] for row in rows_of(catalogue, ("establishments", None))}
    with snapshots_kept(catalogue.data, wanted) as kept:
        made = []
        for part, snapshot in kept.items():
            old = entry_of(catalogue, part)
            is_of_others = any(place is None for place in ordered[part].places)
            is_signed = signed_off and (old is None or not is_of_others or old.signed_off)
            keep_digests(catalogue.data, part[0], snapshot.sha256, wanted[part])
            count, told = keep_aside(catalogue.data, old, part[0], returns, aside, numbers)
            made.append(
                replace(_entry(part, snapshot, vintage, loaded_on, is_signed), set_aside=count, aside_list=told)
            )
        for entry in made:
            catalogue = catalogue.with_dataset(entry)
        catalogue.write()
    return tuple(made)


def _shown(part: Part) -> str:
    return part[0] if part[1] is None else f"{part[0]} {part[1]}"


def loaded(entries: Iterable[DataSet], about: str, notes: tuple[str, ...]) -> tuple[Loaded, ...]:
    """The data sets with what a person is told: all of it beside the one that the files are ``about``."""
    return tuple(
        Loaded(entry, (NOT_FOR_REAL_PUPILS,), notes) if entry.dataset == about else Loaded(entry, ())
        for entry in entries
    )


def settled(
    make: Callable[[], tuple[dict[Part, Held], tuple[SetAside, ...]]],
) -> tuple[dict[Part, Held], tuple[SetAside, ...]]:
    """The data sets that ``make`` makes of returns, without the records that break a rule: these are set aside.

    What is left is made anew, since a record less may be what other rows broke a rule with.
    """
    for _ in range(_MOST_ROUNDS):
        parts, aside = make()
        ordered, tables = _tables(parts)
        if not set_broken_aside({part: (tables[part], ordered[part]) for part in parts}):
            break
    return parts, aside


def check_parts(parts: Mapping[Part, Held]) -> list[Fault]:
    """The faults of what was loaded before; those of the files are noted with each."""
    ordered, tables = _tables(parts)
    return [fault for part in parts for fault in _broken(part[0], tables[part], ordered[part])]


def _tables(parts: Mapping[Part, Held]) -> tuple[dict[Part, Held], dict[Part, Any]]:
    ordered = {part: held.ordered(CONTRACTS[part[0]].key) for part, held in parts.items()}
    return ordered, {part: _table(part[0], held) for part, held in ordered.items()}


def _table(name: str, held: Held) -> Any:
    import pyarrow as pa

    schema = arrow_schema(CONTRACTS[name])
    loose = pa.schema([field.with_nullable(True) for field in schema])
    columns = [pa.array([row[field.name] for row in held.rows], field.type) for field in loose]
    return pa.Table.from_arrays(columns, schema=loose)


def _broken(name: str, table: Any, held: Held) -> list[Fault]:
    """Note with each file what its rows do not keep of their contract; the faults of rows that were there before."""
    faults = []
    for found in check_table(table, CONTRACTS[name]) if table.num_rows else ():
        place = held.places[found.row]
        if place is None:
            faults.append(Fault(f"{name}, loaded before", found.text, found.column))
        else:
            place[0].file.fault(found.text, place[1], found.column)
    return faults


def _entry(part: Part, snapshot: Snapshot, vintage: str, on: date, signed_off: bool) -> DataSet:
    name, period = part
    return DataSet(
        dataset=name,
        period=period,
        snapshot=snapshot.sha256,
        rows=snapshot.rows,
        current=True,
        signed_off=signed_off,
        categories=CONTRACTS[name].categories,
        vintage=vintage,
        loaded_on=on.isoformat(),
    )
