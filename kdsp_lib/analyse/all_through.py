"""An all-through school is a primary and a secondary one under a single URN: two places, each of a phase and ages.

Its pupils are of the phase of their year group, so that it counts once in either phase, and each of them once.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

ALL_THROUGH = "all-through"
PRIMARY, SECONDARY = "primary", "secondary"
PHASES_OF: Mapping[str, tuple[str, ...]] = MappingProxyType({ALL_THROUGH: (PRIMARY, SECONDARY)})
SECONDARY_YEARS = tuple(str(year) for year in range(7, 15))
FIRST_SECONDARY_AGE = 11
"""On 31 August before Year 7."""
_SUFFIX = " secondary years"


def secondary_years(place: str) -> str:
    """The place, beside its own, of an all-through school's pupils of secondary years."""
    return f"{place}{_SUFFIX}"


def by_phase(rows: Any) -> Any:
    """Rows of pupils with the phase and place of their year group, where the establishment has both phases."""
    import ibis

    is_both = rows.phase == ALL_THROUGH
    is_secondary = is_both & rows.ncyear.isin(SECONDARY_YEARS).fill_null(False)
    of_either = rows.ncyear.isnull().ifelse(ibis.null("string"), is_secondary.ifelse(SECONDARY, PRIMARY))
    return rows.mutate(
        phase=is_both.ifelse(of_either, rows.phase), place=is_secondary.ifelse(rows.place.concat(_SUFFIX), rows.place)
    )


def facts_by_phase(facts: Any) -> Any:
    """Public facts of places, a row each: an all-through school's in two, the ages of each up to the other's."""
    import pandas as pd

    is_both = facts["phase"].eq(ALL_THROUGH)
    both = facts[is_both]
    primary = both.assign(phase=PRIMARY, high_age=FIRST_SECONDARY_AGE)
    secondary = both.assign(
        phase=SECONDARY, low_age=FIRST_SECONDARY_AGE, place=[secondary_years(place) for place in both["place"]]
    )
    return pd.concat([facts[~is_both], primary, secondary], ignore_index=True)
