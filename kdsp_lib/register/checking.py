"""One entry at a time: every field against the layout, every fault with its line."""

from __future__ import annotations

import re
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from kdsp_lib.errors import Fault, did_you_mean
from kdsp_lib.protocol.vocabulary import is_slug, is_urn, kind_of, read_day
from kdsp_lib.register.document import Mapping, Node, Sequence, Text
from kdsp_lib.register.layout import LAYOUT, Field

_FORMS: Final = {
    "period": (
        re.compile(r"20[0-9]{2}/[0-9]{2}(-(autumn|spring|summer))?"),
        "a school year or a term, such as 2025/26-autumn",
    ),
    "digest": (re.compile(r"[0-9a-f]{64}"), "a SHA-256: 64 hexadecimal digits"),
    "key": (
        re.compile(r"[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]="),
        "a public key, as kdsp register new-key prints it",
    ),
}
"""Sorts of text that have one form, with that form in words."""
Value = str | date | tuple[str, ...]
Entry = MappingOf[str, Value]


@dataclass(slots=True)
class Checker:
    """Checks entries against what the register itself brings in; gathers faults rather than stopping at one."""

    known: frozenset[str]
    """Every URN, person and group of the register."""
    faults: list[Fault] = field(default_factory=list)

    def check(self, section: str, node: Mapping) -> Entry:
        """The entry's good values. Where any is missing or wrong, a fault has been noted."""
        layout = LAYOUT[section]
        entry: dict[str, Value] = {}
        for key, value in node.items.items():
            if key not in layout:
                self._fault(node.key_lines[key], key, f"is not a field of {section}{did_you_mean(key, layout)}")
            elif not (layout[key].optional and says_nothing(value)):
                checked = self._value(layout[key], key, value)
                if checked is not None:
                    entry[key] = checked
        for key, wanted in layout.items():
            if key not in node.items and not wanted.optional:
                self._fault(node.line, key, f"is missing from this entry of {section}")
        start, end = entry.get("from"), entry.get("to")
        if isinstance(start, date) and isinstance(end, date) and end <= start:
            self._fault(node.key_lines["to"], "to", "must be after from: it is the first day that no longer holds")
        return entry

    def _value(self, wanted: Field, key: str, node: Node) -> Value | None:
        if not wanted.many:
            return self._scalar(wanted, key, node)
        if not isinstance(node, Sequence):
            self._fault(node.line, key, "must be a list")
            return None
        if not node.items and not wanted.may_be_empty:
            self._fault(node.line, key, "names nothing; at least one is needed")
            return None
        values = [self._scalar(wanted, key, item) for item in node.items]
        if any(value is None for value in values):
            return None
        return tuple(str(value) for value in values)

    def _scalar(self, wanted: Field, key: str, node: Node) -> str | date | None:
        if not isinstance(node, Text):
            self._fault(node.line, key, "must be one word or one line of text")
            return None
        if node.value is None:
            self._fault(node.line, key, "is empty")
            return None
        text = node.value
        if wanted.sort == "day":
            day = read_day(text)
            if day is None:
                self._fault(node.line, key, f"{text!r} is no date; write it as 2026-03-02")
            return day
        wrong = self._what_is_wrong(wanted, text)
        if wrong:
            self._fault(node.line, key, wrong)
            return None
        return text

    def _what_is_wrong(self, wanted: Field, text: str) -> str:
        if wanted.sort == "text":
            return "" if text.strip() else "is empty"
        if wanted.sort == "slug":
            return "" if is_slug(text) else f"{text!r} must be lower-case words joined by hyphens"
        if wanted.sort == "word":
            if text in wanted.choices:
                return ""
            return f"{text!r} is not one of {', '.join(wanted.choices)}{did_you_mean(text, wanted.choices)}"
        if wanted.sort in _FORMS:
            form, text_of_form = _FORMS[wanted.sort]
            return "" if form.fullmatch(text) else f"{text[:80]!r} must be {text_of_form}"
        if wanted.sort == "urn":
            if not is_urn(text):
                return f"{text!r} is not a URN: six digits are needed"
            return "" if wanted.new or text in self.known else f"{text} is not an establishment of this register"
        return self._what_is_wrong_with_party(wanted, text)

    def _what_is_wrong_with_party(self, wanted: Field, text: str) -> str:
        kind = kind_of(text)
        if wanted.sort in ("group", "person"):
            if kind not in wanted.choices:
                return f"{text!r} must be {' or '.join(f'{choice}:ID' for choice in wanted.choices)}"
            return "" if wanted.new or text in self.known else f"{text} is not in this register"
        if text in wanted.choices or kind in ("authority", "public"):
            return ""
        if not kind:
            return f"{text!r} is not a party; write it as establishment:URN, officer:ID, cluster:ID or authority"
        named = text.removeprefix("establishment:")
        if kind == "establishment" and not is_urn(named):
            return f"{text} has no URN: six digits are needed"
        is_known = named in self.known and is_urn(named) == (kind == "establishment")
        return "" if is_known else f"{text} is not in this register"

    def _fault(self, line: int, key: str, text: str) -> None:
        self.faults.append(Fault(f"line {line}", text, key))


def says_nothing(node: Node) -> bool:
    """An empty scalar, or ``null``."""
    return isinstance(node, Text) and node.value is None
