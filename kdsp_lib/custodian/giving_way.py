"""Which rows of a report give way where it cannot be made safe as it was asked.

What cannot be proved is withheld whole, as if nobody had asked for it: a table's finest rows first, then coarser ones,
at last the table. So a wide report, or one beside much that is out already, loses rows instead of being refused.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Any

from kdsp_lib.analyse.attribute import ROOT
from kdsp_lib.analyse.cube import Cube, CubeTable, Flags
from kdsp_lib.model.table import Grouping

LeftOut = Mapping[str, frozenset[Grouping]]
"""The rows left out, by the part of a table: with each grouping all that are finer."""
Rows = tuple[str, Grouping]
FARTHEST = 8
"""So many equations away from a figure without proof, rows may still be in its way: each earlier release is a link."""


def rows_in_the_way(cube: Cube, equations: Any, cells: Iterable[int], printed: Flags) -> LeftOut:
    """The rows to leave out besides, where these ``cells`` have no proof; none where no row asked for now matters.

    Of the rows nearest to each such cell those that cost the fewest others; of all these the finest alone, since that
    may be enough. What was ``printed`` before does not give way.
    """
    asked = _asked(cube, printed)
    by_row, by_cell = equations.tocsr(), equations.tocsc()
    wanted: set[Rows] = set()
    for cell in cells:
        near = _nearest(cell, asked, by_row, by_cell, printed)
        if near:
            standing = [asked[place] for place in near]
            cheapest: frozenset[Rows] = min(standing, key=lambda rows: _loss(cube, rows))
            wanted |= cheapest
    finest = max((len(grouping) for _, grouping in wanted), default=0)
    found: dict[str, frozenset[Grouping]] = defaultdict(frozenset)
    for part, grouping in wanted:
        if len(grouping) == finest:
            found[part] |= _finer(cube.tables[part], grouping)
    return dict(found)


def together(one: LeftOut, other: LeftOut) -> LeftOut:
    """All that either leaves out."""
    nothing: frozenset[Grouping] = frozenset()
    return {part: one.get(part, nothing) | other.get(part, nothing) for part in sorted({*one, *other})}


def says_nothing(cube: Cube, left_out: LeftOut) -> bool:
    """Whether no table would show anything any more."""
    return all(frozenset[str]() in left_out.get(part, ()) for part in cube.tables)


def _asked(cube: Cube, printed: Flags) -> dict[int, frozenset[Rows]]:
    """The cells asked for now and not printed before, with the rows that they stand in."""
    found: dict[int, set[Rows]] = defaultdict(set)
    for part, table in cube.tables.items():
        for row in table.rows:
            for cell in row.cells:
                if not printed[cell] and not cube.structural[cell]:
                    found[cell].add((part, _grouping(table, row.codes)))
    return {cell: frozenset(rows) for cell, rows in found.items()}


def _grouping(table: CubeTable, codes: tuple[str, ...]) -> Grouping:
    return frozenset(name for name, code in zip(table.asked.names, codes, strict=True) if code != ROOT)


def _finer(table: CubeTable, grouping: Grouping) -> frozenset[Grouping]:
    """A grouping with all that split its rows further."""
    others = sorted(set(table.asked.names) - grouping)
    return frozenset(
        grouping | frozenset(more) for size in range(len(others) + 1) for more in combinations(others, size)
    )


def _loss(cube: Cube, rows: frozenset[Rows]) -> tuple[int, list[tuple[str, list[str]]]]:
    """How many rows go with these."""
    lost = 0
    for part, grouping in rows:
        table = cube.tables[part]
        lost += sum(grouping <= _grouping(table, row.codes) and not row.left_out for row in table.rows)
    return lost, sorted((part, sorted(grouping)) for part, grouping in rows)


def _nearest(cell: int, asked: Mapping[int, frozenset[Rows]], by_row: Any, by_cell: Any, printed: Flags) -> list[int]:
    """The cells asked for that are fewest equations away; what is printed leads nowhere, since it stays as it is."""
    seen, edge = {cell}, [cell]
    for _ in range(FARTHEST + 1):
        found = [place for place in edge if place in asked]
        if found:
            return found
        reached: set[int] = set()
        for place in edge:
            for row in by_cell.indices[by_cell.indptr[place] : by_cell.indptr[place + 1]]:
                reached.update(map(int, by_row.indices[by_row.indptr[row] : by_row.indptr[row + 1]]))
        edge = sorted(each for each in reached - seen if each >= len(printed) or not printed[each])
        seen |= reached
    return []
