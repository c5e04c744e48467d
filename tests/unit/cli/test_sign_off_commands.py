"""``kdsp data sign-off``, ``schedule`` and ``calendar``: acts in the journal, by whom and from which paper."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

REGISTER = """\
establishments:
- {urn: '990001', name: Ash Primary, phase: primary}
- {urn: '990002', name: Elm Primary, phase: primary}
people:
- {id: officer:a1, name: An officer}
"""
PAPER = ("--reference", "mail of 3 March")
ATTENDANCE = """\
pupil_key,urn,possible,authorised,unauthorised,late
k1,990001,100,5,0,0
k2,990002,100,0,1,
"""
TERM = ("--period", "2025/26-autumn")


@pytest.fixture
def begun(kdsp):
    """A workspace whose journal has begun, with attendance that nobody has signed off."""
    assert kdsp("init", ".").code == 0
    Path("data").mkdir(exist_ok=True)
    Path("data/register.yaml").write_text(REGISTER, "utf-8")
    assert kdsp("register", "import", "data/register.yaml", *PAPER).code == 0
    Path("attendance.csv").write_text(ATTENDANCE, "utf-8")
    assert kdsp("data", "add", "attendance", "attendance.csv", *TERM).code == 0
    return kdsp


def told(kdsp, *options):
    return kdsp("data", "list", *options).out


def entries(kdsp, section):
    return json.loads(kdsp("register", "entries", "--section", section, "--json").out)


def test_each_head_signs_off_the_own_rows(begun):
    assert "not signed off" in told(begun)
    assert begun("data", "sign-off", "attendance", *TERM, "--establishment", "990001", *PAPER).code == 0
    assert "signed off by 1 of 2 establishments" in told(begun)
    assert "not signed off by 990002" in told(begun, "--unsigned")
    assert begun("data", "sign-off", "--establishment", "990002", *PAPER).code == 0
    assert ", signed off by 2 of 2" in told(begun)
    (first, second) = entries(begun, "sign_offs")
    assert (first["establishment"], first["dataset"], first["period"]) == ("990001", "attendance", TERM[1])
    assert first["rows"] != second["rows"]


def test_the_owner_signs_off_the_whole_and_may_take_it_back(begun):
    assert begun("data", "sign-off", "attendance", *TERM, "--from", "2026-01-01", *PAPER).code == 0
    assert ", signed off  " in told(begun)
    number = entries(begun, "sign_offs")[0]["number"]
    assert begun("register", "strike", str(number), *PAPER).code == 0
    assert "not signed off" in told(begun)


def test_a_sign_off_names_its_paper_and_rows_that_there_are(begun):
    assert begun("data", "sign-off", "attendance", *TERM, "--establishment", "990001").code == 10
    assert begun("data", "sign-off", "attendance", *TERM, "--establishment", "990003", *PAPER).code == 10
    assert begun("data", "sign-off", *PAPER).code == 10
    assert begun("data", "sign-off", "attendance", *TERM, "--from", "soon", *PAPER).code == 10
    assert entries(begun, "sign_offs") == []


def test_without_a_journal_no_head_can_sign(kdsp):
    assert kdsp("init", ".").code == 0
    Path("attendance.csv").write_text(ATTENDANCE, "utf-8")
    kdsp("data", "add", "attendance", "attendance.csv", *TERM)
    ended = kdsp("data", "sign-off", "attendance", *TERM, "--establishment", "990001", *PAPER)
    assert ended.code == 10
    assert "kdsp register import" in ended.err


def test_the_calendar_says_when_data_has_its_time(begun):
    assert "empty" in begun("data", "calendar").out
    days = ("--from", "2020-01-22", "--to", "2021-01-22")
    assert begun("data", "schedule", "attendance", *TERM, *days, *PAPER).code == 0
    assert begun("data", "schedule", "pupils", "--from", "2020-01-01", *PAPER).code == 0
    shown = begun("data", "calendar").out.splitlines()
    assert [line.split() for line in shown] == [
        ["pupils", "from", "2020-01-01", "in", "time"],
        ["attendance", TERM[1], "from", "2020-01-22", "to", "2021-01-22", "not", "in", "time"],
    ]
    assert json.loads(begun("data", "calendar", "--json").out)[1]["to"] == "2021-01-22"


@pytest.mark.parametrize(
    "wrong",
    [
        ("attendance",),
        ("pupils", *TERM),
        ("homework",),
        ("attendance", *TERM, "--from", "2026-02-01", "--to", "2026-01-01"),
        ("attendance", "--period", "autumn"),
    ],
)
def test_a_time_that_is_none_is_refused(begun, wrong):
    assert begun("data", "schedule", *wrong, *PAPER).code == 10
    assert entries(begun, "release_calendar") == []
