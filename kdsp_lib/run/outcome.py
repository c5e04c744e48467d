"""How one run ended: released, unchanged, refused, mistaken or failed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from kdsp_lib.errors import KdspError


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one parameter file. ``folder`` is there for a release, ``error`` for everything else."""

    parameters: Path
    status: Literal["released", "unchanged", "refused", "mistake", "failed"]
    folder: Path | None = None
    error: KdspError | None = None
    to_review: tuple[str, ...] = ()
    """What a reviewer of the release has to look at."""

    @property
    def exit_code(self) -> int:
        """0 for a release; otherwise that of the error."""
        return self.error.exit_code if self.error else 0


def worst_exit_code(outcomes: list[Outcome]) -> int:
    """The exit code of a batch: 0 where all were released, else the highest of the reports'."""
    return max((outcome.exit_code for outcome in outcomes), default=0)
