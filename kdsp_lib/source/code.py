"""Which code made a figure: one hash over the files of this package."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

_NOT_OURS = "__pycache__"


@cache
def code_hash() -> str:
    """SHA-256 over the names and bytes of kdsp's own files, in order of name; as they were when first asked."""
    return _hash_now()


def is_outdated() -> bool:
    """Whether the files have changed since :func:`code_hash` was first asked: this process then runs what was there."""
    return _hash_now() != code_hash()


def _hash_now() -> str:
    package = Path(__file__).resolve().parents[1]
    total = hashlib.sha256()
    for path in sorted(package.rglob("*")):
        if _NOT_OURS not in path.parts and path.is_file():
            total.update(path.relative_to(package).as_posix().encode() + b"\0")
            total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()
