"""`kdsp custodian` where other machines reach it: tokens, where to listen, and a workspace that has none of it."""

from __future__ import annotations

import json

import pytest

REGISTER = """
people: [{id: "officer:a1", name: A. Officer}, {id: "officer:b1", name: B. Officer}]
duties:
  - {person: "officer:a1", categories: [attendance], purposes: [school-development], from: 2024-09-01}
"""
FAR = """
[workspace]
name = "Worker"
[custodian]
address = "grpc+tls://data.example.org:8443"
certificate = "custodian.pem"
"""


@pytest.fixture
def home(kdsp, tmp_path):
    """The command line in a workspace with a register of two people."""
    folder = tmp_path / "folder"
    kdsp("init", ".")
    (folder / "data").mkdir(exist_ok=True)
    (folder / "data" / "register.yaml").write_text(REGISTER, "utf-8")
    return kdsp


def test_a_token_is_told_once_and_listed_without_its_text(home, tmp_path):
    made = home("custodian", "token", "officer:a1", "--days", "7")
    assert made.code == 0, made.err
    text = made.out.strip()
    name = text.split("_")[1]
    assert text.startswith("kdsp_")
    assert f"Token {name} of officer:a1 stands until" in made.err
    listed = home("custodian", "tokens")
    assert listed.out.startswith(f"{name}  officer:a1")
    assert text not in listed.out
    [told] = json.loads(home("custodian", "tokens", "--json").out)
    assert (told["id"], told["person"], told["state"]) == (name, "officer:a1", "stands")


def test_a_token_is_written_to_a_new_file_that_only_its_owner_may_read(home, tmp_path):
    made = home("custodian", "token", "officer:b1", "--to", "token")
    file = tmp_path / "folder" / "token"
    assert made.out == ""
    assert file.read_text("utf-8").startswith("kdsp_")
    assert file.stat().st_mode & 0o777 == 0o600
    before = file.read_text("utf-8")
    again = home("custodian", "token", "officer:b1", "--to", "token")
    assert again.code == 10
    assert file.read_text("utf-8") == before
    assert len(home("custodian", "tokens").out.splitlines()) == 1, "no token that nobody was told"


def test_nobody_outside_the_register_gets_one(home):
    ended = home("custodian", "token", "officer:nobody")
    assert ended.code == 10
    assert "officer:a1, officer:b1" in ended.err
    assert home("custodian", "token", "officer:a1", "--days", "400").code == 10
    assert home("custodian", "tokens").out == ""


def test_a_revoked_token_is_listed_as_that(home):
    name = home("custodian", "token", "officer:a1").out.split("_")[1]
    assert home("custodian", "revoke", name).out == f"Revoked: {name} of officer:a1.\n"
    assert home("custodian", "tokens").out.rstrip().endswith("revoked")
    unknown = home("custodian", "revoke", "00000000")
    assert unknown.code == 10
    assert "kdsp custodian tokens" in unknown.err


@pytest.mark.parametrize("listen", ["8443", "host", "host:", ":8443", "host:99999", "host:-1"])
def test_where_to_listen_is_a_host_and_a_port(home, listen):
    ended = home("custodian", "serve", "--listen", listen)
    assert ended.code == 10
    assert "HOST:8443" in ended.err


@pytest.mark.parametrize(
    "options",
    [
        ["--listen", "localhost:0", "--certificate", "c.pem"],
        ["--listen", "localhost:0", "--key", "k.pem"],
        ["--certificate", "c.pem", "--key", "k.pem"],
    ],
)
def test_a_certificate_goes_with_its_key_and_with_other_machines(home, options):
    ended = home("custodian", "serve", *options)
    assert ended.code == 10
    assert "go together" in ended.err


def test_a_far_workspace_has_no_custodian_of_its_own(kdsp, tmp_path):
    (tmp_path / "folder" / "kdsp.toml").write_text(FAR, "utf-8")
    for command in (["serve"], ["token", "officer:a1"], ["tokens"], ["revoke", "0"]):
        ended = kdsp("custodian", *command)
        assert ended.code == 10
        assert "grpc+tls://data.example.org:8443" in ended.err
