"""Who an establishment was before: an academy that a school became has a URN, and a legal existence, of its own.

A series of it goes back through the links of establishments, to the reports of those who came before; where one began,
the series breaks. Of two that became one neither is followed: the figures of one are not those of both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kdsp_lib.custodian import words
from kdsp_lib.model.table import Break
from kdsp_lib.source.gias_links import is_followed, successors
from kdsp_lib.source.period import census_day
from kdsp_lib.source.published import LINKS

if TYPE_CHECKING:
    from kdsp_lib.source.catalogue import Catalogue

BECAME: Final = "{new} opened in place of {old} on {day}; the figures before are of the one that it replaced"
MERGED: Final = "{new} opened in place of {old} on {day}; what they were before is not shown as one"


class Conversion(NamedTuple):
    """An establishment that took the place of others on a day; None where the links do not say when."""

    urn: str
    before: tuple[str, ...]
    on: date | None


def conversions_of(links: Iterable[Mapping[str, Any]], urn: str) -> tuple[Conversion, ...]:
    """How an establishment came to be, the latest first; it ends with one that several became, or that nobody was."""
    rows = [link for link in links if is_followed(link["link_type"])]
    before: dict[str, set[str]] = {}
    for old, following in successors(rows).items():
        for new in following:
            before.setdefault(new, set()).add(old)
    found: list[Conversion] = []
    seen = {urn}
    while urn in before:
        olds = tuple(sorted(before[urn]))
        days = {link["linked_on"] for link in rows if {link["urn"], link["link_urn"]} in [{urn, old} for old in olds]}
        found.append(Conversion(urn, olds, max((day for day in days if day is not None), default=None)))
        if len(olds) > 1 or olds[0] in seen:
            break
        (urn,) = olds
        seen.add(urn)
    return tuple(found)


@lru_cache(maxsize=8)
def linked(catalogue: Catalogue) -> tuple[tuple[Mapping[str, Any], ...], frozenset[str]]:
    """The links that are loaded, and the snapshots they are from; read once, however many series are asked for."""
    held = [each for each in catalogue.datasets if each.dataset == LINKS]
    rows = tuple(row for each in held for row in catalogue.read(each).to_pylist())
    return rows, frozenset(each.snapshot for each in held)


def was_called(found: Sequence[Conversion]) -> tuple[str, ...]:
    """The URNs of those that it took the place of, one after the other, the latest first."""
    return tuple(each.before[0] for each in found if len(each.before) == 1)


def breaks_of(found: Iterable[Conversion], periods: Sequence[str], name: Mapping[str, str], dim: str) -> list[Break]:
    """The breaks within a series: each before the first census that the new establishment made itself."""
    breaks = []
    for each in found:
        if each.on is None:
            continue
        after = [period for period in periods if census_day(period) >= each.on]
        if after and after[0] != periods[0]:
            said = BECAME if len(each.before) == 1 else MERGED
            old = " and ".join(name[urn] for urn in each.before)
            why = said.format(new=name[each.urn], old=old, day=words.day(each.on.isoformat()))
            breaks.append(Break(dim, after[0], why))
    return breaks
