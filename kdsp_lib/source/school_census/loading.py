"""Load School Census returns: each read, all made into the tables of the authority, held to their contracts, and kept.

One return or those of all schools: a school's rows replace what it returned before for the same term, and nobody
else's. Either every return is loaded or none; what is set aside is named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from kdsp_lib.errors import BadParameters, BadSource, Fault
from kdsp_lib.source.catalogue import Catalogue, DataSet
from kdsp_lib.source.checking import check_table
from kdsp_lib.source.contract import CONTRACTS, arrow_schema
from kdsp_lib.source.file_kind import OTHER_XML, looks_like_xml, other_than_xml
from kdsp_lib.source.files import one_writer
from kdsp_lib.source.load import NOT_FOR_REAL_PUPILS, Loaded, refused
from kdsp_lib.source.period import term_before
from kdsp_lib.source.school_census.field import HEADER, NO_LONGER, ON_ROLL, tag_of
from kdsp_lib.source.school_census.meals import YEARS_BACK
from kdsp_lib.source.school_census.merging import Held, Merged, identities_of, merge
from kdsp_lib.source.school_census.reading import CensusReturn, read_return
from kdsp_lib.source.snapshot import Snapshot, snapshots_kept
from kdsp_lib.source.workspace import Workspace

KIND = "school-census-xml"
TITLE = "School Census returns (XML): one, or a folder of them"
ARREARS: Mapping[str, int | None] = {
    "census": 0, "pupils": None, "registrations": None, "former-upns": None, "attendance": 1, "suspensions": 2,
}  # fmt: skip
"""How many terms before the census each table's rows are of; None where they are of no term."""
_HEADCOUNT = ("C", "M")


def load_returns(
    workspace: Workspace,
    source: Path,
    period: str | None = None,
    *,
    loaded_on: date,
    vintage: str = "",
    signed_off: bool = False,
) -> tuple[Loaded, ...]:
    """Load a return, or all of a folder. The files say which term they are of; ``period``, where given, must be it.

    All faults of all files at once are a :class:`BadSource`, and then nothing of any was loaded.
    """
    returns = [_read(path) for path in files_of(source)]
    _check_together(returns, period)
    with one_writer(workspace.data):
        catalogue = Catalogue.load_or_empty(workspace)
        urns = _establishments(catalogue, returns)
        term = next((made.period for made in returns if made.period), "")
        if not term:
            raise refused(source.name, [fault for made in returns for fault in made.file.faults])
        before = {name: _current(catalogue, name, _period(name, term)) for name in ARREARS}
        merged = merge(
            [made for made in returns if made.laestab in urns],
            urns,
            before,
            identities_of(before["pupils"], before["former-upns"]),
            _eligible_before(catalogue, term).__contains__,
        )
        tables = {name: _table(name, held) for name, held in merged.tables.items()}
        faults = [fault for made in returns for fault in made.file.faults] + _broken(tables, merged)
        if faults:
            raise refused(source.name, faults)
        wanted = {
            name: table
            for name, table in tables.items()
            if table.num_rows or _entry_of(catalogue, name, _period(name, term)) is not None
        }
        with snapshots_kept(workspace.data, wanted) as kept:
            said = vintage or f"School Census, {term}, loaded {loaded_on.isoformat()}"
            entries = {
                name: _entry(
                    catalogue, name, _period(name, term), snapshot, merged.tables[name], said, loaded_on, signed_off
                )
                for name, snapshot in kept.items()
            }
            for entry in entries.values():
                catalogue = catalogue.with_dataset(entry)
            catalogue.write()
    return tuple(
        Loaded(entry, (NOT_FOR_REAL_PUPILS,) if name == "census" else (), _told(name, returns, merged))
        for name, entry in entries.items()
    )  # fmt: skip


def _read(path: Path) -> CensusReturn:
    if path.is_file() and (other := looks_like_xml(path) or other_than_xml(path)) not in (
        None,
        KIND,
        OTHER_XML,
    ):
        raise BadSource(
            f"{path.name} is no School Census return: this looks like {other}.",
            remedy=f"kdsp data add {other} {path.name}",
        )
    return read_return(path)


def files_of(source: Path) -> list[Path]:
    """The file, or the XML files of the folder in order of name."""
    if not source.is_dir():
        return [source]
    found = sorted(path for path in source.iterdir() if path.suffix.lower() == ".xml")
    if not found:
        raise BadSource(f"{source} has no file whose name ends in .xml.", remedy="name the folder with the returns")
    return found


def _check_together(returns: Sequence[CensusReturn], period: str | None) -> None:
    """Note what the returns do wrong together: another term than the rest, or one school twice."""
    terms = Counter(made.period for made in returns if made.period)
    wanted = period or (terms.most_common(1)[0][0] if terms else "")
    schools: dict[str, str] = {}
    for made in returns:
        if made.period and made.period != wanted:
            made.file.fault(f"is of another term than {wanted}: load it by itself", column=HEADER)
        if made.laestab and schools.setdefault(made.laestab, made.file.name) != made.file.name:
            made.file.fault(f"is of the same school as {schools[made.laestab]}: keep one of them", column=HEADER)


def _establishments(catalogue: Catalogue, returns: Iterable[CensusReturn]) -> dict[str, str]:
    """The URN that each returning school has on the census day; a school that is not there is a fault of its file."""
    rows = _current(catalogue, "establishments", None)
    if not rows:
        raise BadParameters(
            "A School Census names schools by authority and number: their URNs are not known yet.",
            remedy="load the establishments first: kdsp data add establishments FILE",
        )
    urns: dict[str, str] = {}
    for made in returns:
        held = [row for row in rows if row["laestab"] == made.laestab and row["open_date"] <= made.on]
        if held:
            urns[made.laestab] = max(held, key=lambda row: row["open_date"])["urn"]
        elif made.laestab:
            made.file.fault("is of a school that no open establishment of this workspace is", column=tag_of("estab"))
    return urns


def _current(catalogue: Catalogue, name: str, period: str | None) -> list[dict[str, Any]]:
    entry = _entry_of(catalogue, name, period)
    return [] if entry is None else catalogue.read(entry).to_pylist()


def _entry_of(catalogue: Catalogue, name: str, period: str | None) -> DataSet | None:
    return next((entry for entry in catalogue.current if (entry.dataset, entry.period) == (name, period)), None)


def _period(name: str, term: str) -> str | None:
    terms = ARREARS[name]
    return None if terms is None else term_before(term, terms)


def _eligible_before(catalogue: Catalogue, term: str) -> set[str]:
    """Pupils with free school meals in a census of the last six years that is here."""
    earliest = term_before(term, 3 * YEARS_BACK)
    found: set[str] = set()
    for entry in catalogue.current:
        if (
            entry.dataset == "census"
            and entry.period is not None
            and _order(earliest) < _order(entry.period) < _order(term)
        ):
            table = catalogue.read(entry).select(["pupil_key", "fsm"])
            found.update(table.filter(table.column("fsm")).column("pupil_key").to_pylist())
    return found


def _order(term: str) -> tuple[str, int]:
    year, _, name = term.partition("-")
    return year, ("autumn", "spring", "summer").index(name)


def _table(name: str, held: Held) -> Any:
    import pyarrow as pa

    schema = arrow_schema(CONTRACTS[name])
    loose = pa.schema([field.with_nullable(True) for field in schema])
    columns = [pa.array([row[field.name] for row in held.rows], field.type) for field in loose]
    return pa.Table.from_arrays(columns, schema=loose)


def _broken(tables: Mapping[str, Any], merged: Merged) -> list[Fault]:
    """What the rows do not keep of their contracts, by file and line."""
    faults = []
    for name, table in tables.items():
        places = merged.tables[name].places
        for found in check_table(table, CONTRACTS[name]) if table.num_rows else ():
            place = places[found.row]
            where = f"{name}, loaded before" if place is None else f"{place[0].file.name} line {place[1]}"
            faults.append(Fault(where, found.text, found.column))
    return faults


def _entry(
    catalogue: Catalogue,
    name: str,
    period: str | None,
    snapshot: Snapshot,
    held: Held,
    vintage: str,
    on: date,
    signed: bool,
) -> DataSet:
    """The data set of one table. It is signed off where every school's part of it is."""
    old = _entry_of(catalogue, name, period)
    is_of_others = any(place is None for place in held.places)
    return DataSet(
        dataset=name,
        period=period,
        snapshot=snapshot.sha256,
        rows=snapshot.rows,
        current=True,
        signed_off=signed and (old is None or not is_of_others or old.signed_off),
        categories=CONTRACTS[name].categories,
        vintage=vintage,
        loaded_on=on.isoformat(),
    )


def _told(name: str, returns: Sequence[CensusReturn], merged: Merged) -> tuple[str, ...]:
    if name != "census":
        return ()
    seen = sum((made.seen for made in returns), Counter[str]())
    others = sum(row["enrol_status"] not in _HEADCOUNT for made in returns for row in made.rows["census"])
    notes = [
        f"{len(returns):,} returns: {seen[ON_ROLL]:,} pupils on roll, "
        f"{seen[NO_LONGER]:,} no longer on roll, who are not counted"
    ]
    if others:
        notes.append(f"{others:,} on roll are guests, or have their main registration elsewhere: in no headcount")
    if seen["rolled up"]:
        notes.append(f"{seen['rolled up']:,} extended codes of ethnic background were rolled up to their main code")
    if seen["annual"]:
        notes.append(
            f"{seen['annual']:,} pupils have sessions for a whole year, which no term can be made of: not read"
        )
    notes += [f"{each.file.file.name} line {each.line}: the UPN {each.reason}" for each in merged.set_aside]
    return tuple(notes)
