"""What reads data or state without the custodian leaves an entry in the access log; what was asked, few are shown."""

from __future__ import annotations

import json

import pytest
from acting import act_as

from kdsp_lib.custodian.access_log import AccessLog
from kdsp_lib.custodian.asked import Asked, seal
from kdsp_lib.custodian.secret import read_secret
from kdsp_lib.errors import Broken
from kdsp_lib.register.database import Database
from kdsp_lib.source.workspace import find_workspace

REGISTER = """
establishments: [{urn: '990005', phase: primary, name: Ash Primary}]
people: [{id: "officer:a1", name: A. Officer}, {id: "officer:b1", name: B. Officer}]
"""
ID = "0123456789abcdef01234567"


@pytest.fixture
def home(kdsp, tmp_path):
    """The command line in a workspace of officer:a1."""
    kdsp("init", ".")
    data = tmp_path / "folder" / "data"
    data.mkdir(exist_ok=True)
    (data / "register.yaml").write_text(REGISTER, "utf-8")
    (tmp_path / "folder" / "requests.jsonl").write_text("")
    return kdsp


def entries(home):
    return [(each["person"], each["action"], each["report"], each["outcome"]) for each in log(home)]


def log(home):
    return json.loads(home("custodian", "log", "--json").out)


@pytest.mark.parametrize(
    ("command", "action", "code"),
    [
        (("data", "list"), "data-list", 0), (("data", "list", "--json"), "data-list", 0),
        (("data", "check"), "data-check", 11), (("custodian", "tokens"), "tokens", 0),
        (("checkpoint", "verify"), "checkpoint", 0), (("verify",), "verify", 0),
        (("data", "check", "no-returns"), "data-check", 11), (("data", "calendar"), "data-calendar", 0),
        (("register", "check"), "register-check", 0), (("register", "show", "--on", "2026-03-02"), "register-show", 0),
        (("register", "export"), "register-export", 0), (("register", "expiring"), "register-expiring", 0),
        (("decide", "--requests", "requests.jsonl"), "decide", 0),
    ],
)  # fmt: skip
def test_a_command_that_reads_leaves_an_entry_with_how_it_ended(home, command, action, code):
    ended = home(*command)
    assert ended.code == code, ended.err
    assert entries(home) == [("officer:a1", action, "", "KDSP-110" if code else "answered")]
    assert entries(home)[-1] == ("officer:a1", "log", "", "answered")


@pytest.mark.parametrize("command", ["entries", "proposals", "verify"])
def test_who_reads_the_journal_leaves_an_entry(home, command):
    assert home("register", command).code == 10
    assert home("register", "import", "data/register.yaml", "--reference", "file 1").code == 0
    assert home("register", command).code == 0
    found = entries(home)
    assert found == [("officer:a1", f"register-{command}", "", each) for each in ("KDSP-100", "answered")]


def test_who_reads_a_file_of_their_own_leaves_none(home):
    assert home("register", "check", "data/register.yaml").code == 0
    assert entries(home) == []


@pytest.mark.parametrize("command", ["verify", "audit"])
@pytest.mark.parametrize("name", [ID, "Reuben Bradley"])
def test_of_a_release_it_names_the_id_and_of_another_folder_nothing(home, tmp_path, command, name):
    folder = tmp_path / "folder" / "outputs" / name
    folder.mkdir(parents=True)
    assert home(command, folder).code == 11
    assert entries(home) == [("officer:a1", command, ID if name == ID else "", "KDSP-110")]


def test_where_no_entry_can_be_kept_nothing_is_shown(home, monkeypatch):
    def full(*_):
        raise Broken("The state database could not be written.")

    monkeypatch.setattr(AccessLog, "append", full)
    ended = home("data", "list")
    assert (ended.code, ended.out) == (70, "")


def put(*asked):
    workspace = find_workspace()
    with Database(workspace.database) as database:
        for person, each in asked:
            sealed = seal(each, read_secret(workspace.state))
            AccessLog(database).append(person, "begin", "", "KDSP-401", sealed)


AREA = Asked("area-profile", "collaborative:east", "officer:b1")
KSIP = Asked("ksip-report", "establishment:990005", "officer:b1", is_confidential=True)


def test_who_asked_is_shown_what_they_asked_and_others_are_not(home):
    put(("officer:a1", AREA), ("officer:b1", AREA), ("officer:b1", KSIP))
    shown = [each["asked"] for each in log(home)]
    assert shown == [
        {"report": "area-profile", "subject": "collaborative:east", "recipient": "officer:b1", "words": ""}, None, None
    ]  # fmt: skip
    assert "area-profile about collaborative:east for officer:b1" in home("custodian", "log").out
    assert "ksip" not in home("custodian", "log").out


def test_a_registrar_is_shown_all_but_what_is_confidential(home):
    assert home("register", "import", "data/register.yaml", "--reference", "file 1").code == 0
    by = ("person=officer:b1", "role=registrar", "from=2026-01-01", "--reference", "file 2")
    assert home("register", "permit", *by).code == 0
    put(("officer:c1", AREA), ("officer:c1", KSIP))
    assert [each["asked"]["report"] for each in log(home)[:2]] == ["area-profile", "ksip-report"], "the lead is"
    act_as("officer:b1")
    assert [each["asked"] and each["asked"]["report"] for each in log(home)[:2]] == ["area-profile", None]


def test_one_expect_means_the_same_everywhere(home, tmp_path):
    """A checkpoint by its file or its hash, or what ``kdsp register verify`` printed."""
    home("register", "import", "data/register.yaml", "--reference", "file 1")
    home("custodian", "token", "officer:a1")
    noted = home("register", "verify").out.split()[-1]
    kept = home("checkpoint", "export", "--to", "kept").out.split()[0]
    commands = (
        ("register", "verify"),
        ("custodian", "tokens"),
        ("custodian", "log"),
        ("checkpoint", "verify"),
        ("verify",),
    )
    for command in commands:
        for expect, code in ((noted, 0), (kept, 0), ("kept", 0), ("0" * 64, 11), ("soon", 10)):
            assert home(*command, "--expect", expect).code == code, (command, expect)
    assert home("checkpoint", "export", "--to", "kept").code == 10
    assert len(home("checkpoint", "key").out.strip()) == 64
