"""How to read a table that somebody published: a spec, as a person writes it in YAML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kdsp_lib.errors import BadParameters, Fault

KINDS = ("count", "percent")
KEYS = ("id", "values", "hidden", "absent", "sums", "rows", "rates", "integer", "threshold")

Condition = Mapping[str, frozenset[str]]
"""Columns, and the texts that a row may have there."""


@dataclass(frozen=True, slots=True)
class Spec:
    """How to read a published table.

    ``id`` names the columns that name a row, ``values`` the columns of figures, ``hidden`` the symbols of withheld
    ones, ``absent`` those of figures that are none and count for nothing in a sum. ``sums``: a column that is the sum
    of others, in each row. ``rows``: a row that is the sum of others, in each column of counts; both sides are
    conditions, a column and the texts it may have. ``rates``: a column of percentages, the counts that it gives and
    those it is of; where the file has none of the former, a name for them (`implied`).
    """

    id: tuple[str, ...]
    values: Mapping[str, str]
    hidden: frozenset[str]
    sums: tuple[tuple[str, tuple[str, ...]], ...] = ()
    rows: tuple[tuple[Condition, Condition], ...] = ()
    rates: tuple[tuple[str, str, str], ...] = ()
    integer: bool = True
    threshold: int = 6
    absent: frozenset[str] = frozenset()

    @property
    def implied(self) -> tuple[str, ...]:
        """Counts that the table does not print, of which it prints what share they are."""
        return tuple(dict.fromkeys(part for _, part, _ in self.rates if part not in self.values))

    @property
    def columns(self) -> set[str]:
        """Every column that the table must have."""
        conditions = [condition for total, over in self.rows for condition in (total, over)]
        return {*self.id, *self.values, *(column for condition in conditions for column in condition)}


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
    sums, wrong = _sums(given.get("sums", []), values, place)
    faults += wrong
    rows, wrong = _rows(given.get("rows", []), place)
    faults += wrong
    rates, wrong = _rates(given.get("rates", []), values, place)
    faults += wrong
    if not isinstance(given.get("integer", True), bool):
        faults.append(Fault(place, "true or false is expected", "integer"))
    threshold = given.get("threshold", 6)
    if isinstance(threshold, bool) or not isinstance(threshold, int) or threshold < 1:
        faults.append(Fault(place, "the smallest count that may be shown is expected, a whole number", "threshold"))
    if faults:
        raise BadParameters(f"{place} is no spec.", faults=faults)
    kinds = {str(column): str(kind) for column, kind in values.items()}
    integer = given.get("integer", True)
    return Spec(identity, kinds, frozenset(hidden), sums, rows, rates, integer, threshold, frozenset(absent))


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


def _rows(given: Any, place: str) -> tuple[tuple[tuple[Condition, Condition], ...], list[Fault]]:
    text = "a list of {total: {COLUMN: text}, over: {COLUMN: [text, ...]}} is expected"
    if not isinstance(given, Sequence) or isinstance(given, str):
        return (), [Fault(place, text, "rows")]
    read, faults = [], []
    for position, each in enumerate(given, 1):
        is_rule = isinstance(each, Mapping) and set(each) == {"total", "over"}
        sides = [each[side] for side in ("total", "over")] if is_rule else []
        if not sides or not all(isinstance(side, Mapping) and side for side in sides):
            faults.append(Fault(f"{place} rule {position}", text, "rows"))
            continue
        total, over = ({str(column): frozenset(_texts(wanted)) for column, wanted in side.items()} for side in sides)
        if not all((*total.values(), *over.values())):
            faults.append(Fault(f"{place} rule {position}", f"{text}; texts in quotes", "rows"))
        read.append((total, over))
    return tuple(read), faults


def _rates(given: Any, values: Mapping[Any, Any], place: str) -> tuple[tuple[tuple[str, str, str], ...], list[Fault]]:
    text = "a list of {rate: COLUMN, base: COLUMN} is expected, and part: COLUMN where the table has what is counted"
    if not isinstance(given, Sequence) or isinstance(given, str):
        return (), [Fault(place, text, "rates")]
    read, faults = [], []
    for position, each in enumerate(given, 1):
        is_rate = isinstance(each, Mapping) and {"rate", "base"} <= set(each) <= {"rate", "part", "base"}
        rate, base = (str(each["rate"]), str(each["base"])) if is_rate else ("", "")
        part = str(each.get("part", f"{rate} of {base}")) if is_rate else ""
        named = {
            "rate": (rate, "percent"),
            "base": (base, "count"),
            **({"part": (part, "count")} if is_rate and "part" in each else {}),
        }
        if not is_rate or any(values.get(column) != kind for column, kind in named.values()):
            faults.append(Fault(f"{place} rate {position}", f"{text}: percent, count and count of values", "rates"))
        read.append((rate, part, base))
    return tuple(read), faults
