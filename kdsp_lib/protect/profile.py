"""A policy profile: the numbers of disclosure control for one kind of reader, and the floor below which none may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from kdsp_lib.errors import BadSource, Fault
from kdsp_lib.protect.rounding import BASES
from kdsp_lib.protect.sensitivity import (
    CONTROLLERS,
    P_PERCENT,
    SENSITIVE_CATEGORIES,
    SENSITIVE_CONTROLLERS,
    SHARE,
    THRESHOLD,
)

NAMES = ("own_school", "cluster", "collaborative", "authority", "external", "public")
PARTS = ("version", "every", "profiles")


@dataclass(frozen=True, slots=True)
class Profile:
    """What is withheld from one kind of reader. The values that stand here are the floor."""

    name: str
    version: str
    threshold: int = THRESHOLD
    controllers: int = CONTROLLERS
    sensitive_controllers: int = SENSITIVE_CONTROLLERS
    sensitive_categories: frozenset[str] = SENSITIVE_CATEGORIES
    largest_share: float = SHARE
    p_percent: float = P_PERCENT
    whole_percent_below: int = 100
    percent_places: int = 1
    round_to: int = 0
    """What counts are rounded to multiples of, beside what is withheld; 0: to nothing."""

    @property
    def stamp(self) -> str:
        """As it stands on a release."""
        return f"{self.name}, version {self.version}"

    @property
    def in_full(self) -> str:
        """The stamp in words, for files that carry no others. How near a figure may come to one contributor's part is
        not told: with that, whoever knows a part would know how near the rest is to it.
        """
        rounded = f"; counts rounded to {self.round_to}" if self.round_to else ""
        return (
            f"{self.stamp}: {self.threshold} pupils; {self.controllers} controllers "
            f"({self.sensitive_controllers} for {'; '.join(sorted(self.sensitive_categories))}); "
            f"none that dominates{rounded}"
        )

    def to_json(self) -> dict[str, Any]:
        """Which it is, with the numbers that its readers may know."""
        numbers = {name: getattr(self, name) for name in VALUES if name not in UNTOLD}
        listed = {"sensitive_categories": sorted(self.sensitive_categories)}
        stamp = {"profile": self.name, "version": self.version, "in_full": self.in_full}
        return {**stamp, **numbers, **listed}


FLOOR = Profile("floor", "0")
ROUNDED = {"public": 5}
"""The profiles whose counts are rounded at least to multiples of this."""
FIXED = ("threshold", "controllers", "sensitive_controllers", "whole_percent_below", "percent_places")
"""What differences between populations, filters and rounding hold to as well: another value would hold in part."""
UNTOLD = ("largest_share", "p_percent")
"""What no reader is told: with it a withheld figure is known more nearly."""
VALUES = tuple(field.name for field in fields(Profile) if field.name not in ("name", "version"))


def read_profiles(given: Any, place: str) -> Mapping[str, Profile]:
    """Every profile of a policy file. Raises `BadSource` with all that is missing, unknown or below the floor."""
    if not isinstance(given, Mapping):
        raise BadSource(f"{place} is no disclosure policy.", faults=[Fault(place, "version, every and profiles")])
    faults = [
        Fault(place, f"there is no such part; there are {', '.join(PARTS)}", str(k)) for k in given if k not in PARTS
    ]
    version = given.get("version")
    if not isinstance(version, str) or not version.strip():
        faults.append(Fault(place, "a text that tells this policy from others is expected", "version"))
    every, listed = given.get("every", {}), given.get("profiles", {})
    if not isinstance(every, Mapping) or not isinstance(listed, Mapping):
        raise BadSource(
            f"{place} is no disclosure policy.", faults=[*faults, Fault(place, "every and profiles are tables")]
        )
    faults += [
        Fault(place, f"there is no such profile; there are {', '.join(NAMES)}", str(n))
        for n in listed
        if n not in NAMES
    ]
    faults += [Fault(place, "this profile is missing", name) for name in NAMES if name not in listed]
    profiles: dict[str, Profile] = {}
    for name in (name for name in NAMES if name in listed):
        own = listed[name]
        if not isinstance(own, Mapping):
            faults.append(Fault(place, "a table of values is expected", name))
            continue
        values = {**every, **own}
        wrong = [fault for value in values for fault in _faults_of(value, values[value], f"{place} {name}", name)]
        wrong += [Fault(f"{place} {name}", "is missing", value) for value in VALUES if value not in values]
        faults += wrong
        if not wrong:
            kinds = {**values, "sensitive_categories": frozenset(values["sensitive_categories"])}
            profiles[name] = Profile(name, str(version), **kinds)
    if faults:
        raise BadSource(f"{place} is no disclosure policy.", faults=faults, remedy="kdsp's own file is a beginning")
    return profiles


def _faults_of(name: str, value: Any, place: str, profile: str) -> list[Fault]:
    if name not in VALUES:
        return [Fault(place, f"there is no such value; there are {', '.join(VALUES)}", name)]
    floor = getattr(FLOOR, name)
    if name in FIXED:
        is_floor = type(value) is int and value == floor
        return [] if is_floor else [Fault(place, f"{floor} is expected: kdsp holds to it throughout", name)]
    if name == "sensitive_categories":
        is_floor = isinstance(value, list) and sorted(map(str, value)) == sorted(floor)
        expected = f"[{', '.join(sorted(floor))}] is expected: kdsp holds to it throughout"
        return [] if is_floor else [Fault(place, expected, name)]
    if name == "round_to":
        bases = [base for base in (0, *BASES) if base >= ROUNDED.get(profile, 0)]
        expected = f"one of {', '.join(map(str, bases))} is expected"
        return [] if type(value) is int and value in bases else [Fault(place, expected, name)]
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1
    if not is_number or (value > floor if name == "largest_share" else value < floor):
        side = "at most" if name == "largest_share" else "at least"
        return [Fault(place, f"a number between 0 and 1 is expected, {side} {floor:g}", name)]
    return []
