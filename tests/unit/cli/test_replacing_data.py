"""What ``kdsp data add`` replaces is shown first, and asked about; ``remove`` and ``restore`` lose nothing."""

from __future__ import annotations

import json

import pytest

from kdsp_lib.source.catalogue import Catalogue
from kdsp_lib.source.workspace import read_workspace

ABSENCE = "LA,ESTAB,URN,PERCTOT,PPERSABS10"
KIND, YEAR = "performance-tables-absence", "2022/23"


@pytest.fixture
def place(kdsp, tmp_path, monkeypatch):
    """A workspace, and a way to write and load schools' absence: of so many schools from a number on."""
    assert kdsp("init", "here").code == 0
    monkeypatch.chdir(tmp_path / "folder" / "here")
    return tmp_path / "folder" / "here"


@pytest.fixture
def add(kdsp, place):
    def add(count, *more, first=0, name="absence.csv", header=ABSENCE, extra="", period=YEAR):
        rows = [f"999,{2000 + n},{990001 + n},5.2,9.8{extra}" for n in range(first, first + count)]
        place.joinpath(name).parent.mkdir(exist_ok=True)
        place.joinpath(name).write_text("".join(f"{line}\n" for line in (header, *rows, f"NAT,PRI,,5.9,16.2{extra}")))
        return kdsp("data", "add", KIND, name, "--period", period, *more)

    return add


def listed(kdsp, *more):
    return json.loads(kdsp("data", "list", "--json", *more).out)


def tree(place):
    return {path: path.read_bytes() for path in (place / "data").rglob("*") if path.is_file()}


def test_a_first_load_asks_nothing(add):
    ended = add(30)
    assert (ended.code, "replaces" in ended.err) == (0, False)


def test_what_is_replaced_is_shown_before(add):
    add(30, "--status", "provisional")
    ended = add(29, "--status", "final", first=2)
    assert ended.code == 0
    assert "this replaces it" in ended.err
    assert "rows: 30 before, 29 after" in ended.err
    assert "establishments: 30 before, 2 lost (990001, 990002), 1 gained (990031)" in ended.err
    assert "figures: provisional before, final after" in ended.err


@pytest.mark.parametrize(
    ("count", "more", "first", "why"),
    [
        (26, (), 0, "shrinks by more than a tenth"),
        (30, (), 4, "more than a tenth of the establishments"),
        (30, ("--status", "provisional"), 0, "final figures of performance-tables-absence 2022/23 become provisional"),
    ],
)
def test_without_a_terminal_what_may_be_a_mistake_is_refused_with_the_way_out(
    add, kdsp, place, count, more, first, why
):
    add(30, "--status", "final")
    before = tree(place)
    ended = add(count, *more, first=first)
    assert ended.code == 10
    assert why in ended.err
    assert "--yes" in ended.err
    assert tree(place) == before, "nothing is half written"
    assert add(count, *more, "--yes", first=first).code == 0
    (entry,) = listed(kdsp)
    assert (entry["rows"], entry["version"]) == (count, 2)


def test_a_tenth_less_is_no_question(add):
    add(30)
    assert add(27).code == 0


@pytest.mark.parametrize("answer", ["y", "n"])
def test_on_a_terminal_it_is_asked(add, kdsp, monkeypatch, answer):
    add(30)
    monkeypatch.setattr("kdsp_lib.cli.agreeing._is_terminal", lambda: True)
    asked = []
    monkeypatch.setattr("typer.confirm", lambda text, **_: asked.append(text) or answer == "y")
    ended = add(20)
    assert asked == ["Is that meant?"]
    assert ended.code == (0 if answer == "y" else 10)
    assert listed(kdsp)[0]["rows"] == (20 if answer == "y" else 30)


def test_the_year_that_a_file_says_must_be_the_one_it_is_loaded_as(add, kdsp):
    """2018/19 as 2022/23 is a fault, and no --yes makes it right."""
    for said in ("201819", "2018/19", "2018-2019", "2019"):
        ended = add(3, "--yes", header=f"{ABSENCE},ACADYEAR", extra=f",{said}")
        assert (ended.code, "2018/19, and not of 2022/23" in ended.err) == (11, True)
    assert listed(kdsp) == []
    assert add(3, header=f"{ABSENCE},ACADYEAR", extra=",202223").code == 0


@pytest.mark.parametrize("name", ["england_abs_2018-2019.csv", "2018-2019/absence.csv"])
def test_a_name_of_another_year_is_asked_about(add, name):
    assert "its name says 2018/19, and it is loaded as 2022/23" in (ended := add(3, name=name)).err
    assert ended.code == 10
    assert add(3, "--yes", name=name).code == 0


def test_suspensions_of_another_year_than_theirs_are_a_fault(kdsp, place):
    place.joinpath("susp.csv").write_text(
        "pupil_key,urn,category,start_date,sessions,reason_1,reason_2,reason_3\np1,990001,SUSP,2018-10-01,2,DB,,\n"
    )
    ended = kdsp("data", "add", "suspensions", "susp.csv", "--period", "2022/23-autumn")
    assert ended.code == 11
    assert "2018/19, and not of 2022/23" in ended.err
    assert "--period 2018/19-autumn" in ended.err


def test_a_removed_data_set_is_out_of_use_and_can_be_restored(add, kdsp, place):
    add(30)
    assert kdsp("data", "remove", KIND, YEAR).code == 10
    ended = kdsp("data", "remove", KIND, YEAR, "--yes")
    assert ended.code == 0
    assert f"kdsp data restore {KIND}@1 {YEAR}" in ended.out
    assert listed(kdsp) == []
    catalogue = Catalogue.load(read_workspace(place))
    assert catalogue.pinned([catalogue.datasets[0].snapshot]).dataset(KIND, YEAR).rows == 30, "to make a release again"
    assert kdsp("data", "restore", f"{KIND}@1", YEAR).code == 0
    assert [entry["rows"] for entry in listed(kdsp)] == [30]


def test_who_did_it_is_in_the_access_log(add, kdsp):
    add(30)
    kdsp("data", "remove", KIND, YEAR)
    kdsp("data", "remove", KIND, YEAR, "--yes")
    kdsp("data", "restore", f"{KIND}@1", YEAR)
    entries = json.loads(kdsp("custodian", "log", "--json").out)
    assert [(each["action"].removeprefix("data-"), each["outcome"]) for each in entries] == [
        ("add", "answered"), ("remove", "KDSP-100"), ("remove", "answered"), ("restore", "answered"),
    ]  # fmt: skip


def test_each_load_is_a_version_that_can_be_current_again(add, kdsp, place):
    add(30)
    add(10, "--yes")
    snapshots = {path.name for path in (place / "data" / "snapshots").iterdir()}
    assert f"{KIND}@1 {YEAR}" in kdsp("data", "list", "--versions").out
    ended = kdsp("data", "restore", f"{KIND}@1", YEAR)
    assert (ended.code, "rows: 10 before, 30 after" in ended.err) == (0, True)
    assert [(entry["version"], entry["rows"], entry["current"]) for entry in listed(kdsp, "--versions")] == [
        (1, 30, True), (2, 10, False),
    ]  # fmt: skip
    assert {path.name for path in (place / "data" / "snapshots").iterdir()} == snapshots
    add(31)
    assert [entry["version"] for entry in listed(kdsp)] == [3], "numbers stay"
    assert kdsp("data", "restore", f"{KIND}@2", YEAR).code == 10, "it shrinks: that is asked about too"


@pytest.mark.parametrize(
    ("version", "said"),
    [("@1", "names no version"), (f"{KIND}@9", f"{KIND}@1 {YEAR}"), (f"{KIND}@1", "current already"), (KIND, "KIND@2")],
)
def test_a_version_that_is_not_there_is_refused_with_those_that_are(add, kdsp, version, said):
    add(3)
    ended = kdsp("data", "restore", version, YEAR)
    assert ended.code in (10, 11)
    assert said in ended.err


def test_a_version_whose_rows_were_changed_is_not_restored(add, kdsp, place):
    add(30)
    (snapshot,) = (place / "data" / "snapshots").iterdir()
    add(31)
    snapshot.write_bytes(b"PAR1")
    assert kdsp("data", "restore", f"{KIND}@1", YEAR).code == 11
    assert [entry["version"] for entry in listed(kdsp)] == [2]


def test_rows_that_can_no_longer_be_read_can_be_replaced(add, kdsp, place):
    add(30)
    (snapshot,) = (place / "data" / "snapshots").iterdir()
    snapshot.write_bytes(b"PAR1")
    assert "cannot be read any more" in add(31).err
    assert add(31, "--yes").code == 0
