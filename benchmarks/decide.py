"""How many requests a second are decided on one core: ``python benchmarks/decide.py FOLDER...``.

Each folder holds ``register*.yaml`` and ``requests*.jsonl`` of the same names; ``tests/property/protocol/
random_requests.py`` makes one. Prints a Markdown table: the first pass, when no answer can be reused yet, and the
next. Seconds are those of the processor, after loading.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from time import process_time

from kdsp_lib.protocol.engine import engine_for
from kdsp_lib.protocol.jsonl import decide_lines
from kdsp_lib.register import Register, read_register

HEAD = ("requests", "number", "pass", "seconds", "a second")


def seconds(lines: Sequence[str], register: Register) -> float:
    """What it takes to read, decide and write out all requests."""
    started = process_time()
    for _ in decide_lines(lines, register):
        pass
    return process_time() - started


def main() -> None:
    """Read the command line and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    given = parser.parse_args()
    print("| " + " | ".join(HEAD) + " |")
    print("|" + "---|" * len(HEAD))
    for file in (file for folder in given.folders for file in sorted(folder.glob("requests*.jsonl"))):
        register = read_register(file.with_name(file.name.replace("requests", "register")).with_suffix(".yaml"))
        lines = file.read_text("utf-8").splitlines()
        engine_for.cache_clear()
        engine_for("knowsley")
        for turn in ("first", "second"):
            took = seconds(lines, register)
            print(f"| {file} | {len(lines)} | {turn} | {took:.2f} | {len(lines) / took:,.0f} |", flush=True)


if __name__ == "__main__":
    main()
