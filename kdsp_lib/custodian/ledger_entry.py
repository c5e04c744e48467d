"""An entry of the ledger, and the one spelling of what is in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kdsp_lib.register.chain import Link


def canonical(value: Any) -> str:
    """JSON with one spelling: sorted keys, no spaces, no floats that are not numbers."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the ledger."""

    position: int
    kind: str
    report: str
    recorded: str
    body: Mapping[str, Any]
    hash: str


def entry_of(link: Link) -> Entry:
    """A link of the ledger's chain as its entry."""
    return Entry(link.number, link.labels["kind"], link.labels["report"], link.recorded, link.body, link.hash)
