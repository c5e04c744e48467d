"""``kdsp verify``: is this release as it was written, permitted as it was decided, and still in force."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kdsp_lib.cli.console import Json, print_json
from kdsp_lib.errors import BadParameters

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
    """Check a release: its files, its entry in the ledger, its decision, its day of expiry.

    Whatever was changed, lost or added is named (exit 11); so is a decision that the register of that day and moment
    does not give again, and a release that has expired (exit 12).
    """
    from kdsp_lib.release import verification

    today = _day(on) if on else dt.datetime.now().astimezone().date()
    workspace = _workspace(release)
    folder = release if release.is_dir() else workspace.outputs / release.name
    if not folder.is_dir():
        raise BadParameters(f"There is no release {release}.", remedy="name its folder, or its name in outputs/")
    found = verification.verify(folder.resolve(), workspace, today)
    if as_json:
        print_json(asdict(found))
    else:
        _show(found)
    return 0


def _day(text: str) -> dt.date:
    from kdsp_lib.protocol.vocabulary import read_day

    day = read_day(text)
    if day is None:
        raise BadParameters(f"{text[:40]!r} is no day.", remedy="write it as 2026-03-02")
    return day


def _workspace(release: Path) -> Workspace:
    """The workspace that the release lies in, or else the one that we are in."""
    from kdsp_lib.source.workspace import find_workspace

    if release.is_dir():
        try:
            return find_workspace(release.resolve())
        except BadParameters:
            pass
    return find_workspace()


def _show(found: Verified) -> None:
    known = f", as it was known at {found.known_at}" if found.known_at else ""
    lines = [
        f"{found.title} ({found.release}) holds.",
        f"  files     {found.files}, none changed, lost or added",
        f"  ledger    its entries are there; the chain of {found.entries} is unbroken",
        f"  decision  the register of {found.on}{known} gives it again",
        f"  expiry    {'on ' + found.retain_until if found.retain_until else 'no day: nothing that it rests on ends'}",
    ]
    if found.is_replaced:
        lines.append("  note      a later release of this report has taken its place")
    print("\n".join(lines))
