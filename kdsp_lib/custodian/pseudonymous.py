"""The list of a group's pupils of whom nobody is recognised: one more table of its report's linked system.

Its cells are cells like those of every table: by the same rules, beside all that each reader could hold. The ledger
keeps them as counts, and no pupil. References are made for this very list: another recipient, term, edition of the data
or choice of columns has others, so that two lists cannot be put together row by row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from kdsp_lib.analyse.assembly import build_cube
from kdsp_lib.analyse.atoms import Atoms, count_atoms, list_pupils
from kdsp_lib.analyse.attribute import ATTRIBUTES
from kdsp_lib.analyse.axes import make_axes
from kdsp_lib.analyse.crossing import cross
from kdsp_lib.analyse.pseudonymous_list import (
    LISTABLE,
    class_of_each,
    code_of,
    is_sensitive,
    levels_of,
    list_question,
    place_of,
    words_of,
)
from kdsp_lib.analyse.pupil_list import LIST_COLUMNS, REFERENCE
from kdsp_lib.custodian import words
from kdsp_lib.custodian.answering import Before, cohort_of
from kdsp_lib.custodian.ledger_entry import canonical
from kdsp_lib.custodian.listing import permitted_columns
from kdsp_lib.custodian.past import comparable, earlier_tables, sample_of, subjects_of
from kdsp_lib.custodian.protecting import refuse_unless_safe
from kdsp_lib.errors import Disclosive
from kdsp_lib.model.answer import Answer
from kdsp_lib.model.listing import Listing
from kdsp_lib.model.policy import DisclosurePolicy
from kdsp_lib.model.question import Question
from kdsp_lib.model.table import Cell, Table
from kdsp_lib.protect.classes import ListedColumn, make_cells
from kdsp_lib.protect.system import Unprotectable
from kdsp_lib.source.pseudonym import pseudonym

if TYPE_CHECKING:
    from kdsp_lib.custodian.opening import Opened
    from kdsp_lib.source.tables import SourceTables

NAME = "pupil-list"
"""No table of a notebook is called so: their names have no hyphen."""


def pseudonymous_list(
    tables: SourceTables,
    opened: Opened,
    columns: object,
    views: Sequence[Before],
    secret: bytes,
    listed_before: Sequence[Answer] = (),
) -> tuple[Listing, Answer]:
    """The pupils of the group, a row each, and the list's cells as an answer that binds what is answered later.

    Most is told of what is asked for first: where the list would give something away beside what is out, what is asked
    for last is told of less. ``listed_before``: lists that this very report released from the same data; the same is
    given again. Raises NotAuthorised for a column that is not permitted, Disclosive where no list can be made safe.
    """
    asked = permitted_columns(columns, opened, (REFERENCE, *LISTABLE))
    names = tuple(name for name in asked if name != REFERENCE)
    atoms = count_atoms(tables, cohort_of(opened), {NAME: list_question(names)})
    answer = next((a for a in listed_before if _question_of(a).by == names), None)
    if answer is None:
        answer = _safe(tables, opened, atoms, names, views)
    return _listing(tables, opened, atoms, answer, secret), answer


def family_of(recipient: str, period: str, snapshots: Mapping[str, str], question: Question) -> str:
    """The family of a list's references: whatever differs here, the same pupil has another."""
    return canonical(["pseudonymous list", recipient, period, dict(snapshots), question.to_json()])


def _safe(
    tables: SourceTables,
    opened: Opened,
    atoms: Atoms,
    names: tuple[str, ...],
    views: Sequence[Before],
) -> Answer:
    """The list that tells all that its rows allow; else column by column as much as is safe for every reader."""

    def attempt(depths: Mapping[str, int]) -> Answer | None:
        question = with_classes(atoms, names, opened.policy, depths)
        if question is None:
            return None
        answer = _answer(opened, atoms, question)
        try:
            for before in views:
                _check(tables, opened, answer, before)
        except Unprotectable:
            return None
        return answer

    leaves = {axis.name: axis.leaves for axis in make_axes(atoms).axes}
    most = {name: len(levels_of(ATTRIBUTES[name], leaves[name])) for name in names}
    found = attempt(most)
    if found is not None:
        return found
    depths = dict.fromkeys(names, 0)
    found = attempt(depths)
    if found is None:
        earlier = dict.fromkeys(name for before in views for name in before.releases)
        raise Disclosive(
            "The pupils cannot be listed: even a list that shows nothing of them tells of too few.",
            faults=words.beside(earlier),
            rule=f"what is shown of a pupil is shared by {opened.policy.threshold} or more of "
            f"{opened.policy.controllers} controllers or more, without any one too",
            remedy="ask for tables instead, or for a larger group",
        )
    for name in names:
        for depth in range(most[name], 0, -1):
            more = attempt({**depths, name: depth})
            if more is not None:
                depths[name], found = depth, more
                break
    return found


def with_classes(
    atoms: Atoms, names: tuple[str, ...], policy: DisclosurePolicy, depths: Mapping[str, int] | None = None
) -> Question | None:
    """The question with what the rows of its list show; None where there can be no list.

    ``depths``: by column how many of its levels may be told apart; all of them where it is not said. ``policy``: how
    many controllers a value needs.
    """
    axes = {axis.name: axis.leaves for axis in make_axes(atoms).axes}
    columns = []
    for name in names:
        leaves = axes[name]
        place = {leaf: k for k, leaf in enumerate(leaves)}
        whole, every = ((leaves,),), levels_of(ATTRIBUTES[name], leaves)
        levels = whole + every[: len(every) if depths is None else depths[name]]
        columns.append(
            ListedColumn(
                values=np.array([place[leaf] for leaf in atoms.frame[name]], dtype=np.int64),
                levels=tuple(tuple(frozenset(place[leaf] for leaf in part) for part in level) for level in levels),
                is_sensitive=is_sensitive(name),
                controllers=policy.controllers_for((ATTRIBUTES[name].category,)),
            )
        )
    owners = np.unique(atoms.frame["controller"].to_numpy(dtype=str), return_inverse=True)[1]
    cells = make_cells(columns, atoms.frame["n"].to_numpy(dtype=np.int64), owners.astype(np.int64), policy)
    if cells is None:
        return None
    leaves_of = [axes[name] for name in names]
    classes = tuple(
        tuple(code_of(tuple(all_[k] for k in values), all_) for values, all_ in zip(cell.shown, leaves_of, strict=True))
        for cell in cells
    )
    return replace(list_question(names), classes=classes)


def _answer(opened: Opened, atoms: Atoms, question: Question) -> Answer:
    """The cells of a list as a table that was answered: what they show, and how many pupils show it."""
    counted = np.bincount(class_of_each(atoms.frame, question), atoms.frame["n"], len(question.classes))
    pairs = zip(question.classes, counted, strict=True)
    table = Table(NAME, question, tuple(Cell(codes, (str(int(number)),)) for codes, number in pairs))
    return Answer({}, opened.subjects, (table,), (), zeros_hidden=False, search={})


def _check(tables: SourceTables, opened: Opened, answer: Answer, before: Before) -> None:
    """Unprotectable where the list, printed beside all that a reader holds, gives anything away."""
    known = earlier_tables((*before.answers, answer), comparable(before.public, tables))
    earlier = {name: replace(old, settled=False) for name, old in known.items()}
    cohort = cohort_of(opened, subjects_of(earlier), before.told)
    atoms = count_atoms(tables, cohort, {}, earlier)
    cube = build_cube(atoms, opened.policy)
    crossed = cross(sample_of(atoms, list_pupils(tables, atoms), cube), before.pasts) if before.pasts else None
    zeros_hidden = any(each.zeros_hidden for each in before.answers)
    refuse_unless_safe(cube, cube.shown_before, cube.withheld_before, crossed, zeros_hidden=zeros_hidden)


def _listing(tables: SourceTables, opened: Opened, atoms: Atoms, answer: Answer, secret: bytes) -> Listing:
    """A row a pupil: the reference, and what its class shows. In the order of what is shown, then of references."""
    question = _question_of(answer)
    family = family_of(opened.request.recipient, opened.period, opened.snapshots, question)
    attributes = [ATTRIBUTES[name] for name in question.by]
    shown = [[words_of(a, code) for a, code in zip(attributes, codes, strict=True)] for codes in question.classes]
    places = [[place_of(a, code) for a, code in zip(attributes, codes, strict=True)] for codes in question.classes]
    class_of = class_of_each(atoms.frame, question)
    pupils = list_pupils(tables, atoms)
    rows = [
        (places[class_of[atom]], pseudonym(key, secret=secret, family=family), shown[class_of[atom]])
        for key, atom in zip(pupils["pupil_key"], pupils["atom"], strict=True)
    ]
    policy = opened.policy
    shared = words.PSEUDONYMS.format(
        pupils=policy.threshold, controllers=policy.controllers, sensitive=policy.sensitive_controllers
    )
    return Listing(
        title="Pupils on roll, by reference",
        scope=words.scope(opened),
        columns={name: LIST_COLUMNS[name].label for name in (REFERENCE, *question.by)},
        rows=tuple((reference, *texts) for _, reference, texts in sorted(rows, key=lambda row: row[:2])),
        notes=tuple(filter(None, (shared, words.coverage_of_table(opened)))),
        name=NAME,
    )


def _question_of(answer: Answer) -> Question:
    return answer.tables[0].asked
