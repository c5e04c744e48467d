"""The numbers that disclosure control of aggregates goes by: given with every question, and written nowhere else."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rules:
    """The policy's numbers for aggregates. Counts are of pupils, shares of 1."""

    smallest: int = 6
    """Counts below this, and complements below it, are small: nobody may know them nearly."""
    values_left: int = 5
    """So many values of a small count, one beside the other, are left to whoever is outside."""
    round_to: int = 5
    sensitive_round_to: int = 5
    """Of sensitive categories; 10 where the policy says so."""
    smallest_base: int = 30
    """A rate, mean or gap is printed of a base that is printed as this or more."""
    controllers: int = 3
    sensitive_controllers: int = 4
    largest_share: float = 0.85
    """One controller with more than this share of a figure dominates it."""
    p_percent: float = 0.10
    """What others put in is not known more nearly than this part of it."""
    tries: int = 6
    """A figure that fails is drawn so often anew before it is recoded or suppressed."""

    @property
    def doubt(self) -> int:
        """From the least to the greatest value that a small count may have."""
        return self.values_left - 1
