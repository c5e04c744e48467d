"""What can be summed over pupils: sessions, scores, points, suspensions; always whole numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from kdsp_lib.analyse import outcome
from kdsp_lib.analyse.attribute import ATTRIBUTES


@dataclass(frozen=True, slots=True)
class Sum:
    """One thing to sum. ``scale``: how many of it make one of what is printed.

    ``attribute`` and ``nothing``: the leaves of pupils of whom there is nothing to sum, so that it is known to be 0.
    """

    name: str
    expression: Callable[[Any], Any]
    attribute: str
    nothing: frozenset[str]
    scale: int = 1

    @property
    def dataset(self) -> str:
        return ATTRIBUTES[self.attribute].dataset


def _sessions(name: str) -> Sum:
    return Sum(name, lambda t: (t.possible > 0).ifelse(t[name], 0), "absence-band", frozenset({"no-sessions"}))


def _of_base(name: str, expression: Callable[[Any], Any], attribute: str, base: str, scale: int = 1) -> Sum:
    """A sum over a group of an attribute: of everybody else there is none, whatever a code could be read as."""
    inside = ATTRIBUTES[attribute].groups[base]
    nothing = frozenset(leaf for leaf, _ in ATTRIBUTES[attribute].leaves) - set(inside)

    def summed(t: Any) -> Any:
        return ATTRIBUTES[attribute].expression(t).isin(inside).ifelse(expression(t), 0)

    return Sum(name, summed, attribute, nothing, scale)


_ALL = (
    *(_sessions(name) for name in ("possible", "authorised", "unauthorised")),
    _of_base("suspensions", lambda t: t.suspensions, "suspended", "any"),
    _of_base("goals", outcome.goals_reached, "development", "with-profile"),
    _of_base("tables_mark", outcome.tables_mark, "times-tables", "took-it"),
    *(_of_base(f"{name}_score", outcome.score_of(f"{name}_score"), f"ks2-{name}", "scored")
      for name in ("reading", "maths", "gps")),
    _of_base("attainment_8", outcome.attainment_8, "english-maths", "at-end", scale=100),
)  # fmt: skip
SUMS: Mapping[str, Sum] = MappingProxyType({each.name: each for each in _ALL})
