"""What a command shows: answers on standard output, progress on standard error, JSON when asked for."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Protocol

import typer

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]


def print_json(value: Any) -> None:
    """One JSON document on standard output; keys sorted, so that the same answer is the same bytes."""
    print(json.dumps(value, sort_keys=True, ensure_ascii=False, indent=2))


def withheld(figures: int) -> str:
    """How many figures are withheld, as a sentence begins."""
    return "1 figure is withheld" if figures == 1 else f"{figures} figures are withheld"


class Bar(Protocol):
    """Moves a bar. Without a total it says that something goes on, not how much is left."""

    def __call__(self, what: str, done: int = 0, total: int | None = None) -> None:
        """Say what is being done, and how much of it is."""


@contextmanager
def progress(label: str) -> Iterator[Bar]:
    """A bar on standard error, gone when its block ends. Where that is no terminal, silence."""
    if not sys.stderr.isatty():
        yield lambda what, done=0, total=None: None  # noqa: ARG005
        return

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None)

        def move(what: str, done: int = 0, total: int | None = None) -> None:
            bar.update(task, description=what, completed=done, total=total)

        yield move
