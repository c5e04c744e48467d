"""``kdsp verify``: is this release as it was written, permitted as it was decided, and still in force."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from kdsp_lib.cli.console import Json, print_json, progress, withheld
from kdsp_lib.cli.day import day_given
from kdsp_lib.cli.evidence import Expect, check_evidence, entered
from kdsp_lib.errors import BadParameters, BadSource, Disclosive, NotAuthorised

if TYPE_CHECKING:
    from kdsp_lib.release.verification import Verified
    from kdsp_lib.source.workspace import Workspace

_READ: Final = ("ledger", "journal")
"""The chains that a release is checked by."""
_ID: Final = re.compile(r"[0-9a-f]{24}")


def verify(
    release: Annotated[
        Path | None,
        typer.Argument(metavar="RELEASE", help="A release's folder, or its name in outputs/; without it, all there."),
    ] = None,
    on: Annotated[
        str, typer.Option(metavar="DAY", help="The day on which it must not have expired; by default today.")
    ] = "",
    expect: Expect = "",
    as_json: Json = False,
) -> int:
    """Check a release, or all in outputs/: files, name, modes, its entry in the ledger, its decision, expiry, tables.

    Whatever was changed, lost or added is named (exit 11); so is a decision that the register of that day and moment
    does not give again, and a release that has expired (exit 12). Tables of which a withheld figure follows: exit 13.
    """
    from kdsp_lib.source.workspace import find_workspace

    today = day_given("--on", on) if on else dt.datetime.now().astimezone().date()
    if release is None or _is_all(release):
        return _verify_all(find_workspace() if release is None else _workspace(release), today, expect, as_json)
    from kdsp_lib.release import verification

    folder, workspace = folder_of(release)
    with entered(workspace, "verify", report_of(folder)):
        check_evidence(workspace, *_READ, expect=expect)
        found = verification.verify(folder, workspace, today)
        hidden = _attacked(folder)
    if as_json:
        print_json({**asdict(found), "withheld": hidden})
    else:
        _show(found, hidden)
    return 0


def _verify_all(workspace: Workspace, today: dt.date, expect: str, as_json: bool) -> int:
    from kdsp_lib.release.outputs import stray, verify_all

    hidden = dict[str, int]()
    with entered(workspace, "verify"), progress("Verifying outputs") as step:
        check_evidence(workspace, *_READ, expect=expect)

        def attack(folder: Path) -> None:
            step(f"Verifying {folder.name}")
            hidden[folder.name] = _attacked(folder)

        checked = list(verify_all(workspace, today, attack))
        faults = [fault for each in checked for fault in each.faults()]
        strays = list(stray(workspace.outputs))
        kinds = {type(each.error) for each in checked if each.error is not None} | ({BadSource} if strays else set())
        if kinds:
            bad = sum(each.error is not None for each in checked)
            kind = next((each for each in (BadSource, NotAuthorised, Disclosive) if each in kinds), BadSource)
            raise kind(
                f"Of {len(checked)} releases in {workspace.outputs.name}, {bad} cannot be relied on.",
                faults=[*faults, *strays],
                remedy=f"kdsp verify {workspace.outputs.name}/RELEASE says of each what to do",
            )
    if as_json:
        print_json([{**asdict(each.found), "withheld": hidden[each.name]} for each in checked if each.found])
    else:
        print(f"All {len(checked)} releases in {workspace.outputs.name} hold, and nothing else is there.")
    return 0


def _attacked(folder: Path) -> int:
    """How many figures a release withholds; Disclosive where one follows from what it prints."""
    from kdsp_lib.cli.release_files import read_release_tables
    from kdsp_lib.protect.linked_tables import attack_linked

    attacked = attack_linked(*read_release_tables(folder))
    if told := len(attacked.recovered) + len(attacked.small):
        raise Disclosive(
            f"Of {attacked.hidden} figures that this release withholds, {told} follow from what it prints.",
            rule="every hidden figure keeps its required interval",
            remedy=f"kdsp audit {folder} tells how; destroy it and tell whoever holds a copy",
        )
    return attacked.hidden


def _is_all(release: Path) -> bool:
    """Whether this is the folder of outputs itself."""
    return release.is_dir() and _workspace(release).outputs.resolve() == release.resolve()


def report_of(folder: Path) -> str:
    """The id of a release as the access log names it; no other name of a folder goes there."""
    return folder.name if _ID.fullmatch(folder.name) else ""


def folder_of(release: Path) -> tuple[Path, Workspace]:
    """The folder that a release is named by on the command line, and its workspace; BadParameters without one."""
    workspace = _workspace(release)
    folder = release if release.is_dir() else workspace.outputs / release.name
    if not folder.is_dir():
        raise BadParameters(f"There is no release {release}.", remedy="name its folder, or its name in outputs/")
    return folder.absolute() if folder.is_symlink() else folder.resolve(), workspace


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
        f"  files     {found.files}, none changed, lost or added; name and modes as they were written",
        f"  ledger    its entries are there; the chain of {found.entries} is unbroken",
        f"  decision  the register of {found.on}{known} gives it again",
        f"  tables    {withheld(hidden)}; none of them follows from what is printed",
        f"  expiry    {'on ' + found.retain_until if found.retain_until else 'no day: nothing that it rests on ends'}",
    ]
    from kdsp_lib.cli.release_files import OWN_FIGURES

    if found.identifiable:
        lines.append(f"  own       {OWN_FIGURES[found.identifiable]}")
    if found.is_replaced:
        lines.append("  note      a later release of this report has taken its place")
    print("\n".join(lines))
