"""How one run ended: released, unchanged, refused, mistaken or failed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

from kdsp_lib.errors import KdspError

Status = Literal["released", "unchanged", "refused", "mistake", "failed"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one report. ``folder`` is there for a release, ``error`` for everything else."""

    parameters: Path
    status: Status
    which: str = ""
    """Of a batch file: which of its reports."""
    folder: Path | None = None
    error: KdspError | None = None
    to_review: tuple[str, ...] = ()
    """What a reviewer of the release has to look at."""
    left_out: tuple[str, ...] = ()
    """The cells that show something of the notebook's own, which is not in the release."""
    changed: tuple[str, ...] | None = None
    """Of an amendment: the tables that are not as they were released before."""

    @property
    def exit_code(self) -> int:
        """0 for a release; otherwise that of the error."""
        return self.error.exit_code if self.error else 0

    @property
    def named(self) -> str:
        """Which report it was, as a person finds it."""
        return f"{self.parameters} ({self.which})" if self.which else str(self.parameters)

    def to_json(self) -> dict[str, Any]:
        """As data, for a program that reads it."""
        return {
            "parameters": str(self.parameters),
            "which": self.which,
            "status": self.status,
            "folder": str(self.folder) if self.folder else None,
            "error": self.error.to_json() if self.error else None,
            "to_review": list(self.to_review),
            "left_out": list(self.left_out),
            "changed": None if self.changed is None else list(self.changed),
            "exit_code": self.exit_code,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """What :meth:`to_json` wrote."""
        return cls(
            Path(data["parameters"]),
            data["status"],
            data["which"],
            Path(data["folder"]) if data["folder"] else None,
            KdspError.from_json(data["error"]) if data["error"] else None,
            tuple(data["to_review"]),
            tuple(data["left_out"]),
            None if data["changed"] is None else tuple(data["changed"]),
        )


def worst_exit_code(outcomes: Iterable[Outcome]) -> int:
    """The exit code of a batch: 0 where all were released, else the highest of the reports'."""
    return max((outcome.exit_code for outcome in outcomes), default=0)
