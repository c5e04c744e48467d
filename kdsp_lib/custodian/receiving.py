"""Who is transferring where: looked up in the evidence that a school took a pupil, never stated (3).

An offer that nobody accepted is none, nor is an acceptance of a later day; a destination that is not known holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from kdsp_lib.errors import BadSource
from kdsp_lib.source.catalogue import Catalogue

KIND = "transfers"
CONFIRMED = ("accepted", "registered")


def is_confirmed(row: Mapping[str, Any], urn: str, recipient: str, on: date) -> bool:
    """Whether a row says that a pupil of a school is confirmed, by that day, to go to the recipient."""
    return (
        row["urn"] == urn
        and row["destination"] is not None
        and row["destination"] != urn
        and f"establishment:{row['destination']}" == recipient
        and row["status"] in CONFIRMED
        and row["confirmed_on"] is not None
        and row["confirmed_on"] <= on
    )


def receiving_of(catalogue: Catalogue, urn: str, recipient: str, on: date) -> frozenset[str]:
    """The establishment that every pupil of a pack is transferring to; none where no pupil is confirmed to go there."""
    try:
        dataset = catalogue.dataset(KIND)
    except BadSource:
        return frozenset()
    rows = catalogue.read(dataset).to_pylist()
    found = any(is_confirmed(row, urn, recipient, on) for row in rows)
    return frozenset({recipient.removeprefix("establishment:")}) if found else frozenset()
