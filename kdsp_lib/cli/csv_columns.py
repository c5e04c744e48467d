"""A CSV file as columns of texts or numbers, with every fault by its line."""

from __future__ import annotations

import contextlib
import gzip
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kdsp_lib.errors import BadSource, Fault
from kdsp_lib.protect.system import Bools, Floats
from kdsp_lib.source.arrow_memory import reader_over

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow import csv

SHOWN = 50
"""So many faults are shown of one file; how many more there are is said."""


def faults_at(name: str, wrong: Bools, text: str, column: str) -> list[Fault]:
    """A fault for each wrong row, with its line in the file."""
    return [Fault(f"{name} line {row + 2}", text, column) for row in np.nonzero(wrong)[0].tolist()]


def read_csv(
    path: Path, needed: Sequence[str], *, optional: Sequence[str] = (), others: bool = False
) -> tuple[pa.Table | None, list[Fault]]:
    """A CSV file as columns of text; None with the faults where it has not the columns that it needs.

    A row of another length is a fault, and keeps its place, so that what follows has its lines.
    """
    import pyarrow as pa
    from pyarrow import csv

    bent: list[csv.InvalidRow] = []

    def note(row: csv.InvalidRow) -> str:
        bent.append(row)
        return "skip"

    try:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        head = content[: content.find(b"\n") + 1 or None].decode("utf-8-sig").strip()
        names = next(iter(_split(head)), [])
        table = csv.read_csv(
            reader_over(content),
            read_options=csv.ReadOptions(use_threads=False, column_names=names, skip_rows=1),
            parse_options=csv.ParseOptions(invalid_row_handler=note),
            convert_options=csv.ConvertOptions(
                column_types={name: pa.string() for name in names}, strings_can_be_null=False
            ),
        )
    except OSError as error:
        return None, [Fault(path.name, f"cannot be read: {error.strerror or 'it is damaged'}")]
    except (UnicodeDecodeError, EOFError, pa.ArrowInvalid):
        return None, [Fault(path.name, "is no CSV file in UTF-8 with the names of its columns in the first line")]
    missing = [name for name in needed if name not in names]
    unknown = [] if others else [name for name in names if name not in needed and name not in optional]
    twice = sorted(name for name, times in Counter(names).items() if times > 1)
    faults = [Fault(f"{path.name} line 1", f"a column {name!r} is missing") for name in missing]
    faults += [Fault(f"{path.name} line 1", f"there is no column {name!r} in this format") for name in unknown]
    faults += [Fault(f"{path.name} line 1", f"the column {name!r} stands there twice") for name in twice]
    wrong = [
        Fault(f"{path.name} line {row.number}", f"{row.expected_columns} columns are expected, as in the first line")
        for row in bent
    ]
    return (None, faults + wrong) if faults else (_with(table, bent), wrong)


def _with(table: pa.Table, bent: Sequence[csv.InvalidRow]) -> pa.Table:
    """The table with the rows of another length in their places, cut or filled up with empty texts."""
    import pyarrow as pa

    if not bent:
        return table
    columns = {name: table[name].to_pylist() for name in table.column_names}
    for row in bent:
        texts = next(iter(_split(row.text)), [])
        for texts_of, text in zip(columns.values(), [*texts, *[""] * len(columns)], strict=False):
            texts_of.insert(row.number - 2, text)
    return pa.table({name: pa.array(texts, pa.string()) for name, texts in columns.items()})


def _split(line: str) -> Sequence[list[str]]:
    import csv

    return list(csv.reader([line]))


def numbers_of(table: pa.Table, column: str, name: str, missing: float | None = None) -> tuple[Floats, list[Fault]]:
    """A column as finite numbers, with a fault for each text that is none; empty is ``missing`` where that is given."""
    texts = np.array(table[column].to_pylist(), dtype=object)
    empty = (texts == "") if missing is not None else np.zeros(len(texts), bool)
    numbers = np.full(len(texts), np.nan if missing is None else missing)
    try:
        numbers[~empty] = texts[~empty].astype(np.float64)
    except ValueError:
        for row in np.nonzero(~empty)[0].tolist():
            with contextlib.suppress(ValueError):
                numbers[row] = np.nan
                numbers[row] = float(texts[row])
    return numbers, faults_at(name, ~np.isfinite(numbers) & ~empty, "a number is expected", column)


def read_columns(path: Path, needed: Sequence[str]) -> dict[str, list[str]]:
    """A CSV file's columns of texts. Raises `BadSource` where one that is ``needed`` is not there."""
    table, faults = read_csv(path, needed, others=True)
    if table is None or faults:
        raise refused(path, faults)
    return {name: table[name].to_pylist() for name in table.column_names}


def refused(path: Path, faults: Sequence[Fault]) -> BadSource:
    """The first faults of a file, as the reason why it is not read."""
    shown = list(faults[:SHOWN])
    if len(faults) > SHOWN:
        shown.append(Fault("", f"and {len(faults) - SHOWN} more"))
    return BadSource(f"{path} cannot be read.", faults=shown, remedy="docs/formats.md, section An instance")
