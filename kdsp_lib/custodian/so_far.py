"""A table term by term: what this report says of its term, beside what the same report said of the terms before.

Nothing new is told: every figure of an earlier term stands in a release that each reader of this report could see, and
is repeated as it was printed there. Where there is no such release, or it has expired, its term is not available.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any, Final

from kdsp_lib.analyse.symbol import NOT_AVAILABLE
from kdsp_lib.custodian import words
from kdsp_lib.custodian.audience import could_see
from kdsp_lib.errors import BadParameters
from kdsp_lib.source.period import is_term, terms_of

if TYPE_CHECKING:
    from kdsp_lib.custodian.ledger import Entry, Ledger
    from kdsp_lib.custodian.open_report import OpenReport
    from kdsp_lib.custodian.opening import Opened

TERM: Final = "term"
SO_FAR: Final = (
    "Each term is as it was released at its time: pupils on roll at the census of that term. [x]: no report of that "
    "term has been released to those whom this one is for, or it has expired."
)
_RETAIN: Final = "retain-until:"
_OF_ANOTHER: Final = ("period", "on")
Cells = Mapping[tuple[str, ...], Sequence[str]]


def so_far(ledger: Ledger, report: OpenReport, name: object) -> dict[str, Any]:
    """The table of that name with a row for each term of its school year up to its own; BadParameters without it."""
    opened = report.opened
    table = next((each for each in report.tables if each["name"] == name), None)
    if table is None or "question" not in table:
        raise BadParameters("That table was not asked.", remedy="ask it first: report.tables(absence=...)")
    if not is_term(opened.period):
        raise BadParameters(
            "A whole school year has no terms so far.", remedy=f"ask for the report of a term: {opened.period}-autumn"
        )
    terms = _up_to(opened.period)
    told = {opened.period: table}
    for outline in ledger.outlines():
        entry = ledger.release(outline.position) if outline.period in terms[:-1] else None
        if entry is not None and _is_the_same(entry, opened):
            for each in _tables(entry):
                if each["question"] == table["question"] and _columns(each) == _columns(table):
                    told[str(entry.body["period"])] = each
    return _stitched(table, {term: told.get(term) for term in terms})


def _up_to(period: str) -> list[str]:
    """The terms of a school year up to one of them."""
    terms = list(terms_of(period.partition("-")[0]))
    return terms[: terms.index(period) + 1]


def _is_the_same(entry: Entry, opened: Opened) -> bool:
    """Whether a release is of this very report but for its term, in force, and all who read this could see it."""
    body = entry.body
    if body["name"] != opened.name or _but_term(body["parameters"]) != _but_term(opened.parameters):
        return False
    ends = [text.removeprefix(_RETAIN).strip() for text in body["decision"]["obligations"] if text.startswith(_RETAIN)]
    if any(end <= opened.request.on.isoformat() for end in ends):
        return False
    readers = could_see(opened.request.detail, opened.request.recipient, opened.community)
    parties = body["could_see"]
    return parties is None or (readers is not None and set(readers) <= set(parties))


def _but_term(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in parameters.items() if key not in _OF_ANOTHER}


def _tables(entry: Entry) -> Iterator[Mapping[str, Any]]:
    return (table for answer in entry.body["answers"] for table in answer["tables"])


def _columns(table: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """What has to be alike for figures to stand under one heading."""
    return [*((dim["name"],) for dim in table["dims"]), *((s["name"], s["label"]) for s in table["statistics"])]


def _stitched(table: Mapping[str, Any], by_term: Mapping[str, Mapping[str, Any] | None]) -> dict[str, Any]:
    told = [each for each in by_term.values() if each is not None]
    dims = [{**dim, "levels": _levels(told, place)} for place, dim in enumerate(table["dims"])]
    cells = {term: {} if each is None else _cells(each) for term, each in by_term.items()}
    codes = list(product(*(_codes(cells.values(), place) for place in range(len(dims)))))
    nothing = [NOT_AVAILABLE] * len(table["statistics"])
    levels = [{"code": term, "label": words.period(term).capitalize()} for term in by_term]
    year = next(iter(by_term)).partition("-")[0]
    return {
        "name": f"{table['name']}_so_far",
        "title": f"{table['title']}, term by term",
        "question": table["question"],
        "scope": table["scope"].rpartition(",")[0] + f", {words.period(year)} so far",
        "dims": [{"name": TERM, "label": "Term", "total": "All", "levels": levels}, *dims],
        "statistics": table["statistics"],
        "cells": [
            {"codes": [term, *code], "values": list(cells[term].get(code, nothing))}
            for term in by_term
            for code in codes
        ],
        "notes": list(dict.fromkeys([SO_FAR, *(note for each in told for note in each.get("notes", ()))])),
        **{key: table[key] for key in ("symbols", "source") if key in table},
    }


def _cells(table: Mapping[str, Any]) -> Cells:
    return {tuple(cell["codes"]): cell["values"] for cell in table["cells"]}


def _levels(tables: Iterable[Mapping[str, Any]], place: int) -> list[Mapping[str, str]]:
    """The levels that any of the terms has: the order is that of whichever has them first."""
    found = {level["code"]: level for table in tables for level in table["dims"][place]["levels"]}
    return list(found.values())


def _codes(cells: Iterable[Cells], place: int) -> list[str]:
    return list(dict.fromkeys(codes[place] for each in cells for codes in each))
