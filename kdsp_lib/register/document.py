"""A YAML document as lists, mappings and text with the line of each, built so that no document can do harm.

Built from the parser's events with a stack of our own: depth is bounded, and so is what aliases repeat, counted
before anything is walked; a repeated key is a fault, and a scalar is the text that stands there, so that no date,
number or ``yes`` is guessed at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import yaml

from kdsp_lib.errors import Fault

MAX_DEPTH: Final = 6
"""A register needs five: document, section, entry, list, word."""
MAX_REPEATED: Final = 500_000
"""How many values aliases may repeat, all told."""
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})


@dataclass(frozen=True, slots=True)
class Text:
    """A scalar as it is written; ``None`` where it says nothing."""

    line: int
    value: str | None


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list, with the line on which it begins."""

    line: int
    items: list[Node] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping by its keys, with the line on which it begins and that of each key."""

    line: int
    items: dict[str, Node] = field(default_factory=dict)
    key_lines: dict[str, int] = field(default_factory=dict)


Node: TypeAlias = "Text | Sequence | Mapping"


@dataclass(slots=True)
class _Open:
    """A collection whose end has not come yet."""

    node: Sequence | Mapping
    anchor: str | None
    key: Text | None = None
    size: int = 1


class Malformed(Exception):
    """The document cannot be read further; carries the fault."""

    def __init__(self, line: int, text: str) -> None:
        super().__init__(text)
        self.fault = Fault(f"line {line}", text)


def read_document(text: str, faults: list[Fault]) -> Node | None:
    """The document's one node; ``None`` where it is empty. Repeated keys go to ``faults``; the rest is Malformed."""
    try:
        text.encode("utf-8")
        return _build(yaml.parse(text, Loader=_LOADER), faults)
    except UnicodeEncodeError as error:
        raise Malformed(text.count("\n", 0, error.start) + 1, "holds a character that is no text") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Malformed(mark.line + 1 if mark else 1, f"is not YAML: {error.problem or error.context}") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1 if isinstance(error.position, int) else 1
        raise Malformed(line, "holds a character that YAML does not allow") from None
    except yaml.YAMLError:
        raise Malformed(1, "is not YAML") from None


def _build(events: Iterator[yaml.Event], faults: list[Fault]) -> Node | None:
    builder = _Builder(faults)
    for event in events:
        builder.take(event)
    return builder.root


class _Builder:
    """Puts nodes together as their events come."""

    def __init__(self, faults: list[Fault]) -> None:
        self.root: Node | None = None
        self._faults = faults
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Node, int]] = {}
        self._documents = 0
        self._repeated = 0

    def take(self, event: yaml.Event) -> None:
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise Malformed(line, "a second document starts here; a register is one document")
        elif isinstance(event, yaml.AliasEvent):
            self._repeat(str(event.anchor), line)
        elif isinstance(event, yaml.NodeEvent):
            if getattr(event, "tag", None) not in (None, "!"):
                raise Malformed(line, "tags (!) are not read; write the value plainly")
            if isinstance(event, yaml.ScalarEvent):
                is_plain = not event.style
                node = Text(line, None if is_plain and event.value in _NULLS else event.value)
                self._place(node, event.anchor, 1)
            elif len(self._open) >= MAX_DEPTH:
                raise Malformed(line, "is nested deeper than a register ever is")
            else:
                is_sequence = isinstance(event, yaml.SequenceStartEvent)
                self._open.append(_Open(Sequence(line) if is_sequence else Mapping(line), event.anchor))
        elif isinstance(event, yaml.CollectionEndEvent):
            done = self._open.pop()
            self._place(done.node, done.anchor, done.size)

    def _repeat(self, anchor: str, line: int) -> None:
        if anchor not in self._anchors:
            raise Malformed(line, f"*{anchor} repeats what is not there before it")
        node, size = self._anchors[anchor]
        self._repeated += size
        if self._repeated > MAX_REPEATED:
            raise Malformed(line, "aliases (*) repeat more than a register ever holds")
        self._place(node, None, size)

    def _place(self, node: Node, anchor: str | None, size: int) -> None:
        if anchor is not None:
            self._anchors[anchor] = (node, size)
        if not self._open:
            self.root = node
            return
        parent = self._open[-1]
        parent.size += size
        if isinstance(parent.node, Sequence):
            parent.node.items.append(node)
        elif parent.key is None:
            if not isinstance(node, Text) or node.value is None:
                raise Malformed(node.line, "a key must be a plain word")
            parent.key = node
        else:
            self._put(parent.node, parent.key, node)
            parent.key = None

    def _put(self, mapping: Mapping, key: Text, node: Node) -> None:
        name = key.value or ""
        if name in mapping.items:
            self._faults.append(Fault(f"line {key.line}", "stands twice in one entry; keep one", name))
            return
        mapping.items[name] = node
        mapping.key_lines[name] = key.line
