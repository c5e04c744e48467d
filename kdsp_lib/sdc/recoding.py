"""Recoding: what is of too few controllers is shown together with its neighbours, by a ladder that is data.

Only what needs it climbs, with all of the group that it climbs to, and no higher than it must: primary year groups stay
as they are where those of two secondary schools are taken together. What is recoded has a label of its own, and a note
says what and why.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from kdsp_lib.sdc.identity import Bools
from kdsp_lib.sdc.kinds import ROOT, AskedTable


@dataclass(frozen=True, slots=True)
class Rung:
    """Codes taken together: for each code of the breakdown that of its group; and the groups' labels."""

    groups: Mapping[str, str]
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Ladder:
    """The rungs of a breakdown, from the finest; the first, every code by itself, goes without saying.

    Each is made of whole groups of the one before it, and has a label for each group but `ROOT`, everybody.
    """

    breakdown: str
    rungs: tuple[Rung, ...]

    def __post_init__(self) -> None:
        before: Mapping[str, str] | None = None
        for rung in self.rungs:
            missing = set(rung.groups.values()) - {ROOT} - rung.labels.keys()
            if missing:
                raise ValueError(f"{self.breakdown}: {', '.join(sorted(missing))} have no label")
            if before is not None:
                pairs = {(before[code], group) for code, group in rung.groups.items()}
                if before.keys() != rung.groups.keys() or len(pairs) != len({group for group, _ in pairs}):
                    raise ValueError(f"{self.breakdown}: a rung cuts through the one before it")
            before = rung.groups


Ladders = Mapping[str, Ladder]
Levels = tuple[Mapping[str, int], ...]
"""For each breakdown of a table the rung of each of its codes; 0, and not there, by itself."""


@dataclass(frozen=True, slots=True, eq=False)
class RecodedTable:
    """A table with some codes taken together, the labels of these, and notes in words."""

    table: AskedTable
    levels: Levels
    labels: Mapping[str, str]
    notes: tuple[str, ...]


def as_asked(table: AskedTable) -> Levels:
    """Every code by itself."""
    return tuple({} for _ in table.breakdowns)


def recoded(table: AskedTable, levels: Levels, ladders: Ladders, why: str) -> RecodedTable:
    """The table at these levels. A row that becomes everybody, where the table has that row, is that row."""
    labels: dict[str, str] = {}
    notes = []
    for axis, name in enumerate(table.breakdowns):
        used = {codes[axis] for codes in table.codes} - {ROOT}
        climbed = [code for code in sorted(used) if levels[axis].get(code)]
        together = Counter(group_of(code, name, levels[axis], ladders) for code in climbed)
        of_axis = {code: _label(code, ladders[name]) for code in together if code != ROOT}
        labels |= of_axis
        notes += [f"{label}: {why}." for code, label in of_axis.items() if together[code] > 1]
        if ROOT in together:
            notes.append(f"Not split by {name}: {why}.")
    places: dict[tuple[str, ...], list[int]] = {}
    there = set(table.codes)
    for place, codes in enumerate(table.codes):
        new = tuple(
            group_of(code, name, level, ladders)
            for code, name, level in zip(codes, table.breakdowns, levels, strict=True)
        )
        is_everybody = new != codes and all(one in (other, ROOT) for one, other in zip(new, codes, strict=True))
        if not (is_everybody and new in there):
            places.setdefault(new, []).append(place)
    adds = _adding(list(places.values()), len(table.codes))
    counted = None if table.counted is None else sp.csr_matrix(adds @ table.counted)
    made = replace(
        table,
        codes=tuple(places),
        base=sp.csr_matrix(adds @ table.base),
        counted=counted,
        is_published=np.array([table.published[group].all() for group in places.values()], bool),
        is_base_published=np.array([table.base_published[group].all() for group in places.values()], bool),
    )
    return RecodedTable(made, levels, labels, tuple(notes))


def climbed(table: AskedTable, levels: Levels, codes: Iterable[Sequence[str]], ladders: Ladders) -> Levels | None:
    """The levels after rows of these (recoded) codes climbed one rung of the first breakdown that has one for them.

    None where none of them can.
    """
    new: list[dict[str, int]] = [dict(of_axis) for of_axis in levels]
    has_moved = False
    for row in codes:
        for axis, name in enumerate(table.breakdowns):
            used = {each[axis] for each in table.codes} - {ROOT}
            inside = [code for code in sorted(used) if group_of(code, name, levels[axis], ladders) == row[axis]]
            rung = max((levels[axis].get(code, 0) for code in inside), default=0)
            if row[axis] == ROOT or name not in ladders or rung >= len(ladders[name].rungs):
                continue
            groups = ladders[name].rungs[rung].groups
            joined = {groups[code] for code in inside}
            for code in used:
                if groups[code] in joined or joined == {ROOT}:
                    new[axis][code] = rung + 1
            has_moved = True
            break
    return tuple(new) if has_moved else None


def enough_controllers(
    table: AskedTable, levels: Levels, ladders: Ladders, too_few: Callable[[AskedTable], Bools]
) -> Levels:
    """The levels from these on at which no row is of ``too_few`` controllers, as far as the ladders reach."""
    while True:
        made = recoded(table, levels, ladders, "").table
        failing = [codes for codes, fails in zip(made.codes, too_few(made), strict=True) if fails]
        higher = climbed(table, levels, failing, ladders)
        if higher is None:
            return levels
        levels = higher


def group_of(code: str, breakdown: str, levels: Mapping[str, int], ladders: Ladders) -> str:
    """What a code of a breakdown is taken together to."""
    level = levels.get(code, 0)
    return code if not level else ladders[breakdown].rungs[level - 1].groups[code]


def _label(group: str, ladder: Ladder) -> str:
    return next(rung.labels[group] for rung in ladder.rungs if group in rung.labels)


def _adding(groups: Sequence[Sequence[int]], size: int) -> sp.csr_matrix:
    row = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    column = np.array([place for group in groups for place in group], dtype=np.int64)
    return sp.csr_matrix((np.ones(len(row), dtype=np.int64), (row, column)), shape=(len(groups), size))
