"""``kdsp``: every command by its name.

Importing this module must stay light, so that ``kdsp --help`` answers at once: what a command needs of pandas,
pyarrow or ibis it imports when it runs.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated

import typer

from kdsp_lib.cli import (
    checkpoint_commands,
    custodian_commands,
    data_commands,
    decide_commands,
    edition_commands,
    instance_commands,
    kernel_commands,
    ksip_commands,
    lab_commands,
    measures_commands,
    new_commands,
    register_commands,
    rerun_commands,
    run_commands,
    shards_commands,
    verify_commands,
    where_used_commands,
    workspace_commands,
)
from kdsp_lib.cli.outcome import BY_SIGNAL, INTERRUPTED, endings, exit_code_of

app = typer.Typer(
    name="kdsp",
    help="Make and share analyses of school data under the Knowsley Data Sharing Protocol.",
    rich_markup_mode=None,  # plain text: quick, and read well by a screen reader
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command("init")(workspace_commands.init)
app.command("demo")(workspace_commands.demo)
app.add_typer(data_commands.app, name="data")
app.add_typer(register_commands.app, name="register")
app.command("decide")(decide_commands.decide)
app.command("run")(run_commands.run)
app.command("shards")(shards_commands.shards)
app.add_typer(edition_commands.app, name="edition")
app.command("verify")(verify_commands.verify)
app.command("rerun")(rerun_commands.rerun)
app.add_typer(new_commands.app, name="new")
app.command("lab")(lab_commands.lab)
app.command("measures")(measures_commands.measures)
app.add_typer(custodian_commands.app, name="custodian")
app.add_typer(checkpoint_commands.app, name="checkpoint")
app.command("where-used")(where_used_commands.where_used)
app.command("protect")(instance_commands.protect_instance)
app.command("audit")(instance_commands.audit_instance)
app.add_typer(ksip_commands.app, name="ksip")
app.add_typer(kernel_commands.app, name="kernel")


def _show_version(asked: bool) -> None:
    if asked:
        try:
            print(f"kdsp {version('kdsp')}")
        except PackageNotFoundError:
            print("kdsp (not installed: run from its folder)")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Make and share analyses of school data under the Knowsley Data Sharing Protocol."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command line and exit with its code: 0, or the code of the error that ended it."""
    given = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    with endings() as received:
        code = exit_code_of(lambda: app(given, prog_name="kdsp", standalone_mode=False))
    sys.exit(BY_SIGNAL + received[0] if received and code == INTERRUPTED else code)


if __name__ == "__main__":
    main()
