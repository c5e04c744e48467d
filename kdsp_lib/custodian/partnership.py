"""A report on the School Improvement Partnership Framework: what is recorded of one school, for those who may know it.

It is decided before the record is read, and is made whether the school is identified or not, in the same parts: so
neither a refusal, nor that there is such a report, its name or its place in lists tells of anybody (12). It binds no
other report, for it draws on no pupil's record and answers no question.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from kdsp_lib.custodian import words
from kdsp_lib.custodian.contents import Contents
from kdsp_lib.model.listing import Listing
from kdsp_lib.source.ksip_status import Identification, identified

if TYPE_CHECKING:
    from pathlib import Path

    from kdsp_lib.custodian.opening import Opened
    from kdsp_lib.source.catalogue import Catalogue

NOTHING = "Nothing recorded"
_CONFIDENTIAL = (
    "Whether a school is identified is confidential to it and to whom its head agreed to tell: do not "
    "keep, name or count this where others could see it."
)
_FIELDS: Mapping[str, Mapping[str, str]] = {
    "reasons": {"indicator": "Indicator", "figure": "The school's figure", "trigger": "Trigger"},
    "support": {"action": "Action", "by": "By whom", "due": "Due"},
    "progress": {"day": "On", "rating": "Rating", "text": "Progress"},
}  # fmt: skip
_TITLES = {"reasons": "Reasons: indicators beside their triggers", "support": "Support plan", "progress": "Progress"}


def partnership_report(catalogue: Catalogue, opened: Opened, _secret: bytes) -> Contents:
    """Status, reasons, support plan and progress of the one school on the day of the request."""
    found = recorded_of(opened, catalogue.data)
    parts = {name: _rows(found, name) for name in _FIELDS}
    status = {"what": "What", "text": "As recorded"}
    return Contents(
        (),
        (
            _list(opened, "status", "Status", status, _status(found, opened), _CONFIDENTIAL),
            *(
                _list(opened, name, _TITLES[name], fields, (_texts(row, fields) for row in parts[name]))
                for name, fields in _FIELDS.items()
            ),
        ),
    )


def recorded_of(opened: Opened, data: Path) -> Identification | None:
    """What is recorded of the one school on the day of the request, which is all that its report reads."""
    return identified(data, opened.subjects[0], opened.request.on, opened.policy.threshold)


def _rows(found: Identification | None, name: str) -> list[Mapping[str, str]]:
    return [] if found is None else list(getattr(found, name))


def _status(found: Identification | None, opened: Opened) -> list[tuple[str, str]]:
    day = words.day(opened.request.on.isoformat())
    if found is None:
        return [(f"Identified on {day}", "No"), ("Category", NOTHING), ("Until", NOTHING), ("Decided by", NOTHING)]
    until = "no end is set" if found.until is None else words.day(found.until.isoformat())
    return [
        (f"Identified on {day}", f"Yes, since {words.day(found.since.isoformat())}"),
        ("Category", found.category), ("Until", until), ("Decided by", found.decided_by),
    ]  # fmt: skip


def _texts(row: Mapping[str, str], fields: Iterable[str]) -> tuple[str, ...]:
    return tuple(words.day(row[n]) if n in ("day", "due") else row[n].capitalize() if n == "rating" else row[n]
                 for n in fields)  # fmt: skip


def _list(
    opened: Opened, name: str, title: str, columns: Mapping[str, str], rows: Iterable[Sequence[str]], *notes: str
) -> Listing:
    held = tuple(map(tuple, rows)) or (tuple(NOTHING for _ in columns),)
    return Listing(title, words.scope(opened), columns, held, notes, name, of_pupils=False)
