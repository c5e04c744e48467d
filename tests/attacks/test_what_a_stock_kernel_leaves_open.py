"""A stock kernel (`python3`) that opens a report confines itself then, and that is late: what is left open, way by way.

Before it opens one nothing is closed at all: that is the control in `test_attacks_on_the_kernel.py`. What this finds is
what `docs/threat-model.md` says, word for word.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from counter import EAST
from ground import LATE, Ground, Outcome
from running import RunCells
from ways import Way, all_ways

WAYS = tuple(way for way in all_ways() if not way.alone)
LEFT_OPEN = {
    "read a file that its caller left open",
    "look through all that is open in it",
    "read in the output thread of the kernel",
    "read in the control thread of the kernel",
    "read in the shell channel's thread",
    "read the secrets of its caller's environment",
}
LEFT_OPEN_SINCE_PYTHON_3_12 = {"read in every thread by a profile hook"}
PREPARED = (
    Way("read a file that it opened before", "report(kept_file.read())"),
    Way("send by a socket that it opened before", "kept_socket.sendall(T.token.encode())"),
    Way("write in a thread that it started before", "ask.put(T.target); done.wait(T.patience)"),
    Way(
        "have a child read that it started before",
        "kept_child.stdin.write(T.secret + '\\n'); kept_child.stdin.flush(); report(kept_child.stdout.readline())",
    ),
)
"""What needs something from before the report was opened."""

PREPARATIONS = """
import queue, socket, subprocess, sys, threading

kept_file = open({secret!r})
kept_socket = socket.create_connection(("127.0.0.1", {tcp}))
code = "import sys; print(open(sys.stdin.readline().strip()).read().replace(chr(10), ' '), flush=True)"
kept_child = subprocess.Popen([sys.executable, "-c", code], stdin=-1, stdout=-1, text=True)
ask, done = queue.Queue(), threading.Event()

def write():
    open(ask.get() + "/forged", "w").close()
    done.set()

threading.Thread(target=write, daemon=True).start()
"""
OPEN = f"""
from kdsp_lib import open_report
print(open_report("area-profile", **{dict(EAST)!r}))
"""


@pytest.fixture(scope="module")
def opened(
    tmp_path_factory: pytest.TempPathFactory, run_cells: RunCells, kernel_specification: Path
) -> Iterator[tuple[str, Mapping[str, Outcome]]]:
    """What a stock kernel showed of its report, and what each way got in it afterwards."""
    ground = Ground(tmp_path_factory.mktemp("late"), kernel_specification, authority=True)
    run_cells(["print('the custodian is started by the first kernel')"], kernel="kdsp", root=ground.root)
    ways = (*PREPARED, *WAYS)
    attack, before = ground.first_cell(ways, patience=LATE), ground.before(ways)
    cells = [PREPARATIONS.format(**ground.facts()), OPEN, attack]
    secret = {"DATABASE_PASSWORD": ground.canary}
    _, told, printed = run_cells(cells, kernel="python3", root=ground.root, left_open=ground.inherited, **secret)
    yield told, ground.outcomes(ways, printed, before)
    ground.close()


@pytest.mark.needs_confinement
def test_the_report_says_that_it_is_confined_in_part(opened: tuple[str, object]) -> None:
    assert "Confinement  partial." in opened[0]


def test_where_confinement_is_required_it_opens_no_report(ground: Ground, run_cells: RunCells) -> None:
    cell = f"try:\n    exec({OPEN!r})\nexcept Exception as error:\n    print(error)"
    (shown,) = run_cells([cell], kernel="python3", root=ground.root, KDSP_REQUIRE_CONFINEMENT=1)
    assert "full confinement is required" in shown
    assert "use the kernel named kdsp" in shown


@pytest.mark.needs_confinement
@pytest.mark.parametrize("way", [*PREPARED, *WAYS], ids=lambda way: way.slug)
def test_it_is_open_where_the_threat_model_says_so_and_closed_elsewhere(
    way: Way, opened: tuple[str, Mapping[str, Outcome]], threat_model: str
) -> None:
    outcome = opened[1][way.slug]
    newer = sys.version_info >= (3, 12) and way.words in LEFT_OPEN_SINCE_PYTHON_3_12
    assert outcome.worked == (way in PREPARED or way.words in LEFT_OPEN or newer), outcome
    said = f"- {way.words} (since Python 3.12)" if newer else f"- {way.words}"
    assert outcome.worked == (said in threat_model.splitlines())


@pytest.fixture(scope="module")
def threat_model() -> str:
    return (Path(__file__).resolve().parents[2] / "docs" / "threat-model.md").read_text("utf-8")
