"""What a rerun found: frozen values, told as data or in words. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from kdsp_lib.custodian.moved import Change, Moved, Part
from kdsp_lib.run.rerun_cells import Otherwise

Status = Literal["reproduced", "differs", "cannot"]
FIGURES: Final = "figures"
AT_ALL: Final = "whether it can be made at all"
EXIT_CODES: Final[Mapping[Status, int]] = {"reproduced": 0, "differs": 15, "cannot": 16}


@dataclass(frozen=True, slots=True)
class Effect:
    """What comes out otherwise where this alone moved; ``is_together``: where all of these did, and of none alone."""

    parts: tuple[Part, ...]
    what: frozenset[str]
    """Files, :data:`FIGURES`, or :data:`AT_ALL`."""
    is_together: bool = False

    def to_json(self) -> dict[str, Any]:
        """As data."""
        return {"parts": list(self.parts), "what": sorted(self.what), "together": self.is_together}


def outcome_of(found: Mapping[str, Any]) -> frozenset[str]:
    """All that differs in a result told as data; an earlier kdsp named every figure."""
    figures = [FIGURES] if found.get("figures", found["cells"]) else []
    cannot = [AT_ALL] if found["status"] == "cannot" else []
    return frozenset([*found["files"], *figures, *cannot])


@dataclass(frozen=True, slots=True)
class Rerun:
    """The result of one rerun.

    ``changes`` were told first, from the pins; ``files`` are the paths whose bytes differ, and of a manifest each key
    (``manifest.json: parameters``); ``figures`` whether some came out otherwise, and ``cells`` where, without the
    figures, as far as that is told.
    """

    release: str
    title: str
    status: Status
    changes: tuple[Change, ...] = ()
    files: tuple[str, ...] = ()
    figures: bool = False
    cells: tuple[Moved, ...] = ()
    causes: tuple[Part, ...] = ()
    """What moved, where it is not reproduced; several where they moved together and no trial told them apart."""
    same: int = 0
    """How many files are the same, byte for byte."""
    shown: tuple[Otherwise, ...] | None = None
    """What cells of its notebook say or show otherwise; None where they were not looked at."""
    effects: tuple[Effect, ...] = ()
    """Which of what moved makes which difference; none where no trial told."""
    pins: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """What the ledger pinned it by."""
    marking: str = ""
    """That its permission has ended, where it has: it is made again to be looked at, and not to be passed on."""

    @property
    def exit_code(self) -> int:
        """0 where it is reproduced; a code of its own where it differs, and where it cannot be made again."""
        return EXIT_CODES[self.status]

    def to_json(self) -> dict[str, Any]:
        """As data."""
        return {
            "release": self.release,
            "title": self.title,
            "status": self.status,
            "changes": [change.to_json() for change in self.changes],
            "files": list(self.files),
            "figures": self.figures,
            "cells": [cell.to_json() for cell in self.cells],
            "causes": list(self.causes),
            "effects": [effect.to_json() for effect in self.effects],
            "same": self.same,
            "shown": None if self.shown is None else [each.to_json() for each in self.shown],
            "marking": self.marking,
        }


@dataclass(frozen=True, slots=True)
class Difference:
    """Today's difference: what a release printed, and what the same questions get with one thing as it is now."""

    release: str
    title: str
    changed: Part
    cells: tuple[Moved, ...] = ()
    looked_at: int = 0
    """How many printed cells were compared."""
    changes: tuple[Change, ...] = field(default=())
    marking: str = ""
    """As of a rerun."""

    def to_json(self) -> dict[str, Any]:
        """As data."""
        return {
            "release": self.release,
            "title": self.title,
            "with": self.changed,
            "looked_at": self.looked_at,
            "cells": [cell.to_json() for cell in self.cells],
            "changes": [change.to_json() for change in self.changes],
            "marking": self.marking,
        }


def causes_of(
    edited: Iterable[str], otherwise: Iterable[str], changes: Iterable[Change], *, figures: bool
) -> tuple[Part, ...]:
    """What the differences come of, by what moved: the release itself where files were edited; else what it rests on.

    Figures hang on the code, the rules and the register, files that show the same figures on these, the notebook, the
    libraries that draw them, and what is read beside the data. Snapshots are never of today.
    """
    moved = {change.part for change in changes}
    found: list[Part] = ["release"] if list(edited) else []
    if figures:
        found += [part for part in _OF_FIGURES if part in moved]
    elif list(otherwise):
        found += [part for part in _OF_FILES if part in moved]
    return tuple(found)


_OF_FIGURES: Final[tuple[Part, ...]] = ("data", "rules", "register", "code", "environment")
_OF_FILES: Final[tuple[Part, ...]] = ("data", "notebook", "rules", "register", "code", "environment")
