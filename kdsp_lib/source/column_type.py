"""Columns as they came, read into the types of their contract. What cannot be read is named by its row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kdsp_lib.protocol.vocabulary import read_day
from kdsp_lib.source.contract import Column, arrow_type


@dataclass(frozen=True, slots=True)
class Typed:
    """A column in its contract's type, with null where it could not be read; or why no row of it could."""

    array: Any = None
    bad_rows: tuple[int, ...] = ()
    fault: str = ""


def read_type(column: Any, wanted: Column) -> Typed:
    """An Arrow column, of text or already typed, in the type that ``wanted`` names. Empty text is nothing."""
    import pyarrow.types as kinds

    kind = column.type.value_type if kinds.is_dictionary(column.type) else column.type
    if kinds.is_null(kind):
        return Typed(_nothing(len(column), wanted))
    if kinds.is_string(kind) or kinds.is_large_string(kind):
        return _from_text(column, wanted)
    if wanted.type == "whole" and kinds.is_integer(kind):
        return _cast(column, wanted)
    if wanted.type == "yes-no" and kinds.is_boolean(kind):
        return Typed(column)
    if wanted.type == "date" and kinds.is_date32(kind):
        return Typed(column)
    return Typed(fault=f"holds {kind}; it must hold {wanted.expectation}")


def _from_text(column: Any, wanted: Column) -> Typed:
    """Text is read value by value, once for each different one: the lengths are looked at before it is spread out."""
    import pyarrow as pa
    import pyarrow.compute as pc

    is_encoded = pa.types.is_dictionary(column.type)
    encoded = (column if is_encoded else column.dictionary_encode()).unify_dictionaries().combine_chunks()
    longest = pc.max(pc.binary_length(encoded.dictionary)).as_py() or 0
    if longest > 4 * max(wanted.longest, 200):
        return Typed(fault=f"holds a text of {longest:,} bytes; at most {wanted.longest} characters are allowed")
    values = [_read(text, wanted) for text in encoded.dictionary.to_pylist()]
    kind = arrow_type(wanted)
    read = pa.array([value if ok else None for ok, value in values], kind)
    good = pa.array([ok for ok, _ in values], pa.bool_())
    is_good = pc.fill_null(good.take(encoded.indices), True)
    bad = pc.indices_nonzero(pc.invert(is_good)).to_pylist()
    return Typed(read.take(encoded.indices), tuple(bad))


def _read(text: str | None, wanted: Column) -> tuple[bool, Any]:
    """Whether a text can be read as the type, and what it then says."""
    if not text:
        return True, None
    match wanted.type:
        case "text":
            return len(text) <= wanted.longest, text
        case "whole":
            digits = text.removeprefix("-")
            fits = digits.isascii() and digits.isdigit() and len(digits) <= 18
            return fits, int(text) if fits else None
        case "yes-no":
            return text.lower() in ("true", "false"), text.lower() == "true"
        case "date":
            day = read_day(text)
            return day is not None, day


def _cast(column: Any, wanted: Column) -> Typed:
    import pyarrow as pa

    try:
        return Typed(column.cast(pa.int64()))
    except pa.ArrowInvalid:
        return Typed(fault=f"holds numbers too large; it must hold {wanted.expectation}")


def _nothing(rows: int, wanted: Column) -> Any:
    import pyarrow as pa

    kind = arrow_type(wanted)
    return pa.nulls(rows, kind)
