"""``kdsp init`` and ``kdsp demo``: a workspace to work in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kdsp_lib.cli.console import progress


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the workspace is made.")] = Path(),
    name: Annotated[str, typer.Option(help="What the workspace is called.")] = "Our authority",
    requester: Annotated[str, typer.Option(help="Who asks on this machine: a person of the register.")] = "officer:a1",
) -> None:
    """Make a workspace.

    Writes kdsp.toml, which says where data, state and outputs are, and who asks on this machine; and makes data/.
    """
    from kdsp_lib.source.acting import begin_accounts
    from kdsp_lib.source.files import make_folder
    from kdsp_lib.source.workspace import FILE_NAME, init_workspace

    workspace = init_workspace(folder, name=name, requester=requester)
    begin_accounts(workspace)
    make_folder(workspace.register.parent)
    print(f"Wrote {workspace.root / FILE_NAME}. Next: a register at {workspace.register}, and kdsp data add.")


def demo(
    into: Annotated[Path, typer.Option("--into", metavar="DIR", help="Where the made-up authority is put.")],
    seed: Annotated[
        int | None, typer.Option(min=0, help="The same seed makes the same bytes. Without one, the demo's own.")
    ] = None,
    authorities: Annotated[
        int, typer.Option(min=1, help="How many authorities; 41 to 150 are a nation for benchmarks, of tables alone.")
    ] = 1,
    files: Annotated[
        bool, typer.Option("--files", help="Write it as School Census returns (XML) and so on too.")
    ] = False,
    faults: Annotated[bool, typer.Option("--faults", help="With --files: a copy with known mistakes in it.")] = False,
) -> None:
    """Make up an authority to try things on.

    Establishments, pupils and a register, none of whom exists. What is there already stays as it is.
    """
    from kdsp_lib.source.acting import begin_accounts
    from kdsp_lib.source.demo.authority import SEED, make_authority

    with progress("Making an authority up") as step:
        workspace = make_authority(into, SEED if seed is None else seed, authorities, step)
    if not workspace.register.exists():
        print(f"A made-up nation's tables are in {workspace.data}; it has no register.")
        return
    begin_accounts(workspace)
    print(f"{workspace.name} is in {workspace.root}. Its register is {workspace.register}.")
    if files or faults:
        from kdsp_lib.source.demo.files import write_files
        from kdsp_lib.source.demo.reading_again import read_files

        with progress("Writing its files") as step:
            folder = write_files(workspace, faults=faults, progress=step)
        with progress("Reading them as an authority would"):
            found = read_files(folder, workspace)
        print(f"Its files are in {folder}: of {len(found)} kinds, and each is read again by its reader.")
