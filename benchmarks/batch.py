"""How fast a batch of reports is made: `kdsp run` beside papermill's command, and papermill in two processes.

    python benchmarks/batch.py [--reports 60] [--rounds 3] [--only-page] [--memory 1000]

The made-up authority, a report for each of so many establishments, in turn about its pupils, its attendance and itself
beside others. All ways make the same releases with the same custodian, confined: they differ in how a notebook runs.
The custodian answered every question once before (told apart, as "first"), so its own work is that of equal questions.
All that a way needs to warm up is counted. The ways take turns, so that what else the machine does falls on all alike;
what is told is the middle of the rounds' ratios, of wall time and of processor time (all processes, the custodian too).

`--only-page` leaves out PDF and workbook, for all ways; `kdsp run` itself always makes them, so its workers are told.
`--memory N` makes N reports one after the other in one process, and tells what each process holds and uses: it,
the warm one with its forks, and the custodian.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from itertools import cycle, islice
from pathlib import Path
from time import perf_counter
from types import ModuleType
from typing import Any

from kdsp_lib.custodian.start import ensure_running, facts, stop
from kdsp_lib.run.notebook import ENGINE, PAPERMILL, WARM
from kdsp_lib.source.workspace import Workspace, read_workspace

PROJECT = Path(__file__).resolve().parents[1]
NOTEBOOKS = PROJECT / "notebooks"
REPORTS = {
    "pupil_report": "school-improvement-plan",
    "attendance_termly": "school-development",
    "bespoke_school": "school-development",
}
SCHOOLS = 40
"""The first ones: of all of these each report can be made."""
TURN, PAGE, WARM_ONE = "--turn", "--only-page", "--warm"
CLI, API, KDSP, WORKERS = "papermill, command line", "papermill, 2 processes", "kdsp run -j 2", "its workers alone"
WORKER = "one of its workers"


def parameter_files(folder: Path, number: int) -> list[Path]:
    """A file for one school after the other, of one notebook after the other; with all schools through, of another."""
    made, notebooks = [], list(REPORTS.items())
    for k in range(number):
        urn, (notebook, purpose) = 990_001 + k % SCHOOLS, notebooks[(k + k // SCHOOLS) % len(notebooks)]
        path = folder / notebook / f"{urn}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        given = {"school": str(urn), "recipient": f"establishment:{urn}", "purpose": purpose}
        given |= {"period": "2025/26-autumn", "on": "2026-03-02"}
        path.write_text("".join(f'{json.dumps(name)}: "{value}"\n' for name, value in given.items()), "utf-8")
        made.append(path)
    return made


# A turn: the reports of one process, each to its release


def take_turn(way: str, files: Sequence[str], *, only_page: bool, warm: int | None) -> None:
    """Make these reports one after the other in this process; the register is read once, as `kdsp run` reads it."""
    from kdsp_lib.run import one_report
    from kdsp_lib.run.notebook import prepare
    from kdsp_lib.run.parameters import read_parameters
    from kdsp_lib.run.register_check import RegisterCheck
    from kdsp_lib.source.workspace import find_workspace

    if only_page:
        leave_out_pdf_and_workbook()
    if way == CLI:
        one_report.execute = by_command_line
    workspace = find_workspace()
    prepare(workspace, warm)
    check = RegisterCheck(workspace)
    for file in files:
        outcome = one_report.run_checked(read_parameters(Path(file), NOTEBOOKS, check), workspace)
        if outcome.status != "released":
            raise SystemExit(f"{file}: {outcome.status}: {outcome.error}")


def by_command_line(
    notebook: Path, parameters: Mapping[str, str | None], workspace: Workspace, run: str
) -> dict[str, Any]:
    """As `kdsp_lib.run.notebook.execute`, by papermill's own command."""
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "made.ipynb"
        values = [part for name, value in parameters.items() for part in ("-r", name, str(value))]
        command = [sys.executable, "-m", "papermill", str(notebook), str(made), *values, "--no-progress-bar"]
        environment = {**os.environ, "KDSP_WORKSPACE": str(workspace.root), "KDSP_RUN": run}
        subprocess.run(command, env=environment, check=True, capture_output=True)
        found: dict[str, Any] = json.loads(made.read_text("utf-8"))
        return found


def leave_out_pdf_and_workbook() -> None:
    """Nor is imported what makes them."""
    for name in ("pdf", "workbook"):
        made = ModuleType(f"kdsp_lib.release.{name}")
        setattr(made, f"{name}_bytes", lambda *_: b"")
        sys.modules[made.__name__] = made


def take_turn_of_workers(files: Sequence[str], *, only_page: bool) -> None:
    """Two processes that share the warm process of this one, as the workers of `kdsp run` do."""
    from kdsp_lib.run.notebook import lent, prepare
    from kdsp_lib.source.workspace import find_workspace

    workspace, started = find_workspace(), []
    prepare(workspace)
    head = [sys.executable, __file__, *([PAGE] if only_page else [])]
    for part in filter(None, (files[0::2], files[1::2])):
        with lent(workspace) as warm:
            told = [*head, *(each for number in warm for each in (WARM_ONE, str(number))), TURN, WORKER, *part]
            started.append(subprocess.Popen(told, pass_fds=warm))
    codes = [process.wait() for process in started]
    if any(codes):
        raise SystemExit(f"{WORKERS} failed")


# Rounds of turns


def processes(way: str, files: Sequence[Path], *, only_page: bool) -> list[list[str]]:
    """The commands that are started together."""
    if way == KDSP:
        named = [str(file) for file in files]
        return [[sys.executable, "-m", "kdsp_lib.cli.main", "run", "-j", "2", "--notebooks", str(NOTEBOOKS), *named]]
    parts = [files[0::2], files[1::2]] if way == API else [files]
    head = [sys.executable, __file__, *([PAGE] if only_page else []), TURN, way]
    return [[*head, *map(str, part)] for part in parts if part]


def made_by(way: str, files: Sequence[Path], workspace: Workspace, *, only_page: bool) -> tuple[float, float]:
    """Seconds of the clock and of processors that it took."""
    for release in workspace.outputs.glob("*/manifest.json"):
        shutil.rmtree(release.parent)
    engine = WARM if way in (KDSP, WORKERS) else PAPERMILL
    environment = {**os.environ, "KDSP_WORKSPACE": str(workspace.root), ENGINE: engine}
    used, begun = processor_seconds(workspace), perf_counter()
    started = [
        subprocess.Popen(command, env=environment, cwd=PROJECT, stdout=subprocess.DEVNULL)
        for command in processes(way, files, only_page=only_page)
    ]
    codes = [process.wait() for process in started]
    if any(codes):
        raise SystemExit(f"{way} failed")
    wall, used = perf_counter() - begun, processor_seconds(workspace) - used
    made = sum(1 for path in workspace.outputs.glob("*/manifest.json"))
    if made != len(files):
        raise SystemExit(f"{way} made {made} of {len(files)} releases")
    return wall, used


def processor_seconds(workspace: Workspace) -> float:
    """Of all processes that were started and have ended, and of the custodian."""
    own, running = os.times(), facts(workspace)
    return own.children_user + own.children_system + (seconds_of(int(running["pid"])) if running else 0.0)


def seconds_of(pid: int, *, with_children: bool = False) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return sum(map(int, fields[11 : 15 if with_children else 13])) / os.sysconf("SC_CLK_TCK")


def compare(workspace: Workspace, files: Sequence[Path], rounds: int, *, only_page: bool) -> None:
    """Print what each way takes, and how many times as long as `kdsp run` that is."""
    first = WORKERS if only_page else KDSP
    ways = [first, API, CLI]
    print(f"{len(files)} reports, {rounds} rounds, {'notebook and page' if only_page else 'everything'}", flush=True)
    wall, used = made_by(first, files, workspace, only_page=only_page)
    print(f"{first}, first: {wall:.1f} s, {used:.1f} s of processors", flush=True)
    taken: dict[str, list[tuple[float, float]]] = {way: [] for way in ways}
    for number in range(rounds):
        for way in [*ways[number % 3 :], *ways[: number % 3]]:
            taken[way].append(made_by(way, files, workspace, only_page=only_page))
    print(f"{'':<26} {'s a report':>10} {'of processors':>14} {'times':>7} {'of processors':>14}")
    for way in ways:
        walls, useds = zip(*taken[way], strict=True)
        ratios = [middle([a[k] / b[k] for a, b in zip(taken[way], taken[first], strict=True)]) for k in (0, 1)]
        each = [middle(walls) / len(files), middle(useds) / len(files)]
        print(f"{way:<26} {each[0]:>10.2f} {each[1]:>14.2f} {ratios[0]:>7.1f} {ratios[1]:>14.1f}", flush=True)


middle: Callable[[Sequence[float]], float] = statistics.median


def hold(workspace: Workspace, files: Sequence[Path], number: int) -> None:
    """Make so many reports in this process, and print ten times what each process holds."""
    from kdsp_lib.run import one_report, warm

    os.environ["KDSP_WORKSPACE"] = str(workspace.root)
    print(f"{'':>17} {'MiB held':^32} {'processor s a report':^32}")
    print(f"{'reports':>8} {'s':>8}" + 2 * f" {'runner':>10} {'warm':>10} {'custodian':>10}", flush=True)
    begun, before, step = perf_counter(), (0.0, 0.0, 0.0), max(1, number // 10)
    for done, file in enumerate(islice(cycle(files), number), start=1):
        outcome = one_report.run_report(file, workspace, notebooks=NOTEBOOKS)
        if outcome.folder is None:
            raise SystemExit(str(outcome.error))
        shutil.rmtree(outcome.folder)
        if done % step == 0:
            pids = (os.getpid(), warm.warm_process(workspace.root).pid, int((facts(workspace) or {})["pid"]))
            used = (seconds_of(pids[0]), seconds_of(pids[1], with_children=True), seconds_of(pids[2]))
            held = "".join(f" {memory_of(pid):>10.0f}" for pid in pids)
            each = "".join(f" {(now - then) / step:>10.2f}" for now, then in zip(used, before, strict=True))
            print(f"{done:>8} {perf_counter() - begun:>8.1f}{held}{each}", flush=True)
            before = used


def memory_of(pid: int) -> float:
    """MiB that a process holds."""
    pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reports", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(PAGE, action="store_true")
    parser.add_argument("--memory", type=int, default=0)
    parser.add_argument(WARM_ONE, type=int)
    parser.add_argument(TURN, nargs="+", default=())
    given = parser.parse_args()
    if given.turn:
        way, *turn = given.turn
        if way == WORKERS:
            take_turn_of_workers(turn, only_page=given.only_page)
        else:
            take_turn(way, turn, only_page=given.only_page, warm=given.warm)
        return
    from kdsp_lib.source.demo.authority import make_authority

    with tempfile.TemporaryDirectory() as folder:
        make_authority(Path(folder) / "authority")
        workspace = read_workspace(Path(folder) / "authority")
        files = parameter_files(Path(folder) / "parameters", given.reports)
        try:
            ensure_running(workspace)
            if given.memory:
                hold(workspace, files, given.memory)
            else:
                compare(workspace, files, given.rounds, only_page=given.only_page)
        finally:
            stop(workspace)


if __name__ == "__main__":
    main()
