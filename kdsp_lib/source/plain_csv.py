"""The columns of a CSV file in which nothing is odd, read at once: the same texts that reading it row by row gives.

What is odd is not judged here. Whoever asked then reads row by row, and tells what is wrong with which line.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping
from typing import Any

from kdsp_lib.source.arrow_memory import reader_over
from kdsp_lib.source.reading import LONGEST_LINE

_ODD = bytes([0, 11, 12, *range(28, 32)])
"""Characters that some take for white space or the end of a line, and others not."""
_QUOTED = re.compile(rb'(?<![^,\n])"(?:[^"\r\n]|"")*"(?![^,\r\n])')
_BOM = b"\xef\xbb\xbf"


def plain_columns(
    content: bytes, places_in: Callable[[tuple[str, ...]], Mapping[str, int] | None], most_rows: int
) -> tuple[tuple[str, ...], dict[str, Any]] | None:
    """The header and the wanted columns as Arrow arrays of text; None where anything is odd.

    ``places_in`` says which column of a header is wanted under which name, or nothing where the header has a fault.
    """
    import pyarrow as pa
    import pyarrow.csv

    text = _plain(content)
    first, _, rest = (text or b"").partition(b"\n")
    if text is None or not rest:
        return None
    try:
        header = tuple(name.strip() for name in next(csv.reader([first.decode()], strict=True), []))
    except csv.Error:
        return None
    places = places_in(header)
    if places is None:
        return None
    names = [str(place) for place in range(len(header))]
    kept = [str(place) for place in places.values()]
    try:
        table = pa.csv.read_csv(
            reader_over(rest),
            pa.csv.ReadOptions(column_names=names, use_threads=False, block_size=max(len(rest), 1)),
            pa.csv.ParseOptions(ignore_empty_lines=False),
            pa.csv.ConvertOptions(include_columns=kept, column_types=dict.fromkeys(kept, pa.string())),
        )
    except pa.ArrowInvalid:
        return None
    columns = {name: table.column(str(place)) for name, place in places.items()}
    if table.num_rows > most_rows or _has_blank_row(columns.values()):
        return None
    return header, columns


def _plain(content: bytes) -> bytes | None:
    """The text in UTF-8, from UTF-8 or Windows-1252; None where a line, a character or a quotation mark is odd."""
    if content.translate(None, _ODD) != content or content.count(b"\r") != content.count(b"\r\n"):
        return None
    if max(map(len, content.split(b"\n"))) >= LONGEST_LINE:
        return None
    if b'"' in content and b'"' in _QUOTED.sub(b"", content):
        return None
    try:
        content.decode()
    except UnicodeDecodeError:
        try:
            return content.decode("cp1252").encode()
        except UnicodeDecodeError:
            return None
    return content.removeprefix(_BOM)


def _has_blank_row(columns: Any) -> bool:
    """Whether some row may have no text at all: of the columns that were read none has."""
    import pyarrow.compute as pc

    is_blank = None
    for column in columns:
        here = pc.equal(pc.binary_length(pc.utf8_trim_whitespace(column)), 0)
        is_blank = here if is_blank is None else pc.and_(is_blank, here)
        if not pc.any(is_blank).as_py():
            return False
    return True
