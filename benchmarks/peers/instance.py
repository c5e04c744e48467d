"""An instance as the peers' programmes read and answer it; they run in environments without kdsp."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

Dimension = dict[str, Any]
Row = dict[str, str]


class NotForThisPeer(Exception):
    """What the peer has no way to take, in words."""


def read(folder: Path) -> tuple[dict[str, Any], list[Dimension], list[Row]]:
    """What an instance says of itself, its dimensions and its cells."""
    meta = json.loads((folder / "meta.json").read_text("utf-8"))
    dims: list[Dimension] = meta["tables"][0]["dims"]
    if not all("root" in dim for dim in dims):
        raise NotForThisPeer("linked tables")
    cells = folder / "cells.csv"
    zipped = folder / "cells.csv.gz"
    text = cells.read_text("utf-8") if cells.exists() else gzip.decompress(zipped.read_bytes()).decode("utf-8")
    return meta, dims, list(csv.DictReader(text.splitlines()))


def write_answer(path: Path, hidden: Iterable[bool]) -> None:
    """``id,published``, one row a cell."""
    rows = "".join(f"{cell},{int(not is_hidden)}\n" for cell, is_hidden in enumerate(hidden))
    path.write_text(f"id,published\n{rows}", "utf-8")
