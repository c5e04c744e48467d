"""A custodian that other machines reach: by TLS, with the right certificate, for a token that stands; else not at all.

Each attack is made over a real port of a real custodian; where somebody plays the custodian, over one of theirs.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from around import tamper
from far import far_workspace, new_token, serving
from pyarrow import flight

from kdsp_lib.custodian.access_log import Access, AccessLog
from kdsp_lib.custodian.certificate import own_certificate
from kdsp_lib.custodian.client import Connection, ask, ask_for_ticket
from kdsp_lib.custodian.evidence import Evidence
from kdsp_lib.custodian.secret import read_secret
from kdsp_lib.custodian.session import notebook_ticket, runner_ticket
from kdsp_lib.custodian.start import ensure_running, facts
from kdsp_lib.custodian.token import Tokens
from kdsp_lib.errors import BadParameters, BadSource, CustodianLost, KdspError, NotAuthorised
from kdsp_lib.register.database import Database
from kdsp_lib.source.code import code_hash
from kdsp_lib.source.workspace import Workspace, init_workspace, read_workspace

LONG_AGO = dt.datetime.now(dt.UTC) - dt.timedelta(days=90)


@dataclass
class Place:
    """A custodian's own workspace, what it tells of itself, and folders for other machines."""

    home: Workspace
    told: Mapping[str, Any]
    folder: Path

    def ask(self, action: str, **body: object) -> dict[str, Any]:
        """Ask over the network as whoever knows the protocol, without kdsp's client."""
        certificate = Path(self.told["certificate"]).read_bytes()
        with flight.FlightClient(self.told["address"], tls_root_certs=certificate) as client:
            return ask(client, action, body)

    def ticket(self, token: str, **fields: object) -> dict[str, Any]:
        """Ask for a ticket as an honest machine does, but for what is said otherwise."""
        honest = {"token": token, "scope": "runner", "run": "r", "confinement": "full", "code": code_hash()}
        return self.ask("ticket", **{**honest, **fields})

    def log(self) -> list[Access]:
        with Database(self.home.database) as database:
            return list(AccessLog(database).entries())

    def revoke(self, token_id: str) -> None:
        with Database(self.home.database) as database:
            Tokens(database).revoke(token_id)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("place")
    home = init_workspace(folder / "home")
    home.state.mkdir(mode=0o700)
    with serving(home) as told:
        yield Place(home, told, folder)
        assert (facts(home) or {}).get("pid") == told["pid"], "the same custodian serves after all attacks"


@pytest.fixture
def far(place: Place, tmp_path: Path) -> Iterator[Callable[..., Workspace]]:
    """Make another machine's workspace."""
    from contextlib import ExitStack

    with ExitStack() as until_then:

        def make(token: str, **options: object) -> Workspace:
            root = tmp_path / f"far{len(list(tmp_path.iterdir()))}"
            return until_then.enter_context(far_workspace(root, place.told, token, **options))

        yield make


# What is let in


def test_a_token_opens_what_a_local_runner_and_notebook_have_and_the_log_names_its_person(place, far):
    _, token = new_token(place.home, "officer:b1")
    away = far(token)
    runner = Connection(ensure_running(away), runner_ticket(away, "run-1"))
    notebook = Connection(ensure_running(away), notebook_ticket(away, "full"))
    assert runner.ask("status", {})["code"] == code_hash()
    with pytest.raises(NotAuthorised, match="A notebook may not ask this"):
        notebook.ask("status", {})
    asked = [(entry.action, entry.outcome) for entry in place.log() if entry.person == "officer:b1"]
    assert asked == [
        ("ticket", "answered"), ("hello", "answered"), ("ticket", "answered"), ("hello", "answered"),
        ("status", "answered"),
    ]  # fmt: skip


def test_the_other_machine_holds_no_secret_and_no_data(place, far):
    _, token = new_token(place.home)
    away = far(token)
    Connection(ensure_running(away), runner_ticket(away, "")).close()
    there = {path.relative_to(away.root).as_posix() for path in away.root.rglob("*") if path.is_file()}
    assert there == {"kdsp.toml", "token", "state/log/custodian.log"}
    told = (away.state / "log" / "custodian.log").read_text("utf-8")
    assert token not in told


def test_a_session_of_another_machine_outlives_processes_of_this_one(place):
    """Its process id says nothing here: whoever has that number may end."""
    _, token = new_token(place.home)
    ended = 2**22 + 1
    session = place.ask("hello", ticket=place.ticket(token)["ticket"], pid=ended)["session"]
    threading.Event().wait(2.5)  # the custodian looks for the dead every second
    assert place.ask("status", session=session)


# Tokens


@pytest.mark.parametrize("shown", ["", "kdsp_", "kdsp_00000000_" + "A" * 43, "x" * 4000])
def test_a_wrong_token_is_refused_with_the_way_out(place, shown):
    with pytest.raises(NotAuthorised, match="This is no token of this custodian") as refused:
        place.ticket(shown)
    assert "kdsp custodian token PERSON" in refused.value.remedy


def test_an_altered_token_is_no_token(place):
    _, token = new_token(place.home)
    for altered in (token[:-2], token + "A", token.upper(), token.replace("kdsp", "KDSP")):
        with pytest.raises(NotAuthorised, match="This is no token"):
            place.ticket(altered)


def test_an_expired_token_is_refused_and_the_log_says_whose_it_was(place, far):
    _, token = new_token(place.home, "officer:c1", made=LONG_AGO)
    away = far(token)
    with pytest.raises(NotAuthorised, match="of officer:c1 expired on"):
        runner_ticket(away, "")
    last = place.log()[-1]
    assert (last.person, last.action, last.outcome) == ("officer:c1", "ticket", "KDSP-401")


def test_a_revoked_token_ends_tickets_and_sessions_at_once(place, far):
    token_id, token = new_token(place.home)
    away = far(token)
    open_before = Connection(ensure_running(away), runner_ticket(away, "run"))
    unused = runner_ticket(away, "run")
    assert open_before.ask("status", {})
    place.revoke(token_id)
    for attempt in (
        lambda: open_before.ask("status", {}),
        lambda: Connection(ensure_running(away), unused),
        lambda: runner_ticket(away, "run"),
    ):
        with pytest.raises(NotAuthorised, match="has been revoked"):
            attempt()


def test_a_revoked_token_does_not_stand_again_because_its_entry_was_deleted(tmp_path):
    """Neither at the custodian that runs, nor at the next, which does not begin to serve."""
    home = init_workspace(tmp_path / "home")
    home.state.mkdir(mode=0o700)
    with Database(home.database) as database, serving(home) as told:
        here = Place(home, told, tmp_path)
        token_id, token = new_token(home)
        before = here.ask("hello", ticket=here.ticket(token)["ticket"], pid=1)["session"]
        here.revoke(token_id)
        Evidence(home, database).make("token")  # as `kdsp custodian revoke` does
        tamper(database, "token", "DELETE FROM token WHERE number = 2")
        for attempt in (lambda: here.ticket(token), lambda: here.ask("status", session=before)):
            with pytest.raises(BadSource, match="The record of tokens was cut short: it ends at entry 1, and had 2"):
                attempt()
    with pytest.raises(BadSource, match="The record of tokens was cut short") as refused:
        ensure_running(home)
    assert "restore the record of tokens from a backup" in refused.value.remedy


@pytest.mark.parametrize(
    "fields",
    [
        {"scope": "custodian"}, {"scope": None}, {"confinement": "fuller"}, {"run": None}, {"run": "r" * 65},
        {"run": ["r"]}, {"scope": ["runner"]},
    ],
)  # fmt: skip
def test_a_ticket_is_given_for_nothing_that_no_local_one_is_for(place, fields):
    _, token = new_token(place.home)
    with pytest.raises(BadParameters, match="a scope, a run and a confinement"):
        place.ticket(token, **fields)


def test_who_asks_is_the_tokens_person_whatever_is_said(place):
    _, token = new_token(place.home, "officer:b1")
    ticket = place.ticket(token, person="officer:a1")["ticket"]
    place.ask("hello", ticket=ticket, pid=os.getpid(), person="officer:a1")
    assert place.log()[-1].person == "officer:b1"


def test_nobody_reaches_the_run_of_somebody_else(place):
    """A run is its person's: to know its name is not enough. (Whose run it is comes from the ticket.)"""
    _, mine = new_token(place.home, "officer:a1")
    _, other = new_token(place.home, "officer:b1")
    sessions = [
        place.ask("hello", ticket=place.ticket(token, run="shared")["ticket"], pid=1)["session"]
        for token in (mine, other)
    ]
    for action in ("outcome", "release", "written"):
        with pytest.raises(BadParameters, match="This run was not begun"):
            place.ask(action, session=sessions[1])
    place.ask("end", session=sessions[1])
    assert place.ask("status", session=sessions[0])
    with pytest.raises(NotAuthorised):
        place.ask("status", session=sessions[1])


def test_another_version_of_kdsp_is_refused(place):
    _, token = new_token(place.home)
    with pytest.raises(BadParameters, match="another version of kdsp"):
        place.ticket(token, code="0" * 64)


def test_who_has_no_ticket_is_told_nothing(place):
    for action in ("open", "tables", "pupils", "status", "where-used", "begin", "end"):
        with pytest.raises(NotAuthorised, match="no such session"):
            place.ask(action, session="x")
    with pytest.raises(NotAuthorised, match="not a ticket"):
        place.ask("hello", ticket="x.y", pid=1)


def test_a_ticket_of_the_custodians_own_machine_opens_nothing_from_another(place):
    """Whoever has one there was given it, or has the secret: the network is no way to use either."""
    minted = runner_ticket(replace(place.home, requester="officer:a1"), "")
    with pytest.raises(NotAuthorised, match="for a process of the custodian's machine"):
        place.ask("hello", ticket=minted, pid=1)


# Certificates and TLS


def test_a_custodian_with_another_certificate_is_asked_nothing(place, far, tmp_path):
    _, token = new_token(place.home)
    (tmp_path / "stranger").mkdir()
    stranger = own_certificate(tmp_path / "stranger", "127.0.0.1")
    away = far(token, certificate=stranger.chain)
    before = len(place.log())
    with pytest.raises(BadParameters, match="does not show the certificate that is expected") as refused:
        runner_ticket(away, "")
    assert "tell them" in refused.value.remedy
    assert len(place.log()) == before


def test_who_plays_the_custodian_without_its_key_gets_no_token(place, far, tmp_path):
    """On its address, by TLS, with a certificate of their own making."""
    (tmp_path / "stranger").mkdir()
    stranger = own_certificate(tmp_path / "stranger", "127.0.0.1")
    heard: list[bytes] = []

    class Pretender(flight.FlightServerBase):  # type: ignore[misc]
        def do_action(self, _context: object, action: Any) -> Iterator[Any]:
            heard.append(action.body.to_pybytes())
            yield flight.Result(b'{"answer": {"ticket": "t"}}')

    with Pretender("grpc+tls://127.0.0.1:0", tls_certificates=[stranger.read()]) as pretender:
        _, token = new_token(place.home)
        away = far(token, address=f"grpc+tls://127.0.0.1:{pretender.port}")
        with pytest.raises(BadParameters, match="does not show the certificate"):
            runner_ticket(away, "")
    assert heard == []


def test_who_listens_without_tls_gets_no_token(place, far):
    heard = bytearray()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def listen() -> None:
            while True:
                try:
                    with listener.accept()[0] as caller:
                        heard.extend(caller.recv(65536))
                        caller.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                except OSError:
                    return

        threading.Thread(target=listen, daemon=True).start()
        _, token = new_token(place.home)
        away = far(token, address=f"grpc+tls://127.0.0.1:{listener.getsockname()[1]}")
        with pytest.raises(BadParameters, match="does not speak TLS"):
            runner_ticket(away, "")
        listener.shutdown(socket.SHUT_RDWR)
    assert heard, "somebody called"
    assert token.encode() not in heard
    assert b"ticket" not in heard


def test_a_certificate_of_another_name_is_refused(place, far, tmp_path):
    """The right authority is not enough: the certificate has to be for the address that is called."""
    port = place.told["address"].rpartition(":")[2]
    _, token = new_token(place.home)
    away = far(token, address=f"grpc+tls://127.0.0.2:{port}")
    with pytest.raises((BadParameters, CustodianLost)) as refused:
        runner_ticket(away, "")
    assert "127.0.0.2" in refused.value.message


def test_nothing_is_answered_without_tls(place):
    port = place.told["address"].rpartition(":")[2]
    with flight.FlightClient(f"grpc+tcp://127.0.0.1:{port}") as client, pytest.raises(CustodianLost):
        ask(client, "hello", {"ticket": "x", "pid": 1})


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_old_tls_is_refused(place):
    host, _, port = place.told["address"].removeprefix("grpc+tls://").rpartition(":")

    def shake_hands(*, at_most: ssl.TLSVersion) -> str | None:
        context = ssl.create_default_context(cafile=place.told["certificate"])
        context.set_ciphers("ALL:@SECLEVEL=0")  # whatever the caller's own rules are
        context.minimum_version, context.maximum_version = ssl.TLSVersion.MINIMUM_SUPPORTED, at_most
        with (
            socket.create_connection((host, int(port))) as plain,
            context.wrap_socket(plain, server_hostname=host) as s,
        ):
            return s.version()

    assert shake_hands(at_most=ssl.TLSVersion.TLSv1_2) == "TLSv1.2"
    with pytest.raises(ssl.SSLError):
        shake_hands(at_most=ssl.TLSVersion.TLSv1_1)


def test_a_custodian_that_is_not_there_is_told_so(place, far):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    _, token = new_token(place.home)
    with pytest.raises(CustodianLost, match="cannot be reached: Connection refused") as lost:
        runner_ticket(far(token, address=f"grpc+tls://127.0.0.1:{port}"), "")
    assert "custodian serve --listen" in lost.value.remedy


@pytest.mark.parametrize(
    "address", ["grpc+tcp://127.0.0.1:8443", "grpc://127.0.0.1:8443", "http://a:1", "127.0.0.1:8443", "grpc+tls://a"]
)
def test_no_setting_reaches_a_custodian_without_tls(tmp_path, address):
    (tmp_path / "kdsp.toml").write_text(
        f'[workspace]\nname = "x"\n[custodian]\naddress = {json.dumps(address)}\ncertificate = "c.pem"\n', "utf-8"
    )
    with pytest.raises(BadParameters) as refused:
        read_workspace(tmp_path)
    assert [fault.field for fault in refused.value.faults] == ["address"]
    assert "by TLS alone" in refused.value.faults[0].text


# The other machine's own


def test_a_token_that_others_may_read_is_not_shown(place, far):
    _, token = new_token(place.home)
    away = far(token)
    (away.root / "token").chmod(0o644)
    with pytest.raises(BadParameters, match="Others may read"):
        runner_ticket(away, "")


def test_a_workspace_of_another_machine_says_nothing_of_its_own(tmp_path):
    """Who asks, by which register and protocol: that is the custodian's to know."""
    (tmp_path / "kdsp.toml").write_text(
        '[workspace]\nname = "x"\nrequester = "officer:a1"\nregister = "r.yaml"\noutputs = "out"\n'
        '[custodian]\naddress = "grpc+tls://a:1"\ncertificate = "c.pem"\n[reports.area-profile]\ndpia = "none"\n',
        "utf-8",
    )
    with pytest.raises(BadParameters) as refused:
        read_workspace(tmp_path)
    assert sorted(fault.field for fault in refused.value.faults) == ["register", "reports", "requester"]


def test_the_key_of_the_certificate_is_for_the_custodian_alone(place):
    assert (place.home.state / "tls" / "key.pem").stat().st_mode & 0o077 == 0
    assert read_secret(place.home.state) not in Path(place.told["certificate"]).read_bytes()


def test_a_certificate_that_is_given_is_checked_with_its_key(tmp_path):
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    one, other = (own_certificate(tmp_path / name, "localhost") for name in ("one", "other"))
    with pytest.raises(KdspError, match="no certificate and its key"):
        type(one)(one.chain, other.key).read()
    with pytest.raises(KdspError, match="no certificate and its key"):
        type(one)(one.chain, tmp_path / "nothing").read()


def test_the_relay_alone_gives_nobody_anything(place, far):
    """Another process of that machine that reaches the relay's socket has a way, and no right to go it."""
    _, token = new_token(place.home)
    away = far(token)
    with pytest.raises(NotAuthorised, match="no token"):
        ask_for_ticket(ensure_running(away), "kdsp_00000000_x", "runner", "", "full")
    with pytest.raises(NotAuthorised, match="not a ticket"):
        Connection(ensure_running(away), "x.y")
