"""How a release stands on the disk: under its own name, as no link, and open to those it was written for."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from kdsp_lib.errors import Fault
from kdsp_lib.release.obligation import ENCRYPTED
from kdsp_lib.release.read import named_in

FOLDER_MODE: Final = 0o755
FILE_MODE: Final = 0o644
_PRIVATE: Final = 0o700
"""What is left of both where nobody but the owner may look in."""


def mode_of(*, is_folder: bool, private: bool) -> int:
    """The mode that a folder or a file of a release is written with; what the account takes away stays away."""
    return (FOLDER_MODE if is_folder else FILE_MODE) & (_PRIVATE if private else 0o777)


def standing_faults(folder: Path, manifest: Mapping[str, Any]) -> Iterator[Fault]:
    """What is wrong with the place, the name and the modes of a release, each with its way out."""
    if folder.is_symlink():
        yield Fault("", "is a link: put the folder itself there", folder.name)
    release = manifest.get("release")
    if folder.name != release:
        yield Fault("", f"stands under another name than its own: it is the release {release}", folder.name)
    decision = manifest.get("decision")
    private = ENCRYPTED in (decision.get("obligations") or () if isinstance(decision, Mapping) else ())
    for place in sorted(frozenset.union(*named_in(manifest))):
        path = folder / place
        is_inside = not path.is_symlink() and path.resolve().is_relative_to(folder.resolve())
        if path.exists() and (place == "." or is_inside):
            yield from _mode_fault(path, folder, private=private)


def _mode_fault(path: Path, folder: Path, *, private: bool) -> Iterator[Fault]:
    found = path.stat().st_mode
    written = mode_of(is_folder=stat.S_ISDIR(found), private=private)
    mode = stat.S_IMODE(found)
    if mode & ~written & ~(stat.S_ISGID if stat.S_ISDIR(found) else 0):
        place = folder.name if path == folder else path.relative_to(folder).as_posix()
        yield Fault("", f"has mode {mode:o}, more than the {written:o} it was written with: chmod {written:o}", place)
