"""``kdsp data remove`` and ``restore``: which version of a data set is current; none is ever lost."""

from __future__ import annotations

from typing import Annotated

import typer

from kdsp_lib.cli.agreeing import Yes, agreement
from kdsp_lib.cli.evidence import entered

Period = Annotated[
    str | None, typer.Argument(metavar="[PERIOD]", help="The term or school year, of data that is of one.")
]


def add_version_commands(app: typer.Typer) -> None:
    """Give ``kdsp data`` the commands that take a version away, or bring it back."""
    app.command()(remove)
    app.command()(restore)


def remove(
    dataset: Annotated[str, typer.Argument(metavar="KIND", help="The data set, as kdsp data list names it.")],
    period: Period = None,
    yes: Yes = False,
) -> None:
    """Take a data set out of use: reports no longer see it. Its rows stay, for kdsp data restore and kdsp rerun."""
    from kdsp_lib.source.version import remove as taken_out
    from kdsp_lib.source.version import written
    from kdsp_lib.source.workspace import find_workspace

    workspace = find_workspace()
    with entered(workspace, "data-remove"):
        number, entry = taken_out(workspace, dataset, period, agreement(yes))
    print(f"{entry} is removed: {entry.rows:,} rows. To have it back: kdsp data restore {written(number, entry)}")


def restore(
    version: Annotated[
        str, typer.Argument(metavar="KIND@VERSION", help="As kdsp data list --versions names it: census@2.")
    ],
    period: Period = None,
    yes: Yes = False,
) -> None:
    """Make an earlier version of a data set current again, as it was loaded. What it replaces stays too."""
    from kdsp_lib.source.version import restore as brought_back
    from kdsp_lib.source.workspace import find_workspace

    workspace = find_workspace()
    with entered(workspace, "data-restore"):
        entry = brought_back(workspace, version, period, agreement(yes))
    print(f"{entry} is as in {version.partition(' ')[0]} again: {entry.rows:,} rows.")
