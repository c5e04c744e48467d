"""Floor and coasting standards, and thresholds that an authority agrees on, as data.

A standard catches a school where all conditions of any one of its rules hold. Values are whole numbers of
ten-thousandths, so that nothing is near enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any

from kdsp_lib.analyse.measures.definition import Span
from kdsp_lib.errors import Fault
from kdsp_lib.source.period import is_school_year

UNIT = 10_000
BELOW = "below"
_NEEDED, _OPTIONAL = ("since", "rules"), ("until", "fewest")


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison of a figure with a value, in ten-thousandths: below, at-most, at-least or above."""

    measure: str
    comparison: str
    value: int


@dataclass(frozen=True, slots=True)
class Standard:
    """The rules of some school years. ``fewest``: the pupils that a figure must be of, for the standard to apply."""

    name: str
    span: Span
    rules: tuple[tuple[Condition, ...], ...]
    fewest: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))


def agreed_standard(rows: Iterable[Mapping[str, Any]], threshold_set: str, phase: str, year: str) -> Standard | None:
    """What an authority agreed on for a phase and year, from the rows of ``threshold-sets``; None where it did not."""
    rules: dict[int, list[Condition]] = {}
    for row in rows:
        is_of_set = (row["threshold_set"], row["phase"]) == (threshold_set, phase)
        if is_of_set and Span(row["first_year"], row["last_year"] or "").holds(year):
            rules.setdefault(row["rule"], []).append(Condition(row["measure"], row["comparison"], row["value"]))
    made = tuple(tuple(rules[number]) for number in sorted(rules))
    return Standard(threshold_set, Span(year, year), made) if made else None


def read_standards(given: Mapping[str, Any], place: str, faults: list[Fault]) -> Mapping[str, tuple[Standard, ...]]:
    """The national standards by the name of their measure, era by era; whatever is wrong joins the ``faults``."""
    found: dict[str, tuple[Standard, ...]] = {}
    for name, eras in given.items():
        if not isinstance(eras, list) or not all(isinstance(era, Mapping) for era in eras):
            faults.append(Fault(f"{place} {name}", "a list of tables is expected", "standards"))
            continue
        wrong = [Fault(f"{place} {name}", text, at) for era in eras for at, text in _faults(era)]
        faults += wrong
        if not wrong:
            found[name] = tuple(_standard(name, era) for era in eras)
    return MappingProxyType(found)


def _faults(era: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from ((key, "is missing") for key in _NEEDED if key not in era)
    yield from ((key, "there is no such field") for key in era if key not in (*_NEEDED, *_OPTIONAL))
    years = [era[key] for key in ("since", "until") if key in era]
    if not all(isinstance(year, str) and is_school_year(year) for year in years):
        yield "since", "a school year such as 2017/18 is expected"
    rules = era.get("rules")
    if not isinstance(rules, list) or not rules or not all(isinstance(rule, Mapping) and rule for rule in rules):
        yield "rules", "a list of tables is expected: what each figure is less than"
        return
    for measure, value in (pair for rule in rules for pair in rule.items()):
        if _units(value) is None:
            yield measure, 'a number in quotes is expected, such as "-0.5"'
    fewest = era.get("fewest", {})
    if not isinstance(fewest, Mapping) or not all(type(number) is int and number > 0 for number in fewest.values()):
        yield "fewest", "numbers of pupils are expected"


def _standard(name: str, era: Mapping[str, Any]) -> Standard:
    rules = tuple(
        tuple(Condition(measure, BELOW, _units(value) or 0) for measure, value in rule.items()) for rule in era["rules"]
    )
    return Standard(
        name, Span(era["since"], era.get("until", "")), rules, MappingProxyType(dict(era.get("fewest", {})))
    )


def _units(value: Any) -> int | None:
    """A decimal written as text, in ten-thousandths; None for anything else, so that no decimal is a float."""
    try:
        units = Decimal(value) * UNIT if isinstance(value, str) else Decimal("NaN")
    except InvalidOperation:
        return None
    return int(units) if units.is_finite() and units == units.to_integral_value() else None
