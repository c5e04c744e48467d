"""XML as people send it, read record by record: no entity, no network, nothing that grows while it is read.

A document type is refused where it begins, so that there is no entity to expand or to fetch. Depth, the length of a
text and the size of a record are bounded, so memory does not follow the file. Every fault names the line.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from kdsp_lib.errors import Fault
from kdsp_lib.source.reading import opened

MOST_BYTES = 512 << 20
DEEPEST = 32
LONGEST_TEXT = 20_000
LONGEST_TAG = 1 << 20
"""In bytes, with its attributes."""
LONGEST_RECORD = 8 << 20
"""In bytes, and as far beyond as is read at once."""
MOST_ELEMENTS = 20_000
"""In one record."""
MOST_RECORDS = 200_000
MOST_FOUND = 10_000
"""So many faults are gathered; then the file is read no further."""
_ENCODINGS = ("utf-8", "utf-16", "us-ascii", "ascii", "iso-8859-1", "windows-1252")
_CHUNK = 1 << 16
_CUT = (expat.errors.XML_ERROR_NO_ELEMENTS, expat.errors.XML_ERROR_UNCLOSED_TOKEN, expat.errors.XML_ERROR_PARTIAL_CHAR)


class Record:
    """One element of those asked for, with all below it, and the line of each. Names are bare: without a prefix."""

    __slots__ = ("element", "lines")

    def __init__(self, element: Element, lines: Sequence[int]) -> None:
        self.element, self.lines = element, lines

    @property
    def name(self) -> str:
        """What its element is called."""
        return self.element.tag

    @property
    def line(self) -> int:
        """Where it begins."""
        return self.lines[0]

    def line_of(self, part: Element) -> int:
        """Where an element of this record begins."""
        return next(line for line, each in zip(self.lines, self.element.iter(), strict=True) if each is part)

    def all(self, path: str) -> Iterator[Element]:
        """The elements at ``a/b/c`` below it, in order."""
        return all_at(self.element, path)

    def first(self, *paths: str) -> Element | None:
        """The first element at the first of the paths that has one."""
        return first_at(self.element, *paths)

    def said(self, *paths: str) -> str:
        """The trimmed text there; nothing where there is no such element."""
        return said_at(self.element, *paths)


def all_at(element: Element, path: str) -> Iterator[Element]:
    """The elements at ``a/b/c`` below this one, in order."""
    return _all(element, _steps(path), 0)


def first_at(element: Element, *paths: str) -> Element | None:
    """The first element at the first of the paths that has one.

    Most have one element at each step, and one look finds it; where it leads nowhere, the others are tried.
    """
    for path in paths:
        outer = element
        for step in _steps(path):
            if (found := outer.find(step)) is None:
                found = None if outer is element else next(_all(element, _steps(path), 0), None)
                break
            outer = found
        if found is not None:
            return found
    return None


def said_at(element: Element, *paths: str) -> str:
    """The trimmed text there; nothing where there is no such element."""
    found = first_at(element, *paths)
    return "" if found is None else text_of(found).strip()


def text_of(element: Element) -> str:
    """All text between its tags that stands in no element below it."""
    text = element.text or ""
    return text + "".join(each.tail or "" for each in element) if len(element) else text


def _all(element: Element, steps: Sequence[str], place: int) -> Iterator[Element]:
    found = element.findall(steps[place])
    if place + 1 == len(steps):
        yield from found
    else:
        for each in found:
            yield from _all(each, steps, place + 1)


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


def records(path: Path, names: Collection[str], file: XmlFile) -> Iterator[Record]:
    """The elements of those names, each whole and one by one; whatever else the file holds is passed over.

    What cannot be read ends it with a fault; :class:`~kdsp_lib.errors.BadSource` where ``path`` is no file to read.
    """
    with opened(path, MOST_BYTES, names) as source:
        yield from records_in(source, names, file)


def records_in(source: BinaryIO, names: Collection[str], file: XmlFile, most: int = MOST_RECORDS) -> Iterator[Record]:
    """As :func:`records`, of what is open already; at most so many."""
    reader = _Reader(names, file, most)
    with contextlib.suppress(_Refused):
        yield from reader.read(source)


class _Reader:
    """Most is done by ``expat`` and the builder of the standard library; what is bounded is counted beside them."""

    def __init__(self, names: Collection[str], file: XmlFile, most: int) -> None:
        self.names, self.file, self.most = frozenset(names), file, most
        self.ready: deque[Record] = deque()
        self.depth = self.outside = self.count = self.began = 0
        self.lines: list[int] | None = None
        """Of the record that is open, the line of each element so far; nothing between records."""
        self.builder = TreeBuilder()
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.XmlDeclHandler = self._declared
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end

    def read(self, source: BinaryIO) -> Iterator[Record]:
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
            read = max(self.parser.CurrentByteIndex, 0)
            if given - read > LONGEST_TAG:
                self._refuse(f"has a tag or a remark of more than {LONGEST_TAG:,} bytes")
            if self.lines is not None and read - self.began > LONGEST_RECORD:
                self._refuse(f"has a record of more than {LONGEST_RECORD >> 20} MiB")

    def _taken(self) -> Iterator[Record]:
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
        if ":" in name:
            name = name.rpartition(":")[2]
        if (lines := self.lines) is None:
            if name not in self.names:
                return
            lines = self._open()
        if len(lines) >= MOST_ELEMENTS:
            self._refuse(f"has a record of more than {MOST_ELEMENTS:,} elements")
        lines.append(self.parser.CurrentLineNumber)
        self.builder.start(name, attributes)

    def _open(self) -> list[int]:
        self.builder, self.lines = TreeBuilder(), []
        self.outside, self.began = self.depth - 1, self.parser.CurrentByteIndex
        self.parser.CharacterDataHandler = self.builder.data
        return self.lines

    def _end(self, name: str) -> None:
        self.depth -= 1
        if (lines := self.lines) is None:
            return
        element = self.builder.end(name)
        if (text := element.text) is not None and len(text) > LONGEST_TEXT:
            self._refuse(f"has a text of more than {LONGEST_TEXT:,} characters")
        if self.depth == self.outside:
            self.parser.CharacterDataHandler = self.lines = None
            self.count += 1
            if self.count > self.most:
                self._refuse(f"has more than {self.most:,} records")
            self.ready.append(Record(element, lines))


def _told(error: expat.ExpatError) -> str:
    reason = expat.errors.messages[error.code]
    if reason in _CUT:
        return "ends before it is complete: the file is cut off"
    return f"is not well-formed XML ({reason}): export it again"
