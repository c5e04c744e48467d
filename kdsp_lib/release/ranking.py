"""No ranking (clause 6): where several establishments are named, they stand by the alphabet and in no other order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from kdsp_lib.errors import Fault
from kdsp_lib.report.pupil_list import PupilList
from kdsp_lib.report.table import Dimension, Table
from kdsp_lib.report.wire import ALL

NO_RANKING = "no-ranking"
_NAMES_ESTABLISHMENTS = ("establishment", "school")
_URN = re.compile(r"[1-9][0-9]{5}")
_RANKS = re.compile(r"\b(rank(s|ed|ing)?|league|position|place|percentile|decile|quintile|quartile)\b", re.IGNORECASE)


def ranking_faults(tables: Iterable[Table]) -> Iterator[Fault]:
    """All by which a reader could tell a better from a worse place: an order, a rank, a place in a distribution."""
    for table in tables:
        for dim in table.dims:
            if _names_establishments(dim) and not _is_alphabetical(_as_printed(table, dim)):
                yield Fault(
                    "tables", f"has establishments in another order than the alphabet's ({dim.name})", table.name
                )
        for statistic in table.statistics:
            if _RANKS.search(statistic.name.replace("-", " ").replace("_", " ")) or _RANKS.search(statistic.label):
                yield Fault("tables", f"ranks establishments ({statistic.name})", table.name)


def ranked_lists(lists: Iterable[PupilList]) -> Iterator[Fault]:
    """Lists of establishments whose rows stand in another order than that of their first column's alphabet."""
    for each in lists:
        if not _is_alphabetical([[row[0] for row in each.rows]]):
            yield Fault("listings", "has establishments in another order than the alphabet's", each.name)


def _names_establishments(dim: Dimension) -> bool:
    codes = [level.code for level in dim.levels if level.code != ALL]
    return dim.name in _NAMES_ESTABLISHMENTS or (bool(codes) and all(map(_URN.fullmatch, codes)))


def _as_printed(table: Table, dim: Dimension) -> list[list[str]]:
    """The labels in the order of the columns or series, and in that of the rows."""
    place = table.dims.index(dim)
    rows = dict.fromkeys(codes[place] for codes in table.cells if codes[place] != ALL)
    return [[level.label for level in dim.levels if level.code != ALL], [dim.label_of(code) for code in rows]]


def _is_alphabetical(orders: list[list[str]]) -> bool:
    return all(one.casefold() <= other.casefold() for labels in orders for one, other in pairwise(labels))
