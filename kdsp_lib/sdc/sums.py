"""Sums over pupils (of sessions, points, suspensions) beside the counts of an edition, for the means that are of them.

A sum is rounded to a unit that one pupil's largest part cannot move past, printed where its base is printed as enough,
and proved as counts are: of a population of few pupils nobody outside knows the sum more nearly than one pupil's
largest part, no controller knows it exactly, and what is mostly one controller's is left in doubt by p %.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from kdsp_lib.sdc.audit import Findings
from kdsp_lib.sdc.edition import Edition, protect_tables
from kdsp_lib.sdc.kinds import AskedTable, Kinds, Summed
from kdsp_lib.sdc.memory import Memory, Method
from kdsp_lib.sdc.printed import HIDDEN, UNRELIABLE, Figure, PrintedRow, PrintedTable
from kdsp_lib.sdc.recoding import recoded
from kdsp_lib.sdc.rounding import SumUnit

ROUNDED = "The sums behind means are rounded to {unit}."


@dataclass(frozen=True, slots=True)
class SumEdition:
    """The printed tables with their sums, in the order asked; what to remember of these; and how it was proved."""

    tables: tuple[PrintedTable, ...]
    memory: Memory
    findings: Findings


def protect_sums(
    edition: Edition,
    asked: Sequence[AskedTable],
    kinds: Kinds,
    method: Method,
    parts: sp.csr_matrix,
    unit: SumUnit,
    memory: Memory | None = None,
    settled: Sequence[AskedTable] = (),
) -> SumEdition:
    """The tables asked for with a sum over the base of each row. ``parts``: the sum, kinds by controllers.

    ``asked`` and ``kinds``: what the edition was made of; ``settled``: tables of it whose sums are out, as ``memory``
    has them. Raises `Disclosive` as `protect_tables` does.
    """
    printed = {(table.name, table.place): table for table in edition.tables}

    def of_sums(table: AskedTable) -> tuple[AskedTable, AskedTable]:
        levels = edition.memory.levels[(table.name, table.place)]
        shown = recoded(table, levels, method.ladders, "").table
        large = [
            k for k, codes in enumerate(shown.codes)
            if _is_enough(printed[(table.name, table.place)].row(*codes).base, method)
        ]  # fmt: skip
        some = replace(
            shown,
            codes=tuple(shown.codes[k] for k in large),
            base=shown.base[large],
            counted=None,
            is_published=shown.published[large],
            is_base_published=False,
        )
        fine = replace(table, name=f"{table.name}, as asked", counted=None, is_base_published=False, is_printed=False)
        return some, fine

    values = np.asarray(parts.sum(axis=1)).ravel()
    if (parts.data < 0).any() or (values > unit.largest * kinds.pupils).any():
        raise ValueError(f"{unit.name}: some pupil puts in less than nothing, or more than the most that one can")
    made = protect_tables(
        Kinds(values, parts, kinds.hashes, kinds.sole),
        [each for table in asked for each in of_sums(table)],
        replace(method, ladders={}),
        memory,
        [each for table in settled for each in of_sums(table)],
        summed=Summed(unit, kinds),
    )
    totals = {(table.name, table.place): {row.codes: row.base for row in table.rows} for table in made.tables}
    names = [(table.name, table.place) for table in asked]
    return SumEdition(
        tuple(_with_totals(printed[name], totals.get(name, {}), unit) for name in names),
        made.memory,
        made.findings,
    )


def _is_enough(base: Figure, method: Method) -> bool:
    return isinstance(base, int) and base >= method.rules.rounding.smallest_base


def _with_totals(table: PrintedTable, totals: dict[tuple[str, ...], Figure], unit: SumUnit) -> PrintedTable:
    def total(row: PrintedRow) -> Figure:
        if row.codes in totals:
            return totals[row.codes]
        return row.base if row.base in (HIDDEN, "z") and isinstance(row.base, str) else UNRELIABLE

    rows = tuple(replace(row, total=total(row)) for row in table.rows)
    return replace(table, rows=rows, sum_unit=unit.unit, notes=(*table.notes, ROUNDED.format(unit=unit.unit)))
