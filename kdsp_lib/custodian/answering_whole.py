"""An establishment's own figures told whole, to itself or by a recorded duty; its comparators made safe from it.

They are its own records (clause 3): nothing of them is withheld, and nothing that was released or asked before can cost
one. A comparator is an aggregate. Whoever reads it here knows the establishment's pupils one by one, so these are taken
away from all that is compared, and from all that its readers hold besides: what is left is the others', and is made
safe as it would be from anybody. Where that cannot be proved the comparator gives way, and never an own figure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kdsp_lib.analyse.assembly import build_cube
from kdsp_lib.analyse.atoms import Atoms, count_atoms, list_pupils
from kdsp_lib.analyse.cohort import Cohort
from kdsp_lib.analyse.count_tables import whole_rows
from kdsp_lib.analyse.crossing import cross
from kdsp_lib.analyse.cube import Cube, Flags
from kdsp_lib.custodian.answering import (
    Before,
    Unproved,
    cohort_of,
    counts_of,
    giving_way,
    notes_of,
    refusal_of,
    summed,
    table_of,
)
from kdsp_lib.custodian.giving_way import LeftOut, rows_in_the_way, whole_tables
from kdsp_lib.custodian.past import comparable, earlier_tables, sample_of, subjects_of
from kdsp_lib.custodian.past import controllers as controllers_of
from kdsp_lib.custodian.protecting import protect_cube, system_of
from kdsp_lib.custodian.too_few import refuse_small_filters, refuse_spreads_of_few
from kdsp_lib.custodian.year_and_terms import withheld_of_the_year
from kdsp_lib.errors import Broken, Disclosive
from kdsp_lib.model.answer import Answer
from kdsp_lib.model.question import OWN, Question
from kdsp_lib.protect.system import Unprotectable

if TYPE_CHECKING:
    import pandas as pd

    from kdsp_lib.custodian.opening import Opened
    from kdsp_lib.source.tables import SourceTables

Row = tuple[str, tuple[str, ...]]
"""A row of a part of a table, by the part's name and the row's codes."""


@dataclass(frozen=True, slots=True)
class _View:
    """What some reader holds of the others, with all that is compared now and the pupils of it."""

    before: Before
    atoms: Atoms
    pupils: pd.DataFrame | None


@dataclass(frozen=True, slots=True)
class _Settled:
    """What is withheld of the comparators: by row, of its base, of what is counted, of the rest of the base."""

    withheld: Mapping[Row, tuple[bool, ...]]
    cube: Cube | None
    hidden: Flags
    zeros_hidden: bool
    search: Mapping[str, int]


_NOTHING = _Settled({}, None, np.zeros(0, bool), False, {})


def answer_whole(
    tables: SourceTables, opened: Opened, asked: Mapping[str, Question], views: Sequence[Before]
) -> Answer:
    """The establishment's own figures as they are, its comparators safe in each of the ``views``.

    The questions have been checked. Raises Disclosive for a comparator of a filter or a spread that
    tells of too few others.
    """
    atoms = count_atoms(tables, cohort_of(opened), asked)
    compared = {name: question for name, question in asked.items() if question.compare not in (None, OWN)}
    if not compared:
        return _answer(opened, asked, atoms, (), {}, _NOTHING)
    others = [_view_of(tables, opened, compared, before) for before in views]

    def attempt(left_out: LeftOut) -> Answer | Unproved:
        settled = _settled(opened, others, left_out)
        return settled if isinstance(settled, Unproved) else _answer(opened, asked, atoms, views, left_out, settled)

    try:
        return giving_way(attempt)[0]
    except Disclosive:
        every = whole_tables(build_cube(others[0].atoms, opened.policy))
        return _answer(opened, asked, atoms, views, every, _NOTHING)


def _view_of(tables: SourceTables, opened: Opened, compared: Mapping[str, Question], before: Before) -> _View:
    """All that is compared beside what some reader holds, without the pupils that the establishment knows."""
    own = frozenset(opened.subjects)
    public = comparable(before.public, tables)
    earlier = earlier_tables(before.answers, public, own, of_several=before.of_several)
    runs = controllers_of(opened.community, opened.establishments.union(subjects_of(earlier)))
    cohort = Cohort((), runs, opened.period, comparators=_others(opened), told=before.told - own)
    atoms = count_atoms(tables, cohort, compared, earlier)
    refuse_small_filters(atoms, opened.policy)
    refuse_spreads_of_few(build_cube(atoms, opened.policy))
    return _View(before, atoms, list_pupils(tables, atoms) if before.pasts else None)


def _others(opened: Opened) -> Mapping[str, tuple[str, ...]]:
    """The comparators without the establishment itself."""
    return {name: tuple(urn for urn in urns if urn not in opened.subjects) for name, urns in opened.comparators.items()}


def _settled(opened: Opened, views: Sequence[_View], left_out: LeftOut) -> _Settled | Unproved:
    """What is withheld of the comparators so that they are safe in every view, with rows ``left_out``."""
    may_hide_zeros = False
    while True:
        settled: _Settled | None = None
        for view in views:
            found = _settled_in(opened, view, settled, left_out, may_hide_zeros=may_hide_zeros)
            if isinstance(found, Unproved):
                return found
            settled = found
        if settled is None:
            raise Broken("An answer is given to nobody.")
        if len(views) == 1 or settled.zeros_hidden == may_hide_zeros:
            return settled
        may_hide_zeros = settled.zeros_hidden


def _settled_in(
    opened: Opened, view: _View, so_far: _Settled | None, left_out: LeftOut, *, may_hide_zeros: bool
) -> _Settled | Unproved:
    """The same in one view, with all that was withheld ``so_far``."""
    pasts = view.before.pasts
    cube = build_cube(view.atoms.without(left_out), opened.policy)
    printed = cube.shown_before
    hidden = cube.withheld_before | (withheld_of_the_year(cube, pasts) & ~printed)
    withheld = None if so_far is None else _cells(cube, so_far.withheld)
    crossed = None if view.pupils is None else cross(sample_of(view.atoms, view.pupils, cube), pasts)
    zeros_hidden = may_hide_zeros or (so_far is not None and so_far.zeros_hidden)
    try:
        protected = protect_cube(
            cube,
            printed,
            hidden,
            crossed,
            news=cube.current & ~printed,
            withheld=withheld,
            zeros_hidden=zeros_hidden,
        )
    except Unprotectable as error:
        rows = rows_in_the_way(cube, system_of(cube, printed, hidden, crossed).equations, error.cells, printed)
        return Unproved(rows, refusal_of(view.before, error, ()))
    whole = whole_rows(cube, protected.hidden if withheld is None else protected.hidden | withheld)
    rows_withheld = {
        (part, row.codes): tuple(cell >= 0 and bool(whole[cell]) for cell in (row.base, row.counted, row.rest))
        for part, table in cube.tables.items()
        for row in table.rows
    }
    search = summed(protected.search, so_far.search if so_far else None)
    return _Settled(rows_withheld, cube, whole, zeros_hidden or protected.zeros_hidden, search)


def _cells(cube: Cube, withheld: Mapping[Row, tuple[bool, ...]]) -> Flags:
    """The cells of a cube that are withheld, by their rows; of a row that only it has, none."""
    hidden = np.zeros(len(cube.keys), bool)
    for part, table in cube.tables.items():
        for row in table.rows:
            of_row = zip((row.base, row.counted, row.rest), withheld.get((part, row.codes), ()), strict=False)
            hidden[[cell for cell, is_withheld in of_row if is_withheld and cell >= 0]] = True
    return hidden & ~cube.structural


def _answer(
    opened: Opened,
    asked: Mapping[str, Question],
    atoms: Atoms,
    views: Sequence[Before],
    left_out: LeftOut,
    settled: _Settled,
) -> Answer:
    """The tables: of the establishment's own nothing is withheld, of the comparators what is ``settled``."""
    cube = build_cube(atoms.without(left_out), opened.policy)
    refuse_spreads_of_few(cube)
    hidden = _cells(cube, settled.withheld)
    notes = notes_of(opened, asked, zeros_hidden=settled.zeros_hidden)
    others = settled.cube
    return Answer(
        questions=asked,
        subjects=opened.subjects,
        tables=tuple(
            table_of(cube, name, question, hidden, opened, notes, left_out) for name, question in asked.items()
        ),
        counts=() if others is None else counts_of(others, settled.hidden, (), _others(opened)),
        zeros_hidden=settled.zeros_hidden,
        search=settled.search,
        compared_with=tuple(dict.fromkeys(name for view in views for name in (*view.open_releases, *view.sources))),
        comparators=opened.comparators,
        whole_for=opened.whole_for,
    )
