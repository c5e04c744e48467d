"""School days: the days on which one school meets, by its own calendar and no other's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

DAYS_TO_SEND = 15
"""Within so many school days a pupil's record follows them (SI 2005/1437, regulation 9)."""
_SATURDAY = 5


def school_days(rows: Iterable[Mapping[str, Any]], urn: str) -> list[date]:
    """The days on which a school meets, in order: on weekdays of its sessions, but for days of staff training.

    ``rows`` of ``school-days``: spans of one ``kind``, both ends within. Half-terms and holidays lie between sessions.
    """
    own = [row for row in rows if row["urn"] == urn]
    training = {day for row in own if row["kind"] == "inset" for day in _span(row)}
    meeting = {day for row in own if row["kind"] == "session" for day in _span(row)}
    return sorted(day for day in meeting - training if day.weekday() < _SATURDAY)


def due_day(after: date, days: Iterable[date], number: int = DAYS_TO_SEND) -> date | None:
    """The so many-th school day after a day; None where the calendar does not reach so far."""
    later = [day for day in days if day > after]
    return later[number - 1] if len(later) >= number else None


def _span(row: Mapping[str, Any]) -> list[date]:
    first: date = row["first_day"]
    return [first + timedelta(days=k) for k in range((row["last_day"] - first).days + 1)]
