"""Which code made a figure: hashes over the files of this package, and of the rules among them."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path, PurePath

_NOT_OURS = "__pycache__"
_RULES = ("protocol/policies/", "custodian/disclosure.toml")
"""What the protocol permits, and the numbers of the disclosure policy."""
_ALL, _RULED, _REST = range(3)


def code_hash() -> str:
    """SHA-256 over the names and bytes of kdsp's own files, in order of name; as they were when first asked."""
    return _at_first()[_ALL]


def rules_hash() -> str:
    """As :func:`code_hash`, of the rules alone."""
    return _at_first()[_RULED]


def engine_hash() -> str:
    """As :func:`code_hash`, of all but the rules."""
    return _at_first()[_REST]


def engine_hash_of(folder: Path) -> str:
    """As :func:`engine_hash`, of the package in another folder."""
    return _hashes(folder)[_REST]


def rules_hash_of(folder: Path) -> str:
    """As :func:`rules_hash`, of the package in another folder."""
    return _hashes(folder)[_RULED]


def is_rule(path: PurePath) -> bool:
    """Whether a file, by its path in the package, is of the rules."""
    return path.as_posix().startswith(_RULES)


def package() -> Path:
    """The folder of this package."""
    return Path(__file__).resolve().parents[1]


def is_outdated() -> bool:
    """Whether the files have changed since :func:`code_hash` was first asked: this process then runs what was there."""
    return _hashes(package()) != _at_first()


@cache
def _at_first() -> tuple[str, ...]:
    return _hashes(package())


def _hashes(folder: Path) -> tuple[str, ...]:
    totals = [hashlib.sha256() for _ in (_ALL, _RULED, _REST)]
    for path in sorted(folder.rglob("*")):
        if _NOT_OURS not in path.parts and path.is_file():
            name = path.relative_to(folder)
            line = name.as_posix().encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest()
            for total in (totals[_ALL], totals[_RULED if is_rule(name) else _REST]):
                total.update(line)
    return tuple(total.hexdigest() for total in totals)
