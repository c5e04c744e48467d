"""``kdsp kernel``: the confined kernel, where Jupyter finds it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="The confined kernel that notebooks name.", rich_markup_mode=None)


@app.callback()
def group() -> None:
    """The confined kernel that notebooks name."""


@app.command()
def install(
    for_person: Annotated[
        bool, typer.Option("--user/--sys-prefix", help="For this person, or for this Python environment alone.")
    ] = False,
) -> None:
    """Tell Jupyter of the kdsp kernel. (Installing kdsp does so already; this is for other set-ups.)"""
    from kdsp_lib.custodian.kernelspec import install as install_kernel

    print(f"The kdsp kernel is in {install_kernel(None if for_person else Path(sys.prefix))}.")
