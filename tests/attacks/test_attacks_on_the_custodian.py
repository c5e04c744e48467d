"""What can be said to the custodian by whoever has its socket, and that it gives nothing away and goes on serving.

Each attack is made against a real custodian of the made-up authority. After each, the same process has to open the
next honest notebook's report.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from counter import EAST, PUPILS, WEST, Caller, Counter, counter_of, error_of

from kdsp_lib.custodian.ledger import Ledger
from kdsp_lib.custodian.start import stop
from kdsp_lib.register.database import Database
from kdsp_lib.source.demo.authority import make_authority
from kdsp_lib.source.workspace import Workspace

RUNNER_ACTIONS = ("begin", "outcome", "release", "written", "status")
NOTEBOOK_ACTIONS = ("open", "tables", "close")


@pytest.fixture(scope="module")
def authority(
    tmp_path_factory: pytest.TempPathFactory, with_edition: Callable[[Workspace], Workspace]
) -> Iterator[Workspace]:
    workspace = with_edition(make_authority(tmp_path_factory.mktemp("authority")))
    yield workspace
    stop(workspace)


@pytest.fixture
def counter(authority: Workspace) -> Iterator[Counter]:
    found = counter_of(authority)
    yield found
    found.still_serves()


@pytest.fixture
def notebook(counter: Counter) -> Caller:
    """A notebook with its report open."""
    caller = counter.caller()
    assert "answer" in caller.open()
    return caller


# Who asks


def _altered(ticket: str, **fields: Any) -> str:
    body, _, signature = ticket.partition(".")
    said = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    told = json.dumps({**said, **fields}, sort_keys=True, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(told).rstrip(b"=").decode() + "." + signature


FORGED: dict[str, Callable[[Counter], object]] = {
    "none at all": lambda _: "",
    "no text": lambda _: None,
    "a list": lambda _: ["a"],
    "made with another secret": lambda c: c.ticket(secret=b"x" * 32),
    "made with an empty secret": lambda c: c.ticket(secret=b"\0"),
    "of a moment ago": lambda c: c.ticket(expires=time.time() - 1),
    "that never ended": lambda c: c.ticket(expires=float("nan")),
    "altered to another person": lambda c: _altered(c.ticket(), person="officer:a2"),
    "altered to another scope": lambda c: _altered(c.ticket(), scope="runner"),
    "altered to another confinement": lambda c: _altered(c.ticket(confinement="none"), confinement="full"),
    "of an unknown confinement": lambda c: c.ticket(confinement="fuller"),
    "altered to another run": lambda c: _altered(c.ticket(), run="another"),
    "altered to end later": lambda c: _altered(c.ticket(expires=time.time() - 1), expires=time.time() + 600),
    "without its signature": lambda c: c.ticket().partition(".")[0] + ".",
    "without a dot": lambda c: c.ticket().replace(".", ""),
    "with something after it": lambda c: c.ticket() + "A",
    "altered to another start": lambda c: _altered(c.ticket(), start="0" * 16),
    "in a line of its own": lambda c: c.ticket() + "\n",
    "of an unknown scope": lambda c: c.ticket(scope="custodian"),
    "far too long": lambda c: c.ticket() + "A" * 100_000,
    "outside ASCII": lambda _: "é.é",
    "half of a character": lambda _: "\ud800.\udfff",
}


@pytest.mark.parametrize("kind", list(FORGED))
def test_a_forged_ticket_opens_nothing(kind: str, counter: Counter) -> None:
    error = Caller(counter.socket).refused("hello", ticket=FORGED[kind](counter), pid=os.getpid())
    assert error["error"] == "NotAuthorised"


def test_a_replayed_ticket_opens_nothing(counter: Counter) -> None:
    ticket = counter.ticket()
    counter.caller(ticket)
    assert Caller(counter.socket).refused("hello", ticket=ticket, pid=os.getpid())["error"] == "NotAuthorised"


def test_a_ticket_of_an_earlier_start_opens_nothing(counter: Counter) -> None:
    """Whether it was used then is forgotten: the next custodian takes none of it, and says why."""
    error = Caller(counter.socket).refused("hello", ticket=counter.ticket(start="0" * 16), pid=os.getpid())
    assert error["error"] == "CustodianLost"
    assert "was restarted" in error["message"]


def test_of_a_hundred_who_come_at_once_with_one_ticket_one_gets_in(counter: Counter) -> None:
    ticket, got = counter.ticket(), []

    def come() -> None:
        got.append("answer" in Caller(counter.socket).ask("hello", ticket=ticket, pid=os.getpid()))

    threads = [threading.Thread(target=come) for _ in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 100
    assert got.count(True) == 1


def test_a_process_that_cannot_be_is_not_waited_for(counter: Counter) -> None:
    for pid in (None, "1", 0, -1, True, 1.5, [1], 2**31, 2**70):
        error = Caller(counter.socket).refused("hello", ticket=counter.ticket(), pid=pid)
        assert error["error"] == "BadParameters", pid
    time.sleep(1.2)  # the custodian looks after its sessions once a second


@pytest.mark.parametrize("action", RUNNER_ACTIONS)
def test_a_notebook_may_not_do_what_a_runner_does(action: str, notebook: Caller) -> None:
    error = notebook.refused(action, notebook="area_profile", notebook_hash="0", parameters=EAST, content_hash="0")
    assert error["error"] == "NotAuthorised"


@pytest.mark.parametrize("action", NOTEBOOK_ACTIONS)
def test_a_runner_may_not_do_what_a_notebook_does(action: str, counter: Counter) -> None:
    runner = counter.caller(counter.ticket(scope="runner", run="one"))
    assert runner.refused(action, report="area-profile", parameters=EAST, questions=PUPILS)["error"] == "NotAuthorised"


@pytest.mark.parametrize("session", ["", None, 0, [], {}, "' OR 1=1 --", "A" * 32, "\0", "\ud800"])
@pytest.mark.parametrize("action", [*NOTEBOOK_ACTIONS, *RUNNER_ACTIONS])
def test_nobody_asks_without_a_session(action: str, session: object, counter: Counter) -> None:
    assert Caller(counter.socket).refused(action, session=session)["error"] == "NotAuthorised"


def test_a_closed_session_stays_closed(notebook: Caller) -> None:
    assert notebook.ask("close") == {"answer": {}}
    assert notebook.refused("tables", questions=PUPILS)["error"] == "NotAuthorised"


def test_who_asks_is_never_a_parameter(counter: Counter) -> None:
    for given in ({**EAST, "requester": "officer:a2"}, {**EAST, "person": "officer:a2"}, {**EAST, "data": "current"}):
        assert error_of(counter.caller().open(given))["error"] == "BadParameters"
    caller = counter.caller()
    assert "answer" in caller.open(person="officer:a2", requester="officer:a2", run="another", scope="runner")
    assert caller.refused("release", texts=[])["error"] == "NotAuthorised"


def test_a_ticket_that_an_account_mints_for_somebody_else_opens_nothing(counter: Counter) -> None:
    """Whoever may read the key asks as the person whose account it is, and as nobody else of the register or not."""
    for person in ("officer:checker", "officer:nobody", "establishment:990001", "public", ""):
        ticket = counter.ticket(person=person)
        error = Caller(counter.socket).refused("hello", ticket=ticket, pid=os.getpid())
        assert error["error"] == "NotAuthorised"
        assert "is officer:a1's" in error["message"]


@pytest.mark.needs_root
def test_another_person_of_the_machine_does_not_reach_it(counter: Counter) -> None:
    assert stat.S_IMODE(counter.socket.parent.stat().st_mode) == 0o700
    become = "os.setgroups([]); os.setgid(65534); os.setuid(65534)"
    connect = f"socket.socket(socket.AF_UNIX).connect({str(counter.socket)!r})"
    for first, error in (("pass", ""), (become, "PermissionError")):
        code = f"import os, socket; {first}; {connect}"
        tried = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True)
        assert error in tried.stderr
        assert bool(tried.returncode) == bool(error)


# What for


@pytest.mark.parametrize(
    "other",
    [
        {"on": "2026-03-03"},
        {"recipient": "collaborative:west"},
        {"recipient": "authority"},
        {"group": "collaborative:west"},
        {"group": None},
        {"purpose": "raising-attainment"},
        {"period": "2025/26-spring"},
    ],
    ids=lambda other: ",".join(other),
)
def test_a_notebook_with_a_report_opens_no_other(other: dict[str, Any], notebook: Caller) -> None:
    assert error_of(notebook.open({**EAST, **other}))["error"] == "NotAuthorised"
    assert "answer" in notebook.open(), "its own it may open again"


def test_of_two_reports_opened_at_once_a_notebook_gets_one(counter: Counter) -> None:
    caller, got = counter.caller(), []

    def open_it(parameters: dict[str, Any]) -> None:
        got.append("answer" in caller.open(parameters))

    threads = [threading.Thread(target=open_it, args=(p,)) for p in (dict(EAST), dict(WEST)) * 5]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got.count(True) == 5


def test_no_table_comes_before_a_decision(counter: Counter) -> None:
    caller = counter.caller()
    assert caller.refused("tables", questions=PUPILS)["error"] == "BadParameters"
    assert error_of(caller.open({**EAST, "recipient": "public"}))["error"] == "NotAuthorised"
    assert caller.refused("tables", questions=PUPILS)["error"] == "BadParameters"


def test_two_notebooks_do_not_mix(counter: Counter) -> None:
    east, west = counter.caller(), counter.caller()
    assert "answer" in east.open(EAST)
    assert "answer" in west.open(WEST)
    answers: dict[str, list[Any]] = {"east": [], "west": []}

    def ask(name: str, caller: Caller) -> None:
        answers[name].append(caller.ask("tables", questions=PUPILS)["answer"]["tables"][0])

    threads = [threading.Thread(target=ask, args=pair) for pair in (("east", east), ("west", west)) * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(table == answers["east"][0] for table in answers["east"])
    assert all(table == answers["west"][0] for table in answers["west"])
    assert answers["east"][0]["scope"] != answers["west"][0]["scope"]
    assert answers["east"][0]["cells"] != answers["west"][0]["cells"]
    assert "answer" in east.ask("close")
    assert "answer" in west.open(WEST), "one that ends does not end the other"


# Runs


def _begun(counter: Counter, parameters: dict[str, Any], **more: object) -> tuple[Caller, str]:
    run = secrets.token_hex(8)
    runner = counter.caller(counter.ticket(scope="runner", run=run))
    begun = runner.ask("begin", notebook="area_profile", notebook_hash="0" * 64, parameters=parameters, **more)
    assert "answer" in begun, begun
    return runner, run


def test_a_run_opens_the_report_it_was_begun_for_and_no_other(counter: Counter) -> None:
    runner, run = _begun(counter, dict(EAST))
    caller = counter.caller(counter.ticket(run=run))
    assert error_of(caller.open(WEST))["error"] == "NotAuthorised"
    assert runner.refused("release", texts=[])["error"] == "BadParameters"


def test_a_second_notebook_cannot_slip_into_a_run(counter: Counter) -> None:
    runner, run = _begun(counter, dict(EAST))
    first, second = counter.caller(counter.ticket(run=run)), counter.caller(counter.ticket(run=run))
    assert "answer" in first.open()
    assert error_of(second.open())["error"] == "NotAuthorised"
    assert "answer" in first.ask("tables", questions=PUPILS)
    assert second.refused("tables", questions={"more": PUPILS["pupils"]})["error"] == "BadParameters"
    assert [table["name"] for table in runner.ask("release", texts=[])["answer"]["tables"]] == ["pupils"]


def test_a_run_that_nobody_began_gives_a_draft_and_no_release(counter: Counter) -> None:
    caller = counter.caller(counter.ticket(run="of somebody else"))
    assert "answer" in caller.open()
    assert caller.ask("tables", questions=PUPILS)["answer"]["tables"][0]["draft"] is True
    stranger = counter.caller(counter.ticket(scope="runner", run="never begun"))
    for action in ("outcome", "release", "written"):
        assert stranger.refused(action, content_hash="0")["error"] == "BadParameters"


def test_what_a_notebook_left_behind_asks_after_the_release_is_refused(counter: Counter) -> None:
    """It would be no draft, and stand in no release that later ones are compared with."""
    runner, run = _begun(counter, dict(EAST))
    caller = counter.caller(counter.ticket(run=run))
    assert "answer" in caller.open()
    assert "answer" in caller.ask("tables", questions=PUPILS)
    assert "answer" in runner.ask("release", texts=[])
    more = {"more": {"kind": "count", "measure": "pupils", "by": ["fsm6"], "where": None}}
    assert caller.refused("tables", questions=more)["error"] in {"NotAuthorised", "BadParameters"}


def test_nothing_is_noted_as_written_before_it_is_released(counter: Counter) -> None:
    runner, _ = _begun(counter, dict(EAST))
    assert runner.refused("written", content_hash="forged")["error"] == "BadParameters"
    with Database(counter.workspace.database) as database:
        written = Ledger(database).entries(kind="written")
    assert "forged" not in json.dumps([dict(entry.body) for entry in written])


# In which words

GARBAGE: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"select * from pupils",
    "no UTF-8": b"\xff\xfe\x00",
    "a cut-off question": b'{"session": "abc", "questions": {"pupils": {"kind": "cou',
    "a list": b"[]",
    "a number": b"7",
    "null": b"null",
    "a number of a million digits": b'{"session": ' + b"9" * 200_000 + b"}",
    "NaN": b'{"session": NaN}',
    "deep lists": b"[" * 200_000,
    "deep mappings": b'{"a":' * 40_000,
    "deep, but whole": b'{"session": ' + b"[" * 800 + b"]" * 800 + b"}",
    "NUL": b"\0" * 1000,
    "two objects": b"{}{}",
    "a pickle": b"\x80\x04\x95\x0c\x00\x00\x00\x00\x00\x00\x00\x8c\x08builtins\x94.",
    "a little too much": b'{"session": "' + b"x" * (256 * 1024) + b'"}',
}


@pytest.mark.parametrize("kind", list(GARBAGE))
@pytest.mark.parametrize("action", ["hello", "open", "tables", "release"])
def test_garbage_is_refused(action: str, kind: str, counter: Counter) -> None:
    assert error_of(Caller(counter.socket).say(action, GARBAGE[kind]))["error"] in {"BadParameters", "NotAuthorised"}


@pytest.mark.parametrize(
    "action", ["", "drop", "__class__", "_actions", "../open", "OPEN", "open\0", "é", "x" * 100_000]
)
def test_what_is_no_action_is_refused(action: str, notebook: Caller) -> None:
    assert notebook.refused(action)["error"] == "BadParameters"


def test_no_other_way_of_flight_leads_anywhere(counter: Counter) -> None:
    import pyarrow as pa
    from pyarrow import flight

    client = flight.FlightClient(f"grpc+unix://{counter.socket}")
    table, named = pa.table({"a": [1]}), flight.FlightDescriptor.for_path("data", "pupils")
    ways: dict[str, Callable[[], object]] = {
        "get": lambda: client.do_get(flight.Ticket(b"pupils")).read_all(),
        "get a file": lambda: client.do_get(flight.Ticket(b"../data/pupils.parquet")).read_all(),
        "put": lambda: _put(client, named, table),
        "exchange": lambda: _exchange(client, named, table),
        "list": lambda: list(client.list_flights()),
        "information": lambda: client.get_flight_info(named),
        "schema": lambda: client.get_schema(named),
        "log in": lambda: client.authenticate_basic_token("officer:a1", "password"),
    }
    for name, way in ways.items():
        with pytest.raises((pa.ArrowException, NotImplementedError, OSError)) as refused:
            way()
        assert str(counter.workspace.root) not in str(refused.value), name
    client.close()


def _put(client: Any, named: Any, table: Any) -> None:
    writer, _ = client.do_put(named, table.schema)
    writer.write_table(table)
    writer.close()


def _exchange(client: Any, named: Any, table: Any) -> None:
    writer, reader = client.do_exchange(named)
    writer.begin(table.schema)
    writer.write_table(table)
    writer.done_writing()
    reader.read_all()


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET / HTTP/1.1\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\xff\xff\xff\x00\x00\x00\x00\x00\x01" + b"\0" * 5000,
        secrets.token_bytes(100_000),
    ],
    ids=["silence", "another protocol", "a beginning", "an impossible frame", "noise"],
)
def test_whoever_says_half_and_leaves_or_stays_stops_nobody(sent: bytes, counter: Counter) -> None:
    leaving, staying = (socket.socket(socket.AF_UNIX) for _ in range(2))
    for one in (leaving, staying):
        one.connect(str(counter.socket))
        try:
            one.sendall(sent)
        except OSError:
            continue
    leaving.close()
    counter.still_serves()
    staying.close()


def test_three_hundred_who_come_and_say_nothing_stop_nobody(counter: Counter) -> None:
    crowd = [socket.socket(socket.AF_UNIX) for _ in range(300)]
    for one in crowd:
        one.settimeout(5)
        try:
            one.connect(str(counter.socket))
        except OSError:
            break
    counter.still_serves()
    for one in crowd:
        one.close()


# The questions

BENT: dict[str, Any] = {
    "none": {},
    "a list": [1],
    "a text": "pupils",
    "deep": json.loads("[" * 500 + "]" * 500),
    "a question that is none": {"pupils": 7},
    "a part too many": {"pupils": {**PUPILS["pupils"], "unprotected": True}},
    "a switch": {"pupils": {**PUPILS["pupils"], "threshold": 0}},
    "a kind that is none": {"pupils": {**PUPILS["pupils"], "kind": "rows"}},
    "a measure that is none": {"pupils": {**PUPILS["pupils"], "measure": "upn"}},
    "a measure of another report": {"pupils": {**PUPILS["pupils"], "measure": "exclusions"}},
    "by each pupil": {"pupils": {**PUPILS["pupils"], "by": ["pupil_key"]}},
    "by each establishment": {"pupils": {**PUPILS["pupils"], "by": ["urn"]}},
    "by a list": {"pupils": {**PUPILS["pupils"], "by": [["sex"]]}},
    "by everything": {"pupils": {**PUPILS["pupils"], "by": ["sex"] * 5000}},
    "by NUL": {"pupils": {**PUPILS["pupils"], "by": ["\0"]}},
    "by half of a character": {"pupils": {**PUPILS["pupils"], "by": ["\ud800"]}},
    "a path for a name": {"../../outputs/x": PUPILS["pupils"]},
    "a huge name": {"x" * 100_000: PUPILS["pupils"]},
    "half of a character for a name": {"\ud800": PUPILS["pupils"]},
    "a formula for a name": {"=1+1": PUPILS["pupils"]},
    "no name": {"": PUPILS["pupils"]},
    "two thousand": {f"t{n}": PUPILS["pupils"] for n in range(2000)},
}


@pytest.mark.parametrize("kind", list(BENT))
def test_a_bent_question_is_refused(kind: str, notebook: Caller) -> None:
    assert notebook.refused("tables", questions=BENT[kind])["error"] in {"BadParameters", "Disclosive"}


WHERES = (
    "1=1",
    "1 = 1 OR sex = 'F'",
    "sex = 'F'; DROP TABLE pupils",
    "sex = 'F' UNION SELECT upn FROM pupils",
    "sex = (SELECT sex FROM pupils LIMIT 1)",
    "sex IN (SELECT surname FROM read_parquet('data/*.parquet'))",
    "EXISTS (SELECT 1 FROM pupils)",
    "read_text('/etc/passwd') = 'x'",
    "sex = 'F' -- and nothing more",
    "sex = 'F' /* and */",
    "sex LIKE '%'",
    "sex ~ '.*'",
    "sex || upn = 'F'",
    "pupils.sex = 'F'",
    "main.pupils.sex = 'F'",
    "CASE WHEN sex = 'F' THEN TRUE ELSE FALSE END",
    "CAST(sex AS VARCHAR) = 'F'",
    "random() < 0.5",
    "getenv('HOME') = 'x'",
    "sex = $1",
    "sex = ?",
    "sex = chr(70)",
    "sex = 'F' AND date_of_birth = '2011-03-04'",
    "birth_month = 3",
    "date_of_entry > '2020-01-01'",
    "postcode = 'L36 9YU'",
    "surname = 'Smith'",
    "forename = 'Ada'",
    "upn = 'A123456789012'",
    "pupil_key = '0'",
    "urn = '990001'",
    "establishment = '990001'",
    "controller = '990001'",
    "ward = 'x'",
    "sessions_missed = 7",
    '"sex" = \'F\' AND "up' + 'n" IS NOT NULL',
    "sex = 'F\0'",
    "\0",
    "s\ud800x = 'F'",
    "ѕex = 'F'",
    "sex = 'F' OR " * 3000 + "sex = 'M'",
    "(" * 5000 + "sex = 'F'" + ")" * 5000,
    "NOT " * 100 + "sex = 'F' AND sex = 'M'",
    "x" * 200_000,
)


@pytest.mark.parametrize("where", WHERES, ids=lambda where: where[:40].encode("ascii", "replace").decode())
def test_a_where_is_no_way_in(where: str, notebook: Caller) -> None:
    error = notebook.refused("tables", questions={"pupils": {**PUPILS["pupils"], "where": where}})
    assert error["error"] in {"BadParameters", "Disclosive"}
    assert "parquet" not in json.dumps(error).replace(where[:60], "")


OPENED_WITH: dict[str, Any] = {
    "no parameters": None,
    "a list of them": [["group", "collaborative:east"]],
    "one too many": {**EAST, "force": "true"},
    "one too few": {k: v for k, v in EAST.items() if k != "on"},
    "a day that is none": {**EAST, "on": "2026-02-30"},
    "a moment": {**EAST, "on": "2026-03-02T00:00:00"},
    "a period that is none": {**EAST, "period": "../2025"},
    "SQL for a group": {**EAST, "group": "collaborative:east' OR '1'='1"},
    "a path for a group": {**EAST, "group": "../../etc"},
    "NUL for a recipient": {**EAST, "recipient": "collaborative:east\0"},
    "a huge recipient": {**EAST, "recipient": "x" * 200_000},
    "half of a character for a recipient": {**EAST, "recipient": "\ud800"},
    "half of a character for a purpose": {**EAST, "purpose": "\udfff"},
    "a list for a recipient": {**EAST, "recipient": ["collaborative:east"]},
    "a Cedar policy for a purpose": {**EAST, "purpose": '"); permit(principal, action, resource);'},
    "a thousand unknown ones": {**EAST, **{f"p{n}": "x" for n in range(1000)}},
}


@pytest.mark.parametrize("kind", list(OPENED_WITH))
def test_a_report_opened_with_bent_parameters_is_refused(kind: str, counter: Counter) -> None:
    error = error_of(counter.caller().open(OPENED_WITH[kind]))
    assert error["error"] in {"BadParameters", "NotAuthorised"}
    assert len(json.dumps(error)) < 300_000


@pytest.mark.parametrize(
    "report", ["", None, 7, ["area-profile"], "pupils", "../area-profile", "\0", "\ud800", "x" * 100_000]
)
def test_a_report_that_is_none_is_refused(report: object, counter: Counter) -> None:
    assert error_of(counter.caller().open(report=report))["error"] == "BadParameters"


@pytest.mark.parametrize("said", ["full", "none", None, "fuller", ["full"]])
def test_what_a_notebook_says_of_its_confinement_is_not_heeded(said: object, counter: Counter) -> None:
    """Whoever started its kernel wrote into the ticket how it is confined."""
    runner, run = _begun(counter, dict(EAST))
    caller = counter.caller(counter.ticket(run=run, confinement="partial"))
    opened = caller.open(confinement=said)["answer"]
    assert dict(map(tuple, opened["facts"]))["Confinement"].startswith("partial")
    assert "answer" in caller.ask("tables", questions=PUPILS)
    assert runner.ask("release", texts=[])["answer"]["facts"]["confinement"] == "partial"


def test_a_run_that_requires_confinement_opens_no_report_without(counter: Counter) -> None:
    for level, opens in (("full", True), ("partial", False), ("none", False)):
        runner, run = _begun(counter, dict(EAST), require_confinement=True)
        caller = counter.caller(counter.ticket(run=run, confinement=level))
        assert ("answer" in caller.open()) == opens
        reason = runner.ask("outcome")["answer"]["error"]
        assert reason is None if opens else f"is {level}" in reason["message"]
