"""The manual's tests as calls, for others than pytest to make: with a changed policy, or to write them down."""

from __future__ import annotations

import inspect
import itertools
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import small_community

from kdsp_lib.protocol.decision import Decision


@dataclass(frozen=True)
class Asked:
    """One question of a case and its answer."""

    also: str
    fields: dict[str, Any]
    decision: Decision


@dataclass(frozen=True)
class Case:
    """One test with one set of its parameters."""

    module: ModuleType
    test: Callable[..., None]
    given: dict[str, Any]

    def __call__(self) -> None:
        wanted = inspect.signature(self.test).parameters
        fixtures = {name: getattr(small_community, name) for name in wanted if name not in self.given}
        self.test(**self.given, **fixtures)

    def asked(self) -> list[Asked]:
        """Every question that it puts, with its answer."""
        found: list[Asked] = []
        really = small_community.ask

        def ask(also: str = "", **fields: Any) -> Decision:
            decision = really(also, **fields)
            found.append(Asked(also, fields, decision))
            return decision

        small_community.ask = ask
        try:
            self()
        finally:
            small_community.ask = really
        return found


def folders() -> list[Path]:
    """A folder for each clause, by number; then the table of levels, who receives, what a permit binds to."""
    here = Path(__file__).parent
    return [*sorted(here.glob("clause_*")), here / "levels", here / "recipients", here / "obligations"]


def cases() -> Iterator[Case]:
    """Every test of these folders, file by file and as it stands there."""
    files = [file for folder in folders() for file in sorted(folder.glob("test_*.py"))]
    for file in files:
        if str(file.parent) not in sys.path:
            sys.path.append(str(file.parent))
        module = import_module(file.stem)
        for name, test in vars(module).items():
            if name.startswith("test_"):
                yield from (Case(module, test, given) for given in _parameters(test))


def _parameters(test: Callable[..., None]) -> Iterator[dict[str, Any]]:
    marks = [mark.args for mark in getattr(test, "pytestmark", ()) if mark.name == "parametrize"]
    choices = [[_named(names, row) for row in rows] for names, rows in marks]
    for chosen in itertools.product(*choices):
        yield {key: value for part in chosen for key, value in part.items()}


def _named(names: str | tuple[str, ...], row: Any) -> dict[str, Any]:
    return {names: row} if isinstance(names, str) else dict(zip(names, row, strict=True))
