"""``kdsp run``: parameter files in, release folders out."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kdsp_lib.cli.console import Json, print_json, progress
from kdsp_lib.cli.outcome import show

if TYPE_CHECKING:
    from kdsp_lib.run.outcome import Outcome
    from kdsp_lib.source.workspace import Workspace


def run(
    parameters: Annotated[
        list[Path], typer.Argument(metavar="PARAMETERS...", help="Parameter files, or folders of them.")
    ],
    notebooks: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where the notebooks are; by default notebooks/ in the workspace, or here."),
    ] = None,
    require_confinement: Annotated[
        bool, typer.Option("--require-confinement", help="Run and release only from a fully confined kernel.")
    ] = False,
    as_json: Json = False,
) -> int:
    """Run parameter files to releases.

    Each file's notebook ends in a release folder, or in nothing at all and a reason. The exit code is the highest of
    theirs: 0 where all were released.
    """
    from kdsp_lib.custodian.confinement import require
    from kdsp_lib.run.batch import check_paths, run_reports
    from kdsp_lib.run.outcome import worst_exit_code
    from kdsp_lib.source.workspace import find_workspace

    if require_confinement:
        require()
    workspace = find_workspace()
    folder = notebooks or notebooks_of(workspace)
    paths = check_paths(parameters)
    ended: list[Outcome] = []
    try:
        with progress("Reports") as step:

            def move(outcome: Outcome) -> None:
                ended.append(outcome)
                step(_so_far(ended), len(ended), len(paths))

            step("Reports", total=len(paths))
            run_reports(paths, workspace, notebooks=folder, progress=move)
    finally:  # stopped in the middle, too, it says what became of those before
        if as_json:
            print_json([_as_json(outcome) for outcome in ended])
        else:
            _show(ended)
        _list_releases(ended, workspace)
    return worst_exit_code(ended)


def notebooks_of(workspace: Workspace) -> Path:
    """``notebooks/`` in the workspace; where it has none, in the current folder."""
    in_workspace = workspace.root / "notebooks"
    return in_workspace if in_workspace.is_dir() else Path("notebooks")


def _so_far(ended: list[Outcome]) -> str:
    refused = sum(outcome.status == "refused" for outcome in ended)
    return f"Reports, {refused} refused" if refused else "Reports"


def _show(outcomes: list[Outcome]) -> None:
    """The released ones first; then, on standard error, each of the others with its reason and way out."""
    for outcome in outcomes:
        if outcome.folder is not None:
            print(f"{outcome.status:<10} {outcome.parameters}  ->  {outcome.folder}")
        for text in outcome.to_review:
            print(f"{'to review':<10} {text}")
    for outcome in outcomes:
        if outcome.error is not None:
            print(f"{outcome.status:<10} {outcome.parameters}", file=sys.stderr)
            show(outcome.error)


def _list_releases(outcomes: list[Outcome], workspace: Workspace) -> None:
    """The index of all releases of the workspace, made anew where there is one more."""
    from kdsp_lib.release.index import write_index

    if any(outcome.status == "released" for outcome in outcomes):
        with contextlib.suppress(OSError):  # it is a way to find releases, and none of them: the next run makes it
            write_index(workspace.outputs)


def _as_json(outcome: Outcome) -> dict[str, object]:
    return {
        "parameters": str(outcome.parameters),
        "status": outcome.status,
        "folder": str(outcome.folder) if outcome.folder else None,
        "error": outcome.error.to_json() if outcome.error else None,
        "to_review": list(outcome.to_review),
        "exit_code": outcome.exit_code,
    }
