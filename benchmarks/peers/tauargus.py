"""An instance protected by tau-argus, in an environment of its own: ``tauargus.py FOLDER OUT.csv``.

Optimal suppression, from the same values, statuses and protection levels. Writes ``id,published`` and prints a line of
JSON: the seconds that tau-argus took, or why it does not take this instance.
"""

from __future__ import annotations

import csv
import json
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from instance import Dimension, NotForThisPeer, Row, read, write_answer
from pytauargus.engine import run_batch

MINUTES = 1
SAFE = 2
"""The highest status of a cell that is published."""
EMPTY = (13, 14)


def hierarchy(dim: Dimension) -> str:
    """The codes below the total, a line each, with an @ for each level."""
    lines: list[str] = []

    def add(code: str, depth: int) -> None:
        lines.append("@" * depth + code)
        for part in dim["children"].get(code, ()):
            add(part, depth + 1)

    for part in dim["children"][dim["root"]]:
        add(part, 0)
    return "\n".join(lines) + "\n"


def write_batch(folder: Path, dims: list[Dimension], rows: list[Row]) -> Path:
    """All that tau-argus reads."""
    described = ['<SEPARATOR> ";"', '<SAFE> "S"', '<UNSAFE> "U"', '<PROTECT> "P"']
    for dim in dims:
        (folder / f"{dim['name']}.hrc").write_text(hierarchy(dim), "utf-8")
        described += [dim["name"], "<RECODEABLE>", f'<TOTCODE> "{dim["root"]}"', "<HIERARCHICAL>"]
        described += [f'<HIERCODELIST> "{folder / dim["name"]}.hrc"', '<HIERLEADSTRING> "@"']
    for name, kind in (("value", ""), ("low", "<LOWERPL>"), ("high", "<UPPERPL>")):
        described += [name, f"<NUMERIC> {kind}", "<DECIMALS> 2"]
    described += ["freq", "<FREQUENCY>", "status", "<STATUS>"]
    (folder / "table.rda").write_text("\n".join(described) + "\n", "utf-8")
    with (folder / "table.tab").open("w", encoding="utf-8") as out:
        for row in rows:
            value, high = float(row["value"]), float(row["upl"])
            low = min(float(row["lpl"]), value)
            pupils = max(1, int(float(row.get("freq") or 1))) if value else 0
            status = "U" if row["primary"] == "1" else "S"
            codes = ";".join(row[dim["name"]] for dim in dims)
            out.write(f"{codes};{value:.2f};{low:.2f};{high:.2f};{pupils};{status}\n")
    explained = "".join(f'"{dim["name"]}"' for dim in dims)
    (folder / "run.arb").write_text(
        f'<OPENTABLEDATA> "{folder / "table.tab"}"\n<OPENMETADATA> "{folder / "table.rda"}"\n'
        f'<SPECIFYTABLE> {explained}|"value"|"value"|"value"\n<SAFETYRULE>\n<READTABLE> 1\n'
        f'<SUPPRESS> OPT(1,{MINUTES})\n<WRITETABLE> (1,3,AS+,"{folder / "out.csv"}")\n',
        "utf-8",
    )
    return folder / "run.arb"


def main() -> None:
    """Read the instance, run tau-argus, write which cells it publishes."""
    try:
        _, dims, rows = read(Path(sys.argv[1]))
    except NotForThisPeer as reason:
        print(json.dumps({"skipped": str(reason)}))
        return
    with tempfile.TemporaryDirectory() as made:
        batch = write_batch(Path(made), dims, rows)
        started = perf_counter()
        run_batch(batch)
        seconds = perf_counter() - started
        with (Path(made) / "out.csv").open(encoding="utf-8", newline="") as answer:
            statuses = {tuple(line[: len(dims)]): int(line[-1]) for line in csv.reader(answer) if line}
    found = [statuses.get(tuple(row[dim["name"]] for dim in dims), SAFE) for row in rows]
    write_answer(Path(sys.argv[2]), [status > SAFE and status not in EMPTY for status in found])
    print(json.dumps({"seconds": round(seconds, 1)}))


if __name__ == "__main__":
    main()
