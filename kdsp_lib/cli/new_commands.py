"""``kdsp new notebook``: a notebook of one's own, started from a template."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kdsp_lib.cli.day import day_given
from kdsp_lib.errors import BadParameters

if TYPE_CHECKING:
    from kdsp_lib.protocol.community import Community
    from kdsp_lib.source.workspace import Workspace

app = typer.Typer(help="Start something of your own from a template.", rich_markup_mode=None)


@app.callback()
def group() -> None:
    """Start something of your own from a template."""


@app.command()
def notebook(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of the notebook: small letters, digits and _.")],
    report: Annotated[str, typer.Option(metavar="KIND", help="The report that it opens, such as area-profile.")],
    period: Annotated[
        str | None, typer.Option(help="The period to begin with; by default that of the newest census.")
    ] = None,
    on: Annotated[str | None, typer.Option(metavar="DAY", help="The day to begin with; by default today.")] = None,
    into: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where notebooks/ and parameters/ are; by default where kdsp run looks."),
    ] = None,
) -> None:
    """Start a notebook and its first parameter file.

    It runs as it stands, about the first group or school of the register: then change its words and its questions.
    """
    from kdsp_lib.cli.run_commands import notebooks_of
    from kdsp_lib.custodian.asked_days import data_day, faults_of_days, real_day
    from kdsp_lib.run.new_notebook import first_values, served_as, start_notebook
    from kdsp_lib.source.workspace import find_workspace

    workspace = find_workspace()
    served, day = served_as(report), real_day() if on is None else day_given("--on", on)
    catalogued = served.catalogued(workspace.protocol)
    first = period or _newest(workspace, lambda each: data_day(served, each) <= day)
    found = faults_of_days(served.name, {"period": first, "on": day.isoformat()}, real_day())
    if found:
        faults = [replace(fault, field=f"--{fault.field}") for fault in found]
        raise BadParameters("No report can be made of these.", faults=faults)
    values = first_values(served, catalogued, _community(workspace, day), first, day.isoformat())
    started = start_notebook(name, served, values, into or notebooks_of(workspace).resolve().parent, workspace.protocol)
    print(f"Wrote {started.notebook} and {started.parameters}.")
    print(f"Look at it: kdsp lab {name}. Release it: kdsp run {started.parameters}")


def _community(workspace: Workspace, day: date) -> Community:
    """The community of a day, as requests of whoever asks are decided by it."""
    from kdsp_lib.custodian.asked_days import real_day
    from kdsp_lib.register.database import Database
    from kdsp_lib.register.held import holding
    from kdsp_lib.source.acting import person_here

    with Database(workspace.database) as database:
        register = holding(workspace.register, database).decides_for(person_here(workspace), real_day())
    return register.on(day)


def _newest(workspace: Workspace, is_of_its_time: Callable[[str], bool]) -> str:
    """The period of the newest census that is loaded and was there by the day that is begun with."""
    from kdsp_lib.source.catalogue import Catalogue
    from kdsp_lib.source.period import census_day

    found = [str(entry.period) for entry in Catalogue.load_or_empty(workspace).current if entry.dataset == "census"]
    found = [period for period in found if is_of_its_time(period)]
    if not found:
        raise BadParameters(
            "No census is loaded to begin with.", remedy="give --period, or a later --on, or load one: kdsp data add"
        )
    return max(found, key=census_day)
