"""Which snapshots of a workspace are a made-up authority's: of nobody, so that nothing about them is secret."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

RECORD_FILE: Final = "demo.json"
"""What the making of a made-up authority writes down, in the data folder."""


def made_up_snapshots(data: Path) -> frozenset[str]:
    """The hashes of the snapshots that were made up; none where the record is not there or cannot be read."""
    try:
        record = json.loads((data / RECORD_FILE).read_bytes())
    except (OSError, ValueError):
        return frozenset()
    listed = record.get("snapshots") if isinstance(record, dict) else None
    return frozenset(str(each) for each in listed) if isinstance(listed, list) else frozenset()
