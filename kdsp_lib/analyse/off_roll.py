"""Pupils with results of a year who are on no roll of its census day: they joined later, or were missed.

They count in what results say, and nowhere else: where the year's later census has them, or else where they were
last registered. What no census says of them is not known, which is never "no".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kdsp_lib.analyse.source_tables import SourceTables

ON_ROLL = ("C", "M")
"""Sole and main registrations. A pupil registered at two establishments so counts once, at the main one."""
LATER_CENSUS, REGISTRATIONS = "later-census", "registrations"
"""Where those who are on no roll of the census day are looked for: either may be missing."""
_SUFFIX = " off roll"


def off_roll(urn: str) -> str:
    """The place, beside its roll, of an establishment's pupils who are on none."""
    return f"{urn}{_SUFFIX}"


def is_off_roll(place: str) -> bool:
    """Whether a place is of pupils who are on no roll."""
    return _SUFFIX in place


def with_those_off_roll(rows: Any, tables: SourceTables, subjects: tuple[str, ...]) -> Any:
    """Rows of the census with a row for each pupil who has results, is on roll nowhere, and belongs to a subject.

    The year's later census says where they are and what there is to know of them; of who is in neither, the last sole
    or main registration that held on some day from January, the month of the census, to the end of the school year
    says where they were, and nothing says more.
    """
    for name, found in ((LATER_CENSUS, _in_later_census), (REGISTRATIONS, _last_registered)):
        if name in tables.tables:
            rows = rows.union(_in_columns_of(rows, found(tables).filter(lambda t: t.urn.isin(subjects))))
    return rows


def _in_columns_of(rows: Any, late: Any) -> Any:
    """Those who are late, at places of their own, in the columns of the census; what is not said is empty."""
    import ibis

    late = late.mutate(place=late.urn.concat(_SUFFIX))
    return late.select(
        **{name: (late[name] if name in late.columns else ibis.null()).cast(of) for name, of in rows.schema().items()}
    )


def _in_later_census(tables: SourceTables) -> Any:
    """One row each of the later census: pupils with results who are not on roll at the census of the year."""
    later = _on_roll(tables.named(LATER_CENSUS))
    return later.semi_join(_assessed(tables), "pupil_key").anti_join(_keys(_on_roll(tables.census)), "pupil_key")


def _last_registered(tables: SourceTables) -> Any:
    """One row each, where, as what and in which year group: pupils with results who are in no census of the year."""
    import ibis

    year = int(tables.period[:4]) + 1
    found = _on_roll(tables.named(REGISTRATIONS))
    found = found.filter(
        found.entry_date <= ibis.date(f"{year}-08-31"),
        found.leave_date.isnull() | (found.leave_date > ibis.date(f"{year}-01-01")),
    )
    order = ibis.window(group_by=found.pupil_key, order_by=[found.entry_date.desc(), found.urn])
    late = found.mutate(turn=ibis.row_number().over(order)).filter(lambda t: t.turn == 0)
    late = late.semi_join(_assessed(tables), "pupil_key")
    for name in ("census", LATER_CENSUS):
        if name == "census" or name in tables.tables:
            late = late.anti_join(_keys(_on_roll(tables.named(name))), "pupil_key")
    return late


def _on_roll(table: Any) -> Any:
    return table.filter(table.enrol_status.isin(ON_ROLL))


def _keys(table: Any) -> Any:
    return table.select("pupil_key").distinct()


def _assessed(tables: SourceTables) -> Any:
    return _keys(tables.named("results"))
