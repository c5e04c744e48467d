"""Tokens: made, found by their text, revoked, expired; kept as hashes in a chain to which entries are only appended."""

from __future__ import annotations

import datetime as dt

import pytest
from around import REFUSED, execute, tamper

from kdsp_lib.custodian.token import LONGEST_DAYS, Tokens
from kdsp_lib.errors import BadParameters, BadSource, NotAuthorised

NOW = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)


@pytest.fixture
def tokens(state):
    return Tokens(state)


def test_a_token_is_found_by_its_text_and_says_whose_it_is(tokens):
    made, text = tokens.make("officer:a1", 30, NOW)
    other, _ = tokens.make("officer:b1", 30, NOW)
    assert tokens.shown(text) == made
    assert made.person == "officer:a1"
    assert made.expires.startswith("2026-04-01T09")
    assert [each.id for each in tokens.all()] == [made.id, other.id]


def test_the_text_is_kept_nowhere(tokens, state):
    _, text = tokens.make("officer:a1", 30, NOW)
    secret = text.split("_", 2)[2]
    assert len(secret) >= 43, "256 bits"
    with state.reading() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM token").fetchall()
    assert rows
    assert secret not in str(rows)


@pytest.mark.parametrize(
    "bend",
    [
        lambda text: "",
        lambda text: "kdsp_",
        lambda text: text[:-1],
        lambda text: text + "A",
        lambda text: text.replace("kdsp_", "kdsq_"),
        lambda text: text.rpartition("_")[0] if text.count("_") == 2 else text[:20],
        lambda text: "kdsp_00000000_" + text.split("_", 2)[2],
        lambda text: text.upper(),
    ],
)
def test_what_is_no_token_is_refused_for_one_reason(tokens, bend):
    _, text = tokens.make("officer:a1", 30, NOW)
    with pytest.raises(NotAuthorised, match="This is no token of this custodian") as refused:
        tokens.shown(bend(text))
    assert "kdsp custodian token" in refused.value.remedy


def test_a_token_expires(tokens):
    made, _ = tokens.make("officer:a1", 1, NOW)
    made.refuse_unless_it_stands(NOW + dt.timedelta(hours=23))
    with pytest.raises(NotAuthorised, match="expired on 2026-03-03"):
        made.refuse_unless_it_stands(NOW + dt.timedelta(days=1))


def test_a_revoked_token_never_stands_again_and_the_others_stay(tokens):
    made, text = tokens.make("officer:a1", 30, NOW)
    other, _ = tokens.make("officer:a1", 30, NOW)
    tokens.refuse_unless_it_stands(made.id, NOW)
    for _ in range(2):
        assert tokens.revoke(made.id).state(NOW) == "revoked"
    with pytest.raises(NotAuthorised, match="has been revoked"):
        tokens.refuse_unless_it_stands(made.id, NOW)
    assert tokens.shown(text).is_revoked
    tokens.refuse_unless_it_stands(other.id, NOW)


def test_a_token_that_is_not_there_is_neither_revoked_nor_lets_anybody_in(tokens):
    with pytest.raises(BadParameters, match="no token 12345678"):
        tokens.revoke("12345678")
    with pytest.raises(NotAuthorised):
        tokens.refuse_unless_it_stands("12345678", NOW)


@pytest.mark.parametrize("days", [0, -1, LONGEST_DAYS + 1])
def test_no_token_stands_for_ever(tokens, days):
    with pytest.raises(BadParameters, match=f"1 to {LONGEST_DAYS} days"):
        tokens.make("officer:a1", days, NOW)


def test_what_was_recorded_cannot_be_changed_unnoticed(tokens, state):
    made, _ = tokens.make("officer:a1", 30, NOW)
    tokens.revoke(made.id)
    with pytest.raises(REFUSED):
        execute(state, "DELETE FROM token WHERE number = 2")
    tamper(state, "token", "UPDATE token SET act = 'made' WHERE number = 2")
    with pytest.raises(BadSource, match="entry 2"):
        tokens.all()
