"""Proofreading: a release's text is checked against what the custodian alone knows, before it is a release."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from kdsp_lib.analyse.assembly import build_cube
from kdsp_lib.analyse.atoms import count_atoms
from kdsp_lib.analyse.symbol import HIDDEN
from kdsp_lib.custodian.ledger import Ledger
from kdsp_lib.custodian.narrative_check import (
    PRINTED_ONLY,
    Named,
    Text,
    Words,
    check_figures,
    check_nobody_is_named,
    figures_in,
    names_of_establishment,
    names_of_pupil,
    read_texts,
)
from kdsp_lib.custodian.past import is_empty
from kdsp_lib.errors import Refusal
from kdsp_lib.model.question import OWN
from kdsp_lib.model.table import Cell
from kdsp_lib.source.files import sha256_of
from kdsp_lib.source.latest import Latest

if TYPE_CHECKING:
    from kdsp_lib.custodian.opening import Opened
    from kdsp_lib.model.answer import Answer
    from kdsp_lib.source.tables import SourceTables

_KEPT = 64
"""Of so many reports what they withhold is kept at hand."""
MOST_STOPS = 3
"""So often may a text about some of the same establishments be stopped by a withheld figure; then none is looked up."""
_FOR_READERS = (
    "title", "tables", "parameters", "audience", "purpose", "scope", "terms", "records", "sources", "disclosure_note",
    "coverage_note", "revision_note", "decision",
)  # fmt: skip


class Proofreader:
    """Reads the texts of releases; what it stops, the ledger keeps."""

    def __init__(self, ledger: Ledger, record: Callable[[str, str, Mapping[str, Any]], object]) -> None:
        self._ledger, self._record = ledger, record
        self._names: tuple[object, frozenset[Words]] | None = None
        self._withheld: Latest[frozenset[Decimal]] = Latest(_KEPT)

    def check(
        self,
        texts: object,
        opened: Opened,
        answers: Sequence[Answer],
        tables: SourceTables,
        release: Mapping[str, Any],
    ) -> list[dict[str, Any]]:
        """The figures for a reviewer to look at; Disclosive where the texts tell what the ``release`` may not."""
        given = (*read_texts(texts), *_names_of_tables(answers))
        try:
            check_nobody_is_named(given, named_in(opened, self._pupils(tables)))
            return check_figures(
                given,
                printed_figures(release),
                lambda: self._behind_equal(tables, opened, answers),
                may_look_up=self._stops(opened) < MOST_STOPS,
                policy=opened.policy,
                withholds=any(map(_withholds, answers)),
            )
        except Refusal as error:
            said = {"rule": error.rule, "code": error.code, "subjects": list(opened.subjects)}
            self._record("refusal", opened.id, said)
            raise

    def _stops(self, opened: Opened) -> int:
        stopped = (e.body for e in self._ledger.entries(kind="refusal") if e.body.get("rule") == PRINTED_ONLY)
        return sum(not set(opened.subjects).isdisjoint(body["subjects"]) for body in stopped)

    def _behind_equal(self, tables: SourceTables, opened: Opened, answers: Sequence[Answer]) -> frozenset[Decimal]:
        """What the last few answers withhold, while the data stay the same: equal ones are counted once."""
        asked = [answer.to_json() for answer in answers]
        about = [
            opened.subjects,
            opened.comparators,
            opened.period,
            opened.request.categories,
            opened.compares_with,
            opened.policy,
        ]
        key = sha256_of(repr([tables.snapshots, about, asked]).encode())
        found = self._withheld.get(key)
        return self._withheld.keep(key, withheld_figures(tables, opened, answers)) if found is None else found

    def _pupils(self, tables: SourceTables) -> frozenset[Words]:
        """The pupils' names in the data, kept while the snapshots stay the same."""
        key = tables.snapshots
        if self._names is None or self._names[0] != key:
            self._names = (key, pupils_names(tables))
        return self._names[1]


def pupils_names(tables: SourceTables) -> frozenset[Words]:
    """The names of all pupils in the data, as words; none where the data are not about pupils."""
    if "pupils" not in tables.tables:
        return frozenset()
    rows = tables.arrow(tables.pupils[["forename", "surname"]].distinct())
    pairs = zip(rows["forename"].to_pylist(), rows["surname"].to_pylist(), strict=True)
    return frozenset(name for forename, surname in pairs for name in names_of_pupil(forename, surname))


def named_in(opened: Opened, pupils: frozenset[Words]) -> Named:
    """Who may not be named in a report: pupils; at aggregate detail also the establishments of the register.

    One that the report is for stands in its parameters already.
    """
    if opened.request.detail != "aggregate":
        return Named(pupils)
    given = " ".join(filter(None, opened.parameters.values()))
    urns = frozenset(urn for urn in opened.community.standings if urn not in given)
    names = (opened.community.name(f"establishment:{urn}") for urn in urns)
    return Named(pupils, frozenset(words for name in names for words in names_of_establishment(name)), urns)


def printed_figures(release: Mapping[str, Any]) -> frozenset[Decimal]:
    """Every figure that a release prints in a table, or states in the custodian's own words and its parameters."""
    return frozenset().union(*(figures_in(text) for key in _FOR_READERS for text in _strings(release[key])))


def withheld_figures(tables: SourceTables, opened: Opened, answers: Iterable[Answer]) -> frozenset[Decimal]:
    """The true figures behind every ``c`` of these answers: counted anew, for no file keeps them.

    None of published figures, which everybody can add up.
    """
    found: set[Decimal] = set()
    from kdsp_lib.custodian.answering import cohort_of, figures_of

    cohort = cohort_of(opened)
    for answer in answers:
        if opened.is_published or not _withholds(answer):
            continue
        counted = {table.name for table in answer.tables if not is_empty(table)}
        for code, members in {OWN: answer.subjects, **answer.comparators}.items():
            asked = {
                name: replace(question, compare=None)
                for name, question in answer.questions.items()
                if name in counted and code in (OWN, question.compare)
            }
            if not asked:
                continue
            cube = build_cube(count_atoms(tables, replace(cohort, subjects=members), asked), opened.policy)
            nothing = np.zeros(len(cube.keys), dtype=bool)
            true = {name: figures_of(cube, name, nothing, opened).cells for name in asked}
            found |= _behind(answer, true, code)
    return frozenset(found)


def _withholds(answer: Answer) -> bool:
    return any(HIDDEN in table.values for table in answer.tables)


def _behind(answer: Answer, true: Mapping[str, Sequence[Cell]], whose: str) -> set[Decimal]:
    """The figures behind every ``c`` of an answer, from the true cells of its tables: of those ``whose`` they are."""
    found: set[Decimal] = set()
    for table in answer.tables:
        beside = () if table.asked.compare is None else (whose,)
        known = {(*cell.codes, *beside): cell.values for cell in true.get(table.name, ())}
        for cell in table.cells:
            pairs = zip(cell.values, known.get(cell.codes, cell.values), strict=True)
            found.update(value for printed, said in pairs if printed == HIDDEN for value in figures_in(said))
    return found


def _names_of_tables(answers: Iterable[Answer]) -> Iterator[Text]:
    """What a notebook called its tables becomes names of files."""
    tables = [table for answer in answers for table in answer.tables]
    for number, table in enumerate(tables, start=1):
        yield Text(f"name of table {number}", "code", table.name)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from _strings(list(value.values()))
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _strings(item)
