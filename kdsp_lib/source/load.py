"""Load a file as a data set: read, hold to its contract, keep as a snapshot, and enter into the catalogue.

Either all of that happens or nothing: a file with a fault leaves no trace in the workspace. Of a table of pupils
the rows that break a rule are set aside, where the file as a whole has no fault, and the others are loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from kdsp_lib.errors import BadParameters, BadSource, Fault
from kdsp_lib.source.authority_rows import may_be_of_all_england, rows_of_authorities
from kdsp_lib.source.by_upn import names_by_upn, read_by_upn
from kdsp_lib.source.catalogue import STATUSES, Catalogue, DataSet
from kdsp_lib.source.change import Agree, agreed, change_to
from kdsp_lib.source.checking import CellFault, check_table
from kdsp_lib.source.contract import CONTRACTS, Contract, arrow_schema, contract_of
from kdsp_lib.source.file_kind import OTHER_XML, has_own_columns, header_of, is_text, looks_like, looks_like_xml
from kdsp_lib.source.files import one_writer
from kdsp_lib.source.gias_links import read_links
from kdsp_lib.source.local_table import LOCAL
from kdsp_lib.source.national.establishment import KIND as EXTRACT
from kdsp_lib.source.national.establishment import read_as_ours
from kdsp_lib.source.national.kinds import NATIONAL
from kdsp_lib.source.national.tidy.deriving import Said
from kdsp_lib.source.national.tidy.file import KIND as TIDY
from kdsp_lib.source.national.tidy.file import NOTHING_SAID, read_tidy
from kdsp_lib.source.national.tidy.standard import slug_of
from kdsp_lib.source.published import LAYOUTS, LINKS
from kdsp_lib.source.published_reading import read_figures
from kdsp_lib.source.quarantine import Kept, keep_list, told_by_rule
from kdsp_lib.source.reading import MOST_FAULTS, Reading, read_canonical
from kdsp_lib.source.rows_aside import (
    broken_rows,
    kept_of,
    may_set_aside,
    named_again,
    of_pupils_set_aside,
    too_many_rows,
    without,
)
from kdsp_lib.source.said_year import check_dated_rows, check_period, check_said_year, doubt_of_name
from kdsp_lib.source.sign_off import are_digests_of, keep_digests
from kdsp_lib.source.snapshot import snapshots_kept
from kdsp_lib.source.sql_reading import SqlTable, read_sql
from kdsp_lib.source.workbook import is_workbook
from kdsp_lib.source.workspace import Workspace

NOT_FOR_REAL_PUPILS = (
    "kdsp is not yet for real pupils: there is no retention, no roles and no encryption at rest. "
    "Load made-up pupils only."
)


Reader = Callable[[Path, Contract, str | None], Reading]
"""From a file, its contract and the period that it is of."""

LONGEST_NAME = 80
_LIKELY = (date(1980, 1, 1), date(2079, 12, 31))


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file that can be loaded: how it is read, and the contract that its rows then keep."""

    name: str
    table: str
    read: Reader

    @property
    def contract(self) -> Contract:
        return contract_of(self.table)


def _own(path: Path, contract: Contract, _period: str | None) -> Reading:
    return read_canonical(path, contract)


def _own_or(read: Reader, *, in_workbooks: bool = False) -> Reader:
    """A file with kdsp's own columns is read as such, any other by ``read``, as its source publishes it."""

    def chosen(path: Path, contract: Contract, period: str | None) -> Reading:
        is_own = path.is_file() and (
            has_own_columns(header_of(path), contract) or not (is_text(path) or (in_workbooks and is_workbook(path)))
        )
        return read_canonical(path, contract) if is_own else read(path, contract, period)

    return chosen


def _own_or_extract(path: Path, contract: Contract, period: str | None) -> Reading:
    """Establishments with kdsp's own columns, or as the extract of their register has them."""
    is_extract = path.is_file() and is_text(path) and looks_like(header_of(path)) == EXTRACT
    return read_as_ours(path, contract, period) if is_extract else read_canonical(path, contract)


KINDS: Mapping[str, Kind] = {
    **{table: Kind(table, table, _own) for table in {**CONTRACTS, **LOCAL}},
    "establishments": Kind("establishments", "establishments", _own_or_extract),
    **{table: Kind(table, table, _own_or(read_figures)) for table in LAYOUTS},
    LINKS: Kind(LINKS, LINKS, _own_or(read_links)),
    **{
        name: Kind(name, name, _own_or(national.read, in_workbooks=national.in_workbooks))
        for name, national in NATIONAL.items()
    },
}
"""The kinds there are. A new reader is a new entry here. Each is also read from a file with kdsp's own columns."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A data set that was loaded, and what a person should be told about it."""

    dataset: DataSet
    warnings: tuple[str, ...]
    notes: tuple[str, ...] = ()
    """What was left out or is missing."""


def kind_named(name: str, others: Iterable[str] = ()) -> Kind:
    """The kind of that name; an unknown one is refused with the names of those that are known, and of ``others``."""
    try:
        return KINDS[name]
    except KeyError:
        known = ", ".join([*KINDS, *others])
        raise BadParameters(f"There is no kind of data {name!r}.", remedy=f"one of {known}") from None


def add_dataset(
    workspace: Workspace,
    kind: str,
    file: Path | SqlTable,
    period: str | None = None,
    *,
    loaded_on: date,
    name: str = "",
    vintage: str = "",
    signed_off: bool = False,
    not_before: date | None = None,
    use_by: date | None = None,
    status: str | None = None,
    authorities: Collection[str] = (),
    agree: Agree = agreed,
    said: Said = NOTHING_SAID,
) -> Loaded:
    """Load ``file``, or a table of a database, as the current data set of its kind and period.

    All its faults at once are a :class:`BadSource`. ``name`` tells it from others of its kind, where these stand beside
    each other; without it, that is the file's.

    Before ``not_before`` and from ``use_by`` on it is not current, so that nobody but a school itself is shown it (7).
    ``status``: whether its figures may still be corrected: ``provisional``, ``revised`` or ``final``.
    ``authorities``: of a file of all England, the numbers of those whose rows are loaded; none: all rows.
    ``signed_off`` says that the source's owner has signed the data off (7); until then only the establishment
    itself can be shown it. ``agree`` is shown what is replaced, before anything is written.
    ``said``: of a tidy file without its metadata file, what columns are of which the file cannot tell.
    """
    chosen = _told(kind_named(kind), said)
    contract = chosen.contract
    check_period(contract, period)
    title = _title(contract, name, file.name)
    if status is not None and status not in STATUSES:
        raise BadParameters(f"There is no status {status[:40]!r} of data.", remedy=f"one of {', '.join(STATUSES)}")
    if not_before is not None and use_by is not None and use_by <= not_before:
        raise BadParameters(
            "Such data could never be used.", faults=[Fault("", "must be after --not-before", "--use-by")]
        )
    table, notes, aside = _read_and_set_aside(chosen, file, period, workspace)
    if authorities or may_be_of_all_england(contract, file):
        table, told = rows_of_authorities(table, contract, authorities)
        notes = (*notes, *told)
    if use_by is not None and use_by <= loaded_on:
        notes = (*notes, f"its time was over on {use_by}: nobody but an establishment itself is shown it")
    doubts = doubt_of_name(file, period) if isinstance(file, Path) else ()
    with one_writer(workspace.data):
        catalogue = Catalogue.load_or_empty(workspace)
        old = next((each for each in catalogue.current if (each.dataset, each.period) == (title, period)), None)
        shown = title if period is None else f"{title} {period}"
        agree((change_to(catalogue, shown, old, table, status, doubts),))
        with snapshots_kept(workspace.data, {contract.table: table}) as kept:
            snapshot = kept[contract.table]
            count, aside_list = keep_list(workspace.data, aside)
            dataset = DataSet(
                dataset=title,
                period=period,
                snapshot=snapshot.sha256,
                rows=snapshot.rows,
                current=True,
                signed_off=signed_off,
                categories=contract.categories,
                vintage=vintage or f"{contract.title}{f', {period}' if period else ''}, loaded {loaded_on.isoformat()}",
                loaded_on=loaded_on.isoformat(),
                not_before=None if not_before is None else not_before.isoformat(),
                use_by=None if use_by is None else use_by.isoformat(),
                status=status,
                set_aside=count,
                aside_list=aside_list,
            )
            keep_digests(workspace.data, contract.table, snapshot.sha256, table)
            catalogue.with_dataset(dataset).write()
    return Loaded(dataset, (NOT_FOR_REAL_PUPILS,) if contract.holds_pupils else (), notes)


def sign_off(workspace: Workspace, name: str, period: str | None = None) -> DataSet:
    """Note that the current data set of that name and period has been signed off (7)."""
    with one_writer(workspace.data):
        catalogue = Catalogue.load(workspace)
        found = catalogue.dataset(name, period)
        signed = replace(found, signed_off=True)
        datasets = tuple(signed if entry is found else entry for entry in catalogue.datasets)
        Catalogue(workspace.data, datasets).write()
    return signed


def check_data(workspace: Workspace) -> tuple[Fault, ...]:
    """Everything wrong with the current data sets: tampered snapshots, broken contracts, rows that refer to nobody."""
    catalogue = Catalogue.load(workspace)
    faults: list[Fault] = []
    tables: dict[DataSet, Any] = {}
    for dataset in catalogue.current:
        try:
            table = catalogue.read(dataset)
            contract = contract_of(dataset.dataset)
        except BadSource as error:
            faults.append(Fault(str(dataset), f"{error.message} To fix: {error.remedy}"))
            continue
        except BadParameters as error:
            faults.append(Fault(str(dataset), f"is of no kind that is known: {error.remedy}"))
            continue
        wanted = arrow_schema(contract)
        if (table.schema.names, table.schema.types) != (wanted.names, wanted.types):
            faults.append(Fault(str(dataset), "has other columns than its contract: load it again"))
            continue
        tables[dataset] = table
        if not are_digests_of(catalogue, dataset, table):
            faults.append(Fault(str(dataset), "has other hashes than its rows, by which heads sign: load it again"))
        faults += [Fault(f"{dataset} row {f.row + 1}", f.text, f.column) for f in check_table(table, contract)]
    return tuple(faults + _strangers(tables))


def _told(kind: Kind, said: Said) -> Kind:
    """The kind, reading by what was said of the columns of a tidy file."""
    if said == NOTHING_SAID:
        return kind
    if kind.name != TIDY:
        raise BadParameters("--filter and --indicator are of tidy files.", remedy=f"leave them out, or load as {TIDY}")
    return replace(kind, read=partial(read_tidy, said=said))


def _title(contract: Contract, name: str, source: str) -> str:
    """What a data set is called: its kind, and of kinds that are named which one of them it is."""
    if not contract.named:
        if name:
            raise BadParameters(f"There is one data set of {contract.table}.", remedy="leave out --name")
        return contract.table
    slug = slug_of(name or source.rpartition(".")[0] or source)
    if not slug or len(slug) > LONGEST_NAME:
        raise BadParameters("This needs a name.", remedy=f"give one of 1 to {LONGEST_NAME} letters: --name absence")
    return f"{contract.table}/{slug}"


def read_file(
    kind: Kind, file: Path | SqlTable, period: str | None, workspace: Workspace | None = None
) -> tuple[Any, tuple[str, ...]]:
    """The rows of a file, or of a table of a database, that keep their contract, and what should be known of them.

    Where the file names pupils by UPN, ``workspace`` knows whose they are.
    """
    catalogue = None if workspace is None else Catalogue.load_or_empty(workspace)
    reading = _reading(kind, file, period, catalogue)
    _hold(kind, reading)
    if reading.faults:
        raise not_loaded(file.name, reading.faults)
    return _held(kind, reading, reading.table, period)


def _read_and_set_aside(
    kind: Kind, file: Path | SqlTable, period: str | None, workspace: Workspace
) -> tuple[Any, tuple[str, ...], frozenset[Kept]]:
    """As :func:`read_file`; but rows of pupils that break a rule are set aside, unless these are too many."""
    if not may_set_aside(kind.contract):
        return (*read_file(kind, file, period, workspace), frozenset())
    catalogue = Catalogue.load_or_empty(workspace)
    reading = _reading(kind, file, period, catalogue)
    of_pupils_set_aside(reading, kind.contract, catalogue)
    broken = broken_rows(reading, kind.contract, _hold(kind, reading))
    why = "" if reading.is_wrong_as_a_whole else too_many_rows(reading, kind.contract, broken)
    if reading.is_wrong_as_a_whole or why:
        raise not_loaded(file.name, reading.faults, why)
    table, notes = _held(kind, reading, without(reading.table, reading, broken), period)
    aside = kept_of(broken, reading, catalogue)
    again = named_again(catalogue, broken) if kind.table == "pupils" else ()
    return table, (*notes, *told_by_rule(sorted(aside), reading.table.num_rows), *again), aside


def _reading(kind: Kind, file: Path | SqlTable, period: str | None, catalogue: Catalogue | None) -> Reading:
    """The rows of a file as they are, each fault of reading noted; a file of another kind is refused."""
    contract = kind.contract
    if isinstance(file, SqlTable):
        return read_sql(file, contract)
    if file.is_file() and (xml := looks_like_xml(file)) is not None:
        raise BadSource(
            f"{file.name} is no file of {kind.name}: this looks like {xml}.",
            remedy="export it as CSV" if xml == OTHER_XML else f"kdsp data add {xml} {file.name}",
        )
    if catalogue is not None and names_by_upn(file, contract):
        return read_by_upn(file, contract, catalogue)
    reading = kind.read(file, contract, period)
    if not reading.is_wrong_as_a_whole:
        check_said_year(file, contract, period)
    return reading


def _hold(kind: Kind, reading: Reading) -> list[CellFault]:
    """Hold what was read to its contract, and note its faults; all that its rows do wrong by it."""
    contract = kind.contract
    if reading.found and (other := looks_like(reading.header)) not in (None, kind.name):
        way = (
            f"load it with: kdsp data add {other} {reading.file}" if other in KINDS else "kdsp does not read such files"
        )
        raise BadSource(
            f"{reading.file} is no file of {kind.name}: this looks like {other}.", faults=reading.faults, remedy=way
        )
    faults = [] if reading.table is None else check_table(reading.table, contract)
    for found in faults:
        row = reading.place_of(found.row)
        if reading.was_read(row, found.column):
            reading.fault(found.text, row=row, column=found.column)
    return faults


def _held(kind: Kind, reading: Reading, table: Any, period: str | None) -> tuple[Any, tuple[str, ...]]:
    """The rows that keep their contract, in its types, with what should be known of them."""
    check_dated_rows(reading.file, table, kind.contract, period)
    return table.cast(arrow_schema(kind.contract)), (*reading.notes, *_unlikely(table, kind.contract))


def _unlikely(table: Any, contract: Contract) -> list[str]:
    """How many days no pupil of today can have: left as they are, since a register may know better."""
    import pyarrow.compute as pc

    found = []
    for column in contract.columns:
        if contract.holds_pupils and column.type == "date":
            days = table.column(column.name)
            first, last = pc.less(days, _LIKELY[0]), pc.greater(days, _LIKELY[1])
            if count := pc.sum(pc.or_(first, last)).as_py():
                years = f"before {_LIKELY[0].year} or after {_LIKELY[1].year}"
                found.append(f"{count:,} days of {column.name} are {years}: are they right?")
    return found


def not_loaded(name: str, faults: Sequence[Fault], why: str = "") -> BadSource:
    """The refusal of a file, or of several, with its faults; ``why`` they are not set aside."""
    count = "a fault" if len(faults) == 1 else f"{len(faults):,} faults"
    more = f": {why}, too many to set aside" if why else ""
    return refused(
        f"{name} has {count}; nothing of it was loaded{more}.",
        faults,
        "mend the file where it came from, and load it again",
    )


def refused(message: str, faults: Sequence[Fault], remedy: str) -> BadSource:
    """A refusal with its faults: the first of them, and how many more there are."""
    shown, rest = list(faults[:MOST_FAULTS]), len(faults) - MOST_FAULTS
    if rest > 0:
        shown.append(Fault("", f"and {rest:,} more"))
    return BadSource(message, faults=shown, remedy=remedy)


def _strangers(tables: Mapping[DataSet, Any]) -> list[Fault]:
    """Rows that name an establishment or a pupil that no data set describes; published files are about all England."""
    import pyarrow.compute as pc

    known = {
        column: table.column(column)
        for dataset, table in tables.items()
        for column, home in (("urn", "establishments"), ("pupil_key", "pupils"))
        if dataset.dataset == home
    }
    return [
        Fault(f"{dataset} row {row + 1}", f"names one that is not in the {home} data set", column)
        for dataset, table in tables.items()
        for column, home in (("urn", "establishments"), ("pupil_key", "pupils"))
        if column in known and column in table.column_names and dataset.dataset != home
        if dataset.dataset in CONTRACTS
        for row in pc.indices_nonzero(pc.invert(pc.is_in(table.column(column), known[column]))).to_pylist()
    ]
