"""Returns of some schools made into the tables of all: what a school returns replaces what it returned before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from kdsp_lib.source.pupil_merging import Before, Held, SetAside, keys_of, merged_pupils, merged_registrations
from kdsp_lib.source.pupil_return import Keys, PupilReturn, Row, at_schools, keyed


def merge(
    returns: Sequence[PupilReturn],
    urns: Mapping[str, str],
    before: Before,
    eligible_before: Callable[[str], bool | None],
) -> tuple[dict[str, Held], tuple[SetAside, ...]]:
    """The tables after the returns, and what was set aside. ``urns`` by LAESTAB.

    ``eligible_before`` says of a pupil's key whether an earlier census of the last six years had free school meals that
    count for the premium; None where it had some of which that is not known.
    """
    keys, aside = keys_of(returns, before)
    tables = merged_pupils(returns, keys, before)
    tables["registrations"] = merged_registrations(returns, urns, keys, before)
    for name in ("census", "attendance", "suspensions"):
        tables[name] = _of_term(name, returns, urns, keys, before)
    for row, place in zip(tables["census"].rows, tables["census"].places, strict=True):
        if place is not None and not row["fsm6"] and (said := eligible_before(row["pupil_key"])) is not False:
            row["fsm6"] = said
    return tables, aside


def _of_term(name: str, returns: Sequence[PupilReturn], urns: Mapping[str, str], keys: Keys, before: Before) -> Held:
    returning = {urns[made.laestab] for made in returns}
    held = Held()
    for row in before[name]:
        if row["urn"] not in returning:
            held.add(row)
    new: dict[tuple[str, str], Row] = {}
    for made, row in at_schools(keyed(name, returns, keys), urns):
        if name == "attendance":
            if not made.seen["late"]:
                row["late"] = None
            earlier = new.setdefault((row["pupil_key"], row["urn"]), row)
            if earlier is not row:
                _add_sessions(earlier, row)
                continue
        held.add(row, (made, row["line"]))
    return held


def _add_sessions(to: Row, row: Row) -> None:
    """A pupil who left and came back, or whose term was returned in halves, has one row for the term."""
    for column in ("possible", "authorised", "unauthorised", "late"):
        if row[column] is not None:
            to[column] = (to[column] or 0) + row[column]
