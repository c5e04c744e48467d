"""What can be summed over pupils: sessions, scores, points, suspensions; always whole numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from kdsp_lib.analyse import absence_reason, outcome
from kdsp_lib.analyse.absence_reason import AUTHORISED, UNAUTHORISED, column_of, without_reason
from kdsp_lib.analyse.attribute import ATTRIBUTES

AUTHORISED_REST, UNAUTHORISED_REST = "authorised_without_reason", "unauthorised_without_reason"


@dataclass(frozen=True, slots=True)
class Sum:
    """One thing to sum. ``scale``: how many of it make one of what is printed.

    ``attribute`` and ``nothing``: the leaves of pupils of whom there is nothing to sum, so that it is known to be 0.
    ``needs``: the data set that has it, where that is not its attribute's. ``least`` and ``largest``: the least that a
    pupil has, and how much more one may have at most: what is above it does not count in aggregates. Of what is summed
    ``by_term`` that is of one term.
    """

    name: str
    expression: Callable[[Any], Any]
    attribute: str
    nothing: frozenset[str]
    scale: int = 1
    needs: str = ""
    least: int = 0
    largest: int = 1
    by_term: bool = False

    def most(self, terms: int) -> int:
        """The most that one pupil puts into an aggregate of so many terms."""
        return self.largest * (terms if self.by_term else 1)

    @property
    def dataset(self) -> str:
        return self.needs or ATTRIBUTES[self.attribute].dataset


SESSIONS_OF_A_TERM = 160
"""The most that a pupil can have in one: two a day, of 80 days."""


def _sessions(name: str, expression: Callable[[Any], Any] | None = None, needs: str = "") -> Sum:
    of = expression or (lambda t: t[name])
    nothing = frozenset({"no-sessions"})
    return Sum(
        name,
        lambda t: (t.possible > 0).ifelse(of(t), 0),
        "absence-band",
        nothing,
        needs=needs,
        largest=SESSIONS_OF_A_TERM,
        by_term=True,
    )


def _by_reason() -> tuple[Sum, ...]:
    """The sessions missed for each reason, and those of either kind for which none is recorded."""
    columns = {column_of(leaf): None for leaf in absence_reason.REASONS}
    rest = {
        AUTHORISED_REST: without_reason("authorised", AUTHORISED),
        UNAUTHORISED_REST: without_reason("unauthorised", UNAUTHORISED),
    }
    return tuple(_sessions(name, of, absence_reason.DATASET) for name, of in {**columns, **rest}.items())


def _of_base(
    name: str,
    expression: Callable[[Any], Any],
    attribute: str,
    base: str,
    *,
    largest: int,
    least: int = 0,
    scale: int = 1,
) -> Sum:
    """A sum over a group of an attribute: of everybody else there is none, whatever a code could be read as."""
    inside = ATTRIBUTES[attribute].groups[base]
    nothing = frozenset(leaf for leaf, _ in ATTRIBUTES[attribute].leaves) - set(inside)

    def summed(t: Any) -> Any:
        return ATTRIBUTES[attribute].expression(t).isin(inside).ifelse(expression(t), 0)

    return Sum(name, summed, attribute, nothing, scale, least=least, largest=largest)


_ALL = (
    *(_sessions(name) for name in ("possible", "authorised", "unauthorised")),
    *_by_reason(),
    _of_base("suspensions", lambda t: t.suspensions, "suspended", "any", largest=10),
    _of_base("goals", outcome.goals_reached, "development", "with-profile", largest=17),
    _of_base("tables_mark", outcome.tables_mark, "times-tables", "took-it", largest=25),
    *(_of_base(f"{name}_score", outcome.score_of(f"{name}_score"), f"ks2-{name}", "scored", least=80, largest=40)
      for name in ("reading", "maths", "gps")),
    _of_base("attainment_8", outcome.attainment_8, "english-maths", "at-end", largest=9_000, scale=100),
    _of_base("ebacc_points", outcome.baccalaureate_points, "ebacc", "at-end",
             largest=9 * outcome.BACCALAUREATE_PLACES, scale=outcome.BACCALAUREATE_PLACES),
)  # fmt: skip
SUMS: Mapping[str, Sum] = MappingProxyType({each.name: each for each in _ALL})

_OF_AUTHORISED = (*map(column_of, AUTHORISED), AUTHORISED_REST)
_OF_UNAUTHORISED = (*map(column_of, UNAUTHORISED), UNAUTHORISED_REST)
WHOLES: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("authorised", "unauthorised"), ("authorised", "unauthorised")),
    (("authorised",), _OF_AUTHORISED),
    (("unauthorised",), _OF_UNAUTHORISED),
    (("authorised", "unauthorised"), (*_OF_AUTHORISED, *_OF_UNAUTHORISED)),
)
"""Sums that are made of others, and all of these: who knows a whole and some of its parts knows the rest together."""


def with_their_wholes(names: Iterable[str]) -> frozenset[str]:
    """The sums with all others of what they are parts of: what is left of that beside them has to be safe to tell."""
    found = frozenset(names)
    of_data = {name for name in found if SUMS[name].needs}
    return found.union(*((*whole, *parts) for whole, parts in WHOLES if of_data.intersection(parts)))
