"""``kdsp run``: parameter files in, release folders out."""

from __future__ import annotations

import contextlib
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kdsp_lib.cli.console import Bar, Json, print_json, progress
from kdsp_lib.cli.outcome import show
from kdsp_lib.errors import BadParameters

if TYPE_CHECKING:
    from kdsp_lib.run.outcome import Outcome
    from kdsp_lib.run.parameters import ParameterFile
    from kdsp_lib.source.workspace import Workspace


def run(
    parameters: Annotated[
        list[Path] | None,
        typer.Argument(metavar="PARAMETERS...", help="Parameter files, batch files, or folders of them."),
    ] = None,
    notebooks: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where the notebooks are; by default notebooks/ in the workspace, or here."),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs", "-j", metavar="N", min=1, help="How many reports to make at once; by default a core each."
        ),
    ] = None,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Go on with the last batch that was stopped or had reports that failed; PARAMETERS need not be given.",
        ),
    ] = False,
    engine: Annotated[
        str, typer.Option(metavar="NAME", help="How notebooks are run: warm (forked), or papermill (a kernel each).")
    ] = "",
    scheduler: Annotated[
        str, typer.Option(metavar="tcp://HOST:PORT", help="Make them on the Dask cluster of this scheduler.")
    ] = "",
    require_confinement: Annotated[
        bool, typer.Option("--require-confinement", help="Run and release only from a fully confined kernel.")
    ] = False,
    as_json: Json = False,
) -> int:
    """Run parameter files to releases.

    Each report ends in a release folder, or in nothing at all and a reason. What is released and unchanged is left as
    it is, so a batch that was stopped goes on where it was. The exit code is the highest of theirs: 0 where all were
    released.
    """
    from kdsp_lib.custodian.confinement import require
    from kdsp_lib.run.batch import check_paths, read_reports, run_batch, workers_for
    from kdsp_lib.run.notebook import choose_engine, prepare
    from kdsp_lib.run.outcome import worst_exit_code
    from kdsp_lib.run.plan import with_editions
    from kdsp_lib.run.unfinished import kept, unfinished
    from kdsp_lib.source.workspace import find_workspace

    if require_confinement:
        require()
    if engine:
        choose_engine(engine)
    if not parameters and not resume:
        raise BadParameters(
            "Give parameter files to run.", remedy="kdsp run PARAMETERS..., or --resume; kdsp run --help says more"
        )
    workspace = find_workspace()
    if scheduler:
        from kdsp_lib.run.cluster import check_scheduler

        if jobs is not None:
            raise BadParameters("How many reports at once is the cluster's to know.", remedy="leave -j out")
        check_scheduler(scheduler, workspace)
    else:
        prepare(workspace)
    folder = notebooks or notebooks_of(workspace)
    if not parameters:
        parameters, folder = unfinished(workspace)
    reports = read_reports(check_paths(parameters), workspace, folder)
    ended: dict[int, Outcome] = {}
    try:
        with progress("Reports") as step, kept(workspace, parameters, folder, ended):
            with_editions(reports, workspace, step)
            step("Reports", total=len(reports))
            move = _moving(step, ended, len(reports))
            run_batch(reports, workspace, workers=jobs or workers_for(len(reports)), scheduler=scheduler, progress=move)
    finally:  # stopped in the middle, too, it says what became of those before
        outcomes = [ended[number] for number in sorted(ended)]
        if as_json:
            print_json([outcome.to_json() for outcome in outcomes])
        else:
            _show(outcomes, len(reports))
        _list_releases(outcomes, workspace)
        if len(reports) > 1:
            _list_batch(reports, ended, workspace)
    return worst_exit_code(outcomes)


def notebooks_of(workspace: Workspace) -> Path:
    """``notebooks/`` in the workspace; where it has none, in the current folder."""
    in_workspace = workspace.root / "notebooks"
    return in_workspace if in_workspace.is_dir() else Path("notebooks")


def _moving(step: Bar, ended: dict[int, Outcome], total: int) -> Callable[[int, Outcome], None]:
    """Keeps each outcome and moves the bar."""
    begun = time.monotonic()
    counted: Counter[str] = Counter()

    def move(number: int, outcome: Outcome) -> None:
        ended[number] = outcome
        counted[outcome.status] += 1
        step(so_far(counted, total, time.monotonic() - begun), len(ended), total)

    return move


def so_far(counted: Mapping[str, int], total: int, seconds: float) -> str:
    """What a bar says of a batch: how many were not released, and about how long the rest will take."""
    said = ["Reports", *(f"{counted[status]} {how}" for status, how in _NOT_RELEASED.items() if counted.get(status))]
    left = total - sum(counted.values())
    worked = sum(number for status, number in counted.items() if status not in _AT_ONCE)
    if left and worked:
        said.append(f"about {_duration(seconds / worked * left)} left")
    return ", ".join(said)


_AT_ONCE = {"unchanged", "mistake"}
"""What took no time, and so says nothing of how long the rest will take."""
LEFT_OUT = (
    "what {cells} shows of its own: a release holds the custodian's tables and charts alone. Show a figure with "
    "report.tables, report.bar, report.line or report.chart"
)
_NOT_RELEASED = {"refused": "refused", "mistake": "with faults", "failed": "failed"}


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 1:
        return "1 min"
    return f"{minutes} min" if minutes < 90 else f"{round(minutes / 60)} h"


def _show(outcomes: list[Outcome], total: int) -> None:
    """The released ones first; then, on standard error, each of the others with its reason and way out, and a sum."""
    for outcome in outcomes:
        if outcome.folder is not None:
            print(f"{outcome.status:<10} {outcome.named}  ->  {outcome.folder}")
        if outcome.changed is not None:
            tables = f"tables {', '.join(outcome.changed)}" if outcome.changed else "no table"
            print(f"{'revised':<10} {tables} changed since it was released from other data")
        for text in outcome.to_review:
            print(f"{'to review':<10} {text}")
        if outcome.left_out:
            print(f"{'left out':<10} {LEFT_OUT.format(cells=', '.join(outcome.left_out))}")
    others = [outcome for outcome in outcomes if outcome.error is not None]
    for outcome in others:
        assert outcome.error is not None
        print(f"{outcome.status:<10} {outcome.named}", file=sys.stderr)
        show(outcome.error)
    if outcomes and total > 1 and (others or len(outcomes) < total):
        print(_sum(outcomes, total), file=sys.stderr)


def _sum(outcomes: list[Outcome], total: int) -> str:
    """How many reports ended how, those that did not by the code of their reason."""
    counted = Counter(f"{each.status} ({each.error.code})" if each.error else each.status for each in outcomes)
    said = [f"{number} {how}" for how, number in sorted(counted.items())]
    return (
        f"{total} reports: {', '.join([*said, *([f'{total - len(outcomes)} not begun'] * (len(outcomes) < total))])}."
    )


def _list_releases(outcomes: list[Outcome], workspace: Workspace) -> None:
    """The index of all releases of the workspace, made anew where there is one more."""
    from kdsp_lib.release.index import write_index

    if any(outcome.status == "released" for outcome in outcomes):
        with contextlib.suppress(OSError):  # it is a way to find releases, and none of them: the next run makes it
            write_index(workspace.outputs)


def _list_batch(reports: Sequence[ParameterFile | Outcome], ended: Mapping[int, Outcome], workspace: Workspace) -> None:
    """The page of this batch, in the place of the last one's: what became of each report."""
    from kdsp_lib.protocol.catalogue import report_name
    from kdsp_lib.release.batch_page import Ended, write_batch_page
    from kdsp_lib.run.outcome import Outcome

    listed = []
    for number, outcome in sorted(ended.items()):
        report = reports[number]
        name = report.parameters.resolve().parent.name if isinstance(report, Outcome) else report.report
        listed.append(
            Ended(outcome.named, report_name(name), outcome.status, outcome.folder, outcome.error, outcome.left_out)
        )
    with contextlib.suppress(OSError):
        write_batch_page(workspace.outputs, listed, workspace.protocol)
