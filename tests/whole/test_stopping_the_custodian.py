"""`kdsp custodian stop` with questions in hand: the doors first, then a stated wait, then the end, whatever runs."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from far import new_token
from processes import is_running, wait_until
from pyarrow import flight

from kdsp_lib.cli.main import main
from kdsp_lib.custodian import start
from kdsp_lib.custodian.access_log import AccessLog
from kdsp_lib.custodian.client import ask, connect
from kdsp_lib.custodian.ledger import Ledger
from kdsp_lib.custodian.session import runner_ticket
from kdsp_lib.custodian.start import WAIT, facts, holder, socket_path, stop
from kdsp_lib.errors import Broken, CustodianLost
from kdsp_lib.register.database import Database
from kdsp_lib.source.code import code_hash
from kdsp_lib.source.workspace import init_workspace


class Asked(threading.Thread):
    """A question that is asked, and what came of it."""

    def __init__(self, ask, *question):
        super().__init__(daemon=True)
        self._ask, self._question, self.answer, self.error = ask, question, None, None
        self.start()

    def run(self):
        try:
            self.answer = self._ask(*self._question)
        except CustodianLost as error:
            self.error = error


@pytest.fixture
def stuck(tmp_path):
    """A workspace whose custodian can be given work without an end, and its process."""
    home = init_workspace(tmp_path / "home", requester="officer:a1")
    home.state.mkdir(mode=0o700)
    program = [sys.executable, str(Path(__file__).with_name("stuck_custodian.py")), str(home.root)]
    process = subprocess.Popen(program, stdout=subprocess.DEVNULL)
    wait_until(lambda: facts(home) or process.poll() is not None, "the custodian to serve")
    yield home, process
    process.kill()
    process.wait()


def runner(home):
    return connect(socket_path(home), runner_ticket(home, "run"))


def taken(home, questions):
    wait_until(lambda: len(list(home.root.glob("taken-*"))) == questions, "the questions to be taken")


def busy(home):
    """A question in hand."""
    asked = Asked(runner(home).ask, "plan", {})
    taken(home, 1)
    return asked


def test_work_without_an_end_is_ended_and_told_when_the_process_has_gone(stuck):
    home, process = stuck
    told = facts(home)
    _, token = new_token(home, "officer:b1")
    with flight.FlightClient(told["address"], tls_root_certs=Path(told["certificate"]).read_bytes()) as far:
        wanted = {"token": token, "scope": "runner", "run": "", "confinement": "none", "code": code_hash()}
        ticket = ask(far, "ticket", wanted)["ticket"]
        session = ask(far, "hello", {"ticket": ticket, "pid": 1})["session"]
        first = busy(home)
        second = Asked(runner(home).ask, "status", {})
        others = Asked(ask, far, "status", {"session": session})
        taken(home, 3)
        stopped = stop(home, wait=1)
        assert not is_running(process.pid), "it returns when the process has gone"
        for each in (others, first, second):
            each.join()
            assert isinstance(each.error, CustodianLost)
        with pytest.raises(CustodianLost):
            ask(far, "ticket", wanted)
    assert dict(stopped.questions) == {"officer:a1": 2, "officer:b1": 1}
    assert (stopped.releases, stopped.was_killed) == (0, False)
    assert process.wait() == 0
    with Database(home.database) as database:
        ended = [(each.person, each.action) for each in AccessLog(database).entries() if each.outcome == "ended"]
        Ledger(database).verify()
    assert sorted(ended) == [("officer:a1", "plan"), ("officer:a1", "status"), ("officer:b1", "status")]
    assert facts(home) is None


def test_what_comes_to_its_end_in_time_is_answered_and_nothing_else_is_taken(stuck):
    home, process = stuck
    asked = busy(home)
    other = runner(home)
    stopping = Asked(stop, home, 600)
    wait_until(lambda: facts(home) is None, "the door to be shut")
    with pytest.raises(CustodianLost, match="is stopping and takes no question") as lost:
        other.ask("status", {})
    assert "kdsp run" in lost.value.remedy
    with socket.socket(socket.AF_UNIX) as newcomer, pytest.raises(OSError, match=r"No such file|refused"):
        newcomer.connect(str(socket_path(home)))
    assert holder(socket_path(home).parent) == process.pid, "no other begins beside it"
    (home.root / "go").write_text("")
    asked.join()
    assert asked.answer == {"said": "after all"}
    stopping.join()
    assert dict(stopping.answer.questions) == {}
    assert process.wait() == 0


def test_told_twice_it_ends_at_once(stuck):
    home, process = stuck
    busy(home)
    socket_path(home).with_suffix(WAIT).write_text("3600")
    process.send_signal(signal.SIGTERM)
    wait_until(lambda: facts(home) is None, "the door to be shut")
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    assert process.wait(120) == 0


def test_whoever_stops_it_again_without_a_wait_ends_it_and_is_told_what(stuck, monkeypatch, capsys):
    home, process = stuck
    busy(home)
    patient = Asked(stop, home, 3000)
    wait_until(lambda: facts(home) is None, "the door to be shut")
    monkeypatch.setenv("KDSP_WORKSPACE", str(home.root))
    with pytest.raises(SystemExit, match=r"^0$"):
        main(["custodian", "stop", "--wait", "0"])
    assert process.wait() == 0
    assert capsys.readouterr().out == "Stopped.\nEnded before it was answered: 1 question of officer:a1.\n"
    patient.join()
    assert dict(patient.answer.questions) == {"officer:a1": 1}
    with pytest.raises(SystemExit, match=r"^0$"):
        main(["custodian", "stop"])
    assert capsys.readouterr().out == "No custodian ran.\n"


def test_a_workspace_that_is_gone_ends_it_the_same_way(stuck):
    home, process = stuck
    busy(home)
    socket_path(home).with_suffix(WAIT).write_text("0.2")
    home.state.rename(home.root / "moved")
    assert process.wait(120) == 0


def test_one_that_does_not_listen_to_it_is_killed_and_one_that_cannot_be_is_no_success(stuck, monkeypatch):
    home, process = stuck
    monkeypatch.setattr(start, "_MORE_SECONDS", 0.5)
    with monkeypatch.context() as another:
        another.setattr(start.signal, "pidfd_send_signal", _not_mine)
        with pytest.raises(Broken, match="does not end") as broken:
            stop(home, wait=0)
    assert broken.value.exit_code == 70
    os.kill(process.pid, signal.SIGSTOP)  # as where it computes without ever letting go
    stopped = stop(home, wait=0)
    assert stopped.was_killed
    assert process.wait() == -signal.SIGKILL


def _not_mine(*_):
    raise PermissionError
