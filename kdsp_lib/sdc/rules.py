"""The numbers that disclosure control of aggregates goes by: the policy's, and how counts are rounded."""

from __future__ import annotations

from dataclasses import dataclass

from kdsp_lib.model.policy import FLOOR, DisclosurePolicy


@dataclass(frozen=True, slots=True)
class Rules:
    """What aggregates are protected by. Counts are of pupils."""

    policy: DisclosurePolicy = FLOOR
    values_left: int = 5
    """So many values of a small count, one beside the other, are left at least to whoever is outside."""
    round_to: int = 5
    sensitive_round_to: int = 5
    """Of sensitive categories; 10 where the policy says so."""
    smallest_base: int = 30
    """A rate, mean or gap is printed of a base that is printed as this or more."""
    tries: int = 6
    """A figure that fails is drawn so often anew before it is recoded or suppressed."""

    def __post_init__(self) -> None:
        if not self.values_left <= self.round_to <= self.sensitive_round_to:
            raise ValueError("counts are rounded to no less than the values of a small count that are left")

    @property
    def doubt(self) -> int:
        """From the least to the greatest value that a small count may have."""
        return self.values_left - 1
