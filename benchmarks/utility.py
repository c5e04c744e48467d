"""What is lost by protecting the standard tables of an authority, beside what others do.

    python benchmarks/utility.py                 the demo's authority, and one of 60 schools and 25,000 pupils
    python benchmarks/utility.py --only larger

A figure is a base or a numerator of a row as it was asked for: *shown* by itself, *recoded* where its row is shown
together with others, or *withheld*. Errors of counts are in pupils, of rates in percentage points where the true base
is 30 or more. kdsp's edition is made in five orders of asking. Beside it: every count rounded to the nearest 5 (which
protects no institution, and small counts not from subtraction), and the threshold alone, as output checkers pass tables
(it withholds 1 to 5 and what is of too few controllers, and nothing that would give them back). tau-argus and sdcTable
are run elsewhere (`peers/`) on tables of their own form; here it is only said whether they are installed.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

import numpy as np
import pandas as pd
from standard_tables import LADDERS, SECRET, demo, larger, tables_of

from kdsp_lib.sdc.computed import rate
from kdsp_lib.sdc.edition import Edition, protect_tables
from kdsp_lib.sdc.kinds import ROOT, AskedTable, Kinds, controllers_needed, of_few_controllers
from kdsp_lib.sdc.memory import Method
from kdsp_lib.sdc.printed import PrintedRow
from kdsp_lib.sdc.rules import Rules

RULES = Rules()
METHOD = Method(SECRET, RULES, LADDERS)
ORDERS = 5
NEAREST = 5


@dataclass(frozen=True, slots=True)
class Truth:
    """A row as it is: its base, what is counted, and whether either is of too few controllers."""

    base: int
    counted: int | None
    few_base: bool
    few_counted: bool


RowName = tuple[str, str, tuple[str, ...]]
"""Table, place and codes."""
Rows = dict[RowName, Truth]
Printed = Mapping[RowName, PrintedRow]
"""The row as it is printed, of other codes where it is shown together with others."""


def truth_of(kinds: Kinds, tables: Sequence[AskedTable]) -> Rows:
    """All rows that are asked for."""
    rows: Rows = {}
    for table in (table for table in tables if table.is_printed):
        needed = controllers_needed(table, RULES)
        members = [table.base, table.counted if table.counted is not None else table.base]
        base, counted = (np.asarray(member @ kinds.pupils) for member in members)
        few, few_counted = (
            of_few_controllers(member @ kinds.parts, needed, RULES) & (not table.is_published) for member in members
        )
        for k, codes in enumerate(table.codes):
            rows[(table.name, table.place, codes)] = Truth(
                int(base[k]), None if table.counted is None else int(counted[k]), bool(few[k]), bool(few_counted[k])
            )
    return rows


def of_edition(edition: Edition, rows: Rows) -> Printed:
    """What an edition prints of each row: that row, or the one in which it is shown together with others."""
    printed = {(table.name, table.place): (table, {row.codes: row for row in table.rows}) for table in edition.tables}
    found: dict[RowName, PrintedRow] = {}
    for name, place, codes in rows:
        table, of_table = printed[(name, place)]
        groups = [_groups(code, breakdown) for code, breakdown in zip(codes, table.breakdowns, strict=True)]
        found[(name, place, codes)] = next(of_table[each] for each in product(*groups) if each in of_table)
    return found


def _groups(code: str, breakdown: str) -> list[str]:
    """A code, and what it may be taken together in."""
    rungs = LADDERS[breakdown].rungs if breakdown in LADDERS and code != ROOT else ()
    return list(dict.fromkeys((code, *(rung.groups[code] for rung in rungs))))


def rounded_to_nearest(rows: Rows) -> Printed:
    """Every count to the nearest multiple."""

    def near(count: int | None) -> int | None:
        return None if count is None else int((count + NEAREST // 2) // NEAREST * NEAREST)

    return {name: PrintedRow(name[2], near(row.base) or 0, near(row.counted)) for name, row in rows.items()}


def threshold_only(rows: Rows) -> Printed:
    """Exact counts, but small ones and those of too few controllers."""
    small = RULES.policy.threshold

    def figure(count: int | None, few: bool) -> int | str | None:
        return count if count is None or ((count == 0 or count >= small) and not few) else "c"

    return {
        name: PrintedRow(name[2], figure(row.base, row.few_base) or 0, figure(row.counted, row.few_counted))
        for name, row in rows.items()
    }


def line(name: str, rows: Rows, printed: Printed, seconds: float | None) -> dict[str, object]:
    """One line of the table: figures by what became of them, and errors of those shown."""
    shown = recoded = withheld = 0
    counts, rates = [], []
    for key, row in rows.items():
        found = printed[key]
        for part, count in (("base", row.base), ("counted", row.counted)):
            if count is None:
                continue
            figure = getattr(found, part)
            if figure == "c":
                withheld += 1
            elif found.codes != key[2]:
                recoded += 1
            elif isinstance(figure, int):
                shown += 1
                counts.append(abs(figure - count))
        if found.codes == key[2] and row.counted is not None and row.base >= RULES.rounding.smallest_base:
            of_printed = rate(found, RULES, places=6)
            if not isinstance(of_printed, str):
                rates.append(abs(of_printed - 100 * row.counted / row.base))
    total = shown + recoded + withheld
    return {
        "method": name, "figures": total, "shown": shown, "recoded": recoded, "withheld": withheld,
        "shown %": round(100 * shown / total, 1), "withheld %": round(100 * withheld / total, 1),
        "count error mean": round(float(np.mean(counts)), 2), "largest": max(counts),
        "rate error mean": round(float(np.mean(rates)), 2), "largest ": round(max(rates), 2),
        "CPU s": "" if seconds is None else round(seconds, 1),
    }  # fmt: skip


def measured(frame: pd.DataFrame) -> Iterator[dict[str, object]]:
    """The lines of one authority."""
    kinds, tables = tables_of(frame)
    rows = truth_of(kinds, tables)
    first: list[tuple[object, object]] | None = None
    for turn in range(ORDERS):
        order = np.random.default_rng(turn).permutation(len(tables)) if turn else np.arange(len(tables))
        began = process_time()
        edition = protect_tables(kinds, [tables[k] for k in order], METHOD)
        seconds = process_time() - began
        figures = sorted(((table.name, table.place), table.rows) for table in edition.tables)
        first = figures if first is None else first
        same = "" if figures == first else " (ANOTHER EDITION)"
        yield line(f"kdsp, order {turn + 1}{same}", rows, of_edition(edition, rows), seconds)
    yield line("nearest 5, no proof", rows, rounded_to_nearest(rows), None)
    yield line("threshold only, no proof", rows, threshold_only(rows), None)


def peers() -> str:
    """Which of the peers are installed."""
    argus = shutil.which("tauargus") or shutil.which("TauArgus")
    script = "quit(status = !requireNamespace('sdcTable', quietly = TRUE))"
    table = (
        shutil.which("Rscript") is not None and subprocess.run(["Rscript", "-e", script], check=False).returncode == 0
    )
    return "; ".join(
        f"{name} is {'installed: see benchmarks/peers' if there else 'not installed here, so not compared'}"
        for name, there in (("tau-argus", argus), ("sdcTable", table))
    )


def main() -> int:
    """Print the tables."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--only", choices=("demo", "larger"))
    only = options.parse_args().only
    with TemporaryDirectory() as folder:
        for name, made in (("demo", lambda: demo(Path(folder))), ("larger", larger)):
            if only in (None, name):
                frame = made()
                schools, controllers = frame["urn"].nunique(), frame["controller"].nunique()
                print(f"\n{name}: {len(frame):,} pupils, {schools} establishments, {controllers} controllers")
                print(pd.DataFrame(measured(frame)).to_string(index=False))
    print(f"\n{peers()}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
