"""The populations that tables are about, each once: whatever table counts the same kinds, it is one figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from kdsp_lib.sdc.identity import Bools, Floats, Ints
from kdsp_lib.sdc.kinds import AskedTable, Kinds, controllers_needed, of_few_controllers
from kdsp_lib.sdc.recoding import RecodedTable
from kdsp_lib.sdc.rules import Rules
from kdsp_lib.sdc.suppression import worth

NONE = -1


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Which populations the rows of a table are: their bases, and what is counted of them (`NONE` without)."""

    base: Ints
    counted: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Populations:
    """Distinct ``populations`` by kinds; ``printed``: of each recoded table its rows.

    ``unit``: what each is rounded to; ``worth``: to readers, 0 where no table prints it; ``few``: of too few
    controllers, and no published figure; ``published``: of each school; ``known``: to everybody, exactly.
    """

    populations: sp.csr_matrix
    rows: tuple[Rows, ...]
    unit: Ints
    worth: Floats
    few: Bools
    published: Bools
    known: Bools


class _Register:
    """Populations as they come, each once."""

    def __init__(self) -> None:
        self._seen: dict[bytes, int] = {}
        self._members: list[Ints] = []

    def places(self, member: sp.csr_matrix) -> Ints:
        """The place of each row's population; a row without kinds has `NONE`."""
        member.sort_indices()
        found = np.full(member.shape[0], NONE, np.int64)
        for row in range(member.shape[0]):
            kinds = member.indices[member.indptr[row] : member.indptr[row + 1]].astype(np.int32)
            if len(kinds):
                found[row] = self._seen.setdefault(kinds.tobytes(), len(self._members))
                if found[row] == len(self._members):
                    self._members.append(kinds)
        return found

    def matrix(self, kinds: int) -> sp.csr_matrix:
        starts = np.concatenate([[0], np.cumsum([len(each) for each in self._members])]).astype(np.int64)
        columns = np.concatenate([*self._members, np.zeros(0, np.int32)]).astype(np.int32)
        return sp.csr_matrix((np.ones(len(columns), np.int64), columns, starts), shape=(len(self._members), kinds))


def populations_of(
    kinds: Kinds, asked: Sequence[AskedTable], recoded: Sequence[RecodedTable], rules: Rules, settled: int = 0
) -> Populations:
    """All that tables ask for and print: bases, what is counted of them, and the rest, as asked and as recoded.

    The first ``settled`` tables are out already: what they print stays in their unit.
    """
    register = _Register()
    rows: list[Rows] = []
    told: list[tuple[AskedTable, Ints, sp.csr_matrix, bool, Bools]] = []
    for place, table in enumerate([*(each.table for each in recoded), *asked]):
        base = register.places(table.base)
        counted = np.full(len(base), NONE, np.int64)
        is_out = place < settled
        told.append((table, base, table.base, is_out, table.base_published))
        if table.counted is not None:
            counted = register.places(table.counted)
            told.append((table, counted, table.counted, is_out, table.published))
            rest = sp.csr_matrix(table.base - table.counted)
            rest.eliminate_zeros()
            register.places(rest)
        if place < len(recoded):
            rows.append(Rows(base, counted))
    matrix = register.matrix(len(kinds.pupils))
    size = matrix.shape[0]
    unit, value = np.full(size, rules.rounding.round_to, np.int64), np.zeros(size)
    of_settled = np.zeros(size, np.int64)
    few, published, known = np.zeros((3, size), bool)
    for table, places, member, is_out, is_free in told:
        there = places != NONE
        if table.is_known:
            known[places[there]] = True
        of_table = rules.rounding.sensitive_round_to if table.is_sensitive else rules.rounding.round_to
        np.maximum.at(unit, places[there], of_table)
        if is_out:
            np.maximum.at(of_settled, places[there], of_table)
        published[places[there & is_free]] = True
        found = of_few_controllers(sp.csr_matrix(member @ kinds.parts), controllers_needed(table, rules), rules)
        few[places[there & found & ~is_free]] = True
    for each, of_rows in zip(recoded, rows, strict=True):
        if each.table.is_printed and not each.table.is_known:
            worths = np.array([worth(codes, is_headline=each.table.is_headline) for codes in each.table.codes])
            for places in (of_rows.base, of_rows.counted):
                np.maximum.at(value, places[places != NONE], worths[places != NONE])
    small = np.asarray(matrix @ kinds.pupils) < rules.policy.threshold
    return Populations(
        matrix, tuple(rows), np.where(of_settled, of_settled, unit), value, few & ~published & ~small, published, known
    )
