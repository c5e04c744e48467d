"""A workspace is a folder with a kdsp.toml; it is found, made, and never overwritten."""

from __future__ import annotations

import json
import re

import pytest

from kdsp_lib.errors import BadParameters
from kdsp_lib.register.database import sqlite_url
from kdsp_lib.source.limits import Limits
from kdsp_lib.source.workspace import find_workspace, init_workspace, read_workspace


@pytest.fixture(autouse=True)
def _no_variable(monkeypatch):
    monkeypatch.delenv("KDSP_WORKSPACE", raising=False)


def test_it_is_found_from_a_folder_below(workspace, monkeypatch):
    below = workspace.root / "notebooks" / "drafts"
    below.mkdir(parents=True)
    assert find_workspace(below) == workspace
    monkeypatch.chdir(below)
    assert find_workspace() == workspace


def test_the_variable_goes_before_the_current_folder(workspace, tmp_path, monkeypatch):
    other = init_workspace(tmp_path / "other", name="Another")
    monkeypatch.chdir(workspace.root)
    monkeypatch.setenv("KDSP_WORKSPACE", str(other.root))
    assert find_workspace() == other


def test_where_there_is_none_the_way_out_is_named(tmp_path, monkeypatch):
    with pytest.raises(BadParameters, match="kdsp init"):
        find_workspace(tmp_path)
    monkeypatch.setenv("KDSP_WORKSPACE", str(tmp_path))
    with pytest.raises(BadParameters, match="KDSP_WORKSPACE"):
        find_workspace()


def test_paths_are_relative_to_the_workspace(workspace):
    assert workspace.register == workspace.root / "data" / "register.yaml"
    assert workspace.state == workspace.root / "state"


def test_making_one_never_overwrites(workspace):
    before = (workspace.root / "kdsp.toml").read_bytes()
    with pytest.raises(BadParameters, match="left as it is"):
        init_workspace(workspace.root, name="Other")
    assert (workspace.root / "kdsp.toml").read_bytes() == before


@pytest.mark.parametrize("name", ['A "quoted" name', "back\\slash", "Łódź", "two\nlines", "del\x7f", "tab\t"])
def test_any_name_comes_back_as_it_went_in(tmp_path, name):
    assert init_workspace(tmp_path / "w", name=name).name == name


def test_all_faults_of_the_file_come_at_once(tmp_path):
    (tmp_path / "kdsp.toml").write_text(
        '[workspace]\nname = ""\nrequestr = "officer:a1"\n'
        'data = "/elsewhere"\nstate = "../state"\noutputs = 3\n[other]\n'
    )
    with pytest.raises(BadParameters) as error:
        read_workspace(tmp_path)
    assert sorted(fault.field for fault in error.value.faults) == [
        "data",
        "name",
        "other",
        "outputs",
        "requester",
        "requestr",
        "state",
    ]


def test_limits_are_as_by_default_until_it_says_otherwise(workspace):
    assert workspace.limits == Limits(seconds=900, memory_mib=2048, output_mib=32)
    with (workspace.root / "kdsp.toml").open("a") as file:
        file.write("\n[limits]\nseconds = 60\n")
    assert read_workspace(workspace.root).limits == Limits(seconds=60)


@pytest.mark.parametrize(
    "limit",
    ["second = 60", "seconds = 0", "seconds = true", 'memory_mib = "2048"', "output_mib = 1.5"],
)
def test_a_limit_that_will_not_do_is_named(workspace, limit):
    with (workspace.root / "kdsp.toml").open("a") as file:
        file.write(f"\n[limits]\n{limit}\n")
    with pytest.raises(BadParameters) as error:
        read_workspace(workspace.root)
    assert [fault.field for fault in error.value.faults] == [limit.partition(" ")[0]]


def test_limits_are_a_table(workspace):
    path = workspace.root / "kdsp.toml"
    path.write_text(f"limits = 3\n{path.read_text()}")
    with pytest.raises(BadParameters, match="must be a table"):
        read_workspace(workspace.root)


def test_it_says_by_which_protocol_it_decides(workspace):
    assert workspace.protocol == "knowsley"
    path = workspace.root / "kdsp.toml"
    given = path.read_text()
    path.write_text(f'{given}protocol = "example_authority"\n')
    assert read_workspace(workspace.root).protocol == "example_authority"
    path.write_text(f'{given}protocol = "nowhere"\n')
    with pytest.raises(BadParameters, match="one of example_authority, knowsley"):
        read_workspace(workspace.root)


def with_database(workspace, url):
    with (workspace.root / "kdsp.toml").open("a") as file:
        file.write(f"\n[state]\ndatabase = {json.dumps(url)}\n")
    return read_workspace(workspace.root)


def test_the_state_database_is_sqlite_in_the_state_folder_unless_it_says_otherwise(workspace):
    assert workspace.database == sqlite_url(workspace.state / "kdsp.db")


@pytest.mark.parametrize(
    "url", ["postgresql://kdsp@db.example.org:5433/kdsp?sslmode=verify-full", "postgresql:///kdsp?host=/run/postgresql"]
)
def test_a_server_is_named_by_its_url(workspace, url):
    assert with_database(workspace, url).database == url


def test_another_file_lies_in_the_state_folder_too(workspace):
    """Which no notebook can read."""
    read = with_database(workspace, "sqlite:///state/our%20own.db")
    assert read.database == sqlite_url(workspace.state / "our own.db")


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql://kdsp:hunter2@db.example.org/kdsp", "take it out"),
        ("postgresql://kdsp@db.example.org/kdsp?password=hunter2", "take it out"),
        ("postgresql://kdsp@db.example.org/kdsp?sslpassword=hunter2", "take it out"),
        ("postgresql://kdsp@db.example.org:port/kdsp", "not a URL"),
        ("postgresql://[kdsp/", "not a URL"),
        ("mysql://kdsp@db.example.org/kdsp", "must be a URL"),
        ("postgresql+psycopg2://kdsp@db.example.org/kdsp", "must be a URL"),
        ("state/kdsp.db", "must be a URL"),
        ("sqlite:////var/kdsp.db", "must be sqlite:///state/NAME.db"),
        ("sqlite:///data/kdsp.db", "must be sqlite:///state/NAME.db"),
        ("sqlite:///state/../outputs/kdsp.db", "must be sqlite:///state/NAME.db"),
        ("sqlite:///state/kdsp.db?mode=memory", "must be sqlite:///state/NAME.db"),
        ("sqlite://", "must be sqlite:///state/NAME.db"),
        ("", "must be a URL"),
        (3, "must be a URL"),
    ],
)
def test_a_url_that_will_not_do_is_told_without_its_password(workspace, url, told):
    with pytest.raises(BadParameters, match=re.escape(told)) as error:
        with_database(workspace, url)
    assert [fault.field for fault in error.value.faults] == ["database"]
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize("text", ["", "workspace = 3", "[workspace", "\xff", "name = 'x'"])
def test_what_is_no_workspace_file_is_refused(tmp_path, text):
    (tmp_path / "kdsp.toml").write_bytes(text.encode("latin-1"))
    with pytest.raises(BadParameters):
        read_workspace(tmp_path)


@pytest.mark.parametrize("requester", ["a1", "officer:", "public", "officer:a b", "cluster:x"])
def test_who_asks_is_a_party(tmp_path, requester):
    with pytest.raises(BadParameters):
        init_workspace(tmp_path, requester=requester)
    assert not (tmp_path / "kdsp.toml").exists()


def with_reports(workspace, text):
    file = workspace.root / "kdsp.toml"
    file.write_text(f"{file.read_text('utf-8')}\n{text}\n", "utf-8")
    return read_workspace(workspace.root)


def test_an_authority_states_its_own_lawful_basis_gateway_and_assessment(workspace):
    assert workspace.records == {}
    own = with_reports(workspace, '[reports.area-profile]\ndpia = "DPIA 2026/14"')
    assert own.records == {"area-profile": {"dpia": "DPIA 2026/14"}}


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ('[reports.no-report]\ndpia = "x"', "[reports.no-report]"),
        ('[reports.area-profile]\ndpia = " "', "dpia"),
        ("[reports.area-profile]\ndpia = 7", "dpia"),
        ('[reports.area-profile]\nlawfulness = "x"', "lawfulness"),
        ("reports = 7", "reports"),
    ],
)
def test_a_record_that_says_nothing_or_of_nothing_is_named(workspace, text, field):
    with pytest.raises(BadParameters) as caught:
        with_reports(workspace, text)
    assert field in str(caught.value)


@pytest.mark.parametrize("name", ["ledger.db", "journal.db"])
def test_a_state_of_an_earlier_form_is_not_passed_over(workspace, name):
    """What was released binds what is released later: it may not be forgotten because its place has changed."""
    workspace.state.mkdir(exist_ok=True)
    (workspace.state / name).write_bytes(b"")
    with pytest.raises(BadParameters, match=name):
        read_workspace(workspace.root)
