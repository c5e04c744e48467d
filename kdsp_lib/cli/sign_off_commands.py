"""``kdsp data sign-off``, ``schedule`` and ``calendar``: whose data may be used and when (7), acts in the journal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from kdsp_lib.cli.acts import PaperFile, Reference, TokenFile, journal_opened, paper_of, say_recorded
from kdsp_lib.cli.console import Json, print_json
from kdsp_lib.cli.evidence import entered
from kdsp_lib.cli.journal_view import today
from kdsp_lib.errors import BadParameters, Fault

if TYPE_CHECKING:
    from kdsp_lib.protocol.community import Community
    from kdsp_lib.register.register import Register
    from kdsp_lib.source.catalogue import Catalogue, DataSet
    from kdsp_lib.source.workspace import Workspace

Period = Annotated[str | None, typer.Option(metavar="PERIOD", help="The term or school year that it is of.")]
From = Annotated[str, typer.Option("--from", metavar="DAY", help="From which day; by default today.")]
To = Annotated[str, typer.Option("--to", metavar="DAY", help="The first day on which it no longer holds.")]


def add_sign_off_commands(app: typer.Typer) -> None:
    """Give ``kdsp data`` the commands that say whose data may be used and when."""
    app.command("sign-off")(sign_off)
    app.command()(schedule)
    app.command()(calendar)


def sign_off(
    dataset: Annotated[
        str | None,
        typer.Argument(metavar="[DATASET]", help="As kdsp data list names it; else all of the establishment."),
    ] = None,
    period: Period = None,
    establishment: Annotated[
        str, typer.Option(metavar="URN", help="Whose head signs its own rows off; else the owner signs all off.")
    ] = "",
    start: From = "",
    reference: Reference = "",
    paper: PaperFile = None,
    token_file: TokenFile = None,
) -> None:
    """Record that data has been signed off: by its owner, or by the head of an establishment of its own rows.

    Until then only the establishment itself is shown it. What is signed off are these rows: rows that are loaded
    otherwise later are not.
    """
    from kdsp_lib.register.recording import enter
    from kdsp_lib.source.acting import person_here
    from kdsp_lib.source.catalogue import Catalogue
    from kdsp_lib.source.load import sign_off as note
    from kdsp_lib.source.workspace import find_workspace

    workspace = find_workspace()
    if dataset is None and not establishment:
        raise BadParameters(
            "Nothing is named.", remedy="name a data set, an establishment (--establishment URN), or both"
        )
    if not establishment and dataset is not None and not _has_begun(workspace):
        person_here(workspace)  # whoever signs off, no journal keeps it yet
        print(f"{note(workspace, dataset, period)} is signed off.")
        return
    catalogue = Catalogue.load(workspace)
    chosen = list(_chosen(catalogue, dataset, period, establishment))
    with journal_opened() as journal:
        by = paper_of(reference, paper, token_file)
        for entry, rows in chosen:
            fields = {"dataset": entry.dataset, "rows": rows, "from": start or today().isoformat()}
            fields |= {"establishment": establishment} if establishment else {}
            fields |= {} if entry.period is None else {"period": entry.period}
            say_recorded(journal, enter(journal, "sign_offs", fields, by), by.recorder)
            print(f"{entry} is signed off{f' by {establishment}' if establishment else ''}.")


def schedule(
    dataset: Annotated[str, typer.Argument(metavar="DATASET", help="The data set, as kdsp data list names it.")],
    period: Period = None,
    start: From = "",
    to: To = "",
    reference: Reference = "",
    paper: PaperFile = None,
) -> None:
    """Put a data set into the release calendar: the day from which it may be used, and the day it is out of time.

    Outside its time only the establishment itself is shown it. A data set of no entry may be used at any time.
    """
    from kdsp_lib.register.recording import enter
    from kdsp_lib.source.contract import contract_of

    contract = contract_of(dataset)
    if (contract.termly or contract.yearly) != (period is not None):
        wanted = "is needed: a data set of one term or year" if period is None else "is not needed: leave it out"
        raise BadParameters(f"{dataset} cannot be scheduled so.", faults=[Fault("", wanted, "--period")])
    fields = {"dataset": dataset, "from": start or today().isoformat()}
    fields |= ({} if period is None else {"period": period}) | ({"to": to} if to else {})
    with journal_opened() as journal:
        say_recorded(journal, enter(journal, "release_calendar", fields, paper_of(reference, paper)))


def calendar(as_json: Json = False) -> None:
    """Show the release calendar: which data set may be used from when until when, and whether it may today."""
    from kdsp_lib.source.workspace import find_workspace

    workspace = find_workspace()
    with entered(workspace, "data-calendar"):
        register = _register_of(workspace)
    entries = [] if register is None else _calendar_of(register)
    if as_json:
        print_json(entries)
        return
    community = None if register is None else register.on(today())
    for entry in entries:
        until = f" to {entry['to']}" if "to" in entry else ""
        name = f"{entry['dataset']} {entry.get('period', '')}".strip()
        now = "in time" if community is not None and community.is_in_time(name) else "not in time"
        print(f"{name:<32} from {entry['from']}{until}  {now}")
    if not entries:
        print("The release calendar is empty: data may be used at any time that its own days allow.")


def community_today(workspace: Workspace) -> Community | None:
    """The community as it stands today; None where the workspace has no register yet."""
    register = _register_of(workspace)
    return None if register is None else register.on(today())


def _register_of(workspace: Workspace) -> Register | None:
    """The register of the workspace; None where it has none yet."""
    from kdsp_lib.register.database import Database
    from kdsp_lib.register.held import held_register

    if not workspace.register.exists() and not _has_begun(workspace):
        return None
    with Database(workspace.database) as database:
        return held_register(workspace.register, database)


def _calendar_of(register: Register) -> list[dict[str, object]]:
    from kdsp_lib.register.register import plain_entry

    found: list[dict[str, object]] = [dict(plain_entry(entry)) for entry in register.entries("release_calendar")]
    return sorted(found, key=lambda entry: (str(entry["from"]), str(entry["dataset"])))


def _chosen(
    catalogue: Catalogue, dataset: str | None, period: str | None, establishment: str
) -> Iterator[tuple[DataSet, str]]:
    """The data sets to be signed off, each with the hash of the rows; BadParameters where there is none."""
    from kdsp_lib.source.sign_off import digests_kept, is_by_establishment

    if not establishment:
        entry = catalogue.dataset(str(dataset), period)
        yield entry, entry.snapshot
        return
    named = [catalogue.dataset(dataset, period)] if dataset else list(catalogue.current)
    found = 0
    for entry in named:
        if is_by_establishment(entry.dataset) and period in (None, entry.period):
            rows = digests_kept(catalogue, entry).get(establishment)
            if rows is not None:
                found += 1
                yield entry, rows
    if not found:
        raise BadParameters(
            "There are no such rows of that establishment.",
            faults=[Fault("", "must be the URN of one that has pupils' rows there", "--establishment")],
            remedy="its owner signs off as a whole what is of no one establishment",
        )


def _has_begun(workspace: Workspace) -> bool:
    from kdsp_lib.register.database import Database
    from kdsp_lib.register.journal import Journal

    with Database(workspace.database) as database:
        return bool(Journal(database).last_hash())
