"""The values of one record of XML, each read by what it must be; every fault with its line and element."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Any
from xml.etree.ElementTree import Element

from kdsp_lib.protocol.vocabulary import read_day
from kdsp_lib.source.contract import CONTRACTS
from kdsp_lib.source.pseudonym import upn_fault
from kdsp_lib.source.xml_reading import Record, XmlFile, first_at, said_at, text_of

LONGEST = 200
"""Of a text."""
SEXES: Mapping[str, str] = {"F": "F", "M": "M", "1": "M", "2": "F"}
_WHOLE = re.compile(r"\d{1,4}", re.ASCII)
_A_DATE = "must be a date such as 2026-01-15"

Paths = Mapping[str, tuple[str, ...]]


class Fields:
    """Reads one record by the paths of its kind. ``is_whole`` until a value could not be read."""

    def __init__(self, record: Record, file: XmlFile, paths: Paths) -> None:
        self.record, self.file, self.paths = record, file, paths
        self.is_whole = True

    def said(self, column: str) -> str:
        """The text as it stands, or nothing."""
        return said_at(self.record.element, *self.paths[column])

    def text(self, column: str, *, needed: bool = True) -> str | None:
        """A text that is there, unless it is not needed."""
        text = self.said(column)
        if not text and needed:
            self.fault(column, "is missing or empty")
        if len(text) > LONGEST:
            self.fault(column, f"is longer than {LONGEST} characters")
        return text or None

    def upn(self, column: str = "upn") -> str | None:
        """A UPN with the right check letter."""
        upn = self.text(column)
        if upn is not None and (fault := upn_fault(upn)) is not None:
            self.fault(column, fault)
        return upn

    def upns(self, column: str) -> tuple[str, ...]:
        """All the UPNs there, of which there may be none."""
        found = [(each, text) for each in self.record.all(self.paths[column][0]) if (text := text_of(each).strip())]
        for each, text in found:
            if (fault := upn_fault(text)) is not None:
                self.fault_at(each, "", fault)
        return tuple(text for _, text in found)

    def coded(self, column: str, codes: Mapping[str, Any], expected: str = "") -> Any:
        """What a code stands for. An unknown one is a fault; a missing one too, unless nothing is among the codes."""
        text = self.said(column)
        if text not in codes:
            known = expected or f"one of {', '.join(name for name in codes if name)}"
            self.fault(column, f"must be {known}" if text else f"is missing or empty; it must be {known}")
            return None
        return codes[text]

    def day(self, column: str, *, needed: bool = True) -> date | None:
        """A date."""
        text = self.said(column)
        found = read_day(text)
        if found is None and (needed or text):
            self.fault(column, _A_DATE)
        return found

    def day_at(self, element: Element, tag: str, *, needed: bool) -> date | None:
        """A date within a part of the record."""
        text = said_at(element, tag)
        found = read_day(text)
        if found is None and (needed or text):
            self.fault_at(element, tag, _A_DATE)
        return found

    def whole_at(self, element: Element, tag: str) -> int | None:
        """A whole number within a part of the record."""
        text = said_at(element, tag)
        if _WHOLE.fullmatch(text):
            return int(text)
        self.fault_at(element, tag, "must be a whole number from 0 to 9999")
        return None

    def fault(self, column: str, text: str) -> None:
        """Note what is wrong with a value."""
        paths = self.paths[column]
        place = self.record.first(*paths)
        line = self.record.line if place is None else self.record.line_of(place)
        self.file.fault(text, line, paths[0].rpartition("/")[2])
        self.is_whole = False

    def fault_at(self, element: Element, tag: str, text: str) -> None:
        """Note what is wrong with a value within a part of the record, or with the part."""
        place = first_at(element, tag) if tag else None
        self.file.fault(text, self.record.line_of(element if place is None else place), tag or element.tag)
        self.is_whole = False


@cache
def own_codes(table: str, column: str) -> Mapping[str, str]:
    """The codes that a column of a contract has, each standing for itself."""
    return MappingProxyType({each: each for each in CONTRACTS[table].column(column).codes})
