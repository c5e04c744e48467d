"""XML as people send it, read record by record: no entity, no network, nothing that grows while it is read.

A document type is refused where it begins, so that there is no entity to expand or to fetch. Depth, the length of a
text and the size of a record are bounded, so memory does not follow the file. Every fault names the line.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO
from xml.parsers import expat

from kdsp_lib.errors import Fault
from kdsp_lib.source.reading import opened

MOST_BYTES = 512 << 20
DEEPEST = 32
LONGEST_TEXT = 20_000
LONGEST_TAG = 1 << 20
"""In bytes, with its attributes."""
MOST_ELEMENTS = 20_000
"""In one record."""
MOST_RECORDS = 200_000
MOST_FOUND = 10_000
"""So many faults are gathered; then the file is read no further."""
_ENCODINGS = ("utf-8", "utf-16", "us-ascii", "ascii", "iso-8859-1", "windows-1252")
_CHUNK = 1 << 16
_CUT = (expat.errors.XML_ERROR_NO_ELEMENTS, expat.errors.XML_ERROR_UNCLOSED_TOKEN, expat.errors.XML_ERROR_PARTIAL_CHAR)


class Element:
    """One element of a record. Its name is bare: a namespace's prefix is left off."""

    __slots__ = ("attributes", "children", "line", "name", "text")

    def __init__(self, name: str, line: int, attributes: Mapping[str, str]) -> None:
        self.name, self.line, self.attributes = name, line, attributes
        self.text = ""
        self.children: Sequence[Element] = ()

    def add(self, child: Element) -> None:
        """Put another after the children that are there; most elements have none, and no list to keep them in."""
        if isinstance(self.children, list):
            self.children.append(child)
        else:
            self.children = [child]

    def all(self, path: str) -> Iterator[Element]:
        """The elements at ``a/b/c`` below this one, in order."""
        return self._all(_steps(path), 0)

    def first(self, *paths: str) -> Element | None:
        """The first element at the first of the paths that has one."""
        for path in paths:
            if (found := self._first(_steps(path), 0)) is not None:
                return found
        return None

    def said(self, *paths: str) -> str:
        """The trimmed text there; nothing where there is no such element."""
        found = self.first(*paths)
        return "" if found is None else found.text.strip()

    def _all(self, steps: Sequence[str], place: int) -> Iterator[Element]:
        is_last = place + 1 == len(steps)
        for child in self.children:
            if child.name == steps[place]:
                if is_last:
                    yield child
                else:
                    yield from child._all(steps, place + 1)

    def _first(self, steps: Sequence[str], place: int) -> Element | None:
        name, is_last = steps[place], place + 1 == len(steps)
        for child in self.children:
            if child.name == name and (found := child if is_last else child._first(steps, place + 1)) is not None:
                return found
        return None


@lru_cache(maxsize=1024)
def _steps(path: str) -> tuple[str, ...]:
    return tuple(path.split("/"))


@dataclass(slots=True)
class XmlFile:
    """A file under its name, and what was found wrong with it, by line."""

    name: str
    found: list[tuple[int, Fault]] = field(default_factory=list)

    def fault(self, text: str, line: int = 0, column: str = "") -> None:
        """Note what is wrong with a line, or (line 0) with the file."""
        place = f"{self.name} line {line}" if line else self.name
        self.found.append((line, Fault(place, text, column)))

    @property
    def faults(self) -> list[Fault]:
        """What is wrong, in order of line."""
        return [fault for _, fault in sorted(self.found, key=lambda entry: entry[0])]


class _Refused(Exception):
    """Reading ends here; the fault is noted."""


def records(path: Path, names: Collection[str], file: XmlFile) -> Iterator[Element]:
    """The elements of those names, each whole and one by one; whatever else the file holds is passed over.

    What cannot be read ends it with a fault; :class:`~kdsp_lib.errors.BadSource` where ``path`` is no file to read.
    """
    with opened(path, MOST_BYTES, names) as source:
        yield from records_in(source, names, file)


def records_in(source: BinaryIO, names: Collection[str], file: XmlFile, most: int = MOST_RECORDS) -> Iterator[Element]:
    """As :func:`records`, of what is open already; at most so many."""
    reader = _Reader(names, file, most)
    with contextlib.suppress(_Refused):
        yield from reader.read(source)


class _Reader:
    def __init__(self, names: Collection[str], file: XmlFile, most: int) -> None:
        self.names, self.file, self.most = frozenset(names), file, most
        self.ready: deque[Element] = deque()
        self.open: list[Element] = []
        self.depth = self.size = self.count = 0
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.XmlDeclHandler = self._declared
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text

    def read(self, source: BinaryIO) -> Iterator[Element]:
        is_last, given = False, 0
        while not is_last:
            chunk = source.read(_CHUNK)
            is_last, given = not chunk, given + len(chunk)
            try:
                self.parser.Parse(chunk, is_last)
            except expat.ExpatError as error:
                yield from self._taken()
                self._refuse(_told(error), error.lineno)
            yield from self._taken()
            if given - max(self.parser.CurrentByteIndex, 0) > LONGEST_TAG:
                self._refuse(f"has a tag or a remark of more than {LONGEST_TAG:,} bytes")

    def _taken(self) -> Iterator[Element]:
        while self.ready:
            yield self.ready.popleft()
            if len(self.file.found) >= MOST_FOUND:
                self._refuse("was read no further", 0)

    def _refuse(self, text: str, line: int | None = None) -> None:
        self.file.fault(text, self.parser.CurrentLineNumber if line is None else line)
        raise _Refused

    def _declared(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() not in _ENCODINGS:
            self._refuse(f"must be in UTF-8 (or {', '.join(_ENCODINGS[1:])})")

    def _doctype(self, *_: object) -> None:
        self._refuse("has a document type (<!DOCTYPE …>), which could define entities: remove it")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            self._refuse(f"has elements more than {DEEPEST} deep")
        bare = name.rpartition(":")[2] if ":" in name else name
        if not self.open and bare not in self.names:
            return
        self.size += 1
        if self.size > MOST_ELEMENTS:
            self._refuse(f"has a record of more than {MOST_ELEMENTS:,} elements")
        element = Element(bare, self.parser.CurrentLineNumber, attributes)
        if self.open:
            self.open[-1].add(element)
        self.open.append(element)

    def _text(self, text: str) -> None:
        if not self.open:
            return
        element = self.open[-1]
        element.text += text
        if len(element.text) > LONGEST_TEXT:
            self._refuse(f"has a text of more than {LONGEST_TEXT:,} characters")

    def _end(self, _name: str) -> None:
        self.depth -= 1
        if not self.open:
            return
        element = self.open.pop()
        if not self.open:
            self.size = 0
            self.count += 1
            if self.count > self.most:
                self._refuse(f"has more than {self.most:,} records")
            self.ready.append(element)


def _told(error: expat.ExpatError) -> str:
    reason = expat.errors.messages[error.code]
    if reason in _CUT:
        return "ends before it is complete: the file is cut off"
    return f"is not well-formed XML ({reason}): export it again"
