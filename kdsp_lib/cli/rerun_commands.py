"""``kdsp rerun``: make a release again from its manifest, and see whether it is the same; or see today's difference."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kdsp_lib.cli.console import Json, print_json
from kdsp_lib.errors import BadParameters

if TYPE_CHECKING:
    from kdsp_lib.custodian.moved import Part
    from kdsp_lib.run.rerun_result import Difference, Rerun

_MOST_LINES = 40
_MOST_NAMED = 6
_WHERE = (
    " Where, not what: the old beside the new may tell more than either, so see `kdsp rerun --with`. Whether any moved "
    "beyond these is told nobody."
)
_NOWHERE = (
    " Which, is told nobody: that one moved and another did not would tell more than the figures. `kdsp rerun --with` "
    "shows those that may be shown."
)


class Changeable(StrEnum):
    """What may be as it is now."""

    data = "data=current"
    code = "code=current"
    rules = "rules=current"
    register = "register=current"


def rerun(
    release: Annotated[Path, typer.Argument(metavar="RELEASE", help="A release's folder, or its name in outputs/.")],
    with_: Annotated[
        Changeable | None,
        typer.Option("--with", help="Show what the same questions get today, with this one thing as it is now."),
    ] = None,
    notebooks: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where the notebooks are; by default notebooks/ in the workspace, or here."),
    ] = None,
    nbval: Annotated[
        bool,
        typer.Option("--nbval", help="Hold its notebook to what is stored in it too: which cell says what otherwise."),
    ] = False,
    as_json: Json = False,
) -> int:
    """Make a release again from what its manifest pins, and compare every file. Nothing that is made is kept.

    The same snapshots, the register and the ledger as they were then, the same parameters. What cannot be had as it
    was is said first. Exit code 0: reproduced; 15: it differs; 16: it cannot be made again.
    """
    from kdsp_lib.cli.run_commands import notebooks_of
    from kdsp_lib.cli.verify_commands import folder_of
    from kdsp_lib.run.rerun import difference
    from kdsp_lib.run.rerun_trials import rerun_by_parts

    if nbval and with_ is not None:
        raise BadParameters("--with asks of today, --nbval of what was released.", remedy="give one of the two")
    folder, workspace = folder_of(release)
    if with_ is not None:
        found = difference(folder, workspace, _changed(with_))
        print_json(found.to_json()) if as_json else print("\n".join(_of_difference(found)))
        return 0
    result = rerun_by_parts(folder, workspace, notebooks=notebooks or notebooks_of(workspace), nbval=nbval)
    print_json(result.to_json()) if as_json else print("\n".join(_of_rerun(result)))
    return result.exit_code


def _changed(with_: Changeable) -> Part:
    parts: dict[Changeable, Part] = {
        Changeable.data: "data",
        Changeable.code: "code",
        Changeable.rules: "rules",
        Changeable.register: "register",
    }
    return parts[with_]


def _of_rerun(found: Rerun) -> list[str]:
    lines = [f"{found.title} ({found.release})", *_marked(found)]
    if found.changes:
        lines += ["First, what is not as it was:", *(f"  {c.part:<12} {c.text}" for c in found.changes)]
    if found.status == "reproduced":
        cells = "" if found.shown is None else " Each cell of its notebook shows what is stored."
        return [*lines, f"Reproduced: all {found.same} files are the same, byte for byte.{cells}"]
    if found.status == "cannot":
        return [*lines, *_of_effects(found), f"It cannot be made again: {', '.join(found.causes)}."]
    number = "1 file" if len(found.files) == 1 else f"{len(found.files)} files"
    if found.files:
        lines.append(f"It differs in {number}; {found.same} are the same, byte for byte.")
    else:
        lines.append(f"Made with the figures that were released, all {found.same} files are the same, byte for byte.")
    lines += _some([f"  file         {path}" for path in found.files])
    if found.figures:
        lines.append("Figures came out otherwise." + (_WHERE if found.cells else _NOWHERE))
        lines += _some([f"  figure       {c.table}: {c.row}, {c.column}" for c in found.cells])
    if found.shown:
        lines.append("Of its notebook, by cell, what stands there and what comes out:")
        lines += _some(
            [f"  {f'cell {each.cell}' if each.cell else 'notebook':<12} {each.text}" for each in found.shown]
        )
    if not found.causes:
        return [*lines, "Nothing that it rests on has moved: please report this."]
    causes = ", ".join(found.causes)
    if len(found.causes) > 1 and not found.effects:
        return [*lines, f"Because one or more of these moved: {causes}. They could not be tried one at a time."]
    return [*lines, *_of_effects(found), f"Because of what moved: {causes}."]


def _marked(found: Rerun | Difference) -> list[str]:
    return [found.marking] if found.marking else []


def _of_effects(found: Rerun) -> list[str]:
    """A line for each that moved, with what it alone makes otherwise."""
    if not found.effects:
        return []
    lines = []
    for effect in found.effects:
        what = sorted(effect.what)
        more = f" and {len(what) - _MOST_NAMED} more" if len(what) > _MOST_NAMED else ""
        how = "only together: " if effect.is_together else ""
        lines.append(f"  {', '.join(effect.parts):<12} {how}{', '.join(what[:_MOST_NAMED])}{more}")
    return ["Made again with one of these moved at a time:", *lines]


def _of_difference(found: Difference) -> list[str]:
    lines = [f"{found.title} ({found.release}), with today's {found.changed}", *_marked(found)]
    lines += [f"  {change.part:<12} {change.text}" for change in found.changes]
    if not found.cells:
        return [*lines, f"All {found.looked_at} printed figures are what they were."]
    lines.append(f"{len(found.cells)} of {found.looked_at} printed figures are otherwise today.")
    head = ("table", "row", "column", "then", "today")
    rows = [head, *((c.table, c.row, c.column, c.old, c.new) for c in found.cells)]
    widths = [max(len(row[k]) for row in rows) for k in range(len(head))]
    return [
        *lines,
        *("  ".join(text.ljust(width) for text, width in zip(r, widths, strict=True)).rstrip() for r in rows),
    ]


def _some(lines: list[str]) -> list[str]:
    more = len(lines) - _MOST_LINES
    return [*lines[:_MOST_LINES], f"  and {more} more: --json tells all"] if more > 0 else lines
