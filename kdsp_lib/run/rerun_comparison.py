"""A release's files beside the same made again: which differ, and whether that is since somebody changed them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from kdsp_lib.custodian.moved import Moved
from kdsp_lib.release.manifest import MANIFEST
from kdsp_lib.source.files import sha256_of

_TOLD_APART: Final = {
    "code", "rules", "version", "lock", "libraries", "notebook_hash", "register", "known_at", "files", "content_hash",
    "transient", "also_read",
}  # fmt: skip
"""Keys of a manifest that say what it was made by: these are compared first, in words of their own; or of each run."""


@dataclass(frozen=True, slots=True)
class Compared:
    """Every file looked at. ``edited``: those that no longer are what the manifest says, and come out as it says;
    ``otherwise``: those that come out otherwise than the manifest says."""

    same: int
    edited: tuple[str, ...]
    otherwise: tuple[str, ...]
    figures: bool
    cells: tuple[Moved, ...]

    @property
    def files(self) -> tuple[str, ...]:
        """All that differ, each once."""
        return tuple(sorted({*self.edited, *self.otherwise}))


def compare(
    folder: Path,
    manifest: Mapping[str, Any],
    files: Mapping[str, bytes],
    again: Mapping[str, Any],
    figures: bool,
    cells: tuple[Moved, ...],
) -> Compared:
    """Compare what stands in a folder with its files, and its manifest, made again."""
    edited, otherwise, same = [], [], 0
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {MANIFEST}
    for path in sorted({*there, *files, *manifest["files"]}):
        now = sha256_of(files[path]) if path in files else ""
        stands = sha256_of((folder / path).read_bytes()) if path in there else ""
        pinned = manifest["files"].get(path, "")
        if now == stands == pinned:
            same += 1
        if stands != pinned:
            edited.append(path)
        if now != pinned:
            otherwise.append(path)
    keys = {*manifest, *again} - _TOLD_APART
    differ = [f"{MANIFEST}: {key}" for key in sorted(keys) if manifest.get(key) != again.get(key)]
    if is_as_written(manifest):
        otherwise += differ
    else:
        edited += differ or [MANIFEST]
    return Compared(same + (not differ and is_as_written(manifest)), tuple(edited), tuple(otherwise), figures, cells)


def is_as_written(manifest: Mapping[str, Any]) -> bool:
    """Whether a manifest fits its own hash."""
    from kdsp_lib.release.manifest import content_hash

    return content_hash(manifest) == manifest.get("content_hash")
