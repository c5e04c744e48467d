"""A made-up nation, for benchmarks: 150 authorities of two or three districts, 22,000 schools, 8 million pupils.

A district is what a made-up authority is, with numbers of its own: seven-digit URNs from 9900001 (a real one has six),
authority numbers from 501 (no authority has one between 421 and 659), UPNs of the numbers that stand for no authority.
One district after the other is made and written, so that memory does not grow with the nation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from kdsp_lib.source.demo.place import PER_AUTHORITY, Place, estab_of_part, places_of
from kdsp_lib.source.demo.pupil import Givers
from kdsp_lib.source.demo.table import Year, tables_of_roll
from kdsp_lib.source.snapshot import GrowingSnapshot, Snapshot

FIRST_URN = 9_900_001
FIRST_AUTHORITY = 501
_DISTRICTS = (2, 2, 3, 2, 3)
"""Of authorities one after the other: a nation's authority has 147 schools on average."""
_CODES = 5
"""Numbers 001 to 005 stand for no authority."""
_FIRST_AWAY = 7300


def districts_of(seed: int, authorities: int) -> Iterator[tuple[int, tuple[Place, ...], Givers]]:
    """Each district's number, its establishments, and who gave its pupils their UPNs."""
    district = 0
    for authority in range(authorities):
        for part in range(_DISTRICTS[authority % len(_DISTRICTS)]):
            first = FIRST_URN + district * PER_AUTHORITY
            places = tuple(
                replace(
                    place,
                    urn=str(first + place.number),
                    laestab=f"{FIRST_AUTHORITY + authority}{estab_of_part(place, district, part):04d}",
                    trust=None if place.trust is None else f"{place.trust.partition(' Trust')[0]} Trust {district + 1}",
                )
                for place in places_of(seed, district)
            )
            home, block = district % _CODES, district // _CODES
            own = tuple(100 * block + place.number for place in places)
            away = (home + 1) % _CODES
            yield district, places, Givers(home + 1, own, away + 1, _FIRST_AWAY + 20 * block)
            district += 1


def write_nation(
    data: Path, seed: int, authorities: int, say: Callable[[str], None]
) -> Iterator[tuple[str, str | None, Snapshot]]:
    """Write the tables of who was where, present, absent and suspended; each with its snapshot, when all are whole."""
    growing: dict[tuple[str, str | None], GrowingSnapshot] = {}
    with ExitStack() as unless_settled:
        for district, places, givers in districts_of(seed, authorities):
            for name, period, table in tables_of_roll(Year.of(seed, district, places, givers)):
                if (name, period) not in growing:
                    growing[name, period] = _begun(table, data)
                    unless_settled.callback(growing[name, period].drop)
                growing[name, period].add(table)
            say(f"district {district + 1}")
        settled = {part: snapshot.settle() for part, snapshot in growing.items()}
    for (name, period), snapshot in settled.items():
        yield name, period, snapshot


def _begun(table: Any, data: Path) -> GrowingSnapshot:
    return GrowingSnapshot(table.schema.remove_metadata(), data)
