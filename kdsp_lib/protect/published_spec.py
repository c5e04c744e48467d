"""How to read a table that somebody published: a spec, as a person writes it in YAML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kdsp_lib.errors import BadParameters, Fault
from kdsp_lib.model.policy import FLOOR

KINDS = ("count", "percent")
KEYS = ("id", "values", "hidden", "absent", "low", "sums", "rows", "rates", "integer", "threshold")

Condition = Mapping[str, frozenset[str]]
"""Columns, and the texts that a row may have there."""


@dataclass(frozen=True, slots=True)
class RowSum:
    """A row that is the sum of others, in each column of counts; once for each combination of texts ``within``."""

    total: Condition
    over: Condition
    within: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rate:
    """A column of percentages, the counts that it gives and those it is of: in the same row, or in the one row ``of``
    these texts that agrees with it ``within`` some columns.
    """

    rate: str
    part: str
    base: str
    of: Condition = field(default_factory=dict)
    within: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Spec:
    """How to read a published table.

    ``id`` names the columns that name a row, ``values`` the columns of figures, ``hidden`` the symbols of withheld
    ones, ``absent`` those of figures that are none and count for nothing in a sum, ``low`` those of percentages that
    round to 0, and are not 0. ``sums``: a column that is the sum of others, in each row. Where the file has no column
    of the counts that a percentage gives, its rate has a name for them (`implied`).
    """

    id: tuple[str, ...]
    values: Mapping[str, str]
    hidden: frozenset[str]
    sums: tuple[tuple[str, tuple[str, ...]], ...] = ()
    rows: tuple[RowSum, ...] = ()
    rates: tuple[Rate, ...] = ()
    integer: bool = True
    threshold: int = FLOOR.threshold
    absent: frozenset[str] = frozenset()
    low: frozenset[str] = frozenset()

    @property
    def implied(self) -> tuple[str, ...]:
        """Counts that the table does not print, of which it prints what share they are."""
        return tuple(dict.fromkeys(rate.part for rate in self.rates if rate.part not in self.values))

    @property
    def columns(self) -> set[str]:
        """Every column that the table must have."""
        conditions = [*(row.total for row in self.rows), *(row.over for row in self.rows), *(r.of for r in self.rates)]
        named = [*(row.within for row in self.rows), *(rate.within for rate in self.rates), *conditions]
        return {*self.id, *self.values, *(column for columns in named for column in columns)}


def read_spec(given: Any, place: str) -> Spec:
    """A spec as read from YAML. Raises `BadParameters` with every fault of it."""
    if not isinstance(given, Mapping):
        raise BadParameters(f"{place} is no spec.", remedy=f"a mapping is expected, with {', '.join(KEYS)}")
    unknown = [str(key) for key in given if key not in KEYS]
    faults = [Fault(place, f"there is no such key; there are {', '.join(KEYS)}", key) for key in unknown]
    identity, values = _texts(given.get("id")), given.get("values")
    if not identity or "" in identity:
        faults.append(Fault(place, "the columns that name a row are expected, as [URN]", "id"))
    if not isinstance(values, Mapping) or not values or any(kind not in KINDS for kind in values.values()):
        faults.append(Fault(place, "columns with count or percent are expected, as {NOR: count}", "values"))
        values = {}
    hidden = _texts(given.get("hidden"))
    if not hidden:
        text = "what stands for a withheld figure is expected, as [SUPP, c]; in quotes where YAML has a meaning for it"
        faults.append(Fault(place, text, "hidden"))
    absent = _texts(given.get("absent", []))
    if given.get("absent") and (not absent or not set(absent).isdisjoint(hidden)):
        text = "what stands for a figure that is none, and for no withheld one, is expected, as [NA]; in quotes"
        faults.append(Fault(place, text, "absent"))
    low = _texts(given.get("low", []))
    if given.get("low") and (not low or not set(low).isdisjoint({*hidden, *absent})):
        text = "what stands for a percentage that rounds to 0, and for nothing else, is expected, as [low]; in quotes"
        faults.append(Fault(place, text, "low"))
    sums, wrong = _sums(given.get("sums", []), values, place)
    faults += wrong
    rows, wrong = _rows(given.get("rows", []), place)
    faults += wrong
    rates, wrong = _rates(given.get("rates", []), values, place)
    faults += wrong
    if not isinstance(given.get("integer", True), bool):
        faults.append(Fault(place, "true or false is expected", "integer"))
    threshold = given.get("threshold", FLOOR.threshold)
    if isinstance(threshold, bool) or not isinstance(threshold, int) or threshold < 1:
        faults.append(Fault(place, "the smallest count that may be shown is expected, a whole number", "threshold"))
    if faults:
        raise BadParameters(f"{place} is no spec.", faults=faults)
    kinds = {str(column): str(kind) for column, kind in values.items()}
    integer = given.get("integer", True)
    symbols = frozenset(hidden), frozenset(absent), frozenset(low)
    return Spec(identity, kinds, symbols[0], sums, rows, rates, integer, threshold, *symbols[1:])


def _texts(given: Any) -> tuple[str, ...]:
    """One text or several; none where anything else is among them: YAML takes ``NO`` for false."""
    several = [given] if isinstance(given, str | int) else given
    if not isinstance(several, Sequence) or any(isinstance(e, bool) or not isinstance(e, str | int) for e in several):
        return ()
    return tuple(str(each) for each in several)


def _sums(
    given: Any, values: Mapping[Any, Any], place: str
) -> tuple[tuple[tuple[str, tuple[str, ...]], ...], list[Fault]]:
    text = "a list of {total: COLUMN, parts: [COLUMN, ...]} is expected, all columns of values and of one kind"
    if not isinstance(given, Sequence) or isinstance(given, str):
        return (), [Fault(place, text, "sums")]
    read, faults = [], []
    for position, each in enumerate(given, 1):
        is_sum = isinstance(each, Mapping) and set(each) == {"total", "parts"}
        total, parts = (str(each["total"]), _texts(each["parts"])) if is_sum else ("", ())
        kinds = {values.get(column) for column in (total, *parts)}
        if not is_sum or not parts or len(kinds) != 1 or None in kinds or len({total, *parts}) != len(parts) + 1:
            faults.append(Fault(f"{place} sum {position}", text, "sums"))
        read.append((total, parts))
    return tuple(read), faults


def _rows(given: Any, place: str) -> tuple[tuple[RowSum, ...], list[Fault]]:
    text = (
        "a list of {total: {COLUMN: text}, over: {COLUMN: [text, ...]}} is expected, and within: [COLUMN, ...] where "
        "there is one total for each combination of texts of some columns"
    )
    if not isinstance(given, Sequence) or isinstance(given, str):
        return (), [Fault(place, text, "rows")]
    read, faults = [], []
    for position, each in enumerate(given, 1):
        is_rule = isinstance(each, Mapping) and {"total", "over"} <= set(each) <= {"total", "over", "within"}
        total, over = (_condition(each[side]) for side in ("total", "over")) if is_rule else ({}, {})
        within = _texts(each.get("within", [])) if is_rule else ()
        if not total or not over or (is_rule and each.get("within") and not within):
            faults.append(Fault(f"{place} rule {position}", f"{text}; texts in quotes", "rows"))
        read.append(RowSum(total, over, within))
    return tuple(read), faults


def _condition(given: Any) -> Condition:
    """Columns and the texts wanted of each; nothing where it is not that."""
    if not isinstance(given, Mapping):
        return {}
    read = {str(column): frozenset(_texts(wanted)) for column, wanted in given.items()}
    return read if all(read.values()) else {}


def _rates(given: Any, values: Mapping[Any, Any], place: str) -> tuple[tuple[Rate, ...], list[Fault]]:
    text = (
        "a list of {rate: COLUMN, base: COLUMN} is expected, part: COLUMN where the table has what is counted, and "
        "of: {COLUMN: text} and within: [COLUMN, ...] where the base is in another row"
    )
    if not isinstance(given, Sequence) or isinstance(given, str):
        return (), [Fault(place, text, "rates")]
    read, faults = [], []
    for position, each in enumerate(given, 1):
        keys = {"rate", "part", "base", "of", "within"}
        is_rate = isinstance(each, Mapping) and {"rate", "base"} <= set(each) <= keys
        rate, base = (str(each["rate"]), str(each["base"])) if is_rate else ("", "")
        part = str(each.get("part", f"{rate} of {base}")) if is_rate else ""
        named = {
            "rate": (rate, "percent"),
            "base": (base, "count"),
            **({"part": (part, "count")} if is_rate and "part" in each else {}),
        }
        of, within = (_condition(each.get("of", {})), _texts(each.get("within", []))) if is_rate else ({}, ())
        elsewhere = is_rate and (bool(each.get("of")) != bool(of) or bool(each.get("within")) != bool(within))
        if not is_rate or elsewhere or any(values.get(column) != kind for column, kind in named.values()):
            faults.append(Fault(f"{place} rate {position}", f"{text}: percent, count and count of values", "rates"))
        if within and not of:
            faults.append(
                Fault(f"{place} rate {position}", "within says where the row of the base is: of: too", "rates")
            )
        read.append(Rate(rate, part, base, of, within))
    return tuple(read), faults
