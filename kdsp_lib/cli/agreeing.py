"""Show what a command replaces or removes, and ask where that is much: on a terminal; else it has to be said before."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from kdsp_lib.errors import BadParameters, Fault

if TYPE_CHECKING:
    from kdsp_lib.source.change import Agree, Change

Yes = Annotated[bool, typer.Option("--yes", help="Do not ask: what is replaced or removed is meant.")]


def agreement(yes: bool) -> Agree:
    """Shows changes on standard error, and asks about those that may be a mistake."""

    def agree(changes: Sequence[Change]) -> None:
        for change in changes:
            for number, line in enumerate(change.lines):
                print(f"{'  ' if number else ''}{line}", file=sys.stderr)
        questions = [question for change in changes for question in change.questions]
        if not questions or yes:
            return
        if not _is_terminal():
            raise BadParameters(
                "This may be a mistake, and there is nobody to ask; nothing was changed.",
                faults=[Fault("", question) for question in questions],
                remedy="look at the file and what is named above; if it is meant, add --yes",
            )
        for question in questions:
            print(f"  {question}", file=sys.stderr)
        if not typer.confirm("Is that meant?", err=True):
            raise BadParameters("Nothing was changed.", remedy="to have it done: answer y, or add --yes")

    return agree


def _is_terminal() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()
