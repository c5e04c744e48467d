"""The chains of a state database, by name: what is signed by a checkpoint is all of these and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from kdsp_lib.register.chain import Chain
from kdsp_lib.register.database import Database

CHAINS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "journal": ("recorder", "act"),
        "ledger": ("kind", "report"),
        "access_log": ("person", "action"),
        "token": ("token", "act"),
        "account": ("account", "act"),
        "checkpoint": ("reason",),
    }
)
"""Each with the labels that its links are found by."""


def chain_of(database: Database, name: str) -> Chain:
    """One of them."""
    return Chain(database, name, CHAINS[name])
