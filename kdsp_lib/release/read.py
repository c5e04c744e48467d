"""Reading a release back, and telling whether it is as it was written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from kdsp_lib.errors import BadSource, Fault
from kdsp_lib.release.manifest import FORMAT, MANIFEST, content_hash


@dataclass(frozen=True, slots=True)
class ReadRelease:
    """A release that was found whole and unchanged."""

    folder: Path
    manifest: Mapping[str, Any]

    @property
    def content_hash(self) -> str:
        """What tells it from every other release."""
        return str(self.manifest["content_hash"])


def read_release(folder: Path) -> ReadRelease:
    """The release in a folder; BadSource with all that is missing, changed or added."""
    faults = verify_release(folder)
    if faults:
        raise BadSource(f"The release {folder.name} is not as it was written.", faults=faults, remedy="make it again")
    return ReadRelease(folder, load_manifest(folder))


def verify_release(folder: Path) -> tuple[Fault, ...]:
    """All that is missing, changed or added since it was written; empty where it is sound.

    It tells of accidents and of edits to a file, not of a forger who writes a new manifest: that takes a signature.
    """
    try:
        manifest = load_manifest(folder)
    except (OSError, ValueError):
        return (Fault("", "is missing or cannot be read", MANIFEST),)
    if manifest.get("format") != FORMAT or not isinstance(manifest.get("files"), dict):
        return (Fault("", f"is not a manifest of format {FORMAT}", MANIFEST),)
    faults = []
    if content_hash(manifest) != manifest.get("content_hash"):
        faults.append(Fault("", "was changed", MANIFEST))
    for path, expected in sorted(manifest["files"].items()):
        faults += _file_faults(folder, path, expected)
    named, folders = named_in(manifest)
    for path in sorted(folder.rglob("*")):
        is_folder = path.is_dir() and not path.is_symlink()
        if (place := path.relative_to(folder).as_posix()) not in (folders if is_folder else named):
            faults.append(Fault("", "was added", place))
    return tuple(faults)


def named_in(manifest: Mapping[str, Any]) -> tuple[frozenset[str], frozenset[str]]:
    """The files of a release, and the folders that these lie in."""
    files = frozenset((MANIFEST, *manifest["files"]))
    return files, frozenset(str(parent) for path in files for parent in PurePosixPath(path).parents)


def manifest_if_sound(folder: Path) -> Mapping[str, Any] | None:
    """The manifest of a folder that is as it was written, or None."""
    return None if verify_release(folder) else load_manifest(folder)


def load_manifest(folder: Path) -> dict[str, Any]:
    """The manifest as it stands, unchecked; OSError or ValueError where there is none."""
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    if not isinstance(manifest, dict):
        raise ValueError(MANIFEST)
    return manifest


def _file_faults(folder: Path, path: str, expected: str) -> list[Fault]:
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts:
        return [Fault("", "leads out of the release", path)]
    file = folder / path
    if file.is_symlink() or not file.is_file():
        return [Fault("", "is missing", path)]
    if hashlib.sha256(file.read_bytes()).hexdigest() != expected:
        return [Fault("", "was changed", path)]
    return []
