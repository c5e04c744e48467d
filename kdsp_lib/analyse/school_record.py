"""Schools' published figures as records: how many pupils each school has in each leaf of each facet.

Pure: rows in, records out. A school whose figures stand under the URN of a predecessor is followed to what it is today;
a figure that the source does not give leaves the school out of that facet, and is counted for the coverage note.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kdsp_lib.analyse.attribute import UNKNOWN
from kdsp_lib.analyse.school_facet import FACETS, POPULATIONS, Facet, Row
from kdsp_lib.source.contract import SYMBOL
from kdsp_lib.source.gias_links import present_urn, successors
from kdsp_lib.source.published import CENSUS


@dataclass(frozen=True, slots=True)
class Average:
    """The parts of a school's weighted figure: its percentage or score (in hundredths) times its pupils, and these."""

    above: int
    below: int


@dataclass(frozen=True)
class SchoolRecords:
    """What is known of some schools, by URN of today.

    ``pupils``: how many, by population. ``leaves``: how many in each leaf of each facet (``unknown`` among them).
    ``missing``: by facet, why the figure is not there. ``years``: of each data set. ``followed``: schools with figures
    under a predecessor's URN.
    """

    urns: tuple[str, ...]
    phases: Mapping[str, str]
    pupils: Mapping[str, Mapping[str, int]]
    leaves: Mapping[str, Mapping[str, Mapping[str, int]]]
    averages: Mapping[str, Mapping[str, Average]]
    missing: Mapping[str, Mapping[str, str]]
    years: Mapping[str, str]
    followed: frozenset[str] = frozenset()


def read_records(
    tables: Mapping[str, Sequence[Row]],
    links: Iterable[Mapping[str, Any]],
    urns: Collection[str],
    years: Mapping[str, str],
) -> SchoolRecords:
    """The records of the schools ``urns`` from the rows of each data set, which are about any schools."""
    after = successors(links)
    wanted = frozenset(urns)
    rows: dict[str, dict[str, list[Row]]] = {}
    followed: set[str] = set()
    for name, all_rows in tables.items():
        found: dict[str, list[Row]] = defaultdict(list)
        for row in all_rows:
            urn = present_urn(str(row["urn"]), wanted, after)
            if urn is not None:
                found[urn].append(row)
                if urn != row["urn"]:
                    followed.add(urn)
        rows[name] = {urn: _without_predecessors(urn, each) for urn, each in found.items()}
    joined = {urn: _joined(urn, rows) for urn in sorted(wanted)}
    return SchoolRecords(
        urns=tuple(joined),
        phases={urn: next((str(r["phase"]) for r in rows.get(CENSUS, {}).get(urn, ())), UNKNOWN) for urn in joined},
        pupils={name: _population(column, joined) for name, (_, column) in POPULATIONS.items()},
        leaves={facet.name: _leaves(facet, joined) for facet in FACETS.values()},
        averages={facet.name: _averages(facet, joined) for facet in FACETS.values() if facet.average},
        missing={facet.name: _missing(facet, joined) for facet in FACETS.values()},
        years=dict(years),
        followed=frozenset(followed),
    )


def _without_predecessors(urn: str, rows: list[Row]) -> list[Row]:
    """A school's own row speaks for it; those of its predecessors only where it has none."""
    own = [row for row in rows if row["urn"] == urn]
    return own or rows


def _joined(urn: str, rows: Mapping[str, Mapping[str, list[Row]]]) -> list[Row]:
    """The school's figures side by side: of one row a data set; or of several predecessors, each by itself."""
    of = {name: found[urn] for name, found in rows.items() if urn in found}
    if all(len(each) == 1 for each in of.values()):
        return [{column: value for each in of.values() for column, value in each[0].items()}] if of else []
    by_urn: dict[str, dict[str, Any]] = defaultdict(dict)
    for each in of.values():
        for row in each:
            by_urn[str(row["urn"])].update(row)
    return [by_urn[own] for own in sorted(by_urn)]


def _population(column: str, joined: Mapping[str, list[Row]]) -> dict[str, int]:
    found = {}
    for urn, rows in joined.items():
        counts = [int(row[column]) for row in rows if row.get(column) is not None]
        if counts:
            found[urn] = sum(counts)
    return found


def _leaves(facet: Facet, joined: Mapping[str, list[Row]]) -> dict[str, dict[str, int]]:
    column = POPULATIONS[facet.population][1]
    found: dict[str, dict[str, int]] = {}
    for urn, rows in joined.items():
        for row in rows:
            if row.get(column) is None:
                continue
            dealt = facet.deal(row) or {}
            counts = found.setdefault(urn, dict.fromkeys((*facet.leaves, UNKNOWN), 0))
            for leaf, count in dealt.items():
                counts[leaf] += count
            counts[UNKNOWN] += int(row[column]) - sum(dealt.values())
    return found


def _averages(facet: Facet, joined: Mapping[str, list[Row]]) -> dict[str, Average]:
    weight = POPULATIONS[facet.population][1]
    found = {}
    for urn, rows in joined.items():
        there = [row for row in rows if facet.deal(row) is not None]
        if there:
            above = sum(int(row[facet.average]) * int(row[weight]) for row in there)
            found[urn] = Average(above, sum(int(row[weight]) for row in there))
    return found


def _missing(facet: Facet, joined: Mapping[str, list[Row]]) -> dict[str, str]:
    """The schools that have a row of the facet's population, but not the figure; and why."""
    columns = (facet.average,) if facet.average else _SOURCES[facet.name]
    population = POPULATIONS[facet.population][1]
    found = {}
    for urn, rows in joined.items():
        for row in rows:
            if population in row and facet.deal(row) is None:
                symbols = (row.get(f"{column}{SYMBOL}") for column in columns)
                found[urn] = next((str(symbol) for symbol in symbols if symbol), "x")
    return found


_SOURCES: Mapping[str, tuple[str, ...]] = {
    "sex": ("norg", "norb"),
    "fsm6": ("numfsmever", "norfsmever"),
    "fsm": ("numfsm",),
    "sen": ("tsenelse", "tsenelk"),
    "eal": ("numeal", "numengfl", "numuncfl"),
}
