"""The frames of one connection, HTTP/2 as gRPC speaks it, read only as far as it takes to bound what is sent.

gRPC reads a message whole before anything here sees it, however long it is, and unpacks one that is compressed. So what
comes in passes this first: a message is one to a stream, says its length before it comes, is not compressed and not
too long; streams and resets are so many at most. Whatever is otherwise ends the connection. Of the answers, only their
ends are looked for.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Iterator
from typing import Final, NamedTuple

LARGEST_QUESTION: Final = 256 * 1024
LARGEST_MESSAGE: Final = LARGEST_QUESTION + 64 * 1024
"""What a message has beside the question is what names its kind."""
MOST_STREAMS: Final = 64
"""At once: behind one connection may be a relay, and behind that a whole machine."""
_MOST_RESETS: Final = 200
_LARGEST_HEADERS: Final = 32 * 1024
_LARGEST_OTHER: Final = 1024

PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_HEAD: Final = 9
_PREFIX: Final = 5
_DATA, _HEADERS, _RESET, _SETTINGS, _GO_AWAY, _CONTINUATION = 0, 1, 3, 4, 7, 9
_END_STREAM, _ACKNOWLEDGED, _PADDED = 0x1, 0x1, 0x8
_MAX_CONCURRENT_STREAMS: Final = 3


class OutOfBounds(Exception):
    """This was not sent by a client of ours; the connection is to end."""


class Frame(NamedTuple):
    """One frame: what kind it is, of which stream, and all its bytes."""

    kind: int
    flags: int
    stream: int
    whole: bytes

    @property
    def payload(self) -> bytes:
        """What it carries."""
        return self.whole[_HEAD:]


class Splitter:
    """Cuts what comes, in pieces of any size, into whole frames of at most so many bytes."""

    def __init__(self, largest: int) -> None:
        self._largest = largest
        self._waiting = bytearray()

    def frames(self, piece: bytes) -> Iterator[Frame]:
        """The frames that are whole now."""
        self._waiting += piece
        at = 0
        while len(self._waiting) - at >= _HEAD:
            end = at + _HEAD + int.from_bytes(self._waiting[at : at + 3])
            if end - at > self._largest:
                raise OutOfBounds("a frame is too long")
            if len(self._waiting) < end:
                break
            kind, flags, stream = struct.unpack(">BBL", self._waiting[at + 3 : at + _HEAD])
            yield Frame(kind, flags, stream & 0x7FFF_FFFF, bytes(self._waiting[at:end]))
            at = end
        del self._waiting[:at]


class _Message:
    """What has come of a stream's one message."""

    __slots__ = ("begun", "came", "headers", "prefix")

    def __init__(self) -> None:
        self.begun = time.monotonic()
        self.headers = 0
        self.prefix = b""
        self.came = 0
        """Of its bytes, those after the prefix."""

    @property
    def length(self) -> int:
        return int.from_bytes(self.prefix[1:])

    @property
    def is_whole(self) -> bool:
        return len(self.prefix) == _PREFIX and self.came == self.length

    def take(self, data: bytes) -> None:
        missing = _PREFIX - len(self.prefix)
        self.prefix += data[:missing]
        if self.prefix[:1] not in (b"", b"\0"):
            raise OutOfBounds("a message is compressed")
        if len(self.prefix) == _PREFIX and self.length > LARGEST_MESSAGE:
            raise OutOfBounds("a message is too long")
        self.came += len(data[missing:])
        if len(data) > missing and self.came > self.length:
            raise OutOfBounds("there is more than one message")


class Streams:
    """The streams of one connection: what is asked on them, and what is not answered yet."""

    def __init__(self) -> None:
        self._open: dict[int, _Message] = {}
        self._preface = PREFACE
        self._asked = Splitter(LARGEST_MESSAGE + 1024)
        self._answered = Splitter(2**24 + _HEAD)
        self._last = self._resets = 0
        self._is_limited = False

    @property
    def held(self) -> int:
        """How many bytes of messages came that are not answered yet."""
        return sum(_PREFIX + message.came for message in self._open.values())

    @property
    def asking(self) -> int:
        """How many questions have come whole and are not answered yet."""
        return sum(message.is_whole for message in self._open.values())

    def slowest(self) -> float:
        """The moment since when a message has been coming; infinity where none is."""
        return min((each.begun for each in self._open.values() if not each.is_whole), default=float("inf"))

    def ask(self, piece: bytes) -> bytes:
        """What of this piece of the client's is to be passed on. OutOfBounds where it goes too far."""
        start = piece[: len(self._preface)]
        if not self._preface.startswith(start):
            raise OutOfBounds("it is not HTTP/2")
        self._preface = self._preface[len(start) :]
        passed = [start]
        for frame in self._asked.frames(piece[len(start) :]):
            self._check(frame)
            passed.append(frame.whole)
        return b"".join(passed)

    def answer(self, piece: bytes) -> bytes:
        """What is to be passed on of this piece of the custodian's."""
        passed = []
        for frame in self._answered.frames(piece):
            if frame.kind == _RESET or (frame.kind in (_DATA, _HEADERS) and frame.flags & _END_STREAM):
                self._open.pop(frame.stream, None)
            is_first = frame.kind == _SETTINGS and not frame.flags & _ACKNOWLEDGED and not self._is_limited
            self._is_limited = self._is_limited or is_first
            passed.append(_limited(frame) if is_first else frame.whole)
        return b"".join(passed)

    def go_away(self) -> bytes:
        """A frame that tells the client to ask nothing more here; what it asked is still answered."""
        return struct.pack(">BHBBLLL", 0, 8, _GO_AWAY, 0, 0, self._last, 0)

    def _check(self, frame: Frame) -> None:
        if frame.kind == _DATA:
            self._take(frame)
        elif frame.kind in (_HEADERS, _CONTINUATION):
            self._begin(frame)
        elif len(frame.whole) > _LARGEST_OTHER:
            raise OutOfBounds("a frame is too long")
        elif frame.kind == _RESET:
            self._open.pop(frame.stream, None)
            self._resets += 1
            if self._resets > _MOST_RESETS:
                raise OutOfBounds("too much is begun and left")

    def _begin(self, frame: Frame) -> None:
        if frame.kind == _HEADERS and frame.stream > self._last:
            if len(self._open) >= MOST_STREAMS:
                raise OutOfBounds("too much is asked at once")
            self._last = frame.stream
            self._open[frame.stream] = _Message()
        message = self._open.get(frame.stream)
        if message is None:
            return  # answered already: the custodian passes over it
        message.headers += len(frame.whole)
        if message.headers > _LARGEST_HEADERS:
            raise OutOfBounds("the headers are too long")

    def _take(self, frame: Frame) -> None:
        message = self._open.get(frame.stream)
        if message is None:
            if frame.stream > self._last:
                raise OutOfBounds("data come before their headers")
            return
        payload = frame.payload
        if frame.flags & _PADDED:
            if not payload or payload[0] >= len(payload):
                raise OutOfBounds("a frame is padded by more than it is long")
            payload = payload[1 : len(payload) - payload[0]]
        message.take(payload)


def _limited(settings: Frame) -> bytes:
    """The custodian's first settings, and with them how many streams there may be at once."""
    more = struct.pack(">HL", _MAX_CONCURRENT_STREAMS, MOST_STREAMS)
    length = len(settings.payload) + len(more)
    return length.to_bytes(3) + settings.whole[3:] + more
