"""``kdsp checkpoint``: signed checkpoints over journal, ledger, access log and tokens, and copies of them elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kdsp_lib.cli.console import Json, print_json
from kdsp_lib.cli.evidence import Expect, check_evidence, entered, sign_evidence
from kdsp_lib.errors import BadParameters

app = typer.Typer(help="Signed evidence that nothing was taken from the state, or rewritten.", rich_markup_mode=None)


@app.command()
def export(
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FILE", help="A new file, somewhere else than the state.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Sign where all chains end now, and write that to a file, or print its hash: keep either somewhere else.

    With --expect, `kdsp register verify`, `kdsp verify`, `kdsp custodian log`, `kdsp custodian tokens` and `kdsp
    checkpoint verify` then find whatever was cut short, rewritten or taken away since.
    """
    from kdsp_lib.custodian.signing_key import signing_key
    from kdsp_lib.source.files import write_new
    from kdsp_lib.source.workspace import find_workspace

    workspace = find_workspace()
    if to is not None and to.exists():
        raise BadParameters(f"{to} is there already, and is left as it is.", remedy="name another file")
    made = sign_evidence(workspace, "export")
    key = signing_key(workspace.state)
    if to is not None:
        write_new(to, made.line(key) + b"\n")
    if as_json:
        print_json({"checkpoint": made.hash, "recorded": made.recorded, "key": key.public})
    else:
        print(f"{made.hash}  {made.recorded[:19]}" + (f"  {to}" if to else ""))


@app.command()
def verify(expect: Expect = "") -> None:
    """Check every chain as a whole against all checkpoints, and these against their signatures and copies."""
    from kdsp_lib.register.chains import CHAINS
    from kdsp_lib.source.workspace import find_workspace

    workspace = find_workspace()
    with entered(workspace, "checkpoint"):
        check_evidence(workspace, *CHAINS, expect=expect)
    print("Every chain is whole, and as its checkpoints have it.")


@app.command()
def key() -> None:
    """Show the public key (Ed25519) by which this workspace's checkpoints are checked."""
    from kdsp_lib.custodian.evidence import Evidence
    from kdsp_lib.register.database import Database
    from kdsp_lib.source.workspace import find_workspace

    workspace = find_workspace()
    with Database(workspace.database) as database:
        print(Evidence(workspace, database).key.public)
