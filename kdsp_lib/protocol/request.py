"""A request: may this recipient have this report about these subjects, for this purpose, on this date?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final, TypeGuard

from kdsp_lib.errors import BadParameters, Fault
from kdsp_lib.protocol.catalogue import CataloguedReport, catalogue_of, report_name
from kdsp_lib.protocol.community import Community
from kdsp_lib.protocol.policy import protocol_named
from kdsp_lib.protocol.table import DEFAULT, Table
from kdsp_lib.protocol.vocabulary import (
    CATEGORIES,
    DETAILS,
    GROUP_KINDS_OF_LEVEL,
    ITEMS,
    LEVELS,
    is_slug,
    kind_of,
    read_day,
)

FIELDS: Final = (
    "report",
    "level",
    "detail",
    "item",
    "categories",
    "subjects",
    "group",
    "recipient",
    "requester",
    "purpose",
    "on",
    "receiving",
    "promotional",
    "data",
    "suppression",
)
SUPPRESSIONS: Final = ("always", "when-required")
_FIELDS: Final = frozenset(FIELDS)
_OF_DATA: Final = {"current", "signed_off"}
_FIXED: Final = ("level", "detail", "item", "categories")
_CATEGORIES: Final = frozenset(CATEGORIES)


@dataclass(frozen=True, slots=True)
class Request:
    """A well-formed request. Made by :meth:`from_mapping`, which is where each field is checked."""

    report: str
    level: str
    """kdsp's name of it; :attr:`level_word` is the protocol's. So with the detail."""
    detail: str
    item: str | None
    categories: frozenset[str]
    subjects: frozenset[str]
    group: str | None
    recipient: str
    requester: str
    purpose: str
    on: date
    receiving: frozenset[str] = frozenset()
    is_promotional: bool = False
    is_current: bool = False
    is_signed_off: bool = False
    suppression: str = "always"
    """``when-required`` where a report of the recipient's own pupils need not hide small counts."""
    protocol: str = DEFAULT
    """By whose words it was read, and whose rules decide it."""

    @property
    def table(self) -> Table:
        """What its protocol calls things."""
        return protocol_named(self.protocol).table

    @property
    def level_word(self) -> str:
        return self.table.level(self.level)

    @property
    def detail_word(self) -> str:
        return self.table.detail(self.detail)

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any], community: Community, protocol: str = DEFAULT) -> Request:
        """The request in a mapping, as JSON or YAML gives it; BadParameters names every faulty field at once."""
        return _Reader(mapping, community, protocol).read()

    def to_mapping(self) -> dict[str, Any]:
        """The request as :meth:`from_mapping` takes it; sets are sorted."""
        return {
            "report": self.report,
            "level": self.level_word,
            "detail": self.detail_word,
            "item": self.item,
            "categories": sorted(self.categories),
            "subjects": sorted(self.subjects),
            "group": self.group,
            "recipient": self.recipient,
            "requester": self.requester,
            "purpose": self.purpose,
            "on": self.on.isoformat(),
            "receiving": sorted(self.receiving),
            "promotional": self.is_promotional,
            "data": {"current": self.is_current, "signed_off": self.is_signed_off},
            "suppression": self.suppression,
        }


class _Reader:
    """Reads one mapping field by field, noting each fault and going on."""

    def __init__(self, mapping: Mapping[str, Any], community: Community, protocol: str) -> None:
        self._given = mapping
        self._community = community
        self._protocol = protocol
        self._table = protocol_named(protocol).table
        self._catalogue = catalogue_of(protocol)
        self._faults: dict[str, str] = {}

    def read(self) -> Request:
        given = self._given
        if not given.keys() <= _FIELDS:
            for field in (field for field in given if field not in _FIELDS):
                self._wrong(str(field), f"is not a field of a request; known: {', '.join(FIELDS)}")
        report = self._report()
        catalogued = self._catalogue.get(report)
        level = self._level(catalogued)
        detail = self._kind("detail", self._table.details, (catalogued.details if catalogued else ()) or DETAILS)
        item = self._item(catalogued)
        categories = self._categories(catalogued)
        group = self._group(level)
        request = Request(
            report=report,
            level=level,
            detail=detail,
            item=item,
            categories=categories,
            subjects=self._urns("subjects"),
            group=group,
            recipient=self._party("recipient"),
            requester=self._party("requester"),
            purpose=self._purpose(),
            on=self._day(),
            receiving=self._urns("receiving") if "receiving" in given else frozenset(),
            is_promotional=self._truth("promotional", given.get("promotional")),
            is_current=self._about_data("current"),
            is_signed_off=self._about_data("signed_off"),
            suppression=self._suppression(),
            protocol=self._protocol,
        )
        if ("ksip" in categories) != (item == "ksip") and not self._faults.keys() & {"categories", "item"}:
            self._wrong("categories", "ksip if and only if item is ksip")
        if self._faults:
            many = "1 fault" if len(self._faults) == 1 else f"{len(self._faults)} faults"
            faults = [Fault("", text, field) for field, text in self._faults.items()]
            raise BadParameters(f"The request has {many}.", faults=faults)
        return request

    def _wrong(self, field: str, expected: str) -> None:
        self._faults.setdefault(field, expected)

    def _report(self) -> str:
        name = self._given.get("report")
        if not (isinstance(name, str) and is_slug(name)):
            self._wrong("report", "the name of a report: lower-case words joined by hyphens")
            return ""
        name = report_name(name)
        catalogued = self._catalogue.get(name)
        if catalogued and not catalogued.levels:
            self._wrong("report", "a report on pupils' data; this one has none and needs no decision")
        elif not catalogued and not self._given.keys() >= set(_FIXED):
            missing = ", ".join(field for field in _FIXED if field not in self._given)
            self._wrong("report", f"a report of the catalogue ({', '.join(self._catalogue)}), or {missing} given too")
        return name

    def _kind(self, field: str, words: Mapping[str, str], kinds: tuple[str, ...]) -> str:
        """The kind that the protocol's word stands for, of those that may be; one alone need not be said."""
        choices = words if kinds in (LEVELS, DETAILS) else {word: kind for word, kind in words.items() if kind in kinds}
        if field not in self._given and len(kinds) == len(choices) == 1:
            return kinds[0]
        value = self._given.get(field)
        if isinstance(value, str) and value in choices:
            return choices[value]
        if not choices:
            self._wrong(field, f"the {self._table.title} has no {field} for this report")
        else:
            self._wrong(
                field, f"one of {', '.join(choices)}" if len(choices) > 1 else f"{', '.join(choices)}, as catalogued"
            )
        return ""

    def _level(self, catalogued: CataloguedReport | None) -> str:
        kinds = (catalogued.levels if catalogued else ()) or LEVELS
        if catalogued and "level" not in self._given and len(kinds) > 1:
            kind = "authority" if self._given.get("group") is None else kinds[0]
            kinds = (kind,)
        return self._kind("level", self._table.level_kinds, kinds)

    def _item(self, catalogued: CataloguedReport | None) -> str | None:
        if catalogued and "item" not in self._given:
            return catalogued.item
        item = self._given.get("item")
        if item is not None and not (isinstance(item, str) and item in ITEMS):
            self._wrong("item", "null, ksip or bespoke")
            return None
        if catalogued and item != catalogued.item:
            self._wrong("item", f"{catalogued.item or 'null'}, as catalogued")
        return item

    def _categories(self, catalogued: CataloguedReport | None) -> frozenset[str]:
        fixed = catalogued.categories if catalogued else None
        if "categories" not in self._given and fixed:
            return fixed
        words = self._given.get("categories")
        if not _is_list_of(words, fixed or _CATEGORIES) or not words:
            self._wrong("categories", f"a list of one or more of {', '.join(sorted(fixed) if fixed else CATEGORIES)}")
            return frozenset()
        return frozenset(words)

    def _group(self, level: str) -> str | None:
        group, kinds = self._given.get("group"), GROUP_KINDS_OF_LEVEL.get(level, ())
        if not level:
            if group is not None and not (isinstance(group, str) and group in self._community.groups):
                self._wrong("group", "a group of the register, or null")
            return None
        if not kinds:
            if group is not None:
                self._wrong("group", f"null at {self._table.level(level)} level")
            return None
        if not isinstance(group, str) or group not in self._community.parties or kind_of(group) not in kinds:
            self._wrong("group", f"a {' or '.join(kinds)} of the register at {self._table.level(level)} level")
            return None
        return group

    def _urns(self, field: str) -> frozenset[str]:
        urns = self._given.get(field)
        if not _is_list_of(urns, self._community.standings.keys()):
            self._wrong(field, "a list of URNs (six digits, as text) of establishments of the register")
            return frozenset()
        return frozenset(urns)

    def _party(self, field: str) -> str:
        party = self._given.get(field)
        if not isinstance(party, str) or party not in self._community.parties:
            self._wrong(field, "a party of the register: establishment:URN, officer:ID, cluster:ID, authority …")
            return ""
        return party

    def _purpose(self) -> str:
        purpose = self._given.get("purpose")
        if isinstance(purpose, str) and purpose in self._community.purposes:
            return purpose
        known = _purposes_of(self._protocol)
        if not isinstance(purpose, str) or purpose not in known:
            choices = sorted(known | self._community.purposes)
            self._wrong("purpose", f"one of {', '.join(choices)}")
            return ""
        return purpose

    def _day(self) -> date:
        given = self._given.get("on")
        day = given if isinstance(given, date) and not isinstance(given, datetime) else read_day(given)
        if day is None:
            self._wrong("on", "a date, such as 2026-03-02")
        elif day != self._community.day:
            self._wrong("on", f"the day of the community asked about, {self._community.day.isoformat()}")
        return day or self._community.day

    def _truth(self, field: str, value: object) -> bool:
        if not isinstance(value, bool):
            self._wrong(field, "true or false")
            return False
        return value

    def _about_data(self, key: str) -> bool:
        data = self._given.get("data")
        if not isinstance(data, Mapping) or data.keys() != _OF_DATA:
            self._wrong("data", "current and signed_off, each true or false")
            return False
        return self._truth(f"data.{key}", data[key])

    def _suppression(self) -> str:
        if "suppression" not in self._given:
            return "always"
        if (given := self._given["suppression"]) in SUPPRESSIONS:
            return str(given)
        self._wrong("suppression", f"one of {', '.join(SUPPRESSIONS)}")
        return ""


@lru_cache(maxsize=8)
def _purposes_of(protocol: str) -> frozenset[str]:
    """The purposes in the remit of any level."""
    return frozenset[str]().union(*protocol_named(protocol).remits.values())


def _is_list_of(words: Any, choices: Set[str]) -> TypeGuard[Sequence[str]]:
    try:
        return isinstance(words, list | tuple) and choices >= frozenset(words)
    except TypeError:
        return False
