"""An edition: tables recoded, rounded, and what remains suppressed, all of them proved together.

What fails the audit is drawn anew, then recoded, then suppressed. The same kinds, tables, rules, secret and memory give
the same edition, in whatever order anybody asks for its tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd

from kdsp_lib.errors import Disclosive
from kdsp_lib.sdc.audit import Findings
from kdsp_lib.sdc.draft import Draft
from kdsp_lib.sdc.identity import Bools, Ints
from kdsp_lib.sdc.kinds import AskedTable, Kinds, Summed
from kdsp_lib.sdc.memory import Memory, Method
from kdsp_lib.sdc.populations import NONE, Rows
from kdsp_lib.sdc.printed import HIDDEN, NOT_APPLICABLE, ROUNDED, Figure, PrintedRow, PrintedTable
from kdsp_lib.sdc.recoding import RecodedTable

ROUNDS = 60
"""So often an edition is audited at most; then it is refused."""
TRIMS = 24
"""So many withheld figures are tried at most, whether they have to be."""


@dataclass(frozen=True, slots=True)
class Edition:
    """The printed tables, in the order asked; what to remember; and how it was proved."""

    tables: tuple[PrintedTable, ...]
    memory: Memory
    findings: Findings
    rounds: int
    drawn_anew: int
    primary: int
    secondary: int


def protect_tables(
    kinds: Kinds,
    asked: Sequence[AskedTable],
    method: Method,
    memory: Memory | None = None,
    settled: Sequence[AskedTable] = (),
    summed: Summed | None = None,
) -> Edition:
    """Protect all of these tables at once, beside what everybody knows. `Disclosive` where that cannot be done.

    ``memory``: of an earlier edition, whose figures are kept where they may be. ``settled``: tables that are out, as
    ``memory`` has them, over these same kinds; they stay as they are, and the tables asked for give way. ``summed``: of
    kinds that hold sums (see `protect_sums`, which prints them beside the counts).
    """
    names = [(table.name, table.place) for table in (*settled, *asked)]
    if len(set(names)) < len(names):
        raise ValueError("two tables have one name")
    tables = [*_in_order(settled), *_in_order(asked)]
    draft = Draft(kinds, tables, method, Memory() if memory is None else memory, len(settled), summed)
    for number in range(1, ROUNDS + 1):
        findings = draft.audit()
        if not findings.failures:
            return _made(draft, asked, _trimmed(draft, findings), number)
        draft.give_way(findings.failures)
    raise Disclosive(
        "These tables could not be proved safe together.",
        rule="an edition is printed whole, and proved, or not at all",
        remedy="ask for fewer tables, or for coarser ones",
    )


def _trimmed(draft: Draft, findings: Findings) -> Findings:
    """Show again what is withheld for others' sake and need not be, what is worth most first; the last findings."""
    for withheld in draft.withheld_for_others()[:TRIMS]:
        draft.show_again(withheld)
        again = draft.audit()
        if again.failures:
            draft.withhold_again(withheld)
        else:
            findings = again
    return findings


def _in_order(asked: Sequence[AskedTable]) -> list[AskedTable]:
    return sorted(asked, key=lambda table: (table.name, table.place))


def _made(draft: Draft, asked: Sequence[AskedTable], findings: Findings, rounds: int) -> Edition:
    printed, withheld = draft.printed(), draft.withheld
    tables = {
        (each.table.name, each.table.place): _table(each, rows, draft, printed, withheld)
        for each, rows in zip(draft.recoded, draft.populations.rows, strict=True)
        if each.table.is_printed and not each.table.is_known
    }
    figures = draft.figures()
    # What is not asked for this time, or withheld, was printed all the same, and may be again.
    shown = {name: place for name, place in figures if not withheld[place]}
    memory = Memory(
        dict(sorted(draft.salts.items())),
        {**draft.memory.printed, **{name: int(printed[place]) for name, place in shown.items()}},
        frozenset(name for name, place in figures if withheld[place]),
        {(table.name, table.place): of for table, of in zip(draft.asked, draft.levels, strict=True)},
        {**draft.memory.same_pupils, **{draft.names[place]: int(printed[place]) for place in shown.values()}},
    )
    return Edition(
        tuple(tables[key] for key in ((table.name, table.place) for table in asked) if key in tables),
        memory,
        findings,
        rounds,
        draft.drawn_anew,
        int(draft.primary.sum()),
        draft.secondary,
    )


def _table(each: RecodedTable, rows: Rows, draft: Draft, printed: Ints, withheld: Bools) -> PrintedTable:
    table = each.table

    def figure(place: int) -> Figure:
        if place == NONE:
            return NOT_APPLICABLE
        return HIDDEN if withheld[place] else int(printed[place])

    made = tuple(
        PrintedRow(
            codes,
            figure(base),
            None if table.counted is None else HIDDEN if base != NONE and withheld[base] else figure(counted),
        )
        for codes, base, counted in zip(table.codes, rows.base, rows.counted, strict=True)
    )
    used = [*rows.base[rows.base != NONE], *rows.counted[rows.counted != NONE]]
    unit = gcd(*(int(draft.populations.unit[place]) for place in used)) or draft.rules.rounding.round_to
    notes = (ROUNDED.format(unit=unit), *each.notes)
    return PrintedTable(table.name, table.place, table.breakdowns, made, unit, labels=each.labels, notes=notes)
