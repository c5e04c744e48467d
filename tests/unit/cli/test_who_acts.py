"""Who acts is an account, a token or a key: never a line of ``kdsp.toml``, and no account is two people."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from acting import act_as

from kdsp_lib.register import accounts
from kdsp_lib.register.accounts import Account
from kdsp_lib.register.key import private_text, public_key

HEAD = private_text(bytes(range(32)))
REGISTER = f"""\
establishments:
- {{urn: '990001', name: Ash Primary, phase: primary}}
- {{urn: '990002', name: Birch Primary, phase: primary}}
people:
- {{id: 'officer:a1', name: An officer}}
- {{id: 'officer:b2', name: Another}}
- {{id: 'officer:c3', name: A third}}
- {{id: 'officer:d4', name: A fourth}}
keys:
- {{party: 'establishment:990001', key: {public_key(HEAD)}, from: 2020-01-01}}
"""
PAPER = ("--reference", "file 12/3")
ORDER = ("effect=prohibit", "citation=Order 7", "subject=990001", "from=2026-01-01")
CONSENT = ("establishment=990001", "item=bespoke", "recipient=officer:a1", "from=2026-01-01", "to=2027-01-01")
AS_HEAD = ("--as", "establishment:990001", "--to-sign", "act.json")


@pytest.fixture
def begun(kdsp):
    """A workspace whose journal officer:a1 has begun, from this account; the head's private key is in ``head.pem``."""
    assert kdsp("init", ".").code == 0
    Path("data").mkdir(exist_ok=True)
    Path("data/register.yaml").write_text(REGISTER, "utf-8")
    Path("head.pem").write_bytes(HEAD)
    Path("head.pem").chmod(0o600)
    assert kdsp("register", "import", "data/register.yaml", *PAPER).code == 0
    return kdsp


def requester_is(person):
    """What the attack was: one line of a file."""
    file = Path("kdsp.toml")
    file.write_text(file.read_text("utf-8").replace('requester = "officer:a1"', f'requester = "{person}"'), "utf-8")


def permitted(kdsp, person, role="information-owner"):
    assert kdsp("register", "permit", f"person={person}", f"role={role}", "from=2020-01-01", *PAPER).code == 0


def as_nobody(monkeypatch):
    monkeypatch.setattr(accounts, "account_here", lambda: Account(99_999, "shared"))


def proposed(ended):
    assert ended.code == 0, ended.err
    return ended.out.split("event ")[1].split()[0]


def events(kdsp):
    return json.loads(kdsp("register", "entries", "--json").out)


def test_one_account_does_not_become_two_people_by_a_line_of_a_file(begun):
    """It permitted itself as registrar so, and proposed and seconded a legal order."""
    for person in ("officer:b2", "officer:c3"):
        permitted(begun, person)
    requester_is("officer:b2")
    acts = (
        ("register", "order", *ORDER, *PAPER),
        ("register", "permit", "person=officer:a1", "role=information-owner", "from=2020-01-01", *PAPER),
        ("register", "second", "9", *PAPER),
        ("register", "export"),
        ("register", "entries"),
        ("custodian", "token", "officer:c3"),
        ("data", "sign-off", "--establishment", "990001", *PAPER),
    )
    for act in acts:
        ended = begun(*act)
        assert ended.code in (11, 12), act
        if act[0] != "data":
            assert "is officer:a1's" in ended.err
            assert "not a line of kdsp.toml" in ended.err


def test_an_account_is_mapped_by_a_registrar_with_a_paper(begun):
    own = begun("register", "accounts").out.split()[0].partition(":")[2]
    ended = begun("register", "account", "officer:b2", "--account", own, *PAPER)
    assert ended.code == 12
    assert "Nobody maps or ends the account that they act from" in ended.err
    act_as("officer:b2")
    assert begun("register", "account", "officer:c3", "--account", own, *PAPER).code == 12
    assert begun("register", "account", *PAPER).code == 10


def token_of(kdsp, person, file):
    assert kdsp("custodian", "token", person, "--to", file).code == 0
    return ("--token-file", file)


def test_a_token_acts_for_its_person_from_an_account_that_is_nobodys(begun, monkeypatch):
    permitted(begun, "officer:b2")
    token = token_of(begun, "officer:b2", "b2.token")
    refused = begun("register", "order", *ORDER, *PAPER, *token)
    assert refused.code == 12
    assert "one account is not two people" in refused.err
    as_nobody(monkeypatch)
    assert begun("register", "order", *ORDER, *PAPER).code == 12
    assert "by officer:b2" in begun("register", "order", *ORDER, *PAPER, *token).out
    act_as("officer:a1")
    assert "by officer:b2" in begun("register", "proposals").out


def test_a_token_from_the_proposers_hands_is_no_second_person(begun, monkeypatch):
    for person in ("officer:b2", "officer:c3"):
        permitted(begun, person)
    act_as("officer:b2")
    mine = token_of(begun, "officer:c3", "mine.token")
    act_as("officer:d4")
    anothers = token_of(begun, "officer:c3", "anothers.token")
    act_as("officer:b2")
    number = proposed(begun("register", "order", *ORDER, *PAPER))
    as_nobody(monkeypatch)
    ended = begun("register", "second", number, *PAPER, *mine)
    assert ended.code == 12
    assert "by a token or key from the same hands" in ended.err
    begun("register", "second", number, *PAPER, *anothers)
    act_as("officer:b2")
    assert "Order 7" in begun("register", "export").out


def test_nor_do_two_tokens_that_one_person_made(begun, monkeypatch):
    for person in ("officer:b2", "officer:c3"):
        permitted(begun, person)
    tokens = [token_of(begun, person, f"{person[-2:]}.token") for person in ("officer:b2", "officer:c3")]
    as_nobody(monkeypatch)
    begun("register", "order", *ORDER, *PAPER, *tokens[0])
    act_as("officer:a1")
    number = begun("register", "proposals").out.split()[0]
    as_nobody(monkeypatch)
    assert begun("register", "second", number, *PAPER, *tokens[1]).code == 12


def written(kdsp, *act):
    Path("act.json").unlink(missing_ok=True)
    ended = kdsp("register", *act, *PAPER, *AS_HEAD)
    assert ended.code == 0, ended.err


def signed(kdsp, *act, key="head.pem"):
    written(kdsp, *act)
    assert kdsp("register", "sign-act", "act.json", "--key", key).code == 0
    return "act.json"


def test_a_head_signs_a_consent_and_another_records_it(begun):
    written(begun, "consent", *CONSENT)
    assert begun("register", "entries", "--section", "consents").out == ""
    shown = begun("register", "sign-act", "act.json", "--key", "head.pem")
    assert "establishment:990001" in shown.out
    assert "bespoke" in shown.out
    assert begun("register", "record", "act.json").code == 0
    assert "item=bespoke" in begun("register", "entries", "--section", "consents").out
    assert begun("register", "verify").code == 0


def test_an_act_that_its_person_did_not_sign_shows(begun):
    """Written into the database by another hand than kdsp's, with its hash."""
    from kdsp_lib.register.database import Database
    from kdsp_lib.register.journal import Journal
    from kdsp_lib.source.workspace import read_workspace

    assert begun("register", "record", signed(begun, "consent", *CONSENT)).code == 0
    with Database(read_workspace(Path()).database) as database:
        last = Journal(database).events()[-1]
        shown = last.body["credential"]
        forged = {**shown, "signed": shown["signed"].replace("officer:a1", "officer:b2")}
        with Journal(database).turn() as turn:
            turn.append(last.recorder, "enter", {**last.body, "credential": forged})
    ended = begun("register", "verify")
    assert ended.code == 11
    assert "has not signed" in ended.err


def test_what_was_signed_is_recorded_once(begun):
    """Else a consent that was withdrawn would be given again by its old letter."""
    file = signed(begun, "consent", *CONSENT)
    assert begun("register", "record", file).code == 0
    number = begun("register", "entries", "--section", "consents").out.split()[0]
    assert begun("register", "record", file).code == 12
    assert begun("register", "record", signed(begun, "strike", number)).code == 0
    assert begun("register", "record", file).code in (11, 12)
    assert begun("register", "entries", "--section", "consents").out == ""


def test_what_was_signed_is_about_what_was_there_then(begun):
    assert begun("register", "consent", *CONSENT, *PAPER).code == 0
    number = begun("register", "entries", "--section", "consents").out.split()[0]
    file = signed(begun, "revoke", number, "--on", "2026-06-01")
    assert begun("register", "correct", number, "recipient=officer:b2", *PAPER).code == 0
    ended = begun("register", "record", file)
    assert ended.code == 12
    assert "no longer so" in ended.err


@pytest.mark.parametrize("change", ["text", "signature", "key", "person"])
def test_what_is_not_signed_so_is_refused(begun, change):
    other = private_text(bytes(32))
    Path("other.pem").write_bytes(other)
    Path("other.pem").chmod(0o600)
    file = Path(signed(begun, "consent", *CONSENT, key="other.pem" if change == "key" else "head.pem"))
    document = json.loads(file.read_text("utf-8"))
    if change == "text":
        document["act"] = document["act"].replace("officer:a1", "officer:b2")
    elif change == "person":
        document["act"] = document["act"].replace('"person": "establishment:990001"', '"person": "officer:a1"')
    elif change == "signature":
        document["signature"] = "AAAA"
    file.write_text(json.dumps(document), "utf-8")
    ended = begun("register", "record", str(file))
    assert ended.code == 12
    assert "not signed by a key" in ended.err


def test_a_signed_act_is_for_one_journal_and_thirty_days(begun, monkeypatch, tmp_path):
    from kdsp_lib.register import signed_act

    file = signed(begun, "consent", *CONSENT)
    with monkeypatch.context() as later:
        later.setattr(signed_act, "moment_now", lambda: "2099-01-01T00:00:00.000+00:00")
        assert "no longer so" in begun("register", "record", file).err
    other = tmp_path / "other"
    assert begun("init", str(other)).code == 0
    monkeypatch.setenv("KDSP_WORKSPACE", str(other))
    (other / "data/register.yaml").write_text(REGISTER.replace("Ash", "Oak"), "utf-8")
    assert begun("register", "import", str(other / "data/register.yaml"), *PAPER).code == 0
    assert "another journal" in begun("register", "record", file).err


def test_a_head_signs_for_her_own_establishment_alone(begun):
    """By her key she records what an establishment records of itself, and nothing else."""
    for act in (
        ("consent", *CONSENT[1:], "establishment=990002"),
        ("withdraw", "establishment=990001", "from=2026-01-01"),
    ):
        assert begun("register", "record", signed(begun, *act)).code == 12


def test_a_key_counts_once_a_second_registrar_confirms_it(begun):
    permitted(begun, "officer:b2", "registrar")
    made = begun("register", "new-key", "officer:d4", "--to", "d4.pem").out.split()
    assert Path("d4.pem").stat().st_mode & 0o777 == 0o600
    number = proposed(begun("register", "key", *made, *PAPER))
    assert "officer:d4" not in begun("register", "entries", "--section", "keys").out
    assert begun("register", "second", number, *PAPER).code == 12
    act_as("officer:b2")
    assert begun("register", "second", number, *PAPER).code == 0
    assert "officer:d4" in begun("register", "entries", "--section", "keys").out
    again = begun("register", "key", made[0].replace("d4", "c3"), *made[1:], *PAPER)
    assert again.code == 10
    assert "another's key already" in again.err


def test_a_key_from_the_proposers_hands_is_no_second_person(begun):
    permitted(begun, "officer:b2", "registrar")
    for person in ("officer:b2", "officer:c3", "officer:d4"):
        permitted(begun, person)
    made = begun("register", "new-key", "officer:c3", "--to", "c3.pem").out.split()
    number = proposed(begun("register", "key", *made, *PAPER))
    act_as("officer:b2")
    assert begun("register", "second", number, *PAPER).code == 0
    orders = []
    for proposer in ("officer:b2", "officer:d4"):
        act_as(proposer)
        orders.append(proposed(begun("register", "order", *ORDER, *PAPER)))
    recorded = []
    for number in orders:
        act = f"act{number}.json"
        assert begun("register", "second", number, *PAPER, "--as", "officer:c3", "--to-sign", act).code == 0
        assert begun("register", "sign-act", act, "--key", "c3.pem").code == 0
        recorded.append(begun("register", "record", act))
    assert [each.code for each in recorded] == [12, 0], recorded


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("consent", *CONSENT, *PAPER, "--as", "establishment:990001"), "--to-sign"),
        (("revoke", "99", "--on", "2026-01-01", *PAPER, *AS_HEAD), "99"),
        (("sign-act", "data/register.yaml", "--key", "head.pem"), "no act to be signed"),
        (("sign-act", "nothing.json", "--key", "head.pem"), "nothing.json"),
        (("record", "data/register.yaml"), "no signed act"),
        (("new-key", "officer:a1", "--to", "head.pem"), "is there already"),
    ],
)
def test_what_cannot_be_signed_or_recorded_is_said(begun, arguments, told):
    ended = begun("register", *arguments)
    assert ended.code == 10
    assert told in ended.err


def test_a_key_that_others_may_read_signs_nothing(begun):
    written(begun, "consent", *CONSENT)
    Path("head.pem").chmod(0o644)
    ended = begun("register", "sign-act", "act.json", "--key", "head.pem")
    assert ended.code == 10
    assert "chmod 600" in ended.err
