"""The same commands by a PostgreSQL server: its URL in kdsp.toml, its password nowhere but with whoever asks."""

import json
import sqlite3
from pathlib import Path

import around
import pytest

from kdsp_lib.register.database import Database

REGISTER = """\
establishments: [{urn: '990001', name: Ash Primary, phase: primary}]
people: [{id: 'officer:a1', name: An officer}]
signatures: [{establishment: '990001', from: '2025-09-01'}, {person: 'officer:a1', from: '2025-09-01'}]
"""
PAPER = ("--reference", "file 12/3")


@pytest.fixture
def begun(kdsp, postgres_server, postgres_url, monkeypatch):
    """A workspace whose journal has begun on the server."""
    assert kdsp("init", ".").code == 0
    with Path("kdsp.toml").open("a") as file:
        bare = postgres_url.replace(f":{postgres_server.password}@", "@")
        file.write(f"\n[state]\ndatabase = {json.dumps(bare)}\n")
    monkeypatch.setenv("PGPASSWORD", postgres_server.password)
    monkeypatch.setenv("PGPASSFILE", "/dev/null")
    Path("data").mkdir(exist_ok=True)
    Path("data/register.yaml").write_text(REGISTER, "utf-8")
    assert kdsp("register", "import", "data/register.yaml", *PAPER).code == 0
    return kdsp


def test_acts_are_recorded_there_and_the_workspace_decides_by_them(begun):
    assert begun("register", "withdraw", "establishment=990001", "from=2026-01-01", *PAPER).code == 0
    shown = begun("register", "show", "--on", "2026-03-02", "--json")
    assert json.loads(shown.out)["establishments"]["990001"]["standing"] == "withdrawn"
    assert "The journal is whole" in begun("register", "verify").out
    (local,) = Path().rglob("*.db")  # of before kdsp.toml named the server
    with sqlite3.connect(local) as opened:
        tables = opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    assert tables == [("account",)]


def test_what_was_changed_on_the_server_is_named(begun, postgres_url):
    around.tamper(Database(postgres_url), "journal", "UPDATE journal SET recorder = 'officer:b2' WHERE number = 3")
    ended = begun("register", "verify")
    assert ended.code == 11
    assert "entry 3 is not what was recorded" in ended.err


def test_without_the_password_nothing_is_decided_and_nothing_is_told(begun, monkeypatch):
    monkeypatch.setenv("PGPASSWORD", "hunter2")
    ended = begun("register", "show", "--on", "2026-03-02")
    assert ended.code == 70
    assert "PGPASSWORD or ~/.pgpass" in ended.err
    logs = [path.read_text("utf-8") for path in Path("state").rglob("*.txt")]
    assert logs
    assert "hunter2" not in ended.err + "".join(logs)
