"""Earlier answers read back onto the data they were made from: which cells they printed and which they withheld."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from kdsp_lib.analyse.assembly import build_cube
from kdsp_lib.analyse.atoms import Atoms, count_atoms, list_pupils
from kdsp_lib.analyse.attribute import ATTRIBUTES
from kdsp_lib.analyse.cohort import Cohort
from kdsp_lib.analyse.comparison import own_rows
from kdsp_lib.analyse.crossing import Past, Sample
from kdsp_lib.analyse.cube import Cube, Flags
from kdsp_lib.analyse.figures import read_back
from kdsp_lib.analyse.layout import Earlier
from kdsp_lib.analyse.measure import MEASURES
from kdsp_lib.analyse.reference import own_cells
from kdsp_lib.analyse.sum import SUMS
from kdsp_lib.analyse.symbol import NOT_AVAILABLE
from kdsp_lib.model.policy import DisclosurePolicy
from kdsp_lib.model.question import Question
from kdsp_lib.model.table import Table
from kdsp_lib.source.sample import FURTHER

if TYPE_CHECKING:
    import pandas as pd

    from kdsp_lib.model.answer import Answer
    from kdsp_lib.protocol.community import Community
    from kdsp_lib.source.tables import SourceTables

Tables = Mapping[str, Earlier]
"""Earlier questions, under names that no new table can have."""


def earlier_tables(
    answers: Sequence[Answer],
    public: Sequence[Answer] = (),
    *,
    of_several: bool = False,
) -> Tables:
    """Every table of earlier answers, and of figures that others have published.

    What an establishment was told whole of itself binds nothing: each is taken to know all of its own pupils anyway.
    Nor do comparators, which are an edition's.
    ``of_several``: for a reader who was told such figures of several bodies they bind, as who holds them knows more.
    """
    found: dict[str, Earlier] = {}
    for number, answer in enumerate((*answers, *public), start=1):
        if answer.is_aggregate or (answer.whole_for and not of_several):
            continue
        for table in answer.tables:
            if not (MEASURES[table.asked.measure].published or is_empty(table)):
                found[f"{number}/{table.name}"] = Earlier(
                    replace(table.asked, compare=None),
                    tuple(answer.subjects),
                    table.left_out.get(table.name, frozenset()),
                    own_rows(table.asked, table.cells),
                    public=number > len(answers),
                    is_rounded=answer.round_to > 0,
                    proved=answer.whole_for is not None,
                )
    return found


def comparable(public: Sequence[Answer], tables: SourceTables) -> tuple[Answer, ...]:
    """The public figures that the data at hand could count: of results that a report does not have it tells nothing."""
    return tuple(
        answer
        for answer in public
        if all(_datasets(table.asked) & set(FURTHER) <= set(tables.tables) for table in answer.tables)
    )


def _datasets(question: Question) -> set[str]:
    """What a table is made from, by its measure and by what it is split by."""
    measure = MEASURES[question.measure]
    summed = (SUMS[name].dataset for name in measure.sums)
    return {measure.dataset, *summed, *(ATTRIBUTES[name].dataset for name in question.by)}


def is_empty(table: Table) -> bool:
    """Whether there were no data to make it from: it prints nothing and withholds nothing, so it binds nothing.

    What is published beside its figures may be there all the same.
    """
    return all(value == NOT_AVAILABLE for cell in own_cells(table) for value in cell.values)


def controllers(community: Community, urns: Iterable[str]) -> dict[str, str]:
    """Who runs each establishment."""
    return {urn: community.controller(urn) for urn in sorted(set(urns))}


def subjects_of(before: Tables) -> frozenset[str]:
    """All that earlier tables were about."""
    return frozenset(urn for old in before.values() for urn in old.subjects)


def withheld_in(cube: Cube, answered: Iterable[Table]) -> Flags:
    """The cells that tables withhold, of those asked now: the cube's own tables as answered already."""
    hidden = np.zeros(len(cube.keys), bool)
    for table in answered:
        cells = own_rows(table.asked, table.cells)
        hidden[list(read_back(cube.tables[table.name], cells).hidden)] = True
    return hidden & ~cube.structural


def sample_of(atoms: Atoms, pupils: pd.DataFrame, cube: Cube) -> Sample:
    """A cube with its pupils, as `list_pupils` has them of these atoms, to be compared with another."""
    told = atoms.frame["urn"].isin(atoms.told)
    return Sample(cube, pupils, tuple(atoms.frame["controller"]), tuple(told))


def past_of(
    tables: SourceTables,
    answers: Sequence[Answer],
    community: Community,
    told: frozenset[str] = frozenset(),
    *,
    policy: DisclosurePolicy,
    of_several: bool = False,
    same_period: bool,
) -> Past:
    """Answers made from these tables, as what binds those made from others."""
    before = earlier_tables(answers, of_several=of_several)
    urns = subjects_of(before)
    cohort = Cohort(tuple(urns), controllers(community, urns), tables.period, told=told)
    atoms = count_atoms(tables, cohort, {}, before)
    cube = build_cube(atoms, policy)
    sample = sample_of(atoms, list_pupils(tables, atoms), cube)
    return Past(sample, cube.shown_before, cube.withheld_before, same_period)
