"""Decisions line by line: a request in JSON on each line, an answer on the same line of the output."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Protocol

from kdsp_lib.errors import BadParameters, Fault
from kdsp_lib.protocol.community import Community
from kdsp_lib.protocol.decision import decide
from kdsp_lib.protocol.request import Request
from kdsp_lib.protocol.table import DEFAULT
from kdsp_lib.protocol.vocabulary import read_day


class HasDays(Protocol):
    """A register: anything that knows the community as of a day."""

    def on(self, day: date, /) -> Community: ...


@dataclass(frozen=True, slots=True)
class Line:
    """One line of output; malformed where the request could not be read."""

    text: str
    is_malformed: bool


def answer_lines(lines: Iterable[str], register: HasDays, protocol: str = DEFAULT) -> Iterator[Line]:
    """One answer a line, in order. A malformed line gets its errors in its place and the others go on."""
    for number, line in enumerate(lines, start=1):
        try:
            mapping = read_object(line)
            day = read_day(mapping.get("on")) or date.min
            community = register.on(day)
            request = Request.from_mapping(mapping, community, protocol)
        except BadParameters as error:
            errors = [{"field": fault.field, "expected": fault.text} for fault in error.faults]
            yield Line(_ENCODER.encode({"line": number, "errors": errors}), is_malformed=True)
        else:
            yield Line(_ENCODER.encode(decide(request, community).to_json()), is_malformed=False)


def decide_lines(lines: Iterable[str], register: HasDays, protocol: str = DEFAULT) -> Iterator[str]:
    """The text of :func:`answer_lines`."""
    for line in answer_lines(lines, register, protocol):
        yield line.text


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = [key for key in mapping if keys.count(key) > 1]
        raise BadParameters("A key stands twice.", faults=[Fault("", "to stand once", key) for key in twice])
    return mapping


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_once)
_ENCODER: Final = json.JSONEncoder()


def read_object(line: str) -> dict[str, Any]:
    """The one JSON object on a line; a repeated key is a fault, since either could have been meant."""
    try:
        value = _DECODER.decode(line)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise BadParameters("The line is not a JSON object.", faults=[Fault("", "one JSON object on the line", "")])
    return value
