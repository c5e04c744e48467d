"""Whoever may write to the state database takes evidence away, or writes it anew with hashes that fit: it is found.

Against the account that holds all of ``state/``, the key too, stands only what is kept elsewhere; that is tried too.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace

import pytest
from around import execute, tamper

from kdsp_lib.custodian.access_log import AccessLog
from kdsp_lib.custodian.evidence import Evidence
from kdsp_lib.custodian.ledger import Ledger
from kdsp_lib.custodian.token import Tokens
from kdsp_lib.errors import BadSource
from kdsp_lib.register.chain import Chain
from kdsp_lib.register.chains import CHAINS, chain_of
from kdsp_lib.register.journal import Journal
from kdsp_lib.source.workspace import init_workspace

NOW = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)


@pytest.fixture
def place(state, tmp_path):
    """A workspace with some entries of every chain, all of them signed; its evidence as a new process finds it."""
    made = init_workspace(tmp_path / "authority")
    made.state.mkdir(mode=0o700)
    workspace = replace(made, database=state.url, checkpoints=tmp_path / "elsewhere" / "checkpoints")
    fill(state)
    Evidence(workspace, state).make("start")
    with Journal(state).turn() as turn:
        turn.append("officer:a1", "begin", {"entries": 0})
    fill(state)
    Evidence(workspace, state).make("token")
    return workspace


def fill(state):
    log, tokens = AccessLog(state), Tokens(state)
    for number in range(5):
        log.append("officer:a1", "tables", f"r{number}", "answered")
        Ledger(state).append("release", f"r{number}", {"answers": []})
    tokens.revoke(tokens.make("officer:a1", 30, NOW)[0].id)


def found(workspace, state, *whole, expect=""):
    with pytest.raises(BadSource) as caught:
        Evidence(workspace, state).check(*whole, expect=str(expect))
    assert caught.value.remedy
    return caught.value.message


def written_anew(state, name, change):
    """A chain as a forger writes it: other entries, and every hash computed anew."""
    chain = chain_of(state, name)
    links = [change(link) for link in chain.whole()]
    columns = ("number", "recorded", *CHAINS[name], "body", "previous", "hash")
    tamper(state, name, f"DELETE FROM {name}")
    previous = "0" * 64
    for number, link in enumerate((link for link in links if link), start=1):
        said = json.dumps(dict(link.body), ensure_ascii=False, separators=(",", ":"))
        row = (number, link.recorded, *link.labels.values(), said, previous)
        previous = Chain._hash(chain, *row)
        quoted = ", ".join(f"'{each}'" for each in (*row, previous))
        execute(state, f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({quoted})")


def test_what_nobody_touched_holds(place, state):
    Evidence(place, state).check(*CHAINS)
    Evidence(place, state).check(*CHAINS, expect=str(place.checkpoints))
    assert len(place.checkpoints.read_text("utf-8").splitlines()) == 2


@pytest.mark.parametrize("name", ["access_log", "ledger", "token", "journal"])
def test_a_chain_that_was_cut_short_is_named(place, state, name):
    had = chain_of(state, name).end().number
    tamper(state, name, f"DELETE FROM {name} WHERE number = {had}")
    called = {"token": "record of tokens"}.get(name, name.replace("_", " "))
    assert found(place, state) == f"The {called} was cut short: it ends at entry {had - 1}, and had {had}."


def test_one_that_was_taken_away_altogether_is_named(place, state):
    execute(state, "DROP TABLE token")
    assert found(place, state) == "The record of tokens was cut short: it ends at entry 0, and had 4."


def test_an_access_log_that_was_written_anew_is_found_though_every_hash_fits(place, state):
    written_anew(state, "access_log", lambda link: replace(link, labels={**link.labels, "person": "officer:b2"}))
    AccessLog(state).entries()  # by itself it tells nothing
    assert found(place, state) == "The access log was changed: entry 10 is not what was recorded."


def test_one_of_which_a_question_was_left_out_is_found_however_long_it_is(place, state):
    AccessLog(state).append("officer:a1", "tables", "r9", "answered")
    written_anew(state, "access_log", lambda link: None if link.number == 3 else link)
    assert "access log was changed: entry 10" in found(place, state)


def test_nor_is_it_signed_again_by_what_comes_next(place, state):
    tamper(state, "ledger", "DELETE FROM ledger WHERE number > 8")
    with pytest.raises(BadSource, match="ledger was cut short: it ends at entry 8, and had 10"):
        Evidence(place, state).make("release")
    assert "ledger" in found(place, state)


def test_a_change_long_before_the_last_checkpoint_is_found_where_the_chain_is_checked_as_a_whole(place, state):
    tamper(state, "access_log", "UPDATE access_log SET person = 'officer:b2' WHERE number = 2")
    Evidence(place, state).check()
    assert found(place, state, "access_log") == "The access log was changed: entry 2 is not what was recorded."


def test_the_last_checkpoint_taken_away_with_the_entries_is_missed_by_its_copy(place, state):
    """Of a database on another machine, its owner has no file of the state."""
    tamper(state, "token", "DELETE FROM token WHERE number = 4")
    tamper(state, "checkpoint", "DELETE FROM checkpoint WHERE number = 2")
    for workspace in (place, replace(place, checkpoints=None)):
        assert found(workspace, state) == "The record of tokens was cut short: it ends at entry 3, and had 4."
        with pytest.raises(BadSource):
            Evidence(workspace, state).make("token")


def test_all_checkpoints_taken_away_are_missed_too(place, state):
    execute(state, "DROP TABLE checkpoint")
    assert "is no longer in the state" in found(place, state)


def test_a_checkpoint_of_another_key_counts_for_nothing(place, state, tmp_path):
    """Who cannot read the key signs what they have left by one of their own."""
    tamper(state, "ledger", "DELETE FROM ledger WHERE number > 8")
    tamper(state, "checkpoint", "DELETE FROM checkpoint")
    other = replace(place, state=tmp_path / "other", checkpoints=None)
    Evidence(other, state).make("forged")
    assert (
        found(place, state) == "The record of checkpoints was changed: entry 1 is not signed by this workspace's key."
    )


def test_a_key_that_is_gone_is_not_made_anew(place, state):
    (place.state / "checkpoint.key").unlink()
    assert "is gone" in found(place, state)
    with pytest.raises(BadSource, match="is gone"):
        Evidence(place, state).make("start")
    assert not (place.state / "checkpoint.key").exists()


@pytest.fixture
def taken_back(place, state):
    """Who holds all of the state, key and copy too, cuts it short and signs that."""

    def take_back():
        tamper(state, "ledger", "DELETE FROM ledger WHERE number > 5")
        tamper(state, "checkpoint", "DELETE FROM checkpoint")
        (place.state / "checkpoint.json").unlink()
        alone = replace(place, checkpoints=None)
        Evidence(alone, state).make("forged")
        Evidence(alone, state).check(*CHAINS)
        return alone

    return take_back


def test_against_who_holds_the_key_stands_what_is_kept_elsewhere(place, state, taken_back):
    alone = taken_back()
    for expect in (place.checkpoints, json.loads(place.checkpoints.read_text().splitlines()[-1])["checkpoint"]):
        message = found(alone, state, expect=expect)
        assert "ledger was cut short: it ends at entry 5" in message or "The hash that is kept elsewhere" in message
    assert "ledger was cut short" in found(place, state)


def test_a_copy_that_another_workspace_signed_is_none_of_this_one(place, state, tmp_path):
    other = replace(place, state=tmp_path / "other", checkpoints=tmp_path / "other-copies")
    from kdsp_lib.register.database import Database, sqlite_url

    with Database(sqlite_url(tmp_path / "other" / "kdsp.db")) as database:
        Evidence(other, database).make("start")
    assert "not signed by this workspace" in found(place, state, expect=tmp_path / "other-copies")


def test_a_line_that_was_cut_off_when_the_machine_failed_is_passed_over(place, state):
    with place.checkpoints.open("ab") as file:
        file.write(b'{"format": 1, "checkp')
    Evidence(place, state).check(expect=str(place.checkpoints))
    Evidence(place, state).make("next")
    Evidence(place, state).check(expect=str(place.checkpoints))
