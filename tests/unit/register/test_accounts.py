"""Who acts is the account of the operating system: mapped by a registrar, one person at a time, never their own."""

from __future__ import annotations

import os
import pwd

import pytest
from acting import own_account

from kdsp_lib.errors import BadParameters, BadSource, NotAuthorised
from kdsp_lib.register import accounts
from kdsp_lib.register.accounts import Account, Accounts, account_here, account_named, account_of
from kdsp_lib.register.held import Holding, holding
from kdsp_lib.register.journal import Journal
from kdsp_lib.register.recording import Paper, import_register

REGISTER = """
establishments: [{urn: '990001', name: Ash, phase: primary}]
people: [{id: 'officer:a1', name: A}, {id: 'officer:b2', name: B}]
"""
BEN, EVE = Account(100_001, "ben"), Account(100_002, "eve")
REGISTRAR = Paper("officer:a1", "minute 1")


@pytest.fixture
def begun(state, tmp_path, monkeypatch):
    """The accounts of a state that officer:a1 began from this account, with the register of its journal."""
    own_account(monkeypatch)
    file = tmp_path / "register.yaml"
    file.write_text(REGISTER, "utf-8")
    found = Accounts(state)
    found.begin("officer:a1")
    import_register(Journal(state), file, REGISTRAR)
    return found, holding(file, state)


def test_the_account_that_begins_is_of_the_person_it_was_begun_for(begun):
    found, _ = begun
    assert found.people() == {str(account_here()): "officer:a1"}
    assert found.person_of(os.getuid()) == found.person_here("officer:a1") == "officer:a1"


def test_before_anything_has_begun_nobodys_account_is_known(state):
    assert Accounts(state).person_here("officer:a1") == "officer:a1"
    assert Accounts(state).person_of(os.getuid()) == ""


def test_another_line_in_the_settings_changes_nothing_and_says_whose_account_it_is(begun):
    found, _ = begun
    found.begin("officer:b2")
    with pytest.raises(NotAuthorised, match="is officer:a1's") as caught:
        found.person_here("officer:b2")
    assert "not a line of kdsp.toml" in caught.value.rule
    assert 'requester = "officer:a1"' in caught.value.remedy
    assert "kdsp register account" in caught.value.remedy


def test_an_account_that_is_nobodys_asks_nothing(begun, monkeypatch):
    found, _ = begun
    monkeypatch.setattr(accounts, "account_here", lambda: BEN)
    for person in ("officer:a1", "officer:b2"):
        with pytest.raises(NotAuthorised, match="is nobody's"):
            found.person_here(person)
    with pytest.raises(NotAuthorised):
        found.refuse_unless_of(4_000_000, "officer:a1")


def test_a_registrar_maps_another_account_and_ends_it(begun, monkeypatch):
    found, held = begun
    found.map(BEN, "officer:b2", held, REGISTRAR)
    found.map(EVE, "officer:b2", held, REGISTRAR)
    with pytest.raises(BadParameters, match="officer:b2's: end that first"):
        found.map(BEN, "officer:a1", held, REGISTRAR)
    monkeypatch.setattr(accounts, "account_here", lambda: BEN)
    assert found.person_here("officer:b2") == "officer:b2"
    monkeypatch.undo()
    found.end(BEN, held, REGISTRAR)
    with pytest.raises(BadParameters, match="is nobody's"):
        found.end(BEN, held, REGISTRAR)
    found.map(BEN, "establishment:990001", held, REGISTRAR)
    assert found.people()[str(BEN)] == "establishment:990001"


def test_nobody_maps_the_account_that_they_act_from(begun):
    """So that no account is two people by turns: as registrar, and then as the second person."""
    found, held = begun
    with pytest.raises(NotAuthorised, match="Nobody maps or ends"):
        found.end(account_here(), held, REGISTRAR)
    with pytest.raises(NotAuthorised, match="Nobody maps or ends"):
        found.map(account_here(), "officer:b2", held, REGISTRAR)


def test_only_a_registrar_maps_and_only_somebody_of_the_register(begun):
    found, held = begun
    with pytest.raises(NotAuthorised):
        found.map(BEN, "officer:b2", held, Paper("officer:b2", "minute 2"))
    with pytest.raises(BadParameters) as caught:
        found.map(BEN, "officer:nobody", held, REGISTRAR)
    assert [fault.place for fault in caught.value.faults] == ["PERSON"]
    with pytest.raises(BadParameters, match="journal is empty"):
        found.map(BEN, "officer:b2", Holding(held.register, (), ""), REGISTRAR)


def test_a_number_that_was_given_to_another_name_is_another_account(begun, monkeypatch):
    """Whoever is given the number of somebody who left does not act as them."""
    found, _ = begun
    renamed = pwd.struct_passwd(("another", "x", os.getuid(), 0, "", "/", "/bin/sh"))
    monkeypatch.setattr(pwd, "getpwuid", lambda _: renamed)
    assert account_of(os.getuid()).name == "another"
    assert found.person_of(os.getuid()) == ""


def test_a_name_that_no_account_has_is_said():
    with pytest.raises(BadParameters, match="There is no account"):
        account_named("no-such-account")


def test_a_mapping_that_was_changed_shows(begun):
    found, _ = begun
    with found._chain.database.writing("account") as connection:
        for trigger in ("no_update", "no_delete"):
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql(f"DROP TRIGGER account_{trigger}")
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("DROP TRIGGER account_appended_only ON account")
        connection.exec_driver_sql("UPDATE account SET body = replace(body, 'a1', 'b2')")
    with pytest.raises(BadSource, match="record of accounts was changed"):
        found.person_of(os.getuid())
