"""What can be sent to the custodian by whoever reaches one of its doors, without a right: it costs it next to nothing.

Each attack is made on a real custodian in a process of its own, whose memory is watched by the system.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from far import PATIENCE, far_workspace, new_token, serving
from pyarrow import flight

from kdsp_lib.custodian.access_log import AccessLog
from kdsp_lib.custodian.admission import LOCAL, OF_AN_ADDRESS
from kdsp_lib.custodian.attempts import ONE_BY_ONE
from kdsp_lib.custodian.client import Connection, ask
from kdsp_lib.custodian.session import runner_ticket
from kdsp_lib.custodian.start import ensure_running, facts, socket_path
from kdsp_lib.errors import CustodianLost, KdspError, NotAuthorised
from kdsp_lib.register.database import Database
from kdsp_lib.source.code import code_hash
from kdsp_lib.source.workspace import Workspace, init_workspace

SIZE = 64 * 2**20
BODY = b'{"session": "' + b"x" * SIZE + b'"}'
GZIP = [("grpc.default_compression_algorithm", 2), ("grpc.default_compression_level", 3)]

Client = Callable[..., flight.FlightClient]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return new_home(tmp_path_factory.mktemp("place"))


def new_home(folder: Path) -> Workspace:
    made = init_workspace(folder / "home", requester="officer:a1")
    made.state.mkdir(mode=0o700)
    return made


@pytest.fixture(scope="module")
def told(home: Workspace) -> Iterator[dict[str, Any]]:
    """What a custodian that is open to other machines tells of itself."""
    with serving(home) as found:
        yield found


@pytest.fixture(scope="module")
def doors(home: Workspace, told: dict[str, Any]) -> Iterator[dict[str, tuple[Client, int]]]:
    """A client of each door, and the process behind it: here, from another machine, and at that machine's relay."""
    _, token = new_token(home)
    certificate = Path(told["certificate"]).read_bytes()
    with far_workspace(home.root.parent / "far", told, token) as away:
        relay = ensure_running(away)
        yield {
            "here": (lambda **o: flight.FlightClient(f"grpc+unix://{socket_path(home)}", **o), told["pid"]),
            "network": (lambda **o: flight.FlightClient(told["address"], tls_root_certs=certificate, **o), told["pid"]),
            "relay": (lambda **o: flight.FlightClient(f"grpc+unix://{relay}", **o), (facts(away) or {})["pid"]),
        }


def most_memory(pid: int) -> int:
    """The most that a process ever had in memory, in bytes."""
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


def broken_off(client: flight.FlightClient, times: int) -> int:
    """Send the message at once from several threads, by a connection each; how many of them got no answer."""
    without: list[bool] = []

    def send() -> None:
        try:
            list(client.do_action(flight.Action("open", BODY), flight.FlightCallOptions(timeout=300)))
        except flight.FlightError:
            without.append(True)

    threads = [threading.Thread(target=send) for _ in range(times)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return len(without)


def honest(home: Workspace) -> dict[str, Any]:
    """What an honest runner of this machine is told."""
    with Connection(socket_path(home), runner_ticket(home, "")) as connection:
        return connection.ask("status", {})


def test_messages_that_are_too_long_or_compressed_are_never_in_its_memory(doors, home):
    for name, (client, pid) in doors.items():
        before = most_memory(pid)
        assert broken_off(client(), 3) == 3, name
        assert broken_off(client(generic_options=GZIP), 1) == 1, name
        assert most_memory(pid) - before < SIZE / 2, name
    assert honest(home)["code"] == code_hash()


def test_crowds_that_say_nothing_lock_nobody_out(doors, told, home):
    host, _, port = told["address"].removeprefix("grpc+tls://").rpartition(":")
    far = [socket.create_connection((host, int(port))) for _ in range(OF_AN_ADDRESS + 20)]
    near = [socket.socket(socket.AF_UNIX) for _ in range(LOCAL + 20)]
    for each in near:
        each.connect(str(socket_path(home)))
    assert honest(home)
    client, _ = doors["network"]
    with pytest.raises(NotAuthorised):
        ask(client(), "hello", {"ticket": "x", "pid": 1})
    for first in (far[0], near[0]):
        assert is_closed(first), "whoever came first and said nothing made room"
    for each in (*far, *near):
        each.close()


def is_closed(connection: socket.socket) -> bool:
    """Whether the other end closes it, once all is read that was sent before."""
    connection.settimeout(PATIENCE)
    try:
        while connection.recv(65536):
            pass
    except ConnectionResetError:
        return True
    return True


def test_a_flood_of_bad_tokens_tickets_and_sessions_is_told_in_one_entry(tmp_path):
    home = new_home(tmp_path)
    with serving(home) as told:
        certificate = Path(told["certificate"]).read_bytes()
        _, token = new_token(home)
        wanted = {"token": token, "scope": "runner", "run": "", "confinement": "full", "code": code_hash()}
        refusals: list[KdspError] = []
        with flight.FlightClient(told["address"], tls_root_certs=certificate) as client:
            assert ask(client, "ticket", wanted)["ticket"]
            while not _waits(refusals):
                assert len(refusals) < 10_000, "tokens are looked up as fast as they are made up"
                shown = {**wanted, "token": f"kdsp_{len(refusals):08x}_{'A' * 43}"}
                for action, body in {"ticket": shown, "hello": {"ticket": "x", "pid": 1}, "status": {}}.items():
                    with pytest.raises((NotAuthorised, CustodianLost)) as refused:
                        ask(client, action, body)
                    refusals.append(refused.value)
            assert ask(client, "ticket", wanted)["ticket"], "a token that was shown before is taken all the while"
    assert "wait a minute" in _waits(refusals)[0].remedy
    with Database(home.database) as database:
        entries = AccessLog(database).entries()
    one_by_one = [each for each in entries if each.outcome.startswith("KDSP-")]
    together = [each.outcome for each in entries if each.action == "refused"]
    assert all("refused attempts from 127.0.0.1 between" in text for text in together)
    assert len(one_by_one) + sum(int(text.split()[0]) for text in together) == len(refusals)
    assert len(one_by_one) == ONE_BY_ONE * len(together), "so many in each while"


def _waits(refusals: list[KdspError]) -> list[KdspError]:
    return [each for each in refusals if isinstance(each, CustodianLost)]
