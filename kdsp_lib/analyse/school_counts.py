"""The counts behind tables of schools' published figures, as an auditor takes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kdsp_lib.analyse.attribute import ROOT, UNKNOWN
from kdsp_lib.analyse.cube import Cube, CubeRow, Flags
from kdsp_lib.analyse.layout import Asked
from kdsp_lib.analyse.membership import NONE
from kdsp_lib.analyse.school_facet import FACETS, POPULATIONS, SCHOOL_PHASES, Facet
from kdsp_lib.analyse.school_figures import facet_of
from kdsp_lib.analyse.school_layout import MARGINS, PHASE, is_rate_alone, lacking, taken
from kdsp_lib.analyse.school_record import SchoolRecords
from kdsp_lib.analyse.symbol import HIDDEN

_DIMENSION = "published "
"""Begins the names of dimensions of published counts: their hierarchies are not those of pupils' records."""


def school_counts(
    cube: Cube, hidden: Flags, records: SchoolRecords, round_to: int = 0
) -> tuple[Mapping[str, Any], ...]:
    """The counts of pupils behind the tables, as an auditor takes them; estimates and points are no counts.

    The pupils of schools that have a figure are a population of their own where these are not all schools.
    """
    every = [*POPULATIONS, *(f"{facet.population} with {name}" for name, facet in FACETS.items())]
    found = []
    for name, table in cube.tables.items():
        one = table.asked
        how = taken(one)
        facet = facet_of(one) if how is not None and how.facet else None
        if how is None or (facet is not None and is_rate_alone(one, records)):
            continue
        split = [attribute.name for attribute in one.by if attribute.name not in lacking(one)]
        parts = [_dim("population", every)]
        parts += [_dim(f"share-{one.measure.name}", ["yes", "no"])] if facet is not None else []
        parts += [_dim(each, _LEVELS[each]) for each in split]
        rows = [
            {"codes": [*head, *kept], "value": HIDDEN if hidden[cell] else str(cube.printed[cell])}
            for row in table.rows
            for kept in [[code for code, by in zip(row.codes, one.by, strict=True) if by.name in split]]
            for head, cell in _counted(one, row, how.population, facet, records)
            if not cube.structural[cell]
        ]
        if rows:
            found.append({"name": name, "dims": parts, "rows": rows, **({"round": round_to} if round_to else {})})
    return tuple(found)


_LEVELS: Mapping[str, Sequence[str]] = {
    PHASE: [code for code, _ in SCHOOL_PHASES],
    **{name: [*FACETS[name].leaves, UNKNOWN] for name in MARGINS},
}


def _counted(
    one: Asked, row: CubeRow, population: str, facet: Facet | None, records: SchoolRecords
) -> Iterator[tuple[list[str], int]]:
    """The counts of a row: codes of its population and share, and the cell."""
    if facet is None:
        yield [population], row.counted
        return
    leaves = [records.leaves[facet.name].get(urn, {}) for urn in one.subjects]
    of = f"{population} with {facet.name}" if any(each.get(UNKNOWN, 0) for each in leaves) else population
    if row.base != NONE:
        yield [of, ROOT], row.base
    if not facet.average:
        yield [of, "yes"], row.counted
        if row.rest != NONE:
            yield [of, "no"], row.rest


def _dim(name: str, parts: Sequence[str]) -> dict[str, Any]:
    return {"name": f"{_DIMENSION}{name}", "root": ROOT, "children": {ROOT: list(parts)}}
