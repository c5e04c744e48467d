"""The cohort: the pupils a table speaks of, as a lazy relation. Nothing is fetched here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Protocol

from kdsp_lib.analyse.off_roll import ON_ROLL, with_those_off_roll
from kdsp_lib.analyse.outcome import outcomes
from kdsp_lib.errors import BadSource


class SourceTables(Protocol):
    """The ibis tables that questions are answered from, of one period, and the way to ask them."""

    @property
    def establishments(self) -> Any: ...
    @property
    def pupils(self) -> Any: ...
    @property
    def census(self) -> Any: ...
    @property
    def attendance(self) -> Any: ...
    @property
    def period(self) -> str: ...
    @property
    def tables(self) -> Mapping[str, Any]:
        """All that were opened, by name."""

    def named(self, name: str) -> Any:
        """Another table by its name, of those that were opened."""

    def arrow(self, expression: Any) -> Any:
        """The answer to an ibis expression as an Arrow table."""

    def frame(self, expression: Any) -> Any:
        """The answer to an ibis expression as a pandas data frame."""


@dataclass(frozen=True, slots=True)
class Cohort:
    """The pupils on roll of ``subjects`` at the census of ``period``.

    ``controllers`` names who runs each establishment: the trust, or the establishment's own governing body. It may
    name more than the subjects. ``phases`` narrows for the title's sake only: subjects are already of those phases.

    ``comparators``: sets of establishments, by name, that a question may set beside the subjects. ``told``: those whose
    own figures the readers may know, by consent: that a figure is of one of them alone is then no reason to hide it.
    """

    subjects: tuple[str, ...]
    controllers: Mapping[str, str]
    period: str
    phases: tuple[str, ...] = ()
    comparators: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    told: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        object.__setattr__(self, "subjects", tuple(sorted(set(self.subjects))))
        compared = {name: tuple(sorted(set(urns))) for name, urns in self.comparators.items()}
        object.__setattr__(self, "comparators", MappingProxyType(compared))
        check_controllers(self.subjects, self.controllers)


def check_controllers(subjects: tuple[str, ...], controllers: Mapping[str, str]) -> None:
    """``BadSource`` where an establishment's controller is not known: it could not be told from the others."""
    missing = [urn for urn in subjects if not controllers.get(urn)]
    if missing:
        raise BadSource(f"It is not known who runs {', '.join(missing)}.", remedy="load the register of establishments")


def on_roll(
    tables: SourceTables,
    subjects: tuple[str, ...],
    *,
    attendance: bool,
    results: Iterable[str] = (),
    suspensions: bool = False,
) -> Any:
    """One row a pupil on roll at a subject, with what attributes and filters are made from.

    ``results``: the outcomes to put beside each pupil, wherever they were assessed; with them come those with results
    who are on no roll of the census day, at a ``place`` of their own. ``suspensions``: how many, and how many permanent
    exclusions, the establishment at which the pupil is on roll gave.
    """
    names = tuple(results)
    census = tables.census
    rows = census.filter(census.urn.isin(subjects), census.enrol_status.isin(ON_ROLL)).mutate(place=census.urn)
    if names:
        rows = with_those_off_roll(rows, tables, subjects)
    pupils = tables.pupils.select("pupil_key", "sex", "idaci_decile")
    places = tables.establishments.select("urn", "phase")
    joined = _joined(_joined(rows, pupils, "pupil_key"), places, "urn")
    if names:
        joined = _joined(joined, outcomes(tables.named("results"), names), "pupil_key")
    if suspensions:
        joined = _joined(joined, _suspensions(tables.named("suspensions")), "pupil_key", "urn")
    if not attendance:
        return joined
    sessions = tables.attendance.group_by("pupil_key", "urn").aggregate(
        possible=tables.attendance.possible.sum().cast("int64"),
        authorised=tables.attendance.authorised.sum().cast("int64"),
        unauthorised=tables.attendance.unauthorised.sum().cast("int64"),
    )
    return _joined(joined, sessions, "pupil_key", "urn")


def _suspensions(table: Any) -> Any:
    """Suspensions and permanent exclusions by pupil and establishment, each by itself; no lunchtimes."""

    def number_of(category: str) -> Any:
        return table.count(where=table.category == category).cast("int64")

    return table.group_by("pupil_key", "urn").aggregate(
        suspensions=number_of("SUSP"), permanent_exclusions=number_of("PERM")
    )


def _joined(left: Any, right: Any, *keys: str) -> Any:
    joined = left.left_join(right, list(keys))
    return joined.drop(*(f"{key}_right" for key in keys if f"{key}_right" in joined.columns))
