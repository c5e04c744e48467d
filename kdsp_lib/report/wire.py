"""What a table must look like as it crosses from the custodian. What is unknown is refused, with all faults at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from kdsp_lib.errors import Broken, Fault
from kdsp_lib.report.slug import check_slug, is_slug
from kdsp_lib.report.symbol import SYMBOLS, is_number

ALL = "All"
"""The code of a dimension's total."""

_REQUIRED = {"name", "title", "question", "scope", "dims", "statistics", "cells"}
_OPTIONAL = {"breaks", "left_out", "notes", "symbols", "source", "draft"}


def check_wire(data: Mapping[str, Any]) -> None:
    """Nothing, or BadParameters for a name that could not be a file's, or Broken with every other fault."""
    check_slug(data.get("name"), "table")
    try:
        faults = [*_shape(data)] or [*_dims(data), *_statistics(data)] or [*_cells(data)]
    except (TypeError, KeyError, AttributeError) as cause:
        raise Broken(f"Table {data['name']} is malformed.", remedy="report this: the custodian wrote it") from cause
    if faults:
        raise Broken(f"Table {data['name']} is malformed.", faults=faults, remedy="report this: the custodian wrote it")


def _shape(data: Mapping[str, Any]) -> Iterator[Fault]:
    for key in sorted(_REQUIRED - set(data)):
        yield Fault("", "is missing", key)
    for key in sorted(set(data) - _REQUIRED - _OPTIONAL):
        yield Fault("", "is not a part of a table", str(key)[:60])
    for key in ("title", "scope", "source"):
        if not isinstance(data.get(key, ""), str):
            yield Fault("", "is not text", key)
    if isinstance(data.get("title"), str) and not data["title"].strip():
        yield Fault("", "is empty", "title")
    if not isinstance(data.get("draft", False), bool):
        yield Fault("", "is neither true nor false", "draft")
    if not _texts(data.get("notes", [])):
        yield Fault("", "is not a list of texts", "notes")
    for symbol, text in data.get("symbols", {}).items():
        if symbol not in SYMBOLS or not isinstance(text, str):
            yield Fault("", "is no symbol; one of " + ", ".join(SYMBOLS), str(symbol)[:20])


def _dims(data: Mapping[str, Any]) -> Iterator[Fault]:
    names = [dim["name"] for dim in data["dims"]] + [statistic["name"] for statistic in data["statistics"]]
    if len(set(names)) != len(names):
        yield Fault("", "two dimensions or statistics have one name", "dims")
    for each in data.get("breaks", ()):
        if set(each) != {"dim", "code", "why"} or not _texts(list(each.values())) or each["dim"] not in names:
            yield Fault("breaks", "is not a dimension of the table, a code of it and a reason", str(each)[:60])
            return
    for dim in data["dims"]:
        codes = [level["code"] for level in dim["levels"]]
        for each in data.get("breaks", ()):
            if each["dim"] == dim["name"] and each["code"] not in codes[1:]:
                yield Fault("breaks", "is before no value of its dimension but the first", str(each["code"])[:60])
        if not is_slug(dim["name"]):
            yield Fault("dims", "is not a plain name", str(dim["name"])[:60])
        if len(set(codes)) != len(codes) or ALL in codes:
            yield Fault("dims", "a code stands twice", str(dim["name"])[:60])
        if not _texts([dim["label"], dim["total"], *codes, *(level["label"] for level in dim["levels"])]):
            yield Fault("dims", "a code or label is not text", str(dim["name"])[:60])


def _statistics(data: Mapping[str, Any]) -> Iterator[Fault]:
    if not data["statistics"]:
        yield Fault("", "there is none", "statistics")
    for statistic in data["statistics"]:
        decimals = statistic["decimals"]
        if not is_slug(statistic["name"]) or not isinstance(statistic["label"], str):
            yield Fault("statistics", "is not a plain name with a label", str(statistic["name"])[:60])
        if not isinstance(decimals, int) or isinstance(decimals, bool) or not 0 <= decimals <= 6:
            yield Fault("statistics", "decimals is a whole number from 0 to 6", str(statistic["name"])[:60])


def _cells(data: Mapping[str, Any]) -> Iterator[Fault]:
    known = [{level["code"] for level in dim["levels"]} | {ALL} for dim in data["dims"]]
    decimals = [statistic["decimals"] for statistic in data["statistics"]]
    seen: set[tuple[str, ...]] = set()
    for row, cell in enumerate(data["cells"], start=1):
        codes, values = tuple(cell["codes"]), cell["values"]
        place = f"cell {row}"
        if set(cell) != {"codes", "values"}:
            yield Fault(place, "holds more than codes and values")
        if len(codes) != len(known) or not all(code in codes_of for code, codes_of in zip(codes, known, strict=False)):
            yield Fault(place, "has a code that no dimension has")
            return
        if codes in seen:
            yield Fault(place, "stands twice")
        seen.add(codes)
        if len(values) != len(decimals) or not all(map(_is_value, values, decimals)):
            yield Fault(place, "has a value that is neither a symbol nor a number with its decimals")
    used = [sorted({codes[k] for codes in seen}) for k in range(len(known))]
    if not seen or any(codes not in seen for codes in product(*used)):
        yield Fault("cells", "the table has a hole: each combination of codes has a cell, if only with a symbol")


def _is_value(value: Any, decimals: int) -> bool:
    if not isinstance(value, str):
        return False
    return value in SYMBOLS or (is_number(value) and len(value.partition(".")[2]) <= decimals)


def _texts(values: Any) -> bool:
    return isinstance(values, Sequence) and not isinstance(values, str) and all(isinstance(v, str) for v in values)
