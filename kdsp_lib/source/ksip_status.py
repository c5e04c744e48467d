"""Who is identified within the School Improvement Partnership Framework: a store read for that report alone (12).

It is no data set: it is in no catalogue, list or count, and nothing else is ever joined to it. A file in YAML beside
the register, for its owner alone; whoever keeps it checks it with ``kdsp ksip check``, and nobody else is told what is
wrong in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from kdsp_lib.errors import BadSource, Fault
from kdsp_lib.protocol.vocabulary import read_day
from kdsp_lib.source.contract import URN

FILE = "ksip_status.yaml"
RATINGS = ("red", "amber", "green")
_PARTS: Mapping[str, tuple[str, ...]] = {
    "reasons": ("indicator", "figure", "trigger"), "support": ("action", "by", "due"),
    "progress": ("day", "rating", "text"),
}  # fmt: skip
_TEXTS = ("category", "decided_by")
_NEEDED = ("establishment", "from", *_TEXTS)
_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_PUPILS = re.compile(rf"\b([1-9][0-9]*|{'|'.join(_WORDS)})\s+(?:pupils?|children|child|learners?)\b", re.IGNORECASE)
LONGEST = 400

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Identification:
    """One identification: of which establishment, from when until when, why, with what support and progress."""

    establishment: str
    since: date
    until: date | None
    category: str
    decided_by: str
    reasons: tuple[Row, ...]
    support: tuple[Row, ...]
    progress: tuple[Row, ...]
    """By day; every value a text, days as 2026-03-02."""

    def is_live_on(self, day: date) -> bool:
        """Whether it holds on a day: ``to`` is the first day on which it does not."""
        return self.since <= day and (self.until is None or day < self.until)


def identified(data: Path, urn: str, on: date, threshold: int) -> Identification | None:
    """What holds of one establishment on a day, its progress up to then; None where it is not identified.

    BadSource, without a word of what is in it, where the store cannot be relied on, whoever is asked about.
    """
    try:
        entries = read_store(data / FILE, threshold)
    except BadSource:
        raise BadSource(
            "The record of the School Improvement Partnership cannot be relied on.",
            remedy="its keeper runs kdsp ksip check",
        ) from None
    found = next((entry for entry in reversed(entries) if entry.establishment == urn and entry.is_live_on(on)), None)
    return found and replace(found, progress=tuple(row for row in found.progress if row["day"] <= on.isoformat()))


def read_store(path: Path, threshold: int) -> tuple[Identification, ...]:
    """Every identification in a file, in the order of their days; none where there is no file.

    BadSource with every fault of it: one that others could read, or that tells of fewer pupils than the ``threshold``,
    is one.
    """
    import yaml

    try:
        text = path.read_text("utf-8")
        is_private = path.stat().st_mode & 0o077 == 0
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError):
        raise BadSource(f"{path} cannot be read.", remedy="save it as text in UTF-8") from None
    try:
        document = yaml.safe_load(text) or []
    except yaml.YAMLError:
        raise BadSource(f"{path} is not YAML.", remedy="a list of identifications: see the formats") from None
    faults = [] if is_private else [Fault("", "can be read by others: chmod 600", path.name)]
    entries = document if isinstance(document, list) else [document]
    faults += [fault for number, entry in enumerate(entries, start=1) for fault in _faults(number, entry, threshold)]
    if faults:
        raise BadSource(f"{path.name} has faults.", faults=faults, remedy="mend each; the report is made by none of it")
    return tuple(sorted(map(_identification, entries), key=lambda each: (each.since, each.establishment)))


def _identification(entry: Mapping[str, Any]) -> Identification:
    parts = {
        name: tuple({field: _said(row[field]) for field in fields} for row in entry.get(name) or ())
        for name, fields in _PARTS.items()
    }
    return Identification(
        str(entry["establishment"]), _day(entry["from"]) or date.max, _day(entry.get("to")), entry["category"],
        entry["decided_by"], parts["reasons"], parts["support"],
        tuple(sorted(parts["progress"], key=lambda row: row["day"])),
    )  # fmt: skip


def _faults(number: int, entry: Any, threshold: int) -> Iterator[Fault]:
    place = f"entry {number}"
    if not isinstance(entry, Mapping):
        yield Fault(place, f"is a mapping with {', '.join(_NEEDED)}")
        return
    yield from (Fault(place, "is missing", name) for name in _NEEDED if name not in entry)
    known = (*_NEEDED, "to", *_PARTS)
    yield from (Fault(place, f"is not known; known: {', '.join(known)}", str(k)[:40]) for k in entry if k not in known)
    if not re.fullmatch(URN.pattern, str(entry.get("establishment", "100000"))):
        yield Fault(place, f"is {URN.expected}", "establishment")
    for name in ("from", "to"):
        if entry.get(name) is not None and _day(entry[name]) is None:
            yield Fault(place, "is a day such as 2026-03-02", name)
    since, until = _day(entry.get("from")), _day(entry.get("to"))
    if since is not None and until is not None and until <= since:
        yield Fault(place, "must be after from", "to")
    yield from (
        Fault(place, *wrong, name) for name in _TEXTS if name in entry for wrong in _wrong(entry[name], threshold)
    )
    for name, fields in _PARTS.items():
        rows = entry.get(name) or []
        if not isinstance(rows, list):
            yield Fault(place, "is a list", name)
            continue
        for row_number, row in enumerate(rows, start=1):
            yield from _faults_of_row(f"{place}, {name} {row_number}", row, fields, threshold)


def _faults_of_row(place: str, row: Any, fields: tuple[str, ...], threshold: int) -> Iterator[Fault]:
    if not isinstance(row, Mapping) or set(row) != set(fields):
        yield Fault(place, f"is a mapping with {', '.join(fields)} and nothing else")
        return
    for name in fields:
        if name in ("day", "due"):
            if _day(row[name]) is None:
                yield Fault(place, "is a day such as 2026-03-02", name)
        elif name == "rating":
            if row[name] not in RATINGS:
                yield Fault(place, f"is one of {', '.join(RATINGS)}", name)
        else:
            yield from (Fault(place, *wrong, name) for wrong in _wrong(row[name], threshold))


def _wrong(value: Any, threshold: int) -> Iterator[tuple[str]]:
    if not isinstance(value, str) or not 0 < len(value.strip()) <= LONGEST:
        yield (f"is text of 1 to {LONGEST} characters",)
    elif any(0 < _number(found) < threshold for found in _PUPILS.findall(value)):
        yield (f"tells of 1 to {threshold - 1} pupils: say it without the number",)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else _WORDS.index(text.lower()) + 1


def _day(value: Any) -> date | None:
    if isinstance(value, date):
        return value if type(value) is date else None
    return read_day(value)


def _said(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value).strip()
