"""``kdsp ksip``: for who keeps the record of the School Improvement Partnership, and nobody else."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="The record of the School Improvement Partnership.")


@app.command()
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The record: ksip_status.yaml in the workspace's data.")],
) -> None:
    """Find every fault of the record before a report is made from it. It says neither whom nor how many it holds."""
    from kdsp_lib.custodian.policy_profile import policies
    from kdsp_lib.errors import BadParameters
    from kdsp_lib.source.ksip_status import read_store

    if not file.is_file():
        raise BadParameters(f"There is no file {file}.")
    read_store(file, max(policy.threshold for policy in policies().values()))
    print("The record has no faults.")
