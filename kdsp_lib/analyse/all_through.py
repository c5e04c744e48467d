"""An all-through school is a primary and a secondary one under a single URN: two places, each of a phase and ages.

Its pupils are of the phase of their year group, so that it counts once in either phase, and each of them once. Whose
year group is not known is of a third place, of no phase that is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

ALL_THROUGH = "all-through"
PRIMARY, SECONDARY = "primary", "secondary"
PHASES_OF: Mapping[str, tuple[str, ...]] = MappingProxyType({ALL_THROUGH: (PRIMARY, SECONDARY)})
SECONDARY_YEARS = tuple(str(year) for year in range(7, 15))
FIRST_SECONDARY_AGE = 11
"""On 31 August before Year 7."""
NO_PHASE = ""
_SUFFIXES = (" secondary years", " no year")


def further_places(places: Iterable[str]) -> tuple[str, ...]:
    """The places, beside its own, that each would have if it were an all-through school's."""
    return tuple(f"{place}{suffix}" for suffix in _SUFFIXES for place in places)


def by_phase(rows: Any) -> Any:
    """Rows of pupils with the phase and place of their year group, where the establishment has both phases."""
    import ibis

    is_both = rows.phase == ALL_THROUGH
    has_year, is_secondary = rows.ncyear.notnull(), rows.ncyear.isin(SECONDARY_YEARS).fill_null(False)
    phase = has_year.ifelse(is_secondary.ifelse(SECONDARY, PRIMARY), ibis.null("string"))
    secondary, no_year = _SUFFIXES
    suffix = has_year.ifelse(is_secondary.ifelse(secondary, ""), no_year)
    return rows.mutate(
        phase=is_both.ifelse(phase, rows.phase), place=is_both.ifelse(rows.place.concat(suffix), rows.place)
    )


def facts_by_phase(facts: Any) -> Any:
    """Public facts of places, a row each: an all-through school's in three, the ages of a phase up to the other's."""
    import pandas as pd

    is_both = facts["phase"].eq(ALL_THROUGH)
    both = facts[is_both]
    secondary, no_year = ([f"{place}{suffix}" for place in both["place"]] for suffix in _SUFFIXES)
    return pd.concat(
        [
            facts[~is_both],
            both.assign(phase=PRIMARY, high_age=FIRST_SECONDARY_AGE),
            both.assign(phase=SECONDARY, low_age=FIRST_SECONDARY_AGE, place=secondary),
            both.assign(phase=NO_PHASE, place=no_year),
        ],
        ignore_index=True,
    )
