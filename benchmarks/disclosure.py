"""How many cells are hidden, how long it takes, and what attackers learn; peers beside it where they install.

``python benchmarks/disclosure.py FOLDER... [--effort normal] [--audit] [--peers DIR]``. Each folder is an instance in
the neutral format (docs/formats.md). ``--peers`` makes an environment for each peer in a folder, once, from the package
index, and runs them on the same instances. ``--reports`` adds reports of twelve tables about the made-up authority, and
how long the custodian's whole answer took. Prints a Markdown table, a row an instance and programme. The seconds of
kdsp are of processor time, as it uses one; those of a peer are what it says itself.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import Any
from venv import EnvBuilder

from twelve_tables import reports

from kdsp_lib.cli.instance_files import read_answer, read_instance
from kdsp_lib.protect.audit import audit_system
from kdsp_lib.protect.pattern import protect_system
from kdsp_lib.protect.system import Bools, System, Unprotectable, Witnesses

HEAD = (
    "instance", "programme", "cells", "primary", "secondary", "hidden zeros", "seconds",
    "known to an outsider", "outsider too near", "known to an insider", "insider too near", "audit (s)",
)  # fmt: skip
LIMIT = 3_600
"""A peer that takes longer, in seconds, is stopped."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Somebody else's programme: the package it comes in, and what runs it."""

    name: str
    package: str
    script: str


PEERS = (
    Peer("tau-argus optimal", "pytauargus>=0.6,<0.7", "tauargus.py"),
    Peer("acro", "acro>=1.0,<2", "acro_tables.py"),
)


class Absent(Exception):
    """A peer does not run here; why, in words."""


def python_of(peer: Peer, folder: Path) -> Path:
    """The Python of a peer's own environment, which is made where it is not there. Raises Absent."""
    home = (folder / peer.script.removesuffix(".py")).resolve()
    python = home / "bin" / "python"
    if (home / "ready").exists():
        return python
    EnvBuilder(with_pip=True, clear=True).create(home)
    done = subprocess.run([python, "-m", "pip", "install", "-q", peer.package], capture_output=True, text=True)
    if done.returncode:
        raise Absent(f"{peer.package} does not install here")
    (home / "ready").touch()
    return python


def ask(peer: Peer, python: Path, instance: Path, out: Path) -> Any:
    """What a peer says of its answer to an instance. Raises Absent."""
    script = Path(__file__).parent / "peers" / peer.script
    try:
        done = subprocess.run(
            [python, script, instance.resolve(), out], capture_output=True, text=True, timeout=LIMIT, cwd=out.parent
        )
    except subprocess.TimeoutExpired:
        raise Absent(f"no answer within {LIMIT} s") from None
    lines = done.stdout.splitlines()
    if done.returncode or not lines:
        raise Absent(f"ended with {done.returncode}")
    answer = json.loads(lines[-1])
    if "skipped" in answer:
        raise Absent(answer["skipped"])
    return answer


def figures(
    system: System, hidden: Bools, seconds: float, audited: bool, witnesses: Sequence[Witnesses] = ()
) -> tuple[object, ...]:
    """What a pattern hides and, where asked, what attackers work out of it by our own audit."""
    secondary = hidden & ~system.primary
    zeros = secondary & system.sampling_zeros
    found: tuple[object, ...] = ("-",) * 5
    if audited:
        started = process_time()
        counts = audit_system(system, hidden, zeros_hidden=bool(zeros.any()), witnesses=witnesses).counts
        found = (*counts.values(), round(process_time() - started, 1))
    return (int(secondary.sum()), int(zeros.sum()), round(seconds, 2), *found)


def ours(system: System, effort: str, audited: bool) -> tuple[object, ...]:
    """The row of kdsp."""
    started = process_time()
    try:
        pattern = protect_system(system, effort=effort)
    except Unprotectable as refusal:
        return (f"refused: {len(refusal.cells)} cells", "-", round(process_time() - started, 1), *("-",) * 5)
    return figures(system, pattern.hidden, process_time() - started, audited, pattern.witnesses)


def rows(folder: Path, system: System, given: argparse.Namespace) -> Iterator[tuple[object, ...]]:
    """One instance: kdsp, then its peers."""
    yield (f"kdsp {given.effort}", *ours(system, given.effort, given.audit))
    for peer in PEERS if given.peers else ():
        try:
            python = python_of(peer, given.peers)
            with tempfile.TemporaryDirectory() as made:
                out = Path(made) / "published.csv"
                seconds = ask(peer, python, folder, out)["seconds"]
                hidden = read_answer(out, system.size)
        except Absent as reason:
            yield (peer.name, f"skipped: {reason}", *("-",) * 7)
        else:
            yield (peer.name, *figures(system, hidden, seconds, given.audit))


def main() -> None:
    """Read the command line and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--effort", default="normal")
    parser.add_argument("--lower-bound", type=int, choices=(0, 1), default=1)
    parser.add_argument("--audit", action="store_true", help="attack each answer too: slow on large tables")
    parser.add_argument("--peers", type=Path, metavar="DIR", help="run the peers too, each in an environment in DIR")
    parser.add_argument("--reports", action="store_true", help="protect reports of twelve tables too")
    given = parser.parse_args()
    print("| " + " | ".join(HEAD) + " |")
    print("|" + "---|" * len(HEAD))
    for folder in given.folders:
        system = read_instance(folder, zeros="printed" if given.lower_bound else "hidden").system
        for programme, *found in rows(folder, system, given):
            _print(folder.name, programme, system, found)
    if given.reports:
        with tempfile.TemporaryDirectory() as made:
            for report in reports(Path(made) / "authority"):
                system = report.system
                _print(report.name, f"kdsp {given.effort}", system, ours(system, given.effort, given.audit))
                _print(
                    report.name, "the custodian's whole answer", system, ("-", "-", round(report.seconds, 2), *"-----")
                )


def _print(name: str, programme: str, system: System, found: Sequence[object]) -> None:
    line = (name, programme, system.size, int(system.primary.sum()), *found)
    print("| " + " | ".join(map(str, line)) + " |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
