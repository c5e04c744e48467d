"""What is wrong, or should be looked at, in the rows that one establishment returned: by pupil, and nobody else's rows.

What is loaded keeps its contract already. These are the faults that no contract sees: one pupil twice, two main
registrations, a code that nobody asked for, a result that belongs to nobody on roll.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from kdsp_lib.source.school_census.query import QUERIES

Row = Mapping[str, Any]
MAIN: Final = ("C", "M")
_COMPULSORY: Final = tuple(str(year) for year in range(1, 12))
EXPECTED_RESULTS: Final[Mapping[str, tuple[str, str, str, str]]] = {
    "R": ("FSP", "", "", "early years foundation stage profile"),
    "1": ("KS1", "ENG", "PHO", "phonics check"),
    "4": ("KS2", "MAT", "MTC", "multiplication tables check"),
    "6": ("KS2", "", "", "key stage 2"),
    "11": ("KS4", "", "", "key stage 4"),
}
"""By year group: stage, subject and component (empty: any) of the results of its year, and what people call them."""
TWICE: Final = (
    "another record has the same name and day of birth under another UPN: is it one pupil twice? Then say which UPN "
    "holds"
)
TWO_MAINS: Final = (
    "another establishment returned this pupil as single or main too: agree which is the main one (M) and which the "
    "subsidiary (S); each pupil counts once"
)
NO_MAIN: Final = "is subsidiary here, and no establishment returned the pupil as main: who has the main registration?"
NO_TYPE: Final = "is missing, though the pupil has SEN support or an EHC plan: the first type of need"
NO_YEAR: Final = "is missing: the pupil stands in no year group of any report"
NO_FSM6: Final = "is not known: the pupil counts neither as disadvantaged nor as other"
NO_SESSIONS: Final = "has no attendance, though the pupil is on roll and of compulsory age"
NO_RESULT: Final = "no result of this year is under the pupil's UPN: was it returned under another one?"


@dataclass(frozen=True, slots=True, order=True)
class OwnFault:
    """One thing about one pupil: in which data, of which element, what to mend or answer."""

    pupil_key: str
    data: str
    field: str
    text: str


def own_faults(
    urn: str,
    on: date,
    census: Iterable[Row],
    pupils: Iterable[Row],
    attendance: Iterable[Row],
    results: Iterable[Row] | None,
) -> tuple[OwnFault, ...]:
    """All that one establishment should see to, by pupil.

    ``census`` also holds rows that others returned of the same pupils: nothing is told but that there are some.
    ``on`` is the day of the census; ``results``: None where there are none of the period.
    """
    census, people = list(census), {row["pupil_key"]: row for row in pupils}
    own = {row["pupil_key"]: row for row in census if row["urn"] == urn}
    attending = {row["pupil_key"]: row for row in attendance if row["urn"] == urn and row["pupil_key"] in own}
    found = [
        *_questions("pupils", [{**people[key], "is_on_roll": True} for key in own if key in people], on),
        *_questions("census", own.values(), on),
        *_questions("attendance", attending.values(), on),
        *_missing(own.values(), attending),
        *_twice([people[key] for key in own if key in people]),
        *_registered_twice(own, [row for row in census if row["urn"] != urn]),
        *(() if results is None else _without_result(own.values(), results)),
    ]
    return tuple(sorted(set(found)))


def _questions(table: str, rows: Iterable[Row], on: date) -> Iterator[OwnFault]:
    """The questions that a return is checked with before it is loaded."""
    for row in rows:
        for query in QUERIES:
            if query.table == table and query.asked(dict(row), on):
                yield OwnFault(row["pupil_key"], table, query.field, query.text)


def _missing(own: Iterable[Row], attending: Collection[str]) -> Iterator[OwnFault]:
    for row in own:
        key = row["pupil_key"]
        if row["sen_provision"] != "N" and row["sen_type"] is None:
            yield OwnFault(key, "census", "SENtype", NO_TYPE)
        if row["ncyear"] is None:
            yield OwnFault(key, "census", "NCyearActual", NO_YEAR)
        if row["fsm6"] is None:
            yield OwnFault(key, "census", "FSM6", NO_FSM6)
        if attending and row["enrol_status"] in MAIN and row["ncyear"] in _COMPULSORY and key not in attending:
            yield OwnFault(key, "attendance", "Attendance", NO_SESSIONS)


def _twice(people: Iterable[Row]) -> Iterator[OwnFault]:
    """Records alike in name and day of birth. Twins have names of their own."""
    alike: dict[tuple[object, ...], list[str]] = defaultdict(list)
    for row in people:
        if row["forename"] is not None:
            name = f"{row['forename']} {row['surname']}".casefold()
            alike[" ".join(name.split()), row["dob"]].append(row["pupil_key"])
    for keys in alike.values():
        if len(keys) > 1:
            yield from (OwnFault(key, "pupils", "UPN", TWICE) for key in keys)


def _registered_twice(own: Mapping[str, Row], others: Iterable[Row]) -> Iterator[OwnFault]:
    mains = {row["pupil_key"] for row in others if row["enrol_status"] in MAIN}
    for key, row in own.items():
        if row["enrol_status"] in MAIN and key in mains:
            yield OwnFault(key, "census", "EnrolStatus", TWO_MAINS)
        elif row["enrol_status"] == "S" and key not in mains:
            yield OwnFault(key, "census", "EnrolStatus", NO_MAIN)


def _without_result(own: Iterable[Row], results: Iterable[Row]) -> Iterator[OwnFault]:
    """Pupils on roll of whom a result of the year is expected, and none is there under their UPN."""
    held: dict[str, set[tuple[str, str, str]]] = defaultdict(set)
    for row in results:
        held[row["pupil_key"]].add((row["stage"], row["subject"], row["component"]))
    for row in own:
        expected = EXPECTED_RESULTS.get(row["ncyear"] or "")
        if expected is None or row["enrol_status"] not in MAIN:
            continue
        *wanted, label = expected
        if not any(_is_such(result, wanted) for result in held[row["pupil_key"]]):
            yield OwnFault(row["pupil_key"], "results", label[:1].upper() + label[1:], NO_RESULT)


def _is_such(result: tuple[str, str, str], wanted: Iterable[str]) -> bool:
    return all(part in ("", given) for given, part in zip(result, wanted, strict=True))
