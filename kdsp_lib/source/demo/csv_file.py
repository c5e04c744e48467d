"""Rows as the CSV files that sources write: each with its own ends of lines, quotes and encoding."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Literal

Quoting = Literal[0, 1]


def csv_bytes(
    rows: Iterable[Iterable[object]], *, ends: str = "\n", quoting: Quoting = csv.QUOTE_MINIMAL, encoding: str = "utf-8"
) -> bytes:
    """The rows, the header among them; what is None is empty."""
    text = io.StringIO()
    csv.writer(text, lineterminator=ends, quoting=quoting).writerows(rows)
    return text.getvalue().encode(encoding)
