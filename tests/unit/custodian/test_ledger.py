"""The ledger is a chain (tests/unit/register/test_chain.py) of entries of known kinds, each of one report."""

import around
import pytest

from kdsp_lib.custodian.ledger import Ledger
from kdsp_lib.errors import BadSource, Broken
from kdsp_lib.register.database import Database, sqlite_url


@pytest.fixture
def ledger(state):
    ledger = Ledger(state)
    for number in range(5):
        ledger.append("decision", f"report-{number % 2}", {"number": number, "name": "Seán"})
    return ledger


def test_entries_come_back_in_order_and_by_report(ledger):
    assert [entry.body["number"] for entry in ledger.entries()] == [0, 1, 2, 3, 4]
    assert [entry.position for entry in ledger.entries(report="report-1")] == [2, 4]
    assert ledger.entries(kind="release", report="report-1") == []
    assert ledger.position() == 5


def test_a_whole_chain_verifies(ledger):
    assert ledger.verify() == 5


def test_an_unknown_kind_is_refused_and_writes_nothing(ledger):
    with pytest.raises(Broken):
        ledger.append("gossip", "report-1", {})
    assert ledger.position() == 5


def test_what_is_no_figure_is_refused_and_writes_nothing(ledger):
    with pytest.raises(ValueError, match="not JSON compliant"):
        ledger.append("answer", "report-1", {"figure": float("nan")})
    assert ledger.verify() == 5


def test_tampering_is_found_and_named(state, ledger):
    around.tamper(state, "ledger", "UPDATE ledger SET body = replace(body, '1', '7') WHERE number = 2")
    with pytest.raises(BadSource, match="The ledger was changed: entry 2 "):
        ledger.verify()


def test_one_that_cannot_be_written_says_so_before_anything_is_asked(tmp_path):
    path = tmp_path / "kdsp.db"
    path.write_bytes(b"not a database, but somebody's only copy" * 100)
    with pytest.raises(BadSource):
        Ledger(Database(sqlite_url(path))).begin()
    assert path.read_bytes().startswith(b"not a database")
