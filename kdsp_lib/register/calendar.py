"""The register day by day: from one day on which something changes to the next, the community is the same."""

from __future__ import annotations

from bisect import bisect_right
from datetime import date
from functools import cached_property, lru_cache
from typing import Final

from kdsp_lib.protocol.community import Community
from kdsp_lib.register.standing import AtAnyDate, Sections, community_on

_KEPT: Final = 3_000_000
"""How many entries are kept at hand, stretch of days by stretch of days: some hundred megabytes at the most."""


class Calendar:
    """The dated entries of a register, to be asked for any day."""

    def __init__(self, sections: Sections) -> None:
        self._sections = sections
        stretches = _KEPT // max(1, sum(map(len, sections.values())))
        self._since = lru_cache(maxsize=max(1, stretches))(self._put_together)

    def on(self, day: date) -> Community:
        """The community as it stood on a day."""
        place = bisect_right(self._turns, day)
        return self._since(self._turns[place - 1] if place else date.min).at(day)

    @cached_property
    def _turns(self) -> tuple[date, ...]:
        """The days on which something begins to hold or no longer does, in order."""
        entries = (entry for entries in self._sections.values() for entry in entries)
        days = {entry.get(key) for entry in entries for key in ("from", "to")}
        return tuple(sorted(day for day in days if isinstance(day, date)))

    @cached_property
    def _at_any_date(self) -> AtAnyDate:
        return AtAnyDate.of(self._sections)

    def _put_together(self, day: date) -> Community:
        return community_on(self._sections, day, self._at_any_date)
