"""``kdsp data``: load data, see what is loaded, check what is stored."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kdsp_lib.cli.agreeing import Yes, agreement
from kdsp_lib.cli.console import Json, print_json, progress
from kdsp_lib.cli.day import day_given
from kdsp_lib.cli.evidence import entered
from kdsp_lib.cli.sign_off_commands import add_sign_off_commands, community_today
from kdsp_lib.cli.version_commands import add_version_commands
from kdsp_lib.errors import BadParameters, BadSource, Fault

if TYPE_CHECKING:
    from kdsp_lib.source.change import Change
    from kdsp_lib.source.sql_reading import SqlTable

app = typer.Typer(help="The data sets of this workspace.", rich_markup_mode=None)
add_sign_off_commands(app)
add_version_commands(app)
Period = Annotated[
    str | None,
    typer.Option(metavar="PERIOD", help="The term it is of, 2025/26-autumn; of published figures the year, 2022/23."),
]
Where = Annotated[
    list[str] | None, typer.Option(metavar="COLUMN=VALUE", help="Only such rows of the table; may be repeated.")
]
NotBefore = Annotated[str | None, typer.Option(metavar="DAY", help="The day from which it may be used: 2026-01-22.")]
UseBy = Annotated[str | None, typer.Option(metavar="DAY", help="The first day on which it is out of time: 2027-01-22.")]

Status = Annotated[
    str | None, typer.Option(help="Whether figures may still be corrected: provisional, revised or final.")
]


@app.command()
def add(
    kind: Annotated[
        str | None,
        typer.Argument(metavar="KIND", help="census, school-census-xml, gias-establishments …; told where left out."),
    ] = None,
    file: Annotated[
        str | None,
        typer.Argument(metavar="FILE", help="The file; of returns a folder too; or postgresql://USER@HOST/DATABASE."),
    ] = None,
    period: Period = None,
    table: Annotated[str, typer.Option(metavar="TABLE", help="The table or view of the database: SCHEMA.TABLE.")] = "",
    where: Where = None,
    name: Annotated[str, typer.Option(metavar="NAME", help="Of tidy files: which one this is; else the file's.")] = "",
    la: Annotated[
        list[str] | None,
        typer.Option(metavar="NUMBER", help="Of a file of all England: only its rows of that authority. Repeatable."),
    ] = None,
    vintage: Annotated[str, typer.Option(help="Which edition of the data this is, in words.")] = "",
    signed_off: Annotated[bool, typer.Option("--signed-off", help="Its owner has signed it off.")] = False,
    not_before: NotBefore = None,
    use_by: UseBy = None,
    status: Status = None,
    filter_: Annotated[
        list[str] | None,
        typer.Option(
            "--filter", metavar="COLUMN", help="Of a tidy file without metadata: divides its rows. Repeatable."
        ),
    ] = None,
    indicator: Annotated[
        list[str] | None, typer.Option(metavar="COLUMN", help="The same: holds figures. May be repeated.")
    ] = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Load a file as the current data set; School Census returns as parts of several.

    Every fault of the file is named, and then nothing of it is loaded; but rows of pupils that break a rule are set
    aside, each with its school told, and the others are loaded. What it replaces is shown, and asked about where
    that is much; it is kept, but no longer current.
    """
    from kdsp_lib.source.adding import add_files
    from kdsp_lib.source.national.tidy.deriving import Said
    from kdsp_lib.source.workspace import find_workspace

    if kind is None:
        raise BadParameters("There is nothing to load.", remedy="name a file: kdsp data add FILE")
    if file is None:
        kind, file = _recognised(kind), kind
    source = _source(file, table, where or [])
    workspace = find_workspace()
    with entered(workspace, "data-add"), ExitStack() as shown:

        def agree(changes: Sequence[Change]) -> None:
            shown.close()  # no bar may move while somebody is asked
            agreement(yes)(changes)

        shown.enter_context(progress(f"Loading {source.name}"))
        loaded = add_files(
            workspace,
            kind,
            source,
            period,
            loaded_on=datetime.now(UTC).date(),
            name=name,
            vintage=vintage,
            signed_off=signed_off,
            not_before=None if not_before is None else day_given("--not-before", not_before),
            use_by=None if use_by is None else day_given("--use-by", use_by),
            status=status,
            authorities=la or (),
            agree=agree,
            said=Said(tuple(filter_ or ()), tuple(indicator or ())),
        )
    for warning in dict.fromkeys(warning for each in loaded for warning in each.warnings):
        print(f"Warning: {warning}", file=sys.stderr)
    if as_json:
        found = [each.dataset.to_json() for each in loaded]
        print_json(found if len(found) > 1 else found[0])
        return
    for each in loaded:
        print(f"Loaded {each.dataset}: {each.dataset.rows:,} rows.")
        for note in each.notes:
            print(f"  {note}")


@app.command("list")
def list_datasets(
    with_replaced: Annotated[
        bool, typer.Option("--all", "--versions", help="Every version: replaced and removed data sets too.")
    ] = False,
    show_unsigned: Annotated[
        bool, typer.Option("--unsigned", help="Name the establishments that have not signed off their rows.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show what is loaded, from which edition of the data, and how far it is signed off."""
    from kdsp_lib.source.catalogue import Catalogue
    from kdsp_lib.source.sign_off import in_words, unsigned
    from kdsp_lib.source.version import versions, written
    from kdsp_lib.source.workspace import find_workspace

    workspace = find_workspace()
    with entered(workspace, "data-list"):
        catalogue = Catalogue.load_or_empty(workspace)
        datasets = [(number, each) for number, each in versions(catalogue) if with_replaced or each.current]
        community = None if as_json else community_today(workspace)
    if as_json:
        print_json([{**dataset.to_json(), "version": number} for number, dataset in datasets])
        return
    if not datasets:
        print("No data is loaded. Load some with kdsp data add, or make an authority up with kdsp demo.")
    names = [written(number, each) if with_replaced else str(each) for number, each in datasets]
    width = max(map(len, names), default=0)
    for name, (_, dataset) in zip(names, datasets, strict=True):
        state = "current" if dataset.current else "not current"
        days = "".join(
            f", {word} {day}" for word, day in (("from", dataset.not_before), ("use by", dataset.use_by)) if day
        )
        signed = in_words(catalogue, dataset, community)
        if dataset.set_aside:
            days += f", {dataset.set_aside:,} of {dataset.rows + dataset.set_aside:,} rows set aside"
        print(f"{name:<{width}} {dataset.rows:>9,} rows  {state}, {signed}{days}  {dataset.vintage}")
        if show_unsigned and community is not None and (urns := unsigned(catalogue, dataset, community)):
            print(f"  not signed off by {', '.join(urns)}")


@app.command()
def check(
    returns: Annotated[
        Path | None,
        typer.Argument(metavar="RETURNS", help="School Census returns to check unloaded: one, or a folder."),
    ] = None,
    into: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write each school's own faults and questions there, by line.")
    ] = None,
) -> None:
    """Check all that is stored, or returns before they are loaded.

    Each data set is as it was loaded, keeps its contract, and names no pupil or establishment that is not there. Of
    returns, each school is told its own faults (clause 7), and nothing is loaded. Without returns it is told what was
    set aside when they were loaded.
    """
    if returns is not None:
        _check_returns(returns, into)
        return
    from kdsp_lib.source.catalogue import Catalogue
    from kdsp_lib.source.load import check_data
    from kdsp_lib.source.school_census.answering import findings_kept, write_findings
    from kdsp_lib.source.workspace import find_workspace

    workspace = find_workspace()
    with entered(workspace, "data-check"):
        aside = findings_kept(Catalogue.load_or_empty(workspace))
        if into is not None and not aside:
            raise BadParameters("No record is set aside.", remedy="to check returns: kdsp data check RETURNS")
        written = 0 if into is None else write_findings(aside, into)
        with progress("Checking"):
            faults = check_data(workspace)
        if faults:
            raise BadSource("The data of this workspace has faults.", faults=faults, remedy="load what is named again")
    if into is not None:
        print(f"{written} schools have records that are set aside: see {into}.")
    for school in aside if into is None else ():
        for each in school.findings:
            where = f"{school.file} line {each.line}" if each.line else f"{school.file}, loaded before"
            print(f"{each.kind}: {school.laestab or 'of no school known'} {where}  {each.field}  {each.text}")
    print("The data has no fault.")


@app.command()
def compare(
    dataset: Annotated[str, typer.Argument(metavar="DATASET", help="The data set, as kdsp data list names it.")],
    url: Annotated[str, typer.Argument(metavar="URL", help="postgresql://USER@HOST/DATABASE.")],
    table: Annotated[str, typer.Option(metavar="TABLE", help="The table or view of the database: SCHEMA.TABLE.")],
    period: Period = None,
    where: Where = None,
) -> None:
    """Compare a data set with the table of a database that it was loaded from.

    Both are counted where they are, and only counts are compared. Columns that differ are named.
    """
    from kdsp_lib.source.comparing import compare as compared
    from kdsp_lib.source.sql_reading import SqlTable
    from kdsp_lib.source.workspace import find_workspace

    there = _source(url, table, where or [])
    if not isinstance(there, SqlTable):
        raise BadParameters(f"{url} is no database.", remedy="name it: postgresql://USER@HOST/DATABASE")
    workspace = find_workspace()
    with entered(workspace, "data-compare"), progress(f"Comparing with {there.name}"):
        found = compared(workspace, dataset, period, there)
    print(f"{found} is as {there.name} has it: {found.rows:,} rows.")


def _check_returns(returns: Path, into: Path | None) -> None:
    from kdsp_lib.source.load import refused
    from kdsp_lib.source.school_census.answering import check_returns, write_findings
    from kdsp_lib.source.workspace import find_workspace

    workspace = find_workspace()
    with entered(workspace, "data-check"), progress(f"Checking {returns.name}"):
        found, others = check_returns(workspace, returns)
        written = 0 if into is None else write_findings(found, into)
    if into is not None:
        print(f"{written} of {len(found)} schools have something to mend or to answer: see {into}.")
    faulty = [school for school in found if school.faults]
    for school in found:
        count = {kind: sum(each.kind == kind for each in school.findings) for kind in ("set aside", "question")}
        if not school.faults and any(count.values()):
            print(f"{school.file}: {count['set aside']} records to be set aside, {count['question']} questions.")
    if faulty or others:
        faults = [
            Fault(f"{school.file} line {each.line}" if each.line else school.file, each.text, each.field)
            for school in faulty
            for each in school.faults
        ]
        raise refused(
            f"{len(faulty)} of {len(found)} returns have faults.",
            [*faults, *others],
            "send each school its own: kdsp data check RETURNS --into DIR",
        )
    print(f"The {len(found)} returns have no fault.")


def _recognised(given: str) -> str:
    """The kind of a file, or of the returns in a folder, said to who loads it; of a database it has to be given."""
    from kdsp_lib.source.file_kind import kind_of

    path = Path(given)
    files = sorted(path.glob("*.[xX][mM][lL]")) if path.is_dir() else [path]
    if not files or not files[0].is_file():
        raise BadParameters(f"{given} is no file whose kind could be told.", remedy="kdsp data add KIND FILE")
    kind = kind_of(files[0])
    print(f"{path.name} is a {'folder' if path.is_dir() else 'file'} of {kind}.", file=sys.stderr)
    return kind


def _source(given: str, table: str, where: list[str]) -> Path | SqlTable:
    """A file, or a table of a database; its password is in the environment, never here."""
    from kdsp_lib.source.sql_reading import SqlTable, is_url

    if is_url(given):
        pairs = [each.partition("=") for each in where]
        if not all(sign for _, sign, _ in pairs):
            raise BadParameters("What rows must hold is written as COLUMN=VALUE.", remedy="--where term=autumn")
        return SqlTable(given, table, {column: value for column, _, value in pairs}).checked()
    if table or where:
        raise BadParameters("--table and --where are of a database.", remedy="name it: postgresql://USER@HOST/DATABASE")
    return Path(given)
