"""``kdsp verify``: is this release as it was written, permitted as it was decided, and still in force."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kdsp_lib.cli.console import Json, print_json, withheld
from kdsp_lib.cli.day import day_given
from kdsp_lib.errors import BadParameters, Disclosive

if TYPE_CHECKING:
    from kdsp_lib.release.verification import Verified
    from kdsp_lib.source.workspace import Workspace


def verify(
    release: Annotated[Path, typer.Argument(metavar="RELEASE", help="A release's folder, or its name in outputs/.")],
    on: Annotated[
        str, typer.Option(metavar="DAY", help="The day on which it must not have expired; by default today.")
    ] = "",
    as_json: Json = False,
) -> int:
    """Check a release: its files, its entry in the ledger, its decision, its day of expiry, its tables.

    Whatever was changed, lost or added is named (exit 11); so is a decision that the register of that day and moment
    does not give again, and a release that has expired (exit 12). Tables of which a withheld figure follows: exit 13.
    """
    from kdsp_lib.cli.release_files import read_release_tables
    from kdsp_lib.protect.linked_tables import attack_linked
    from kdsp_lib.release import verification

    today = day_given("--on", on) if on else dt.datetime.now().astimezone().date()
    folder, workspace = folder_of(release)
    found = verification.verify(folder, workspace, today)
    attacked = attack_linked(*read_release_tables(folder))
    told = len(attacked.recovered) + len(attacked.small)
    if told:
        raise Disclosive(
            f"Of {attacked.hidden} figures that this release withholds, {told} follow from what it prints.",
            rule="every hidden figure keeps its required interval",
            remedy=f"kdsp audit {release} tells how; destroy it and tell whoever holds a copy",
        )
    if as_json:
        print_json({**asdict(found), "withheld": attacked.hidden})
    else:
        _show(found, attacked.hidden)
    return 0


def folder_of(release: Path) -> tuple[Path, Workspace]:
    """The folder that a release is named by on the command line, and its workspace; BadParameters without one."""
    workspace = _workspace(release)
    folder = release if release.is_dir() else workspace.outputs / release.name
    if not folder.is_dir():
        raise BadParameters(f"There is no release {release}.", remedy="name its folder, or its name in outputs/")
    return folder.resolve(), workspace


def _workspace(release: Path) -> Workspace:
    """The workspace that the release lies in, or else the one that we are in."""
    from kdsp_lib.source.workspace import find_workspace

    if release.is_dir():
        try:
            return find_workspace(release.resolve())
        except BadParameters:
            pass
    return find_workspace()


def _show(found: Verified, hidden: int) -> None:
    known = f", as it was known at {found.known_at}" if found.known_at else ""
    lines = [
        f"{found.title} ({found.release}) holds.",
        f"  files     {found.files}, none changed, lost or added",
        f"  ledger    its entries are there; the chain of {found.entries} is unbroken",
        f"  decision  the register of {found.on}{known} gives it again",
        f"  tables    {withheld(hidden)}; none of them follows from what is printed",
        f"  expiry    {'on ' + found.retain_until if found.retain_until else 'no day: nothing that it rests on ends'}",
    ]
    if found.is_replaced:
        lines.append("  note      a later release of this report has taken its place")
    print("\n".join(lines))
