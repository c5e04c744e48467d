"""Canonical JSON: the same value always has the same bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from kdsp_lib.errors import Broken


def canonical_json(value: Any) -> str:
    """Sorted keys, no spaces, no floats (a number that matters is a decimal string); Broken otherwise."""
    _check(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def readable_json(value: Any) -> str:
    """The same value for a person to read: sorted keys, indented, a newline at the end."""
    _check(value)
    return json.dumps(value, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _check(value: Any) -> None:
    if value is None or isinstance(value, bool | int | str):
        return
    if isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(key, str):
                raise Broken("A key of canonical JSON is not text.")
            _check(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _check(item)
    else:
        raise Broken(f"Canonical JSON holds no {type(value).__name__}.", remedy="write numbers as decimal text")
