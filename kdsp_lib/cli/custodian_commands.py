"""``kdsp custodian``: the one process that reads pupils' data, on this machine."""

from __future__ import annotations

from typing import Annotated

import typer

from kdsp_lib.cli.console import Json, print_json
from kdsp_lib.errors import BadParameters, Fault

app = typer.Typer(help="The one process that reads pupils' data.", rich_markup_mode=None)


@app.command()
def serve(
    idle: Annotated[float, typer.Option(min=1.0, help="Seconds without a question after which it stops.")] = 600.0,
) -> None:
    """Run the custodian here until it is idle or told to stop. (A report starts one by itself.)"""
    from kdsp_lib.custodian.start import facts
    from kdsp_lib.source.workspace import find_workspace

    workspace = find_workspace()
    running = facts(workspace)
    if running is not None:
        raise BadParameters(
            f"A custodian runs for this workspace already (process {running['pid']}).", remedy="kdsp custodian stop"
        )

    from kdsp_lib.custodian.server import serve as serve_workspace

    serve_workspace(workspace, idle_seconds=idle)


@app.command()
def status(as_json: Json = False) -> None:
    """Say whether a custodian runs for this workspace."""
    from kdsp_lib.custodian.start import facts
    from kdsp_lib.source.workspace import find_workspace

    running = facts(find_workspace())
    if as_json:
        print_json({"running": running is not None, **(running or {})})
    elif running is None:
        print("No custodian runs for this workspace; the next report starts one.")
    else:
        print(f"A custodian runs for {running['workspace']} (process {running['pid']}).")


@app.command()
def log(
    person: Annotated[str, typer.Option("--person", metavar="PERSON", help="Questions of one person only.")] = "",
    since: Annotated[str, typer.Option("--since", metavar="DATE", help="Questions from that day on.")] = "",
    as_json: Json = False,
) -> None:
    """Show the access log: every question to the custodian, by whom, when and how it ended; never what was asked.

    It is checked first: an entry that was changed or lost is named, and nothing is shown.
    """
    from dataclasses import asdict

    from kdsp_lib.custodian.access_log import AccessLog
    from kdsp_lib.protocol.vocabulary import read_day
    from kdsp_lib.register.database import Database
    from kdsp_lib.source.workspace import find_workspace

    if since and read_day(since) is None:
        raise BadParameters("A day is needed.", faults=[Fault("--since", "write the day as 2026-03-02")])
    with Database(find_workspace().database) as database:
        entries = AccessLog(database).entries()
    found = [each for each in entries if person in ("", each.person) and each.recorded >= since]
    if as_json:
        print_json([asdict(each) for each in found])
        return
    for each in found:
        when = f"{each.number:>6}  {each.recorded[:19]}"
        print(f"{when}  {each.person:<24} {each.action:<11} {each.outcome:<9} {each.report}".rstrip())


@app.command()
def stop() -> None:
    """Stop this workspace's custodian."""
    from kdsp_lib.custodian.start import stop as stop_custodian
    from kdsp_lib.source.workspace import find_workspace

    print("Stopped." if stop_custodian(find_workspace()) else "No custodian ran.")
