"""Figures that are public already: whoever reads a report may hold them beside it, so they bind it as a release does.

They are a data set of the catalogue, ``public-figures``, a term each. What is itself public needs no protection.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kdsp_lib.analyse.attribute import ROOT
from kdsp_lib.analyse.breakdown import BREAKDOWNS
from kdsp_lib.analyse.checking import check_questions
from kdsp_lib.analyse.measure import MEASURES
from kdsp_lib.errors import BadParameters, BadSource, Fault
from kdsp_lib.model.answer import Answer
from kdsp_lib.model.question import Question
from kdsp_lib.model.table import Cell, Table
from kdsp_lib.protocol.community import Community
from kdsp_lib.protocol.vocabulary import is_group
from kdsp_lib.source.catalogue import Catalogue, DataSet

KIND = "public-figures"
_CATEGORIES = frozenset(measure.category for measure in MEASURES.values())
Key = tuple[str, str, str, tuple[str, ...]]
"""Source, about, measure and breakdowns."""


def public_figures(catalogue: Catalogue, period: str, community: Community) -> tuple[tuple[Answer, ...], list[str]]:
    """The public figures of a period, as answers that everybody was given, and their sources.

    BadSource names every row that says nothing kdsp knows: what cannot be read cannot be compared.
    """
    rows: list[Mapping[str, Any]] = [
        row for entry in _of(catalogue, period) for row in catalogue.read(entry).to_pylist()
    ]
    tables: dict[Key, list[Cell]] = defaultdict(list)
    faults: list[Fault] = []
    for number, row in enumerate(rows, start=1):
        by = dict(part.split("=", 1) for part in (row["by"] or "").split("; ") if part)
        faults += [Fault(f"row {number}", *fault) for fault in _faults(row, by, community)]
        cell = Cell(tuple(by.values()), (str(row["value"]),))
        tables[row["source"], row["about"], row["measure"], tuple(by)].append(cell)
    if faults:
        raise BadSource(
            f"The public figures of {period} cannot be compared with a report.",
            faults=faults,
            remedy="load them again, put right: kdsp data add public-figures FILE --period PERIOD",
        )
    answers = (_answer(k, table, cells, community) for k, (table, cells) in enumerate(sorted(tables.items()), start=1))
    return tuple(answers), sorted({source for source, *_ in tables})


def editions(catalogue: Catalogue, period: str) -> tuple[str, ...]:
    """The snapshots that hold the public figures of a period."""
    return tuple(sorted(entry.snapshot for entry in _of(catalogue, period)))


def _of(catalogue: Catalogue, period: str) -> list[DataSet]:
    return [entry for entry in catalogue.current if (entry.dataset, entry.period) == (KIND, period)]


def _faults(row: Mapping[str, Any], by: Mapping[str, str], community: Community) -> Iterable[tuple[str, str]]:
    """What is wrong with a row, and in which column."""
    subjects = _subjects(row["about"], community)
    unknown = [urn for urn in subjects if urn not in community.standings]
    if unknown or not subjects:
        yield f"{', '.join(unknown) or row['about']} is not in the register", "about"
    try:
        check_questions({"public": Question("count", row["measure"], tuple(by))}, _CATEGORIES)
    except BadParameters as error:
        yield from ((fault.text, fault.field) for fault in error.faults)
        return
    for name, level in by.items():
        levels = [code for code, _ in BREAKDOWNS[name].levels]
        if level not in (*levels, ROOT):
            yield f"{level[:60]!r} is not a level of {name}: {', '.join(levels)}", "by"


def _subjects(about: str, community: Community) -> tuple[str, ...]:
    """Whose pupils a row counts: of the authority all establishments, whether they have signed or not."""
    if about == "authority":
        return tuple(sorted(community.standings))
    return tuple(community.members(about)) if is_group(about) else tuple(about.split())


def _answer(number: int, key: Key, cells: Sequence[Cell], community: Community) -> Answer:
    _, about, measure, by = key
    made = Table(f"public{number}", Question("count", measure, by), tuple(cells))
    return Answer({}, _subjects(about, community), (made,), (), zeros_hidden=False, search={})
