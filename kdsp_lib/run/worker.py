"""A worker of a batch: ``python -m kdsp_lib.run.worker WORKSPACE PARENT [WARM]``. It runs reports one after the other.

Each line of its input is a report, each line of its output what became of one. It ends with its input, and with the
process that started it: then what it was at is tidied away, as by Ctrl-C. ``WARM`` is the descriptor by which that
process lends its warm one.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import json
import os
import signal
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from kdsp_lib.errors import Broken, traceback_without_figures
from kdsp_lib.run.notebook import prepare
from kdsp_lib.run.one_report import outcome_of_any, run_checked
from kdsp_lib.run.outcome import Outcome
from kdsp_lib.run.parameters import ParameterFile
from kdsp_lib.source.code import code_hash
from kdsp_lib.source.collecting import collector_at_rest
from kdsp_lib.source.workspace import Workspace, read_workspace

_PR_SET_PDEATHSIG: Final = 1
_MAKES_RELEASES: Final = tuple(f"kdsp_lib.release.{name}" for name in ("write", "pdf", "picture", "workbook"))
"""What a release needs, and takes a while to import: done while the warm process does the same."""


def job_of(report: ParameterFile) -> dict[str, Any]:
    """A report as a worker is sent it."""
    return {
        "path": str(report.path),
        "notebook": str(report.notebook),
        "values": dict(report.values),
        "report": report.report,
        "which": report.which,
    }


def main(arguments: list[str]) -> int:
    """Run what comes until nothing more does."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who is asked to stop is the batch, which then asks its workers
    _end_with(int(arguments[1]))
    try:
        answers = _own_output()
        workspace = read_workspace(Path(arguments[0]))
        _say(answers, {"code": code_hash()})
        prepare(workspace, *map(int, arguments[2:]))
        _warm_up()
        for line in sys.stdin.buffer:
            _say(answers, _ended(json.loads(line), workspace))
    except (KeyboardInterrupt, BrokenPipeError):
        return 0
    return 0


def _warm_up() -> None:
    """Import what makes releases, and let no collection of garbage look through it again."""
    with collector_at_rest():
        for module in _MAKES_RELEASES:
            import_module(module)
    gc.freeze()


def _ended(job: Mapping[str, Any], workspace: Workspace) -> dict[str, Any]:
    """What became of a report."""
    given = ParameterFile(Path(job["path"]), Path(job["notebook"]), job["values"], job["report"], job["which"])
    return told_of(outcome_of_any(given.path, given.which, lambda: run_checked(given, workspace)))


def told_of(outcome: Outcome) -> dict[str, Any]:
    """An outcome as a worker tells it, with where it went wrong if that is a fault of ours."""
    trace = traceback_without_figures(outcome.error) if isinstance(outcome.error, Broken) else ""
    return {"outcome": outcome.to_json(), "trace": trace}


def outcome_told(said: Mapping[str, Any]) -> Outcome:
    """What :func:`told_of` wrote, as the process that runs the batch has it."""
    outcome = Outcome.from_json(said["outcome"])
    if outcome.error is not None and said["trace"]:
        outcome.error.add_note(said["trace"])
    return outcome


def _own_output() -> int:
    """Where the answers go. Whatever else would print goes nowhere: it could be a pupil's name."""
    answers = os.dup(1)
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    os.close(nothing)
    return answers


def _say(answers: int, what: Mapping[str, Any]) -> None:
    line = json.dumps(what).encode() + b"\n"
    while line:
        line = line[os.write(answers, line) :]


def _end_with(parent: int) -> None:
    """Be asked to end when the parent ends, however it does."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:
        raise SystemExit(0)


def _stop(_number: int, _frame: object) -> None:
    for number in (signal.SIGTERM, signal.SIGHUP):  # once: tidying away is not stopped in turn
        with contextlib.suppress(ValueError):
            signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
