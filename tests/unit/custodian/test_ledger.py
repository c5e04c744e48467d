"""The ledger is appended to, and nothing in it can change unseen."""

import sqlite3

import pytest

from kdsp_lib.custodian.ledger import Ledger
from kdsp_lib.errors import Broken


@pytest.fixture
def ledger(tmp_path):
    ledger = Ledger(tmp_path / "ledger.db")
    for number in range(5):
        ledger.append("decision", f"report-{number % 2}", {"number": number, "name": "Seán"})
    yield ledger
    ledger.close()


def test_entries_come_back_in_order_and_by_report(ledger):
    assert [entry.body["number"] for entry in ledger.entries()] == [0, 1, 2, 3, 4]
    assert [entry.position for entry in ledger.entries(report="report-1")] == [2, 4]
    assert ledger.position() == 5


def test_a_whole_chain_verifies(ledger):
    assert ledger.verify() == 5


def test_an_unknown_kind_is_refused_and_writes_nothing(ledger):
    with pytest.raises(Broken):
        ledger.append("gossip", "report-1", {})
    assert ledger.position() == 5


@pytest.mark.parametrize(
    "statement", ["UPDATE entries SET body = '{}' WHERE position = 2", "DELETE FROM entries WHERE position = 2"]
)
def test_the_database_itself_refuses_a_change(ledger, statement):
    with pytest.raises(sqlite3.IntegrityError, match="appended only"):
        sqlite3.connect(ledger.path).execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET body = replace(body, '1', '7') WHERE position = 2",
        "UPDATE entries SET recorded = '1999-01-01' WHERE position = 3",
        "DELETE FROM entries WHERE position = 4",
        "DELETE FROM entries WHERE position = 1",
    ],
)
def test_tampering_past_the_database_is_found_and_named(ledger, statement):
    other = sqlite3.connect(ledger.path)
    other.executescript("DROP TRIGGER no_update; DROP TRIGGER no_delete;")
    other.execute(statement)
    other.commit()
    with pytest.raises(Broken, match=r"entry \d does not fit"):
        ledger.verify()


def test_two_writers_make_one_chain(ledger):
    second = Ledger(ledger.path)
    for number in range(20):
        (ledger, second)[number % 2].append("answer", "both", {"number": number})
    assert second.verify() == 25
    second.close()


def test_a_file_that_is_no_database_is_not_overwritten(tmp_path):
    path = tmp_path / "ledger.db"
    path.write_bytes(b"not a database, but somebody's only copy" * 100)
    with pytest.raises(Broken):
        Ledger(path)
    assert path.read_bytes().startswith(b"not a database")
