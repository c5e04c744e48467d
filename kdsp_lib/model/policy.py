"""The disclosure policy: every number of disclosure control, for one kind of reader, and the floor of each.

``custodian/disclosure.toml`` states the numbers of an installation; this module says what each is, and how far it may
be set. No other module holds one: the policy is read once and passed down to whatever counts, withholds or words it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from kdsp_lib.errors import BadSource, Fault

NAMES = ("own_school", "cluster", "collaborative", "authority", "external", "public")
PARTS = ("version", "every", "profiles")
BASES = (5, 10)
"""What counts can be rounded to multiples of."""


@dataclass(frozen=True, slots=True)
class DisclosurePolicy:
    """What is withheld from one kind of reader. The values that stand here are the floor: none may be laxer.

    Counts are of pupils, or of controllers (bodies that run establishments: a trust, or a school's own governors).
    """

    name: str
    """The kind of reader."""
    version: str
    """Of the whole policy; an authority gives it another when it changes a number."""
    threshold: int = 6
    """Pupils. The smallest count that is shown: 1 to 5 are withheld, and so is what differs from another figure by so
    few, and a filter that picks out or leaves out so few. Protocol, clauses 3 and 4; DfE's statistics policy.
    """
    controllers: int = 3
    """Controllers. So many contribute to a figure that is of several, stand behind a comparator, and are on either side
    of a filter: of two, each would learn the other's part. Handbook on Statistical Disclosure Control, 4.2.2.
    """
    sensitive_controllers: int = 4
    """Controllers. The same of a figure about a sensitive category."""
    sensitive_categories: frozenset[str] = frozenset({"exclusions", "safeguarding", "sen"})
    """Categories of data, by the protocol's names, whose figures need ``sensitive_controllers``."""
    largest_share: float = 0.85
    """Part of a figure, 0 to 1. No one controller has more than this: the (1, k) dominance rule."""
    p_percent: float = 0.10
    """Part, 0 to 1. What all but the two largest controllers put in is at least this part of the largest: the p % rule.
    A count that is withheld for its controllers is left in doubt by as large a part of it, and by ``threshold`` - 1.
    """
    spread_controllers: int = 6
    """Controllers. So many stand behind a spread of establishments over bands of a rate."""
    median_pupils: int = 10
    """Pupils. A median is of so many or more: 5 or more lie on either side of it."""
    quartile_pupils: int = 20
    """Pupils. The same of quartiles: 5 or more lie in each quarter."""
    whole_percent_below: int = 100
    """Pupils. A percentage of fewer is whole: a decimal place would claim more than one pupil moves it by."""
    percent_places: int = 1
    """Decimal places of a percentage of more."""
    round_to: int = 0
    """Counts that are shown are multiples of this; 0: they are as they are."""

    @property
    def small(self) -> int:
        """The largest count of pupils that tells of them: one less than is shown."""
        return self.threshold - 1

    def controllers_for(self, categories: Collection[str]) -> int:
        """From how many controllers a figure about these categories of data has to come."""
        return self.controllers if self.sensitive_categories.isdisjoint(categories) else self.sensitive_controllers

    def places_of(self, pupils: int) -> int:
        """How many decimal places a percentage of that many pupils may claim."""
        return 0 if pupils < self.whole_percent_below else self.percent_places

    @property
    def small_counts(self) -> str:
        """The counts that are withheld, in words."""
        return f"1 to {self.small}"

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
        """Which it is, with the numbers that every release states."""
        numbers = {name: getattr(self, name) for name in _STATED}
        listed = {"sensitive_categories": sorted(self.sensitive_categories)}
        stamp = {"profile": self.name, "version": self.version, "in_full": self.in_full}
        return {**stamp, **numbers, **listed}


@dataclass(frozen=True, slots=True)
class Rounding:
    """How counts of an aggregate are rounded, and what may be worked out from them."""

    values_left: int = 5
    """Values. So many of a small count, one beside the other, are left at least to whoever is outside."""
    round_to: int = 5
    """Counts go to a neighbouring multiple of this."""
    sensitive_round_to: int = 5
    """The same of sensitive categories; an authority may say 10."""
    smallest_base: int = 30
    """Pupils. A rate, mean or gap is printed of a base that is printed as so many or more."""

    def __post_init__(self) -> None:
        if not self.values_left <= self.round_to <= self.sensitive_round_to:
            raise ValueError("counts are rounded to no less than the values of a small count that are left")

    @property
    def doubt(self) -> int:
        """From the least to the greatest value that a small count may have."""
        return self.values_left - 1


FLOOR = DisclosurePolicy("floor", "0")
ROUNDING = Rounding()
ROUNDED = {"public": 5}
"""The profiles whose counts are rounded at least to multiples of this."""
_STATED = ("threshold", "controllers", "sensitive_controllers", "whole_percent_below", "percent_places", "round_to")
"""The largest share and p % are not among them: with these a withheld figure is known more nearly."""
_THE_LESS_THE_STRICTER = ("largest_share", "percent_places")
VALUES = tuple(field.name for field in fields(DisclosurePolicy) if field.name not in ("name", "version"))


def strictest(policies: Sequence[DisclosurePolicy]) -> DisclosurePolicy:
    """Of each number the strictest of these policies, under the names of all."""
    least = {name: min(getattr(each, name) for each in policies) for name in _THE_LESS_THE_STRICTER}
    most = {
        name: max(getattr(each, name) for each in policies)
        for name in VALUES
        if name not in (*_THE_LESS_THE_STRICTER, "sensitive_categories")
    }
    sensitive = frozenset[str]().union(*(each.sensitive_categories for each in policies))
    names = ", ".join(each.name for each in policies)
    return DisclosurePolicy(names, policies[0].version, sensitive_categories=sensitive, **least, **most)


def read_policies(given: Any, place: str) -> Mapping[str, DisclosurePolicy]:
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
    policies: dict[str, DisclosurePolicy] = {}
    for name in (name for name in NAMES if name in listed):
        own = listed[name]
        if not isinstance(own, Mapping):
            faults.append(Fault(place, "a table of values is expected", name))
            continue
        values = {**every, **own}
        wrong = [fault for value in values for fault in _faults_of(value, values[value], f"{place} {name}", name)]
        wrong += [Fault(f"{place} {name}", "is missing", value) for value in VALUES if value not in values]
        if not wrong and values["sensitive_controllers"] < values["controllers"]:
            wrong = [Fault(f"{place} {name}", "at least controllers are expected", "sensitive_controllers")]
        faults += wrong
        if not wrong:
            kinds = {**values, "sensitive_categories": frozenset(values["sensitive_categories"])}
            policies[name] = DisclosurePolicy(name, str(version), **kinds)
    if faults:
        raise BadSource(f"{place} is no disclosure policy.", faults=faults, remedy="kdsp's own file is a beginning")
    return policies


def _faults_of(name: str, value: Any, place: str, profile: str) -> list[Fault]:
    if name not in VALUES:
        return [Fault(place, f"there is no such value; there are {', '.join(VALUES)}", name)]
    expected, is_met = _RULES.get(name, _at_least)(name, value, profile)
    return [] if is_met else [Fault(place, f"{expected} is expected", name)]


def _at_least(name: str, value: Any, _profile: str) -> tuple[str, bool]:
    floor = getattr(FLOOR, name)
    return f"a whole number, {floor} or more,", type(value) is int and value >= floor


def _at_most(name: str, value: Any, _profile: str) -> tuple[str, bool]:
    floor = getattr(FLOOR, name)
    return f"a whole number from 0 to {floor}", type(value) is int and 0 <= value <= floor


def _part(name: str, value: Any, _profile: str) -> tuple[str, bool]:
    floor, is_most = getattr(FLOOR, name), name == "largest_share"
    is_part = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1
    side = "at most" if is_most else "at least"
    return (
        f"a number between 0 and 1, {side} {floor:g},",
        is_part and (value <= floor if is_most else value >= floor),
    )


def _categories(name: str, value: Any, _profile: str) -> tuple[str, bool]:
    floor = getattr(FLOOR, name)
    is_list = isinstance(value, list) and all(isinstance(each, str) for each in value)
    return f"a list with {', '.join(sorted(floor))}, or with more,", is_list and floor <= set(value)


def _base(_name: str, value: Any, profile: str) -> tuple[str, bool]:
    bases = [base for base in (0, *BASES) if base >= ROUNDED.get(profile, 0)]
    return f"one of {', '.join(map(str, bases))}", type(value) is int and value in bases


_RULES: Mapping[str, Callable[[str, Any, str], tuple[str, bool]]] = {
    "percent_places": _at_most,
    "largest_share": _part,
    "p_percent": _part,
    "sensitive_categories": _categories,
    "round_to": _base,
}
"""How a number may be set; any other is a whole one, not below the floor."""
