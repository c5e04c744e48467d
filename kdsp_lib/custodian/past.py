"""Earlier answers read back onto the data they were made from: which cells they printed and which they withheld."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from kdsp_lib.analyse.assembly import build_cube
from kdsp_lib.analyse.atoms import Atoms, count_atoms, list_pupils
from kdsp_lib.analyse.cohort import Cohort
from kdsp_lib.analyse.crossing import Past, Sample
from kdsp_lib.analyse.cube import Cube, Flags
from kdsp_lib.analyse.figures import read_back
from kdsp_lib.analyse.layout import Earlier
from kdsp_lib.analyse.question import Question

if TYPE_CHECKING:
    from kdsp_lib.custodian.answering import Answer
    from kdsp_lib.protocol.community import Community
    from kdsp_lib.source.tables import SourceTables

Tables = Mapping[str, tuple[Earlier, Mapping[str, Any]]]
"""Earlier questions with the tables that answered them, under names that no new table can have."""


def earlier_tables(answers: Sequence[Answer]) -> Tables:
    """Every table of earlier answers."""
    return {
        f"{number}/{table['name']}": (Earlier(Question.from_json(table["question"]), answer.subjects), table)
        for number, answer in enumerate(answers, start=1)
        for table in answer.tables
    }


def controllers(community: Community, urns: Iterable[str]) -> dict[str, str]:
    """Who runs each establishment."""
    return {urn: community.controller(urn) for urn in sorted(set(urns))}


def subjects_of(before: Tables) -> frozenset[str]:
    """All that earlier tables were about."""
    return frozenset(urn for old, _ in before.values() for urn in old.subjects)


def already_shown(cube: Cube, before: Tables) -> tuple[Flags, Flags]:
    """The cells that earlier tables printed, and those that they withheld."""
    printed, hidden = np.zeros(len(cube.keys), bool), np.zeros(len(cube.keys), bool)
    for name, (_, table) in before.items():
        shown = read_back(cube.earlier_tables[name], table["cells"])
        printed[list(shown.printed)] = True
        hidden[list(shown.hidden)] = True
    return printed, hidden & ~printed


def sample_of(tables: SourceTables, atoms: Atoms, cube: Cube) -> Sample:
    """A cube with its pupils, to be compared with another."""
    return Sample(cube, list_pupils(tables, atoms), tuple(atoms.frame["controller"]))


def past_of(tables: SourceTables, answers: Sequence[Answer], community: Community, *, same_period: bool) -> Past:
    """Answers made from these tables, as what binds answers made from others."""
    before = earlier_tables(answers)
    urns = subjects_of(before)
    cohort = Cohort(tuple(urns), controllers(community, urns), tables.period)
    atoms = count_atoms(tables, cohort, {}, {name: old for name, (old, _) in before.items()})
    cube = build_cube(atoms)
    printed, hidden = already_shown(cube, before)
    return Past(sample_of(tables, atoms, cube), printed, hidden, same_period)
