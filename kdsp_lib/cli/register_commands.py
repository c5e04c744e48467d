"""``kdsp register``: is it well formed, and who belongs on a day."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kdsp_lib.cli.console import Json, print_json
from kdsp_lib.cli.journal_commands import KnownAt, add_journal_commands, held
from kdsp_lib.errors import BadParameters, Fault

if TYPE_CHECKING:
    from kdsp_lib.protocol.community import Community
    from kdsp_lib.register.register import Register

app = typer.Typer(help="Who belongs to the community, and who agreed to what.", rich_markup_mode=None)
add_journal_commands(app)
RegisterFile = Annotated[
    Path | None, typer.Argument(metavar="REGISTER", help="A register's YAML file; by default the workspace's.")
]


@app.command()
def check(register: RegisterFile = None, as_json: Json = False) -> None:
    """Name every fault of a register, each with its line, or say that it has none."""
    found = {section: len(entries) for section, entries in _read("register-check", register).sections.items()}
    if as_json:
        print_json({"entries": found})
    else:
        print("The register has no fault. " + ", ".join(f"{name} {number}" for name, number in found.items()) + ".")


@app.command()
def show(
    register: RegisterFile = None,
    on: Annotated[str, typer.Option(metavar="DATE", help="The day it is shown as of, such as 2026-03-02.")] = "",
    known_at: KnownAt = "",
    as_json: Json = False,
) -> None:
    """Show the community as it stood on a day: establishments by standing, groups and their members, people."""
    from kdsp_lib.protocol.vocabulary import read_day

    day = read_day(on)
    if day is None:
        fault = Fault("--on", "write the day as 2026-03-02; it has no default")
        raise BadParameters("A register is shown as of a day.", faults=[fault])
    shown = _as_data(_read("register-show", register, known_at).on(day))
    if as_json:
        print_json(shown)
        return
    print(f"The community on {shown['on']}")
    for urn, establishment in shown["establishments"].items():
        print(f"  {urn}  {establishment['standing']:<10} {establishment['name']}  ({establishment['controller']})")
    for group, members in shown["groups"].items():
        print(f"  {group}: {', '.join(members) or 'no members'}")
    for person, name in shown["people"].items():
        print(f"  {person}  {name}")


@app.command()
def skeleton(
    la: Annotated[list[str], typer.Option("--la", metavar="LA", help="An authority's three digits; may be repeated.")],
    census: Annotated[Path, typer.Option(metavar="FILE", help="The census file of the performance tables.")],
    into: Annotated[Path, typer.Option(metavar="REGISTER", help="The YAML file to write; never over one.")],
    links: Annotated[Path | None, typer.Option(metavar="FILE", help="Links of establishments: names, too.")] = None,
    extract: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The register of establishments: names, and trusts."),
    ] = None,
) -> None:
    """Begin a register with the establishments of some authorities, for you to complete.

    It has no signature, consent, area or person: nobody knows these but you. Trusts are those of the register of
    establishments, if it is given. A name that the files lack is the URN.
    """
    from kdsp_lib.source.skeleton import write_skeleton

    number = write_skeleton(list(dict.fromkeys(la)), census, links, into, extract)
    print(f"Wrote {number} establishments to {into}. None has signed: complete it, then: kdsp register check {into}")


def _read(action: str, register: Path | None, known_at: str = "") -> Register:
    """A file that is named, else what the workspace decides by: its journal, or its file."""
    from kdsp_lib.register.reading import read_register

    if register is None:
        return held(action, known_at)
    if known_at:
        fault = Fault("--known-at", "is told by a workspace's journal, not by a file: leave out the file")
        raise BadParameters("A file does not say what was known when.", faults=[fault])
    return read_register(register)


def _as_data(community: Community) -> dict[str, Any]:
    return {
        "on": community.day.isoformat(),
        "establishments": {
            urn: {
                "name": community.name(f"establishment:{urn}"),
                "standing": standing,
                "controller": community.controller(urn),
            }
            for urn, standing in sorted(community.standings.items())
        },
        "groups": {group: list(members) for group, members in sorted(community.groups.items())},
        "people": {person: community.name(person) for person in sorted(community.people)},
    }
