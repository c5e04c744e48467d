"""The made-up authority's pupil premium list, as the department's service gives it out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kdsp_lib.source.demo.performance import YEAR

__all__ = ["FILE", "YEAR", "premium_list"]

FILE = "pupil-premium-2025-26.csv"
_HEADER = (
    "UPN", "Surname", "Forename", "Sex", "DOB", "DeprivationPupilPremium", "ServiceChildPremium",
    "AdoptedfromCarePremium", "LookedAfterPremium",
)  # fmt: skip
_FLAGS = ("deprivation", "service_child", "adopted_from_care", "looked_after")


def premium_list(
    rows: Sequence[Mapping[str, Any]], pupils: Mapping[str, Mapping[str, Any]]
) -> Iterator[tuple[object, ...]]:
    """The header, and a row a pupil."""
    yield _HEADER
    for row in rows:
        who = pupils[row["pupil_key"]]
        named = (who[name] for name in ("upn", "surname", "forename", "sex", "dob"))
        yield (*named, *(int(row[flag]) for flag in _FLAGS))
