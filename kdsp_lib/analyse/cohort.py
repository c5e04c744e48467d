"""The cohort: the pupils a table speaks of, as a lazy relation. Nothing is fetched here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from kdsp_lib.analyse.absence_reason import DATASET as REASONS
from kdsp_lib.analyse.absence_reason import sessions_by_reason
from kdsp_lib.analyse.all_through import by_phase
from kdsp_lib.analyse.off_roll import ON_ROLL, with_those_off_roll
from kdsp_lib.analyse.outcome import by_table, outcomes
from kdsp_lib.analyse.source_tables import SourceTables
from kdsp_lib.errors import BadSource
from kdsp_lib.source.period import usual_census_day


@dataclass(frozen=True, slots=True)
class Cohort:
    """The pupils on roll of ``subjects`` at the census of ``period``.

    ``controllers`` names who runs each establishment: the trust, or the establishment's own governing body. It may
    name more than the subjects. ``phases`` narrows for the title's sake only: subjects are already of those phases.

    ``told``: those whose own figures the readers may know, by consent: that a figure is of one of them alone is then no
    reason to hide it.
    """

    subjects: tuple[str, ...]
    controllers: Mapping[str, str]
    period: str
    phases: tuple[str, ...] = ()
    told: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        object.__setattr__(self, "subjects", tuple(sorted(set(self.subjects))))
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
    beside: Collection[str] = (),
) -> Any:
    """One row a pupil on roll at a subject, with what attributes and filters are made from.

    ``results``: the outcomes to put beside each pupil, wherever they were assessed; with them come those with results
    who are on no roll of the census day, at a ``place`` of their own. ``beside``: further data sets (``BESIDE``), of
    which what they say of a pupil, or of one at an establishment, is put beside the pupil.
    """
    names = tuple(results)
    census = tables.census
    rows = census.filter(census.urn.isin(subjects), census.enrol_status.isin(ON_ROLL)).mutate(place=census.urn)
    if names:
        rows = with_those_off_roll(rows, tables, subjects)
    pupils = tables.pupils.select("pupil_key", "sex", "idaci_decile")
    places = tables.establishments.select("urn", "phase")
    joined = by_phase(_joined(_joined(rows, pupils, "pupil_key"), places, "urn"))
    for table, chosen in by_table(names).items():
        joined = _joined(joined, outcomes(tables.named(table), chosen), "pupil_key")
    for name in sorted(beside):
        made, keys = BESIDE[name]
        joined = _joined(joined, made(tables.named(name), tables.period), *keys)
    if not attendance:
        return joined
    sessions = tables.attendance.group_by("pupil_key", "urn").aggregate(
        possible=tables.attendance.possible.sum().cast("int64"),
        authorised=tables.attendance.authorised.sum().cast("int64"),
        unauthorised=tables.attendance.unauthorised.sum().cast("int64"),
    )
    return _joined(joined, sessions, "pupil_key", "urn")


def _suspensions(table: Any, _period: str) -> Any:
    """Suspensions and permanent exclusions by pupil and establishment, each by itself; no lunchtimes."""

    def number_of(category: str) -> Any:
        return table.count(where=table.category == category).cast("int64")

    return table.group_by("pupil_key", "urn").aggregate(
        suspensions=number_of("SUSP"), permanent_exclusions=number_of("PERM")
    )


def _admissions(table: Any, period: str) -> Any:
    """Whether a pupil was last admitted there after the autumn census of the year before: late in a key stage."""
    import ibis

    census = usual_census_day("autumn", int(period[:4]) - 1)
    last = table.filter(table.enrol_status.isin(ON_ROLL)).group_by("pupil_key", "urn")
    return last.aggregate(joined_late=table.entry_date.max() > ibis.date(census.isoformat()))


def _premium(table: Any, _period: str) -> Any:
    """Whether a pupil of the premium list is disadvantaged: a child of service personnel is not for that alone."""
    return table.select("pupil_key", is_disadvantaged=table.deprivation | table.looked_after | table.adopted_from_care)


BESIDE: Mapping[str, tuple[Callable[[Any, str], Any], tuple[str, ...]]] = MappingProxyType(
    {
        "suspensions": (_suspensions, ("pupil_key", "urn")),
        "registrations": (_admissions, ("pupil_key", "urn")),
        "pupil-premium": (_premium, ("pupil_key",)),
        REASONS: (sessions_by_reason, ("pupil_key", "urn")),
    }
)
"""What further data sets say, from their table and the period, and by which columns it is put beside a pupil."""


def _joined(left: Any, right: Any, *keys: str) -> Any:
    joined = left.left_join(right, list(keys))
    return joined.drop(*(f"{key}_right" for key in keys if f"{key}_right" in joined.columns))
