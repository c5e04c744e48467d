"""Spreads: over which bands of a rate the establishments of an area lie, without saying which lies where.

An establishment's own rate, as a dot, is an exact figure of one body, and beside the number of its pupils says whose.
So only bands are told, the same in every area: how many establishments lie in each. A band is a breakdown of
establishments, so the pupils of those in it are a cell like any other, with its contributors and all that could be
subtracted from it. How many pupils that are is told nobody: rolls are public, and a sum of them names its parts.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from kdsp_lib.analyse.attribute import ATTRIBUTES, ROOT, Attribute, leaves_in
from kdsp_lib.analyse.measure import MEASURES, Measure
from kdsp_lib.analyse.sum import SUMS
from kdsp_lib.model.question import Kind

SMALLEST_BASE = 11
"""Of fewer pupils a rate says little, and is not put into a band."""
FEW = "few"
PREFIX = "spread-"

_EDGES: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {
        "absence": (0, 2, 4, 6, 8, 10, 12, 100),
        "authorised-absence": (0, 2, 4, 6, 8, 100),
        "unauthorised-absence": (0, 2, 4, 6, 8, 100),
        "severe-absence": (0, 1, 2, 3, 4, 5, 100),
        "persistent-absence": (0, 10, 20, 30, 40, 100),
        "fsm6": (0, 10, 20, 30, 40, 50, 60, 70, 100),
        "fsm": (0, 10, 20, 30, 40, 50, 60, 70, 100),
        "sen": (0, 10, 20, 30, 40, 100),
        "eal": (0, 5, 10, 20, 40, 60, 100),
        "good-level-of-development": (0, 40, 50, 60, 70, 80, 90, 100),
        "phonics": (0, 50, 60, 70, 80, 90, 100),
        "ks2-rwm": (0, 30, 40, 50, 60, 70, 80, 90, 100),
        "english-maths-4": (0, 30, 40, 50, 60, 70, 80, 90, 100),
    }
)
"""Where the bands begin and end, in per cent: fixed, so that no establishment settles its own."""


def spread_name(measure: str) -> str:
    """The name of the breakdown of establishments by their own rate of a measure."""
    return f"{PREFIX}{measure}"


def kinds_of(measure: Measure) -> tuple[Kind, ...]:
    """All kinds of table that a measure is offered as."""
    return (*measure.offered, "spread") if spread_name(measure.name) in SPREADS else measure.offered


def divides(name: str) -> Attribute:
    """What divides pupils under that name: an attribute of theirs, or the band of their establishment."""
    return SPREADS[name] if name in SPREADS else ATTRIBUTES[name]


def counted_by_spread(measure: Measure) -> Measure:
    """The measure as a spread takes it: pupils on roll, of establishments in a band, and nothing else of them."""
    return Measure(measure.definition)


def _attribute(measure: Measure) -> Attribute:
    edges = list(pairwise(_EDGES[measure.name]))
    last = edges[-1]
    words = [(f"{low} % to below {high} %" if low else f"Below {high} %") for low, high in edges[:-1]]
    words.append(f"{last[0]} % or more")
    of = ATTRIBUTES[measure.attribute]
    return Attribute(
        spread_name(measure.name), f"Establishments by their {measure.label[:1].lower()}{measure.label[1:]}",
        measure.category,
        (*((f"from-{low}", text) for (low, _), text in zip(edges, words, strict=True)),
         (FEW, f"Fewer than {SMALLEST_BASE} pupils in the rate")),
        lambda t: _band(t, measure, edges),
        dataset=of.dataset, reads=of.reads,
        bands=MappingProxyType({f"from-{low}": (str(low), str(high)) for low, high in edges}),
    )  # fmt: skip


def _band(t: Any, measure: Measure, edges: list[tuple[int, int]]) -> Any:
    """The band of the establishment at which a pupil is on roll, compared in whole numbers."""
    of = ATTRIBUTES[measure.attribute]
    leaf = of.expression(t)
    whole = leaf.isin([code for code, _ in of.leaves]) if measure.of == ROOT else leaf.isin(leaves_in(of, measure.of))
    base = _over_establishment(t, whole.cast("int64"))
    if measure.sums:
        above = sum((_over_establishment(t, SUMS[name].expression(t).fill_null(0)) for name in measure.sums), start=0)
        below = _over_establishment(t, SUMS[measure.over].expression(t).fill_null(0))
    else:
        above = _over_establishment(t, leaf.isin(leaves_in(of, measure.holds)).cast("int64"))
        below = base
    found: Any = f"from-{edges[-1][0]}"
    for low, high in reversed(edges[:-1]):
        found = (above * 100 < below * high).ifelse(f"from-{low}", found)
    return (base >= SMALLEST_BASE).ifelse(found, FEW)


def _over_establishment(t: Any, column: Any) -> Any:
    return column.sum().over(group_by=t.urn)


SPREADS: Mapping[str, Attribute] = MappingProxyType({spread_name(name): _attribute(MEASURES[name]) for name in _EDGES})
"""The breakdowns of establishments, by name."""
