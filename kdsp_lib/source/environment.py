"""What kdsp runs in: its own version and the libraries that a figure, or a byte of a file, could depend on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from types import MappingProxyType
from typing import Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from kdsp_lib.errors import Broken

_DRAW: Final = ("contourpy", "fonttools", "pillow", "xlsxwriter")
"""Libraries that kdsp does not name, but that write what it releases."""


@cache
def libraries() -> Mapping[str, str]:
    """The version of each library that kdsp asks for, or that writes its files, by name: alike on every Python."""
    try:
        asked = [Requirement(text) for text in requires("kdsp") or ()]
        named = {canonicalize_name(one.name) for one in asked if one.marker is None or one.marker.evaluate()}
        return MappingProxyType({name: version(name) for name in sorted(named.union(_DRAW))})
    except PackageNotFoundError as error:
        raise Broken(
            f"{error.name} is not installed, so nobody could say what made a figure.",
            remedy="make the environment again, from requirements.lock",
        ) from None


def lock_hash() -> str:
    """SHA-256 over the libraries as a lock file names them: ``name==version``, a line each."""
    return hashlib.sha256("".join(f"{name}=={exact}\n" for name, exact in libraries().items()).encode()).hexdigest()


@cache
def own_version() -> str:
    """The version of kdsp as it is installed."""
    libraries()
    return version("kdsp")


def commit() -> str:
    """The commit that kdsp is checked out at, if it is; a hint: only the hash of the code says what ran."""
    git = Path(__file__).resolve().parents[2] / ".git"
    try:
        head = (git / "HEAD").read_text("ascii").strip()
        if not head.startswith("ref: "):
            return head
        name = head.removeprefix("ref: ")
        if (git / name).is_file():
            return (git / name).read_text("ascii").strip()
        packed = (git / "packed-refs").read_text("ascii").splitlines()
    except (OSError, ValueError):
        return ""
    return next((line.partition(" ")[0] for line in packed if line.endswith(f" {name}")), "")
