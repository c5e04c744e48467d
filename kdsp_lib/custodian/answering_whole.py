"""An establishment's own figures told whole, to itself or by a recorded duty.

They are its own records (clause 3): nothing of them is withheld or rounded, and nothing that was released or asked
before can cost one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from kdsp_lib.analyse.assembly import build_cube
from kdsp_lib.analyse.atoms import count_atoms
from kdsp_lib.custodian.answering import cohort_of, notes_of, table_of
from kdsp_lib.custodian.too_few import refuse_spreads_of_few
from kdsp_lib.model.answer import Answer

if TYPE_CHECKING:
    from kdsp_lib.custodian.opening import Opened
    from kdsp_lib.model.question import Question
    from kdsp_lib.source.tables import SourceTables


def answer_whole(tables: SourceTables, opened: Opened, asked: Mapping[str, Question]) -> Answer:
    """The establishment's own figures as they are. The questions have been checked, and compare with nobody."""
    cube = build_cube(count_atoms(tables, cohort_of(opened), asked), opened.policy)
    refuse_spreads_of_few(cube)
    hidden = np.zeros(len(cube.keys), bool)
    notes = notes_of(opened, asked, zeros_hidden=False)
    return Answer(
        questions=asked,
        subjects=opened.subjects,
        tables=tuple(table_of(cube, name, question, hidden, opened, notes, {}) for name, question in asked.items()),
        counts=(),
        zeros_hidden=False,
        search={},
        whole_for=opened.whole_for,
    )
