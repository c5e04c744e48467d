"""What one file says of pupils: rows by table, before anybody knows which pupil is who."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from kdsp_lib.source.xml_reading import XmlFile

Row = dict[str, Any]
Keys = Mapping[tuple[int, int], str]
"""The key of each pupil of each file: by the file's place in memory, and the pupil's number within it."""


@dataclass(frozen=True, slots=True)
class Aside:
    """What is wrong with one record of a file, of which table's rows it costs, and which pupil of the file it is."""

    line: int
    field: str
    text: str
    table: str
    pupil: int


@dataclass(frozen=True, slots=True)
class Earlier:
    """A row of another school, there before and left there, that a record of this file contradicts."""

    urn: str
    pupil_key: str
    table: str
    field: str
    text: str


@dataclass(slots=True)
class PupilReturn:
    """The rows of one file, each with ``line`` and ``pupil``, a number within the file; and of which school it is."""

    file: XmlFile
    laestab: str = ""
    on: date = date.min
    period: str = ""
    rows: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    seen: Counter[str] = field(default_factory=Counter)
    """How often what was met."""
    aside: list[Aside] = field(default_factory=list)
    """Records that break a rule; their faults are among the file's too."""
    earlier: list[Earlier] = field(default_factory=list)
    """Whose rows of before its records contradict."""
    about: str = "pupils"
    """The table that the file is about."""
    pupils: int = 0
    """How many records of pupils it has."""


def keyed(name: str, returns: Sequence[PupilReturn], keys: Keys) -> Iterator[tuple[PupilReturn, Row]]:
    """The rows of a table whose pupils are known, as rows of their own with their keys; each with its file."""
    for made in returns:
        for row in made.rows[name]:
            if (key := keys.get((id(made), row["pupil"]))) is not None:
                yield made, {**row, "pupil_key": key}


def at_schools(rows: Iterable[tuple[PupilReturn, Row]], urns: Mapping[str, str]) -> Iterator[tuple[PupilReturn, Row]]:
    """Rows as :func:`keyed` makes them, and on each the URN of the school that returned it."""
    for made, row in rows:
        row["urn"] = urns[made.laestab]
        yield made, row
