"""The catalogue of reports: what each tells, how much, and about what. A name fixes these; a request may not differ."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources
from types import MappingProxyType
from typing import Any, Final

from kdsp_lib.errors import BadSource, Broken, Fault
from kdsp_lib.protocol.vocabulary import CATEGORIES, DETAILS, ITEMS, LEVELS, is_slug

RECORDS: Final = ("lawful_basis", "gateway", "dpia")
"""What a report on people's data is not made without."""
_LISTS: Final[Mapping[str, tuple[str, ...]]] = {"levels": LEVELS, "details": DETAILS, "categories": CATEGORIES}


@dataclass(frozen=True, slots=True)
class Records:
    """Why a type of report may be made at all, and where that was assessed: texts, for its readers."""

    lawful_basis: str
    gateway: str
    dpia: str

    def to_json(self) -> dict[str, str]:
        return {name: getattr(self, name) for name in RECORDS}


@dataclass(frozen=True, slots=True)
class CataloguedReport:
    """One report of the catalogue. Where it leaves a choice (two levels, two details), the request makes it."""

    name: str
    records: Records
    levels: tuple[str, ...]
    """Empty for a report without pupils' data, which needs no decision."""
    details: tuple[str, ...] = ()
    item: str | None = None
    categories: frozenset[str] | None = frozenset()
    """What it may tell of; ``None`` where that is as commissioned, and the request says."""
    purposes: frozenset[str] = frozenset()
    """What it is made for: offered in forms. Which purposes are allowed is the level's remit (9)."""

    def recorded_as(self, own: Mapping[str, str]) -> Records:
        """Its records, with those of an authority in the place of the catalogue's."""
        return replace(self.records, **own)


@lru_cache(maxsize=8)
def catalogue_of(protocol: str) -> Mapping[str, CataloguedReport]:
    """The reports of a protocol, from the ``reports.toml`` in its folder."""
    file = resources.files(__package__).joinpath("policies", protocol, "reports.toml")
    try:
        return read_catalogue(file.read_text("utf-8"))
    except (OSError, BadSource) as error:
        raise Broken(f"The reports of {protocol!r} cannot be read: {error}") from None


def read_catalogue(text: str) -> Mapping[str, CataloguedReport]:
    """The reports in a catalogue's text. BadSource names every fault: a report without its records is none."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadSource("The catalogue of reports is not TOML.", faults=[Fault("", str(error))]) from None
    faults = [fault for name, table in document.items() for fault in _faults_of(name, table)]
    if faults:
        raise BadSource("The catalogue of reports has faults.", faults=faults, remedy="mend each; no report is made")
    return MappingProxyType({name: _report(name, table) for name, table in document.items()})


def _report(name: str, table: Mapping[str, Any]) -> CataloguedReport:
    levels = tuple(table["levels"])
    given = table.get("categories")
    return CataloguedReport(
        name,
        Records(*(table[record] for record in RECORDS)),
        levels,
        tuple(table.get("details", ())),
        table.get("item"),
        frozenset(given) if given is not None else None if levels else frozenset(),
        frozenset(table.get("purposes", ())),
    )


def _faults_of(name: str, table: Any) -> Iterator[Fault]:
    place = f"[{name}]"
    if not is_slug(name) or not isinstance(table, dict):
        yield Fault(place, "must be a table, named by lower-case words joined by hyphens")
        return
    for key, value in table.items():
        if key in RECORDS:
            if not isinstance(value, str) or not value.strip():
                yield Fault(place, "must be text, and not empty", key)
        elif key == "item":
            if value not in ITEMS:
                yield Fault(place, f"must be {' or '.join(ITEMS)}, or left out", key)
        elif key == "purposes":
            if not isinstance(value, list) or not all(isinstance(word, str) and is_slug(word) for word in value):
                yield Fault(place, "must be a list of purposes", key)
        elif key not in _LISTS:
            yield Fault(place, f"is not known; known: {', '.join((*_LISTS, 'item', 'purposes', *RECORDS))}", key)
        elif not isinstance(value, list) or not all(isinstance(word, str) and word in _LISTS[key] for word in value):
            yield Fault(place, f"must be a list of some of {', '.join(_LISTS[key])}", key)
    for key in ("levels", *RECORDS, *(("details",) if table.get("levels") else ())):
        if key not in table:
            yield Fault(place, "is missing: no report of this type is made without it", key)


CATALOGUE: Final[Mapping[str, CataloguedReport]] = catalogue_of("knowsley")


def report_name(text: str) -> str:
    """A report's one name: ``area_profile``, as its notebook is called, is the catalogue's ``area-profile``."""
    hyphenated = text.replace("_", "-")
    return hyphenated if hyphenated in CATALOGUE else text
