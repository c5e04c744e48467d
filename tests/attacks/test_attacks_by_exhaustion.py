"""Questions that would keep the custodian busy: too large, or asked by somebody who leaves, or by many at once."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from counter import EAST, Caller, Counter, counter_of

from kdsp_lib.custodian.children import children_of
from kdsp_lib.custodian.start import stop
from kdsp_lib.run.one_report import running
from kdsp_lib.source.demo.authority import make_authority

BREAKDOWNS = ("year-group", "ethnicity-group", "idaci-quintile", "eal", "fsm", "fsm6", "sex", "disadvantaged")
ASKS_AND_WAITS = (
    "import sys; from pyarrow import flight\n"
    "client = flight.FlightClient(sys.argv[1])\n"
    "list(client.do_action(flight.Action('tables', sys.argv[2].encode())))"
)


@pytest.fixture(scope="module")
def counter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    workspace = make_authority(tmp_path_factory.mktemp("authority"))
    yield counter_of(workspace)
    stop(workspace)


def tables(number: int, of: int) -> dict[str, Any]:
    """The first so many tables of pupils by so many breakdowns each."""
    chosen = list(combinations(BREAKDOWNS, of))[:number]
    return {
        f"t{place}": {"kind": "count", "measure": "pupils", "by": list(by), "where": None}
        for place, by in enumerate(chosen)
    }


HEAVY = tables(16, 2)
"""Well over what is answered in the custodian's own process, and under what is refused: some ten seconds."""


def at_work(counter: Counter) -> int:
    """How many workers there are: the custodian's one child is their nursery."""
    (nursery,) = children_of(counter.pid)
    return len(children_of(nursery))


def wait_until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def asked_from_elsewhere(caller: Caller, questions: dict[str, Any]) -> subprocess.Popen[bytes]:
    """Another process asks it, by the session of a caller, and waits."""
    body = json.dumps({"session": caller.session, "questions": questions})
    return subprocess.Popen([sys.executable, "-c", ASKS_AND_WAITS, f"grpc+unix://{caller.socket}", body])


def opened(counter: Counter, parameters: dict[str, Any] | None = None, **ticket: Any) -> Caller:
    caller = counter.caller(counter.ticket(**ticket))
    answer = caller.open(dict(EAST) if parameters is None else parameters)
    assert "answer" in answer, answer
    return caller


def test_forty_tables_by_three_are_refused_before_they_are_begun(counter: Counter) -> None:
    refused = opened(counter).refused("tables", questions=tables(40, 3))
    assert refused["error"] == "Disclosive"
    assert "too many to be made safe at once" in refused["message"]
    (largest,) = refused["faults"]
    assert largest["place"] == "table t0"
    assert largest["text"].endswith("756 cells: 18 (year-group) x 7 (ethnicity-group) x 6 (idaci-quintile)")
    assert "answer_cells" in refused["rule"]
    assert "fewer breakdowns" in refused["remedy"]


def test_others_are_answered_meanwhile_and_it_ends_with_whoever_asked(counter: Counter) -> None:
    process = asked_from_elsewhere(opened(counter), HEAVY)
    wait_until(lambda: at_work(counter) == 1)
    counter.still_serves()
    assert at_work(counter) == 1, "it was answered before anybody else was"
    process.send_signal(signal.SIGKILL)
    process.wait()
    wait_until(lambda: at_work(counter) == 0)
    counter.still_serves()


@pytest.mark.parametrize("ending", ["close", "end"])
def test_it_ends_with_its_session_and_with_its_run(ending: str, counter: Counter) -> None:
    runner = counter.caller(counter.ticket(scope="runner", run=ending))
    begun = {"notebook": "area-profile", "notebook_hash": "0" * 64, "parameters": dict(EAST)}
    assert "answer" in runner.ask("begin", **begun)
    notebook = opened(counter, run=ending)
    process = asked_from_elsewhere(notebook, HEAVY)
    wait_until(lambda: at_work(counter) == 1)
    assert "answer" in (runner if ending == "end" else notebook).ask(ending)
    wait_until(lambda: at_work(counter) == 0)
    assert process.wait(60) == 0, "it was told nothing"


def test_a_run_that_is_stopped_takes_its_sessions_and_its_work_along(counter: Counter) -> None:
    """Its process lives on here, as that of another machine does as far as a custodian can tell."""
    begun = {"notebook": "area-profile", "notebook_hash": "0" * 64, "parameters": dict(EAST)}
    with contextlib.suppress(KeyboardInterrupt), running(counter.workspace, "stopped") as runner:
        runner.connection.ask("begin", begun)
        notebook = opened(counter, run="stopped")
        process = asked_from_elsewhere(notebook, HEAVY)
        wait_until(lambda: at_work(counter) == 1)
        raise KeyboardInterrupt
    assert notebook.refused("status")["error"] == "NotAuthorised"
    wait_until(lambda: at_work(counter) == 0)
    assert process.wait(60) == 0, "it was told nothing"


def test_nothing_outlives_a_custodian_that_is_killed(tmp_path: Path) -> None:
    counter = counter_of(make_authority(tmp_path / "authority"))
    process = asked_from_elsewhere(opened(counter), HEAVY)
    wait_until(lambda: at_work(counter) == 1)
    (nursery,) = children_of(counter.pid)
    (worker,) = children_of(nursery)
    os.kill(counter.pid, signal.SIGKILL)
    wait_until(lambda: not any(Path(f"/proc/{pid}/cmdline").exists() and is_alive(pid) for pid in (nursery, worker)))
    process.wait(60)


def is_alive(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text("ascii")
    except OSError:
        return False
