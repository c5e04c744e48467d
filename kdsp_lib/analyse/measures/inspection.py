"""Inspections by regime: schools and pupils by framework, area and judgement. No grade is made into another's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

NOT_INSPECTED = "not-inspected"


@dataclass(frozen=True, slots=True)
class Judged:
    """How many schools, and pupils on their roll, have a judgement; how many of them by a predecessor's inspection."""

    framework: str
    area: str
    judgement: str
    schools: int
    pupils: int
    of_predecessors: int


def judged(rows: Iterable[Mapping[str, Any]], roll: Mapping[str, int]) -> tuple[Judged, ...]:
    """The rows of ``ofsted-inspections`` counted, in their order of framework, area and judgement.

    Each framework stands by itself: a school with a report card is still counted under the grades that it has from
    before. ``roll``: pupils by URN; only schools that are in it are counted. One that was not inspected since it
    opened or converted is a judgement of its own.
    """
    schools: Counter[tuple[str, str, str]] = Counter()
    pupils: Counter[tuple[str, str, str]] = Counter()
    predecessors: Counter[tuple[str, str, str]] = Counter()
    for row in rows:
        if row["urn"] not in roll:
            continue
        key = (str(row["framework"]), str(row["area"]), str(row["judgement"]))
        schools[key] += 1
        pupils[key] += roll[row["urn"]]
        predecessors[key] += row["relates_to_current_urn"] is False
    return tuple(Judged(*key, schools[key], pupils[key], predecessors[key]) for key in sorted(schools))
