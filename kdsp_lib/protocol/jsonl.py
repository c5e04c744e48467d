"""Decisions line by line: a request in JSON on each line, an answer on the same line of the output."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
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
            community = register.on(read_day(mapping.get("on")) or date.min)
            request = _request(mapping, community, protocol)
        except BadParameters as error:
            errors = [{"field": fault.field, "expected": fault.text} for fault in error.faults]
            yield Line(_ENCODER.encode({"line": number, "errors": errors}), is_malformed=True)
        else:
            yield Line(_ENCODER.encode(decide(request, community).to_json()), is_malformed=False)


def decide_lines(lines: Iterable[str], register: HasDays, protocol: str = DEFAULT) -> Iterator[str]:
    """The text of :func:`answer_lines`."""
    for line in answer_lines(lines, register, protocol):
        yield line.text


class _Repeating(dict[str, Any]):
    """An object in which keys stand twice: either value could have been meant."""

    repeated: tuple[str, ...] = ()


def _request(mapping: Mapping[str, Any], community: Community, protocol: str) -> Request:
    """The request in an object; keys that stand twice are faults beside all the others."""
    of_data = mapping.get("data")
    of_both = (*getattr(mapping, "repeated", ()), *(f"data.{key}" for key in getattr(of_data, "repeated", ())))
    twice = dict.fromkeys(of_both)
    if not twice:
        return Request.from_mapping(mapping, community, protocol)
    faults = [Fault("", "to stand once", field) for field in twice]
    try:
        Request.from_mapping(mapping, community, protocol)
    except BadParameters as error:
        faults += [fault for fault in error.faults if fault.field not in twice]
    raise BadParameters("Keys stand twice.", faults=faults)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) == len(pairs):
        return mapping
    repeating = _Repeating(mapping)
    repeating.repeated = tuple(key for key, number in Counter(key for key, _ in pairs).items() if number > 1)
    return repeating


def _whole_number(digits: str) -> int | float:
    """A number of any length: no field takes one, and the field is to be named rather than the line."""
    return int(digits) if len(digits) < _LONG else float(digits)


_LONG: Final = 100
_DECODER: Final = json.JSONDecoder(object_pairs_hook=_object, parse_int=_whole_number)
_ENCODER: Final = json.JSONEncoder()


def read_object(line: str) -> dict[str, Any]:
    """The one JSON object on a line."""
    try:
        value = _DECODER.decode(line)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise BadParameters("The line is not a JSON object.", faults=[Fault("", "one JSON object on the line", "")])
    return value
