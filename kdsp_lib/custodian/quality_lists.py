"""The data quality return of one establishment: what it should see to, in its own rows, and by when (7, 3)."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from kdsp_lib.analyse.attribute import ATTRIBUTES
from kdsp_lib.custodian import words
from kdsp_lib.custodian.listing import listing_in_words
from kdsp_lib.model.listing import Listing
from kdsp_lib.source.contract import contract_of
from kdsp_lib.source.own_faults import OwnFault, own_faults
from kdsp_lib.source.quarantine import Kept, aside_of

if TYPE_CHECKING:
    from kdsp_lib.custodian.opening import Opened
    from kdsp_lib.register.register import Register
    from kdsp_lib.source.catalogue import DataSet
    from kdsp_lib.source.tables import SourceTables

_DATA: Final[Mapping[str, str]] = {
    "pupils": "Pupils", "census": "School Census", "attendance": "Attendance", "results": "Results",
}  # fmt: skip
_list: Final = partial(listing_in_words, nothing="Nothing", of_pupils=True)
_NO_DAY: Final = "no day is set"
_CENSUS_DAYS: Final[Mapping[str, tuple[int, int]]] = {"autumn": (10, 1), "spring": (1, 15), "summer": (5, 15)}
"""About when the census of a term is: pupils' ages are taken of the 31 August before."""
_AT_LOADING: Final = (
    "What kept a return from being loaded, or had a record set aside (a UPN with a wrong check letter, a code that "
    "does not exist), is told by line when the return is checked, before it is loaded."
)
_Row = tuple[str, ...]


def lists_of_quality(tables: SourceTables, register: Register, opened: Opened, data: Path) -> tuple[Listing, ...]:
    """What there is to do, pupil by pupil what it is about, and until when each data set can be mended."""
    (urn,) = opened.subjects
    rows = _rows_of(tables, urn)
    term = opened.period.partition("-")[2] or "spring"
    year = int(opened.period[:4]) + (term != "autumn")
    found = own_faults(urn, dt.date(year, *_CENSUS_DAYS[term]), **rows)
    aside = _set_aside(tables, opened, data)
    due = {name: _due(register, opened, name) for name in {*_DATA, *(name for name, _ in aside)}}
    scope = f"{words.about(opened)}, {words.period(opened.period)}"
    people = {row["pupil_key"]: row for row in rows["pupils"]}
    years = dict(ATTRIBUTES["year-group"].leaves)
    classes = {row["pupil_key"]: years.get(row["ncyear"], "none") for row in rows["census"] if row["urn"] == urn}
    listed = [(_name(people[one.pupil_key]), classes[one.pupil_key], one) for one in found]
    return (
        _list("to-do", "What there is to do", scope, ("What", "Data", "Pupils", "Mend by"), _to_do(found, aside, due)),
        _list(
            "rows", "Pupil by pupil", scope, ("Surname", "Forename", "Year group", "Data", "Element", "What it is"),
            [*((*name, group, _DATA[one.data], one.field, one.text) for name, group, one in
               sorted(listed, key=lambda each: (each[0], each[2]))),
             *(_row_aside(name, each, people, classes) for name, each in aside)],
            _AT_LOADING,
        ),
        _list(
            "data", "The data and their days", scope,
            ("Data set", "Edition", "Loaded on", "Used from", "Out of time on"),
            (_days(dataset, register) for dataset in opened.datasets if dataset.dataset in _DATA),
            "Until the day from which it is used, a return put right changes every figure made of it. After that, what "
            "has been released stays as it was, and the next report is right.",
        ),
    )  # fmt: skip


def _rows_of(tables: SourceTables, urn: str) -> dict[str, Any]:
    """The establishment's own rows, and of its pupils the statuses that other establishments returned."""
    census = tables.census
    keys = census.filter(census.urn == urn).select("pupil_key")
    names = ("pupil_key", "urn", "enrol_status", "ncyear", "ethnicity", "language", "fsm6", "sen_provision", "sen_type")
    own = ("pupil_key", "upn", "surname", "forename", "dob", "postcode")
    attendance = tables.attendance.filter(tables.attendance.urn == urn).select("pupil_key", "urn", "possible")
    results = None
    if "results" in tables.tables:
        given = tables.named("results").semi_join(keys, "pupil_key")
        results = tables.arrow(given.select("pupil_key", "stage", "subject", "component")).to_pylist()
    return {
        "census": tables.arrow(census.semi_join(keys, "pupil_key").select(*names)).to_pylist(),
        "pupils": tables.arrow(tables.pupils.semi_join(keys, "pupil_key").select(*own)).to_pylist(),
        "attendance": tables.arrow(attendance).to_pylist(),
        "results": results,
    }


def _set_aside(tables: SourceTables, opened: Opened, data: Path) -> list[tuple[str, Kept]]:
    """What was set aside of the establishment's own records, with the data set that it is missing from."""
    (urn,) = opened.subjects
    there = tables.establishments
    own = {urn, *tables.arrow(there.filter(there.urn == urn).select("laestab")).column("laestab").to_pylist()}
    kept = {(each.dataset, one) for each in opened.datasets for one in aside_of(data, each) if one.school in own}
    return sorted(kept)


def _row_aside(name: str, kept: Kept, people: Mapping[str, Any], classes: Mapping[str, str]) -> _Row:
    """A record that was set aside, by where it stands; one that stays beside another's, by its pupil."""
    row = people.get(kept.pupil)
    who = (f"set aside: {kept.file}", f"line {kept.line}") if row is None else _name(row)
    return *who, classes.get(kept.pupil, "none"), _title(name), kept.field, kept.text


def _title(name: str) -> str:
    return _DATA.get(name) or contract_of(name).title


def _to_do(found: tuple[OwnFault, ...], aside: Sequence[tuple[str, Kept]], due: Mapping[str, str]) -> Iterator[_Row]:
    """Each kind of thing once, what most pupils have first."""
    counted = Counter((one.data, one.field, one.text) for one in found)
    counted.update(
        (name, each.field, each.text if each.by else f"{each.text}: set aside, and in no figure until it is mended")
        for name, each in aside
    )
    for (data, field, text), number in sorted(counted.items(), key=lambda item: (-item[1], item[0])):
        yield f"{field}: {text}" if field else text, _title(data), str(number), due[data]


def _due(register: Register, opened: Opened, name: str) -> str:
    """The last day before the data are used, of those still to come; else that they are in use."""
    on = opened.request.on
    datasets = [dataset for dataset in opened.datasets if dataset.dataset == name]
    begins = [day for dataset in datasets for day in _begins(dataset, register) if day > on]
    if begins:
        return words.day((min(begins) - dt.timedelta(days=1)).isoformat())
    ends = [day for dataset in datasets for day in _ends(dataset, register) if day > on]
    until = f" until {words.day((min(ends) - dt.timedelta(days=1)).isoformat())}" if ends else ""
    return f"now: it is in use{until}"


def _begins(dataset: DataSet, register: Register) -> Iterator[dt.date]:
    """From when it may be used: by its owner, and by the release calendar."""
    if dataset.not_before:
        yield dt.date.fromisoformat(dataset.not_before)
    yield from (entry["from"] for entry in _scheduled(dataset, register))  # type: ignore[misc]


def _ends(dataset: DataSet, register: Register) -> Iterator[dt.date]:
    if dataset.use_by:
        yield dt.date.fromisoformat(dataset.use_by)
    yield from (entry["to"] for entry in _scheduled(dataset, register) if "to" in entry)  # type: ignore[misc]


def _scheduled(dataset: DataSet, register: Register) -> Iterator[Mapping[str, object]]:
    for entry in register.entries("release_calendar"):
        if (entry["dataset"], entry.get("period")) == (dataset.dataset, dataset.period):
            yield entry


def _days(dataset: DataSet, register: Register) -> _Row:
    used, ends = max(_begins(dataset, register), default=None), min(_ends(dataset, register), default=None)
    title = _DATA[dataset.dataset] + ("" if dataset.period is None else f", {words.period(dataset.period)}")
    days = (words.day(day.isoformat()) if day else _NO_DAY for day in (used, ends))
    return title, dataset.edition, words.day(dataset.loaded_on), *days


def _name(row: Mapping[str, Any]) -> tuple[str, str]:
    return row["surname"], row["forename"] or "none"
