"""What a ledger keeps between editions, so that the same figures come out again and corrections tell of nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

FigureName = tuple[str, str, tuple[str, ...], str]
"""A table, a place, codes, and ``base`` or ``counted``."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What a ledger keeps between editions: salts by population, and what was printed by figure."""

    salts: Mapping[str, int] = field(default_factory=dict)
    printed: Mapping[FigureName, int] = field(default_factory=dict)
