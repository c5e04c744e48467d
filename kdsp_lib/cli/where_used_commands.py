"""``kdsp where-used``: which releases drew on a pupil or an establishment."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kdsp_lib.cli.console import Json, print_json
from kdsp_lib.errors import BadParameters

if TYPE_CHECKING:
    from collections.abc import Mapping


def where_used(
    pupil: Annotated[
        str, typer.Option(metavar="UPN", help="A pupil by UPN; - reads it from standard input, where no list shows it.")
    ] = "",
    establishment: Annotated[str, typer.Option(metavar="URN", help="An establishment by its URN.")] = "",
    as_json: Json = False,
) -> None:
    """List the releases that drew on a pupil or an establishment: for subject access, recall and breach.

    It tells no figure, and of a pupil nothing but the releases. The access log keeps that somebody asked.
    """
    if bool(pupil) == bool(establishment):
        raise BadParameters("Give either --pupil UPN or --establishment URN.", remedy="kdsp where-used --help")
    asked = {"establishment": establishment} if establishment else {"pupil": _read(pupil)}
    uses = _ask(asked)
    if as_json:
        print_json(uses)
        return
    for use in uses:
        if not use["unknown"]:
            print(_line(use))
    unknown = [use for use in uses if use["unknown"]]
    if unknown:
        print(f"Of these nobody can tell ({unknown[0]['unknown']}):")
        for use in unknown:
            print(_line(use))
    if not uses:
        print("No release drew on it." if establishment else "No release drew on this pupil's record.")


def _read(pupil: str) -> str:
    return sys.stdin.readline().strip() if pupil == "-" else pupil


def _ask(asked: Mapping[str, str]) -> list[dict[str, Any]]:
    from kdsp_lib.custodian.client import Connection
    from kdsp_lib.custodian.session import runner_ticket
    from kdsp_lib.custodian.start import ensure_running
    from kdsp_lib.source.workspace import find_workspace

    workspace = find_workspace()
    with Connection(ensure_running(workspace), runner_ticket(workspace, "")) as connection:
        uses: list[dict[str, Any]] = connection.ask("where-used", asked)["uses"]
    return [{**use, "is_in_outputs": (workspace.outputs / use["release"]).is_dir()} for use in uses]


def _line(use: Mapping[str, Any]) -> str:
    whom = f", which drew on {', '.join(use['establishments'])}" if use["establishments"] else ""
    where = "in outputs/" if use["is_in_outputs"] else "no longer in outputs/"
    return (
        f"{use['release']}  {use['report']}, {use['period']}{whom}\n"
        f"    released {use['released'][:16]} by {use['requester']} to {use['recipient']} for {use['purpose']}; {where}"
    )
