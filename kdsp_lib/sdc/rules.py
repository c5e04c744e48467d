"""The numbers that disclosure control of aggregates goes by: all of them the policy's."""

from __future__ import annotations

from dataclasses import dataclass

from kdsp_lib.model.policy import FLOOR, ROUNDING, DisclosurePolicy, Rounding


@dataclass(frozen=True, slots=True)
class Rules:
    """What aggregates are protected by."""

    policy: DisclosurePolicy = FLOOR
    rounding: Rounding = ROUNDING
