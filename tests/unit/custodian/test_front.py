"""The front of a custodian: who is at a connection, who is let in how long, and that Flight is reached by it alone."""

from __future__ import annotations

import os
import socket
import time

import pytest
from pyarrow import flight

from kdsp_lib.custodian import admission
from kdsp_lib.custodian.client import ask, connect
from kdsp_lib.custodian.front import Front
from kdsp_lib.custodian.server import CustodianServer
from kdsp_lib.custodian.ticket import mint
from kdsp_lib.errors import CustodianLost, NotAuthorised
from kdsp_lib.source.workspace import init_workspace


@pytest.fixture
def custodian(tmp_path):
    workspace = init_workspace(tmp_path / "home", requester="officer:a1")
    workspace.state.mkdir(mode=0o700)
    front = Front(tmp_path)
    made = CustodianServer(workspace, front)
    front.begin()
    front.open_here(tmp_path / "door.sock")
    yield made
    made.shut()
    made.close()
    made.shutdown()


def hello(custodian, tmp_path):
    from kdsp_lib.custodian.secret import read_secret

    given = {"person": "officer:a1", "scope": "runner", "run": "", "confinement": "none", "nonce": os.urandom(8).hex()}
    ticket = mint(
        read_secret(custodian.workspace.state), **given, expires=time.time() + 100, start=custodian.sessions.start
    )
    return connect(tmp_path / "door.sock", ticket)


def test_a_session_knows_the_account_of_whoever_opened_it(custodian, tmp_path):
    connection = hello(custodian, tmp_path)
    session = custodian.sessions.named(connection._session, "runner")
    assert session.uid == os.getuid()


def test_flight_has_no_name_and_whoever_reaches_it_otherwise_is_refused(custodian, tmp_path):
    assert [each.name for each in tmp_path.iterdir() if each.is_socket()] == ["door.sock"]
    past = flight.FlightClient(f"grpc+unix:///proc/self/fd/{custodian.front._inner}")
    with pytest.raises(NotAuthorised, match="no door"):
        ask(past, "hello", {"ticket": "x", "pid": 1})
    past.close()


def test_who_says_nothing_is_sent_away_in_time_and_who_has_a_right_stays(custodian, tmp_path, monkeypatch):
    monkeypatch.setattr(admission, "UNKNOWN_SECONDS", 0.1)
    connection = hello(custodian, tmp_path)
    with socket.socket(socket.AF_UNIX) as silent:
        silent.settimeout(120)
        silent.connect(str(tmp_path / "door.sock"))
        while silent.recv(65536):
            pass  # until it is closed, after what gRPC says first
    [known] = custodian.front._admission
    assert known.is_known
    assert connection.ask("status", {})
    assert [known] == list(custodian.front._admission), "by the same connection"


def test_where_the_doors_are_shut_whoever_is_connected_is_told_so(custodian, tmp_path):
    connection = hello(custodian, tmp_path)
    custodian.shut()
    with pytest.raises(CustodianLost, match="is stopping"):
        connection.ask("status", {})
    assert not (tmp_path / "door.sock").exists()


def test_long_answers_pass_whole(custodian, tmp_path, monkeypatch):
    connection = hello(custodian, tmp_path)
    scope, _ = custodian._actions["status"]
    monkeypatch.setitem(custodian._actions, "status", (scope, lambda *_: {"text": "x" * 3_000_000}))
    assert connection.ask("status", {}) == {"text": "x" * 3_000_000}
