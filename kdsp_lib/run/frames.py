"""Messages on a pipe: each a JSON object after its length. What is read may come from a cell, and is only data."""

from __future__ import annotations

import json
import struct
from typing import Any

READY, REPLY, PROBLEM = "kdsp-ready", "kdsp-reply", "kdsp-problem"
"""Kinds of messages beside Jupyter's: cells begin, one has ended, none can begin."""
_LENGTH = struct.Struct(">I")


class BadFrame(Exception):
    """What came is no message."""


class TooLong(BadFrame):
    """A message is longer than is read."""


def packed(message: dict[str, Any], default: Any = None) -> bytes:
    """A message as bytes; ``default`` makes JSON's values of others."""
    text = json.dumps(message, default=default).encode()
    return _LENGTH.pack(len(text)) + text


class Unpacking:
    """Messages out of the pieces that arrive."""

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._held = bytearray()

    def add(self, piece: bytes) -> list[dict[str, Any]]:
        """The messages that are whole with this piece. Raises TooLong before one that is too long is waited for."""
        self._held += piece
        found = []
        while len(self._held) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._held)
            if length > self._longest:
                raise TooLong
            end = _LENGTH.size + length
            if len(self._held) < end:
                break
            found.append(_read(bytes(self._held[_LENGTH.size : end])))
            del self._held[:end]
        return found


def _read(text: bytes) -> dict[str, Any]:
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        message = None
    if not isinstance(message, dict):
        raise BadFrame
    return message
