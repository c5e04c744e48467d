"""What a person types, and what comes back."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest


def test_without_a_command_the_help_is_shown(kdsp):
    ended = kdsp()
    assert ended.code == 0
    assert "custodian" in ended.out


def test_the_version_is_told(kdsp):
    ended = kdsp("--version")
    assert ended.code == 0
    assert ended.out.startswith("kdsp ")


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["init", "--nonsense"], ["run"], ["data"], ["demo"], ["custodian", "x"]]
)
def test_a_wrong_command_line_is_a_mistake_with_the_help_that_mends_it(kdsp, arguments):
    ended = kdsp(*arguments)
    assert ended.code == 10
    assert ended.out == ""
    assert ended.err.startswith("KDSP-100")
    assert "--help" in ended.err


def test_init_makes_a_workspace(kdsp):
    assert kdsp("init", "here", "--name", "North & South", "--requester", "officer:b2").code == 0
    assert Path("here/data").is_dir(), "the register comes there"
    settings = tomllib.loads(Path("here/kdsp.toml").read_text())["workspace"]
    assert settings["name"] == "North & South"
    assert settings["requester"] == "officer:b2"


def test_init_never_overwrites_a_workspace(kdsp):
    kdsp("init")
    before = Path("kdsp.toml").read_text()
    ended = kdsp("init", "--name", "Another")
    assert ended.code == 10
    assert Path("kdsp.toml").read_text() == before


@pytest.mark.parametrize(
    "arguments",
    [["data", "list"], ["run", "x.yaml"], ["custodian", "status"], ["custodian", "stop"], ["register", "check"]],
)
def test_without_a_workspace_the_message_says_how_to_make_one(kdsp, arguments):
    ended = kdsp(*arguments)
    assert ended.code == 10
    assert "kdsp init" in ended.err


def test_no_custodian_runs_in_a_new_workspace(kdsp):
    kdsp("init")
    assert json.loads(kdsp("custodian", "status", "--json").out) == {"running": False}
    assert "No custodian" in kdsp("custodian", "stop").out


def test_a_parameter_file_that_is_not_there_is_named(kdsp):
    kdsp("init")
    ended = kdsp("run", "parameters/area_profile/nowhere.yaml")
    assert ended.code == 10
    assert "nowhere.yaml" in ended.err


def test_a_rerun_is_of_then_or_of_today(kdsp):
    ended = kdsp("rerun", "any", "--nbval", "--with", "data=current")
    assert ended.code == 10
    assert "give one of the two" in ended.err


class TestRegister:
    REGISTER = """
establishments:
  - {urn: "990001", name: First Primary, phase: primary}
  - {urn: "990002", name: Second Primary, phase: primary}
groups: [{id: "collaborative:east", name: East}]
memberships: [{establishment: "990001", group: "collaborative:east", from: 2020-09-01}]
signatures: [{establishment: "990001", from: 2021-01-01}]
people: [{id: "officer:a1", name: An Officer}]
"""

    @pytest.fixture
    def register(self, kdsp):
        Path("register.yaml").write_text(self.REGISTER)
        return "register.yaml"

    def test_a_register_without_fault_says_so(self, kdsp, register):
        ended = kdsp("register", "check", register)
        assert ended.code == 0
        assert "no fault" in ended.out

    def test_every_fault_is_named_with_its_line(self, kdsp, register):
        text = self.REGISTER.replace('"990001", from: 2021', '"990009", from: 2021').replace(
            "phase: primary", "phase: infant", 1
        )
        Path("register.yaml").write_text(text)
        ended = kdsp("register", "check", register)
        assert ended.code == 11
        assert "line 3" in ended.err
        assert "line 7" in ended.err

    def test_the_community_is_shown_as_of_a_day(self, kdsp, register):
        before = json.loads(kdsp("register", "show", register, "--on", "2020-12-31", "--json").out)
        after = json.loads(kdsp("register", "show", register, "--on", "2021-01-01", "--json").out)
        assert before["establishments"]["990001"]["standing"] == "unsigned"
        assert after["establishments"]["990001"]["standing"] == "signatory"
        assert after["groups"] == {"collaborative:east": ["990001"]}
        assert "First Primary" in kdsp("register", "show", register, "--on", "2021-01-01").out

    @pytest.mark.parametrize("day", ["", "today", "2026-02-30", "02/03/2026"])
    def test_there_is_no_day_but_a_given_one(self, kdsp, register, day):
        ended = kdsp("register", "show", register, "--on", day)
        assert ended.code == 10
        assert "--on" in ended.err


class TestData:
    CSV = (
        "urn,laestab,name,phase,type_group,trust,gender,low_age,high_age,capacity,ward,open_date\n"
        "990001,2019001,First Primary,primary,maintained,,mixed,4,11,210,East,1970-09-01\n"
    )

    @pytest.fixture
    def file(self, kdsp):
        kdsp("init")
        Path("schools.csv").write_text(self.CSV)
        return "schools.csv"

    def test_what_is_loaded_is_listed_and_checks(self, kdsp, file):
        assert kdsp("data", "add", "establishments", file, "--vintage", "made-up register").code == 0
        (listed,) = json.loads(kdsp("data", "list", "--json").out)
        assert (listed["dataset"], listed["rows"], listed["signed_off"]) == ("establishments", 1, False)
        assert "made-up register" in kdsp("data", "list").out
        assert kdsp("data", "check").code == 0

    def test_signing_off_is_noted(self, kdsp, file):
        kdsp("data", "add", "establishments", file)
        assert kdsp("data", "sign-off", "establishments").code == 0
        assert json.loads(kdsp("data", "list", "--json").out)[0]["signed_off"] is True

    def test_a_file_with_faults_is_refused_and_nothing_of_it_is_loaded(self, kdsp, file):
        Path(file).write_text(self.CSV.replace("primary,maintained", "infants,maintained").replace("990001", "99"))
        ended = kdsp("data", "add", "establishments", file)
        assert ended.code == 11
        assert "phase" in ended.err
        assert "urn" in ended.err
        assert json.loads(kdsp("data", "list", "--json").out) == []

    def test_a_changed_snapshot_is_found(self, kdsp, file):
        kdsp("data", "add", "establishments", file)
        (snapshot,) = Path("data/snapshots").glob("*.parquet")
        snapshot.chmod(0o600)
        snapshot.write_bytes(snapshot.read_bytes().replace(b"First", b"Worst"))
        ended = kdsp("data", "check")
        assert ended.code == 11
        assert "establishments" in ended.err

    def test_an_unknown_kind_names_those_there_are(self, kdsp, file):
        ended = kdsp("data", "add", "schools", file)
        assert ended.code == 10
        assert "establishments" in ended.err

    def test_pupils_rows_come_with_the_warning_that_it_is_too_early(self, kdsp, file):
        Path("pupils.csv").write_text(
            "pupil_key,upn,upn_status,surname,forename,dob,sex,postcode,idaci_decile\n"
            "k1,B801200005001,permanent,Made,Up,2016-01-31,F,AB1 2CD,3\n"
        )
        ended = kdsp("data", "add", "pupils", "pupils.csv")
        assert ended.code == 0, ended.err
        assert "not yet for real pupils" in ended.err


class TestDecide:
    @pytest.fixture
    def register(self, kdsp):
        Path("register.yaml").write_text(
            """
establishments: [{urn: "990001", name: First, phase: primary}, {urn: "990002", name: Second, phase: primary}]
groups: [{id: "collaborative:east", name: East}]
memberships:
  - {establishment: "990001", group: "collaborative:east", from: 2020-09-01}
  - {establishment: "990002", group: "collaborative:east", from: 2020-09-01}
signatures:
  - {establishment: "990001", from: 2021-01-01}
  - {person: "officer:a1", from: 2021-01-01}
people: [{id: "officer:a1", name: An Officer}]
duties:
  - {person: "officer:a1", categories: [attendance], purposes: [commissioning-of-services], from: 2021-01-01}
"""
        )
        return "register.yaml"

    REQUEST = {  # noqa: RUF012
        "report": "an-area-table",
        "level": "collaborative",
        "detail": "aggregate",
        "item": None,
        "categories": ["attendance"],
        "subjects": ["990001"],
        "group": "collaborative:east",
        "recipient": "establishment:990001",
        "requester": "officer:a1",
        "purpose": "commissioning-of-services",
        "on": "2026-03-02",
        "receiving": [],
        "promotional": False,
        "data": {"current": True, "signed_off": True},
    }

    def _lines(self, *changes):
        texts = [
            change if isinstance(change, bytes) else json.dumps(self.REQUEST | change).encode() for change in changes
        ]
        Path("requests.jsonl").write_bytes(b"\n".join(texts) + b"\n")
        return "requests.jsonl"

    def test_each_line_gets_its_decision_in_order(self, kdsp, register):
        requests = self._lines({}, {"recipient": "establishment:990002"}, {"promotional": True})
        ended = kdsp("decide", "--register", register, "--requests", requests)
        assert ended.code == 0, ended.err
        decisions = [json.loads(line) for line in ended.out.splitlines()]
        assert [d["decision"] for d in decisions] == ["permit", "deny", "deny"]
        assert [d["clauses"] for d in decisions] == [["4", "9"], ["2", "levels"], ["6"]]

    @pytest.mark.parametrize("malformed", [b"{", b"", b"[]", b"\xff\xfe", b'{"on": 5}', b"null"])
    def test_a_malformed_line_is_told_in_its_place_and_the_others_go_on(self, kdsp, register, malformed):
        requests = self._lines({}, malformed, {})
        ended = kdsp("decide", "--register", register, "--requests", requests)
        assert ended.code == 10
        first, second, third = [json.loads(line) for line in ended.out.splitlines()]
        assert first == third
        assert first["decision"] == "permit"
        assert second["line"] == 2
        assert second["errors"]

    def test_files_of_other_systems_are_read_too(self, kdsp, register):
        """A byte order mark, Windows' line ends, a last line without one, and a line of some megabytes."""
        plain, long = json.dumps(self.REQUEST).encode(), json.dumps(self.REQUEST | {"subjects": ["990001"] * 300_000})
        Path("other.jsonl").write_bytes(b"\xef\xbb\xbf" + b"\r\n".join([plain, long.encode(), plain]))
        ended = kdsp("decide", "--register", register, "--requests", "other.jsonl")
        assert ended.code == 0, ended.out
        first, second, third = ended.out.splitlines()
        assert first == second == third

    def test_no_request_no_decision(self, kdsp, register):
        Path("none.jsonl").write_text("")
        ended = kdsp("decide", "--register", register, "--requests", "none.jsonl")
        assert (ended.code, ended.out) == (0, "")

    @pytest.mark.parametrize("arguments", [[], ["x.yaml", "--requests", "y.jsonl"]])
    def test_it_takes_one_or_the_other(self, kdsp, arguments):
        assert kdsp("decide", *arguments).code == 10

    def test_a_file_that_is_not_there_is_a_mistake(self, kdsp, register):
        ended = kdsp("decide", "--register", register, "--requests", "nowhere.jsonl")
        assert ended.code == 10
        assert "nowhere.jsonl" in ended.err
