"""What a ledger keeps between editions, so that the same figures come out again and corrections tell of nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kdsp_lib.sdc.recoding import Ladders, Levels
from kdsp_lib.sdc.rules import Rules

FigureName = tuple[str, str, tuple[str, ...], str]
"""A table, a place, codes, and ``base`` or ``counted``."""


@dataclass(frozen=True, slots=True)
class Method:
    """How tables are protected. ``secret``: 16 to 64 bytes, the one that the pupils' hashes were made with."""

    secret: bytes
    rules: Rules
    ladders: Ladders = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Memory:
    """Salts by population; what was printed, by figure, and what was withheld; what was taken together, by table.

    ``same_pupils``: what was printed of each population, by its name, in whatever table and edition.
    """

    salts: Mapping[str, int] = field(default_factory=dict)
    printed: Mapping[FigureName, int] = field(default_factory=dict)
    withheld: frozenset[FigureName] = frozenset()
    levels: Mapping[tuple[str, str], Levels] = field(default_factory=dict)
    same_pupils: Mapping[str, int] = field(default_factory=dict)
