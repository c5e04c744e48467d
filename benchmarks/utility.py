"""What is lost by protecting the aggregates of an authority, beside what others do.

    python benchmarks/utility.py                 the demo's authority, and one of 60 schools and 25,000 pupils
    python benchmarks/utility.py --only larger

The edition of a term is made and asked as reports ask it: the standard tables of every place, place by place, and
further tables of some places between them, in five orders. A figure of a standard table is a base, or what is counted
or summed of it, of a row as it was asked for: *shown* by itself, *recoded* where its row is shown together with others,
or *withheld*. Errors of counts are in pupils, of rates in percentage points where the base is printed as 30 or more.
Beside it: every count rounded to the nearest 5 (which protects no institution, and small counts not from subtraction),
and the threshold alone, as output checkers pass tables (it withholds 1 to 5 and what is of too few controllers, and
nothing that would give them back). tau-argus and sdcTable are run elsewhere (`peers/`) on tables of their own form;
here it is only said whether they are installed.
"""

from __future__ import annotations

import argparse
import datetime as dt
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
from made_up_authorities import PERIOD, demo, larger

from kdsp_lib.analyse.edition_tables import PlacedTable, count_tables_of, form_named, form_of, sums_of
from kdsp_lib.analyse.ladders import ladders
from kdsp_lib.custodian.edition import Edition, edition_policy, is_compared, rules_of, standard_tables
from kdsp_lib.custodian.edition_at_hand import EditionsAtHand, standard_places
from kdsp_lib.custodian.edition_file import Editions
from kdsp_lib.custodian.edition_making import basis_on
from kdsp_lib.custodian.tables_at_hand import TablesAtHand
from kdsp_lib.model.question import Question
from kdsp_lib.sdc.computed import rate
from kdsp_lib.sdc.kinds import ROOT, AskedTable, Kinds, controllers_needed, of_few_controllers
from kdsp_lib.sdc.printed import HIDDEN, PrintedRow
from kdsp_lib.source.catalogue import Catalogue
from kdsp_lib.source.workspace import Workspace, read_workspace

ON = dt.date(2026, 3, 2)
RULES = rules_of(edition_policy())
ORDERS = 5
NEAREST = 5
FURTHER = (
    form_of(Question("count", "pupils", ("phase", "sex"))),
    form_of(Question("rate", "fsm6", ("year-group", "sex"))),
    form_of(Question("rate", "ehc-plan", ("eal", "sex"))),
)
"""Tables that no report of kdsp's asks for."""


@dataclass(frozen=True, slots=True)
class Truth:
    """A row as it is: its base, what is counted, and whether either is of too few controllers."""

    base: int
    counted: int | None
    few_base: bool
    few_counted: bool
    is_summed: bool = False


RowName = tuple[str, str, tuple[str, ...]]
"""Form, place and codes."""
Rows = dict[RowName, Truth]
Printed = Mapping[RowName, PrintedRow]
"""The row as it is printed, of other codes where it is shown together with others."""


def truth_of(kinds: Kinds, tables: Sequence[AskedTable]) -> Rows:
    """All rows that are asked for."""
    rows: Rows = {}
    for table in tables:
        needed = controllers_needed(table, RULES)
        members = [table.base, table.counted if table.counted is not None else table.base]
        base, counted = (np.asarray(member @ kinds.pupils) for member in members)
        few, few_counted = (
            of_few_controllers(member @ kinds.parts, needed, RULES) & ~table.published for member in members
        )
        is_summed = bool(sums_of(form_named(table.name)))
        for k, codes in enumerate(table.codes):
            rows[(table.name, table.place, codes)] = Truth(
                int(base[k]),
                None if table.counted is None else int(counted[k]),
                bool(few[k]),
                bool(few_counted[k]),
                is_summed,
            )
    return rows


def of_edition(edition: Edition, rows: Rows) -> Printed:
    """What an edition prints of each row: that row, or the one in which it is shown together with others."""
    by_codes = {placed: {row.codes: row for row in table.rows} for placed, table in edition.tables.items()}
    found: dict[RowName, PrintedRow] = {}
    for name, place, codes in rows:
        groups = [
            _groups(code, breakdown)
            for code, breakdown in zip(codes, edition.tables[name, place].breakdowns, strict=True)
        ]
        row = next(by_codes[name, place][each] for each in product(*groups) if each in by_codes[name, place])
        totals = [edition.totals[of][name, place].get(row.codes) for of in sums_of(form_named(name))]
        total = next((each for each in totals if isinstance(each, str)), totals[0] if totals else None)
        found[name, place, codes] = PrintedRow(row.codes, row.base, row.counted, total)
    return found


def _groups(code: str, breakdown: str) -> list[str]:
    """A code, and what it may be taken together in."""
    known = ladders()
    rungs = known[breakdown].rungs if breakdown in known and code != ROOT else ()
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
        return count if count is None or ((count == 0 or count >= small) and not few) else HIDDEN

    return {
        name: PrintedRow(name[2], figure(row.base, row.few_base) or 0, figure(row.counted, row.few_counted))
        for name, row in rows.items()
    }


def line(name: str, rows: Rows, printed: Printed, seconds: tuple[float, float] | None) -> dict[str, object]:
    """One line of the table: figures by what became of them, and errors of those shown."""
    shown = recoded = withheld = totals_withheld = 0
    counts, rates = [], []
    for key, row in rows.items():
        found = printed[key]
        figures = [(found.base, row.base), (found.counted, row.counted), (found.total, None)]
        for figure, count in figures:
            if figure is None:
                continue
            if figure == HIDDEN:
                withheld += 1
                totals_withheld += key[1] == "authority" and sum(code != ROOT for code in key[2]) < 2
            elif found.codes != key[2]:
                recoded += 1
            else:
                shown += 1
                if isinstance(figure, int) and count is not None:
                    counts.append(abs(figure - count))
        if found.codes == key[2] and row.counted is not None and row.base:
            of_printed = rate(found, RULES, places=6)
            if not isinstance(of_printed, str):
                rates.append(abs(of_printed - 100 * row.counted / row.base))
    total = shown + recoded + withheld
    return {
        "method": name, "figures": total, "shown": shown, "recoded": recoded, "withheld": withheld,
        "shown %": round(100 * shown / total, 1), "recoded %": round(100 * recoded / total, 1),
        "withheld of the authority's first rows": totals_withheld,
        "count error mean": round(float(np.mean(counts)), 2), "largest": max(counts),
        "rate error mean": round(float(np.mean(rates)), 2), "largest ": round(max(rates), 2),
        **({} if seconds is None else {"edition, CPU s": round(seconds[0]), "further tables": round(seconds[1])}),
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Authority:
    """A workspace, and all that its standard tables count."""

    workspace: Workspace
    places: Mapping[str, tuple[str, ...]]
    kinds: Kinds
    standard: tuple[AskedTable, ...]

    @classmethod
    def of(cls, workspace: Workspace) -> Authority:
        """Counted once, by what counts for editions."""
        basis = basis_on(workspace, PERIOD, ON)
        places = standard_places(basis, Catalogue.load(workspace))
        tables = TablesAtHand(workspace).with_snapshots(basis.snapshots, PERIOD)
        urns = sorted({urn for members in places.values() for urn in members})
        runs = {urn: basis.community.controller(urn) for urn in urns}
        counted = count_tables_of(tables, standard_tables(places, tables), runs, RULES.policy, bytes(32))
        shown = tuple(table for table in counted.asked if table.is_printed)
        return cls(workspace, places, counted.kinds, shown)

    def edition(self, turn: int, folder: Path) -> tuple[Edition, tuple[float, float]]:
        """The edition of a state that has nothing yet, once all reports were asked in one order.

        With the processor seconds of the standard tables, and of the further ones.
        """
        shutil.copytree(self.workspace.root, folder, ignore=shutil.ignore_patterns(self.workspace.state.name))
        workspace = read_workspace(folder)
        workspace.state.mkdir(mode=0o700)
        key = workspace.state / "rounding.key"
        key.touch(mode=0o600)
        key.write_bytes(bytes(range(32)))
        basis, catalogue = basis_on(workspace, PERIOD, ON), Catalogue.load(workspace)
        at_hand = EditionsAtHand(Editions(workspace), TablesAtHand(workspace).with_snapshots)
        reports = [
            [PlacedTable(place, self.places[place], form_named(t.name)) for t in self.standard if t.place == place]
            for place in self.places
        ]
        areas = [place for place in self.places if not is_compared(place)]
        reports += [[PlacedTable(place, self.places[place], form)] for place in areas[1:3] for form in FURTHER]
        began = process_time()
        at_hand.of(basis, catalogue, ())
        made = process_time()
        for number in np.random.default_rng(turn).permutation(len(reports)):
            edition = at_hand.of(basis, catalogue, reports[number])
        return edition, (made - began, process_time() - made)


def measured(authority: Authority, folder: Path) -> Iterator[dict[str, object]]:
    """The lines of one authority."""
    rows = truth_of(authority.kinds, authority.standard)
    first: Printed | None = None
    for turn in range(ORDERS):
        edition, seconds = authority.edition(turn, folder / f"order {turn + 1}")
        printed = of_edition(edition, rows)
        first = printed if first is None else first
        differs = sum(printed[name] != first[name] for name in rows)
        yield line(f"kdsp, order {turn + 1}{f' ({differs} ROWS DIFFER)' if differs else ''}", rows, printed, seconds)
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
    for name, made in (("demo", demo), ("larger", larger)):
        if only in (None, name):
            with TemporaryDirectory() as folder:
                authority = Authority.of(made(Path(folder) / "authority"))
                pupils, bodies = authority.kinds.pupils.sum(), authority.kinds.parts.shape[1]
                schools = len(authority.places["authority"])
                print(f"\n{name}: {pupils:,} pupils, {schools} establishments, {bodies} controllers")
                with pd.option_context("display.width", 250):
                    print(pd.DataFrame(measured(authority, Path(folder))).to_string(index=False))
    print(f"\n{peers()}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
