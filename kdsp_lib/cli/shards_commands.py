"""``kdsp shards``: a batch for machines that know nothing of each other."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from kdsp_lib.errors import BadParameters


def shards(
    parameters: Annotated[
        list[Path],
        typer.Argument(
            metavar="PARAMETERS...", help="Parameter files, batch files, or folders of them; or a folder of shards."
        ),
    ],
    of: Annotated[int | None, typer.Option("--of", metavar="N", help="How many shards.")] = None,
    into: Annotated[Path | None, typer.Option(metavar="DIR", help="A new folder to write them to.")] = None,
    notebooks: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where the notebooks are; by default notebooks/ in the workspace, or here."),
    ] = None,
) -> None:
    """Split a batch into shards for a Slurm array or an indexed Job of Kubernetes, once; then say which is whose.

    Reports that have to wait for each other stay in one shard, in their order. Given a folder of shards alone, print
    the one of this task: by SLURM_ARRAY_TASK_ID or JOB_COMPLETION_INDEX.
    """
    from kdsp_lib.run.shards import is_shards, shard_of_task

    if of is None and into is None:
        if len(parameters) != 1 or not is_shards(parameters[0]):
            raise BadParameters("To make shards, say how many and where.", remedy="--of 16 --into shards")
        print(shard_of_task(parameters[0], os.environ))
        return
    if of is None or into is None:
        raise BadParameters("To make shards, say how many and where.", remedy="--of 16 --into shards")
    for folder in _written(parameters, of, into, notebooks):
        print(folder)


def _written(parameters: list[Path], of: int, into: Path, notebooks: Path | None) -> list[Path]:
    from kdsp_lib.cli.run_commands import notebooks_of
    from kdsp_lib.run.batch import check_paths, read_reports
    from kdsp_lib.run.parameters import ParameterFile
    from kdsp_lib.run.shards import write_shards
    from kdsp_lib.source.workspace import find_workspace

    workspace = find_workspace()
    read = read_reports(check_paths(parameters), workspace, notebooks or notebooks_of(workspace))
    faulty = [each for each in read if not isinstance(each, ParameterFile)]
    if faulty:
        faults = [fault for each in faulty if each.error is not None for fault in each.error.faults]
        said = "\n".join(each.error.message for each in faulty if each.error is not None)
        raise BadParameters(said, faults=faults, remedy="mend each that is named; nothing was written")
    return write_shards([each for each in read if isinstance(each, ParameterFile)], workspace, of, into)
